//! Suppresses the messages of expected panics.
//!
//! A process has only one panic hook. This one is installed once. It ignores panics of threads that
//! suppress them, and passes all other panics to the previous hook.

use std::{cell::Cell, panic, sync::Once};

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` without printing its panics on this thread. Panics still unwind.
pub(crate) fn quietly<T>(work: impl FnOnce() -> T) -> T {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                before(info);
            }
        }));
    });
    let restore = Restore(QUIET.replace(true));
    let result = work();
    drop(restore);
    result
}

/// Restores the old state, even if `work` unwinds.
struct Restore(bool);

impl Drop for Restore {
    fn drop(&mut self) {
        QUIET.set(self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::{QUIET, quietly};

    #[test]
    fn a_panic_unwinds_and_the_state_is_restored() {
        assert!(catch_unwind(|| quietly(|| panic!("expected"))).is_err());
        assert!(!QUIET.get());
        assert_eq!(quietly(|| quietly(|| 1) + i32::from(QUIET.get())), 2);
    }
}
