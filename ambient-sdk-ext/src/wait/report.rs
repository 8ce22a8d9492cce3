//! The details of a failed wait.

use std::{fmt, time::Duration};

/// The state of a wait when it failed or timed out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaitReport {
    /// The id of the session.
    pub id: String,
    /// The last state that was read; `None` if no poll succeeded.
    pub last_state: Option<String>,
    /// The time since the wait began.
    pub elapsed: Duration,
    /// The number of polls.
    pub polls: u32,
    /// The error text of the last poll, if it failed.
    pub last_failure: Option<String>,
}

impl fmt::Display for WaitReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let polls = if self.polls == 1 { "poll" } else { "polls" };
        write!(f, "session {}, {} {polls}", self.id, self.polls)?;
        match self.last_state.as_deref() {
            Some("") => write!(f, ", last seen without a state")?,
            Some(state) => write!(f, ", last seen {state}")?,
            None => write!(f, ", never seen")?,
        }
        match &self.last_failure {
            Some(failure) => write!(f, ", last failure: {failure}"),
            None => Ok(()),
        }
    }
}
