//! The shared parts of the streams of server-sent events, which messages and events are built on.
//!
//! - [`connection`]: one connection with its bytes and an idle timeout.
//! - [`frames`]: parses bytes into events by the SSE standard, with a size limit.
//! - [`failures`]: limits the number of failures in a row, and the pause after each.
//! - [`places`]: limits the streams that a client keeps open, and assigns them to sessions.
//! - [`work`]: limits the time for which the runtime's thread is used without a break.
//! - [`pace`]: limits the rate of polls over all sessions without a stream.

pub(crate) mod connection;
pub(crate) mod failures;
pub(crate) mod frames;
pub(crate) mod pace;
pub(crate) mod places;
pub(crate) mod work;

use std::sync::Arc;

use pace::Pace;
use places::Places;

/// The maximum size of an event in bytes: four times the largest message that can be pushed.
pub(crate) const MAX_EVENT_BYTES: usize = 4 * 1024 * 1024;
/// The default number of message streams that a client keeps open.
pub(crate) const MAX_STREAMS: usize = 8;

/// The state shared by all clones of a client, so that following many sessions does not overload
/// the server.
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
