//! The life of a session: start, stop, phases, and what its agent says.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    problem::Problem,
    resources::project_id,
    script::{Reply, SessionScript},
    state::State,
    store::Record,
    timeline::{Action, Entry},
};

/// The kind of the records that are sessions.
pub(super) const KIND: &str = "Session";
/// Where the API server lists them.
pub(super) const PATH: &str = "/api/ambient/v1/sessions";

/// What a session is on the way to, since it was last started or interfered with.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// Grows with every interference; what was planned for an earlier course is void.
    number: u64,
    script: SessionScript,
    /// Whether the agent was told the prompt.
    prompted: bool,
    pub(super) result: Option<String>,
    pub(super) error: Option<String>,
}

/// Whether a session in this phase is over.
pub(super) fn is_terminal(phase: &str) -> bool {
    matches!(phase, "Stopped" | "Completed" | "Failed")
}

/// Whether a session in this phase runs or is about to.
fn is_under_way(phase: &str) -> bool {
    matches!(phase, "Pending" | "Creating" | "Running")
}

impl State {
    /// Stores a new session with the server's defaults; it doesn't run yet.
    pub(super) fn create_session(&mut self, mut record: Record, at: Instant) -> String {
        let defaults = [
            ("llm_model", json!("claude-sonnet-4-6")),
            ("llm_temperature", json!(0.7)),
            ("llm_max_tokens", json!(4000)),
        ];
        for (field, value) in defaults {
            record.fields.entry(field).or_insert(value);
        }
        if let Some(project) = record.text("project_id") {
            let project = project_id(self, project);
            record.parents.insert("projects".into(), project);
        }
        if let Some(agent) = record.text("agent_id").map(str::to_owned) {
            record.parents.insert("agents".into(), agent);
        }
        let id = self.add(KIND, PATH, record, at);
        // The gateway knows a session by its Kubernetes name, which has no capitals.
        let name = id.to_lowercase();
        self.store.change(KIND, &id, |session| session.set("kube_cr_name", name));
        id
    }

    /// The id of the session with this id, or with this name on the gateway.
    pub(super) fn session_id(&self, name: &str) -> Option<String> {
        let own = self.store.get(KIND, name);
        let found = own.or_else(|| self.store.find(KIND, "kube_cr_name", name));
        found.map(|session| session.id.clone())
    }

    pub(super) fn phase(&self, id: &str) -> &str {
        let session = self.store.get(KIND, id);
        session.and_then(|session| session.text("phase")).unwrap_or_default()
    }

    /// Starts a session that exists, along the script that is meant for it.
    pub(super) fn start_session(&mut self, id: &str, at: Instant) -> Result<(), Problem> {
        let phase = self.phase(id);
        if !(phase.is_empty() || is_terminal(phase)) {
            return Err(Problem::conflict(format!(
                "cannot start session in phase \"{phase}\"; must be empty, Stopped, Failed, or Completed"
            )));
        }
        let prompt = self.prompt(id);
        let script = self.scripts.take(&prompt);
        let steps = script.steps.clone();
        let course = self.new_course(id);
        course.script = script;
        course.prompted = false;
        (course.result, course.error) = (None, None);
        let number = course.number;
        self.forget_end(id);
        self.enter(id, "Pending", at);
        if !prompt.is_empty() {
            self.say(id, "user", &prompt, at);
        }
        let mut due = Some(at);
        for (delay, phase) in steps {
            due = due.and_then(|due| due.checked_add(delay));
            self.plan(id, number, due, Action::Phase(phase));
        }
        Ok(())
    }

    /// Stops a session that exists.
    pub(super) fn stop_session(&mut self, id: &str, at: Instant) -> Result<(), Problem> {
        let phase = self.phase(id);
        if !is_under_way(phase) {
            return Err(Problem::conflict(format!(
                "cannot stop session in phase \"{phase}\"; must be Running, Creating, or Pending"
            )));
        }
        let course = self.new_course(id);
        let (number, delay) = (course.number, course.script.stop_after);
        self.enter(id, "Stopping", at);
        self.plan(id, number, at.checked_add(delay), Action::Phase("Stopped".into()));
        Ok(())
    }

