//! Checks that the high-level client can read the recorded responses.
//!
//! A small server plays each scenario back. Each step is called through the high-level API if it
//! supports the request. The result must be the recorded value, or an error with the recorded kind,
//! text, code and operation id.

mod calls;
mod placeholders;
mod player;
mod unsupported;

use ambient_sdk_ext::{Client, Error, ErrorKind, reqwest, retry::RetryPolicy};
use serde_json::Value;

use crate::scenario::{Scenario, each_scenario};
use calls::CallResult;
use placeholders::FilledStep;
use player::Player;
use unsupported::UNSUPPORTED;

/// The token and the project of a client if the request doesn't set them.
const TOKEN: &str = "sha256~a-token-of-the-player";
const PROJECT: &str = "demo";

async fn check_client(name: &str) {
    let steps = placeholders::fill_steps(&Scenario::read(name), TOKEN);
    let player = Player::start(steps.clone()).await;
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let http = http.build().unwrap();
    let mut failed = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        player.set_step(at);
        let result = match client_for(&player, &http, step) {
            Some(client) => calls::call(&client, &step.request).await,
            None => CallResult::Unsupported,
        };
        let played = player.played();
        failed.extend(player.mismatches().into_iter().map(|text| format!("{}: {text}", step.name)));
        let listed =
            UNSUPPORTED.iter().any(|(file, known, _)| (*file, *known) == (name, &step.name));
        let verdict = match result {
            CallResult::Answer(answer) if played => check(step, answer),
            _ if listed => Ok(()),
            CallResult::Answer(Err(error)) => Err(format!("the request was not sent: {error}")),
            CallResult::Answer(Ok(_)) | CallResult::Unsupported => {
                Err("the request was not sent".to_owned())
            }
        };
        let verdict = match verdict {
            Ok(()) if listed && played => {
                Err("the request was sent, but is listed in UNSUPPORTED".to_owned())
            }
            other => other,
        };
        failed.extend(verdict.err().map(|text| format!("{}: {text}", step.name)));
    }
    assert!(failed.is_empty(), "of {name}:\n{}", failed.join("\n"));
}

/// Returns the client for a step, or `None` if no client can send its headers.
fn client_for(player: &Player, http: &reqwest::Client, step: &FilledStep) -> Option<Client> {
    let (mut token, mut project) = (TOKEN, PROJECT);
    for (name, value) in step.request["headers"].as_object().into_iter().flatten() {
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

fn check(step: &FilledStep, answer: Result<Value, Error>) -> Result<(), String> {
    let recorded = &step.response;
    let status = recorded["status"].as_u64().unwrap();
    match answer {
        Ok(answer) if (200..300).contains(&status) => {
            let body = recorded.get("body").unwrap_or(&Value::Null);
            calls::same(body, &answer, "")
        }
        Ok(answer) => Err(format!("recorded {status}, received {answer}")),
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
        return Err(format!("expected kind {expected:?} for {status}: {error:?}"));
    }
    if status > 0 && error.status().map(|status| u64::from(status.as_u16())) != Some(status) {
        return Err(format!("recorded {status}: {error:?}"));
    }
    let body = &recorded["body"];
    let words = ["/reason", "/error"].iter().find_map(|place| body.pointer(place)?.as_str());
    let words = words.or_else(|| recorded["text"].as_str()).unwrap_or_default().trim();
    let text = error.to_string();
    // For a missing session the client has a fixed text, regardless of the server's text.
    let id = words.split('\'').nth(1).unwrap_or_default();
    let is_known = error.is_not_found() && text.starts_with("session not found: ");
    if status > 0 && !text.contains(words) && !(is_known && text.contains(id)) {
        return Err(format!("{words:?} is not in {text:?}"));
    }
    if error.code() != body["code"].as_str() {
        return Err(format!("recorded {}: {:?}", body["code"], error.code()));
    }
    let operation = recorded["headers"]["x-operation-id"].as_str();
    if error.operation_id() != operation {
        return Err(format!("recorded {operation:?}: {:?}", error.operation_id()));
    }
    Ok(())
}

each_scenario!(check_client);

#[test]
fn every_recording_is_played() {
    assert_eq!(Scenario::names(), SCENARIOS);
}

#[test]
fn every_unsupported_step_is_recorded() {
    for (file, step, reason) in UNSUPPORTED {
        let scenario = Scenario::read(file);
        assert!(scenario.steps.iter().any(|known| known.name == *step), "{file}: {step}");
        assert!(!reason.is_empty(), "{file}: {step}");
    }
}
