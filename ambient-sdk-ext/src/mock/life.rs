//! What becomes of sessions: their scripts, what these have planned, and how each ended.
//!
//! This is the part that a deployment leaves to its control plane and its agents. It knows
//! sessions by their ids alone: who keeps their records tells it what happens to them, asks it what
//! is due, and writes that down.

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

/// Tells by a session's prompt whether a rule is for it.
pub(super) type Matcher = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Which script a session gets, and which answer a message.
#[derive(Clone, Default)]
pub(super) struct Scripts {
    pub(super) usual: SessionScript,
    pub(super) rules: Vec<(Matcher, SessionScript)>,
    pub(super) next: VecDeque<SessionScript>,
    pub(super) next_replies: VecDeque<Reply>,
}

impl Scripts {
    /// The script of a session that starts now with `prompt`.
    fn take(&mut self, prompt: &str) -> SessionScript {
        if let Some(next) = self.next.pop_front() {
            return next;
        }
        let mut rules = self.rules.iter();
        let rule = rules.find(|(matches, _)| matches(prompt));
        rule.map_or(&self.usual, |(_, script)| script).clone()
    }
}

/// What a session is on the way to, since it was last started or interfered with.
#[derive(Debug, Default)]
struct Course {
    /// Grows with every interference; what was planned for an earlier course is void.
    number: u64,
    script: SessionScript,
    /// Whether the agent was told the prompt.
    prompted: bool,
    /// Whether something runs the session, and not only somebody's reports say so.
    has_runner: bool,
    outcome: Outcome,
}

/// What a session has produced, or why it failed.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) result: Option<String>,
    pub(super) error: Option<String>,
}

/// Something that is due.
pub(super) struct Due {
    pub(super) at: Instant,
    pub(super) session: String,
    pub(super) action: Action,
}

/// The lives of all sessions.
#[derive(Default)]
pub(super) struct Life {
    pub(super) scripts: Scripts,
    courses: BTreeMap<String, Course>,
    timeline: Timeline,
}

impl Life {
    pub(super) fn new(scripts: Scripts) -> Self {
        Self { scripts, ..Self::default() }
    }

    /// Starts a session along the script that is meant for it; gives the phase that it is in now.
    pub(super) fn start(&mut self, id: &str, prompt: &str, at: Instant) -> String {
        let script = self.scripts.take(prompt);
        let (steps, first) = (script.steps.clone(), script.first.clone());
        let course = self.new_course(id);
        course.has_runner = script.has_runner;
        course.script = script;
        course.prompted = false;
        course.outcome = Outcome::default();
        let number = course.number;
        let mut due = Some(at);
        for (delay, phase) in steps {
            due = due.and_then(|due| due.checked_add(delay));
            self.plan(id, number, due, Action::Phase(phase));
        }
        first
    }

    /// Ends what a session's script had planned, and plans its stop.
    pub(super) fn stop(&mut self, id: &str, at: Instant) {
        let course = self.new_course(id);
        let (number, delay) = (course.number, course.script.stop_after);
        self.plan(id, number, at.checked_add(delay), Action::Phase("Stopped".into()));
    }

    /// Ends what a session's script had planned, since its phase is set by hand; its agent no
    /// longer answers the prompt.
    pub(super) fn interfere(&mut self, id: &str) {
        let course = self.new_course(id);
        (course.prompted, course.has_runner) = (true, true);
    }

    /// Ends what a session's script had planned, since another control plane reports on it.
    pub(super) fn report(&mut self, id: &str) {
        let course = self.new_course(id);
        (course.prompted, course.has_runner) = (true, false);
    }

    pub(super) fn has_runner(&self, id: &str) -> bool {
        let course = self.courses.get(id);
        course.map_or(self.scripts.usual.has_runner, |course| course.has_runner)
    }

    /// Has the agent of a session answer what a user said; `run` names the run that it is.
    pub(super) fn answer(&mut self, id: &str, said: &str, run: &str, at: Instant) {
        let next = self.scripts.next_replies.pop_front();
        let usual = || self.course(id).script.reply.clone();
        let reply = next.unwrap_or_else(usual);
        self.plan_reply(id, &reply, said, run, at);
    }

