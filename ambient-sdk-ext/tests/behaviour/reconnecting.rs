//! Calls to a server that refuses connections. Nothing is sent, so all calls are retried until their
//! timeout.

use std::{io, sync::Arc, time::Duration};

use ambient_sdk::{BoxError, BoxFuture, Operation, Response, Transport};
use ambient_sdk_ext::{
    CallOptions, Client, CreateSessionRequest, RequestOutcome,
    mock::MockServer,
    retry::{Backoff, RetryPolicy},
};
use futures_util::{StreamExt, future::join_all};
use serde_json::json;
use tokio::time::Instant;

use crate::common::{Answer, Script, TOKEN, json, quiet_port, response, session};

const SECOND: Duration = Duration::from_secs(1);

/// A transport that refuses connections until a time, like a server that starts late.
struct BoundLate {
    from: Instant,
    script: Script,
    refused: std::sync::Mutex<Vec<Instant>>,
}

impl BoundLate {
    fn after(pause: Duration, answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        let (from, script) = (Instant::now() + pause, Script::new(answers));
        Arc::new(Self { from, script, refused: Default::default() })
    }

    fn client(self: &Arc<Self>) -> Client {
        self.script.builder().transport(self.clone()).build().unwrap()
    }

    fn refused(&self) -> Vec<Instant> {
        self.refused.lock().unwrap().clone()
    }
}

impl Transport for BoundLate {
    fn send(
        &self,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        if Instant::now() >= self.from {
            return self.script.send(request, operation);
        }
        self.refused.lock().unwrap().push(Instant::now());
        Box::pin(async { Err(io::Error::from(io::ErrorKind::ConnectionRefused).into()) })
    }
}

fn created() -> Answer {
    json(201, json!({ "id": "s1", "message": "created" }))
}

fn never() -> Duration {
    SECOND * 1_000_000
}

