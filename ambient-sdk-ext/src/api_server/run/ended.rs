//! The result of a session, derived from the session and its messages.
//!
//! A session has no field for its result; the result is the last text of its agent. Runners record
//! the agent's texts as `assistant` messages, or forward pieces of them as AG-UI events. An error
//! of a run is an `error` message or `RUN_ERROR`. If a session fails without either, for example
//! because its pod cannot be scheduled, the reason is in its conditions.

use std::ops::Deref;

use ambient_sdk::api_server::types::{self, SessionPhase};
use serde_json::Value;

use crate::api_server::{
    conversation::run::{piece, reason, whole_run},
    fields::{self, Condition},
    messages::{Message, MessageEventType as Type},
};

/// An ended session and its result. Dereferences to the session.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EndedSession {
    session: types::Session,
    result: Option<String>,
    error: Option<String>,
}

impl EndedSession {
    pub(super) fn new(session: types::Session, output: Output) -> Self {
        let (result, reported) = output.into_parts();
        let is_completed = session.phase == Some(SessionPhase::Completed);
        let error = reported.or_else(|| observed(&session).filter(|_| !is_completed));
        Self { session, result, error }
    }

    /// Returns the last text of the agent, which is its answer to the prompt if the session had
    /// one; `None` if there is no text.
    #[must_use]
    pub fn result(&self) -> Option<&str> {
        self.result.as_deref()
    }

    /// Returns the last error that the agent reported, unless it continued after it. Otherwise, if
    /// the session did not complete, returns the last problem in its conditions.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Returns the final phase: `Completed`, `Failed` or `Stopped`.
    #[must_use]
    pub fn phase(&self) -> SessionPhase {
        // A session without a phase is not over, so the default is not used.
        self.session.phase.clone().unwrap_or(SessionPhase::Stopped)
    }

    /// Returns whether the session has completed.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.phase() == SessionPhase::Completed
    }

    /// Returns whether the session has failed.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        self.phase() == SessionPhase::Failed
    }

    /// Returns the session.
    #[must_use]
    pub fn into_session(self) -> types::Session {
        self.session
    }
}

impl Deref for EndedSession {
    type Target = types::Session;

    fn deref(&self) -> &types::Session {
        &self.session
    }
}

/// Returns the message or reason of the last condition that is not true.
fn observed(session: &types::Session) -> Option<String> {
    let conditions: Vec<Condition> =
        fields::read("conditions", session.conditions.as_ref()).unwrap_or_default();
    let says = |condition: Condition| condition.message.or(condition.reason);
    conditions.into_iter().rev().filter(|condition| condition.status != "True").find_map(says)
}

/// The last text of the agent, and its last error if it did not continue after it.
#[derive(Debug, Default)]
pub(super) struct Output {
    text: Option<String>,
    /// The pieces of the current text, until it is recorded as a whole.
    pieces: String,
    error: Option<String>,
}

impl Output {
    /// Processes a message; returns whether it may be the end of a run.
    pub(super) fn see(&mut self, message: &Message) -> bool {
        match &message.event_type {
            Type::RunStarted | Type::TextMessageStart => {
                self.keep_pieces();
                self.error = None;
            }
            Type::TextMessageContent | Type::TextMessageChunk => {
                self.error = None;
                self.pieces.push_str(&piece(message));
            }
            Type::Assistant => self.record_text(message),
            Type::RunFinished => self.error = None,
            Type::RunError | Type::Error => self.error = Some(reason(message)),
            _ => return false,
        }
        matches!(
            message.event_type,
            Type::RunFinished | Type::RunError | Type::Error | Type::Assistant
        )
    }

    fn record_text(&mut self, message: &Message) {
        let (text, failed) = match message.json::<Value>() {
            Ok(Value::Object(whole)) if whole.contains_key("messages") => whole_run(&whole),
            _ => (message.payload.clone(), None),
        };
        self.pieces.clear();
        self.error = failed;
        if !text.is_empty() {
            self.text = Some(text);
        }
    }

