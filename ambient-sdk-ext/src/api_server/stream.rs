//! What the streams of server-sent events share: messages and events stand on it.
//!
//! - [`connection`]: one connection, its bytes as they come, and an end to silence.
//! - [`frames`]: events out of bytes, as the SSE standard says, within a bound of size.
//! - [`failures`]: how many failures in a row may pass, and the pause after each.
//! - [`places`]: how many streams a client keeps open, and which sessions have them.
//! - [`pace`]: how fast a client polls over all sessions that have no stream.

pub(crate) mod connection;
pub(crate) mod failures;
pub(crate) mod frames;
pub(crate) mod pace;
pub(crate) mod places;

use std::sync::Arc;

use pace::Pace;
use places::Places;

/// The longest event, in bytes: four times the longest message that can be pushed.
pub(crate) const MAX_EVENT_BYTES: usize = 4 * 1024 * 1024;
/// How many message streams a client keeps open, unless told otherwise.
pub(crate) const MAX_STREAMS: usize = 8;

/// What all clones of a client share to follow many sessions without a burden to the server.
#[derive(Debug)]
pub(crate) struct Sharing {
    pub(crate) places: Arc<Places>,
    pub(crate) pace: Pace,
}

impl Sharing {
    pub(crate) fn new(max_streams: usize) -> Arc<Self> {
        Arc::new(Self { places: Places::new(max_streams), pace: Pace::default() })
    }
}
