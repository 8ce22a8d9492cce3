//! User-defined layers around the transport.

use std::sync::{Arc, Mutex};

use ambient_sdk::{BoxError, BoxFuture, Operation, Response, Transport};
use ambient_sdk_ext::CallOptions;
use http::StatusCode;
use serde_json::json;

use crate::common::{Script, json, session};

/// A layer that records requests and responses under its name.
struct Noted {
    name: &'static str,
    notes: Arc<Mutex<Vec<String>>>,
    inner: Arc<dyn Transport>,
}

impl Transport for Noted {
    fn send(
        &self,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        let token = request.headers().contains_key("authorization");
        self.note(format!("{} {} token: {token}", self.name, operation.id()));
        Box::pin(async move {
            let answer = self.inner.send(request, operation).await;
            let status = answer.as_ref().map(Response::status);
            self.note(format!("{} {:?}", self.name, status.map_err(ToString::to_string)));
            answer
        })
    }
}

impl Noted {
    fn note(&self, what: String) {
        self.notes.lock().unwrap().push(what);
    }
}

type Notes = Arc<Mutex<Vec<String>>>;

fn noted(
    name: &'static str,
    notes: &Notes,
) -> impl Fn(Arc<dyn Transport>) -> Arc<dyn Transport> + Send + Sync + 'static {
    let notes = notes.clone();
    move |inner| Arc::new(Noted { name, notes: notes.clone(), inner })
}

#[tokio::test(start_paused = true)]
async fn a_layer_sees_a_call_once_despite_retries() {
    let script = Script::new([json(503, json!({ "error": "busy" })), session("running")]);
    let notes = Notes::default();
    let client = script.builder().layer(noted("a", &notes)).layer(noted("b", &notes));
    client.build().unwrap().get_session("s1").await.unwrap();
    let expected =
        ["a get_session token: false", "b get_session token: false", "b Ok(200)", "a Ok(200)"];
    assert_eq!(*notes.lock().unwrap(), expected);
    assert_eq!(script.requests().len(), 2);
    assert!(script.requests()[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_layer_wraps_handles_with_options_and_raw_builders() {
    let script = Script::new([session("running"), session("running")]);
    let notes = Notes::default();
    let client = script.builder().layer(noted("a", &notes)).build().unwrap();
    let other = client.with(CallOptions::new().project("other"));
    other.get_session("s1").await.unwrap();
    other.public_api().get_session().id("s1").send().await.unwrap();
    assert_eq!(notes.lock().unwrap().len(), 4);
    assert_eq!(script.requests()[1].headers["x-ambient-project"], "other");
}

#[tokio::test]
async fn an_error_passes_a_layer_unchanged() {
    let script = Script::new([json(404, json!({ "error": "not found" }))]);
    let notes = Notes::default();
    let client = script.builder().layer(noted("a", &notes)).build().unwrap();
    let error = client.get_session("s1").await.unwrap_err();
    assert_eq!(
        (error.status(), error.path()),
        (Some(StatusCode::NOT_FOUND), Some("/v1/sessions/s1"))
    );
    assert!(notes.lock().unwrap()[1].contains("not found"));
}

/// A layer that answers without the inner transport.
struct Cached;

impl Transport for Cached {
    fn send(
        &self,
        _: reqwest::Request,
        _: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        let body = r#"{"id": "s1", "status": "completed", "task": "t", "createdAt": ""}"#;
        Box::pin(async move { Ok(Response::new(StatusCode::OK, http::HeaderMap::new(), body)) })
    }
}

#[tokio::test]
async fn a_layer_can_answer_a_call() {
    let script = Script::new([]);
    let client = script.builder().layer(|_| Arc::new(Cached) as Arc<dyn Transport>);
    let session = client.build().unwrap().get_session("s1").await.unwrap();
    assert_eq!(session.id, "s1");
    assert!(script.requests().is_empty());
}
