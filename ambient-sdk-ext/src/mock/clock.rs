//! The server's clock, which follows tokio's clock so that a test can pause and advance it.

use jiff::{Timestamp, Unit};
use tokio::time::Instant;

/// Converts instants to wall-clock times. The start of the server has its real time, and later
/// times follow tokio's clock.
#[derive(Debug)]
pub(super) struct Clock {
    started: Instant,
    wall: Timestamp,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { started: Instant::now(), wall: Timestamp::now() }
    }

    /// Formats the wall-clock time of an instant as the servers do: RFC 3339 with up to six digits
    /// of a second, without zeros at the end.
    ///
    /// Such texts do not sort by time; see [`Record::time`](super::store::Record::time).
    pub(super) fn text(&self, instant: Instant) -> String {
        let time = self.wall_at(instant);
        time.round(Unit::Microsecond).unwrap_or(time).to_string()
    }

    /// Returns the Unix time of an instant in whole seconds.
    pub(super) fn unix_seconds(&self, instant: Instant) -> i64 {
        self.wall_at(instant).as_second()
    }

    /// Returns the Unix time of an instant in nanoseconds.
    pub(super) fn unix_nanos(&self, instant: Instant) -> i128 {
        self.wall_at(instant).as_nanosecond()
    }

    fn wall_at(&self, instant: Instant) -> Timestamp {
        let passed = instant.saturating_duration_since(self.started);
        self.wall.checked_add(passed).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn follows_the_clock_of_the_runtime() {
        let clock = Clock::start();
        let before = clock.unix_seconds(Instant::now());
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!(clock.unix_seconds(Instant::now()) - before, 3600);
    }

    #[test]
    fn times_are_formatted_with_microseconds_and_without_zeros_at_the_end() {
        let started = Instant::now();
        let text = |wall: &str| Clock { started, wall: wall.parse().unwrap() }.text(started);
        assert_eq!(text("2026-01-02T03:04:05.678901234Z"), "2026-01-02T03:04:05.678901Z");
        assert_eq!(text("2026-01-02T03:04:05.678900Z"), "2026-01-02T03:04:05.6789Z");
        assert_eq!(text("2026-01-02T03:04:05.000000Z"), "2026-01-02T03:04:05Z");
    }
}
