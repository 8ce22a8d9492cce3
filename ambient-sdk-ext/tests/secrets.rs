//! Sends marked secrets with every operation of both documents, and receives them in every part of
//! the response. No error, cause, `Debug` output or log may contain one.

// Helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)] // Other tests use the rest.
#[path = "behaviour/common.rs"]
mod common;

use std::{
    collections::BTreeMap,
    error::Error as StdError,
    io::Write,
    sync::{Arc, Mutex},
};

use ambient_sdk::{Operation, Transport, api_server, public_api};
use ambient_sdk_ext::{
    CallOptions, Capture, Client, CreateSessionRequest, Error,
    api_server::{NewCredential, NewSession},
    retry::RetryPolicy,
};
use common::{Answer, Script, json, response};
use futures_util::StreamExt;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Map, Value, json};
use tracing_subscriber::fmt::format::FmtSpan;

/// The secret in bodies, queries and extra headers.
const MARK: &str = "MARKED-by-a-test-0123456789abcdef-body";
/// The token, which is long enough to be accepted.
const TOKEN: &str = "MARKED-by-a-test-0123456789abcdef-token";
/// The common start of both secrets: a part of a secret must not be shown either.
const HALF: &str = "MARKED-by-a-test-01";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Records everything that this thread logs, at all levels.
    fn begin() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// Returns failures in which a server echoes the secrets in different ways.
fn refusals(operation: &Operation, sent: &str) -> Vec<Answer> {
    let text = [("content-type", "text/plain"), ("x-operation-id", "op-1")];
    let echoing = [("x-operation-id", TOKEN), ("x-echo", MARK), ("retry-after", MARK)];
    let echo = format!("{} refused {MARK} of {TOKEN}", operation.id());
    let half = |secret: &str| format!("{{\"reason\":\"bad {}", &secret[..secret.len() - 4]);
    let mut answers = Vec::new();
    for status in [400, 401, 404, 500] {
        answers.push(json(status, json!({ "reason": echo, "code": MARK, "operation_id": TOKEN })));
        answers.push(json(status, json!({ "error": echo, "message": sent })));
        answers.push(response(status, &text, echo.clone()));
        answers.push(response(status, &text, sent.to_owned()));
        answers.push(response(status, &echoing, format!("<html><b>{echo}</b>{sent}</html>")));
        answers.push(response(status, &echoing, "{}"));
        answers.push(response(status, &[], cut(half(MARK))));
        answers.push(response(status, &[], cut(half(TOKEN))));
    }
    answers.push(response(302, &[("location", &format!("https://h/?q={MARK}#{TOKEN}"))], ""));
    answers
}

/// Returns a body that fails after `text`.
fn cut(text: String) -> reqwest::Body {
    let parts = [Ok(text), Err(std::io::Error::other("reset"))];
    reqwest::Body::wrap_stream(futures_util::stream::iter(parts))
}

/// Returns a body of the schema with the mark in every string, except for names, ids and enums.
fn body(document: &Value, schema: &Value, depth: usize) -> Value {
    if let Some(name) = schema["$ref"].as_str().and_then(|to| to.rsplit('/').next()) {
        return body(document, &document["components"]["schemas"][name], depth);
    }
    let mut fields = Map::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        if let Value::Object(more) = body(document, part, depth) {
            fields.extend(more);
        }
    }
    match schema["type"].as_str() {
        Some("string") => MARK.into(),
        Some("array") => json!([body(document, &schema["items"], depth + 1)]),
        Some("object") | None if depth < 5 => {
            for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
                let is_plain = key.ends_with("id") || key.ends_with("name") || key == "branch";
                let plain = ["kind", "scope", "provider", "phase", "model", "schedule", "timezone"];
                if !is_plain && !plain.contains(&key.as_str()) {
                    fields.insert(key.clone(), body(document, schema, depth + 1));
                }
            }
            Value::Object(fields)
        }
        _ => Value::Null,
    }
}

