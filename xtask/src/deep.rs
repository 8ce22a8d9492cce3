//! Threads with a large stack for deeply nested documents, because a stack overflow aborts the process.

use std::io;
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// The stack size. Memory is allocated only as far as it is used.
const STACK: usize = 256 << 20;

/// Runs `work` on a new thread.
///
/// # Errors
/// If the system cannot create a thread.
pub(crate) fn spawn<'scope, 'env, T: Send + 'scope>(
    scope: &'scope Scope<'scope, 'env>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    Builder::new().stack_size(STACK).spawn_scoped(scope, work)
}

/// Runs `work` on a new thread, and waits for it.
///
/// # Errors
/// If the system cannot create a thread, or if `work` panics.
pub(crate) fn run<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    std::thread::scope(|scope| match spawn(scope, work) {
        Ok(thread) => thread.join().map_err(|panic| crate::generation::message(&*panic)),
        Err(error) => Err(format!("the thread cannot be started: {error}")),
    })
}
