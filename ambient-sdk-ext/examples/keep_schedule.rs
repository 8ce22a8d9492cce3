//! A scheduled session: creates, triggers, reschedules, suspends and resumes it, and lists its
//! runs.
//!
//! `cargo run --example keep_schedule` uses an embedded server. If `AMBIENT_TOKEN` and
//! `AMBIENT_PROJECT` are set, it uses the server at `AMBIENT_API_URL` and the project of that name,
//! with a schedule that it creates and deletes.

#![allow(clippy::print_stdout)]

mod support;

use std::error::Error;

use ambient_sdk_ext::{
    ambient_sdk::api_server::types::ScheduledSession,
    api_server::{NewScheduledSession, ScheduledSessionPatch, ScheduledSessions},
    mock::MockServer,
};
use support::Stage;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let stage = Stage::set(MockServer::builder()).await?;
    let client = &stage.client;
    let server = client.api_server();
    let name = client.project();
    let project = server.project_by_name(name).await?.ok_or("there is no project of that name")?;
    let schedules = server.scheduled_sessions(&project.id);

    println!("\n1. Every night at three");
    let new = NewScheduledSession::new("example-nightly", "0 3 * * *")
        .timezone("Europe/Berlin")
        .session_prompt("Update the dependencies and run the tests")
        .timeout(3_600);
    let schedule = schedules.create(new).await?;
    show(&schedule);

    let kept = keep(&schedules, &schedule.id).await;
    let deleted = schedules.delete(&schedule.id).await;
    kept?;
    deleted?;
    println!("\nThe schedule was deleted.");
    Ok(())
}

async fn keep(schedules: &ScheduledSessions, id: &str) -> Result<(), Box<dyn Error>> {
    println!("\n2. Triggered now");
    let answer = schedules.trigger(id).await?.status.unwrap_or_default();
    println!("   the server returned: {answer}");
    for session in schedules.runs(id).collect().await? {
        println!("   session {} {}", session.id, session.name);
    }

    println!("\n3. On working days only");
    let patch = ScheduledSessionPatch::new().schedule("0 3 * * 1-5");
    show(&schedules.update(id, patch).await?);

    println!("\n4. Suspended over the holidays, and resumed");
    show(&schedules.suspend(id).await?);
    show(&schedules.resume(id).await?);
    Ok(())
}

fn show(schedule: &ScheduledSession) {
    let state = if schedule.enabled == Some(false) { "suspended" } else { "enabled" };
    let zone = schedule.timezone.as_deref().unwrap_or("UTC");
    println!("   {} {:?} {zone} {state}", schedule.name, schedule.schedule);
}
