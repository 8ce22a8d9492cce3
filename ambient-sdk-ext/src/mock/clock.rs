//! The server's clock, which follows tokio's clock so that a test can pause and advance it.

use jiff::Timestamp;
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

    /// Formats the wall-clock time of an instant as RFC 3339 with microseconds, like the servers.
    pub(super) fn text(&self, instant: Instant) -> String {
        format!("{:.6}", self.wall_at(instant))
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

    #[tokio::test]
    async fn formatted_times_can_be_parsed() {
        let text = Clock::start().text(Instant::now());
        assert_eq!(text.len(), "2026-01-02T03:04:05.000006Z".len());
        text.parse::<Timestamp>().unwrap();
    }
}