/// Returns a request body for each operation that has one, by operation id.
fn bodies(document: &str) -> BTreeMap<String, String> {
    let document: Value = serde_json::from_str(document).unwrap();
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let with_body = operations.filter_map(|operation| {
        let content = operation["requestBody"]["content"].as_object()?;
        let schema = &content.values().next()?["schema"];
        let id = operation["operationId"].as_str()?.to_owned();
        Some((id, body(&document, schema, 0).to_string()))
    });
    with_body.collect()
}

fn request(operation: &Operation, body: Option<&String>) -> reqwest::Request {
    let segments = operation.path().split('/');
    let path = segments.map(|part| if part.starts_with('{') { "x1" } else { part });
    let path = path.collect::<Vec<_>>().join("/");
    let url = format!("http://localhost:8080{path}?search={MARK}").parse().unwrap();
    let mut request = reqwest::Request::new(operation.method().parse().unwrap(), url);
    request.headers_mut().insert(ACCEPT, operation.accept().parse().unwrap());
    if let Some(body) = body {
        request.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
        *request.body_mut() = Some(body.clone().into());
    }
    request
}

/// Returns all texts of an error and its causes.
fn printed(error: &Error) -> String {
    let mut text = format!("{error}\n{error:?}\n{error:#?}\n{:?}", error.body());
    text += &format!("{:?}{:?}{:?}", error.excerpt(), error.operation_id(), error.code());
    for first in [error.source(), error.cause()] {
        let mut next = first;
        while let Some(cause) = next {
            text += &format!("\n{cause}\n{cause:?}");
            next = cause.source();
        }
    }
    text
}

fn is_clean(text: &str, place: &str) {
    assert!(!text.contains(HALF), "{place}: {text}");
}

/// Returns a client, and its innermost transport, which can send any operation.
fn client(script: &Script) -> (Client, Arc<dyn Transport>) {
    let kept = Arc::new(Mutex::new(None));
    let keeper = kept.clone();
    let layer = move |inner: Arc<dyn Transport>| {
        *keeper.lock().unwrap() = Some(inner.clone());
        inner
    };
    let builder = script.builder().token(TOKEN).retry(RetryPolicy::none()).layer(layer);
    let client = builder.build().unwrap();
    let stack = kept.lock().unwrap().clone().unwrap();
    (client, stack)
}

#[tokio::test(start_paused = true)]
async fn no_error_contains_a_secret_that_the_server_echoes() {
    let (log, _guard) = Log::begin();
    let tables = [
        (public_api::OPERATIONS, bodies(public_api::DOCUMENT)),
        (api_server::OPERATIONS, bodies(api_server::DOCUMENT)),
    ];
    let mut marked = 0;
    for (operation, bodies) in
        tables.iter().flat_map(|(all, bodies)| all.iter().map(move |one| (one, bodies)))
    {
        let body = bodies.get(operation.id());
        marked += usize::from(body.is_some_and(|body| body.contains(MARK)));
        let sent = body.cloned().unwrap_or_else(|| MARK.into());
        // A call without a body does not send the mark, so the mark is not a secret of the call.
        let sent = if body.is_some() { sent } else { TOKEN.to_owned() };
        let answers = refusals(operation, &sent);
        let count = answers.len();
        let (_client, stack) = client(&Script::new(answers));
        for at in 0..count {
            let Err(error) = stack.send(request(operation, body), operation).await else {
                panic!("{} did not fail", operation.id());
            };
            let place = format!("{} {at}", operation.id());
            let (shown, debug) = (error.to_string(), format!("{error:?}"));
            let error = match error.downcast::<ambient_sdk::Error>() {
                Ok(raw) => Error::from(*raw),
                Err(error) => *error.downcast::<Error>().unwrap(),
            };
            let texts = [shown, debug, printed(&error)];
            let has_mark = body.is_some_and(|body| body.contains(MARK));
            for text in texts {
                // Without a body, the mark is only a text of the server.
                let text = if has_mark { text } else { text.replace(MARK, "") };
                is_clean(&text, &place);
            }
        }
    }
    assert!(marked > 20, "only {marked} bodies contain the mark");
    let log = log.text();
    assert!(log.contains("ambient.call"));
    is_clean(&log, "the log");
}

