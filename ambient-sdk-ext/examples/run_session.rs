//! A session that one call creates, starts and follows to its end, with its messages as they
//! arrive.

#![allow(clippy::print_stdout)]

mod support;

use std::{error::Error, time::Duration};

use ambient_sdk_ext::{
    api_server::{NewSession, RunUpdate},
    mock::{MockServer, SessionScript},
};
use futures_util::TryStreamExt;
use support::Stage;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let script = SessionScript::completes("The login test passes: the clock was mocked twice.");
    let stage = Stage::set(MockServer::builder().session_script(script)).await?;
    let server = stage.client.api_server();

    println!("\n1. Awaited: the final session");
    let new = NewSession::new("fix-login").prompt("Fix the login test").label("team", "web");
    let session = server.run(new).timeout(HOUR).stop_on_timeout(true).await?;
    println!("   {}: {}", session.phase(), session.result().unwrap_or_default());

    println!("\n2. As a stream: each message and phase as it arrives");
    let new = NewSession::new("fix-logout").prompt("Fix the logout test");
    let mut updates = server.run(new).timeout(HOUR).stream();
    while let Some(update) = updates.try_next().await? {
        match update {
            RunUpdate::Message(message) => println!("   {}", message.event_type),
            RunUpdate::Ended(session) => println!("   {}", session.phase()),
            _ => {}
        }
    }
    Ok(())
}
