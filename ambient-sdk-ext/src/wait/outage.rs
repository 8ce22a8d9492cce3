//! Failed polls, and how long they are tolerated.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;

/// The failures since the last success.
#[derive(Debug, Default)]
pub(super) struct Outage {
    since: Option<Instant>,
    failures: u32,
}

impl Outage {
    pub(super) fn over(&mut self) {
        *self = Self::default();
    }

    /// Counts a failure; returns whether the wait may continue.
    pub(super) fn is_tolerated(&mut self, error: &Error, longest: Duration) -> bool {
        let since = *self.since.get_or_insert_with(Instant::now);
        self.failures += 1;
        error.is_transient() && !longest.is_zero() && since.elapsed() <= longest
    }

    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.since.map(|since| since.elapsed()).unwrap_or_default()
    }
}
