//! Tests of the raw clients with a custom transport.

#![cfg(all(feature = "api-server", feature = "public-api"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    error::Error as _,
    sync::{Arc, Mutex},
};

use ambient_sdk::{
    BoxError, BoxFuture, Carrier, Error, ErrorBody, Operation, Problem, Response, Transport,
    api_server, public_api,
};
use reqwest::Request;
use serde_json::json;

/// Returns the same response to every request, and records the requests.
#[derive(Clone)]
struct Fixed {
    status: u16,
    body: String,
    calls: Arc<Mutex<Vec<(Request, &'static Operation)>>>,
}

impl Fixed {
    fn new(status: u16, body: impl ToString) -> Self {
        Self { status, body: body.to_string(), calls: Arc::default() }
    }

    fn api_server(&self) -> api_server::Client {
        let carrier = Carrier::new(self.clone());
        api_server::Client::new_with_client("http://h", reqwest::Client::new(), carrier)
    }

    fn public_api(&self) -> public_api::Client {
        let carrier = Carrier::new(self.clone());
        public_api::Client::new_with_client("http://h", reqwest::Client::new(), carrier)
    }
}

impl Transport for Fixed {
    fn send(
        &self,
        request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        self.calls.lock().unwrap().push((request, operation));
        Box::pin(async {
            let response = http::Response::builder().status(self.status);
            let response = response.header("x-operation-id", "op-1");
            Ok(response.body(self.body.clone())?.into())
        })
    }
}

/// A transport that always fails.
struct Broken;

#[derive(Debug, PartialEq)]
struct Unplugged;

impl std::fmt::Display for Unplugged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("unplugged")
    }
}

impl std::error::Error for Unplugged {}

