//! Whether a list may lack items, shared by what reads it and what gives it out.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Set once something showed that items may be missing.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubt(Arc<AtomicBool>);

impl Doubt {
    /// Notes that items of `list` may be missing, and says so in the trace the first time.
    pub(super) fn raise(&self, list: &'static str, why: &'static str) {
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(list, why, "the list may be incomplete");
        }
    }

    pub(super) fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
