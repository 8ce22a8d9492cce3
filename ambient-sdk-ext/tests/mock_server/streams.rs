//! Streams of messages and events. The tests use paused time, or sockets if the connection matters.

use std::time::Duration;

use ambient_sdk_ext::mock::{Fault, MockServer, Reply, SessionScript};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::common::{Ask, ask, create, get, http, post};

/// Starts a server with a session that is not started.
async fn idle() -> (MockServer, String) {
    let server = MockServer::builder().session_script(SessionScript::running()).start().await;
    let server = server.unwrap();
    let id = create(&server, "/sessions", json!({"name": "s", "project_id": "demo"})).await;
    (server, id)
}

/// Starts a server with a running session.
async fn start() -> (MockServer, String) {
    let (server, id) = idle().await;
    server.set_phase(&id, "Running").unwrap();
    (server, id)
}

fn stream<'a>(server: &'a MockServer, id: &str, what: &str) -> Ask<'a> {
    let ask = ask(server, Method::GET, &format!("/sessions/{id}/{what}"));
    ask.header("accept", "text/event-stream")
}

async fn push(server: &MockServer, id: &str, payload: &str) -> (u16, Value) {
    let body = json!({"event_type": "user", "payload": payload});
    post(server, &format!("/sessions/{id}/messages"), body).await
}

/// Returns the next chunk of a stream, which is a frame.
async fn frame(response: &mut Response) -> String {
    let chunk = response.chunk().await.unwrap().expect("the stream ended");
    String::from_utf8(chunk.to_vec()).unwrap()
}

/// Returns the next message of a stream.
async fn message(response: &mut Response) -> Value {
    let frame = frame(response).await;
    let (id, data) = frame.strip_prefix("id: ").unwrap().split_once("\ndata: ").unwrap();
    let message: Value = serde_json::from_str(data.strip_suffix("\n\n").unwrap()).unwrap();
    assert_eq!(message["seq"].to_string(), id);
    message
}

