//! An agent: found or created by name, started with a task and followed until the task is done; and
//! its inbox.
//!
//! `cargo run --example run_agent` uses an embedded server. If `AMBIENT_TOKEN` and
//! `AMBIENT_PROJECT` are set, it uses the server at `AMBIENT_API_URL` and the project of that name,
//! and does not delete the agent.

#![allow(clippy::print_stdout)]

mod support;

use std::{error::Error, time::Duration};

use ambient_sdk_ext::{
    ambient_sdk::api_server::types::Agent,
    api_server::{Agents, ApiServer, Delivery, NewAgent, NewInboxMessage, RunUpdate},
    mock::MockServer,
};
use futures_util::TryStreamExt;
use support::Stage;

const NAME: &str = "example-reviewer";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let stage = Stage::set(MockServer::builder()).await?;
    let client = &stage.client;
    let server = client.api_server();

    println!("\n1. The agent {NAME} of the project {}", client.project());
    let name = client.project();
    let project = server.project_by_name(name).await?.ok_or("there is no project of that name")?;
    let agents = server.agents(&project.id);
    let agent = found_or_created(&server, &agents, &project.id).await?;
    println!("   {}", agent.id);

    println!("\n2. A message to its inbox, then a task");
    let inbox = agents.inbox(&agent.id);
    let message = inbox.send(NewInboxMessage::new("Mind the tests").from_name("example")).await?;
    let started = agents.start_with(&agent.id, "Review the open pull requests").await?;
    match started.is_new {
        true => println!("   started as session {} with:", started.session.id),
        false => println!("   already running as session {}, with:", started.session.id),
    }
    if started.delivery == Delivery::NotDelivered {
        println!("   the task was not delivered");
    }
    for line in started.prompt.unwrap_or_default().lines() {
        println!("   | {line}");
    }

    println!("\n3. The phases until it is done");
    let follow = server.sessions().follow(&started.session.id);
    let mut updates = follow.timeout(Duration::from_secs(600)).stream();
    while let Some(update) = updates.try_next().await? {
        match update {
            RunUpdate::Phase(session) => {
                println!("   {}", session.phase.map(|phase| phase.to_string()).unwrap_or_default());
            }
            RunUpdate::Ended(session) => {
                println!("   result: {}", session.result().unwrap_or("none"));
            }
            _ => {}
        }
    }

    println!("\n4. Its inbox and its sessions");
    inbox.mark_read(&message.id).await?;
    for message in inbox.list().collect().await? {
        let read = if message.read == Some(true) { "read" } else { "unread" };
        println!("   {}: {} ({read})", message.from_name.unwrap_or_default(), message.body);
    }
    println!("   sessions: {}", agents.sessions(&agent.id).collect().await?.len());
    inbox.delete(&message.id).await?;
    Ok(())
}

async fn found_or_created(
    server: &ApiServer,
    agents: &Agents,
    project: &str,
) -> ambient_sdk_ext::Result<Agent> {
    match server.agent_by_name(project, NAME).await? {
        Some(agent) => Ok(agent),
        None => agents.create(NewAgent::new(NAME).prompt("You review changes.")).await,
    }
}
