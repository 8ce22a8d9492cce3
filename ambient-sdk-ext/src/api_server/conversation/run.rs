//! Where a run stands, by its messages: begun, perhaps over, over; and what was replied.
//!
//! Runners tell their runs in two ways. One passes its AG-UI events on as messages, from
//! `RUN_STARTED` to `RUN_FINISHED` or `RUN_ERROR`. The other records one `assistant` message when
//! the run is over, and nothing else: plain text, or JSON with `run_id`, `status` and `messages`.

use serde_json::Value;

use super::Outcome;
use crate::api_server::{
    events::AgentEvent,
    messages::{Message, MessageEventType as Type},
};

/// Whether the run that was asked for is over.
#[derive(Debug)]
pub(super) enum Standing {
    /// It has yet to begin, or goes on.
    Open,
    /// It is over unless more comes soon.
    PerhapsOver(Outcome),
    /// It is over.
    Over(Outcome),
}

/// What is known of the run.
#[derive(Debug, Default)]
pub(super) struct Run {
    begun: bool,
    /// Whether the runner passes its events on, so that a run begins with `RUN_STARTED`.
    sends_events: bool,
    /// Whether what was said so far belongs to a run that has ended.
    stale: bool,
    id: Option<String>,
    text: String,
    /// The text as it came piece by piece, for runners that never send it whole.
    pieces: String,
}

impl Run {
    /// Where the run stands after a message; `None` when it says nothing about that.
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

    /// Whether the run is yet to be announced, so that all that came may be of an earlier one.
    pub(super) fn may_begin(&self) -> bool {
        self.sends_events && !self.begun
    }

    /// What the agent replied.
    pub(super) fn into_text(self) -> String {
        if self.text.is_empty() { self.pieces } else { self.text }
    }

    /// What came before belongs to a run that was on its way already.
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

    /// Forgets what a run said that has ended: more is said in another one.
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

/// What the agent said in a run that is recorded as one message, and why it failed, if it did.
pub(in crate::api_server) fn whole_run(
    run: &serde_json::Map<String, Value>,
) -> (String, Option<String>) {
    let said = run.get("messages").and_then(Value::as_array).into_iter().flatten();
    let by_agent = said.filter(|said| said["role"] == "assistant");
    let texts: Vec<_> = by_agent.filter_map(|said| said["content"].as_str()).collect();
    let failed = run.get("status").and_then(Value::as_str) == Some("error");
    (texts.join("\n\n"), failed.then(|| "the runner gave no reason".into()))
}

/// AG-UI events have names in capitals; the types that are messages only have none.
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

/// Why a run failed, by the message that says so.
pub(in crate::api_server) fn reason(message: &Message) -> String {
    match message.json() {
        Ok(AgentEvent::RunError { message, .. }) if !message.is_empty() => message,
        _ => message.payload.clone(),
    }
}

/// The piece of text in an event, or in a payload that is nothing else.
pub(in crate::api_server) fn piece(message: &Message) -> String {
    match message.json() {
        Ok(AgentEvent::TextMessageContent { delta, .. }) => delta,
        Ok(AgentEvent::TextMessageChunk { delta, .. }) => delta.unwrap_or_default(),
        _ => message.payload.clone(),
    }
}
