//! A program without `async`: creates, lists and waits for sessions, and holds a conversation.
//!
//! `cargo run --example blocking --features blocking` uses an embedded server. If `AMBIENT_TOKEN`
//! and `AMBIENT_PROJECT` are set, it uses the server at `AMBIENT_API_URL` and deletes the session
//! that it created.

#![allow(clippy::print_stdout)]

mod support;

use std::{error::Error, time::Duration};

use ambient_sdk_ext::{
    api_server::NewSession,
    blocking::Client,
    mock::{MockServer, Reply, SessionScript},
};
use support::Stage;

fn main() -> Result<(), Box<dyn Error>> {
    // The embedded server requires a runtime. A program without one uses `Client::from_env()`.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let script = SessionScript::running().reply(Reply::text("It holds the SDK of a platform."));
    let stage = runtime.block_on(Stage::set(MockServer::builder().session_script(script)))?;
    let client = Client::new(stage.client.clone())?;
    let server = client.api_server();
    let sessions = server.sessions();

    println!("\n1. A session");
    let session = sessions.create(NewSession::new("blocking"))?;
    sessions.start(&session.id)?;
    let running = sessions
        .wait_until(&session.id, |session| session.start_time.is_some())
        .set(|wait| wait.poll_interval(stage.poll_interval()).timeout(Duration::from_secs(300)))
        .wait()?;
    println!("   {}: {}", running.name, running.phase.map(|p| p.to_string()).unwrap_or_default());

    println!("\n2. A conversation");
    let messages = server.messages(&session.id);
    let reply = messages.say("What does this repository do?").wait()?;
    println!("   {}", reply.text);
    for message in messages.follow().messages() {
        let message = message?;
        println!("   {} {}", message.seq, message.event_type);
        if message.seq == reply.seq {
            break;
        }
    }

    println!("\n3. All sessions, page by page");
    for session in sessions.list().set(|list| list.page_size(50).limit(200)) {
        println!("   {}", session?.name);
    }
    sessions.delete(&session.id)?;
    println!("\nThe session was deleted.");
    Ok(())
}
