//! The messages of all sessions: one growing number over all of them, and who listens.

mod listeners;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::mpsc;

use listeners::Listeners;

/// How many messages wait for a slow reader; what comes beyond is lost to it, without a sign.
pub(super) const BUFFER: usize = 512;

/// A message, with the keys and in the order that the API server sends.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) session_id: String,
    pub(super) seq: i64,
    pub(super) event_type: String,
    pub(super) payload: String,
    pub(super) created_at: String,
}

/// The messages that were recorded, and the open streams.
#[derive(Debug)]
pub(super) struct Messages {
    /// The last number that was given out.
    seq: i64,
    /// The messages that readers see, by session and in the order of their numbers.
    recorded: BTreeMap<String, Vec<Arc<Message>>>,
    followers: Listeners<Bytes>,
    watchers: Listeners<Bytes>,
    /// Those who follow by gRPC.
    callers: Listeners<Arc<Message>>,
    pub(super) buffer: usize,
    pub(super) late: Option<LateCommits>,
}

/// Has each message seen only some time after its number was given out, as on a busy server.
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
    /// Gives out the next number. The message that gets it is seen when it is committed.
    pub(super) fn next_seq(&mut self) -> i64 {
        self.seq += 1;
        self.seq
    }

    /// How long the next commit takes.
    pub(super) fn commit_time(&mut self) -> Duration {
        self.late.as_mut().map_or(Duration::ZERO, |late| late.up_to.mul_f64(late.random.f64()))
    }

    /// Shows a message to readers, and hands it to those who follow its session.
    pub(super) fn commit(&mut self, message: Message) {
        let message = Arc::new(message);
        let (session, seq) = (&message.session_id, message.seq);
        self.followers.tell(session, seq, || frame(&message));
        self.callers.tell(session, seq, || message.clone());
        let messages = self.recorded.entry(session.clone()).or_default();
        let place = messages.partition_point(|other| other.seq < seq);
        messages.insert(place, message);
    }

    /// Hands an AG-UI event, which is JSON, to those who watch a session; it is not kept.
    pub(super) fn emit(&mut self, session: &str, event: &str) {
        // A line end would end the frame's data. In JSON it stands between tokens only.
        let event = event.replace(['\r', '\n'], " ");
        self.watchers.tell(session, i64::MAX, || format!("data: {event}\n\n").into());
    }

    /// The messages of a session after a number.
    pub(super) fn after(&self, session: &str, seq: i64) -> &[Arc<Message>] {
        let messages = self.recorded.get(session).map_or(&[][..], Vec::as_slice);
        let start = messages.partition_point(|message| message.seq <= seq);
        &messages[start..]
    }

    /// The messages of a session after a number, as frames, and those to come. One to come is
    /// dropped unless its number is above the last one of the history.
    pub(super) fn follow(
        &mut self,
        session: &str,
        seq: i64,
    ) -> (Vec<Bytes>, mpsc::Receiver<Bytes>) {
        let history = self.after(session, seq);
        let above = history.last().map_or(0, |message| message.seq);
        let history = history.iter().map(|message| frame(message)).collect();
        (history, self.followers.listen(session, above, self.buffer))
    }

    /// As [`follow`](Self::follow), as messages.
    #[cfg(feature = "grpc")]
    pub(super) fn call(
        &mut self,
        session: &str,
        seq: i64,
    ) -> (Vec<Arc<Message>>, mpsc::Receiver<Arc<Message>>) {
        let history = self.after(session, seq).to_vec();
        let above = history.last().map_or(0, |message| message.seq);
        (history, self.callers.listen(session, above, self.buffer))
    }

    /// The events of a session to come.
    pub(super) fn watch(&mut self, session: &str) -> mpsc::Receiver<Bytes> {
        self.watchers.listen(session, 0, self.buffer)
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

    /// Forgets the messages of a session that was deleted. Its message streams stay open, as on the
    /// real server, which says nothing more on them.
    pub(super) fn forget(&mut self, session: &str) {
        self.recorded.remove(session);
        self.end_events(session);
    }
}

/// The frame of a message, to the letter as the server's encoder writes it.
fn frame(message: &Message) -> Bytes {
    // A message is texts and a number, which always become JSON.
    let json = serde_json::to_string(message).unwrap_or_default();
    format!("id: {}\ndata: {}\n\n", message.seq, escaped(json)).into()
}

/// The escapes of Go's encoder that JSON doesn't ask for; all of them stand within strings.
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
    fn the_number_grows_over_all_sessions() {
        let mut messages = Messages::default();
        for session in ["a", "b", "a"] {
            push(&mut messages, session);
        }
        assert_eq!(seqs(&messages, "a", 0), [1, 3]);
        assert_eq!(seqs(&messages, "a", 1), [3]);
        assert_eq!(seqs(&messages, "b", 2), [0; 0]);
    }

    #[test]
    fn a_late_commit_takes_the_place_of_its_number() {
        let mut messages = Messages::default();
        let late = messages.next_seq();
        push(&mut messages, "a");
        assert_eq!(seqs(&messages, "a", 0), [2]);
        messages.commit(message("a", late));
        assert_eq!(seqs(&messages, "a", 0), [1, 2]);
    }

    #[test]
    fn what_is_not_above_the_history_is_dropped() {
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
    fn a_cursor_beyond_the_history_drops_nothing() {
        let mut messages = Messages::default();
        push(&mut messages, "a");
        let (history, mut live) = messages.follow("a", 999);
        assert!(history.is_empty());
        push(&mut messages, "a");
        assert!(live.try_recv().is_ok());
    }

    #[test]
    fn a_slow_reader_loses_what_its_buffer_does_not_hold() {
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
    fn watchers_hear_of_their_session_only_until_they_are_sent_away() {
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
    fn frames_are_escaped_as_the_server_escapes() {
        let payload = "<b>&amp;</b> \u{2028}\u{2029} \"日本\"".to_owned();
        let message = Message { payload, ..message("a", 7) };
        let frame = String::from_utf8(frame(&message).to_vec()).unwrap();
        let data = frame.strip_prefix("id: 7\ndata: ").unwrap();
        let payload = r#""payload":"\u003cb\u003e\u0026amp;\u003c/b\u003e \u2028\u2029 \"日本\"""#;
        assert!(data.contains(payload), "{data}");
        assert!(data.starts_with(r#"{"id":"","session_id":"a","seq":7,"event_type":"#));
    }
}
