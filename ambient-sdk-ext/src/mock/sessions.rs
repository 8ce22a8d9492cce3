//! Operations on sessions, which keep their records and their lifecycle in sync.

use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    call::Call,
    kinds::Rules,
    life::{self, Action, is_terminal, is_under_way},
    messages::Message,
    problem::{Problem, answer},
    resources,
    state::State,
    store::{Fields, Record},
};

/// The kind of a session's record.
pub(super) const KIND: &str = "Session";
/// The path of the list of sessions on the API server.
pub(super) const PATH: &str = "/api/ambient/v1/sessions";
/// The fields that a status update may set.
const REPORTED: [&str; 10] = [
    "phase",
    "start_time",
    "completion_time",
    "sdk_session_id",
    "sdk_restart_count",
    "conditions",
    "reconciled_repos",
    "reconciled_workflow",
    "kube_cr_uid",
    "kube_namespace",
];

/// Starts or stops a session and returns it.
pub(super) fn run(
    state: &mut State,
    call: &Call<'_>,
    change: impl FnOnce(&mut State, &str, Instant) -> Result<(), Problem>,
) -> Result<Response<Body>, Problem> {
    let id = call.target();
    exists(state, id)?;
    change(state, id, call.now)?;
    Ok(answer(StatusCode::OK, &resources::shown(state, KIND, id)))
}

/// Serves a status update, which sets the fields that it contains.
pub(super) fn report(state: &mut State, call: &Call<'_>) -> Result<Response<Body>, Problem> {
    let id = call.target();
    let schema = call.route.request.as_ref().ok_or(Problem::NotImplemented)?;
    let decoded = resources::decode(schema, &call.body)?;
    let mut report = decoded.fields;
    report.retain(|key, value| REPORTED.contains(&key.as_str()) && !value.is_null());
    if report.is_empty() {
        let fields = REPORTED.join(", ");
        let reason = format!("status patch body must set at least one field: {fields}");
        return Err(Problem::invalid(reason));
    }
    exists(state, id)?;
    if let Some(phase) = report.get("phase").and_then(Value::as_str) {
        if !life::is_valid(phase) {
            let valid = life::valid();
            let reason = format!("invalid phase {phase:?}; must be one of: {valid}");
            return Err(Problem::invalid(reason));
        }
        state.life.report(id);
    }
    state.merge(KIND, id, report, call.now);
    if is_terminal(state.phase(id)) {
        state.messages.end_events(id);
    }
    let shown = resources::shown_as_sent(state, KIND, id, decoded.sent_times);
    Ok(answer(StatusCode::OK, &shown))
}

fn exists(state: &State, id: &str) -> Result<(), Problem> {
    let found = state.store.get(KIND, id);
    found.map(|_| ()).ok_or_else(|| Problem::not_found(KIND, id))
}

impl State {
    /// Stores a new session and adds its prompt as the first message. Doesn't start it.
    pub(super) fn create_session(&mut self, record: Record, at: Instant) -> String {
        let id = self.add_session(record, at);
        let prompt = self.prompt(&id);
        if !prompt.is_empty() {
            self.add_message(&id, "user", &prompt, at);
        }
        id
    }

    /// Stores a new session with the server's defaults, without a message.
    pub(super) fn add_session(&mut self, mut record: Record, at: Instant) -> String {
        Rules::of(KIND).add_defaults(&mut record.fields);
        let id = self.add(KIND, PATH, record, at);
        let cluster = self.store.get(KIND, &id).and_then(|session| session.text("kube_cr_name"));
        let cluster = cluster.unwrap_or(&id).to_owned();
        // The gateway uses the names of the cluster, which are lower case.
        self.cluster_names.insert(cluster.to_lowercase(), id.clone());
        self.store.change(KIND, &id, |session| session.set("kube_cr_name", cluster));
        id
    }

    /// Returns a new name in the cluster.
    pub(super) fn cluster_name(&self, at: Instant) -> String {
        let nanos = self.clock.unix_nanos(at);
        let mut names = (nanos..).map(|nanos| format!("session-{nanos}"));
        let free = names.find(|name| !self.cluster_names.contains_key(name));
        free.unwrap_or_default()
    }

    /// Removes all data of a deleted session.
    pub(super) fn forget_session(&mut self, id: &str) {
        self.cluster_names.retain(|_, known| known != id);
        self.life.forget(id);
        self.messages.forget(id);
    }

    /// Returns the id of a session by its id on either service.
    pub(super) fn session_id(&self, name: &str) -> Option<String> {
        let own = self.store.get(KIND, name).map(|session| session.id.clone());
        own.or_else(|| self.cluster_names.get(name).cloned())
    }

    pub(super) fn phase(&self, id: &str) -> &str {
        let session = self.store.get(KIND, id);
        session.and_then(|session| session.text("phase")).unwrap_or_default()
    }

