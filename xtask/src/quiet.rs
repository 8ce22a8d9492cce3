//! Panics of code that is expected to panic, without their message on the terminal.
//!
//! The hook is one for the whole process. It is set once, asks whether the panicking thread wants
//! quiet, and hands every other panic on to the hook that was there before.

use std::{cell::Cell, panic, sync::Once};

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`, whose panics on this thread print nothing. They still unwind.
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

/// Gives back the old state, also when the work unwinds.
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
    fn a_panic_passes_and_the_state_is_restored() {
        assert!(catch_unwind(|| quietly(|| panic!("expected"))).is_err());
        assert!(!QUIET.get());
        assert_eq!(quietly(|| quietly(|| 1) + i32::from(QUIET.get())), 2);
    }
}
