//! Counts failures in a row, and limits their number and the pauses.

use std::time::Duration;

use crate::retry::Backoff;

/// The default first and longest pause before a reconnect.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// The default longest pause that a server can request.
const MAX_ASKED: Duration = Duration::from_secs(60);

/// The limits for failures.
#[derive(Clone, Debug)]
pub(crate) struct Tolerance {
    pub(crate) max_failures: u32,
    pub(crate) backoff: Backoff,
    pub(crate) max_asked: Duration,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self {
            max_failures: 10,
            backoff: Backoff::new(PAUSES.0, PAUSES.1).unwrap_or_default(),
            max_asked: MAX_ASKED,
        }
    }
}

/// Counts the failures in a row.
#[derive(Debug)]
pub(crate) struct Failures {
    tolerance: Tolerance,
    count: u32,
}

impl Failures {
    pub(crate) fn new(tolerance: Tolerance) -> Self {
        Self { tolerance, count: 0 }
    }

    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Resets the count after new data was received.
    pub(crate) fn reset(&mut self) {
        self.count = 0;
    }

    /// Counts a failure and returns the pause after it, which is at least as long as the server
    /// `asked` for, up to the limit; `None` if there were too many failures.
    pub(crate) fn add(&mut self, asked: Option<Duration>) -> Option<Duration> {
        self.count = self.count.saturating_add(1);
        let asked = asked.unwrap_or_default().min(self.tolerance.max_asked);
        let pause = self.tolerance.backoff.pause(self.count).max(asked);
        (self.count <= self.tolerance.max_failures).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_until_progress_or_the_limit() {
        let mut failures = Failures::new(Tolerance { max_failures: 3, ..Tolerance::default() });
        let pauses = [(); 3].map(|()| failures.add(None).unwrap());
        assert!(pauses[2] >= Duration::from_secs(1), "{pauses:?}");
        assert_eq!(failures.add(None), None);
        assert_eq!(failures.count(), 4);
        failures.reset();
        assert!(failures.add(None).unwrap() <= Duration::from_millis(500));
    }

    #[test]
    fn requested_pauses_are_limited() {
        let mut failures = Failures::new(Tolerance::default());
        let mut asked = |seconds| failures.add(Some(Duration::from_secs(seconds))).unwrap();
        assert_eq!(asked(9), Duration::from_secs(9));
        assert_eq!(asked(86_400), Duration::from_secs(60));
    }
}
