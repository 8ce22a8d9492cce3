//! Classifies a lost connection: whether the follower should connect again.

use std::time::Duration;

use tokio::time::sleep;

use super::Messages;
use crate::error::Error;

/// The pauses before each check of a session that was not found. A server that is shutting down
/// returns 404 for every session.
const CHECKS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2)];

/// A connection that was lost or could not be made, or a list that could not be read.
pub(super) struct Lost {
    pub(super) error: Error,
    /// Whether to connect again.
    pub(super) passes: bool,
}

impl From<Error> for Lost {
    fn from(error: Error) -> Self {
        Self { passes: error.is_transient(), error }
    }
}

impl Lost {
    pub(super) fn passing(error: Error) -> Self {
        Self { error, passes: true }
    }

    /// Classifies a list that could not be read. If it is too large or invalid, the next connection
    /// can deliver the same messages one by one.
    pub(super) fn listing(error: Error, can_stream: bool) -> Self {
        let by_itself = error.is_too_large() || error.is_decode();
        Self { passes: (by_itself && can_stream) || error.is_transient(), error }
    }
}

/// Checks again whether a session that was not found exists, because a server that is shutting down
/// returns 404 for every session. A transient failure of the check counts as found.
pub(super) async fn is_still_there(messages: &Messages) -> bool {
    for pause in CHECKS {
        sleep(pause).await;
        match messages.session().await {
            Err(error) if error.is_not_found() => {}
            Err(error) => return error.is_transient(),
            Ok(_) => return true,
        }
    }
    false
}