#[tokio::test(start_paused = true)]
async fn the_error_of_an_undecodable_response_contains_none_of_it() {
    let (log, _guard) = Log::begin();
    let echo = format!("{MARK} {TOKEN}");
    let bodies = [
        format!("<html>{echo}</html>"),
        format!("{{\"id\": {{\"echo\": \"{echo}\"}}}}"),
        format!("{{\"id\": 7, \"echo\": \"{MARK}\", \"other\": \"{TOKEN}\"}}"),
        format!("{{\"echo\": \"{MARK}"),
        format!("[\"{echo}\"]"),
        format!("{{\"id\": \"a\", \"phase\": \"{MARK}\", \"labels\": {{\"{MARK}\": 1}}"),
        echo.clone(),
    ];
    for body in bodies {
        let headers = [("x-operation-id", TOKEN), ("x-echo", MARK)];
        let answers = (0..6).map(|_| response(200, &headers, body.clone()));
        let (client, _) = client(&Script::new(answers));
        let server = client.api_server();
        let task = CreateSessionRequest::new(MARK);
        let credential = NewCredential::new("name", "github").token(MARK);
        let raw = client.public_api().create_session().body_map(|body| body.task(MARK));
        let errors = [
            client.create_session(task.clone()).await.unwrap_err(),
            raw.send().await.unwrap_err().into(),
            server.sessions().create(NewSession::new("n").prompt(MARK)).await.unwrap_err(),
            server.sessions().create_and_start(task).await.unwrap_err(),
            server.credentials().create(credential).await.unwrap_err(),
            server.messages("s1").push(MARK).await.unwrap_err(),
        ];
        for error in errors {
            assert!(error.is_decode(), "{error:?}");
            is_clean(&printed(&error), &body);
        }
    }
    is_clean(&log.text(), "the log");
}

#[tokio::test(start_paused = true)]
async fn errors_of_undecodable_frames_and_fields_contain_none_of_them() {
    let frame = format!("id: 1\ndata: {{\"seq\": \"{MARK}\", \"payload\": \"{TOKEN}\"}}\n\n");
    let live = || response(200, &[("content-type", "text/event-stream")], frame.clone());
    let script = Script::new([live(), live()])
        .answers("get_session", [], || response(404, &[], "session not found"))
        .answers("list_session_messages", [], || response(404, &[], "session not found"));
    let (client, _) = client(&script);
    let messages = client.api_server().messages("s1");
    let item = messages.follow().stream().next().await.unwrap().unwrap();
    is_clean(&format!("{item:?}"), "the frame");
    let error = messages.follow().messages().next().await.unwrap().unwrap_err();
    is_clean(&printed(&error), "the frame's error");

    use ambient_sdk_ext::api_server::SessionFields;
    let labels = json!({ "id": "a", "name": "n", "labels": format!("{{\"a\": [\"{MARK}\"]}}") });
    let session: api_server::types::Session = serde_json::from_value(labels).unwrap();
    is_clean(&printed(&session.labels().unwrap_err()), "the labels");
}

#[tokio::test(start_paused = true)]
async fn options_and_captures_redact_secrets() {
    let script = Script::new([response(200, &[("x-echo", TOKEN)], "{\"items\":[],\"total\":0}")]);
    let (client, _) = client(&script);
    let capture = Capture::new();
    let options = CallOptions::new().header("x-secret", MARK).capture(&capture);
    is_clean(&format!("{options:?} {client:?}"), "the options");
    client.with(options).list_sessions().await.unwrap();
    is_clean(&format!("{capture:?} {:?}", capture.last()), "the capture");
}
