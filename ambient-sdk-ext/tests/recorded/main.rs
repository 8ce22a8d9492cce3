//! Compares the embedded server and the high-level client with recorded responses of real servers.
//!
//! The recordings in `tests/recordings` are from the API server on PostgreSQL and from the gateway.
//! Each file is a scenario. [`every_recording_is_replayed`] fails if a file has no test.

// Helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod known_differences;
mod normal;
mod playback;
mod replay;
mod scenario;
mod servers;
mod wire;

use known_differences::KNOWN_DIFFERENCES;
use replay::{Outcome, replay};
use scenario::{Scenario, Step, Variables, each_scenario};

/// Replays a scenario against the embedded server. Each response must be the recorded one, except
/// for defects of the real server, and for the steps in [`KNOWN_DIFFERENCES`], which must differ.
async fn check_embedded_server(name: &str) {
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
    let is_listed =
        KNOWN_DIFFERENCES.iter().any(|(file, name, _)| (*file, *name) == (scenario, step));
    let differs = !outcome.differences.is_empty();
    match (is_listed, differs) {
        (true, false) => {
            Some(format!("{step}: equals the recording, but is listed in KNOWN_DIFFERENCES"))
        }
        (false, true) if !outcome.step.defect => {
            Some(format!("{step}:\n    {}", outcome.differences.join("\n    ")))
        }
        _ => None,
    }
}

each_scenario!(check_embedded_server);

#[test]
fn every_recording_is_replayed() {
    assert_eq!(Scenario::names(), SCENARIOS);
}

#[test]
fn every_listed_difference_is_a_recorded_step() {
    for (file, step, reason) in KNOWN_DIFFERENCES {
        let scenario = Scenario::read(file);
        assert!(scenario.steps.iter().any(|known| known.name == *step), "{file}: {step}");
        assert!(!reason.is_empty(), "{file}: {step}");
    }
}
