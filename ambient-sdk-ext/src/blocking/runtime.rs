//! The runtime behind blocking calls, on a thread of its own.

use std::{fmt, future::IntoFuture, io, sync::Arc, thread};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

use super::Blocking;
use crate::error::{Error, ErrorKind, Result};

/// A runtime that a client, its clones and what comes of them share.
///
/// Its thread drives connections and timers; the future of a call is polled by the thread that waits for
/// it. The runtime is dropped by its own thread, since a drop inside another runtime would panic.
#[derive(Clone)]
pub(super) struct Runtime(Arc<Worker>);

struct Worker {
    handle: Handle,
    /// The thread ends when this is dropped.
    _stop: oneshot::Sender<()>,
}

impl Runtime {
    pub(super) fn start() -> Result<Self> {
        refuse_inside_runtime()?;
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
            // It ends with an error, as nobody sends anything.
            let _stopped = runtime.block_on(stopped);
        };
        thread::Builder::new().name("ambient-blocking".into()).spawn(run)?;
        Ok(Self(Arc::new(Worker { handle, _stop: stop })))
    }

    /// Waits for a future on this thread.
    pub(super) fn block_on<F: IntoFuture>(&self, future: F) -> Result<F::Output> {
        refuse_inside_runtime()?;
        Ok(self.0.handle.block_on(future.into_future()))
    }

    /// Waits for a call on this thread.
    pub(super) fn wait<T>(&self, call: impl IntoFuture<Output = Result<T>>) -> Result<T> {
        self.block_on(call)?
    }

    /// The blocking form of something.
    pub(super) fn around<T>(&self, inner: T) -> Blocking<T> {
        Blocking { inner, runtime: self.clone() }
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Runtime")
    }
}

fn refuse_inside_runtime() -> Result<()> {
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
