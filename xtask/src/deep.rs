//! Threads with room for documents that are nested deeply: overflowing a stack ends the whole run, and
//! nothing can catch it.

use std::io;
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// Taken from the machine only as far as it is used.
const STACK: usize = 256 << 20;

/// Runs `work` on a thread of its own.
///
/// # Errors
/// When the system has no more threads.
pub(crate) fn spawn<'scope, 'env, T: Send + 'scope>(
    scope: &'scope Scope<'scope, 'env>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    Builder::new().stack_size(STACK).spawn_scoped(scope, work)
}

/// Runs `work` on a thread of its own, and waits for it.
///
/// # Errors
/// When the system has no more threads, or `work` panics.
pub(crate) fn run<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    std::thread::scope(|scope| match spawn(scope, work) {
        Ok(thread) => thread.join().map_err(|panic| crate::generation::said(&*panic)),
        Err(error) => Err(format!("no thread for it: {error}")),
    })
}
