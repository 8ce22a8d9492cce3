//! Responses of another service than the intended one.

use ambient_sdk_ext::{CreateSessionRequest, Error, ErrorKind, RequestOutcome};
use serde_json::json;

use crate::common::{Answer, Script, json, response};

const NO_PAGE: &str = "404 page not found";
const HTML: &str = "<html><body><h1>Application is not available</h1></body></html>";

async fn gateway(answer: Answer) -> Error {
    let script = Script::new([answer]);
    script.client().get_session("s1").await.unwrap_err()
}

async fn api_server(answer: Answer) -> Error {
    let script = Script::new([answer]);
    script.client().api_server().sessions().get("s1").await.unwrap_err()
}

fn no_route() -> Answer {
    json(
        404,
        json!({
            "type": "Error", "id": "404", "code": "ambient-api-server-404",
            "reason": "The requested resource '/api/ambient/v1/nothing' doesn't exist",
        }),
    )
}

#[tokio::test]
async fn a_404_of_an_unknown_route_is_no_such_endpoint() {
    for (name, error, variable) in [
        ("gateway: page", gateway(response(404, &[], NO_PAGE)).await, "AMBIENT_API_URL"),
        ("gateway: html", gateway(response(404, &[], HTML)).await, "AMBIENT_API_URL"),
        ("gateway: bare", gateway(response(404, &[], "")).await, "AMBIENT_API_URL"),
        (
            "gateway: proxy",
            gateway(response(404, &[], "default backend - 404")).await,
            "AMBIENT_API_URL",
        ),
        ("server: page", api_server(response(404, &[], NO_PAGE)).await, "AMBIENT_API_SERVER_URL"),
        ("server: html", api_server(response(404, &[], HTML)).await, "AMBIENT_API_SERVER_URL"),
        ("server: bare", api_server(response(404, &[], "")).await, "AMBIENT_API_SERVER_URL"),
        ("server: route", api_server(no_route()).await, "AMBIENT_API_SERVER_URL"),
        (
            "server: other JSON",
            api_server(json(404, json!({ "detail": "Not Found" }))).await,
            "AMBIENT_API_SERVER_URL",
        ),
    ] {
        assert_eq!(error.kind(), ErrorKind::NoSuchEndpoint, "{name}: {error:?}");
        let text = error.to_string();
        assert!(text.contains(&format!("set {variable}")), "{name}: {text}");
        assert!(
            text.contains("GET http://localhost:8080/") && text.contains("/sessions/s1 "),
            "{text}"
        );
        assert_eq!(
            (error.status().unwrap().as_u16(), error.outcome()),
            (404, RequestOutcome::Refused)
        );
        assert!(!error.is_transient() && error.path().unwrap().ends_with("/sessions/s1"));
    }
}

#[tokio::test]
async fn a_404_of_the_service_is_a_missing_session() {
    let own = json!({
        "id": "7", "kind": "Error", "code": "ambient-api-server-7",
        "reason": "Session with id='s1' not found", "operation_id": "op",
    });
    for error in [
        gateway(json(404, json!({ "error": "Session not found" }))).await,
        api_server(json(404, own)).await,
        api_server(json(404, json!({ "kind": "Error", "reason": "Not found" }))).await,
        api_server(response(404, &[("x-operation-id", "op")], "session not found\n")).await,
        api_server(response(404, &[], "session not found\n")).await,
    ] {
        assert!(error.is_not_found(), "{error:?}");
        assert_eq!(error.to_string(), "session not found: s1 (get_session)");
    }
}

#[tokio::test]
async fn an_api_server_instead_of_the_gateway_is_detected_by_the_first_call() {
    let script = Script::new([response(502, &[], "backend unavailable\n")]);
    let error = script.client().get_session("s1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSuchEndpoint);
    assert!(error.to_string().contains("answered by an API server"), "{error}");
    assert!(error.to_string().contains("set AMBIENT_API_URL"), "{error}");
    assert_eq!(script.requests().len(), 1, "it is not retried");

    let script = Script::new([response(502, &[], "backend unavailable\n")]);
    let request = CreateSessionRequest::new("a task");
    let error = script.client().create_session(request).await.unwrap_err();
    assert_eq!(error.outcome(), RequestOutcome::Refused);
}

#[tokio::test(start_paused = true)]
async fn a_502_of_a_proxy_is_transient_and_names_the_variable() {
    let script =
        Script::new([response(502, &[], HTML), response(502, &[], HTML), response(502, &[], HTML)]);
    let error = script.client().api_server().sessions().get("s1").await.unwrap_err();
    assert!(error.is_server() && error.is_transient());
    assert!(error.to_string().contains("check AMBIENT_API_SERVER_URL if this persists"), "{error}");
    assert_eq!(script.requests().len(), 3);
}

#[tokio::test]
async fn a_redirect_is_reported_with_its_target_and_not_followed() {
    for (status, location, says) in [
        (
            302,
            "https://api.test/v1/sessions/s1?state=secret",
            "set AMBIENT_API_URL to https://api.test",
        ),
        (308, "https://localhost/", "set AMBIENT_API_URL to https://localhost"),
        (301, "/v1/sessions/s1/", "differs only in a slash"),
        (303, "https://sso.test/login", "for example for a login; check AMBIENT_API_URL"),
    ] {
        let script = Script::new([response(status, &[("location", location)], "")]);
        let error = script.client().get_session("s1").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoSuchEndpoint, "{error:?}");
        assert_eq!(error.status().unwrap().as_u16(), status);
        let text = error.to_string();
        assert!(text.contains(says) && !text.contains("secret"), "{text}");
        assert_eq!((script.requests().len(), error.outcome()), (1, RequestOutcome::Refused));
    }
    let error = gateway(response(302, &[], "")).await;
    assert!(error.to_string().contains("without a valid `Location`"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_at_the_wrong_url_ends_immediately() {
    let script = Script::new([response(404, &[], NO_PAGE)]);
    let error = script.client().wait_for_completion("s1").await.unwrap_err();
    assert!(error.is_no_such_endpoint(), "{error:?}");
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test]
async fn a_version_of_another_server_is_an_error() {
    for answer in [response(404, &[], NO_PAGE), response(404, &[], ""), response(404, &[], HTML)] {
        let script = Script::new([answer]);
        let error = script.client().api_server().version().await.unwrap_err();
        assert!(error.to_string().contains("set AMBIENT_API_SERVER_URL"), "{error}");
    }
}
