//! Testing your own code: a function of a service, and its tests on the embedded server.
//!
//! `cargo test --example test_your_code` runs the tests. Their clock is paused, so waits take no
//! time.

#![allow(clippy::print_stdout)]

use std::{error::Error, time::Duration};

use ambient_sdk_ext::{Client, CreateSessionRequest, Result, SessionStatus, mock::MockServer};

/// The code under test: reviews a repository, and returns the findings or the reason for the
/// failure.
async fn review(client: &Client, repository: &str) -> Result<std::result::Result<String, String>> {
    let request = CreateSessionRequest::new(format!("Review {repository} for security issues"));
    let created = client.create_session(request.repo(repository)).await?;
    let wait = client.wait_for_completion(&created.id).timeout(Duration::from_secs(600));
    let session = wait.await?;
    Ok(match session.status {
        SessionStatus::Completed => Ok(session.result.unwrap_or_default()),
        other => Err(session.error.unwrap_or_else(|| other.to_string())),
    })
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn Error>> {
    let server = MockServer::start().await?;
    let findings = review(&server.client()?, "https://example.com/shop.git").await?;
    println!("{findings:?}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use ambient_sdk_ext::mock::{Fault, SessionScript};

    use super::*;

    const REPOSITORY: &str = "https://example.com/shop.git";

    #[tokio::test(start_paused = true)]
    async fn a_failed_session_returns_the_reason() {
        let server = MockServer::start().await.unwrap();
        server.script_next_session(SessionScript::fails("the repository is empty"));
        let client = server.local_client().unwrap();
        let reviewed = review(&client, REPOSITORY).await.unwrap();
        assert_eq!(reviewed, Err("the repository is empty".to_owned()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_review_survives_a_server_outage_of_a_minute() {
        let server = MockServer::start().await.unwrap();
        server.fault("get_session", Fault::status(503).times(10)).unwrap();
        let client = server.local_client().unwrap();
        assert!(review(&client, REPOSITORY).await.unwrap().is_ok());
        assert!(server.request_count("get_session") > 10);
    }
}
