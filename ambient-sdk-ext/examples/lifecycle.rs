//! The lifecycle of a session: creates one, watches it until it completes, and lists all sessions.
//! Also shows a session that fails and one that does not exist.
//!
//! `cargo run --example lifecycle` uses an embedded server. If `AMBIENT_TOKEN` and
//! `AMBIENT_PROJECT` are set, it uses the server at `AMBIENT_API_URL` and deletes what it created.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod support;

use std::{error::Error, process::ExitCode, time::Duration};

use ambient_sdk_ext::{
    Client, CreateSessionRequest, Repo, SessionStatus,
    mock::{MockServer, SessionScript},
};
use futures_util::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use support::Stage;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let completes = SessionScript::completes("Two findings: a token in a log, an open port.");
    let fails = SessionScript::fails("git clone failed: repository not found");
    let embedded = MockServer::builder()
        .session_script(completes)
        .script_when(|task| task.contains("doesn't exist"), fails);
    let stage = Stage::set(embedded).await?;
    let mut created = Vec::new();
    let shown = show(&stage, &mut created).await;
    let deleted = delete(&stage.client, &created).await;
    shown.and(deleted)
}

/// Deletes the sessions, and reports those that could not be deleted.
async fn delete(client: &Client, ids: &[String]) -> Result<(), Box<dyn Error>> {
    println!();
    let mut left = 0;
    for id in ids {
        match client.delete_session(id).await {
            Ok(()) => println!("Session {id} was deleted."),
            Err(error) => {
                eprintln!("Session {id} could not be deleted: {error}");
                left += 1;
            }
        }
    }
    if left > 0 { Err(format!("{left} sessions could not be deleted").into()) } else { Ok(()) }
}

/// Runs the steps. Adds the ids of the sessions that it creates to `created`, even if it fails.
async fn show(stage: &Stage, created: &mut Vec<String>) -> Result<(), Box<dyn Error>> {
    let client = &stage.client;

    println!("\n1. A session that completes");
    let request = CreateSessionRequest::new("Review this repository for security issues")
        .repo(Repo::new("https://github.com/ambient-code/platform").branch("main"));
    watch(stage, request, created).await?;

    println!("\n2. All sessions of the project {}", client.project());
    let list = client.list_sessions().await?;
    for session in list.items.iter().take(5) {
        println!("   {}  {:<10} {}", session.id, session.status, shortened(&session.task));
    }
    println!("   {} in total", list.total);

    println!("\n3. A session that fails");
    let request = CreateSessionRequest::new("Fix the build of a repository that doesn't exist")
        .repo("https://github.com/ambient-code/there-is-no-such-repository");
    watch(stage, request, created).await?;

    println!("\n4. A session that does not exist");
    match client.get_session("no-such-session").await {
        Err(error) if error.is_not_found() => println!("   {error}"),
        Err(error) => return Err(error.into()),
        Ok(session) => println!("   it exists: {}", session.status),
    }
    Ok(())
}

/// Creates a session and prints each of its states until it ends.
async fn watch(
    stage: &Stage,
    request: CreateSessionRequest,
    created: &mut Vec<String>,
) -> Result<(), Box<dyn Error>> {
    let id = stage.client.create_session(request).await?.id;
    println!("   created {id}");
    created.push(id.clone());
    let progress = ProgressBar::new_spinner();
    progress.set_style(ProgressStyle::with_template("   {spinner} {msg} ({elapsed})")?);
    progress.enable_steady_tick(Duration::from_millis(100));
    let mut updates = stage
        .client
        .wait_for_completion(id)
        .poll_interval(stage.poll_interval())
        .timeout(Duration::from_secs(900))
        .updates();
    let mut last = None;
    while let Some(update) = updates.next().await {
        // A tolerated failure of a poll contains no new state.
        let Some(seen) = update?.seen() else { continue };
        let status = &seen.session.status;
        progress.set_message(format!("{status}, {} polls", seen.polls));
        if seen.changed {
            progress.suspend(|| println!("   {status} after {:.1?}", seen.elapsed));
        }
        last = Some(seen.session);
    }
    progress.finish_and_clear();
    let session = last.ok_or("the wait ended without a poll")?;
    match &session.status {
        SessionStatus::Completed => {
            println!("   {}", session.result.as_deref().unwrap_or("no result"))
        }
        other => println!("   {other}: {}", session.error.as_deref().unwrap_or("no reason given")),
    }
    Ok(())
}

fn shortened(task: &str) -> String {
    task.chars().take(60).collect()
}
