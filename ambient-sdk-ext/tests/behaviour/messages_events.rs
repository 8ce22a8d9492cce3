//! The raw events of a runner.

use std::time::Duration;

use ambient_sdk_ext::{
    ErrorKind,
    api_server::events::{AgentEvent, Events, SessionEvent},
};
use futures_util::StreamExt;
use tokio::time::Instant;

use crate::{
    common::{Script, response},
    messages::{
        Then::{self, Breaks, Hangs, Pauses, Sends},
        live,
    },
};

const SECOND: Duration = Duration::from_secs(1);

fn event(json: &str) -> Then {
    Sends(format!("data: {json}\n\n"))
}

fn events(script: &Script) -> Events {
    script.client().api_server().events("s1")
}

async fn read(parts: impl IntoIterator<Item = Then>) -> Vec<Result<SessionEvent, ErrorKind>> {
    let stream = events(&Script::new([live(parts)])).stream();
    stream.map(|event| event.map_err(|error| error.kind())).collect().await
}

#[tokio::test(start_paused = true)]
async fn events_are_typed_until_the_server_ends_the_stream() {
    let started = r#"{"type":"RUN_STARTED","threadId":"s1","runId":"r","timestamp":7}"#;
    let novel = r#"{"type":"NOVEL_EVENT","data":1}"#;
    let script = Script::new([live([event(started), event(novel), event("hello"), event("[1]")])]);
    let read: Vec<_> = events(&script).stream().map(Result::unwrap).collect().await;
    assert!(matches!(&read[0].event, AgentEvent::RunStarted { run_id, .. } if run_id == "r"));
    assert_eq!(read[0].text, started);
    assert!(matches!(&read[1].event, AgentEvent::Other(json) if json["data"] == 1));
    assert!(matches!(&read[2].event, AgentEvent::Other(json) if json == "hello"));
    assert!(matches!(&read[3].event, AgentEvent::Other(json) if json[0] == 1));
    assert_eq!(read.len(), 4);
    let request = &script.requests()[0];
    assert_eq!(request.url, "http://localhost:8080/api/ambient/v1/sessions/s1/events");
    assert_eq!(request.headers["accept"], "text/event-stream");
    assert_eq!(request.headers["accept-encoding"], "identity");
}

#[tokio::test(start_paused = true)]
async fn a_session_without_a_runner_is_a_transient_error() {
    let script = Script::new((0..3).map(|_| response(502, &[], "runner not reachable")));
    let mut stream = events(&script).stream();
    let error = stream.next().await.unwrap().unwrap_err();
    assert!(error.is_server() && error.is_transient());
    assert_eq!(error.reason(), Some("runner not reachable"));
    assert!(stream.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_broken_stream_is_an_error() {
    let end = r#"{"type":"RUN_FINISHED"}"#;
    let broken = read([event(end), Breaks]).await;
    assert!(matches!(broken[..], [Ok(_), Err(ErrorKind::Connection)]));
}

#[tokio::test(start_paused = true)]
async fn silence_is_an_error_only_with_a_limit() {
    let patient = read([Pauses(SECOND * 3600), event(r#"{"type":"RUN_FINISHED"}"#)]).await;
    assert!(matches!(patient[..], [Ok(_)]));

    let parts = [Pauses(SECOND * 70), Sends(": ping\n\n".into()), Hangs];
    let script = Script::new([live(parts)]);
    let start = Instant::now();
    let mut stream = events(&script).idle_timeout(SECOND * 75).stream();
    assert!(stream.next().await.unwrap().unwrap_err().is_timeout());
    assert_eq!(start.elapsed(), SECOND * 145);
    assert!(stream.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_event_over_the_limit_is_an_error() {
    let script = Script::new([live([event(&"x".repeat(2000)), Hangs])]);
    let mut stream = events(&script).max_event_bytes(1000).stream();
    let error = stream.next().await.unwrap().unwrap_err();
    assert!(error.is_too_large() && error.to_string().contains("max_event_bytes"));
    assert!(stream.next().await.is_none());
}
