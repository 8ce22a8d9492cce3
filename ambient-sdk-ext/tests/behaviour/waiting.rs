//! Waiting for a session, under paused time.

use std::time::Duration;

use crate::common::{Answer, Script, chunks, json, response, session};
use ambient_sdk_ext::{
    CallOptions, Client, SessionStatus,
    retry::RetryPolicy,
    wait::{NotFound, Update},
};
use futures_util::StreamExt;
use serde_json::json;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

fn client(script: &Script) -> Client {
    script.client().with(CallOptions::new().retry(RetryPolicy::none()))
}

fn states(states: &[&str]) -> Script {
    Script::new(states.iter().map(|state| session(state)))
}

fn missing() -> Answer {
    json(404, json!({ "error": "not found" }))
}

fn busy() -> Answer {
    json(503, json!({ "error": "busy" }))
}

#[tokio::test(start_paused = true)]
async fn looks_at_once_and_then_every_five_seconds() {
    let script = states(&["pending", "running", "running", "completed"]);
    let start = Instant::now();
    let session = client(&script).wait_for_completion("s1").await.unwrap();
    assert_eq!(session.status, SessionStatus::Completed);
    let seconds: Vec<_> = script.asked().iter().map(|a| (a.at - start).as_secs()).collect();
    assert_eq!(seconds, [0, 5, 10, 15]);
}

#[tokio::test(start_paused = true)]
async fn failed_and_stopped_end_it_too() {
    for state in ["failed", "Stopped", "stopped"] {
        let script = states(&["running", state]);
        let session = client(&script).wait_for_completion("s1").await.unwrap();
        assert_eq!(session.status, state);
    }
}

