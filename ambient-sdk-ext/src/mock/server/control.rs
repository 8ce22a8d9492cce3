//! What the owner of a running server can have happen, and what it saw.

use std::sync::Arc;

use tokio::time::Instant;

use super::{MockError, MockServer};
use crate::mock::{
    fault::Fault,
    log::RecordedRequest,
    script::{Reply, SessionScript},
    sessions::KIND,
    state::State,
};

impl MockServer {
    /// Has something go wrong when an operation is called.
    ///
    /// `operation` is an operation id, as in `get_session`, for both services; with `public_api/`
    /// or `api_server/` before it for one of them; or `*` for every operation. Faults of one
    /// operation come in the order in which they were set.
    ///
    /// # Errors
    /// When no operation has this name.
    pub fn fault(&self, operation: &str, fault: Fault) -> Result<(), MockError> {
        let known = |name: &str| {
            let mut routes = self.shared.table.operations();
            routes.any(|route| route.names().iter().any(|known| known == name))
        };
        if operation != "*" && !known(operation) {
            return Err(MockError::UnknownOperation(operation.to_owned()));
        }
        self.shared.now().faults.set(operation, fault);
        Ok(())
    }

    /// Takes back every fault.
    pub fn clear_faults(&self) {
        self.shared.now().faults.clear();
    }

    /// The requests that came, oldest first; of many, the latest 10,000 or 64 MiB of bodies.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.now().log.all()
    }

    /// The requests of one operation, oldest first, among those that
    /// [`requests`](Self::requests) gives.
    #[must_use]
    pub fn requests_of(&self, operation: &str) -> Vec<RecordedRequest> {
        self.shared.now().log.of(operation)
    }

    /// How often an operation was called, on both services.
    #[must_use]
    pub fn request_count(&self, operation: &str) -> usize {
        self.shared.now().log.count(operation)
    }

    /// Forgets the requests that came so far, and their counts.
    pub fn clear_requests(&self) {
        self.shared.now().log = Default::default();
    }

    /// Sets the script of the next session that starts; several calls line up.
    pub fn script_next_session(&self, script: SessionScript) {
        self.shared.now().life.scripts.next.push_back(script);
    }

    /// Sets the script of sessions whose prompt or task satisfies `matches`. The first rule that
    /// does counts, and the script of a next session comes before every rule.
    pub fn script_when(
        &self,
        matches: impl Fn(&str) -> bool + Send + Sync + 'static,
        script: SessionScript,
    ) {
        let rule = (Arc::new(matches) as _, script);
        self.shared.now().life.scripts.rules.push(rule);
    }

    /// Sets what is answered to the next user message that is answered at all, which is one to a
    /// session in `Pending`, `Creating` or `Running`; several calls line up.
    pub fn reply_next(&self, reply: Reply) {
        self.shared.now().life.scripts.next_replies.push_back(reply);
    }

    /// Puts a session into any phase by hand, which ends what its script had planned. The agent
    /// doesn't answer the prompt then; user messages it does in `Pending`, `Creating` and `Running`.
    ///
    /// # Errors
    /// When there is no session with this id, neither on the API server nor on the gateway.
    pub fn set_phase(&self, session: &str, phase: &str) -> Result<(), MockError> {
        self.with_session(session, |state, id| {
            state.force_phase(id, phase, Instant::now());
        })
    }

    /// Records a message of a session as if its agent had sent it. With
    /// [`late_commits`](crate::mock::MockServerBuilder::late_commits) it is seen some time later.
    ///
    /// # Errors
    /// When there is no session with this id, neither on the API server nor on the gateway.
    pub fn push_message(
        &self,
        session: &str,
        event_type: &str,
        payload: &str,
    ) -> Result<(), MockError> {
        self.with_session(session, |state, id| {
            let now = Instant::now();
            let commit = state.messages.commit_time();
            state.agent_says(id, event_type, payload, now, now + commit);
        })
    }

    /// Ends every open stream in good order, as a server does that shuts down.
    pub fn disconnect_streams(&self) {
        self.shared.now().messages.disconnect();
    }

    fn with_session(
        &self,
        name: &str,
        change: impl FnOnce(&mut State, &str),
    ) -> Result<(), MockError> {
        let mut state = self.shared.now();
        let id = state.session_id(name);
        let id = id.ok_or_else(|| MockError::no_record(KIND, name))?;
        change(&mut state, &id);
        drop(state);
        self.shared.announce();
        Ok(())
    }
}
