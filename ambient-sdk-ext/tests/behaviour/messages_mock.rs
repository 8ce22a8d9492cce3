//! Messages and events against the embedded server, with its faults, under paused time.

use std::time::Duration;

use ambient_sdk_ext::{
    Client,
    ambient_sdk::api_server::types::SessionPhase,
    api_server::{
        conversation::Outcome,
        events::AgentEvent,
        messages::{Followed, Message, MessageEventType, Messages},
    },
    mock::{Fault, MockServer, Reply},
};
use futures_util::{Stream, StreamExt};
use serde_json::json;
use tokio::time::{sleep, timeout};

const SECOND: Duration = Duration::from_secs(1);
const STREAM: &str = "stream_session_messages";

struct Stage {
    server: MockServer,
    client: Client,
    session: String,
}

impl Stage {
    async fn new() -> Self {
        let server = MockServer::start().await.unwrap();
        let client = server.local_client().unwrap();
        let session = json!({ "name": "talk", "phase": "Running" });
        let session = server.insert("Session", session).unwrap();
        Self { server, client, session }
    }

    fn messages(&self) -> Messages {
        self.client.api_server().messages(&self.session)
    }

    /// Adds a message of the agent for each number.
    fn say(&self, numbers: impl IntoIterator<Item = i64>) {
        for number in numbers {
            let text = number.to_string();
            self.server.push_message(&self.session, "assistant", &text).unwrap();
        }
    }
}

/// Returns the received numbers, until no message is received for five minutes.
async fn received(
    messages: impl Stream<Item = ambient_sdk_ext::Result<Message>>,
    pause: Duration,
) -> Vec<i64> {
    let mut messages = std::pin::pin!(messages);
    let mut numbers = Vec::new();
    while let Ok(Some(message)) = timeout(SECOND * 300, messages.next()).await {
        numbers.push(message.unwrap().payload.parse().unwrap());
        sleep(pause).await;
    }
    numbers
}

#[tokio::test(start_paused = true)]
async fn pushed_messages_are_listed_and_followed() {
    let stage = Stage::new().await;
    stage.server.reply_next(Reply::silent());
    let pushed = stage.messages().push("Hello").await.unwrap();
    assert_eq!(pushed.event_type, MessageEventType::User);
    assert_eq!(pushed.session_id, stage.session);
    assert_eq!(stage.messages().list().await.unwrap(), std::slice::from_ref(&pushed));
    assert!(stage.messages().list().after(pushed.seq).await.unwrap().is_empty());
    let followed = stage.messages().follow().messages().next().await.unwrap().unwrap();
    assert_eq!(followed, pushed);
}

