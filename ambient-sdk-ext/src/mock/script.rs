//! Scripts, which define the phases of a session and the replies of its agent.

use std::time::Duration;

use serde_json::{Value, json};

/// The phases that a session goes through after its start, each with a delay.
///
/// A session is `Pending` from its start until the first step. Phases are those of the API server
/// (`Creating`, `Running`, `Completed`, `Failed`, …); the gateway shows them as statuses. Any other
/// text is allowed, to imitate a phase that clients don't know yet.
///
/// The default is [`SessionScript::completes`], which takes a third of a second.
///
/// ```
/// use std::time::Duration;
/// use ambient_sdk_ext::mock::SessionScript;
///
/// let slow = SessionScript::new()
///     .step(Duration::from_secs(20), "Running")
///     .step(Duration::from_secs(600), "Completed")
///     .result("three findings");
/// # let _ = slow;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionScript {
    /// The phase after the start.
    pub(super) first: String,
    pub(super) has_runner: bool,
    pub(super) steps: Vec<(Duration, String)>,
    pub(super) result: Option<String>,
    pub(super) error: Option<String>,
    pub(super) reply: Reply,
    pub(super) stop_after: Duration,
}

impl SessionScript {
    /// Creates a script without steps. The session stays `Pending` until it is stopped or its phase
    /// is set with [`MockServer::set_phase`](super::MockServer::set_phase).
    #[must_use]
    pub fn new() -> Self {
        Self {
            first: "Pending".to_owned(),
            has_runner: true,
            steps: Vec::new(),
            result: None,
            error: None,
            reply: Reply::echo(),
            stop_after: Duration::from_millis(100),
        }
    }

    /// Creates a script that behaves like an API server without a control plane. A started session
    /// stays `Pending` and a stopped one `Stopping` until a caller updates its status. Messages get
    /// no reply, and there are no events.
    #[must_use]
    pub fn idle() -> Self {
        Self::held("Pending")
    }

    /// Creates a script that starts a session in any `phase`, and is otherwise the same as
    /// [`SessionScript::idle`].
    #[must_use]
    pub fn held(phase: impl Into<String>) -> Self {
        let reply = Reply::silent();
        let script = Self::new().reply(reply).stop_after(Duration::MAX);
        Self { first: phase.into(), has_runner: false, ..script }
    }

    /// Creates a script that reaches `Completed` with `result` within 330 ms, through `Creating` and
    /// `Running`.
    #[must_use]
    pub fn completes(result: impl Into<String>) -> Self {
        Self::running().step(Duration::from_millis(100), "Completed").result(result)
    }

    /// Creates a script that reaches `Failed` with `error` within 330 ms, through `Creating` and
    /// `Running`.
    #[must_use]
    pub fn fails(error: impl Into<String>) -> Self {
        Self::running().step(Duration::from_millis(100), "Failed").error(error)
    }

    /// Creates a script that reaches `Running` within 230 ms and stays there.
    #[must_use]
    pub fn running() -> Self {
        Self::new()
            .step(Duration::from_millis(200), "Creating")
            .step(Duration::from_millis(30), "Running")
    }

    /// Adds a step that sets `phase` once `delay` has passed since the previous step.
    #[must_use]
    pub fn step(mut self, delay: Duration, phase: impl Into<String>) -> Self {
        self.steps.push((delay, phase.into()));
        self
    }

    /// Sets the result that the session has when it completes.
    #[must_use]
    pub fn result(mut self, result: impl Into<String>) -> Self {
        self.result = Some(result.into());
        self
    }

    /// Sets the error that the session has when it fails.
    #[must_use]
    pub fn error(mut self, error: impl Into<String>) -> Self {
        self.error = Some(error.into());
        self
    }

    /// Sets the reply to the prompt, and to user messages while the session is `Pending`, `Creating`
    /// or `Running`. In other phases messages get no reply. The default is [`Reply::echo`].
    #[must_use]
    pub fn reply(mut self, reply: Reply) -> Self {
        self.reply = reply;
        self
    }