#[tokio::test(start_paused = true)]
async fn every_setting_reaches_the_loop() {
    let script = states(&["running", "running", "running", "running", "completed"]);
    let start = Instant::now();
    client(&script)
        .wait_for_completion("s1")
        .initial_delay(SECOND * 3)
        .poll_interval(SECOND * 2)
        .max_poll_interval(SECOND * 4)
        .await
        .unwrap();
    let millis: Vec<_> = script.asked().iter().map(|a| (a.at - start).as_millis()).collect();
    assert_eq!(millis, [3000, 5000, 8000, 12000, 16000]);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_status_goes_on_and_is_seen() {
    let script = states(&["running", "reticulating", "reticulating", "completed"]);
    let updates = client(&script).wait_for_completion("s1").updates();
    let updates: Vec<Update<_>> = updates.map(Result::unwrap).collect().await;
    let seen: Vec<_> = updates
        .iter()
        .map(|u| (u.session.status.as_str(), u.changed, u.is_over, u.polls))
        .collect();
    let expected = [
        ("running", true, false, 1),
        ("reticulating", true, false, 2),
        ("reticulating", false, false, 3),
        ("completed", true, true, 4),
    ];
    assert_eq!(seen, expected);
    assert_eq!(updates[3].elapsed, SECOND * 15);
}

#[tokio::test(start_paused = true)]
async fn the_timeout_says_what_was_seen() {
    let script = states(&["pending", "running", "running", "running"]);
    let start = Instant::now();
    let wait = client(&script).wait_for_completion("s1").timeout(SECOND * 12);
    let error = wait.await.unwrap_err();
    assert_eq!(start.elapsed(), SECOND * 12);
    assert!(error.is_timeout() && !error.is_transient());
    assert_eq!(
        error.to_string(),
        "Session monitoring timed out after 12 seconds (session s1, 4 looks, last seen running)"
    );
    let report = error.wait().unwrap();
    assert_eq!((report.id.as_str(), report.polls, report.elapsed), ("s1", 4, SECOND * 12));
    assert_eq!(report.last_state.as_deref(), Some("running"));
}

#[tokio::test(start_paused = true)]
async fn the_first_look_is_made_even_without_time() {
    let late = Answer::Late(SECOND, Box::new(session("completed")));
    let script = Script::new([late]);
    let wait = client(&script).wait_for_completion("s1").timeout(Duration::ZERO);
    assert_eq!(wait.await.unwrap().status, SessionStatus::Completed);

    let script = states(&["running"]);
    let wait = client(&script).wait_for_completion("s1").timeout(Duration::ZERO);
    assert!(wait.await.unwrap_err().is_timeout());
}

#[tokio::test(start_paused = true)]
async fn a_look_that_hangs_does_not_outlast_the_wait() {
    let script = Script::new([session("running"), Answer::Never]);
    let start = Instant::now();
    let error = client(&script).wait_for_completion("s1").timeout(SECOND * 8).await.unwrap_err();
    assert!(error.wait().is_some());
    assert_eq!(start.elapsed(), SECOND * 8);
}

#[tokio::test(start_paused = true)]
async fn some_failures_in_a_row_are_tolerated() {
    let script = Script::new([
        busy(),
        Answer::Broken,
        busy(),
        session("running"),
        busy(),
        session("completed"),
    ]);
    client(&script).wait_for_completion("s1").await.unwrap();

    let broken_off = response(200, &[], chunks(&["{"], Some("reset")));
    let script = Script::new([session("running"), broken_off, session("completed")]);
    client(&script).wait_for_completion("s1").await.unwrap();

    let script = Script::new([session("running"), busy(), busy(), busy(), busy()]);
    let error = client(&script).wait_for_completion("s1").await.unwrap_err();
    assert!(error.is_server());
    let report = error.wait().unwrap();
    assert_eq!((report.polls, report.last_state.as_deref()), (5, Some("running")));
    assert_eq!(report.last_failure.as_deref(), Some("API error (503): busy"));

    let script = Script::new([busy()]);
    client(&script).wait_for_completion("s1").tolerate(0).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn what_will_not_pass_ends_it_at_once() {
    let script = Script::new([session("running"), json(401, json!({ "error": "expired" }))]);
    let error = client(&script).wait_for_completion("s1").await.unwrap_err();
    assert!(error.is_authentication() && error.wait().is_some());
}

#[tokio::test(start_paused = true)]
async fn not_found_is_the_end_or_not_yet() {
    let script = Script::new([missing(), missing()]);
    let start = Instant::now();
    assert!(client(&script).wait_for_completion("s1").await.unwrap_err().is_not_found());
    assert_eq!(start.elapsed(), SECOND, "it is looked for once more");

    let script =
        Script::new([missing(), missing(), missing(), missing(), missing(), session("completed")]);
    let wait = client(&script).wait_for_completion("s1").not_found(NotFound::KeepWaiting);
    assert_eq!(wait.await.unwrap().status, SessionStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_shuts_down_and_knows_no_session_ends_no_wait() {
    let script = Script::new([session("running"), missing(), Answer::Broken, session("completed")]);
    let ended = client(&script).wait_for_completion("s1").await.unwrap();
    assert_eq!(ended.status, SessionStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_a_longer_pause_gets_it() {
    let later = json(429, json!({ "error": "Rate limit exceeded", "retry_after": "20s" }));
    let script = Script::new([later, session("completed")]);
    let start = Instant::now();
    client(&script).wait_for_completion("s1").await.unwrap();
    assert_eq!(start.elapsed(), SECOND * 20);

    let much_later = response(503, &[("retry-after", "86400")], "{}");
    let script = Script::new([much_later, session("completed")]);
    let start = Instant::now();
    client(&script).wait_for_completion("s1").await.unwrap();
    assert_eq!(start.elapsed(), SECOND * 600, "and no longer");
}

#[tokio::test(start_paused = true)]
async fn the_initial_delay_is_no_longer_than_the_wait() {
    let script = states(&["running"]);
    let wait = client(&script).wait_for_completion("s1").initial_delay(SECOND * 600);
    let start = Instant::now();
    assert!(wait.timeout(SECOND * 10).await.unwrap_err().is_timeout());
    assert_eq!((start.elapsed(), script.asked().len()), (SECOND * 10, 1));
}

#[tokio::test(start_paused = true)]
async fn settings_without_measure_do_not_panic() {
    let script = states(&["running", "running"]);
    let wait = client(&script)
        .wait_for_completion("s1")
        .poll_interval(Duration::MAX)
        .max_poll_interval(Duration::MAX)
        .timeout(SECOND * 30);
    assert!(wait.await.unwrap_err().is_timeout());
    let script = states(&["completed"]);
    client(&script).wait_for_completion("s1").timeout(Duration::MAX).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_condition_can_end_it_earlier() {
    let script = states(&["pending", "running"]);
    let wait = client(&script).wait_for_completion("s1");
    let session = wait.until(|s| s.status == SessionStatus::Running).await.unwrap();
    assert_eq!(session.status, SessionStatus::Running);
}

#[tokio::test(start_paused = true)]
async fn dropping_it_stops_it() {
    let script = states(&["running", "running"]);
    let wait = tokio::spawn(client(&script).wait_for_completion("s1").into_future());
    tokio::time::sleep(SECOND * 7).await;
    wait.abort();
    tokio::time::sleep(SECOND * 60).await;
    assert_eq!(script.asked().len(), 2);
}
