//! The retry budget, shared by a client and its clones.
//!
//! If most calls fail, retries multiply the load on the failing server. Each retry costs five units
//! and each success returns one. With few failures the budget stays full; if all calls fail,
//! retries end after one hundred.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

const FULL: u32 = 500;
const COST: u32 = 5;

#[derive(Clone, Debug)]
pub(crate) struct Budget(Arc<AtomicU32>);

impl Default for Budget {
    fn default() -> Self {
        Self(Arc::new(AtomicU32::new(FULL)))
    }
}

impl Budget {
    /// Takes the cost of a retry; returns `false` if the budget is too low.
    pub(crate) fn take(&self) -> bool {
        let take = |left: u32| left.checked_sub(COST);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Returns one unit for a successful call.
    pub(crate) fn give(&self) {
        let give = |left: u32| (left < FULL).then_some(left + 1);
        let _full = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, give);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_when_everything_fails_and_recovers_with_successes() {
        let budget = Budget::default();
        let retries = std::iter::repeat_with(|| budget.take()).take_while(|more| *more).count();
        assert_eq!(retries, 100);
        (0..COST).for_each(|_| budget.give());
        assert!(budget.take());
        assert!(!budget.clone().take());
    }

    #[test]
    fn never_exceeds_its_capacity() {
        let budget = Budget::default();
        (0..10).for_each(|_| budget.give());
        assert_eq!(budget.0.load(Ordering::Relaxed), FULL);
    }
}
