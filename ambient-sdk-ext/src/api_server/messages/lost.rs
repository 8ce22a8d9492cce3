//! What a lost connection means for a follower: whether another one may be better.

use std::time::Duration;

use tokio::time::sleep;

use super::Messages;
use crate::error::Error;

/// The pauses before a session that was not found is looked at again. The server says so of every
/// session while it shuts down.
const LOOKS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2)];

/// A connection that was lost or not made, or a list that could not be read.
pub(super) struct Lost {
    pub(super) error: Error,
    /// Whether another one may be better.
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

    /// A list that can't be read, or not at once, is left to the next connection, which repeats the
    /// same messages one by one.
    pub(super) fn listing(error: Error, can_stream: bool) -> Self {
        let by_itself = error.is_too_large() || error.is_decode();
        Self { passes: (by_itself && can_stream) || error.is_transient(), error }
    }
}

/// Looks at a session that was not found, since the server says so of every session while it shuts
/// down. A look that fails for a reason that may pass leaves it to the next connection.
pub(super) async fn is_still_there(messages: &Messages) -> bool {
    for pause in LOOKS {
        sleep(pause).await;
        match messages.session().await {
            Err(error) if error.is_not_found() => {}
            Err(error) => return error.is_transient(),
            Ok(_) => return true,
        }
    }
    false
}
