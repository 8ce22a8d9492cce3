//! Messages: pushing, listing, and following them despite faults.

use std::time::Duration;

use ambient_sdk::BoxError;
use ambient_sdk_ext::{
    Error, ErrorKind,
    api_server::messages::{Follow, Followed, Message, MessageEventType},
    retry::Backoff,
};
use futures_util::{Stream, StreamExt, stream};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use crate::common::{Answer, Script, json, response};

const SECOND: Duration = Duration::from_secs(1);
pub(crate) const STREAM: &str = "stream_session_messages";
pub(crate) const LIST: &str = "list_session_messages";
pub(crate) const SESSION: &str = "get_session";
const URL: &str = "http://localhost:8080/api/ambient/v1/sessions/s1/messages";

/// The next action of a connection.
#[derive(Clone)]
pub(crate) enum Then {
    Sends(String),
    Pauses(Duration),
    Breaks,
    Hangs,
}
use Then::{Breaks, Hangs, Pauses, Sends};

/// Creates a stream response that runs the parts in order and then ends.
pub(crate) fn live(parts: impl IntoIterator<Item = Then>) -> Answer {
    let parts: Vec<_> = parts.into_iter().collect();
    let body = stream::iter(parts).filter_map(|part| async {
        match part {
            Sends(text) => Some(Ok::<_, BoxError>(text)),
            Pauses(pause) => {
                sleep(pause).await;
                None
            }
            Breaks => Some(Err("connection reset by peer".into())),
            Hangs => std::future::pending().await,
        }
    });
    let body = reqwest::Body::wrap_stream(body);
    response(200, &[("content-type", "text/event-stream")], body)
}

fn message(seq: i64) -> serde_json::Value {
    json!({
        "id": format!("m{seq}"), "kind": "SessionMessage", "session_id": "s1", "seq": seq,
        "event_type": "assistant", "payload": format!("text {seq}"),
        "created_at": "2026-01-01T00:00:00Z",
    })
}

pub(crate) fn frame(seq: i64) -> String {
    format!("id: {seq}\ndata: {}\n\n", message(seq))
}

fn frames(seqs: impl IntoIterator<Item = i64>) -> Then {
    Sends(seqs.into_iter().map(frame).collect())
}

fn follow(script: &Script) -> Follow {
    let backoff = Backoff::new(SECOND, SECOND).unwrap();
    script.client().api_server().messages("s1").follow().backoff(backoff)
}

/// Returns the `seq` of every message until the stream ends, and its error.
async fn read(messages: impl Stream<Item = Result<Message, Error>>) -> (Vec<i64>, Option<Error>) {
    let mut messages = std::pin::pin!(messages);
    let mut seqs = Vec::new();
    while let Some(message) = messages.next().await {
        match message {
            Ok(message) => seqs.push(message.seq),
            Err(error) => return (seqs, Some(error)),
        }
    }
    (seqs, None)
}

fn gone() -> Answer {
    response(404, &[], "session not found")
}

pub(crate) fn none() -> Answer {
    json(200, "[]")
}

/// Creates a script with responses to stream requests. Further streams and the session are not
/// found, and the list is empty.
fn streams(answers: impl IntoIterator<Item = Answer>) -> Script {
    Script::new(answers).answers(LIST, [], none).answers(SESSION, [], gone)
}

