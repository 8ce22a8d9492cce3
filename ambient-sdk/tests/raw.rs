//! The raw clients with a transport of one's own.

#![cfg(all(feature = "api-server", feature = "public-api"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::{Arc, Mutex};

use ambient_sdk::{
    BoxError, BoxFuture, Carrier, ErrorBody, Operation, Transport, api_server, public_api,
    transport::RefusedRequest,
};
use reqwest::{Request, Response};
use serde_json::json;

/// Answers every request with the same response, and keeps what was asked.
#[derive(Clone)]
struct Fixed {
    status: u16,
    body: String,
    asked: Arc<Mutex<Vec<(Request, &'static Operation)>>>,
}

impl Fixed {
    fn new(status: u16, body: impl ToString) -> Self {
        Self { status, body: body.to_string(), asked: Arc::default() }
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
        self.asked.lock().unwrap().push((request, operation));
        Box::pin(async {
            let response = http::Response::builder().status(self.status);
            let response = response.header("x-operation-id", "op-1");
            Ok(response.body(self.body.clone())?.into())
        })
    }
}

/// Fails without a response.
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

fn cause<E: std::error::Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

#[tokio::test]
async fn a_failure_that_no_document_lists_is_typed_with_status_headers_and_body() {
    for (status, body) in
        [(429, r#"{"error":"slow down"}"#), (502, "slow down"), (418, "slow down")]
    {
        let client = Fixed::new(status, body).api_server();
        let error = client.list_projects().send().await.unwrap_err();
        let api_server::Error::ErrorResponse(response) = error else { panic!("{error:?}") };
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers()["x-operation-id"], "op-1");
        let ErrorBody { reason, path, .. } = response.into_inner();
        assert_eq!(reason.as_deref(), Some("slow down"));
        assert_eq!(path, "/api/ambient/v1/projects");
    }
}

#[tokio::test]
async fn values_that_grew_and_times_that_do_not_parse_fail_nothing() {
    let session = json!({
        "id": "1", "name": "n", "phase": "Hibernating", "created_at": "", "labels": "no json",
        "start_time": null, "new_field": {},
    });
    let client = Fixed::new(200, session).api_server();
    let session = client.get_session().id("1").send().await.unwrap().into_inner();
    assert_eq!(session.phase, Some("Hibernating".into()));
    assert_eq!(session.created_at.unwrap().to_system_time(), None);
    assert_eq!(session.labels.unwrap().as_str(), "no json");
    assert_eq!(session.start_time, None);
}

#[tokio::test]
async fn a_credential_never_shows() {
    let body = json!({ "credential_id": "1", "token": "hush", "provider": "github" });
    let client = Fixed::new(200, body).api_server();
    let response = client.get_credential_token().cred_id("1").send().await.unwrap().into_inner();
    assert!(!format!("{response:?}").contains("hush"));
    assert_eq!(response.token.expose(), "hush");
}

#[tokio::test]
async fn streams_are_asked_for_by_their_exact_name_and_the_rest_as_json() {
    let fixed = Fixed::new(200, "[]");
    let client = fixed.api_server();
    client.list_session_messages().id("1").send().await.unwrap();
    client.stream_session_messages().id("1").send().await.unwrap();
    client.stream_session_events().id("1").send().await.unwrap();
    let asked = fixed.asked.lock().unwrap();
    let accepts: Vec<_> = asked.iter().map(|(request, _)| &request.headers()["accept"]).collect();
    assert_eq!(accepts, ["application/json", "text/event-stream", "text/event-stream"]);
    assert_eq!(asked[0].0.url().path(), asked[1].0.url().path());
    assert!(asked.iter().all(|(request, _)| !request.headers().contains_key("api-version")));
    assert!(asked[1].1.is_stream() && asked[1].1.is_authenticated());
}

#[tokio::test]
async fn the_error_of_a_transport_is_the_source_of_the_clients() {
    let http = reqwest::Client::new();
    let client = public_api::Client::new_with_client("http://h", http, Carrier::new(Broken));
    let error = client.get_health().send().await.unwrap_err();
    let public_api::Error::CommunicationError(error) = error else { panic!("{error:?}") };
    assert_eq!(cause::<Unplugged>(&error), Some(&Unplugged));
}

#[tokio::test]
async fn a_request_that_left_its_path_is_not_sent() {
    let fixed = Fixed::new(200, "{}");
    for id in ["", ".", "..", "a/b", r"a\b", "a%2Fb", "a?b", "a#b", "%2e%2e"] {
        let error = fixed.public_api().get_session().id(id).send().await.unwrap_err();
        let public_api::Error::CommunicationError(error) = error else { panic!("{error:?}") };
        assert!(
            matches!(cause(&error), Some(RefusedRequest::OutOfPath(o)) if o.id() == "get_session")
        );
    }
    assert!(fixed.asked.lock().unwrap().is_empty());
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
    let count = methods.filter(|key| ["get", "post", "patch", "delete"].contains(&key.as_str()));
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
