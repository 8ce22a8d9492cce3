//! The high-level client reads what the real servers answered.
//!
//! Each scenario is played back by a small server, and each of its steps that the high-level API can
//! say is called through it: what comes back must be what was recorded, as a value or as an error
//! with its kind, its text and what the server said of it.

mod calls;
mod cast;
mod player;
mod unsaid;

use ambient_sdk_ext::{Client, Error, ErrorKind, reqwest, retry::RetryPolicy};
use serde_json::Value;

use crate::scenario::Scenario;
use calls::Said;
use cast::Part;
use player::Player;
use unsaid::UNSAID;

/// What a client without other settings calls with.
const TOKEN: &str = "sha256~a-token-of-the-player";
const PROJECT: &str = "demo";

async fn plays(name: &str) {
    let parts = cast::cast(&Scenario::read(name), TOKEN);
    let player = Player::start(parts.clone()).await;
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let http = http.build().unwrap();
    let mut failed = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        player.turn_to(at);
        let said = match client_for(&player, &http, part) {
            Some(client) => calls::call(&client, &part.request).await,
            None => Said::Not,
        };
        let played = player.played();
        failed.extend(player.complaints().into_iter().map(|text| format!("{}: {text}", part.name)));
        let listed = UNSAID.iter().any(|(file, step, _)| (*file, *step) == (name, &part.name));
        let verdict = match said {
            Said::Answer(answer) if played => check(part, answer),
            _ if listed => Ok(()),
            Said::Answer(Err(error)) => Err(format!("it was not sent: {error}")),
            Said::Answer(Ok(_)) | Said::Not => Err("it was not called".to_owned()),
        };
        let verdict = match verdict {
            Ok(()) if listed && played => Err("it is called by now, and still listed".to_owned()),
            other => other,
        };
        failed.extend(verdict.err().map(|text| format!("{}: {text}", part.name)));
    }
    assert!(failed.is_empty(), "of {name}:\n{}", failed.join("\n"));
}

/// The client of a step; none when no client can send its headers.
fn client_for(player: &Player, http: &reqwest::Client, part: &Part) -> Option<Client> {
    let (mut token, mut project) = (TOKEN, PROJECT);
    for (name, value) in part.request["headers"].as_object().into_iter().flatten() {
        match name.to_ascii_lowercase().as_str() {
            "authorization" => token = value.as_str()?.strip_prefix("Bearer ")?,
            "x-ambient-project" => project = value.as_str()?,
            "accept" | "last-event-id" | "content-type" => {}
            _ => return None,
        }
    }
    let client = Client::builder().base_url(player.url()).token(token).project(project);
    client.http_client(http.clone()).retry(RetryPolicy::none()).build().ok()
}

fn check(part: &Part, answer: Result<Value, Error>) -> Result<(), String> {
    let recorded = &part.response;
    let status = recorded["status"].as_u64().unwrap();
    match answer {
        Ok(answer) if (200..300).contains(&status) => {
            let body = recorded.get("body").unwrap_or(&Value::Null);
            calls::same(body, &answer, "")
        }
        Ok(answer) => Err(format!("{status} was recorded, and it gave {answer}")),
        Err(error) => check_error(status, recorded, &error),
    }
}

fn check_error(status: u64, recorded: &Value, error: &Error) -> Result<(), String> {
    let expected = match status {
        0 => ErrorKind::Connection,
        400 if error.is_project_required() => ErrorKind::ProjectRequired,
        400 => ErrorKind::InvalidRequest,
        401 => ErrorKind::Authentication,
        403 => ErrorKind::Permission,
        404 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        500.. => ErrorKind::Server,
        _ => ErrorKind::Api,
    };
    if error.kind() != expected {
        return Err(format!("{expected:?} is expected of {status}: {error:?}"));
    }
    if status > 0 && error.status().map(|status| u64::from(status.as_u16())) != Some(status) {
        return Err(format!("{status} was recorded: {error:?}"));
    }
    let body = &recorded["body"];
    let words = ["/reason", "/error"].iter().find_map(|place| body.pointer(place)?.as_str());
    let words = words.or_else(|| recorded["text"].as_str()).unwrap_or_default().trim();
    let text = error.to_string();
    // The text that users know stands for all forms of it.
    let id = words.split('\'').nth(1).unwrap_or_default();
    let is_known = error.is_not_found() && text.starts_with("session not found: ");
    if status > 0 && !text.contains(words) && !(is_known && text.contains(id)) {
        return Err(format!("{words:?} is not in {text:?}"));
    }
    if error.code() != body["code"].as_str() {
        return Err(format!("{} was recorded: {:?}", body["code"], error.code()));
    }
    let operation = recorded["headers"]["x-operation-id"].as_str();
    if error.operation_id() != operation {
        return Err(format!("{operation:?} was recorded: {:?}", error.operation_id()));
    }
    Ok(())
}

/// One test a scenario.
macro_rules! scenarios {
    ($($test:ident: $file:literal),* $(,)?) => {
        $(#[tokio::test]
        async fn $test() {
            plays($file).await;
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
fn every_recording_is_played() {
    assert_eq!(Scenario::names(), SCENARIOS);
}

#[test]
fn every_step_that_is_not_said_is_recorded() {
    for (file, step, reason) in UNSAID {
        let scenario = Scenario::read(file);
        assert!(scenario.steps.iter().any(|known| known.name == *step), "{file}: {step}");
        assert!(!reason.is_empty(), "{file}: {step}");
    }
}
