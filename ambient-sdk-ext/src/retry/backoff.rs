//! Exponential backoff with jitter, so that clients do not retry at the same time.

use std::time::Duration;

/// The maximum pause: one day.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// The minimum pause between two attempts.
const SHORTEST: Duration = Duration::from_millis(1);

/// Exponential backoff: pauses that double from a first to a largest, each randomly shortened by up
/// to half.
#[derive(Clone, Debug, PartialEq)]
pub struct Backoff {
    first: Duration,
    largest: Duration,
}

/// The error of two durations that do not form a [`Backoff`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidBackoff {
    /// The first pause is zero, so retries would not pause.
    #[error("the first pause is zero; the minimum is a millisecond")]
    Zero,
    /// The largest pause is less than the first.
    #[error("the largest pause is less than the first")]
    Reversed,
}

impl Default for Backoff {
    /// Creates a backoff from 200 ms to 5 s.
    fn default() -> Self {
        Self { first: Duration::from_millis(200), largest: Duration::from_secs(5) }
    }
}

impl Backoff {
    /// Creates a backoff with pauses from `first` to `largest`. More than a day counts as a day.
    ///
    /// # Errors
    /// Returns an error if `first` is zero, or if `largest` is less than `first`.
    pub fn new(first: Duration, largest: Duration) -> Result<Self, InvalidBackoff> {
        match first {
            Duration::ZERO => Err(InvalidBackoff::Zero),
            _ if largest < first => Err(InvalidBackoff::Reversed),
            _ => Ok(Self { first: first.min(LONGEST), largest: largest.min(LONGEST) }),
        }
    }

    /// Returns the pause after this number of attempts or consecutive failures.
    pub(crate) fn pause(&self, attempts: u32) -> Duration {
        self.step(attempts).mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    /// Returns a pause between zero and its full step, at least a millisecond. The full range
    /// spreads out clients that would otherwise reconnect together after a restart of their server.
    pub(crate) fn any_pause(&self, attempts: u32) -> Duration {
        self.step(attempts).mul_f64(fastrand::f64()).max(SHORTEST)
    }

    fn step(&self, attempts: u32) -> Duration {
        let doublings = attempts.saturating_sub(1).min(30);
        self.first.saturating_mul(1 << doublings).min(self.largest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn invalid_durations_are_rejected() {
        let second = Duration::from_secs(1);
        assert_eq!(Backoff::new(Duration::ZERO, second), Err(InvalidBackoff::Zero));
        assert_eq!(Backoff::new(second, second / 2), Err(InvalidBackoff::Reversed));
    }

    #[test]
    fn very_long_pauses_are_limited_to_a_day() {
        let backoff = Backoff::new(Duration::MAX, Duration::MAX).unwrap();
        assert!((LONGEST / 2..=LONGEST).contains(&backoff.pause(1)));
    }

    proptest! {
        #[test]
        fn a_pause_is_between_half_and_all_of_its_step(
            first in 1_u64..10_000, more in 0_u64..100_000, attempts in 0_u32..u32::MAX,
        ) {
            let (first, largest) = (Duration::from_millis(first), Duration::from_millis(first + more));
            let pause = Backoff::new(first, largest).unwrap().pause(attempts);
            prop_assert!(pause >= first / 2);
            prop_assert!(pause <= largest);
            let any = Backoff::new(first, largest).unwrap().any_pause(attempts);
            prop_assert!(any >= SHORTEST && any <= largest);
            if attempts > 31 {
                prop_assert!(pause >= largest / 2);
            }
        }
    }
}
