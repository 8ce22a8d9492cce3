//! The limit of concurrent requests of a client.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use ambient_sdk::{BoxError, BoxFuture, Operation, Response, Transport};
use ambient_sdk_ext::{CallOptions, Client, ClientBuilder, CreateSessionRequest, RequestOutcome};
use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use crate::common::{Answer, Script, TOKEN, json, session};

/// A transport that takes a second for each request and counts the concurrent ones.
#[derive(Clone, Default)]
struct Counted {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    order: Arc<std::sync::Mutex<Vec<String>>>,
}

impl Transport for Counted {
    fn send(
        &self,
        request: reqwest::Request,
        _: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        Box::pin(async move {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            self.order.lock().unwrap().push(request.url().path().to_owned());
            sleep(Duration::from_secs(1)).await;
            self.now.fetch_sub(1, Ordering::SeqCst);
            let body = r#"{"id":"s","status":"running","task":"t","createdAt":""}"#;
            Ok(http::Response::new(body).into())
        })
    }
}

fn builder(counted: &Counted) -> ClientBuilder {
    Client::builder().token(TOKEN).project("demo").transport(Arc::new(counted.clone()))
}

/// Returns how many seconds a number of concurrent reads take on clones with different options.
async fn seconds(client: &Client, reads: usize) -> u64 {
    let start = Instant::now();
    let reads = (0..reads).map(|read| {
        let own = CallOptions::new().timeout(Duration::from_secs(600));
        let client = client.with(own);
        async move { client.get_session(format!("s{read}")).await }
    });
    assert!(join_all(reads).await.iter().all(Result::is_ok));
    start.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn at_most_32_requests_of_all_clones_are_in_flight() {
    let counted = Counted::default();
    let client = builder(&counted).build().unwrap();
    assert_eq!(seconds(&client, 96).await, 3);
    assert_eq!(counted.most.load(Ordering::SeqCst), 32);
    let order = counted.order.lock().unwrap();
    assert!(
        order.iter().enumerate().all(|(at, path)| path.ends_with(&format!("/s{at}"))),
        "in turn"
    );
}

#[tokio::test(start_paused = true)]
async fn the_limit_can_be_set_and_removed() {
    let counted = Counted::default();
    let client = builder(&counted).max_in_flight(5).build().unwrap();
    assert_eq!(seconds(&client, 10).await, 2);
    let client = builder(&counted).max_in_flight(None).build().unwrap();
    assert_eq!(seconds(&client, 1_000).await, 1);
    let error = builder(&counted).max_in_flight(0).build().unwrap_err();
    assert!(error.is_configuration(), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn queueing_counts_towards_the_timeout_and_is_in_the_error() {
    let script = Script::new([Answer::Never]);
    let client = script.builder().max_in_flight(1).build().unwrap();
    let stuck = tokio::spawn({
        let client = client.with(CallOptions::new().timeout(Duration::from_secs(60)));
        async move { client.get_session("s1").await }
    });
    tokio::task::yield_now().await;
    let start = Instant::now();
    let request = CreateSessionRequest::new("a task");
    let error = client.create_session(request).await.unwrap_err();
    assert_eq!(start.elapsed(), Duration::from_secs(30));
    assert!(error.is_timeout() && error.outcome() == RequestOutcome::NotSent, "{error:?}");
    let text = error.to_string();
    assert!(text.contains("(0 attempts, 30.0 seconds waiting"), "{text}");
    assert!(text.contains("max_in_flight") && text.ends_with("(nothing was sent)"), "{text}");
    assert_eq!(script.requests().len(), 1);
    assert!(stuck.await.unwrap().unwrap_err().is_timeout());
}

#[tokio::test(start_paused = true)]
async fn a_paused_or_dropped_call_releases_its_permit() {
    let busy = || json(503, serde_json::json!({ "error": "busy" }));
    let script = Script::new([busy(), session("running"), session("running")]);
    let client = script.builder().max_in_flight(1).build().unwrap();
    let (one, other) = tokio::join!(client.get_session("s1"), client.get_session("s2"));
    one.unwrap();
    other.unwrap();
    let requests: Vec<_> = script.requests().into_iter().map(|request| request.url).collect();
    assert!(requests[1].ends_with("/s2") && requests[2].ends_with("/s1"), "{requests:?}");

    let script = Script::new([Answer::Never, session("running")]);
    let client = script.builder().max_in_flight(1).build().unwrap();
    let dropped = tokio::time::timeout(Duration::from_secs(1), client.get_session("s1"));
    assert!(dropped.await.is_err());
    client.get_session("s2").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stream_needs_no_permit() {
    let open = crate::common::response(200, &[("content-type", "text/event-stream")], "");
    let never = Answer::Never;
    let script = Script::new([never, open, session("running")]);
    let client = script.builder().max_in_flight(1).build().unwrap();
    let server = client.api_server();
    let mut stream = Box::pin(server.raw().stream_session_messages().id("s1").send());
    assert!(futures_util::FutureExt::now_or_never(&mut stream).is_none());
    drop(server.raw().stream_session_messages().id("s1").send().await.unwrap());
    client.get_session("s1").await.unwrap();
}