    /// Keeps pieces that were never recorded as a whole as a text.
    fn keep_pieces(&mut self) {
        if !self.pieces.is_empty() {
            self.text = Some(std::mem::take(&mut self.pieces));
        }
    }

    fn into_parts(mut self) -> (Option<String>, Option<String>) {
        self.keep_pieces();
        (self.text, self.error)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn outcome(phase: &str, sent: &[(&str, &str)]) -> (Option<String>, Option<String>) {
        let mut all = Output::default();
        for (at, (event_type, payload)) in sent.iter().enumerate() {
            let raw = json!({ "seq": at + 1, "event_type": event_type, "payload": payload });
            let raw: types::SessionMessage = serde_json::from_value(raw).unwrap();
            all.see(&raw.try_into().unwrap());
        }
        let conditions = r#"[{"type":"Ready","status":"True","message":"up"},
            {"type":"Scheduled","status":"False","reason":"NoNode","message":"no node is free"}]"#;
        let session = json!({ "id": "s", "name": "s", "phase": phase, "conditions": conditions });
        let ended = EndedSession::new(serde_json::from_value(session).unwrap(), all);
        (ended.result().map(Into::into), ended.error().map(Into::into))
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn the_result_is_the_last_text_of_the_agent() {
        let sent = [("user", "Fix it"), ("assistant", "I look."), ("tool_use", "{}")];
        let last = [&sent[..], &[("assistant", "Fixed."), ("RUN_FINISHED", "{}")]].concat();
        assert_eq!(outcome("Completed", &sent), (some("I look."), None));
        assert_eq!(outcome("Completed", &last), (some("Fixed."), None));
        assert_eq!(outcome("Completed", &[("user", "Fix it")]), (None, None));
    }

    #[test]
    fn pieces_form_a_text_unless_the_whole_text_is_recorded() {
        let delta =
            |text: &str| json!({ "type": "TEXT_MESSAGE_CONTENT", "delta": text }).to_string();
        let (one, two) = (delta("Fi"), delta("xed."));
        let pieces = [
            ("TEXT_MESSAGE_START", "{}"),
            ("TEXT_MESSAGE_CONTENT", &one),
            ("TEXT_MESSAGE_CONTENT", &two),
        ];
        assert_eq!(outcome("Completed", &pieces), (some("Fixed."), None));
        let whole = [&pieces[..], &[("assistant", "Fixed. ")]].concat();
        assert_eq!(outcome("Completed", &whole), (some("Fixed. "), None));
        let again = [&whole[..], &pieces[..2]].concat();
        assert_eq!(outcome("Completed", &again), (some("Fi"), None));
    }

    #[test]
    fn a_run_recorded_as_one_message_has_text_and_failure() {
        let run = |status: &str| {
            let messages = json!([{ "role": "user", "content": "?" },
                { "role": "assistant", "content": "So." }]);
            json!({ "run_id": "r", "status": status, "messages": messages }).to_string()
        };
        let (well, failed) = (run("completed"), run("error"));
        assert_eq!(outcome("Completed", &[("assistant", &well)]), (some("So."), None));
        let reason = some("the runner gave no reason");
        assert_eq!(outcome("Failed", &[("assistant", &failed)]), (some("So."), reason));
    }

    #[test]
    fn an_error_counts_unless_the_agent_continued() {
        let error = json!({ "type": "RUN_ERROR", "message": "out of tokens" }).to_string();
        let failed = [("assistant", "So."), ("RUN_ERROR", error.as_str())];
        assert_eq!(outcome("Failed", &failed), (some("So."), some("out of tokens")));
        let went_on = [&failed[..], &[("assistant", "Done.")]].concat();
        assert_eq!(outcome("Completed", &went_on), (some("Done."), None));
        assert_eq!(outcome("Failed", &[("error", "no runner")]), (None, some("no runner")));
    }

    #[test]
    fn a_condition_is_the_reason_if_the_agent_gave_none() {
        assert_eq!(outcome("Failed", &[]), (None, some("no node is free")));
        assert_eq!(outcome("Stopped", &[]).1, some("no node is free"));
        assert_eq!(outcome("Completed", &[]), (None, None));
    }
}
