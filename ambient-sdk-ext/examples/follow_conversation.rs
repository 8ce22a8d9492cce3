//! A conversation with a running session: sends a message, waits for the reply, follows the
//! messages live and lists them.
//!
//! `cargo run --example follow_conversation` uses an embedded server, where one connection breaks.
//! If `AMBIENT_TOKEN` and `AMBIENT_PROJECT` are set, it uses the server at `AMBIENT_API_URL` and
//! deletes the session that it created.

#![allow(clippy::print_stdout)]

mod support;

use std::{error::Error, time::Duration};

use ambient_sdk_ext::{
    ambient_sdk::api_server::types::SessionPhase,
    api_server::{
        NewSession, Sessions,
        conversation::Outcome,
        messages::{Followed, Message, Messages},
    },
    mock::{Fault, MockServer, Reply, SessionScript},
};
use futures_util::StreamExt;
use support::Stage;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let script = SessionScript::running().reply(Reply::text("It holds the SDK of a platform."));
    let stage = Stage::set(MockServer::builder().session_script(script)).await?;
    let sessions = stage.client.api_server().sessions();
    let session = sessions.create(NewSession::new("follow-conversation")).await?.id;
    let talked = talk(&stage, &sessions, &session).await;
    let deleted = sessions.delete(&session).await;
    talked?;
    deleted?;
    println!("\nThe session was deleted.");
    Ok(())
}

async fn talk(stage: &Stage, sessions: &Sessions, session: &str) -> Result<(), Box<dyn Error>> {
    println!("Session {session} is starting.");
    run(stage, sessions, session).await?;
    let messages = stage.client.api_server().messages(session);

    println!("\n1. Send a message and wait for the reply");
    let reply = messages.say("What does this repository do?").await?;
    match reply.outcome {
        Outcome::Finished => println!("   {}", reply.text),
        outcome => println!("   the run did not finish: {outcome:?}"),
    }

    println!("\n2. The messages of a run, as they arrive");
    let mut turn = messages.say("And how is it tested?").stream();
    while let Some(message) = turn.next().await {
        show(&message?);
    }

    println!("\n3. The whole conversation, followed from the beginning");
    if let Some(mock) = &stage.mock {
        mock.fault("stream_session_messages", Fault::cut_after_frames(3).times(1))?;
    }
    follow(&messages).await?;

    println!("\n4. The messages after the first reply, as a list");
    for message in messages.list().after(reply.seq).await? {
        show(&message);
    }
    Ok(())
}

/// Starts a session and waits until it runs; only a running session replies.
async fn run(stage: &Stage, sessions: &Sessions, session: &str) -> Result<(), Box<dyn Error>> {
    sessions.start(session).await?;
    let running = sessions
        .wait_until(session, |session| session.phase == Some(SessionPhase::Running))
        .poll_interval(stage.poll_interval())
        .timeout(Duration::from_secs(300))
        .await?;
    match running.phase {
        Some(SessionPhase::Running) => Ok(()),
        other => Err(format!("the session ended before it ran: {other:?}").into()),
    }
}

/// Prints all messages until none arrives for a second.
async fn follow(messages: &Messages) -> Result<(), Box<dyn Error>> {
    let mut stream = messages.follow().stream();
    while let Ok(Some(item)) = tokio::time::timeout(Duration::from_secs(1), stream.next()).await {
        match item? {
            Followed::Message(message) => show(&message),
            Followed::Interrupted(lost) => {
                println!("   ({}; resumed after message {})", lost.error, lost.after);
            }
            other => println!("   {other:?}"),
        }
    }
    Ok(())
}

fn show(message: &Message) {
    let payload: String = message.payload.chars().take(60).collect();
    println!("   {:>3} {:<21} {payload}", message.seq, message.event_type);
}
