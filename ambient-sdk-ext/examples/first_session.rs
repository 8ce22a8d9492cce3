//! The first session: creates it, waits for its end and prints the result.

#![allow(clippy::print_stdout)]

use std::{error::Error, time::Duration};

use ambient_sdk_ext::{CreateSessionRequest, mock::MockServer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // An embedded server with a client for it. For a real one: `let client = Client::from_env()?;`
    let server = MockServer::start().await?;
    let client = server.client()?;

    let request = CreateSessionRequest::new("Review this repository for security issues");
    let created = client.create_session(request).await?;
    let session = client
        .wait_for_completion(&created.id)
        .poll_interval(Duration::from_millis(50))
        .timeout(Duration::from_secs(300))
        .await?;
    println!("{}: {}", session.status, session.result.unwrap_or_default());
    Ok(())
}
