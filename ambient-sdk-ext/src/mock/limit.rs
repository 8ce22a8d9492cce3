//! The rate limit of the gateway.

use std::time::Duration;

use tokio::time::Instant;

/// A token bucket.
#[derive(Clone, Debug)]
pub(super) struct RateLimit {
    per_second: f64,
    burst: f64,
    tokens: f64,
    refilled_at: Option<Instant>,
}

impl RateLimit {
    pub(super) fn new(per_second: u32, burst: u32) -> Self {
        Self {
            per_second: per_second.max(1).into(),
            burst: burst.into(),
            tokens: burst.into(),
            refilled_at: None,
        }
    }

    /// Takes a token for a request, or returns how long to wait for one.
    pub(super) fn try_acquire(&mut self, now: Instant) -> Result<(), Duration> {
        let passed = now.saturating_duration_since(self.refilled_at.unwrap_or(now));
        self.refilled_at = Some(now);
        self.tokens = (self.tokens + passed.as_secs_f64() * self.per_second).min(self.burst);
        if self.tokens < 1.0 {
            return Err(Duration::from_secs(1));
        }
        self.tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn limits_the_rate_after_the_burst() {
        let mut limit = RateLimit::new(10, 2);
        let mut acquire = || limit.try_acquire(Instant::now()).is_ok();
        assert_eq!([acquire(), acquire(), acquire()], [true, true, false]);
        tokio::time::advance(Duration::from_millis(100)).await;
        assert_eq!([acquire(), acquire()], [true, false]);
    }
}
