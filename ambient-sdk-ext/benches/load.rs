//! A thousand tasks on one client and a server that hangs above 50 concurrent requests: `cargo
//! bench -p ambient-sdk-ext --bench load`.
//!
//! The server behaves like the API server: each request takes one of 50 database connections and
//! then requests a second one. If 50 requests hold one each, none gets a second until the callers
//! give up. Criterion measures the client with its default limit; the final table counts the
//! failures with other limits and without one.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use ambient_sdk_ext::{Client, ClientBuilder, retry::RetryPolicy};
use axum::{
    Router, extract::State, http::header::CONTENT_TYPE, response::IntoResponse, routing::get,
};
use criterion::{Criterion, Throughput};
use futures_util::future::join_all;
use tokio::{net::TcpListener, runtime::Runtime, sync::Semaphore, time::sleep};

const TASKS: usize = 1_000;
/// The number of database connections of the server.
const CONNECTIONS: usize = 50;
/// The time that a request holds its first connection.
const WORK: Duration = Duration::from_millis(2);
/// The timeout of a call, after which it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(3);

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let builder = || {
        let address = runtime.block_on(serve());
        Client::builder().base_url(format!("http://{address}")).token("sha256~0123456789abcdef")
    };
    let client = builder().project("demo").build().unwrap();
    let mut group = criterion.benchmark_group("load");
    group.sample_size(10).throughput(Throughput::Elements(TASKS as u64));
    group.bench_function("1,000 tasks on one client", |bencher| {
        bencher.to_async(&runtime).iter(|| async {
            assert_eq!(failed(&client).await, 0, "no task hangs");
        });
    });
    group.finish();
    criterion.final_summary();

    println!("\n| limit | failed of {TASKS} tasks | time |");
    println!("|---|---|---|");
    for bound in [Some(8), Some(32), Some(48), Some(64), None] {
        report(&runtime, builder(), bound);
    }
}

fn report(runtime: &Runtime, builder: ClientBuilder, bound: Option<usize>) {
    let builder = builder.project("demo").timeout(PATIENCE).retry(RetryPolicy::none());
    let client = builder.max_in_flight(bound).build().unwrap();
    let started = Instant::now();
    let failed = runtime.block_on(failed(&client));
    let bound = bound.map_or_else(|| "no limit".to_owned(), |bound| bound.to_string());
    println!("| {bound} | {failed} | {:.2?} |", started.elapsed());
}

/// Returns the number of tasks that fail; each reads one session.
async fn failed(client: &Client) -> usize {
    let tasks = (0..TASKS).map(|_| {
        let sessions = client.api_server().sessions();
        tokio::spawn(async move { sessions.get("2aBcDeFgHiJkLmNoPqRsTuVwXyZ").await.is_err() })
    });
    join_all(tasks).await.into_iter().filter(|failed| *failed.as_ref().unwrap()).count()
}

async fn serve() -> SocketAddr {
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    let router =
        Router::new().route("/api/ambient/v1/sessions/{id}", get(session)).with_state(connections);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn session(State(connections): State<Arc<Semaphore>>) -> impl IntoResponse {
    let _first = connections.acquire().await.unwrap();
    sleep(WORK).await;
    let _second = connections.acquire().await.unwrap();
    ([(CONTENT_TYPE, "application/json")], r#"{"id":"2aBcDeFgHiJkLmNoPqRsTuVwXyZ","name":"n"}"#)
}
