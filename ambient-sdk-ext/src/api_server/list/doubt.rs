//! A flag for a list that may lack items, shared by the reader and the caller's streams.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Set when there are signs that items may be missing.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubt(Arc<AtomicBool>);

impl Doubt {
    /// Records that items of `list` may be missing, and logs a warning the first time.
    pub(super) fn raise(&self, list: &'static str, why: &'static str) {
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(list, why, "the list may be incomplete");
        }
    }

    pub(super) fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
