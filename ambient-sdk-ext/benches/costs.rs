//! The cost of waits, streams and lists: requests, memory and allocations.
//!
//! The clock is paused and the responses are built in memory, so that the results do not depend on
//! the machine. The benchmark measures the requests of 10,000 waits in `wait_many` and of as many
//! single waits, of which 20% fail; the allocations per item of a message stream, per item of a
//! list, and per poll; and the time for which a body of 60 MB blocks other tasks of its thread.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::{
    collections::HashMap,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use allocation_counter::measure;
use ambient_sdk::{BoxError, BoxFuture, Operation, Response, Transport};
use ambient_sdk_ext::Client;
use bytes::Bytes;
use futures_util::{StreamExt, future::join_all, stream};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use tokio::{
    runtime::{Builder, Runtime},
    time::Instant,
};

const SESSIONS: usize = 10_000;
/// The share of requests that fail.
const FAULTS: f64 = 0.2;
/// The latest time at which a session ends, in seconds; each has its own.
const LONGEST: u64 = 600;
const ITEMS: usize = 10_000;
/// The number of items of a page. It is small enough to be decoded on the measured thread.
const PAGE: usize = 1_000;

/// A transport for sessions that end at different times. A share of its requests fails at random.
struct Sessions {
    start: Instant,
    /// The bodies of earlier responses, if they are reused.
    kept: Option<Mutex<HashMap<String, Bytes>>>,
    requests: AtomicUsize,
    random: Mutex<fastrand::Rng>,
    faults: f64,
}

impl Sessions {
    fn new(faults: f64) -> Arc<Self> {
        Arc::new(Self::with(faults, None))
    }

    /// Creates a transport that builds each response once and reuses its bytes.
    fn keeping() -> Arc<Self> {
        Arc::new(Self::with(0.0, Some(Mutex::default())))
    }

    fn with(faults: f64, kept: Option<Mutex<HashMap<String, Bytes>>>) -> Self {
        let random = Mutex::new(fastrand::Rng::with_seed(7));
        Self { start: Instant::now(), kept, requests: AtomicUsize::new(0), random, faults }
    }

    fn body(&self, url: &reqwest::Url) -> Bytes {
        let Some(kept) = &self.kept else { return self.answer(url).to_string().into() };
        let mut kept = kept.lock().unwrap();
        if let Some(body) = kept.get(url.as_str()) {
            return body.clone();
        }
        let body = Bytes::from(self.answer(url).to_string());
        kept.insert(url.to_string(), body.clone());
        body
    }

    fn session(&self, id: &str) -> Value {
        let ends = id[1..].parse::<u64>().unwrap() * 7919 % LONGEST;
        let is_over = self.start.elapsed() >= Duration::from_secs(ends);
        json!({ "id": id, "name": "n", "phase": if is_over { "Completed" } else { "Running" } })
    }

    fn answer(&self, url: &reqwest::Url) -> Value {
        let search = url.query_pairs().find(|(key, _)| key == "search").map(|(_, value)| value);
        let Some(search) = search else {
            return self.session(url.path().rsplit('/').next().unwrap());
        };
        let quoted = search.split('\'').skip(1).step_by(2);
        let items: Vec<Value> = quoted.map(|id| self.session(id)).collect();
        let size = items.len();
        json!({ "kind": "SessionList", "page": 1, "size": size, "total": size, "items": items })
    }
}

