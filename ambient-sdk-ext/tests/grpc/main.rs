//! Watches, waits and messages over gRPC, on the embedded server over its sockets.
// A panic fails the test, and the child process of a test prints its outcome.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

#[path = "../trust/authority.rs"]
mod authority;
mod deadlines;
mod following;
#[path = "../trust/setup.rs"]
mod setup;
mod tls;
mod waiting;
mod watching;

use std::time::Duration;

use ambient_sdk_ext::{
    Client,
    ambient_sdk::api_server::types::Session,
    api_server::NewSession,
    mock::{MockServer, SessionScript},
};

/// The timeout of each step. Only a test that hangs reaches it.
const LONG: Duration = Duration::from_secs(60);

/// Starts a server whose sessions change only if the test changes them.
async fn server() -> MockServer {
    MockServer::builder().session_script(SessionScript::idle()).start().await.unwrap()
}

async fn started(client: &Client, name: &str) -> Session {
    let sessions = client.api_server().sessions();
    let created = sessions.create(NewSession::new(name)).await.unwrap();
    sessions.start(&created.id).await.unwrap()
}

/// Returns the output of a future, and panics if it takes longer than [`LONG`].
async fn soon<T>(outcome: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, outcome).await.unwrap()
}

/// Waits until an operation was called this number of times.
async fn called(server: &MockServer, operation: &str, times: usize) {
    soon(async {
        while server.request_count(operation) < times {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