    /// Puts a session into a phase by hand, which ends what its script had planned; its agent no
    /// longer answers the prompt.
    pub(super) fn force_phase(&mut self, id: &str, phase: &str, at: Instant) {
        self.new_course(id).prompted = true;
        self.enter(id, phase, at);
    }

    /// Has the agent of a session answer what a user said, if it runs or is about to.
    pub(super) fn answer_user(&mut self, id: &str, said: &str, at: Instant) {
        if !is_under_way(self.phase(id)) {
            return;
        }
        let next = self.scripts.next_replies.pop_front();
        let usual = || self.course(id).script.reply.clone();
        let reply = next.unwrap_or_else(usual);
        self.plan_reply(id, &reply, said, at);
    }

    /// Forgets all about a session that was deleted.
    pub(super) fn forget_session(&mut self, id: &str) {
        self.courses.remove(id);
        self.timeline.forget(id);
        self.messages.forget(id);
    }

    /// Lets everything happen that is due.
    pub(super) fn advance(&mut self, now: Instant) {
        while let Some(entry) = self.timeline.take_due(now) {
            let course = self.courses.get(&entry.session);
            if course.is_none_or(|course| course.number != entry.course) {
                continue;
            }
            match entry.action {
                Action::Phase(phase) => self.enter(&entry.session, &phase, entry.at),
                Action::Say { event_type, payload } => {
                    self.say(&entry.session, &event_type, &payload, entry.at)
                }
            }
        }
    }

    /// Records a message, and hands it to those who follow the session.
    pub(super) fn say(&mut self, id: &str, event_type: &str, payload: &str, at: Instant) {
        let (message_id, time) = (self.new_id(at), self.clock.text(at));
        self.messages.record(id, message_id, event_type, payload, &time);
        let is_event = |event: Value| event["type"].is_string();
        if event_type != "user" && serde_json::from_str(payload).is_ok_and(is_event) {
            self.messages.emit(id, payload);
        }
    }

    fn prompt(&self, id: &str) -> String {
        let session = self.store.get(KIND, id);
        let prompt = session.and_then(|session| session.text("prompt"));
        prompt.unwrap_or_default().to_owned()
    }

    /// The course of a session; one that was never started goes by the usual script.
    fn course(&mut self, id: &str) -> &mut Course {
        let usual = &self.scripts.usual;
        let unstarted = || Course { script: usual.clone(), ..Course::default() };
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
            self.timeline.plan(Entry { at, session: id.to_owned(), course, action });
        }
    }

    fn forget_end(&mut self, id: &str) {
        self.store.change(KIND, id, |session| {
            session.fields.remove("completion_time");
        });
    }

    fn enter(&mut self, id: &str, phase: &str, at: Instant) {
        let time = Value::from(self.clock.text(at));
        self.set(KIND, id, "phase", phase.into(), at);
        if phase == "Running" {
            self.set(KIND, id, "start_time", time, at);
            self.answer_prompt(id, at);
        } else if is_terminal(phase) {
            self.set(KIND, id, "completion_time", time, at);
            self.end(id, phase, at);
        }
    }

    /// The first run of a session answers its prompt with what the script calls the result.
    fn answer_prompt(&mut self, id: &str, at: Instant) {
        let prompt = self.prompt(id);
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
        self.plan_reply(id, &reply, &prompt, at);
    }

    fn end(&mut self, id: &str, phase: &str, at: Instant) {
        let Some(course) = self.courses.get_mut(id) else {
            return;
        };
        if phase == "Completed" {
            course.result.clone_from(&course.script.result);
        }
        if phase == "Failed" {
            course.error.clone_from(&course.script.error);
        }
        if let Some(error) = course.error.clone() {
            self.say(id, "error", &error, at);
        }
        self.messages.end_events(id);
    }

    fn plan_reply(&mut self, id: &str, reply: &Reply, said: &str, at: Instant) {
        let run = self.new_id(at);
        let course = self.course(id).number;
        let mut due = Some(at);
        for step in reply.steps(said, id, &run) {
            due = due.and_then(|due| due.checked_add(step.delay));
            let action = Action::Say { event_type: step.event_type, payload: step.payload };
            self.plan(id, course, due, action);
        }
    }
}