    /// Sets how long a stopped session is `Stopping` before it is `Stopped`. The default is 100 ms.
    #[must_use]
    pub fn stop_after(mut self, delay: Duration) -> Self {
        self.stop_after = delay;
        self
    }
}

impl Default for SessionScript {
    fn default() -> Self {
        Self::completes("Done.")
    }
}

/// The reply of an agent to a prompt or a user message, which consists of the messages of one run.
///
/// Every message is sent to the session's message stream. AG-UI events, which are JSON objects with
/// a `type`, are also sent to the event stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply(Form);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Echo,
    Text(String),
    Steps(Vec<ReplyStep>),
}

/// One message of a run, with its delay after the previous message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReplyStep {
    pub(super) delay: Duration,
    pub(super) event_type: String,
    pub(super) payload: String,
}

/// The delay between the messages of [`Reply::echo`] and [`Reply::text`].
const PAUSE: Duration = Duration::from_millis(10);

impl Reply {
    /// Replies with the text of the message, in a run of six messages within 60 ms.
    #[must_use]
    pub fn echo() -> Self {
        Self(Form::Echo)
    }

    /// Replies with `text`, in a run of six messages within 60 ms.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self(Form::Text(text.into()))
    }

    /// Creates an empty reply. Messages are added with [`Reply::step`].
    #[must_use]
    pub fn silent() -> Self {
        Self(Form::Steps(Vec::new()))
    }

    /// Adds a message with any type and payload, which is sent `delay` after the previous one. The
    /// first step replaces an echo or a text.
    #[must_use]
    pub fn step(
        self,
        delay: Duration,
        event_type: impl Into<String>,
        payload: impl Into<String>,
    ) -> Self {
        let mut steps = match self.0 {
            Form::Steps(steps) => steps,
            Form::Echo | Form::Text(_) => Vec::new(),
        };
        steps.push(ReplyStep { delay, event_type: event_type.into(), payload: payload.into() });
        Self(Form::Steps(steps))
    }

    /// Returns the messages of the reply to `text` in the session `thread`, as the run `run`.
    pub(super) fn steps(&self, text: &str, thread: &str, run: &str) -> Vec<ReplyStep> {
        match &self.0 {
            Form::Echo => text_run(&format!("You said: {text}"), thread, run),
            Form::Text(text) => text_run(text, thread, run),
            Form::Steps(steps) => steps.clone(),
        }
    }
}

/// Returns the messages of a run with one text: AG-UI events, and the finished message before the
/// last of them.
fn text_run(text: &str, thread: &str, run: &str) -> Vec<ReplyStep> {
    let message = format!("message-{run}");
    let event = |event: Value| ReplyStep {
        delay: PAUSE,
        event_type: event["type"].as_str().unwrap_or_default().to_owned(),
        payload: event.to_string(),
    };
    vec![
        event(json!({"type": "RUN_STARTED", "threadId": thread, "runId": run})),
        event(json!({"type": "TEXT_MESSAGE_START", "messageId": message, "role": "assistant"})),
        event(json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": message, "delta": text})),
        event(json!({"type": "TEXT_MESSAGE_END", "messageId": message})),
        ReplyStep { delay: PAUSE, event_type: "assistant".into(), payload: text.into() },
        event(json!({"type": "RUN_FINISHED", "threadId": thread, "runId": run})),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_predefined_scripts_take_330_ms() {
        for script in [SessionScript::default(), SessionScript::fails("no")] {
            let total: Duration = script.steps.iter().map(|(delay, _)| *delay).sum();
            assert_eq!(total, Duration::from_millis(330));
        }
    }

    #[test]
    fn a_text_reply_is_a_complete_run() {
        let steps = Reply::text("four").steps("2+2?", "thread", "run");
        let types: Vec<_> = steps.iter().map(|step| step.event_type.as_str()).collect();
        assert_eq!((types[0], types[5], types.len()), ("RUN_STARTED", "RUN_FINISHED", 6));
        assert_eq!(steps[4].payload, "four");
    }

    #[test]
    fn steps_replace_an_echo() {
        let reply = Reply::echo().step(Duration::ZERO, "error", "no");
        assert_eq!(reply.steps("hello", "thread", "run").len(), 1);
    }
}
