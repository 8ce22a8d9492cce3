//! The runtime of the blocking client, on a separate thread.

use std::{fmt, future::IntoFuture, io, sync::Arc, thread};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

use super::Blocking;
use crate::error::{Error, ErrorKind, Result};

/// A runtime shared by a client, its clones, and the handles and iterators created from them.
///
/// Its thread drives connections and timers; the calling thread polls the future of its call. The
/// runtime is dropped by its own thread, because dropping it inside another runtime would panic.
#[derive(Clone)]
pub(super) struct Runtime(Arc<Worker>);

struct Worker {
    handle: Handle,
    /// The thread ends when this is dropped.
    _stop: oneshot::Sender<()>,
}

impl Runtime {
    pub(super) fn start() -> Result<Self> {
        reject_inside_runtime()?;
        Self::spawn().map_err(|error| {
            let text = "the background thread of the blocking client could not be started";
            Error::new(ErrorKind::Configuration, text).with_source(error)
        })
    }

    fn spawn() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let run = move || {
            // Returns an error when the sender is dropped, because nothing is ever sent.
            let _stopped = runtime.block_on(stopped);
        };
        thread::Builder::new().name("ambient-blocking".into()).spawn(run)?;
        Ok(Self(Arc::new(Worker { handle, _stop: stop })))
    }

    /// Blocks this thread on a future.
    pub(super) fn block_on<F: IntoFuture>(&self, future: F) -> Result<F::Output> {
        reject_inside_runtime()?;
        Ok(self.0.handle.block_on(future.into_future()))
    }

    /// Blocks this thread on a call.
    pub(super) fn wait<T>(&self, call: impl IntoFuture<Output = Result<T>>) -> Result<T> {
        self.block_on(call)?
    }

    /// Creates the blocking form of a value.
    pub(super) fn around<T>(&self, inner: T) -> Blocking<T> {
        Blocking { inner, runtime: self.clone() }
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Runtime")
    }
}

fn reject_inside_runtime() -> Result<()> {
    match Handle::try_current() {
        Err(_) => Ok(()),
        Ok(_) => {
            let text = "the blocking client was called inside an async runtime, whose tasks would stall: \
                        use `ambient_sdk_ext::Client` there, or call it from a thread of \
                        `std::thread::spawn`";
            Err(Error::new(ErrorKind::Configuration, text))
        }
    }
}
