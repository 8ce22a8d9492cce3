//! The output of errors: one line, a chain without repetition, and errors outside of a runtime.

use std::{error::Error as StdError, time::Duration};

use ambient_sdk_ext::{
    Client, Error, ErrorKind,
    api_server::{NewSession, RunUpdate},
    retry::RetryPolicy,
};
use futures_util::{FutureExt, StreamExt};
use serde_json::json;

use crate::common::{Answer, Script, TOKEN, chunks, json, quiet_port, response};

fn once(script: &Script) -> Client {
    script.builder().retry(RetryPolicy::none()).build().unwrap()
}

/// Returns an error of each kind that has a cause, and some without one.
async fn errors() -> Vec<Error> {
    let answers: [fn() -> Answer; 9] = [
        || Answer::Broken,
        || json(404, json!({ "error": "not found" })),
        || json(500, json!({ "error": "no" })),
        || json(200, r#"{"id": 7}"#),
        || json(200, r#"{"id": "#),
        || response(200, &[], "<html>"),
        || response(200, &[], ""),
        || response(200, &[], chunks(&["{"], Some("reset"))),
        || response(302, &[("location", "https://elsewhere/")], ""),
    ];
    let mut errors = Vec::new();
    for answer in answers {
        errors.push(once(&Script::new([answer()])).get_session("s1").await.unwrap_err());
    }
    let (port, _held) = quiet_port();
    for url in [&format!("http://127.0.0.1:{port}"), "http://name.invalid"] {
        let client = Client::builder().base_url(url).token(TOKEN).project("demo");
        let client = client.allow_plain_http(true);
        let client = client.retry(RetryPolicy::none()).build().unwrap();
        errors.push(client.get_session("s1").await.unwrap_err());
        let raw = client.public_api().get_session().id("s1").send().await.unwrap_err();
        errors.push(raw.into());
    }
    let script = Script::new([]);
    errors.push(once(&script).get_session("S 1").await.unwrap_err());
    errors
        .push(once(&script).public_api().get_session().id("a/b").send().await.unwrap_err().into());
    errors.push(Client::builder().base_url("ftp://x").build().unwrap_err());
    errors
}

#[tokio::test]
async fn a_printed_chain_has_no_repetition() {
    for error in errors().await {
        let mut printed = vec![error.to_string()];
        let mut next = error.source();
        while let Some(cause) = next {
            printed.push(cause.to_string());
            next = cause.source();
        }
        for (at, text) in printed.iter().enumerate() {
            let is_new = printed[..at].iter().all(|before| !before.contains(text.as_str()));
            assert!(is_new && !text.is_empty(), "{printed:#?}");
        }
    }
}

#[tokio::test]
async fn main_prints_the_text_with_its_causes() {
    for error in errors().await {
        let (text, printed) = (error.to_string(), format!("{error:?}"));
        assert!(printed.starts_with(&format!("{text}\n  kind: {}", error.kind())), "{printed}");
        let (mut causes, mut next) = (0, error.source());
        while let Some(cause) = next {
            (causes, next) = (causes + 1, cause.source());
        }
        assert_eq!(printed.matches("\n  caused by: ").count(), causes, "{printed}");
        assert!(format!("{error:#?}").starts_with("Error {"));
    }
}

#[tokio::test]
async fn the_operation_is_named_once() {
    for error in errors().await {
        let Some(operation) = error.operation() else { continue };
        assert_eq!(error.to_string().matches(operation).count(), 1, "{error}");
    }
}

#[test]
fn a_kind_is_displayed_in_snake_case() {
    assert_eq!(ErrorKind::NoSuchEndpoint.to_string(), "no_such_endpoint");
    assert_eq!(ErrorKind::Timeout.to_string(), "timeout");
}

/// Polls a future outside of a runtime, which must return an error.
fn outside<T: std::fmt::Debug>(future: impl Future<Output = Result<T, Error>>) {
    let error = future.now_or_never().unwrap().unwrap_err();
    assert!(error.is_configuration() && !error.is_transient(), "{error:?}");
    assert!(error.to_string().contains("#[tokio::main]"), "{error}");
}

#[test]
fn nothing_panics_outside_of_a_runtime() {
    let client = Client::builder().token(TOKEN).project("demo").build().unwrap();
    let (server, second) = (client.api_server(), Duration::from_secs(1));
    let messages = server.messages("s1");
    outside(client.list_sessions());
    outside(client.create_session(ambient_sdk_ext::CreateSessionRequest::new("task")));
    outside(async { client.public_api().get_health().send().await.map_err(Error::from) });
    outside(client.wait_for_completion("s1").timeout(second).into_future());
    outside(async { client.wait_for_completion("s1").updates().next().await.unwrap() });
    outside(async { client.wait_many(["s1"]).outcomes().next().await.unwrap().result });
    outside(server.run(NewSession::new("n")).timeout(second).into_future());
    outside(async {
        let update: RunUpdate = server.sessions().follow("s1").stream().next().await.unwrap()?;
        Ok(update)
    });
    outside(server.sessions().list().collect());
    outside(async { server.sessions().list().prefetch().stream().next().await.unwrap() });
    outside(messages.push("hello"));
    outside(messages.list().into_future());
    outside(async { messages.follow().messages().next().await.unwrap() });
    outside(async { messages.follow().polling().messages().next().await.unwrap() });
    outside(messages.say("hello").into_future());
    outside(async { messages.say("hello").stream().next().await.unwrap() });
    outside(async { server.events("s1").stream().next().await.unwrap() });
    outside(async { server.check_version().await });
}
