//! The messages of all sessions: one growing number over all of them, and who listens.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// How many messages wait for a slow reader; what comes beyond is lost to it, without a sign.
const BUFFER: usize = 512;

/// The messages that were recorded, and the open streams.
#[derive(Debug, Default)]
pub(super) struct Messages {
    seq: i64,
    recorded: BTreeMap<String, Vec<Message>>,
    followers: Vec<Listener>,
    watchers: Vec<Listener>,
    last: Option<Value>,
}

#[derive(Debug)]
struct Message {
    seq: i64,
    value: Value,
}

#[derive(Debug)]
struct Listener {
    session: String,
    frames: mpsc::Sender<Bytes>,
}

impl Messages {
    /// Records a message of a session and hands it to its followers.
    pub(super) fn record(
        &mut self,
        session: &str,
        id: String,
        event_type: &str,
        payload: &str,
        time: &str,
    ) {
        self.seq += 1;
        let href = format!("{}/{session}/messages/{id}", super::sessions::PATH);
        let value = json!({
            "id": id,
            "kind": "SessionMessage",
            "href": href,
            "created_at": time,
            "updated_at": time,
            "session_id": session,
            "seq": self.seq,
            "event_type": event_type,
            "payload": payload,
        });
        let seq = self.seq;
        tell(&mut self.followers, session, &frame(seq, &value));
        let messages = self.recorded.entry(session.to_owned()).or_default();
        messages.push(Message { seq, value: value.clone() });
        self.last = Some(value);
    }

    /// Hands an AG-UI event, which is JSON, to those who watch a session; it is not kept.
    pub(super) fn emit(&mut self, session: &str, event: &str) {
        // A line end would end the frame's data. In JSON it stands between tokens only.
        let event = event.replace(['\r', '\n'], " ");
        let frame = format!("data: {event}\n\n");
        tell(&mut self.watchers, session, &frame.into());
    }

    /// The message that was recorded last, over all sessions.
    pub(super) fn last(&self) -> Option<&Value> {
        self.last.as_ref()
    }

    /// The messages of a session after a number.
    pub(super) fn after(&self, session: &str, seq: i64) -> impl Iterator<Item = &Value> {
        self.recorded_after(session, seq).map(|message| &message.value)
    }

    /// The messages of a session after a number, as frames, and those to come.
    pub(super) fn follow(
        &mut self,
        session: &str,
        seq: i64,
    ) -> (Vec<Bytes>, mpsc::Receiver<Bytes>) {
        let history = self.recorded_after(session, seq);
        let history = history.map(|message| frame(message.seq, &message.value));
        let history = history.collect();
        (history, listen(&mut self.followers, session))
    }

    /// The events of a session to come.
    pub(super) fn watch(&mut self, session: &str) -> mpsc::Receiver<Bytes> {
        listen(&mut self.watchers, session)
    }

    /// Ends the event streams of a session.
    pub(super) fn end_events(&mut self, session: &str) {
        self.watchers.retain(|watcher| watcher.session != session);
    }

    /// Ends every stream.
    pub(super) fn disconnect(&mut self) {
        self.followers.clear();
        self.watchers.clear();
    }

    /// Ends the streams of a session and forgets its messages.
    pub(super) fn forget(&mut self, session: &str) {
        self.recorded.remove(session);
        self.followers.retain(|follower| follower.session != session);
        self.end_events(session);
    }

    fn recorded_after(&self, session: &str, seq: i64) -> impl Iterator<Item = &Message> {
        let messages = self.recorded.get(session).map_or(&[][..], Vec::as_slice);
        let start = messages.partition_point(|message| message.seq <= seq);
        messages[start..].iter()
    }
}

fn frame(seq: i64, message: &Value) -> Bytes {
    format!("id: {seq}\ndata: {message}\n\n").into()
}

fn listen(listeners: &mut Vec<Listener>, session: &str) -> mpsc::Receiver<Bytes> {
    let (frames, receiver) = mpsc::channel(BUFFER);
    listeners.push(Listener { session: session.to_owned(), frames });
    receiver
}

/// Hands a frame to the listeners of a session; a full buffer loses it, a closed one is dropped.
fn tell(listeners: &mut Vec<Listener>, session: &str, frame: &Bytes) {
    listeners.retain(|listener| {
        if listener.session != session {
            return !listener.frames.is_closed();
        }
        let sent = listener.frames.try_send(frame.clone());
        !matches!(sent, Err(mpsc::error::TrySendError::Closed(_)))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(messages: &mut Messages, session: &str) {
        messages.record(session, "id".into(), "user", "hello", "2026-01-01T00:00:00Z");
    }

    fn seqs(messages: &Messages, session: &str, after: i64) -> Vec<i64> {
        let messages = messages.after(session, after);
        messages.map(|message| message["seq"].as_i64().unwrap()).collect()
    }

    #[test]
    fn the_number_grows_over_all_sessions() {
        let mut messages = Messages::default();
        for session in ["a", "b", "a"] {
            record(&mut messages, session);
        }
        assert_eq!(seqs(&messages, "a", 0), [1, 3]);
        assert_eq!(seqs(&messages, "a", 1), [3]);
        assert_eq!(seqs(&messages, "b", 2), [0; 0]);
    }

    #[test]
    fn a_slow_reader_loses_what_its_buffer_does_not_hold() {
        let mut messages = Messages::default();
        record(&mut messages, "a");
        let (history, mut live) = messages.follow("a", 0);
        assert!(history[0].starts_with(b"id: 1\ndata: {"));
        for _ in 0..BUFFER + 10 {
            record(&mut messages, "a");
        }
        let mut received = 0;
        while live.try_recv().is_ok() {
            received += 1;
        }
        assert_eq!(received, BUFFER);
        assert_eq!(seqs(&messages, "a", 0).len(), BUFFER + 11);
    }

    #[test]
    fn listeners_hear_of_their_session_only_until_they_are_sent_away() {
        let mut messages = Messages::default();
        let mut watcher = messages.watch("a");
        messages.emit("b", "{}");
        messages.emit("a", r#"{"type":"RUN_STARTED"}"#);
        let first = watcher.try_recv().unwrap();
        assert_eq!(first, "data: {\"type\":\"RUN_STARTED\"}\n\n");
        messages.emit("a", "{\r\n  \"type\": \"RUN_FINISHED\"\n}");
        let second = watcher.try_recv().unwrap();
        assert_eq!(second, "data: {    \"type\": \"RUN_FINISHED\" }\n\n");
        messages.end_events("a");
        assert!(matches!(watcher.try_recv(), Err(mpsc::error::TryRecvError::Disconnected)));
    }
}
