//! Tracks the state of a run by its messages: open, perhaps over, or over; and collects the reply.
//!
//! Runners report their runs in one of two ways. Some forward AG-UI events as messages, from
//! `RUN_STARTED` to `RUN_FINISHED` or `RUN_ERROR`. Others record a single `assistant` message when
//! the run is over: plain text, or JSON with `run_id`, `status` and `messages`.

use serde_json::Value;

use super::Outcome;
use crate::api_server::{
    events::AgentEvent,
    messages::{Message, MessageEventType as Type},
};

/// Whether the requested run is over.
#[derive(Debug)]
pub(super) enum Standing {
    /// The run has not started, or is in progress.
    Open,
    /// The run is over unless more messages arrive soon.
    PerhapsOver(Outcome),
    /// The run is over.
    Over(Outcome),
}

/// The state of the run.
#[derive(Debug, Default)]
pub(super) struct Run {
    begun: bool,
    /// Whether the runner forwards its events, so that a run starts with `RUN_STARTED`.
    sends_events: bool,
    /// Whether the text so far belongs to a run that has ended.
    stale: bool,
    id: Option<String>,
    text: String,
    /// The text assembled from pieces, for runners that never send it whole.
    pieces: String,
}

impl Run {
    /// Processes a message; returns the new state, or `None` if the message does not affect it.
    pub(super) fn see(&mut self, message: &Message) -> Option<Standing> {
        self.sends_events |= is_event(&message.event_type);
        match &message.event_type {
            Type::RunStarted => self.begin(message),
            Type::RunFinished => self.end(message, Outcome::Finished),
            Type::RunError | Type::Error => {
                let why = reason(message);
                self.end(message, Outcome::Failed(why))
            }
            Type::Assistant => self.reply(message),
            Type::TextMessageStart => {
                self.renew();
                self.paragraph();
                Some(Standing::Open)
            }
            Type::TextMessageContent | Type::TextMessageChunk => {
                self.renew();
                self.pieces.push_str(&piece(message));
                Some(Standing::Open)
            }
            _ => None,
        }
    }

    /// Returns whether the run is yet to be announced, so that all messages so far may belong to an
    /// earlier run.
    pub(super) fn may_begin(&self) -> bool {
        self.sends_events && !self.begun
    }

    /// Returns the text of the reply.
    pub(super) fn into_text(self) -> String {
        if self.text.is_empty() { self.pieces } else { self.text }
    }

    /// Starts the run; the text so far belongs to an earlier run and is dropped.
    fn begin(&mut self, message: &Message) -> Option<Standing> {
        if !self.begun {
            *self = Self { begun: true, id: run_id(message), ..Self::default() };
        }
        Some(Standing::Open)
    }

    fn end(&mut self, message: &Message, outcome: Outcome) -> Option<Standing> {
        self.stale = self.may_begin();
        match (&self.id, run_id(message)) {
            (Some(ours), Some(ended)) if *ours != ended => None,
            _ if self.begun => Some(Standing::Over(outcome)),
            _ => Some(Standing::PerhapsOver(outcome)),
        }
    }

    fn reply(&mut self, message: &Message) -> Option<Standing> {
        self.renew();
        let (text, failed) = match message.json::<Value>() {
            Ok(Value::Object(whole)) if whole.contains_key("messages") => whole_run(&whole),
            _ => (message.payload.clone(), None),
        };
        let outcome = failed.map_or(Outcome::Finished, Outcome::Failed);
        if !self.text.is_empty() && !text.is_empty() {
            self.text.push_str("\n\n");
        }
        self.text.push_str(&text);
        (!self.begun).then_some(Standing::PerhapsOver(outcome))
    }

    /// Discards the text of a run that has ended, because the new text belongs to another run.
    fn renew(&mut self) {
        if std::mem::take(&mut self.stale) {
            self.text.clear();
            self.pieces.clear();
        }
    }

    fn paragraph(&mut self) {
        if !self.pieces.is_empty() {
            self.pieces.push_str("\n\n");
        }
    }
}

/// Returns the agent's texts in a run that is recorded as one message, and the reason if it failed.
pub(in crate::api_server) fn whole_run(
    run: &serde_json::Map<String, Value>,
) -> (String, Option<String>) {
    let messages = run.get("messages").and_then(Value::as_array).into_iter().flatten();
    let by_agent = messages.filter(|message| message["role"] == "assistant");
    let texts: Vec<_> = by_agent.filter_map(|message| message["content"].as_str()).collect();
    let failed = run.get("status").and_then(Value::as_str) == Some("error");
    (texts.join("\n\n"), failed.then(|| "the runner gave no reason".into()))
}

/// Returns whether a type is an AG-UI event, whose names are in capitals, unlike the other types.
fn is_event(name: &Type) -> bool {
    name.as_str().starts_with(|first: char| first.is_ascii_uppercase())
}

fn run_id(message: &Message) -> Option<String> {
    let (AgentEvent::RunStarted { run_id, .. } | AgentEvent::RunFinished { run_id, .. }) =
        message.json().ok()?
    else {
        return None;
    };
    Some(run_id).filter(|id| !id.is_empty())
}

/// Returns the reason in a message that reports a failed run.
pub(in crate::api_server) fn reason(message: &Message) -> String {
    match message.json() {
        Ok(AgentEvent::RunError { message, .. }) if !message.is_empty() => message,
        _ => message.payload.clone(),
    }
}

/// Returns the piece of text in an event; for any other message, the whole payload.
pub(in crate::api_server) fn piece(message: &Message) -> String {
    match message.json() {
        Ok(AgentEvent::TextMessageContent { delta, .. }) => delta,
        Ok(AgentEvent::TextMessageChunk { delta, .. }) => delta.unwrap_or_default(),
        _ => message.payload.clone(),
    }
}
