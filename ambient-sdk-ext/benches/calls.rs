//! The time of list calls, compared with reqwest and serde_json alone: `cargo bench -p
//! ambient-sdk-ext --bench calls`. `ambient-sdk-cost` measures the cost of a single get.
//!
//! Both sides send requests to the same responder on loopback, in the same run. The bare side
//! decodes the same fields into plain strings and numbers; the SDK side uses the high-level call.
//! Criterion measures both, and the final table compares each pair.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

#[path = "support/plain.rs"]
mod plain;
#[path = "support/mod.rs"]
mod support;

use std::time::Duration;

use ambient_sdk::api_server::types;
use ambient_sdk_ext::Client;
use criterion::{Criterion, Throughput};
use futures_util::{StreamExt, TryStreamExt};
use support::{Responder, TOKEN, ratios::Ratios};
use tokio::runtime::Runtime;

/// The numbers of sessions in the lists.
const LISTS: [usize; 2] = [100, 10_000];
/// The number of items in the stream, and of items per page.
const STREAMED: usize = 10_000;
const PAGE: usize = 500;

fn main() {
    let ratios = Ratios::new();
    let mut criterion = Criterion::default().configure_from_args();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let responder = runtime.block_on(Responder::start(STREAMED));
    // With a total timeout like the SDK; without it, a call needs one timer less.
    let bare = reqwest::Client::builder().timeout(Duration::from_secs(30)).build().unwrap();
    let client = Client::builder().base_url(responder.url()).token(TOKEN).project("demo");
    let client = client.build().unwrap();

    lists(&mut criterion, &runtime, &bare, &client);
    decode(&mut criterion);
    streams(&mut criterion, &runtime, &bare, &client);
    criterion.final_summary();
    ratios.print();
}

async fn fetch<T: serde::de::DeserializeOwned>(bare: &reqwest::Client, url: &str) -> T {
    let request = bare.get(url).bearer_auth(TOKEN).header("x-ambient-project", "demo");
    let body = request.send().await.unwrap().bytes().await.unwrap();
    serde_json::from_slice(&body).unwrap()
}

fn lists(criterion: &mut Criterion, runtime: &Runtime, bare: &reqwest::Client, client: &Client) {
    for size in LISTS {
        let mut group = criterion.benchmark_group(format!("list of {size}"));
        group.sample_size(30);
        let url = format!("{}/api/ambient/v1/sessions?page=1&size={size}", client.base_url());
        group.bench_function("bare", |b| {
            b.to_async(runtime).iter(|| async { fetch::<plain::SessionList>(bare, &url).await });
        });
        let sessions = client.api_server().sessions();
        group.bench_function("sdk", |b| {
            b.to_async(runtime).iter(|| async {
                let mut pages = sessions.list().page_size(size as u32).pages();
                pages.try_next().await.unwrap().unwrap()
            });
        });
    }
}

/// Measures only the decoding, without a server.
fn decode(criterion: &mut Criterion) {
    for size in LISTS {
        let mut group = criterion.benchmark_group(format!("decode {size}"));
        group.sample_size(30);
        let json = support::session_list(1, size, size);
        group.throughput(Throughput::Bytes(json.len() as u64));
        group.bench_function("bare", |b| {
            b.iter(|| serde_json::from_slice::<plain::SessionList>(&json).unwrap());
        });
        group.bench_function("sdk", |b| {
            // The same decoding as in the raw client.
            b.iter(|| {
                let text = std::str::from_utf8(&json).unwrap();
                serde_json::from_str::<types::SessionList>(text).unwrap()
            });
        });
    }
}

fn streams(criterion: &mut Criterion, runtime: &Runtime, bare: &reqwest::Client, client: &Client) {
    let mut group = criterion.benchmark_group(format!("stream of {STREAMED}"));
    group.sample_size(20);
    let url = client.base_url();
    group.bench_function("bare", |b| {
        b.to_async(runtime).iter(|| async {
            let mut seen = 0;
            for page in 1.. {
                let url = format!("{url}/api/ambient/v1/sessions?page={page}&size={PAGE}");
                let list: plain::SessionList = fetch(bare, &url).await;
                seen += list.items.len();
                if seen as i64 >= list.total {
                    break;
                }
            }
            assert_eq!(seen, STREAMED);
        });
    });
    let server = client.api_server();
    group.bench_function("sdk", |b| {
        b.to_async(runtime).iter(|| async {
            let sessions = server.sessions().list().page_size(PAGE as u32).prefetch().stream();
            let seen = sessions.map(Result::unwrap).count().await;
            assert_eq!(seen, STREAMED);
        });
    });
}
