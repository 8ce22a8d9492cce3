//! Session changes by push: a watch, many waits and many conversations over one connection.
//!
//! `cargo run --example watch_sessions --features grpc` uses an embedded server. If `AMBIENT_TOKEN`
//! and `AMBIENT_PROJECT` are set, it uses the server at `AMBIENT_API_URL`, with its gRPC endpoint
//! at `AMBIENT_GRPC_URL`; sessions there must end on their own.

#![allow(clippy::print_stdout)]

mod support;

use std::error::Error;

use ambient_sdk_ext::{
    CreateSessionRequest,
    api_server::WatchEvent,
    mock::{MockServer, SessionScript},
};
use futures_util::StreamExt;
use support::Stage;

/// The number of sessions.
const SESSIONS: usize = 12;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let builder = MockServer::builder()
        .script_when(|task| task.contains("part 7"), SessionScript::fails("the disk is full"));
    let stage = Stage::set(builder).await?;
    let server = stage.client.api_server();

    println!("\n1. Running sessions, and a message of the first");
    let mut ids = Vec::new();
    for part in 1..=SESSIONS {
        let request = CreateSessionRequest::new(format!("Summarise part {part} of the archive"));
        ids.push(server.sessions().create_and_start(request).await?.id);
    }
    let mut messages = server.messages(&ids[0]).follow().messages();
    if let Some(message) = messages.next().await {
        println!("   {}", message?.payload);
    }

    println!("\n2. Sessions that fail, as they fail");
    let mut failed = server.watch().phase("Failed").events();

    println!("\n3. All sessions, as they end");
    let waits = server.sessions().wait_many(ids.clone()).poll_interval(stage.poll_interval());
    let mut ended = waits.outcomes();
    let mut count = 0;
    while let Some(outcome) = ended.next().await {
        let session = outcome.result?;
        count += 1;
        let phase = session.phase.map(|phase| phase.to_string()).unwrap_or_default();
        println!("   {count:>2}. {} {phase}", session.name);
    }
    if stage.mock.is_some()
        && let Some(event) = failed.next().await
        && let WatchEvent::Created(session) = event?
    {
        println!("   failed: {}", session.name);
    }

    if let Some(mock) = &stage.mock {
        println!("\n4. Number of watch calls: {}", mock.request_count("watch_sessions"));
    }
    Ok(())
}