#[tokio::test(start_paused = true)]
async fn the_reply_to_a_message_is_a_run() {
    let (server, id) = start().await;
    server.reply_next(Reply::text("four"));
    let (status, pushed) = push(&server, &id, "2+2?").await;
    assert_eq!((status, &pushed["event_type"]), (201, &json!("user")));
    assert_eq!((&pushed["seq"], &pushed["session_id"]), (&json!(1), &json!(id)));
    tokio::time::advance(Duration::from_secs(1)).await;
    let (_, messages) = get(&server, &format!("/sessions/{id}/messages")).await;
    let types: Vec<_> = messages.as_array().unwrap().iter().map(|m| &m["event_type"]).collect();
    let expected = [
        "user",
        "RUN_STARTED",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_CONTENT",
        "TEXT_MESSAGE_END",
        "assistant",
        "RUN_FINISHED",
    ];
    assert_eq!(types, expected);
    assert_eq!(messages[5]["payload"], "four");
    let (_, rest) = get(&server, &format!("/sessions/{id}/messages?after_seq=5")).await;
    assert_eq!(rest.as_array().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn only_an_active_session_replies() {
    let server = MockServer::start().await.unwrap();
    server.reply_next(Reply::silent().step(Duration::ZERO, "assistant", "first"));
    for phase in ["", "Stopping", "Stopped", "Completed", "Failed", "Reticulating"] {
        let session = json!({"name": "s", "phase": phase});
        let id = server.insert("Session", session).unwrap();
        push(&server, &id, "hello").await;
        tokio::time::advance(Duration::from_secs(10)).await;
        let (_, messages) = get(&server, &format!("/sessions/{id}/messages")).await;
        assert_eq!(messages.as_array().unwrap().len(), 1, "{phase}");
    }
    // The queued reply is not used by sessions that don't reply.
    for (phase, reply) in [("Pending", "first"), ("Creating", "You said: hello")] {
        let id = server.insert("Session", json!({"name": "s", "phase": phase})).unwrap();
        push(&server, &id, "hello").await;
        tokio::time::advance(Duration::from_secs(10)).await;
        let (_, messages) = get(&server, &format!("/sessions/{id}/messages")).await;
        let replied = messages.as_array().unwrap().iter().any(|m| m["payload"] == reply);
        assert!(replied, "{phase}: {messages}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_was_never_started_uses_the_default_script() {
    let script =
        SessionScript::new().reply(Reply::silent().step(Duration::ZERO, "assistant", "ok"));
    let server = MockServer::builder().session_script(script).start().await.unwrap();
    let id = create(&server, "/sessions", json!({"name": "s", "prompt": "p"})).await;
    push(&server, &id, "one").await;
    server.set_phase(&id, "Running").unwrap();
    push(&server, &id, "two").await;
    let (_, messages) = get(&server, &format!("/sessions/{id}/messages")).await;
    let payloads: Vec<_> = messages.as_array().unwrap().iter().map(|m| &m["payload"]).collect();
    assert_eq!(payloads, ["p", "one", "two", "ok"]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_sends_the_history_then_live_messages() {
    let (server, id) = start().await;
    for payload in ["one", "two", "three"] {
        server.push_message(&id, "assistant", payload).unwrap();
    }
    let mut all = stream(&server, &id, "messages").send().await;
    assert_eq!(all.headers()["content-type"], "text/event-stream");
    for payload in ["one", "two", "three"] {
        assert_eq!(message(&mut all).await["payload"], payload);
    }
    server.push_message(&id, "assistant", "four").unwrap();
    assert_eq!(message(&mut all).await["payload"], "four");
    let rest = stream(&server, &id, "messages?after_seq=1").header("last-event-id", "3");
    let mut rest = rest.send().await;
    assert_eq!(message(&mut rest).await["payload"], "four");
    let mut after = stream(&server, &id, "messages?after_seq=2").send().await;
    assert_eq!(message(&mut after).await["payload"], "three");
}

#[tokio::test(start_paused = true)]
async fn an_idle_stream_sends_a_ping_every_thirty_seconds() {
    let (server, id) = start().await;
    let mut response = stream(&server, &id, "messages").send().await;
    let before = tokio::time::Instant::now();
    for n in 1..=3 {
        assert_eq!(frame(&mut response).await, ": ping\n\n");
        assert_eq!(before.elapsed().as_secs(), 30 * n);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_advances_the_script() {
    let (server, id) = start().await;
    let mut response = stream(&server, &id, "messages").send().await;
    push(&server, &id, "hello").await;
    let mut types = Vec::new();
    while types.last() != Some(&json!("RUN_FINISHED")) {
        types.push(message(&mut response).await["event_type"].clone());
    }
    assert_eq!(types.len(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_stream_requires_the_exact_accept_header() {
    let (server, id) = start().await;
    let path = format!("/sessions/{id}/messages");
    let list = ask(&server, Method::GET, &path).header("accept", "text/event-stream, */*");
    assert_eq!(list.json().await, (200, json!([])));
}

#[tokio::test(start_paused = true)]
async fn errors_of_message_routes_are_plain_text() {
    let (server, id) = start().await;
    let path = format!("/sessions/{id}/messages");
    let refused = |text: &str| (400, format!("{text}\n"));
    let push = |body: &str| ask(&server, Method::POST, &path).body(body).text();
    assert_eq!(push("{").await, refused("invalid JSON body"));
    let other = r#"{"event_type": "assistant", "payload": "x"}"#;
    assert_eq!(push(other).await, refused("event_type must be \"user\" on this endpoint"));
    let long = json!({"payload": "x".repeat(1024 * 1024)}).to_string();
    assert_eq!(push(&long).await, refused("invalid JSON body"));
    let missing = stream(&server, "foo", "messages").text().await;
    assert_eq!(missing, (404, "session not found\n".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn events_are_served_while_actions_are_planned() {
    let (server, id) = idle().await;
    let idle = stream(&server, &id, "events").text().await;
    assert_eq!(idle, (502, "session has no associated runner pod\n".to_owned()));
    ask(&server, Method::POST, &format!("/sessions/{id}/start")).send().await;
    let mut events = stream(&server, &id, "events").send().await;
    push(&server, &id, "hello").await;
    let mut types = Vec::new();
    while types.last() != Some(&json!("RUN_FINISHED")) {
        let frame = frame(&mut events).await;
        let event: Value = serde_json::from_str(frame.strip_prefix("data: ").unwrap()).unwrap();
        types.push(event["type"].clone());
    }
    assert_eq!(types.len(), 5);
    server.set_phase(&id, "Completed").unwrap();
    assert!(events.chunk().await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn faults_break_streams() {
    let (server, id) = start().await;
    for payload in ["one", "two"] {
        server.push_message(&id, "assistant", payload).unwrap();
    }
    let set = |fault: Fault| server.fault("stream_session_messages", fault.times(1)).unwrap();
    let open = || stream(&server, &id, "messages").send();

    set(Fault::cut_after_frames(1));
    let mut response = open().await;
    message(&mut response).await;
    assert!(response.chunk().await.is_err());

    set(Fault::end_after_frames(1));
    let mut response = open().await;
    message(&mut response).await;
    assert!(response.chunk().await.unwrap().is_none());

    set(Fault::broken_frame(1));
    let mut response = open().await;
    message(&mut response).await;
    assert!(frame(&mut response).await.starts_with("data: {\"seq\": 1"));
    assert_eq!(message(&mut response).await["payload"], "two");

    set(Fault::stall_after_frames(1));
    let mut response = open().await;
    message(&mut response).await;
    let waited = tokio::time::timeout(Duration::from_secs(3600), response.chunk()).await;
    assert!(waited.is_err());
}

#[tokio::test(start_paused = true)]
async fn streams_end_on_disconnect_and_not_with_their_session() {
    let (server, id) = start().await;
    let mut response = stream(&server, &id, "messages").send().await;
    server.disconnect_streams();
    assert!(response.chunk().await.unwrap().is_none());
    let mut response = stream(&server, &id, "messages").send().await;
    ask(&server, Method::DELETE, &format!("/sessions/{id}")).send().await;
    assert_eq!(frame(&mut response).await, ": ping\n\n");
}

#[tokio::test(start_paused = true)]
async fn a_late_commit_makes_a_message_visible_after_a_later_one() {
    let (server, id) = idle().await;
    let late = Fault::late_commit(Duration::from_secs(2)).times(1);
    server.fault("push_session_message", late).unwrap();
    let mut live = stream(&server, &id, "messages").send().await;
    let before = tokio::time::Instant::now();
    let (first, second) = tokio::join!(push(&server, &id, "first"), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let pushed = push(&server, &id, "second").await;
        let (_, list) = get(&server, &format!("/sessions/{id}/messages")).await;
        assert_eq!(list.as_array().unwrap().len(), 1, "the first one isn't committed yet");
        pushed
    });
    assert_eq!(before.elapsed().as_secs(), 2, "a push is answered when it is committed");
    assert!(first.1["seq"].as_i64() < second.1["seq"].as_i64());
    let seqs = [message(&mut live).await["seq"].clone(), message(&mut live).await["seq"].clone()];
    assert_eq!(seqs, [second.1["seq"].clone(), first.1["seq"].clone()]);
    let (_, list) = get(&server, &format!("/sessions/{id}/messages")).await;
    assert_eq!((&list[0], &list[1]), (&first.1, &second.1));
}

#[tokio::test(start_paused = true)]
async fn a_stream_loses_a_late_commit_below_its_history() {
    let (server, id) = idle().await;
    let late = Fault::late_commit(Duration::from_secs(2)).times(1);
    server.fault("push_session_message", late).unwrap();
    let (_, ()) = tokio::join!(push(&server, &id, "late"), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        push(&server, &id, "seen").await;
        let mut live = stream(&server, &id, "messages").send().await;
        assert_eq!(message(&mut live).await["payload"], "seen");
        tokio::time::sleep(Duration::from_secs(2)).await;
        push(&server, &id, "next").await;
        assert_eq!(message(&mut live).await["payload"], "next");
    });
    let (_, list) = get(&server, &format!("/sessions/{id}/messages")).await;
    assert_eq!(list.as_array().unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn concurrent_writers_can_commit_out_of_order() {
    let server = MockServer::builder().late_commits(Duration::from_millis(100)).start().await;
    let server = server.unwrap();
    let id = create(&server, "/sessions", json!({"name": "s"})).await;
    let mut live = stream(&server, &id, "messages").send().await;
    let pushes = (0..50).map(|_| push(&server, &id, "x"));
    futures_util::future::join_all(pushes).await;
    let mut seqs = Vec::new();
    while seqs.len() < 50 {
        seqs.push(message(&mut live).await["seq"].as_i64().unwrap());
    }
    assert!(!seqs.is_sorted());
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=50).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_loses_messages_beyond_its_buffer() {
    let server = MockServer::builder().stream_buffer(3).start().await.unwrap();
    let id = create(&server, "/sessions", json!({"name": "s"})).await;
    let mut live = stream(&server, &id, "messages").send().await;
    for payload in ["one", "two", "three", "four"] {
        server.push_message(&id, "assistant", payload).unwrap();
    }
    for payload in ["one", "two", "three"] {
        assert_eq!(message(&mut live).await["payload"], payload);
    }
    server.push_message(&id, "assistant", "five").unwrap();
    assert_eq!(message(&mut live).await["payload"], "five");
}

#[tokio::test]
async fn frames_are_sent_over_a_socket_without_delay() {
    let (server, id) = start().await;
    let url = format!("{}/api/ambient/v1/sessions/{id}/messages", server.url());
    let request = http().get(url).bearer_auth(server.token());
    let mut response = request.header("accept", "text/event-stream").send().await.unwrap();
    for payload in ["one", "two"] {
        server.push_message(&id, "assistant", payload).unwrap();
        assert_eq!(message(&mut response).await["payload"], payload);
    }
    drop(server);
    let end = response.chunk().await;
    assert!(!matches!(end, Ok(Some(_))));
}