    /// Starts an existing session with its script.
    pub(super) fn start_session(&mut self, id: &str, at: Instant) -> Result<(), Problem> {
        let phase = self.phase(id);
        if !life::START_FROM.contains(&phase) {
            return Err(Problem::conflict(format!(
                "cannot start session in phase {phase:?}; must be empty, Stopped, Failed, or Completed"
            )));
        }
        let prompt = self.prompt(id);
        let phase = self.life.start(id, &prompt, at);
        self.set(KIND, id, "phase", phase.into(), at);
        Ok(())
    }

    /// Stops an existing session.
    pub(super) fn stop_session(&mut self, id: &str, at: Instant) -> Result<(), Problem> {
        let phase = self.phase(id);
        if !life::STOP_FROM.contains(&phase) {
            return Err(Problem::conflict(format!(
                "cannot stop session in phase {phase:?}; must be Running, Creating, or Pending"
            )));
        }
        self.life.stop(id, at);
        self.set(KIND, id, "phase", "Stopping".into(), at);
        Ok(())
    }

    /// Sets the phase of a session and cancels its planned actions. The agent doesn't reply to the
    /// prompt any more.
    pub(super) fn force_phase(&mut self, id: &str, phase: &str, at: Instant) {
        self.life.override_phase(id);
        self.enter(id, phase, at);
    }

    /// Whether a session has a runner that serves its events. A script provides one until all its
    /// planned actions are done.
    pub(super) fn has_runner(&self, id: &str) -> bool {
        let phase = self.phase(id);
        let alive = !phase.is_empty() && !is_terminal(phase);
        self.life.has_runner(id) && (alive || self.life.has_planned(id))
    }

    /// Plans the agent's reply to a user message if the session runs or is being started.
    pub(super) fn answer_user(&mut self, id: &str, text: &str, at: Instant) {
        if is_under_way(self.phase(id)) {
            let run = self.new_id(at);
            self.life.answer(id, text, &run, at);
        }
    }

    /// Applies all actions that are due.
    pub(super) fn advance(&mut self, now: Instant) {
        while let Some(due) = self.life.take_due(now) {
            match due.action {
                Action::Phase(phase) => self.enter(&due.session, &phase, due.at),
                Action::Say { event_type, payload } => {
                    self.add_message(&due.session, &event_type, &payload, due.at);
                }
                Action::Commit(message) => self.messages.commit(message),
            }
        }
    }

    /// Adds a message, which followers of the session get immediately.
    pub(super) fn add_message(&mut self, id: &str, event_type: &str, payload: &str, at: Instant) {
        self.add_agent_message(id, event_type, payload, at, at);
    }

    /// Adds a message that becomes visible at `seen_at`. If it is an event, the event stream gets it
    /// immediately.
    pub(super) fn add_agent_message(
        &mut self,
        id: &str,
        event_type: &str,
        payload: &str,
        at: Instant,
        seen_at: Instant,
    ) {
        self.add_message_visible_at(id, event_type, payload, at, seen_at);
        let is_event = |event: Value| event["type"].is_string();
        if event_type != "user" && serde_json::from_str(payload).is_ok_and(is_event) {
            self.messages.emit(id, payload);
        }
    }

    /// Assigns a number to a message now and makes it visible at `seen_at`, like a write whose
    /// transaction commits at that time.
    pub(super) fn add_message_visible_at(
        &mut self,
        id: &str,
        event_type: &str,
        payload: &str,
        at: Instant,
        seen_at: Instant,
    ) -> Message {
        let message = self.message(id, event_type, payload, at);
        if seen_at > at {
            self.life.plan_always(id, seen_at, Action::Commit(message.clone()));
        } else {
            self.messages.commit(message.clone());
        }
        message
    }

    fn message(&mut self, id: &str, event_type: &str, payload: &str, at: Instant) -> Message {
        Message {
            id: self.new_id(at),
            session_id: id.to_owned(),
            seq: self.messages.next_seq(),
            event_type: event_type.to_owned(),
            payload: payload.to_owned(),
            created_at: self.clock.text(at),
        }
    }

    fn prompt(&self, id: &str) -> String {
        let session = self.store.get(KIND, id);
        let prompt = session.and_then(|session| session.text("prompt"));
        prompt.unwrap_or_default().to_owned()
    }

    /// Sets the phase of a session with the times that a control plane reports, and starts the
    /// agent's reply to the prompt or records the outcome.
    fn enter(&mut self, id: &str, phase: &str, at: Instant) {
        let mut report = Fields::from_iter([("phase".to_owned(), phase.into())]);
        let time = Value::from(self.clock.text(at));
        if phase == "Running" {
            report.insert("start_time".into(), time);
        } else if is_terminal(phase) {
            report.insert("completion_time".into(), time);
        }
        self.merge(KIND, id, report, at);
        if phase == "Running" {
            let (prompt, run) = (self.prompt(id), self.new_id(at));
            self.life.answer_prompt(id, &prompt, &run, at);
        } else if is_terminal(phase) {
            if let Some(error) = self.life.end(id, phase) {
                self.add_message(id, "error", &error, at);
            }
            self.messages.end_events(id);
        }
    }
}
