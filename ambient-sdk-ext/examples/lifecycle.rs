//! A session's whole life: created, watched, finished; listed; one that fails; one that isn't there.
//!
//! `cargo run --example lifecycle` runs it against an embedded server. With `AMBIENT_TOKEN` and
//! `AMBIENT_PROJECT` set it does the same at `AMBIENT_API_URL`, and deletes what it created.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::{env, error::Error, process::ExitCode, time::Duration};

use ambient_sdk_ext::{
    Client, CreateSessionRequest, Repo, SessionResponse, SessionStatus,
    mock::{MockServer, SessionScript},
};
use futures_util::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};

/// Where the sessions run, and how patiently they are watched.
struct Stage {
    client: Client,
    poll_interval: Duration,
    timeout: Duration,
    /// Kept, since it stops when it is dropped.
    _server: Option<MockServer>,
}

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
    let stage =
        if env::var_os("AMBIENT_TOKEN").is_some() || env::var_os("AMBIENT_PROJECT").is_some() {
            real()?
        } else {
            embedded().await?
        };
    let client = &stage.client;

    println!("\n1. A session that completes");
    let request = CreateSessionRequest::new("Review this repository for security issues")
        .repo(Repo::new("https://github.com/ambient-code/platform").branch("main"));
    let first = watch(&stage, request).await?;

    println!("\n2. All sessions of the project {}", client.project());
    let list = client.list_sessions().await?;
    for session in list.items.iter().take(5) {
        println!("   {}  {:<10} {}", session.id, session.status, shortened(&session.task));
    }
    println!("   {} in all", list.total);

    println!("\n3. A session that fails");
    let request = CreateSessionRequest::new("Fix the build of a repository that doesn't exist")
        .repo("https://github.com/ambient-code/there-is-no-such-repository");
    let second = watch(&stage, request).await?;

    println!("\n4. A session that isn't there");
    match client.get_session("no-such-session").await {
        Err(error) if error.is_not_found() => println!("   {error}"),
        Err(error) => return Err(error.into()),
        Ok(session) => println!("   there is one after all: {}", session.status),
    }

    for session in [first, second] {
        client.delete_session(&session.id).await?;
    }
    println!("\nBoth sessions are deleted again.");
    Ok(())
}

async fn embedded() -> Result<Stage, Box<dyn Error>> {
    let completes = SessionScript::completes("Two findings: a token in a log, an open port.");
    let fails = SessionScript::fails("git clone failed: repository not found");
    let server = MockServer::builder()
        .session_script(completes)
        .script_when(|task| task.contains("doesn't exist"), fails)
        .start()
        .await?;
    println!(
        "No AMBIENT_TOKEN or AMBIENT_PROJECT is set: using an embedded server at {}.",
        server.url()
    );
    Ok(Stage {
        client: server.client()?,
        poll_interval: Duration::from_millis(20),
        timeout: Duration::from_secs(5),
        _server: Some(server),
    })
}

fn real() -> Result<Stage, Box<dyn Error>> {
    let client = Client::from_env()?;
    println!("Using the server at {}.", client.base_url());
    Ok(Stage {
        client,
        poll_interval: Duration::from_secs(5),
        timeout: Duration::from_secs(900),
        _server: None,
    })
}

/// Creates a session and shows each of its states until the end.
async fn watch(
    stage: &Stage,
    request: CreateSessionRequest,
) -> Result<SessionResponse, Box<dyn Error>> {
    let created = stage.client.create_session(request).await?;
    println!("   created {}", created.id);
    let progress = ProgressBar::new_spinner();
    progress.set_style(ProgressStyle::with_template("   {spinner} {msg} ({elapsed})")?);
    progress.enable_steady_tick(Duration::from_millis(100));
    let mut updates = stage
        .client
        .wait_for_completion(&created.id)
        .poll_interval(stage.poll_interval)
        .timeout(stage.timeout)
        .updates();
    let mut last = None;
    while let Some(update) = updates.next().await {
        let update = update?;
        progress.set_message(format!("{}, {} looks", update.session.status, update.polls));
        if update.changed {
            let status = &update.session.status;
            progress.suspend(|| println!("   {status} after {:.1?}", update.elapsed));
        }
        last = Some(update.session);
    }
    progress.finish_and_clear();
    let session = last.ok_or("the wait ended without a look")?;
    match &session.status {
        SessionStatus::Completed => {
            println!("   {}", session.result.as_deref().unwrap_or("no result"))
        }
        other => println!("   {other}: {}", session.error.as_deref().unwrap_or("no reason given")),
    }
    Ok(session)
}

fn shortened(task: &str) -> String {
    task.chars().take(60).collect()
}
