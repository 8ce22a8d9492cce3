//! Waiting for many sessions with few requests, under paused time.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use ambient_sdk::{BoxError, BoxFuture, Operation, Response, Transport};
use ambient_sdk_ext::{Client, ErrorKind, wait::WaitOutcome};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::common::{Script, TOKEN, json as answer};

const SECOND: Duration = Duration::from_secs(1);

/// A service in which session `n` completes after `n` seconds, and some requests fail.
struct Service {
    began: Instant,
    requests: AtomicUsize,
    /// Every request whose number is a multiple of this one fails.
    fails: usize,
    status: u16,
}

impl Service {
    fn new() -> Self {
        let (began, requests) = (Instant::now(), AtomicUsize::new(0));
        Self { began, requests, fails: usize::MAX, status: 503 }
    }

    fn client(self: &Arc<Self>) -> Client {
        let builder = Client::builder().token(TOKEN).project("demo");
        builder.transport(self.clone()).build().unwrap()
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    fn session(&self, id: &str) -> Option<Value> {
        let seconds: u64 = id.strip_prefix("s-")?.parse().ok()?;
        let done = self.began.elapsed().as_secs() >= seconds;
        Some(match done {
            true => json!({ "id": id, "name": id, "phase": "Completed" }),
            false => json!({ "id": id, "name": id, "phase": "Running" }),
        })
    }

    fn answer(&self, url: &reqwest::Url) -> (u16, Value) {
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        if number.is_multiple_of(self.fails) {
            return (self.status, json!({ "reason": "out of order" }));
        }
        let search = url.query_pairs().find(|(name, _)| name == "search");
        match (search, url.path_segments().and_then(|mut path| path.next_back())) {
            (Some((_, search)), _) => {
                let ids = search.split('\'').filter(|part| part.starts_with("s-"));
                let items: Vec<_> = ids.filter_map(|id| self.session(id)).collect();
                (
                    200,
                    json!({ "kind": "SessionList", "page": 1, "size": items.len(), "total": items.len(), "items": items }),
                )
            }
            (None, Some(id)) => match self.session(id) {
                Some(session) => (200, session),
                None => (404, json!({ "code": "ambient-api-server-7", "reason": "not found" })),
            },
            _ => (400, json!({})),
        }
    }
}

impl Transport for Service {
    fn send(
        &self,
        request: reqwest::Request,
        _: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        let (status, body) = self.answer(request.url());
        let response = http::Response::builder().status(status);
        let response = response.header("content-type", "application/json");
        let response = response.body(reqwest::Body::from(body.to_string()));
        Box::pin(async move { Ok(reqwest::Response::from(response?).into()) })
    }
}

fn ids(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|n| format!("s-{n}")).collect()
}

/// Returns the outcomes by id. Panics if an id has two.
fn by_id<S>(outcomes: Vec<WaitOutcome<S>>) -> BTreeMap<String, ambient_sdk_ext::Result<S>> {
    let count = outcomes.len();
    let by_id: BTreeMap<_, _> = outcomes.into_iter().map(|o| (o.id, o.result)).collect();
    assert_eq!(by_id.len(), count, "an id has two outcomes");
    by_id
}

#[tokio::test(start_paused = true)]
async fn each_session_has_one_outcome_when_it_ends() {
    let service = Arc::new(Service::new());
    let sessions = service.client().api_server().sessions();
    let mut outcomes = sessions.wait_many(ids(0..30)).outcomes();
    let mut seen = Vec::new();
    while let Some(outcome) = outcomes.next().await {
        let number: u64 = outcome.id[2..].parse().unwrap();
        assert!(service.began.elapsed() <= SECOND * (number as u32 + 7), "{} is late", outcome.id);
        outcome.result.unwrap();
        seen.push(number);
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..30).collect::<Vec<_>>());
    assert!(service.requests() <= 9, "one request a round: {}", service.requests());
}