impl Transport for Sessions {
    fn send(
        &self,
        request: reqwest::Request,
        _: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        self.requests.fetch_add(1, Relaxed);
        let fails = self.random.lock().unwrap().f64() < self.faults;
        let (status, body) = match fails {
            true => (503, Bytes::from_static(br#"{"kind":"Error","reason":"busy"}"#)),
            false => (200, self.body(request.url())),
        };
        let response = http::Response::builder().status(status).body(body).unwrap();
        Box::pin(async { Ok(response.into()) })
    }
}

/// A transport that answers every request with the same body, in small chunks.
struct Fixed(Bytes, &'static str);

impl Transport for Fixed {
    fn send(
        &self,
        _: reqwest::Request,
        _: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        let all = self.0.clone();
        let chunks = (0..all.len())
            .step_by(16 * 1024)
            .map(move |at| Ok::<_, BoxError>(all.slice(at..all.len().min(at + 16 * 1024))));
        let response = http::Response::builder()
            .header("content-type", self.1)
            .header("date", "Fri, 02 Jan 2026 00:00:00 GMT")
            .body(reqwest::Body::wrap_stream(stream::iter(chunks)));
        Box::pin(async { Ok(response.unwrap().into()) })
    }
}

fn paused() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

fn client(transport: Arc<dyn Transport>) -> Client {
    let builder = Client::builder().token("sha256~0123456789abcdef").project("demo");
    builder.transport(transport).max_in_flight(None).build().unwrap()
}

fn ids() -> impl Iterator<Item = String> {
    (0..SESSIONS).map(|at| format!("s{at}"))
}

fn main() {
    let many = paused().block_on(wait_many());
    let single = paused().block_on(wait_single());
    println!("{SESSIONS} waits, {FAULTS} of the requests fail: {many} requests by wait_many,");
    println!("  {single} by single waits ({:.1} times as many)", single as f64 / many as f64);
    println!("memory of wait_many between two rounds: {} bytes per session", memory());
    println!("allocations: {:.2} for a message of a stream", stream_item());
    println!("  {:.2} for an item of a list (of {PAGE})", page_item());
    println!("  {:.2} for a session of a poll by wait_many", poll());
    let (json, other) = longest_turns();
    println!("longest poll of a task that reads 60 MB: {json:?} for JSON, {other:?} otherwise");
}

async fn wait_many() -> usize {
    let sessions = Sessions::new(FAULTS);
    let wait = client(sessions.clone()).api_server().sessions().wait_many(ids());
    let outcomes = wait.await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.result.is_ok()).count(), SESSIONS);
    sessions.requests.load(Relaxed)
}

async fn wait_single() -> usize {
    let sessions = Sessions::new(FAULTS);
    let handle = client(sessions.clone()).api_server().sessions();
    let waits = ids().map(|id| handle.wait_for_completion(id).into_future());
    assert!(join_all(waits).await.iter().all(Result::is_ok));
    sessions.requests.load(Relaxed)
}

/// Returns the memory held per session after the first round, ids included, in bytes.
fn memory() -> u64 {
    let runtime = paused();
    let handle = client(inside(&runtime, Sessions::keeping)).api_server().sessions();
    drop(runtime.block_on(round(handle.wait_many(ids()).outcomes())));
    let held = measure(|| {
        let outcomes = runtime.block_on(round(handle.wait_many(ids()).outcomes()));
        std::mem::forget(outcomes);
    });
    u64::try_from(held.bytes_current).unwrap() / SESSIONS as u64
}

/// Reads the outcomes of the first round, and returns the stream that waits for the next.
async fn round<S: futures_util::Stream + Unpin>(mut outcomes: S) -> S {
    let first = tokio::time::timeout(Duration::from_secs(2), async {
        while outcomes.next().await.is_some() {}
    });
    assert!(first.await.is_err(), "most sessions are still running");
    outcomes
}

fn inside<T>(runtime: &Runtime, make: impl FnOnce() -> T) -> T {
    let _inside = runtime.enter();
    make()
}

fn per_item(items: usize, run: impl FnOnce()) -> f64 {
    measure(run).count_total as f64 / items as f64
}

fn stream_item() -> f64 {
    let frames = (1..=ITEMS).map(|seq| {
        let message = json!({
            "id": "2abcDEFghiJKLmnoPQRstuVWXyz", "session_id": "2abcDEFghiJKLmnoPQRstuVWXyz",
            "seq": seq, "event_type": "assistant", "payload": "some words of an answer",
            "created_at": "2026-01-01T00:00:00.000000Z",
        });
        format!("id: {seq}\ndata: {message}\n\n")
    });
    let body = frames.collect::<String>().into();
    let messages = client(Arc::new(Fixed(body, "text/event-stream"))).api_server().messages("s1");
    let (runtime, counted) = (paused(), AtomicU64::new(0));
    let allocations = per_item(ITEMS, || {
        runtime.block_on(async {
            let items = messages.follow().messages().take(ITEMS);
            items
                .for_each(|item| async { _ = counted.fetch_add(item.unwrap().seq as u64, Relaxed) })
                .await;
        });
    });
    assert!(counted.load(Relaxed) > 0);
    allocations
}

fn page_item() -> f64 {
    let session = json!({ "id": "2abcDEFghiJKLmnoPQRstuVWXyz", "name": "n", "phase": "Running" });
    let items = vec![session; PAGE];
    let list = json!({ "kind": "", "page": 1, "size": PAGE, "total": PAGE, "items": items });
    let fixed = Fixed(list.to_string().into(), "application/json");
    let sessions = client(Arc::new(fixed)).api_server().sessions();
    let runtime = paused();
    per_item(PAGE, || {
        let list = sessions.list().page_size(PAGE as u32).limit(PAGE as u64);
        assert_eq!(runtime.block_on(list.stream().count()), PAGE);
    })
}

/// Returns the allocations per session of one round of `wait_many`, with responses that are ready.
fn poll() -> f64 {
    let runtime = paused();
    let handle = client(inside(&runtime, Sessions::keeping)).api_server().sessions();
    drop(runtime.block_on(round(handle.wait_many(ids()).outcomes())));
    per_item(SESSIONS, || {
        drop(runtime.block_on(round(handle.wait_many(ids()).outcomes())));
    })
}

/// Returns the longest CPU time between two yields of the task that reads 60 MB, once of JSON and
/// once of other data.
fn longest_turns() -> (Duration, Duration) {
    let session =
        json!({ "id": "2abcDEFghiJKLmnoPQRstuVWXyz", "name": "n".repeat(900) }).to_string();
    let list = format!(
        r#"{{"kind":"","page":1,"size":60000,"total":60000,"items":[{}]}}"#,
        vec![session; 60_000].join(",")
    );
    let turn = |body: String| {
        let fixed = Arc::new(Fixed(body.into(), "application/json"));
        let raw = client(fixed).api_server();
        let reading = async {
            // The caller decides when to drop the items, which takes some milliseconds.
            raw.raw().list_sessions().send().await.map(std::mem::forget)
        };
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut longest = Duration::ZERO;
        let read = runtime.block_on(Turns { future: pin!(reading), longest: &mut longest });
        (longest, read.is_ok())
    };
    let (json, is_read) = turn(list);
    let (other, is_json) = turn("x".repeat(60_000_000));
    assert!(is_read && !is_json);
    (json, other)
}

/// Measures the CPU time of each poll of a future.
struct Turns<'a, F> {
    future: Pin<&'a mut F>,
    longest: &'a mut Duration,
}

impl<F: Future> Future for Turns<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let before = cpu();
        let polled = self.future.as_mut().poll(context);
        let took = cpu() - before;
        *self.longest = took.max(*self.longest);
        polled
    }
}

fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
