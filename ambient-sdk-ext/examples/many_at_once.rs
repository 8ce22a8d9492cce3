//! Many sessions at once: creates 200, then waits for all of them with few requests.
//!
//! A client sends at most 32 requests at once, so the tasks need no additional limit. `wait_many`
//! reads up to 100 sessions with one request and yields each session once, as it ends.

#![allow(clippy::print_stdout)]

use std::{collections::BTreeMap, error::Error, time::Duration};

use ambient_sdk_ext::{
    api_server::NewSession,
    mock::{MockServer, SessionScript},
};
use futures_util::{StreamExt, future::try_join_all};

const SESSIONS: usize = 200;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = MockServer::builder()
        .script_when(|task| task.contains("7"), SessionScript::fails("the repository is empty"))
        .start()
        .await?;
    let sessions = server.client()?.api_server().sessions();

    let created = try_join_all((0..SESSIONS).map(async |number| {
        let new = NewSession::new(format!("check-{number:03}"));
        let session = sessions.create(new.prompt(format!("Check repository {number}"))).await?;
        sessions.start(&session.id).await
    }))
    .await?;

    let ids = created.into_iter().map(|session| session.id);
    let wait = sessions.wait_many(ids).poll_interval(Duration::from_millis(100));
    let mut outcomes = wait.timeout(Duration::from_secs(60)).outcomes();
    let mut phases: BTreeMap<String, usize> = BTreeMap::new();
    while let Some(outcome) = outcomes.next().await {
        let phase = match outcome.result {
            Ok(session) => session.phase.map(|phase| phase.to_string()).unwrap_or_default(),
            Err(error) => format!("unknown, {error}"),
        };
        *phases.entry(phase).or_default() += 1;
    }
    for (phase, count) in phases {
        println!("{count} sessions: {phase}");
    }
    Ok(())
}
