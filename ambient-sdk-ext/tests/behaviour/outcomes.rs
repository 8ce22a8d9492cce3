//! The outcome of a request in its error: not sent, rejected, unknown or carried out.

use ambient_sdk_ext::{
    Client, CreateSessionRequest, Error, RequestOutcome,
    api_server::{NewProject, NewSession, SessionPatch},
};
use serde_json::json;

use crate::common::{Answer, Script, TOKEN, chunks, json, quiet_port, response};

async fn create(answer: Answer) -> Error {
    let client = Script::new([answer]).client();
    client.create_session(CreateSessionRequest::new("a task")).await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn a_failed_write_reports_its_outcome() {
    use RequestOutcome::{CarriedOut, Refused, Unknown};
    let error = |text| json!({ "error": text });
    for (answer, outcome, says) in [
        (json(500, error("Failed to read response")), Unknown, "its outcome is unknown"),
        (json(502, error("Backend unavailable")), Unknown, "search the list for it before"),
        (json(504, error("late")), Unknown, "unknown"),
        (json(408, error("late")), Unknown, "unknown"),
        (Answer::Broken, Unknown, "unknown"),
        (Answer::Never, Unknown, "timed out after 30 seconds (1 attempt) (its outcome is unknown"),
        (json(400, error("no task")), Refused, "API error (400): no task"),
        (json(403, error("Forbidden")), Refused, "API error (403): Forbidden"),
        (json(409, error("conflict")), Refused, "conflict"),
        (json(501, error("not yet implemented")), Refused, "not yet implemented"),
        (response(201, &[], "<html>"), CarriedOut, "server carried it out"),
        (response(201, &[], chunks(&["{"], Some("reset"))), CarriedOut, "server carried it out"),
        (json(201, json!({ "id": null, "message": "m" })), CarriedOut, "list the sessions"),
    ] {
        let error = create(answer).await;
        assert_eq!(error.outcome(), outcome, "{error:?}");
        assert!(error.to_string().contains(says), "{error}");
        let is_unknown = error.to_string().contains("outcome is unknown");
        assert_eq!(is_unknown, outcome == Unknown, "{error}");
    }
}

#[tokio::test]
async fn an_unsent_request_is_reported_as_not_sent() {
    let (port, _held) = quiet_port();
    let url = format!("http://127.0.0.1:{port}");
    let client = Client::builder().base_url(url).token(TOKEN).project("demo");
    let client = client.retry(ambient_sdk_ext::retry::RetryPolicy::none()).build().unwrap();
    let error = client.create_session(CreateSessionRequest::new("a task")).await.unwrap_err();
    assert_eq!(error.outcome(), RequestOutcome::NotSent, "{error:?}");
    assert!(error.to_string().ends_with("; nothing was sent)"), "{error}");

    let invalid = client.create_session(CreateSessionRequest::new("")).await.unwrap_err();
    assert_eq!(invalid.outcome(), RequestOutcome::NotSent);
    let unset = Client::builder().build().unwrap_err();
    assert_eq!(unset.outcome(), RequestOutcome::NotSent);
    let raw = client.public_api().get_session().id("a/b").send().await.unwrap_err();
    assert_eq!(Error::from(raw).outcome(), RequestOutcome::NotSent);
}

#[tokio::test(start_paused = true)]
async fn every_write_reports_how_to_check_its_outcome() {
    let lost = || json(500, json!({ "reason": "general" }));
    let script = Script::new([lost(), lost(), lost(), lost(), lost(), lost()]);
    let server = script.client().api_server();
    for (error, says) in [
        (server.sessions().create(NewSession::new("n")).await.unwrap_err(), "create it again"),
        (server.projects().create(NewProject::new("n")).await.unwrap_err(), "create it again"),
        (server.messages("s1").push("hello").await.unwrap_err(), "send it again"),
        (server.sessions().start("s1").await.unwrap_err(), "check the state"),
        (server.sessions().delete("s1").await.unwrap_err(), "check the state"),
        (
            server.sessions().update("s1", SessionPatch::new().name("n")).await.unwrap_err(),
            "check the state",
        ),
    ] {
        assert_eq!(error.outcome(), RequestOutcome::Unknown);
        let text = error.to_string();
        assert!(text.starts_with("API error (500): general ("), "{text}");
        assert!(text.contains(says), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_read_reports_no_outcome() {
    let script = Script::new([json(502, json!({ "error": "Backend unavailable" }))]);
    let client = script.builder().retry(ambient_sdk_ext::retry::RetryPolicy::none());
    let error = client.build().unwrap().get_session("s1").await.unwrap_err();
    assert_eq!(error.to_string(), "API error (502): Backend unavailable (get_session)");
    assert_eq!(error.outcome(), RequestOutcome::Unknown);
}
