//! The replies and ends of a conversation's turns.

use std::time::Duration;

use ambient_sdk_ext::api_server::conversation::{Outcome, Reply, Turn};
use futures_util::StreamExt;
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::{
    common::{Answer, Script, json, response},
    messages::{
        LIST, SESSION,
        Then::{self, Hangs, Pauses, Sends},
        live, none,
    },
};

const SECOND: Duration = Duration::from_secs(1);

fn pushed() -> Answer {
    json(201, json!({ "id": "m10", "seq": 10, "event_type": "user", "payload": "Hello" }))
}

fn sent(seq: i64, event_type: &str, payload: impl ToString) -> Then {
    let message = json!({ "seq": seq, "event_type": event_type, "payload": payload.to_string() });
    Sends(format!("id: {seq}\ndata: {message}\n\n"))
}

fn run(seq: i64, event: serde_json::Value) -> Then {
    sent(seq, event["type"].as_str().unwrap(), &event)
}

fn started(seq: i64, id: &str) -> Then {
    run(seq, json!({ "type": "RUN_STARTED", "threadId": "s1", "runId": id }))
}

fn finished(seq: i64, id: &str) -> Then {
    run(seq, json!({ "type": "RUN_FINISHED", "threadId": "s1", "runId": id }))
}

fn piece(seq: i64, text: &str) -> Then {
    run(seq, json!({ "type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": text }))
}

fn in_phase(phase: &str) -> Answer {
    json(200, json!({ "id": "s1", "name": "talk", "phase": phase }))
}

/// Creates a script for a session that is always running.
fn script(parts: impl IntoIterator<Item = Then>) -> Script {
    let parts = live(parts.into_iter().chain([Hangs]));
    Script::new([pushed(), parts]).answers(SESSION, [], || in_phase("Running")).answers(
        LIST,
        [],
        none,
    )
}

fn turn(script: &Script) -> Turn {
    script.client().api_server().messages("s1").say("Hello")
}

