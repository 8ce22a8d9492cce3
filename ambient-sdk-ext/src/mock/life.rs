//! The lifecycle of sessions: their scripts, planned actions and outcomes.
//!
//! This module does the work of a control plane and its agents. It identifies sessions only by
//! their ids and doesn't access their records. The code that owns the records reports starts, stops
//! and messages, asks for the due actions and applies them.

mod phase;
mod timeline;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use tokio::time::Instant;

use super::script::{Reply, SessionScript};

pub(super) use phase::{START_FROM, STOP_FROM, is_terminal, is_under_way, is_valid, valid};
pub(super) use timeline::Action;
use timeline::{Entry, Timeline};

/// Decides by a session's prompt whether a rule applies.
pub(super) type Matcher = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// The scripts for sessions and the replies to messages that were configured.
#[derive(Clone, Default)]
pub(super) struct Scripts {
    pub(super) default: SessionScript,
    pub(super) rules: Vec<(Matcher, SessionScript)>,
    pub(super) next: VecDeque<SessionScript>,
    pub(super) next_replies: VecDeque<Reply>,
}

impl Scripts {
    /// Returns the script for a session that starts with `prompt`, and removes it if it was meant
    /// for the next session only.
    fn take(&mut self, prompt: &str) -> SessionScript {
        if let Some(next) = self.next.pop_front() {
            return next;
        }
        let mut rules = self.rules.iter();
        let rule = rules.find(|(matches, _)| matches(prompt));
        rule.map_or(&self.default, |(_, script)| script).clone()
    }
}

/// The execution of a session's script.
#[derive(Debug, Default)]
struct Execution {
    /// Increases with every start, stop and change from outside, which cancels the actions that were
    /// planned for an earlier generation.
    generation: u64,
    script: SessionScript,
    /// Whether the agent has received the prompt, or must not receive it any more.
    prompted: bool,
    /// Whether a runner exists. It doesn't if only the reports of another control plane set the
    /// phase.
    has_runner: bool,
    outcome: Outcome,
}

/// The result or the error of a session.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) result: Option<String>,
    pub(super) error: Option<String>,
}

/// An action that is due.
pub(super) struct Due {
    pub(super) at: Instant,
    pub(super) session: String,
    pub(super) action: Action,
}

/// The lifecycle of all sessions.
#[derive(Default)]
pub(super) struct Life {
    pub(super) scripts: Scripts,
    executions: BTreeMap<String, Execution>,
    timeline: Timeline,
}

impl Life {
    pub(super) fn new(scripts: Scripts) -> Self {
        Self { scripts, ..Self::default() }
    }

    /// Starts a session with its script and returns its first phase.
    pub(super) fn start(&mut self, id: &str, prompt: &str, at: Instant) -> String {
        let script = self.scripts.take(prompt);
        let (steps, first) = (script.steps.clone(), script.first.clone());
        let execution = self.next_generation(id);
        execution.has_runner = script.has_runner;
        execution.script = script;
        execution.prompted = false;
        execution.outcome = Outcome::default();
        let generation = execution.generation;
        let mut due = Some(at);
        for (delay, phase) in steps {
            due = due.and_then(|due| due.checked_add(delay));
            self.plan(id, generation, due, Action::Phase(phase));
        }
        first
    }

    /// Cancels the planned actions of a session and plans its stop.
    pub(super) fn stop(&mut self, id: &str, at: Instant) {
        let execution = self.next_generation(id);
        let (generation, delay) = (execution.generation, execution.script.stop_after);
        self.plan(id, generation, at.checked_add(delay), Action::Phase("Stopped".into()));
    }

    /// Cancels the planned actions of a session because a test sets its phase. The agent doesn't
    /// reply to the prompt any more.
    pub(super) fn override_phase(&mut self, id: &str) {
        let execution = self.next_generation(id);
        (execution.prompted, execution.has_runner) = (true, true);
    }

    /// Cancels the planned actions of a session because another control plane reports its status.
    pub(super) fn report(&mut self, id: &str) {
        let execution = self.next_generation(id);
        (execution.prompted, execution.has_runner) = (true, false);
    }

    pub(super) fn has_runner(&self, id: &str) -> bool {
        let execution = self.executions.get(id);
        execution.map_or(self.scripts.default.has_runner, |execution| execution.has_runner)
    }

    /// Plans the reply of a session's agent to a user message. `run` is the id of the run.
    pub(super) fn answer(&mut self, id: &str, text: &str, run: &str, at: Instant) {
        let next = self.scripts.next_replies.pop_front();
        let default = || self.execution(id).script.reply.clone();
        let reply = next.unwrap_or_else(default);
        self.plan_reply(id, &reply, text, run, at);
    }

    /// Plans the reply to the prompt in the first run of a session. If the script has a result, it
    /// replaces the default reply, which would be an echo of the prompt.
    pub(super) fn answer_prompt(&mut self, id: &str, prompt: &str, run: &str, at: Instant) {
        let Some(execution) = self.executions.get_mut(id) else {
            return;
        };
        if prompt.is_empty() || std::mem::replace(&mut execution.prompted, true) {
            return;
        }
        let reply = match &execution.script.result {
            Some(result) if execution.script.reply == Reply::echo() => Reply::text(result),
            _ => execution.script.reply.clone(),
        };
        self.plan_reply(id, &reply, prompt, run, at);
    }