#[tokio::test(start_paused = true)]
async fn every_message_is_yielded_once_despite_faults() {
    let faults = [
        Fault::cut_connection(),
        Fault::hang(),
        Fault::delay(SECOND * 10),
        Fault::status(502),
        Fault::response(503, "busy").header("retry-after", "7"),
        Fault::rate_limited(SECOND * 3),
        Fault::cut_body(700),
        Fault::cut_after_frames(3),
        Fault::end_after_frames(2),
        Fault::stall_after_frames(1),
        Fault::raw_frame(2, ": a comment\n\n"),
    ];
    for fault in faults {
        let stage = Stage::new().await;
        stage.say(1..=5);
        stage.server.fault(STREAM, fault.clone().times(2)).unwrap();
        let live = tokio::spawn(received(stage.messages().follow().messages(), Duration::ZERO));
        sleep(SECOND * 20).await;
        stage.say(6..=10);
        let numbers = live.await.unwrap();
        assert_eq!(numbers, (1..=10).collect::<Vec<_>>(), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_frame_is_yielded_and_loses_nothing() {
    let stage = Stage::new().await;
    stage.say(1..=3);
    stage.server.fault(STREAM, Fault::broken_frame(2)).unwrap();
    let items: Vec<_> = stage.messages().follow().stream().take(4).collect().await;
    let kinds = items.iter().map(|item| match item {
        Ok(Followed::Message(_)) => "message",
        Ok(Followed::Undecodable(frame)) => &frame.text,
        other => panic!("{other:?}"),
    });
    let kinds: Vec<_> = kinds.collect();
    assert_eq!(kinds, ["message", "message", "{\"seq\": 1, \"payload", "message"]);
}

#[tokio::test(start_paused = true)]
async fn permanent_errors_end_the_stream() {
    for status in [401, 403] {
        let stage = Stage::new().await;
        stage.server.fault(STREAM, Fault::status(status)).unwrap();
        let error = stage.messages().follow().stream().next().await.unwrap().unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), status);
        assert_eq!(stage.server.request_count(STREAM), 1);
    }
    let stage = Stage::new().await;
    stage.say(1..=5);
    stage.server.fault(STREAM, Fault::status(404).times(3)).unwrap();
    let numbers = received(stage.messages().follow().messages(), Duration::ZERO).await;
    assert_eq!(numbers, [1, 2, 3, 4, 5], "a 404 does not end the stream of an existing session");
    let stage = Stage::new().await;
    let unknown = stage.client.api_server().messages("no-such-session");
    assert!(unknown.follow().stream().next().await.unwrap().unwrap_err().is_not_found());
    assert_eq!(stage.server.request_count(STREAM), 1);
    assert_eq!(stage.server.request_count("get_session"), 3);
}

#[tokio::test(start_paused = true)]
async fn dropped_messages_are_recovered() {
    for pause in [0, 20] {
        let stage = Stage::new().await;
        let messages = stage.messages().follow().messages();
        let live = tokio::spawn(received(messages, Duration::from_millis(pause)));
        sleep(SECOND * 5).await;
        stage.say(1..=1300);
        sleep(SECOND * 2).await;
        stage.say(1301..=2000);
        let numbers = live.await.unwrap();
        assert_eq!(numbers, (1..=2000).collect::<Vec<_>>());
        assert!(stage.server.request_count("list_session_messages") > 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_follower_reconnects_after_a_restart() {
    let stage = Stage::new().await;
    let live = tokio::spawn(received(stage.messages().follow().messages(), Duration::ZERO));
    for number in 1..=5 {
        sleep(SECOND * 10).await;
        stage.say([number]);
        stage.server.disconnect_streams();
    }
    assert_eq!(live.await.unwrap(), [1, 2, 3, 4, 5]);
}

#[tokio::test(start_paused = true)]
async fn a_turn_has_its_reply() {
    let stage = Stage::new().await;
    stage.server.reply_next(Reply::text("four"));
    let reply = stage.messages().say("2+2?").await.unwrap();
    assert_eq!((reply.text.as_str(), reply.outcome), ("four", Outcome::Finished));

    stage.server.reply_next(Reply::silent().step(
        SECOND,
        "RUN_ERROR",
        r#"{"type":"RUN_ERROR","message":"no"}"#,
    ));
    let reply = stage.messages().say("2+3?").await.unwrap();
    assert_eq!(reply.outcome, Outcome::Failed("no".into()));

    let turn = stage.messages().say("2+4?").stream();
    let types: Vec<_> = turn.map(|message| message.unwrap().event_type.to_string()).collect().await;
    assert_eq!(
        (types[0].as_str(), types[types.len() - 1].as_str()),
        ("RUN_STARTED", "RUN_FINISHED")
    );
}

#[tokio::test(start_paused = true)]
async fn a_turn_ends_with_its_session() {
    let stage = Stage::new().await;
    stage.server.reply_next(Reply::silent());
    let turn = tokio::spawn(stage.messages().say("Hello").into_future());
    sleep(SECOND * 100).await;
    assert!(!turn.is_finished());
    stage.client.api_server().sessions().stop(&stage.session).await.unwrap();
    let reply = turn.await.unwrap().unwrap();
    assert_eq!(reply.outcome, Outcome::SessionOver(SessionPhase::Stopped));
}

#[tokio::test(start_paused = true)]
async fn the_events_of_a_runner_can_be_streamed() {
    let stage = Stage::new().await;
    let mut events = stage.client.api_server().events(&stage.session).stream();
    let run = async {
        sleep(SECOND * 40).await;
        stage.messages().push("Hello").await.unwrap();
    };
    let watch = async {
        let mut text = String::new();
        while let Some(event) = events.next().await {
            match event.unwrap().event {
                AgentEvent::TextMessageContent { delta, .. } => text += &delta,
                event if event.ends_run() => break,
                _ => {}
            }
        }
        text
    };
    assert_eq!(tokio::join!(run, watch).1, "You said: Hello");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_does_not_run_has_no_events() {
    let stage = Stage::new().await;
    stage.server.set_phase(&stage.session, "Stopped").unwrap();
    let mut events = stage.client.api_server().events(&stage.session).stream();
    let error = events.next().await.unwrap().unwrap_err();
    assert!(error.is_transient());
    assert_eq!(error.status().unwrap().as_u16(), 502);
}