async fn reply(parts: impl IntoIterator<Item = Then>) -> Reply {
    turn(&script(parts)).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_turn_is_a_message_and_the_run_that_follows() {
    let script = script([
        started(11, "r"),
        run(12, json!({ "type": "TEXT_MESSAGE_START", "messageId": "m" })),
        piece(13, "Hel"),
        Pauses(SECOND * 60),
        piece(14, "lo!"),
        finished(15, "r"),
        sent(16, "system", "later"),
    ]);
    let reply = turn(&script).await.unwrap();
    assert_eq!((reply.text.as_str(), reply.outcome, reply.seq), ("Hello!", Outcome::Finished, 15));
    let requests = script.requests();
    assert_eq!(requests[0].body, r#"{"event_type":"user","payload":"Hello"}"#);
    assert_eq!(requests[1].headers["last-event-id"], "10");
}

#[tokio::test(start_paused = true)]
async fn a_turn_can_be_read_as_a_stream() {
    let script =
        script([started(11, "r"), sent(12, "tool_use", "{}"), finished(13, "r"), piece(14, "x")]);
    let messages: Vec<_> = turn(&script).stream().map(|m| m.unwrap().seq).collect().await;
    assert_eq!(messages, [11, 12, 13]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_run_has_its_reason() {
    let error = json!({ "type": "RUN_ERROR", "message": "out of tokens" });
    let failed = reply([started(11, "r"), piece(12, "So"), run(13, error)]).await;
    assert_eq!(failed.outcome, Outcome::Failed("out of tokens".into()));
    assert_eq!(failed.text, "So");

    let failed = reply([sent(11, "error", "no runner")]).await;
    assert_eq!(failed.outcome, Outcome::Failed("no runner".into()));
}

#[tokio::test(start_paused = true)]
async fn a_whole_text_is_preferred_to_its_pieces() {
    let whole = reply([
        started(11, "r"),
        piece(12, "One. "),
        sent(13, "assistant", "One."),
        sent(14, "assistant", "Two."),
        finished(15, "r"),
    ]);
    assert_eq!(whole.await.text, "One.\n\nTwo.");
}

#[tokio::test(start_paused = true)]
async fn a_recorded_reply_without_events_is_read() {
    let start = Instant::now();
    let plain = reply([Pauses(SECOND * 30), sent(11, "assistant", "Hello!")]).await;
    assert_eq!((plain.text.as_str(), plain.outcome), ("Hello!", Outcome::Finished));
    assert_eq!(start.elapsed(), SECOND * 32);

    let record = json!({ "run_id": "r", "status": "completed", "messages": [
        { "role": "user", "content": "Hello" },
        { "role": "reasoning", "content": "a greeting" },
        { "role": "assistant", "content": "Hello!" },
    ]});
    assert_eq!(reply([sent(11, "assistant", record)]).await.text, "Hello!");

    let record = json!({ "run_id": "r", "status": "error", "messages": [] });
    let failed = reply([sent(11, "assistant", record)]).await;
    assert!(matches!(failed.outcome, Outcome::Failed(_)));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_an_earlier_run_does_not_end_the_turn() {
    let reply = reply([
        piece(11, "earlier"),
        finished(12, "r1"),
        Pauses(SECOND),
        started(13, "r2"),
        finished(14, "r1"),
        piece(15, "ours"),
        finished(16, "r2"),
    ])
    .await;
    assert_eq!((reply.text.as_str(), reply.seq), ("ours", 16));
}

#[tokio::test(start_paused = true)]
async fn messages_after_a_recorded_reply_do_not_extend_the_turn() {
    for follows in ["system", "tool_use", "tool_result", "user", "novel"] {
        let start = Instant::now();
        let parts = [sent(11, "assistant", "Hello!"), Pauses(SECOND), sent(12, follows, "{}")];
        let reply = reply(parts).await;
        assert_eq!((reply.text.as_str(), reply.outcome), ("Hello!", Outcome::Finished));
        assert_eq!((reply.seq, start.elapsed()), (12, SECOND * 3), "{follows}");
    }
    let start = Instant::now();
    let end = json!({ "type": "TEXT_MESSAGE_END", "messageId": "m" });
    assert_eq!(reply([sent(11, "assistant", "Hello!"), run(12, end)]).await.text, "Hello!");
    assert_eq!(start.elapsed(), SECOND * 30);
}

#[tokio::test(start_paused = true)]
async fn a_turn_waits_for_a_run_that_starts_late() {
    let ours = || [Pauses(SECOND * 25), started(14, "r2"), piece(15, "ours"), finished(16, "r2")];
    let ends = [finished(13, "r1"), run(13, json!({ "type": "RUN_ERROR" }))];
    let whole = sent(13, "assistant", "earlier");
    for end in ends.into_iter().chain([whole]) {
        let reply = reply([piece(12, "earlier"), end].into_iter().chain(ours())).await;
        assert_eq!((reply.text.as_str(), reply.outcome), ("ours", Outcome::Finished));
    }
}

#[tokio::test(start_paused = true)]
async fn runs_without_a_start_are_distinguished_by_their_ends() {
    let ours = [Pauses(SECOND * 5), piece(13, "ou"), piece(14, "rs"), finished(15, "r2")];
    let reply = reply([piece(11, "earlier"), finished(12, "r1")].into_iter().chain(ours)).await;
    assert_eq!((reply.text.as_str(), reply.seq), ("ours", 15));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_session_ends_the_turn() {
    for phase in ["Stopped", "Failed", "Completed"] {
        let parts = live([started(11, "r"), piece(12, "So"), Hangs]);
        let looks = [in_phase("Running"), response(503, &[], "busy")];
        let looks = looks.into_iter().chain([in_phase(phase), response(503, &[], "busy")]);
        // The list is read twice for messages that were missed during the connect.
        let lists = [none(), none(), response(503, &[], "busy")];
        let script = Script::new([pushed(), parts])
            .answers(SESSION, looks.chain([in_phase(phase)]), || {
                panic!("the end was already reported")
            })
            .answers(LIST, lists, none);
        let start = Instant::now();
        let reply = turn(&script).await.unwrap();
        assert_eq!(reply.outcome, Outcome::SessionOver(phase.into()));
        assert_eq!((reply.text.as_str(), reply.seq), ("So", 12));
        assert_eq!(start.elapsed(), SECOND * 75);
        let looked = script.requests_of(SESSION);
        assert_eq!(looked[0].url, "http://localhost:8080/api/ambient/v1/sessions/s1");
        let listed = script.requests_of(LIST);
        assert!(listed[3].url.ends_with("/sessions/s1/messages?after_seq=12"));
        assert_eq!((looked.len(), listed.len()), (5, 4));
    }
}

#[tokio::test(start_paused = true)]
async fn messages_before_the_end_of_the_session_are_read() {
    let end = json!({ "type": "RUN_FINISHED", "runId": "r" });
    let more = json!([
        { "seq": 12, "event_type": "assistant", "payload": "Hello!" },
        { "seq": 13, "event_type": "RUN_FINISHED", "payload": end.to_string() },
    ]);
    let parts = live([started(11, "r"), Hangs]);
    let script = Script::new([pushed(), parts])
        .answers(SESSION, [], || in_phase("Completed"))
        .answers(LIST, [none(), json(200, more)], none);
    let reply = turn(&script).await.unwrap();
    assert_eq!((reply.text.as_str(), reply.outcome, reply.seq), ("Hello!", Outcome::Finished, 13));
}

#[tokio::test(start_paused = true)]
async fn a_turn_survives_a_lost_connection() {
    let first = live([started(11, "r"), piece(12, "a")]);
    let second = live([piece(12, "a"), piece(13, "b"), finished(14, "r"), Hangs]);
    let script = Script::new([pushed(), first, second]);
    assert_eq!(turn(&script).await.unwrap().text, "ab");
}

#[tokio::test(start_paused = true)]
async fn a_broken_frame_does_not_lose_the_reply() {
    let broken = || Sends("data: {\n\n".into());
    let parts = [started(11, "r"), broken(), piece(12, "a"), finished(13, "r")];
    assert_eq!(reply(parts).await.text, "a");

    let parts = [started(11, "r"), broken(), finished(13, "r")];
    let items: Vec<_> = turn(&script(parts)).stream().collect().await;
    assert_eq!(items.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
}

#[tokio::test(start_paused = true)]
async fn failures_end_a_turn() {
    let script = Script::new([response(404, &[], "session not found")]);
    assert!(turn(&script).await.unwrap_err().is_not_found());

    let script = Script::new([response(404, &[], "session not found")]);
    let items: Vec<_> = turn(&script).stream().collect().await;
    assert!(matches!(&items[..], [Err(error)] if error.is_not_found()));

    let refused = response(403, &[], "Forbidden");
    let script = Script::new([pushed(), live([started(11, "r")]), refused]);
    assert!(turn(&script).await.unwrap_err().is_permission());

    let too_long = Sends("x".repeat(200));
    let script = Script::new([pushed(), live([too_long, Hangs])]);
    let turn = turn(&script).follow(|follow| follow.max_event_bytes(100));
    assert!(turn.await.unwrap_err().is_too_large());
}

#[tokio::test(start_paused = true)]
async fn dropping_a_turn_stops_it() {
    let script = Script::new([pushed(), live([Pauses(SECOND * 50)])]).answers(LIST, [], none);
    let waiting = tokio::spawn(turn(&script).into_future());
    sleep(SECOND * 10).await;
    waiting.abort();
    sleep(SECOND * 1000).await;
    assert_eq!(script.requests().len(), 3);
}