    /// The first run of a session answers its prompt with what the script calls the result.
    pub(super) fn answer_prompt(&mut self, id: &str, prompt: &str, run: &str, at: Instant) {
        let Some(course) = self.courses.get_mut(id) else {
            return;
        };
        if prompt.is_empty() || std::mem::replace(&mut course.prompted, true) {
            return;
        }
        let reply = match &course.script.result {
            Some(result) if course.script.reply == Reply::echo() => Reply::text(result),
            _ => course.script.reply.clone(),
        };
        self.plan_reply(id, &reply, prompt, run, at);
    }

    /// Notes that a session is over; gives the error that it ended with.
    pub(super) fn end(&mut self, id: &str, phase: &str) -> Option<String> {
        let course = self.courses.get_mut(id)?;
        match phase {
            "Completed" => course.outcome.result.clone_from(&course.script.result),
            "Failed" => course.outcome.error.clone_from(&course.script.error),
            _ => {}
        }
        course.outcome.error.clone()
    }

    /// What a session has come to so far.
    pub(super) fn outcome(&self, id: &str) -> Outcome {
        let course = self.courses.get(id);
        course.map_or_else(Outcome::default, |course| course.outcome.clone())
    }

    /// Plans something that nothing makes void but the end of its session.
    pub(super) fn plan_surely(&mut self, id: &str, at: Instant, action: Action) {
        self.timeline.plan(Entry { at, session: id.to_owned(), course: None, action });
    }

    /// The next thing that is due by now and not void.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Due> {
        loop {
            let entry = self.timeline.take_due(now)?;
            let current = self.courses.get(&entry.session).map(|course| course.number);
            if entry.course.is_none() || entry.course == current {
                let Entry { at, session, action, .. } = entry;
                return Some(Due { at, session, action });
            }
        }
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.timeline.next_due()
    }

    /// Whether something is to happen to a session.
    pub(super) fn holds(&self, id: &str) -> bool {
        self.timeline.holds(id)
    }

    /// Forgets all about a session that was deleted.
    pub(super) fn forget(&mut self, id: &str) {
        self.courses.remove(id);
        self.timeline.forget(id);
    }

    /// The course of a session; one that was never started goes by the usual script.
    fn course(&mut self, id: &str) -> &mut Course {
        let usual = &self.scripts.usual;
        let unstarted =
            || Course { has_runner: usual.has_runner, script: usual.clone(), ..Course::default() };
        self.courses.entry(id.to_owned()).or_insert_with(unstarted)
    }

    fn new_course(&mut self, id: &str) -> &mut Course {
        let course = self.course(id);
        course.number += 1;
        course
    }

    /// Plans an action; one whose time is beyond all clocks never happens.
    fn plan(&mut self, id: &str, course: u64, at: Option<Instant>, action: Action) {
        if let Some(at) = at {
            let course = Some(course);
            self.timeline.plan(Entry { at, session: id.to_owned(), course, action });
        }
    }

    fn plan_reply(&mut self, id: &str, reply: &Reply, said: &str, run: &str, at: Instant) {
        let course = self.course(id).number;
        let mut due = Some(at);
        for step in reply.steps(said, id, run) {
            due = due.and_then(|due| due.checked_add(step.delay));
            let action = Action::Say { event_type: step.event_type, payload: step.payload };
            self.plan(id, course, due, action);
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
        Life::new(Scripts { usual: script, ..Scripts::default() })
    }

    #[test]
    fn a_script_walks_a_session_until_it_is_interfered_with() {
        let now = Instant::now();
        let later = |seconds| now + Duration::from_secs(seconds);
        let second = Duration::from_secs(1);
        let mut life = life(SessionScript::new().step(second, "Creating").step(second, "Running"));
        assert_eq!(life.start("s", "", now), "Pending");
        assert!(due(&mut life, now).is_empty());
        assert_eq!(due(&mut life, later(1)), ["Creating"]);
        life.interfere("s");
        assert!(due(&mut life, later(9)).is_empty());
    }

    #[test]
    fn a_prompt_is_answered_once_a_start() {
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
    fn an_end_tells_the_outcome() {
        let mut life = life(SessionScript::fails("no space left"));
        life.start("s", "", Instant::now());
        assert!(life.outcome("s").error.is_none());
        assert_eq!(life.end("s", "Failed").as_deref(), Some("no space left"));
        assert_eq!(life.outcome("s").error.as_deref(), Some("no space left"));
        life.forget("s");
        assert!(life.outcome("s").error.is_none() && !life.holds("s"));
    }
}
