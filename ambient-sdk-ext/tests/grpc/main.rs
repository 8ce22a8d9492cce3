//! News by push, on the embedded server over its sockets: watches, waits and messages.
#![allow(clippy::unwrap_used, clippy::panic)] // A failed expectation is a failed test.

mod following;
mod waiting;
mod watching;

use std::time::Duration;

use ambient_sdk_ext::{
    Client,
    ambient_sdk::api_server::types::Session,
    api_server::NewSession,
    mock::{MockServer, SessionScript},
};

/// No test takes this long, unless something hangs.
const LONG: Duration = Duration::from_secs(60);

/// A server that leaves sessions to the test.
async fn server() -> MockServer {
    MockServer::builder().session_script(SessionScript::idle()).start().await.unwrap()
}

async fn started(client: &Client, name: &str) -> Session {
    let sessions = client.api_server().sessions();
    let created = sessions.create(NewSession::new(name)).await.unwrap();
    sessions.start(&created.id).await.unwrap()
}

/// The outcome, which has to come.
async fn soon<T>(outcome: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, outcome).await.unwrap()
}

/// Waits until a call was made so often.
async fn called(server: &MockServer, operation: &str, times: usize) {
    soon(async {
        while server.request_count(operation) < times {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
