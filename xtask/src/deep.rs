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
