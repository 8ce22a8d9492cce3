//! Successful responses that cannot be decoded.

use ambient_sdk::{api_server, public_api};
use ambient_sdk_ext::{
    CreateSessionRequest, Error,
    api_server::{Followed, NewCredential, NewSession},
};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::{
    MARK, TOKEN, begin_log, calls, client,
    common::{Script, response},
    documents::Document,
    is_clean, printed,
};

/// A mark that is short enough to be shown as the name of a field.
const SHORT: &str = "MARKED-by-a-test-0123456789abc";

/// Returns texts that contain the marks and cannot be decoded as this response.
fn undecodable(proper: &Value) -> Vec<String> {
    let echo = format!("{MARK} {TOKEN}");
    let whole = proper.to_string();
    let in_a_mark = whole.find(MARK).map_or(1, |at| at + MARK.len() - 3);
    let mut texts = vec![
        format!("<html><b>{echo}</b></html>"),
        format!("{{\"{MARK}\": \"{echo}\", \"{SHORT}\": {{\"echo\": \"{TOKEN}"),
        echo,
        whole[..whole.len() / 2].to_owned(),
        whole[..in_a_mark].to_owned(),
    ];
    // A list of texts has no colon.
    let marked = whole.replace(':', &format!(": {MARK} "));
    texts.extend(Some(marked).filter(|marked| *marked != whole));
    texts
}

/// Returns copies of a response in which one field has a value of another type, a text, and a list. The
/// type of some fields and responses accepts it.
fn of_wrong_type(proper: &Value) -> Vec<String> {
    let mut places = ["/items/0", "/0", ""].into_iter();
    let place = places.find(|place| proper.pointer(place).is_some()).unwrap();
    let item = proper.pointer(place).unwrap();
    let fields = item.as_object().into_iter().flatten().map(|(key, _)| key);
    let values = [
        json!({ MARK: MARK, SHORT: { SHORT: TOKEN } }),
        json!([MARK, { SHORT: TOKEN }]),
        json!(MARK),
        json!(7),
        json!(false),
    ];
    let changed = fields.flat_map(|field| {
        values.iter().map(move |value| {
            let mut item = item.clone();
            item[SHORT] = SHORT.into();
            item[field] = value.clone();
            item
        })
    });
    let whole = |item: Value| {
        let mut whole = proper.clone();
        *whole.pointer_mut(place).unwrap() = item;
        whole.to_string()
    };
    let text = format!("\"{MARK} {TOKEN}\"");
    let list = format!("[[[{text}]]]");
    changed.map(whole).chain([text, list]).collect()
}

#[tokio::test(start_paused = true)]
async fn no_operation_shows_a_secret_of_a_response_that_it_cannot_decode() {
    let (log, _guard) = begin_log();
    let tables = [
        (public_api::OPERATIONS, Document::parse(public_api::DOCUMENT)),
        (api_server::OPERATIONS, Document::parse(api_server::DOCUMENT)),
    ];
    let (mut tried, mut wrong_types) = (0, 0);
    for (is_api_server, (operations, document)) in [false, true].into_iter().zip(tables) {
        for operation in operations {
            let id = operation.id();
            let sent = document.request(id);
            let Some(proper) = document.response(id) else { continue };
            let (never, sometimes) = (undecodable(&proper), of_wrong_type(&proper));
            for (at, body) in never.iter().chain(&sometimes).enumerate() {
                let headers = [("x-operation-id", TOKEN), ("x-echo", MARK)];
                let (client, _) = client(&Script::new([response(200, &headers, body.clone())]));
                let called = match is_api_server {
                    false => calls::public_api(client.public_api(), id, sent.as_deref()).await,
                    true => calls::api_server(client.api_server().raw(), id, sent.as_deref()).await,
                };
                let error = match called {
                    None => break,
                    Some(Ok(())) => {
                        assert!(at >= never.len(), "{id} accepts {body}");
                        continue;
                    }
                    Some(Err(error)) => error,
                };
                tried += usize::from(at == 0);
                wrong_types += usize::from(at >= never.len());
                let raw = format!("{error} {error:?} {error:#?}");
                let error = Error::from(error);
                assert!(error.is_decode(), "{error:?}");
                let text = raw + &printed(&error);
                // Text that is not JSON is a page of a proxy, which has received only the request.
                let is_json = body.starts_with(['{', '[', '"']);
                let is_sent = sent.as_ref().is_some_and(|sent| sent.contains(MARK));
                let text = if is_json || is_sent { text } else { text.replace(MARK, "") };
                is_clean(&text, &format!("{id}: {body}"));
            }
        }
    }
    // Deletes, streams and a few others have no JSON that could be undecodable.
    let operations = public_api::OPERATIONS.len() + api_server::OPERATIONS.len();
    assert!(tried > operations / 2 && wrong_types > tried, "{tried} {wrong_types}");
    is_clean(&log.text(), "the log");
}

#[tokio::test(start_paused = true)]
async fn the_error_of_a_response_that_is_not_a_stream_contains_none_of_it() {
    let (log, _guard) = begin_log();
    let echo = format!("{MARK} {TOKEN}");
    for headers in [
        [("content-type", "text/html"), ("content-encoding", "identity")],
        [("content-type", MARK), ("content-encoding", "identity")],
        [("content-type", "text/html; charset=MARKED-by-a-test-01"), ("x-echo", TOKEN)],
        [("content-type", "text/event-stream"), ("content-encoding", TOKEN)],
    ] {
        let answer = || response(200, &headers, format!("<html>{echo}</html>"));
        let (client, _) = client(&Script::new([answer(), answer()]));
        let server = client.api_server();
        let errors = [
            server.events("s1").stream().next().await.unwrap().unwrap_err(),
            server
                .messages("s1")
                .follow()
                .max_failures(0)
                .messages()
                .next()
                .await
                .unwrap()
                .unwrap_err(),
        ];
        for error in errors {
            is_clean(&printed(&error), "the stream");
        }
    }
    is_clean(&log.text(), "the log");
}

#[tokio::test(start_paused = true)]
async fn the_error_of_an_undecodable_response_contains_none_of_it() {
    let (log, _guard) = begin_log();
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
async fn the_error_of_a_frame_omits_an_id_that_is_not_a_number() {
    let odd_id = format!("id: {MARK}\ndata: {{\n\n");
    let answer = response(200, &[("content-type", "text/event-stream")], odd_id);
    let (client, _) = client(&Script::new([answer]));
    let item = client.api_server().messages("s1").follow().stream().next().await.unwrap().unwrap();
    is_clean(&format!("{item:?}"), "the id of the frame");
    let Followed::Undecodable(frame) = item else { panic!("{item:?}") };
    is_clean(&printed(&frame.into()), "the error of the id");
}
