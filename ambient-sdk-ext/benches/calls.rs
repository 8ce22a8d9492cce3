//! What a call costs beside bare reqwest and serde_json doing the same: `cargo bench -p
//! ambient-sdk-ext --bench calls`.
//!
//! Both sides ask the same responder on loopback, in the same run. The bare side decodes the same
//! fields into plain strings and numbers; the SDK's side is the high-level call, as a program makes it.
//! Criterion measures; the table at the end puts each pair side by side.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

#[path = "support/plain.rs"]
mod plain;
#[path = "support/mod.rs"]
mod support;

use std::{sync::Arc, time::Duration};

use ambient_sdk::api_server::types;
use ambient_sdk_ext::Client;
use criterion::{Criterion, Throughput};
use futures_util::{StreamExt, TryStreamExt, future::join_all};
use support::{Responder, TOKEN, ratios::Ratios};
use tokio::runtime::Runtime;

/// How many gets are made at once.
const WIDE: usize = 32;
/// How many sessions the lists have.
const LISTS: [usize; 2] = [100, 10_000];
/// How many items the stream has, and how many a page holds.
const STREAMED: usize = 10_000;
const PAGE: usize = 500;

fn main() {
    let ratios = Ratios::new();
    let mut criterion = Criterion::default().configure_from_args();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let responder = runtime.block_on(Responder::start(STREAMED));
    // With the total time-out that the SDK keeps as well: without one, a call costs a timer less.
    let bare = reqwest::Client::builder().timeout(Duration::from_secs(30)).build().unwrap();
    let client = Client::builder().base_url(responder.url()).token(TOKEN).project("demo");
    let client = client.build().unwrap();

    gets(&mut criterion, &runtime, &bare, &client);
    tasks(&mut criterion, &runtime, &bare, &client);
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

/// One get after the other on two threads and on one, 32 at once, and each in a task of its own.
fn gets(criterion: &mut Criterion, runtime: &Runtime, bare: &reqwest::Client, client: &Client) {
    let url = format!("{}/api/ambient/v1/sessions/{}", client.base_url(), support::session::ID);
    let sessions = client.api_server().sessions();
    let bare = async || drop(fetch::<plain::Session>(bare, &url).await);
    let sdk = async || drop(sessions.get(support::session::ID).await.unwrap());
    pair(criterion, "one get", runtime, bare, sdk);
    let thread = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    pair(criterion, "one get, one thread", &thread, bare, sdk);
    let bare_wide = async || drop(join_all((0..WIDE).map(|_| bare())).await);
    let sdk_wide = async || drop(join_all((0..WIDE).map(|_| sdk())).await);
    pair(criterion, "32 gets at once", runtime, bare_wide, sdk_wide);
}

/// Measures both sides of a group in turn.
fn pair(
    criterion: &mut Criterion,
    name: &str,
    runtime: &Runtime,
    bare: impl AsyncFn(),
    sdk: impl AsyncFn(),
) {
    let mut group = criterion.benchmark_group(name);
    group.bench_function("bare", |b| b.to_async(runtime).iter(|| bare()));
    group.bench_function("sdk", |b| b.to_async(runtime).iter(|| sdk()));
}

/// A task a get: what the size of a future costs.
fn tasks(criterion: &mut Criterion, runtime: &Runtime, bare: &reqwest::Client, client: &Client) {
    let url: Arc<str> =
        format!("{}/api/ambient/v1/sessions/{}", client.base_url(), support::session::ID).into();
    let sessions = client.api_server().sessions();
    let bare = async || {
        let (bare, url) = (bare.clone(), url.clone());
        let task = tokio::spawn(async move { fetch::<plain::Session>(&bare, &url).await });
        drop(task.await.unwrap());
    };
    let sdk = async || {
        let sessions = sessions.clone();
        let task = tokio::spawn(async move { sessions.get(support::session::ID).await });
        drop(task.await.unwrap().unwrap());
    };
    pair(criterion, "a task a get", runtime, bare, sdk);
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

/// Only the decoding, without a server: what is left when the network costs nothing.
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
            // As the raw client does.
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
