//! Tracing: a line for each call when it ends, with the fields of its span.
//!
//! Any `tracing` subscriber works the same way. The feature `metrics` adds OpenTelemetry metrics.

#![allow(clippy::print_stdout)]

mod support;

use std::error::Error;

use ambient_sdk_ext::{
    CreateSessionRequest,
    mock::{Fault, MockServer},
};
use support::Stage;
use tracing_subscriber::fmt::format::FmtSpan;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_env_filter("ambient_sdk_ext=info")
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .init();
    let stage = Stage::set(MockServer::builder()).await?;
    if let Some(mock) = &stage.mock {
        // The second attempt succeeds: the span has `http.request.resend_count=1`.
        mock.fault("list_sessions", Fault::status(503).times(1))?;
    }
    let client = &stage.client;
    let task = "Review this repository for security issues";
    let created = client.create_session(CreateSessionRequest::new(task)).await?;
    client.list_sessions().await?;
    client.delete_session(&created.id).await?;
    Ok(())
}
