//! Scripts: what a session does once it runs, and what its agent answers.

use std::time::Duration;

use serde_json::{Value, json};

/// What a session does after its start: a list of phases with the time before each.
///
/// A session is `Pending` from its start until the first step. Phases are the API server's own
/// (`Creating`, `Running`, `Completed`, `Failed`, …); the gateway shows them as statuses. Any other
/// text is a phase that no client knows yet.
///
/// The default, which is [`SessionScript::completes`], takes a third of a second.
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
    /// The phase that a start puts the session into.
    pub(super) first: String,
    pub(super) has_runner: bool,
    pub(super) steps: Vec<(Duration, String)>,
    pub(super) result: Option<String>,
    pub(super) error: Option<String>,
    pub(super) reply: Reply,
    pub(super) stop_after: Duration,
}

impl SessionScript {
    /// A script without steps: the session stays `Pending` until it is stopped or its phase is set
    /// by hand.
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

    /// Leaves everything to callers, as an API server does without a control plane: a started
    /// session stays `Pending` and a stopped one `Stopping`, nobody answers, there are no events,
    /// and only what is reported with a status update changes that.
    #[must_use]
    pub fn idle() -> Self {
        Self::held("Pending")
    }

    /// Puts a session into `phase` as it starts, whatever phase that is, and leaves the rest to
    /// callers, as [`SessionScript::idle`] does.
    #[must_use]
    pub fn held(phase: impl Into<String>) -> Self {
        let reply = Reply::silent();
        let script = Self::new().reply(reply).stop_after(Duration::MAX);
        Self { first: phase.into(), has_runner: false, ..script }
    }

    /// Comes to `Completed` with `result` in 330 ms, by way of `Creating` and `Running`.
    #[must_use]
    pub fn completes(result: impl Into<String>) -> Self {
        Self::running().step(Duration::from_millis(100), "Completed").result(result)
    }

    /// Comes to `Failed` with `error` in 330 ms, by way of `Creating` and `Running`.
    #[must_use]
    pub fn fails(error: impl Into<String>) -> Self {
        Self::running().step(Duration::from_millis(100), "Failed").error(error)
    }

    /// Comes to `Running` in 230 ms and stays there.
    #[must_use]
    pub fn running() -> Self {
        Self::new()
            .step(Duration::from_millis(200), "Creating")
            .step(Duration::from_millis(30), "Running")
    }

    /// Adds a step: `phase`, when `delay` has passed since the step before.
    #[must_use]
    pub fn step(mut self, delay: Duration, phase: impl Into<String>) -> Self {
        self.steps.push((delay, phase.into()));
        self
    }

    /// What the session has produced when it ends.
    #[must_use]
    pub fn result(mut self, result: impl Into<String>) -> Self {
        self.result = Some(result.into());
        self
    }

    /// Why the session failed, shown when it ends.
    #[must_use]
    pub fn error(mut self, error: impl Into<String>) -> Self {
        self.error = Some(error.into());
        self
    }

    /// What the agent answers to the prompt, and to user messages while the session is `Pending`,
    /// `Creating` or `Running`; nobody hears them in another phase. An echo by default.
    #[must_use]
    pub fn reply(mut self, reply: Reply) -> Self {
        self.reply = reply;
        self
    }

    /// How long a stopped session is `Stopping` before it is `Stopped`. 100 ms by default.
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

/// What an agent answers to a prompt or a user message: the messages of one run.
///
/// Every message reaches the session's message stream. Those that are AG-UI events, which are JSON
/// objects with a `type`, reach the event stream as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply(Form);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Echo,
    Text(String),
    Steps(Vec<ReplyStep>),
}

/// One message of a run: what comes, and how long after the message before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReplyStep {
    pub(super) delay: Duration,
    pub(super) event_type: String,
    pub(super) payload: String,
}

/// The pause between two messages of a run that no script sets.
const PAUSE: Duration = Duration::from_millis(10);

impl Reply {
    /// Answers with what it was told, in a run of six messages within 60 ms.
    #[must_use]
    pub fn echo() -> Self {
        Self(Form::Echo)
    }

    /// Answers with `text`, in a run of six messages within 60 ms.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self(Form::Text(text.into()))
    }

    /// Answers nothing until steps are added; see [`Reply::step`].
    #[must_use]
    pub fn silent() -> Self {
        Self(Form::Steps(Vec::new()))
    }

    /// Adds a message of any type and payload, `delay` after the one before. The first step
    /// replaces an echo or a text.
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

    /// The messages that answer `said` in the session `thread`, as the run named `run`.
    pub(super) fn steps(&self, said: &str, thread: &str, run: &str) -> Vec<ReplyStep> {
        match &self.0 {
            Form::Echo => text_run(&format!("You said: {said}"), thread, run),
            Form::Text(text) => text_run(text, thread, run),
            Form::Steps(steps) => steps.clone(),
        }
    }
}

/// A run that says one text, as AG-UI events around the finished message.
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
    fn the_ready_made_scripts_end_well_under_a_second() {
        for script in [SessionScript::default(), SessionScript::fails("no")] {
            let total: Duration = script.steps.iter().map(|(delay, _)| *delay).sum();
            assert_eq!(total, Duration::from_millis(330));
        }
    }

    #[test]
    fn a_text_is_answered_in_a_whole_run() {
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