#[tokio::test(start_paused = true)]
async fn a_write_waits_for_a_server_that_restarts() {
    let (start, late) = (Instant::now(), BoundLate::after(SECOND * 20, [created()]));
    late.client().create_session(CreateSessionRequest::new("a task")).await.unwrap();
    assert!(start.elapsed() >= SECOND * 20 && start.elapsed() < SECOND * 26);
    let refused = late.refused();
    assert!(refused.len() > 3, "{}", refused.len());
    let longest = refused.windows(2).map(|two| two[1] - two[0]).max().unwrap();
    assert!(longest > SECOND / 5 && longest <= SECOND * 5, "{longest:?}");
    assert_eq!(late.script.requests()[0].body, r#"{"task":"a task"}"#);
}

#[tokio::test(start_paused = true)]
async fn the_timeout_of_the_call_ends_the_retries() {
    for timeout in [SECOND / 2, SECOND * 10, SECOND * 600] {
        let (start, late) = (Instant::now(), BoundLate::after(never(), []));
        let client = late.client().with(CallOptions::new().timeout(timeout));
        let error = client.create_session(CreateSessionRequest::new("a task")).await.unwrap_err();
        assert!(error.is_connection() && error.is_transient(), "{error:?}");
        assert_eq!(error.outcome(), RequestOutcome::NotSent);
        let text = error.to_string();
        assert!(text.contains("http://localhost:8080/v1/sessions"), "{text}");
        assert!(
            text.contains(&format!("gave up after {} attempts", late.refused().len())),
            "{text}"
        );
        assert!(start.elapsed() <= timeout && start.elapsed() + SECOND / 5 >= timeout);
    }
}

#[tokio::test(start_paused = true)]
async fn queued_calls_survive_a_restart_and_use_no_budget() {
    let late = BoundLate::after(SECOND * 4, (0..500).map(|_| created()));
    let client = late.client();
    let queue = (0..500).map(|n| {
        let client = client.clone();
        async move { client.create_session(CreateSessionRequest::new(format!("task {n}"))).await }
    });
    assert!(join_all(queue).await.iter().all(Result::is_ok));
    assert_eq!(late.script.requests().len(), 500);
}

#[tokio::test(start_paused = true)]
async fn attempts_that_reached_the_server_are_counted_separately() {
    let busy = || json(503, json!({ "error": "busy" }));
    let late = BoundLate::after(SECOND * 4, [busy(), busy(), busy()]);
    assert!(late.client().get_session("s1").await.unwrap_err().is_server());
    assert_eq!(late.script.requests().len(), 3);
    let late = BoundLate::after(SECOND * 4, [busy()]);
    let request = CreateSessionRequest::new("a task");
    assert!(late.client().create_session(request).await.unwrap_err().is_server());
}

#[tokio::test(start_paused = true)]
async fn reconnecting_can_be_disabled() {
    for (policy, attempts) in [
        (RetryPolicy::none(), 1),
        (RetryPolicy::default().reconnect(false), 3),
        (RetryPolicy::default().reconnect(false).max_attempts(5), 5),
    ] {
        let late = BoundLate::after(never(), []);
        let client = late.client().with(CallOptions::new().retry(policy));
        assert!(client.get_session("s1").await.unwrap_err().is_connection());
        assert_eq!(late.refused().len(), attempts);
    }
}

#[tokio::test(start_paused = true)]
async fn pauses_follow_the_policy() {
    let late = BoundLate::after(SECOND * 100, [session("running")]);
    let backoff = Backoff::new(SECOND * 9, SECOND * 9).unwrap();
    let options = CallOptions::new().timeout(SECOND * 300);
    let options = options.retry(RetryPolicy::default().backoff(backoff));
    late.client().with(options).get_session("s1").await.unwrap();
    // Each pause is a random share of nine seconds, so 100 seconds take about 22 attempts.
    assert!((10..60).contains(&late.refused().len()), "{}", late.refused().len());
}

#[tokio::test(start_paused = true)]
async fn a_wait_reports_refused_connections_immediately() {
    let late = BoundLate::after(SECOND * 60, [session("completed")]);
    let mut updates = late.client().wait_for_completion("s1").updates();
    let first = updates.next().await.unwrap().unwrap();
    assert!(first.seen().is_none());
    assert!(late.refused().len() <= 3);
    assert!(updates.any(|update| async { update.unwrap().seen().is_some() }).await);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_limited() {
    let asks = || response(429, &[("retry-after", "3600")], "{}");
    for (policy, pause) in [
        (RetryPolicy::default(), SECOND * 60),
        (RetryPolicy::default().max_asked_pause(SECOND * 7), SECOND * 7),
    ] {
        let script = Script::new([asks(), created()]);
        let options = CallOptions::new().timeout(SECOND * 100).retry(policy);
        let start = Instant::now();
        let client = script.client().with(options);
        client.create_session(CreateSessionRequest::new("a task")).await.unwrap();
        assert_eq!(start.elapsed(), pause);
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_beyond_the_timeout_fails_immediately() {
    let script = Script::new([response(429, &[("retry-after", "3600")], "{}")]);
    let start = Instant::now();
    let error = script.client().get_session("s1").await.unwrap_err();
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert!(error.is_rate_limited() && error.retry_after() == Some(SECOND * 3600), "{error:?}");
    let says = "it was not retried: the server requests a pause of 60 seconds, and the call has \
                30.0 left";
    assert!(error.to_string().contains(says), "{error}");
}

#[tokio::test]
async fn a_refused_connection_is_reported_with_its_url() {
    let (port, _held) = quiet_port();
    let url = format!("http://127.0.0.1:{port}");
    let client = Client::builder().base_url(&url).token(TOKEN).project("demo");
    let client = client.retry(RetryPolicy::none()).build().unwrap();
    let error = client.get_session("s1").await.unwrap_err().to_string();
    let says = format!("the connection was refused (GET {url}/v1/sessions/s1)");
    assert!(error.contains(&says), "{error}");
}

#[tokio::test]
async fn a_restart_loses_and_repeats_no_call() {
    let (port, _held) = quiet_port();
    let start = || MockServer::builder().port(port).start();
    let server = start().await.unwrap();
    let client = server.client().unwrap();
    client.list_sessions().await.unwrap();
    drop(server);
    // Wait until the client sees that its idle connection is closed. A call on that connection would
    // have an unknown outcome, and would not be retried.
    tokio::time::sleep(SECOND / 5).await;
    let queue = (0..20).map(|n| {
        let client = client.clone();
        let request = CreateSessionRequest::new(format!("task {n}"));
        tokio::spawn(async move { client.create_session(request).await })
    });
    let queue: Vec<_> = queue.collect();
    tokio::time::sleep(SECOND).await;
    assert!(queue.iter().all(|call| !call.is_finished()), "the calls wait for the server");
    let server = start().await.unwrap();
    for call in queue {
        call.await.unwrap().unwrap();
    }
    assert_eq!(client.list_sessions().await.unwrap().total, 20);
    assert_eq!(server.request_count("create_session"), 20);
}