    /// Records the end of a session and returns its error.
    pub(super) fn end(&mut self, id: &str, phase: &str) -> Option<String> {
        let execution = self.executions.get_mut(id)?;
        match phase {
            "Completed" => execution.outcome.result.clone_from(&execution.script.result),
            "Failed" => execution.outcome.error.clone_from(&execution.script.error),
            _ => {}
        }
        execution.outcome.error.clone()
    }

    /// Returns the outcome of a session, which is empty until it ends.
    pub(super) fn outcome(&self, id: &str) -> Outcome {
        let execution = self.executions.get(id);
        execution.map_or_else(Outcome::default, |execution| execution.outcome.clone())
    }

    /// Plans an action that only the deletion of its session cancels.
    pub(super) fn plan_always(&mut self, id: &str, at: Instant, action: Action) {
        self.timeline.plan(Entry { at, session: id.to_owned(), generation: None, action });
    }

    /// Removes and returns the next action that is due and was not cancelled.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Due> {
        loop {
            let entry = self.timeline.take_due(now)?;
            let current = self.executions.get(&entry.session).map(|execution| execution.generation);
            if entry.generation.is_none() || entry.generation == current {
                let Entry { at, session, action, .. } = entry;
                return Some(Due { at, session, action });
            }
        }
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.timeline.next_due()
    }

    /// Whether an action is planned for a session.
    pub(super) fn has_planned(&self, id: &str) -> bool {
        self.timeline.has_planned(id)
    }

    /// Removes all data of a deleted session.
    pub(super) fn forget(&mut self, id: &str) {
        self.executions.remove(id);
        self.timeline.forget(id);
    }

    /// Returns the execution of a session. A session that was never started has the default script.
    fn execution(&mut self, id: &str) -> &mut Execution {
        let default = &self.scripts.default;
        let unstarted = || Execution {
            has_runner: default.has_runner,
            script: default.clone(),
            ..Execution::default()
        };
        self.executions.entry(id.to_owned()).or_insert_with(unstarted)
    }

    fn next_generation(&mut self, id: &str) -> &mut Execution {
        let execution = self.execution(id);
        execution.generation += 1;
        execution
    }

    /// Plans an action. `at` is `None` if the time is beyond the range of the clock; the action is
    /// then never due.
    fn plan(&mut self, id: &str, generation: u64, at: Option<Instant>, action: Action) {
        if let Some(at) = at {
            let generation = Some(generation);
            self.timeline.plan(Entry { at, session: id.to_owned(), generation, action });
        }
    }

    fn plan_reply(&mut self, id: &str, reply: &Reply, text: &str, run: &str, at: Instant) {
        let generation = self.execution(id).generation;
        let mut due = Some(at);
        for step in reply.steps(text, id, run) {
            due = due.and_then(|due| due.checked_add(step.delay));
            let action = Action::Say { event_type: step.event_type, payload: step.payload };
            self.plan(id, generation, due, action);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn due(life: &mut Life, now: Instant) -> Vec<String> {
        std::iter::from_fn(|| life.take_due(now))
            .map(|due| match due.action {
                Action::Phase(phase) => phase,
                Action::Say { payload, .. } => payload,
                Action::Commit(message) => message.payload,
            })
            .collect()
    }

    fn life(script: SessionScript) -> Life {
        Life::new(Scripts { default: script, ..Scripts::default() })
    }

    #[test]
    fn a_script_advances_a_session_until_its_phase_is_set() {
        let now = Instant::now();
        let later = |seconds| now + Duration::from_secs(seconds);
        let second = Duration::from_secs(1);
        let mut life = life(SessionScript::new().step(second, "Creating").step(second, "Running"));
        assert_eq!(life.start("s", "", now), "Pending");
        assert!(due(&mut life, now).is_empty());
        assert_eq!(due(&mut life, later(1)), ["Creating"]);
        life.override_phase("s");
        assert!(due(&mut life, later(9)).is_empty());
    }

    #[test]
    fn each_start_replies_to_the_prompt_once() {
        let now = Instant::now();
        let reply = Reply::silent().step(Duration::ZERO, "assistant", "yes");
        let mut life = life(SessionScript::new().reply(reply));
        for _ in 0..2 {
            life.start("s", "ready?", now);
            life.answer_prompt("s", "ready?", "run", now);
            life.answer_prompt("s", "ready?", "run", now);
            assert_eq!(due(&mut life, now), ["yes"]);
        }
    }

    #[test]
    fn the_end_of_a_session_sets_its_outcome() {
        let mut life = life(SessionScript::fails("no space left"));
        life.start("s", "", Instant::now());
        assert!(life.outcome("s").error.is_none());
        assert_eq!(life.end("s", "Failed").as_deref(), Some("no space left"));
        assert_eq!(life.outcome("s").error.as_deref(), Some("no space left"));
        life.forget("s");
        assert!(life.outcome("s").error.is_none() && !life.has_planned("s"));
    }
}
