//! Stops a session after its run has timed out or was dropped.

use std::time::Duration;

use tokio::{runtime::Handle, task::JoinHandle};
use tracing::Instrument;

use crate::{
    api_server::ApiServer,
    error::{Error, Result},
};

/// The bounds of the time to wait for the response to a stop.
const GRACE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Stops a session when dropped, unless it was disarmed.
pub(super) struct StopOnDrop(Option<(ApiServer, String)>);

impl StopOnDrop {
    pub(super) fn new(server: &ApiServer, id: &str) -> Self {
        Self(Some((server.clone(), id.to_owned())))
    }

    /// Prevents the stop.
    pub(super) fn disarm(&mut self) {
        self.0 = None;
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        if let Some((server, id)) = self.0.take() {
            tracing::debug!(session = id, "stopped, because its run was dropped");
            _ = spawn(server, id);
        }
    }
}

/// Stops a session after a timeout; returns the result as text.
pub(super) async fn stop(server: &ApiServer, id: &str, timeout: Duration) -> String {
    let Some(mut stopping) = spawn(server.clone(), id.to_owned()) else {
        return "it could not be stopped".into();
    };
    let grace = (timeout / 20).clamp(GRACE.0, GRACE.1);
    match tokio::time::timeout(grace, &mut stopping).await {
        Ok(Ok(Ok(()))) => "a stop was requested".into(),
        Ok(Ok(Err(error))) => format!("it was not stopped: {error}"),
        Ok(Err(_)) => "it could not be stopped".into(),
        Err(_) => "a stop request is in flight".into(),
    }
}

/// Sends the stop from a new task; `None` outside a runtime.
fn spawn(server: ApiServer, id: String) -> Option<JoinHandle<Result<(), Error>>> {
    let runtime = Handle::try_current().ok()?;
    let stop = async move { server.sessions().stop(&id).await.map(|_| ()) };
    Some(runtime.spawn(stop.in_current_span()))
}
