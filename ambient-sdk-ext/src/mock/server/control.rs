//! Faults, scripts and the request log of a running server.

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
    /// Injects a fault into calls of an operation.
    ///
    /// `operation` selects the operations:
    ///
    /// - an operation id such as `get_session` selects the operation of both services,
    /// - an operation id after `public_api/` or `api_server/` selects the operation of one service,
    /// - `*` selects every operation.
    ///
    /// Faults of the same operation apply in the order in which they were set.
    ///
    /// # Errors
    /// Returns [`MockError::UnknownOperation`] if no operation has this name.
    pub fn fault(&self, operation: &str, fault: Fault) -> Result<(), MockError> {
        let known = |name: &str| {
            let mut routes = self.shared.table.operations();
            let is_known = routes.any(|route| route.names().iter().any(|known| known == name));
            #[cfg(feature = "grpc")]
            let is_known = is_known || crate::mock::grpc::OPERATIONS.contains(&name);
            is_known
        };
        if operation != "*" && !known(operation) {
            return Err(MockError::UnknownOperation(operation.to_owned()));
        }
        self.shared.now().faults.set(operation, fault);
        Ok(())
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.shared.now().faults.clear();
    }

    /// Returns the received requests, oldest first. The server keeps the latest 10,000 requests,
    /// and fewer if their bodies exceed 64 MiB.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.now().log.all()
    }

    /// Returns those of the [`requests`](Self::requests) that called an operation, oldest first.
    #[must_use]
    pub fn requests_of(&self, operation: &str) -> Vec<RecordedRequest> {
        self.shared.now().log.of(operation)
    }

    /// Returns how often an operation was called on both services together, including requests that
    /// are no longer kept.
    #[must_use]
    pub fn request_count(&self, operation: &str) -> usize {
        self.shared.now().log.count(operation)
    }

    /// Clears the log of received requests and their counts.
    pub fn clear_requests(&self) {
        self.shared.now().log = Default::default();
    }

    /// Sets the script of the next session that starts. The scripts of several calls are queued.
    pub fn script_next_session(&self, script: SessionScript) {
        self.shared.now().life.scripts.next.push_back(script);
    }

    /// Adds a rule that sets the script of sessions whose prompt or task satisfies `matches`. The
    /// first rule that matches is used. A script from
    /// [`script_next_session`](Self::script_next_session) takes precedence over all rules.
    pub fn script_when(
        &self,
        matches: impl Fn(&str) -> bool + Send + Sync + 'static,
        script: SessionScript,
    ) {
        let rule = (Arc::new(matches) as _, script);
        self.shared.now().life.scripts.rules.push(rule);
    }

    /// Sets the reply to the next user message that is sent to a session in `Pending`, `Creating` or
    /// `Running`. Messages to other sessions get no reply. The replies of several calls are queued.
    pub fn reply_next(&self, reply: Reply) {
        self.shared.now().life.scripts.next_replies.push_back(reply);
    }

    /// Sets the phase of a session and cancels the remaining steps of its script. The agent doesn't
    /// answer the prompt any more. It still answers user messages in `Pending`, `Creating` and
    /// `Running`.
    ///
    /// # Errors
    /// Returns [`MockError::NotFound`] if neither service has a session with this id.
    pub fn set_phase(&self, session: &str, phase: &str) -> Result<(), MockError> {
        self.with_session(session, |state, id| {
            state.force_phase(id, phase, Instant::now());
        })
    }

    /// Adds a message to a session as if its agent had sent it. With
    /// [`late_commits`](crate::mock::MockServerBuilder::late_commits) readers see it with a delay.
    ///
    /// # Errors
    /// Returns [`MockError::NotFound`] if neither service has a session with this id.
    pub fn push_message(
        &self,
        session: &str,
        event_type: &str,
        payload: &str,
    ) -> Result<(), MockError> {
        self.with_session(session, |state, id| {
            let now = Instant::now();
            let commit = state.messages.commit_time();
            state.add_agent_message(id, event_type, payload, now, now + commit);
        })
    }

    /// Ends every open stream cleanly, as a server does when it shuts down.
    pub fn disconnect_streams(&self) {
        self.shared.now().disconnect();
    }

    fn with_session(
        &self,
        name: &str,
        change: impl FnOnce(&mut State, &str),
    ) -> Result<(), MockError> {
        let mut state = self.shared.now();
        let id = state.session_id(name);
        let id = id.ok_or_else(|| MockError::not_found(KIND, name))?;
        change(&mut state, &id);
        drop(state);
        self.shared.announce();
        Ok(())
    }
}
