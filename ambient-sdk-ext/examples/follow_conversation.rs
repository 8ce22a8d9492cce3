//! A conversation with a running session: said, answered, followed live, and read again.
//!
//! `cargo run --example follow_conversation` runs it against an embedded server, one of whose
//! connections breaks on the way. With `AMBIENT_TOKEN` and `AMBIENT_PROJECT` set it does the same
//! at `AMBIENT_API_URL`, and deletes the session that it created.

#![allow(clippy::print_stdout)]

use std::{env, error::Error, time::Duration};

use ambient_sdk_ext::{
    Client,
    ambient_sdk::api_server::types::SessionCreateRequest,
    api_server::{
        ApiServer,
        conversation::Outcome,
        messages::{Followed, Message, Messages},
    },
    mock::{Fault, MockServer, Reply, SessionScript},
};
use futures_util::StreamExt;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let real = env::var_os("AMBIENT_TOKEN").is_some() || env::var_os("AMBIENT_PROJECT").is_some();
    // Kept to the end, since it stops when it is dropped.
    let mock = if real { None } else { Some(embedded().await?) };
    let client = match &mock {
        Some(mock) => mock.client()?,
        None => Client::from_env()?,
    };
    let server = client.api_server();
    let session = start_session(&server).await?;
    let messages = server.messages(&session);

    println!("\n1. Something is said, and the reply is awaited");
    let reply = messages.say("What does this repository do?").await?;
    match reply.outcome {
        Outcome::Finished => println!("   {}", reply.text),
        outcome => println!("   the run did not finish: {outcome:?}"),
    }

    println!("\n2. Every message of a run, as it comes");
    let mut turn = messages.say("And how is it tested?").stream();
    while let Some(message) = turn.next().await {
        show(&message?);
    }

    println!("\n3. The whole conversation, followed from its beginning");
    if let Some(mock) = &mock {
        mock.fault("stream_session_messages", Fault::cut_after_frames(3).times(1))?;
    }
    follow(&messages).await?;

    println!("\n4. What came after the first reply, as a list");
    for message in messages.list().after(reply.seq).await? {
        show(&message);
    }

    server.raw().delete_session().id(&session).send().await?;
    println!("\nThe session is deleted again.");
    Ok(())
}

async fn embedded() -> Result<MockServer, Box<dyn Error>> {
    let script = SessionScript::running().reply(Reply::text("It holds the SDK of a platform."));
    let server = MockServer::builder().session_script(script).start().await?;
    println!(
        "No AMBIENT_TOKEN or AMBIENT_PROJECT is set: using an embedded server at {}.",
        server.url()
    );
    Ok(server)
}

async fn start_session(server: &ApiServer) -> Result<String, Box<dyn Error>> {
    let request = SessionCreateRequest::builder().name("follow-conversation");
    let created = server.raw().create_session().body(request).send().await?.into_inner();
    server.raw().start_session().id(&created.id).send().await?;
    println!("Session {} is starting.", created.id);
    Ok(created.id)
}

/// Shows everything that happens until nothing did for a second.
async fn follow(messages: &Messages) -> Result<(), Box<dyn Error>> {
    let mut stream = messages.follow().stream();
    while let Ok(Some(item)) = tokio::time::timeout(Duration::from_secs(1), stream.next()).await {
        match item? {
            Followed::Message(message) => show(&message),
            Followed::Interrupted(lost) => {
                println!("   ({}; again after message {})", lost.error, lost.after);
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
