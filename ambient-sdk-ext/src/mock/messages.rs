//! The messages of all sessions, which share one sequence of numbers, and the open streams.

mod listeners;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::mpsc;

use listeners::Listeners;

/// The default number of messages that are buffered for a slow reader. Further messages are dropped
/// from its stream without notice.
pub(super) const BUFFER: usize = 512;

/// A message, with its keys in the order of the API server.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) session_id: String,
    pub(super) seq: i64,
    pub(super) event_type: String,
    pub(super) payload: String,
    pub(super) created_at: String,
}

/// The messages and the open streams.
#[derive(Debug)]
pub(super) struct Messages {
    /// The last assigned number.
    seq: i64,
    /// The visible messages by session, ordered by number.
    recorded: BTreeMap<String, Vec<Arc<Message>>>,
    followers: Listeners<Bytes>,
    watchers: Listeners<Bytes>,
    /// The followers over gRPC.
    callers: Listeners<Arc<Message>>,
    pub(super) buffer: usize,
    pub(super) late: Option<LateCommits>,
}

/// Delays the commit of each message after its number is assigned, as on a busy server.
#[derive(Debug)]
pub(super) struct LateCommits {
    pub(super) up_to: Duration,
    pub(super) random: fastrand::Rng,
}

impl Default for Messages {
    fn default() -> Self {
        Self {
            seq: 0,
            recorded: BTreeMap::new(),
            followers: Listeners::default(),
            watchers: Listeners::default(),
            callers: Listeners::default(),
            buffer: BUFFER,
            late: None,
        }
    }
}

impl Messages {
    /// Assigns the next number. The message with this number becomes visible when it is committed.
    pub(super) fn next_seq(&mut self) -> i64 {
        self.seq += 1;
        self.seq
    }

    /// Returns the duration of the next commit.
    pub(super) fn commit_time(&mut self) -> Duration {
        self.late.as_mut().map_or(Duration::ZERO, |late| late.up_to.mul_f64(late.random.f64()))
    }

    /// Makes a message visible and sends it to the followers of its session.
    pub(super) fn commit(&mut self, message: Message) {
        let message = Arc::new(message);
        let (session, seq) = (&message.session_id, message.seq);
        self.followers.send(session, seq, || frame(&message));
        self.callers.send(session, seq, || message.clone());
        let messages = self.recorded.entry(session.clone()).or_default();
        let place = messages.partition_point(|other| other.seq < seq);
        messages.insert(place, message);
    }

    /// Sends an AG-UI event, which is JSON, to the watchers of a session. It is not stored.
    pub(super) fn emit(&mut self, session: &str, event: &str) {
        // A line break would end the frame's data. In JSON it only occurs between tokens, so a space
        // can replace it.
        let event = event.replace(['\r', '\n'], " ");
        self.watchers.send(session, i64::MAX, || format!("data: {event}\n\n").into());
    }

    /// Returns the messages of a session after a number.
    pub(super) fn after(&self, session: &str, seq: i64) -> &[Arc<Message>] {
        let messages = self.recorded.get(session).map_or(&[][..], Vec::as_slice);
        let start = messages.partition_point(|message| message.seq <= seq);
        &messages[start..]
    }

    /// Returns the messages of a session after a number as frames, and a receiver of later ones. A
    /// later message is dropped unless its number is greater than the last one of the history.
    pub(super) fn follow(
        &mut self,
        session: &str,
        seq: i64,
    ) -> (Vec<Bytes>, mpsc::Receiver<Bytes>) {
        let history = self.after(session, seq);
        let last = history.last().map_or(0, |message| message.seq);
        let history = history.iter().map(|message| frame(message)).collect();
        (history, self.followers.subscribe(session, last, self.buffer))
    }

    /// Returns the messages of a session after a number, and a receiver of later ones, for a follower
    /// over gRPC.
    #[cfg(feature = "grpc")]
    pub(super) fn call(
        &mut self,
        session: &str,
        seq: i64,
    ) -> (Vec<Arc<Message>>, mpsc::Receiver<Arc<Message>>) {
        let history = self.after(session, seq).to_vec();
        let last = history.last().map_or(0, |message| message.seq);
        (history, self.callers.subscribe(session, last, self.buffer))
    }

    /// Returns a receiver of later events of a session.
    pub(super) fn watch(&mut self, session: &str) -> mpsc::Receiver<Bytes> {
        self.watchers.subscribe(session, 0, self.buffer)
    }

    /// Ends the event streams of a session.
    pub(super) fn end_events(&mut self, session: &str) {
        self.watchers.end(session);
    }

