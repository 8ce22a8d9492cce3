//! What the real servers answered, step by step, is what the embedded server answers.
//!
//! The recordings in `tests/recordings` were made by the API server on PostgreSQL and by the
//! gateway. A new file there is a new scenario: [`every_recording_is_replayed`] asks for its test.

// Helpers fail a test the same way as the test itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod normal;
mod playback;
mod replay;
mod scenario;
mod servers;
mod unlike;
mod wire;

use replay::{Outcome, replay};
use scenario::{Scenario, Step, Variables};
use unlike::UNLIKE;

/// Replays a scenario; each of its steps must be answered as recorded, but for defects of the real
/// server and what is listed in [`UNLIKE`], which must differ.
async fn holds(name: &str) {
    let scenario = Scenario::read(name);
    let server = servers::start(name).await;
    let token = format!("Bearer {}", server.token());
    let headers = [("Authorization", token.as_str())];
    let mut given = Variables::default();
    given.insert("token".into(), server.token().into());
    let before = |step: &Step, variables: &Variables| {
        servers::before(&server, name, step, variables);
    };
    let outcomes = replay(&scenario, server.address(), &headers, given, before).await;
    let failed: Vec<_> = outcomes.iter().filter_map(|outcome| verdict(name, outcome)).collect();
    assert!(failed.is_empty(), "of {}:\n{}", scenario.name, failed.join("\n"));
}

fn verdict(scenario: &str, outcome: &Outcome<'_>) -> Option<String> {
    let step = outcome.step.name.as_str();
    let is_listed = UNLIKE.iter().any(|(file, name, _)| (*file, *name) == (scenario, step));
    let differs = !outcome.differences.is_empty();
    match (is_listed, differs) {
        (true, false) => Some(format!("{step}: holds by now, and is still in the list UNLIKE")),
        (false, true) if !outcome.step.defect => {
            Some(format!("{step}:\n    {}", outcome.differences.join("\n    ")))
        }
        _ => None,
    }
}

/// One test a scenario, and the list of all of them.
macro_rules! scenarios {
    ($($test:ident: $file:literal),* $(,)?) => {
        $(#[tokio::test]
        async fn $test() {
            holds($file).await;
        })*

        const SCENARIOS: &[&str] = &[$($file),*];
    };
}

scenarios! {
    access: "access",
    agents: "agents",
    applications: "applications",
    credentials: "credentials",
    gateway: "gateway",
    messages: "messages",
    paths: "paths",
    projects: "projects",
    schedules: "schedules",
    session_life: "session-life",
    session_lists: "session-lists",
    sessions: "sessions",
    tokens: "tokens",
    version: "version",
}

#[test]
fn every_recording_is_replayed() {
    assert_eq!(Scenario::names(), SCENARIOS);
}

#[test]
fn every_step_of_the_list_is_recorded() {
    for (file, step, reason) in UNLIKE {
        let scenario = Scenario::read(file);
        assert!(scenario.steps.iter().any(|known| known.name == *step), "{file}: {step}");
        assert!(!reason.is_empty(), "{file}: {step}");
    }
}
