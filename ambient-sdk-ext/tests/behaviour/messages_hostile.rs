//! Streams of servers and proxies that violate the protocol.

use std::time::Duration;

use ambient_sdk_ext::{
    Error,
    api_server::messages::{Follow, Followed},
    retry::Backoff,
};
use futures_util::StreamExt;
use serde_json::json;
use tokio::time::Instant;

use crate::{
    common::{Answer, Script, json, response},
    messages::{
        LIST, SESSION, STREAM,
        Then::{Hangs, Pauses, Sends},
        frame, live, none,
    },
};

const SECOND: Duration = Duration::from_secs(1);

fn refused() -> Answer {
    response(403, &[], "Forbidden")
}

/// Creates a script for an existing session, with responses to stream requests. Further streams are
/// rejected.
fn streams(answers: impl IntoIterator<Item = Answer>) -> Script {
    let session = || json(200, json!({ "id": "s1", "name": "talk", "phase": "Running" }));
    Script::new([]).answers(STREAM, answers, refused).answers(LIST, [], none).answers(
        SESSION,
        [],
        session,
    )
}

fn follow(script: &Script) -> Follow {
    script.client().api_server().messages("s1").follow()
}

/// Returns the `seq` of all messages until the stream ends, the number of interruptions, and the
/// error.
async fn read(follow: Follow) -> (Vec<i64>, usize, Error) {
    let mut stream = follow.stream();
    let (mut seqs, mut interruptions) = (Vec::new(), 0);
    loop {
        match stream.next().await.unwrap() {
            Ok(Followed::Message(message)) => seqs.push(message.seq),
            Ok(Followed::Interrupted(_)) => interruptions += 1,
            Ok(other) => panic!("{other:?}"),
            Err(error) => return (seqs, interruptions, error),
        }
    }
}

fn pauses(script: &Script) -> Vec<Duration> {
    let requests = script.requests_of(STREAM);
    requests.windows(2).map(|pair| pair[1].at - pair[0].at).collect()
}

#[tokio::test(start_paused = true)]
async fn a_byte_order_mark_is_ignored() {
    let script = streams([live([Sends("\u{feff}".to_owned() + &frame(1) + &frame(2))])]);
    let (seqs, ..) = read(follow(&script)).await;
    assert_eq!(seqs, [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_ends_with_cr_is_complete() {
    let first = frame(1).replace('\n', "\r");
    let script = streams([live([Sends(first), Pauses(SECOND * 20), Hangs])]);
    let start = Instant::now();
    let mut messages = follow(&script).messages();
    assert_eq!(messages.next().await.unwrap().unwrap().seq, 1);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn comments_and_other_fields_are_ignored() {
    let other = ": hello\nevent: note\nnovel: 1\n\ndata\nid: 1\n\nevent: note\n\n";
    let script = streams([live([Sends(format!("{other}{}", frame(3)))])]);
    let mut stream = follow(&script).stream();
    // `data` without a value is an event with an empty text.
    assert!(matches!(stream.next().await, Some(Ok(Followed::Undecodable(_)))));
    assert!(matches!(stream.next().await, Some(Ok(Followed::Message(m))) if m.seq == 3));
}

#[tokio::test(start_paused = true)]
async fn an_undecodable_frame_is_read_from_the_list() {
    let broken = Sends("id: 2\ndata: {\"seq\": tw\n\n".into());
    let message = json!({ "id": "m2", "seq": 2, "payload": "whole" });
    let script = streams([live([Sends(frame(1)), broken, Sends(frame(3)), Hangs])]).answers(
        LIST,
        [json(200, json!([message]))],
        none,
    );
    let items: Vec<_> = follow(&script).messages().take(4).collect().await;
    let seqs: Vec<_> = items.iter().map(|item| item.as_ref().map_or(0, |m| m.seq)).collect();
    assert_eq!(seqs, [1, 0, 2, 3]);
    assert!(items[1].as_ref().unwrap_err().is_decode());
}

#[tokio::test(start_paused = true)]
async fn a_compressed_stream_is_an_error() {
    let headers = [("content-type", "text/event-stream"), ("content-encoding", "gzip")];
    let script = streams([response(200, &headers, "\u{1f}")]);
    let (_, _, error) = read(follow(&script)).await;
    assert!(error.to_string().contains("compressed"), "{error}");
    let headers = [("content-type", "text/event-stream"), ("content-encoding", "Identity")];
    let script = streams([response(200, &headers, frame(1))]);
    assert_eq!(read(follow(&script)).await.0, [1]);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_respected_up_to_a_limit() {
    let asks = |seconds: u64| Sends(format!("retry: {}\n\n{}", seconds * 1000, frame(1)));
    let later = |seconds: &str| response(503, &[("retry-after", seconds)], "busy");
    let script = streams([later("7"), live([asks(9)]), live([]), later("9000")]);
    read(follow(&script)).await;
    assert_eq!(pauses(&script), [SECOND * 7, SECOND * 9, SECOND * 9, SECOND * 60]);

    let script = streams([live([asks(86_400)])]);
    read(follow(&script)).await;
    assert_eq!(pauses(&script), [SECOND * 60]);

    let script = streams([later("9000")]);
    read(follow(&script).max_asked_pause(SECOND * 100)).await;
    assert_eq!(pauses(&script), [SECOND * 100]);
}

#[tokio::test(start_paused = true)]
async fn connections_without_new_messages_back_off_and_end() {
    let nothing_new: [fn() -> Answer; 3] =
        [|| live([]), || live([Sends(": hi\n\n".into())]), || live([Sends(frame(1))])];
    for answer in nothing_new {
        let script = streams((0..20).map(|_| answer()));
        let backoff = Backoff::new(SECOND, SECOND * 8).unwrap();
        let (_, interruptions, error) =
            read(follow(&script).backoff(backoff).max_failures(5)).await;
        assert!(error.to_string().starts_with("gave up after 6 failures"), "{error}");
        assert_eq!(interruptions, 5);
        let last = pauses(&script).pop().unwrap();
        assert!(last >= SECOND * 4, "{:?}", pauses(&script));
    }
}

#[tokio::test(start_paused = true)]
async fn a_404_of_a_server_that_shuts_down_does_not_end_the_stream() {
    let gone = || response(404, &[], "session not found");
    let script = streams([live([Sends(frame(1))]), gone(), gone(), live([Sends(frame(2))])]);
    let (seqs, interruptions, error) = read(follow(&script)).await;
    assert_eq!((seqs, interruptions), (vec![1, 2], 4));
    assert!(error.is_permission());
    assert_eq!(script.requests_of(SESSION).len(), 2);

    let found = || json(200, json!({ "id": "s1", "name": "talk" }));
    let looks = [gone(), response(503, &[], "busy"), gone(), gone(), found()];
    let script = streams([gone(), gone()]).answers(SESSION, looks, gone);
    let (_, interruptions, error) = read(follow(&script)).await;
    assert!(error.is_permission());
    assert_eq!((interruptions, script.requests_of(SESSION).len()), (2, 5));
}

#[tokio::test(start_paused = true)]
async fn a_missing_session_ends_the_stream_after_three_lookups() {
    let gone = || response(404, &[], "session not found");
    let script = streams([gone()]).answers(SESSION, [], gone);
    let start = Instant::now();
    let (_, _, error) = read(follow(&script)).await;
    assert!(error.is_not_found());
    assert_eq!((script.requests_of(SESSION).len(), start.elapsed()), (3, SECOND * 3));
}