#[tokio::test(start_paused = true)]
async fn each_request_covers_a_hundred_sessions() {
    let service = Arc::new(Service::new());
    let given = ids(0..1000).into_iter().chain(ids(0..10));
    let wait = service.client().api_server().sessions().wait_many(given);
    let outcomes = by_id(wait.timeout(Duration::ZERO).await);
    assert_eq!(outcomes.len(), 1000, "a repeated id has one outcome");
    assert_eq!(service.requests(), 10);
}

#[tokio::test(start_paused = true)]
async fn faults_neither_lose_nor_repeat_an_outcome() {
    let service = Arc::new(Service { fails: 5, ..Service::new() });
    let wait = service.client().api_server().sessions().wait_many(ids(0..500));
    let outcomes = by_id(wait.await);
    assert_eq!(outcomes.len(), 500);
    assert!(outcomes.values().all(Result::is_ok));
}

#[tokio::test(start_paused = true)]
async fn missing_sessions_and_invalid_ids_are_reported() {
    let service = Arc::new(Service::new());
    let given = ["s-3", "gone", "not/an/id"];
    let outcomes = by_id(service.client().api_server().sessions().wait_many(given).await);
    assert!(outcomes["s-3"].is_ok());
    let gone = outcomes["gone"].as_ref().unwrap_err();
    assert!(gone.is_not_found());
    assert_eq!(gone.wait().unwrap().polls, 2, "it is polled twice");
    assert!(outcomes["not/an/id"].as_ref().unwrap_err().is_invalid_request());
}

#[tokio::test(start_paused = true)]
async fn the_timeout_ends_all_remaining_waits() {
    let service = Arc::new(Service::new());
    let wait = service.client().api_server().sessions().wait_many(ids(0..20));
    let outcomes = by_id(wait.timeout(SECOND * 10).await);
    assert_eq!(service.began.elapsed(), SECOND * 10);
    let (over, late): (Vec<_>, Vec<_>) = outcomes.values().partition(|result| result.is_ok());
    assert_eq!((over.len(), late.len()), (11, 9));
    let error = late[0].as_ref().unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(error.wait().unwrap().last_state.as_deref(), Some("Running"));
}

#[tokio::test(start_paused = true)]
async fn a_permanent_error_ends_all_waits() {
    let service = Arc::new(Service { fails: 1, status: 403, ..Service::new() });
    let wait = service.client().api_server().sessions().wait_many(ids(0..20));
    let outcomes = by_id(wait.await);
    assert_eq!((outcomes.len(), service.requests()), (20, 1));
    let all = outcomes.values().map(|result| result.as_ref().unwrap_err());
    assert!(all.into_iter().all(|e| e.kind() == ErrorKind::Permission && e.wait().is_some()));
}

#[tokio::test(start_paused = true)]
async fn a_lasting_outage_ends_all_waits() {
    let service = Arc::new(Service { fails: 1, ..Service::new() });
    let wait = service.client().api_server().sessions().wait_many(ids(0..20));
    let outcomes = by_id(wait.max_outage(SECOND * 30).await);
    let first = outcomes["s-0"].as_ref().unwrap_err();
    assert!(first.is_server());
    assert!(first.wait().unwrap().last_failure.as_ref().unwrap().contains("out of order"));
    assert!(service.began.elapsed() > SECOND * 30);
}

#[tokio::test(start_paused = true)]
async fn the_gateway_needs_one_request_for_all() {
    let item = |id: &str, status: &str| json!({ "id": id, "status": status, "task": "t", "createdAt": "" });
    let round = |status| {
        let items = [item("one", status), item("two", "completed"), item("other", "running")];
        answer(200, json!({ "items": items, "total": 3 }))
    };
    let script = Script::new([round("running"), round("Stopped")]);
    let outcomes = by_id(script.client().wait_many(["one", "two"]).await);
    assert_eq!(outcomes["one"].as_ref().unwrap().status, "Stopped");
    assert_eq!((outcomes.len(), script.requests().len()), (2, 2));
}
