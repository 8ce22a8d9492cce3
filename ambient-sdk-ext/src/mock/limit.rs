//! The gateway's rate limit: so many requests a second, and a burst.

use std::time::Duration;

use tokio::time::Instant;

/// A token bucket.
#[derive(Clone, Debug)]
pub(super) struct RateLimit {
    per_second: f64,
    burst: f64,
    left: f64,
    seen: Option<Instant>,
}

impl RateLimit {
    pub(super) fn new(per_second: u32, burst: u32) -> Self {
        Self {
            per_second: per_second.max(1).into(),
            burst: burst.into(),
            left: burst.into(),
            seen: None,
        }
    }

    /// Lets a request pass, or says how long to wait.
    pub(super) fn pass(&mut self, now: Instant) -> Result<(), Duration> {
        let passed = now.saturating_duration_since(self.seen.unwrap_or(now));
        self.seen = Some(now);
        self.left = (self.left + passed.as_secs_f64() * self.per_second).min(self.burst);
        if self.left < 1.0 {
            return Err(Duration::from_secs(1));
        }
        self.left -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_and_then_so_many_a_second() {
        let mut limit = RateLimit::new(10, 2);
        let mut pass = || limit.pass(Instant::now()).is_ok();
        assert_eq!([pass(), pass(), pass()], [true, true, false]);
        tokio::time::advance(Duration::from_millis(100)).await;
        assert_eq!([pass(), pass()], [true, false]);
    }
}