    /// Ends every stream.
    pub(super) fn disconnect(&mut self) {
        self.followers = Listeners::default();
        self.watchers = Listeners::default();
        self.callers = Listeners::default();
    }

    /// Removes the messages of a deleted session. As on the real server, its message streams stay
    /// open without further messages.
    pub(super) fn forget(&mut self, session: &str) {
        self.recorded.remove(session);
        self.end_events(session);
    }
}

/// Returns the frame of a message, byte for byte like the server's encoder.
fn frame(message: &Message) -> Bytes {
    // A message contains strings and a number, which always serialize.
    let json = serde_json::to_string(message).unwrap_or_default();
    format!("id: {}\ndata: {}\n\n", message.seq, escaped(json)).into()
}

/// Adds the escapes of Go's encoder that JSON doesn't require. These characters occur only within
/// strings.
fn escaped(json: String) -> String {
    let escapes = [
        ('<', "\\u003c"),
        ('>', "\\u003e"),
        ('&', "\\u0026"),
        ('\u{2028}', "\\u2028"),
        ('\u{2029}', "\\u2029"),
    ];
    escapes.into_iter().fold(json, |json, (character, escape)| {
        if json.contains(character) { json.replace(character, escape) } else { json }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(session: &str, seq: i64) -> Message {
        Message { session_id: session.into(), seq, ..Message::default() }
    }

    fn push(messages: &mut Messages, session: &str) -> i64 {
        let seq = messages.next_seq();
        messages.commit(message(session, seq));
        seq
    }

    fn seqs(messages: &Messages, session: &str, after: i64) -> Vec<i64> {
        messages.after(session, after).iter().map(|message| message.seq).collect()
    }

    #[test]
    fn all_sessions_share_one_sequence() {
        let mut messages = Messages::default();
        for session in ["a", "b", "a"] {
            push(&mut messages, session);
        }
        assert_eq!(seqs(&messages, "a", 0), [1, 3]);
        assert_eq!(seqs(&messages, "a", 1), [3]);
        assert_eq!(seqs(&messages, "b", 2), [0; 0]);
    }

    #[test]
    fn a_late_commit_is_sorted_by_its_number() {
        let mut messages = Messages::default();
        let late = messages.next_seq();
        push(&mut messages, "a");
        assert_eq!(seqs(&messages, "a", 0), [2]);
        messages.commit(message("a", late));
        assert_eq!(seqs(&messages, "a", 0), [1, 2]);
    }

    #[test]
    fn a_live_message_below_the_history_is_dropped() {
        let mut messages = Messages::default();
        let late = messages.next_seq();
        push(&mut messages, "a");
        let (history, mut live) = messages.follow("a", 0);
        assert_eq!(history.len(), 1);
        messages.commit(message("a", late));
        let next = push(&mut messages, "a");
        let frame = live.try_recv().unwrap();
        assert!(frame.starts_with(format!("id: {next}\n").as_bytes()));
        assert!(live.try_recv().is_err());
    }

    #[test]
    fn a_cursor_after_the_history_drops_no_message() {
        let mut messages = Messages::default();
        push(&mut messages, "a");
        let (history, mut live) = messages.follow("a", 999);
        assert!(history.is_empty());
        push(&mut messages, "a");
        assert!(live.try_recv().is_ok());
    }

    #[test]
    fn a_slow_reader_loses_messages_beyond_its_buffer() {
        let mut messages = Messages::default();
        push(&mut messages, "a");
        let (history, mut live) = messages.follow("a", 0);
        assert!(history[0].starts_with(b"id: 1\ndata: {"));
        for _ in 0..BUFFER + 10 {
            push(&mut messages, "a");
        }
        let mut received = 0;
        while live.try_recv().is_ok() {
            received += 1;
        }
        assert_eq!(received, BUFFER);
        assert_eq!(seqs(&messages, "a", 0).len(), BUFFER + 11);
    }

    #[test]
    fn watchers_receive_the_events_of_their_session_until_it_ends() {
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

    #[test]
    fn frames_are_escaped_like_on_the_server() {
        let payload = "<b>&amp;</b> \u{2028}\u{2029} \"日本\"".to_owned();
        let message = Message { payload, ..message("a", 7) };
        let frame = String::from_utf8(frame(&message).to_vec()).unwrap();
        let data = frame.strip_prefix("id: 7\ndata: ").unwrap();
        let payload = r#""payload":"\u003cb\u003e\u0026amp;\u003c/b\u003e \u2028\u2029 \"日本\"""#;
        assert!(data.contains(payload), "{data}");
        assert!(data.starts_with(r#"{"id":"","session_id":"a","seq":7,"event_type":"#));
    }
}