#[tokio::test]
async fn a_push_sends_a_user_message() {
    let script = Script::new([json(201, message(7))]);
    let pushed = script.client().api_server().messages("s1").push("Hello").await.unwrap();
    assert_eq!(pushed.seq, 7);
    let request = &script.requests()[0];
    assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", URL));
    assert_eq!(request.body, r#"{"event_type":"user","payload":"Hello"}"#);
}

#[tokio::test]
async fn a_message_without_a_seq_is_an_error() {
    let unnumbered = || json!({ "id": "m1", "event_type": "user", "payload": "Hello" });
    let zero = json!({ "id": "m1", "seq": 0, "event_type": "user", "payload": "Hello" });
    let script = Script::new([
        json(201, unnumbered()),
        json(201, zero),
        json(201, unnumbered()),
        json(201, unnumbered()),
        json(200, json!([message(1), unnumbered()])),
    ]);
    let messages = script.client().api_server().messages("s1");
    for _ in 0..2 {
        let error = messages.push("Hello").await.unwrap_err();
        assert_eq!(error.to_string(), "cannot read message \"m1\": the server sent no seq");
        assert!(error.is_decode());
    }
    assert!(messages.say("Hello").await.unwrap_err().is_decode());
    let items: Vec<_> = messages.say("Hello").stream().collect().await;
    assert!(matches!(&items[..], [Err(error)] if error.is_decode()));
    assert!(messages.list().await.unwrap_err().is_decode());
    assert_eq!(script.requests().len(), 5);
}

#[tokio::test]
async fn a_message_over_the_limit_is_not_sent() {
    let script = Script::new([json(201, message(1))]);
    let messages = script.client().api_server().messages("s1");
    let limit = 1024 * 1024 - r#"{"event_type":"user","payload":""}"#.len();
    for text in ["x".repeat(limit + 1), "\"".repeat(limit / 2 + 1)] {
        assert!(messages.push(text).await.unwrap_err().is_invalid_request());
    }
    assert!(script.requests().is_empty());
    messages.push("x".repeat(limit)).await.unwrap();
}

#[tokio::test]
async fn an_invalid_id_is_not_sent() {
    let script = Script::new([]);
    for id in ["", "..", "a b"] {
        let messages = script.client().api_server().messages(id);
        assert!(messages.push("x").await.unwrap_err().is_invalid_request());
        assert!(messages.list().await.unwrap_err().is_invalid_request());
        let (seqs, error) = read(messages.follow().messages()).await;
        assert!(seqs.is_empty() && error.unwrap().is_invalid_request());
    }
}

#[tokio::test]
async fn the_list_is_sorted_and_can_start_after_a_message() {
    let script = Script::new([json(200, json!([message(9), message(4)])), json(200, "[]")]);
    let messages = script.client().api_server().messages("s1");
    let seqs: Vec<_> = messages.list().after(3).await.unwrap().iter().map(|m| m.seq).collect();
    assert_eq!(seqs, [4, 9]);
    assert!(messages.list().await.unwrap().is_empty());
    let urls: Vec<_> = script.requests().into_iter().map(|request| request.url).collect();
    assert_eq!(urls, [format!("{URL}?after_seq=3"), URL.to_owned()]);
    assert_eq!(script.requests()[0].headers["accept"], "application/json");
}

#[tokio::test(start_paused = true)]
async fn a_follower_gets_the_history_then_live_messages() {
    let script = streams([live([frames([1, 4]), Pauses(SECOND * 20), frames([6]), Hangs])]);
    let mut stream = follow(&script).stream();
    for seq in [1, 4, 6] {
        let Some(Ok(Followed::Message(message))) = stream.next().await else { panic!() };
        assert_eq!((message.seq, message.payload), (seq, format!("text {seq}")));
        assert_eq!((message.id, message.session_id), (format!("m{seq}"), "s1".into()));
        assert_eq!(message.event_type, MessageEventType::Assistant);
        assert_eq!(stream.cursor().largest(), seq);
    }
    let request = &script.requests_of(STREAM)[0];
    assert_eq!(request.url, URL);
    assert_eq!(request.headers["accept"], "text/event-stream");
    assert_eq!(request.headers["accept-encoding"], "identity");
    assert!(!request.headers.contains_key("last-event-id"));
}

#[tokio::test(start_paused = true)]
async fn there_is_no_total_timeout() {
    let pings = (0..2000).flat_map(|_| [Pauses(SECOND * 30), Sends(": ping\n\n".into())]);
    let script = streams([live(pings.chain([frames([1]), Hangs]))]);
    let start = Instant::now();
    let first = follow(&script).messages().next().await.unwrap().unwrap();
    assert_eq!((first.seq, start.elapsed()), (1, SECOND * 60_000));
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_resumed_after_the_last_message() {
    let lost: [fn() -> Vec<Then>; 4] = [
        || vec![],
        || vec![Breaks],
        || vec![Hangs],
        || vec![Sends("id: 7\ndata: {\"seq\":7,".into()), Breaks],
    ];
    for lost in lost {
        let first = [frames([3, 5])].into_iter().chain(lost());
        let second = live([frames([5, 7]), Hangs]);
        let script = streams([live(first), second]);
        let seqs: Vec<_> =
            follow(&script).messages().take(3).map(|message| message.unwrap().seq).collect().await;
        assert_eq!(seqs, [3, 5, 7]);
        let again = &script.requests_of(STREAM)[1];
        match script.requests_of(LIST).len() {
            // The stream was silent for longer than the settling window.
            2 => {
                assert_eq!(again.headers["last-event-id"], "5");
                assert_eq!(again.url, format!("{URL}?after_seq=5"));
            }
            _ => {
                assert!(!again.headers.contains_key("last-event-id"));
                assert_eq!(again.url, URL);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_replaced_unless_it_sends_comments() {
    let ping = || Sends(": ping\n\n".into());
    let script = streams([
        live([frames([1]), Pauses(SECOND * 70), ping(), Pauses(SECOND * 70), ping(), Hangs]),
        gone(),
    ]);
    let mut stream = follow(&script).stream();
    let start = Instant::now();
    assert!(matches!(stream.next().await, Some(Ok(Followed::Message(_)))));
    let Some(Ok(Followed::Interrupted(interruption))) = stream.next().await else { panic!() };
    assert_eq!(start.elapsed(), SECOND * (140 + 75));
    assert!(interruption.error.is_timeout());
    let text = "cannot read the stream: no data arrived for 75 seconds (stream_session_messages)";
    assert_eq!(interruption.error.to_string(), text);
    assert_eq!((interruption.failures, interruption.after), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn the_idle_limit_can_be_set_and_disabled() {
    let silent = || live([Pauses(SECOND * 500), frames([1]), Hangs]);
    let script = streams([silent(), gone()]);
    let start = Instant::now();
    let mut stream = follow(&script).idle_timeout(SECOND * 40).stream();
    assert!(matches!(stream.next().await, Some(Ok(Followed::Interrupted(_)))));
    assert_eq!(start.elapsed(), SECOND * 40);

    let script = streams([silent()]);
    let mut messages = follow(&script).idle_timeout(None).messages();
    assert_eq!(messages.next().await.unwrap().unwrap().seq, 1);
}

#[tokio::test(start_paused = true)]
async fn a_permanent_error_ends_the_stream_immediately() {
    type Is = fn(&Error) -> bool;
    let refusals: [(u16, Is); 5] = [
        (401, Error::is_authentication),
        (403, Error::is_permission),
        (404, Error::is_not_found),
        (400, Error::is_invalid_request),
        (501, Error::is_server),
    ];
    for (status, is_expected) in refusals {
        let refused = || response(status, &[("content-type", "text/plain")], "no\n");
        let script = streams([refused()]);
        let (seqs, error) = read(follow(&script).messages()).await;
        assert!(seqs.is_empty() && is_expected(&error.unwrap()), "{status}");

        let script = streams([live([frames([1])]), refused()]);
        let (seqs, error) = read(follow(&script).messages()).await;
        let error = error.unwrap();
        assert!(seqs == [1] && is_expected(&error), "{status}");
        assert_eq!((error.status().unwrap().as_u16(), error.method()), (status, Some("GET")));
        assert_eq!(error.path(), Some("/api/ambient/v1/sessions/s1/messages"));
        assert_eq!(script.requests_of(STREAM).len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_its_error() {
    let script = streams([gone()]);
    let mut stream = follow(&script).stream();
    assert!(stream.next().await.unwrap().is_err());
    assert!(stream.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn another_content_type_ends_the_stream() {
    for (form, body) in [("text/html", "<html>"), ("application/json", "[]")] {
        let script = streams([response(200, &[("content-type", form)], body)]);
        let (_, error) = read(follow(&script).messages()).await;
        let error = error.unwrap();
        assert_eq!(error.kind(), ErrorKind::Api);
        assert!(error.to_string().contains(form), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn pauses_respect_retry_after() {
    for status in [429, 503] {
        let script = streams([response(status, &[("retry-after", "9")], "later"), gone()]);
        read(follow(&script).messages()).await;
        let requests = script.requests_of(STREAM);
        assert_eq!(requests[1].at - requests[0].at, SECOND * 9, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_and_are_jittered() {
    let script = streams((0..8).map(|_| Answer::Broken));
    let backoff = Backoff::new(SECOND, SECOND * 8).unwrap();
    let (_, error) = read(follow(&script).backoff(backoff).max_failures(7).messages()).await;
    assert!(error.unwrap().is_connection());
    let requests = script.requests_of(STREAM);
    let pauses: Vec<_> = requests.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    for (pause, largest) in pauses.iter().zip([1, 2, 4, 8, 8, 8, 8]) {
        assert!(*pause >= SECOND * largest / 2 && *pause <= SECOND * largest, "{pauses:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn consecutive_failures_end_the_stream() {
    let bad_gateway = || response(502, &[], "bad gateway");
    let script = streams([bad_gateway(), Answer::Broken, live([]), bad_gateway()]);
    let (_, error) = read(follow(&script).max_failures(3).messages()).await;
    let error = error.unwrap();
    assert!(error.is_server());
    let text =
        "gave up after 4 failures in a row: API error (502): bad gateway (stream_session_messages)";
    assert_eq!(error.to_string(), text);
    assert_eq!(script.requests_of(STREAM).len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_message_resets_the_failure_count() {
    let answers = (1..20).flat_map(|seq| [Answer::Broken, live([frames([seq])])]);
    let script = streams(answers.chain([gone()]));
    let (seqs, error) = read(follow(&script).max_failures(2).messages()).await;
    assert_eq!(seqs, (1..20).collect::<Vec<_>>());
    assert!(error.unwrap().is_not_found());
}

#[tokio::test(start_paused = true)]
async fn an_idle_session_is_not_a_failure() {
    let quiet = || live([Pauses(SECOND * 25)]);
    let script = streams((0..20).map(|_| quiet()).chain([live([frames([1]), Hangs])]));
    let first = follow(&script).max_failures(3).messages().next().await.unwrap().unwrap();
    assert_eq!((first.seq, script.requests_of(STREAM).len()), (1, 21));
}

#[tokio::test(start_paused = true)]
async fn an_empty_or_silent_connection_is_a_failure() {
    let cut: [fn() -> Answer; 2] = [|| live([Pauses(SECOND * 9)]), || live([Hangs])];
    for cut in cut {
        let script = streams((0..4).map(|_| cut()));
        let (_, error) = read(follow(&script).max_failures(3).messages()).await;
        assert!(error.unwrap().to_string().starts_with("gave up after 4 failures"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_not_answered_times_out() {
    let script = streams([Answer::Never, live([frames([1]), Hangs])]);
    let start = Instant::now();
    let first = follow(&script).messages().next().await.unwrap().unwrap();
    assert_eq!(first.seq, 1);
    assert!(start.elapsed() >= SECOND * 30 && start.elapsed() <= SECOND * 31);
}

#[tokio::test(start_paused = true)]
async fn a_broken_frame_is_yielded_with_its_text() {
    let broken = || Sends("id: 2\ndata: {\"seq\": tw\n\n".into());
    let script = streams([live([frames([1]), broken(), frames([3])]), gone()]);
    let mut stream = follow(&script).stream();
    assert!(matches!(stream.next().await, Some(Ok(Followed::Message(_)))));
    let Some(Ok(Followed::Undecodable(frame))) = stream.next().await else { panic!() };
    assert_eq!((frame.id.as_str(), frame.text.as_str()), ("2", "{\"seq\": tw"));
    assert!(matches!(stream.next().await, Some(Ok(Followed::Message(m))) if m.seq == 3));

    let script = streams([live([broken()]), gone()]);
    let mut messages = follow(&script).messages();
    let error = messages.next().await.unwrap().unwrap_err();
    assert!(error.is_decode());
    assert!(error.to_string().contains("invalid JSON at line 1, column 10"), "{error}");
    assert_eq!(error.excerpt(), None, "a frame can contain a secret");
    assert!(messages.next().await.unwrap().unwrap_err().is_not_found());
    assert_eq!(script.requests_of(STREAM).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_broken_frame_is_yielded_once() {
    let broken = || Sends("id: 2\ndata: {\n\n".into());
    let script = streams([
        live([frames([1]), broken()]),
        live([broken()]),
        live([broken(), frames([3])]),
        gone(),
    ]);
    let items: Vec<_> = follow(&script).stream().collect().await;
    let broken = items.iter().filter(|item| matches!(item, Ok(Followed::Undecodable(_))));
    assert_eq!(broken.count(), 1);
    assert_eq!(script.requests_of(STREAM).len(), 4);
    assert_eq!(script.requests_of(LIST).len(), 1, "the list may have the message of the frame");
}

#[tokio::test(start_paused = true)]
async fn a_broken_frame_with_a_wrong_id_loses_nothing() {
    let broken = Sends(format!("id: {}\ndata: {{\n\n", i64::MAX));
    let script =
        streams([live([frames([1]), broken, frames([2, 3]), Breaks]), live([frames([4])]), gone()]);
    let messages = follow(&script).messages().filter_map(|message| async { message.ok() });
    let seqs: Vec<_> = messages.map(|message| message.seq).collect().await;
    assert_eq!(seqs, [1, 2, 3, 4]);
    assert_eq!(script.requests_of(STREAM)[1].url, URL);
}

#[tokio::test(start_paused = true)]
async fn a_line_or_event_over_the_limit_is_an_error() {
    let long_line = format!("id: 8\ndata: {}", "x".repeat(5000));
    let long_event = format!("id: 8\n{}", "data: xxxxxxxxxxxxxxxxxx\n".repeat(200));
    for sent in [long_line, long_event] {
        let script = streams([live([frames([1]), Sends(sent), Hangs])]);
        let (seqs, error) = read(follow(&script).max_event_bytes(1000).messages()).await;
        let error = error.unwrap();
        assert!(seqs == [1] && error.is_too_large());
        let text = "cannot read a message after 1: it has more than 1000 bytes; \
                    raise max_event_bytes, or skip it with after(8)";
        assert_eq!(error.to_string(), text);
    }
}

#[tokio::test(start_paused = true)]
async fn each_message_is_yielded_once_as_it_arrives() {
    let script = streams([
        live([frames([2, 2, 3, 7, 5, 3]), Breaks]),
        live([frames([1, 2, 3, 7, 8, 8, 6, 9]), Breaks]),
        gone(),
    ]);
    let (seqs, _) = read(follow(&script).messages()).await;
    assert_eq!(seqs, [2, 3, 7, 5, 1, 8, 6, 9]);
}

#[tokio::test(start_paused = true)]
async fn in_order_delays_messages_and_reports_late_ones() {
    let parts = [
        frames([2, 7, 5, 2]),
        Pauses(SECOND),
        frames([6, 1]),
        Pauses(SECOND * 3),
        frames([4, 8]),
        Pauses(SECOND * 3),
        Breaks,
    ];
    let script = streams([live(parts), gone()]);
    let mut stream = follow(&script).in_order(SECOND * 2).stream();
    let mut items = Vec::new();
    while let Some(Ok(item)) = stream.next().await {
        match item {
            Followed::Message(message) => items.push((message.seq, "in order")),
            Followed::Late(message) => items.push((message.seq, "late")),
            _ => {}
        }
    }
    let in_order = [1, 2, 5, 6, 7].map(|seq| (seq, "in order"));
    assert_eq!(items[..5], in_order);
    assert_eq!(items[5..], [(4, "late"), (8, "in order")]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_can_start_after_a_message() {
    let script = streams([live([frames([41, 42, 43]), Hangs])]);
    let mut messages = follow(&script).after(42).messages();
    assert_eq!(messages.next().await.unwrap().unwrap().seq, 43);
    assert_eq!(script.requests_of(STREAM)[0].headers["last-event-id"], "42");
}

/// Returns the responses of a server that dropped messages 601 to 799 of 900.
fn with_a_gap() -> [Answer; 2] {
    [live([frames((1..=600).chain(800..=900)), Hangs]), stored(1..=900)]
}

fn stored(seqs: impl IntoIterator<Item = i64>) -> Answer {
    json(200, json!(seqs.into_iter().map(message).collect::<Vec<_>>()))
}

#[tokio::test(start_paused = true)]
async fn dropped_messages_are_read_from_the_list() {
    for pause in [0, 5] {
        let [gap, list] = with_a_gap();
        let script = streams([gap]).answers(LIST, [list], none);
        let mut messages = follow(&script).messages();
        let mut seqs = Vec::new();
        while let Ok(Some(message)) = timeout(SECOND * 10, messages.next()).await {
            seqs.push(message.unwrap().seq);
            sleep(Duration::from_millis(pause)).await;
        }
        assert_eq!(seqs, (1..=900).collect::<Vec<_>>());
        let reread = &script.requests_of(LIST)[0];
        assert_eq!(reread.url, URL);
        assert_eq!(reread.headers["accept"], "application/json");
    }
}

#[tokio::test(start_paused = true)]
async fn the_history_is_not_read_twice() {
    let headers =
        [("content-type", "text/event-stream"), ("date", "Thu, 01 Jan 2026 00:01:01 GMT")];
    let history: String = (1..=2000).map(frame).collect();
    let script = streams([response(200, &headers, history), gone()]);
    let (seqs, _) = read(follow(&script).messages()).await;
    assert_eq!((seqs.len(), script.requests_of(STREAM).len()), (2000, 2));
    assert!(script.requests_of(LIST).is_empty());
    assert_eq!(script.requests_of(STREAM)[1].headers["last-event-id"], "2000");
}

#[tokio::test(start_paused = true)]
async fn a_stalled_network_hides_no_gap() {
    let parts = [frames(1..=300), Pauses(SECOND * 2), frames((301..=512).chain(800..=900)), Hangs];
    let script = streams([live(parts)]).answers(LIST, [stored(1..=900)], none);
    let seqs = follow(&script).messages().take(900).map(|message| message.unwrap().seq);
    assert_eq!(seqs.collect::<Vec<_>>().await, (1..=900).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn the_list_is_reread_as_often_as_documented() {
    let calm = (1..=1600).flat_map(|seq| [frames([seq]), Pauses(SECOND * 2)]);
    let script = streams([live(calm.chain([Hangs]))]);
    let start = Instant::now();
    let seqs = follow(&script).idle_timeout(None).messages();
    let seqs = timeout(SECOND * 5000, seqs.map(|message| message.unwrap().seq).collect::<Vec<_>>());
    assert!(seqs.await.is_err(), "the stream does not end");
    let reads: Vec<_> =
        script.requests_of(LIST).iter().map(|request| (request.at - start).as_secs()).collect();
    // The list is read soon after the connect and again when it is settled. It is also read after
    // each 512 messages, which take 1024 s, and again when these are settled.
    assert_eq!(reads, [1, 31, 1054, 1085, 2108, 2139, 3162, 3193]);
    let after = |read: usize| script.requests_of(LIST)[read].url.clone();
    assert_eq!(after(0), URL);
    assert_eq!(after(2), format!("{URL}?after_seq=1"));
    assert_eq!(after(3), format!("{URL}?after_seq=512"));
    assert_eq!(after(4), format!("{URL}?after_seq=528"));
}

#[tokio::test(start_paused = true)]
async fn a_failed_reread_is_an_interruption() {
    for failed in [Answer::Broken, response(200, &[], "[{]"), response(503, &[], "busy")] {
        let [gap, _] = with_a_gap();
        let script = streams([gap, live([frames(1..=900), Hangs])]).answers(LIST, [failed], none);
        let mut interruptions = 0;
        let mut seqs = Vec::new();
        let mut stream = follow(&script).stream();
        while seqs.len() < 900 {
            match stream.next().await.unwrap().unwrap() {
                Followed::Message(message) => seqs.push(message.seq),
                Followed::Interrupted(_) => interruptions += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(seqs, (1..=900).collect::<Vec<_>>());
        assert_eq!((interruptions, script.requests_of(STREAM).len()), (1, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn dropping_the_stream_stops_it() {
    let pings = (0..100).flat_map(|_| [Sends(": ping\n\n".into()), Pauses(SECOND * 30)]);
    let script = streams([Answer::Broken, live(pings)]);
    let messages = follow(&script).messages();
    let reader = tokio::spawn(read(messages));
    sleep(SECOND * 100).await;
    reader.abort();
    sleep(SECOND * 10_000).await;
    assert_eq!(script.requests_of(STREAM).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn messages_do_not_depend_on_the_chunks() {
    let stream: String = (1..=40).map(|seq| frame(seq) + ": ping\n\n").collect();
    let bytes = stream.as_bytes();
    for seed in 0..30 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut rest = bytes;
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let (part, after) = rest.split_at(random.usize(1..=rest.len().min(400)));
            parts.push(Sends(String::from_utf8(part.to_vec()).unwrap()));
            rest = after;
        }
        let script = streams([live(parts), gone()]);
        let (seqs, _) = read(follow(&script).messages()).await;
        assert_eq!(seqs, (1..=40).collect::<Vec<_>>(), "seed {seed}");
    }
}
