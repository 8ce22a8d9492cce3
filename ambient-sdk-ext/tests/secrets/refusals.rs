//! Failures that repeat the secrets of the request.

use ambient_sdk::{Operation, api_server, public_api};
use ambient_sdk_ext::Error;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::json;

use crate::{
    MARK, TOKEN, begin_log, client,
    common::{Answer, Script, json, response},
    documents::Document,
    is_clean, printed,
};

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

#[tokio::test(start_paused = true)]
async fn no_error_contains_a_secret_that_the_server_echoes() {
    let (log, _guard) = begin_log();
    let tables = [
        (public_api::OPERATIONS, Document::parse(public_api::DOCUMENT)),
        (api_server::OPERATIONS, Document::parse(api_server::DOCUMENT)),
    ];
    let mut marked = 0;
    for (operation, document) in
        tables.iter().flat_map(|(all, document)| all.iter().map(move |one| (one, document)))
    {
        let body = document.request(operation.id());
        let body = body.as_ref();
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