impl Transport for Broken {
    fn send(&self, _: Request, _: &'static Operation) -> BoxFuture<'_, Result<Response, BoxError>> {
        Box::pin(async { Err(Unplugged.into()) })
    }
}

#[tokio::test]
async fn an_undocumented_failure_has_status_headers_and_body() {
    for (status, body) in
        [(429, r#"{"error":"slow down"}"#), (502, "slow down"), (418, "slow down")]
    {
        let client = Fixed::new(status, body).api_server();
        let error = client.list_projects().send().await.unwrap_err();
        let Error::Refused(failed) = error else { panic!("{error:?}") };
        assert_eq!(failed.status.as_u16(), status);
        assert_eq!(failed.headers["x-operation-id"], "op-1");
        assert_eq!(failed.request.operation().id(), "list_projects");
        let ErrorBody { reason, path, .. } = failed.body;
        assert_eq!(reason.as_deref(), Some("slow down"));
        assert_eq!(path, "/api/ambient/v1/projects");
    }
}

#[tokio::test]
async fn unknown_values_and_invalid_times_are_accepted() {
    let session = json!({
        "id": "1", "name": "n", "phase": "Hibernating", "created_at": "", "labels": "not json",
        "start_time": null, "new_field": {},
    });
    let client = Fixed::new(200, session).api_server();
    let session = client.get_session().id("1").send().await.unwrap().into_inner();
    assert_eq!(session.phase, Some("Hibernating".into()));
    assert_eq!(session.created_at.unwrap().to_system_time(), None);
    assert_eq!(session.labels.unwrap().as_str(), "not json");
    assert_eq!(session.start_time, None);
}

#[tokio::test]
async fn debug_output_redacts_a_credential() {
    let body = json!({ "credential_id": "1", "token": "hush", "provider": "github" });
    let client = Fixed::new(200, body).api_server();
    let response = client.get_credential_token().cred_id("1").send().await.unwrap().into_inner();
    assert!(!format!("{response:?}").contains("hush"));
    assert_eq!(response.token.expose(), "hush");
}

#[tokio::test]
async fn streams_and_json_are_requested_by_their_media_types() {
    let fixed = Fixed::new(200, "[]");
    let client = fixed.api_server();
    client.list_session_messages().id("1").send().await.unwrap();
    client.stream_session_messages().id("1").send().await.unwrap();
    client.stream_session_events().id("1").send().await.unwrap();
    let calls = fixed.calls.lock().unwrap();
    let accepts: Vec<_> = calls.iter().map(|(request, _)| &request.headers()["accept"]).collect();
    assert_eq!(accepts, ["application/json", "text/event-stream", "text/event-stream"]);
    assert_eq!(calls[0].0.url().path(), calls[1].0.url().path());
    assert!(calls.iter().all(|(request, _)| !request.headers().contains_key("api-version")));
    assert!(calls[1].1.is_stream() && calls[1].1.is_authenticated());
}

#[tokio::test]
async fn a_transport_error_is_the_source_of_the_client_error() {
    let http = reqwest::Client::new();
    let client = public_api::Client::new_with_client("http://h", http, Carrier::new(Broken));
    let error = client.get_health().send().await.unwrap_err();
    let request = error.request().unwrap();
    assert_eq!((request.method(), request.path()), ("GET", "/health"));
    assert_eq!(error.to_string(), "GET /health has no response: unplugged");
    assert_eq!(error.source().unwrap().downcast_ref(), Some(&Unplugged));
}

#[tokio::test]
async fn an_id_that_would_change_the_path_is_not_sent() {
    let fixed = Fixed::new(200, "{}");
    for id in ["", ".", "..", "a/b", r"a\b", "a%2Fb", "a?b", "a#b", "%2e%2e"] {
        let error = fixed.public_api().get_session().id(id).send().await.unwrap_err();
        assert!(matches!(error, Error::Invalid { .. }), "{error:?}");
        assert_eq!(error.operation().id(), "get_session");
    }
    assert!(fixed.calls.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_missing_parameter_is_reported_with_its_operation() {
    let fixed = Fixed::new(200, "{}");
    let error = fixed.public_api().get_session().send().await.unwrap_err();
    assert_eq!(error.to_string(), "get_session was not sent: id was not initialized");
    assert!(fixed.calls.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_unexpected_response_is_reported_without_its_values() {
    let client = Fixed::new(200, r#"{"id": {"a b": "hush"}, "task": "hush"}"#).public_api();
    let error = client.get_session().id("s1").send().await.unwrap_err();
    let Error::Unreadable(response) = &error else { panic!("{error:?}") };
    assert_eq!((response.status.as_u16(), response.request.path()), (200, "/v1/sessions/s1"));
    assert_eq!(response.headers["x-operation-id"], "op-1");
    let Problem::Body(problem) = &response.problem else { panic!("{error:?}") };
    assert_eq!((problem.line, problem.field.as_deref()), (1, Some("id")));
    assert!(error.source().is_some());
    let shown = format!("{error} {error:?} {:?}", error.source());
    assert!(shown.contains("GET /v1/sessions/s1") && !shown.contains("hush"), "{shown}");
}

#[tokio::test]
async fn a_redirect_is_an_undocumented_status() {
    let error = Fixed::new(302, "").public_api().list_sessions().send().await.unwrap_err();
    assert!(matches!(&error, Error::Unreadable(r) if matches!(r.problem, Problem::Status)));
    assert_eq!(error.status().unwrap().as_u16(), 302);
}

#[tokio::test]
async fn a_base_url_may_end_with_a_slash() {
    for base in ["http://h/base", "http://h/base/", "http://h/base//"] {
        let fixed = Fixed::new(200, json!({ "status": "ok" }));
        let (http, carrier) = (reqwest::Client::new(), Carrier::new(fixed.clone()));
        let client = public_api::Client::new_with_client(base, http, carrier);
        client.get_health().send().await.unwrap();
        assert_eq!(fixed.calls.lock().unwrap()[0].0.url().path(), "/base/health");
    }
}

#[tokio::test]
async fn nothing_is_sent_before_a_call_is_awaited() {
    let fixed = Fixed::new(200, json!({ "status": "ok" }));
    let client = fixed.public_api();
    let call = client.get_health().send();
    assert!(fixed.calls.lock().unwrap().is_empty());
    assert_eq!(call.await.unwrap().status, "ok");
}

#[test]
fn the_tables_list_every_operation_by_id() {
    for operations in [api_server::OPERATIONS, public_api::OPERATIONS] {
        assert!(operations.is_sorted_by_key(Operation::id));
    }
    assert_eq!(public_api::OPERATIONS.len(), 6);
    let documented = serde_json::from_str::<serde_json::Value>(api_server::DOCUMENT).unwrap();
    let paths = documented["paths"].as_object().unwrap().values();
    let methods = paths.flat_map(|item| item.as_object().unwrap().keys());
    let count = methods.filter(|key| key.as_str() != "parameters");
    assert_eq!(api_server::OPERATIONS.len(), count.count());
}

#[cfg(feature = "schemars")]
#[test]
fn every_type_has_a_json_schema() {
    let schema = schemars::schema_for!(api_server::types::SessionList).to_value().to_string();
    assert!(schema.contains("\"SessionPhase\"") && schema.contains("\"llm_model\""), "{schema}");
    let schema = schemars::schema_for!(public_api::types::SessionResponse).to_value();
    assert_eq!(schema["properties"]["id"]["type"], "string");
}

#[tokio::test]
async fn a_secret_is_sent_unchanged_and_a_redacted_one_is_rejected() {
    let fixed = Fixed::new(200, json!({ "id": "c" }));
    let update = |token: &str| {
        let client = fixed.api_server();
        let body = api_server::types::CredentialPatchRequest::builder()
            .token(Some(ambient_sdk::Secret::from(token)));
        async move { client.update_credential().cred_id("c").body(body).send().await }
    };
    let _response = update("ghp_0123456789").await;
    let error = update("[redacted]").await.unwrap_err();
    assert!(matches!(&error, Error::Invalid { reason, .. } if reason.contains("set it again")));
    let calls = fixed.calls.lock().unwrap();
    let bodies: Vec<_> =
        calls.iter().map(|(request, _)| request.body().unwrap().as_bytes()).collect();
    assert_eq!(bodies, [Some(br#"{"token":"ghp_0123456789"}"#.as_slice())]);
}

#[tokio::test]
async fn the_next_page_is_requested_by_its_number() {
    let fixed = Fixed::new(
        200,
        json!({ "kind": "SessionList", "page": 1, "size": 0, "total": 0, "items": [] }),
    );
    let client = fixed.api_server();
    let page = client.list_sessions().send().await.unwrap().into_inner();
    client.list_sessions().page(page.page + 1).size(page.size + 50).send().await.unwrap();
    let calls = fixed.calls.lock().unwrap();
    let mut query: Vec<_> = calls[1].0.url().query_pairs().collect();
    query.sort();
    assert_eq!(query, [("page".into(), "2".into()), ("size".into(), "50".into())]);
}
