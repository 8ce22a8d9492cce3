//! Waiting for a session, under paused time.

use std::time::Duration;

use crate::common::{Answer, Script, chunks, json, response, session};
use ambient_sdk_ext::{
    CallOptions, Client, SessionResponse, SessionStatus,
    retry::RetryPolicy,
    wait::{NotFound, Seen, Update, Wait},
};
use futures_util::StreamExt;
use serde_json::json;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

fn client(script: &Script) -> Client {
    script.client().with(CallOptions::new().retry(RetryPolicy::none()))
}

/// Creates a wait without jitter.
fn wait(script: &Script) -> Wait<SessionResponse> {
    client(script).wait_for_completion("s1").jitter(0.0)
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
async fn polls_immediately_and_then_every_five_seconds() {
    let script = states(&["pending", "running", "running", "completed"]);
    let start = Instant::now();
    let session = wait(&script).await.unwrap();
    assert_eq!(session.status, SessionStatus::Completed);
    let seconds: Vec<_> = script.requests().iter().map(|a| (a.at - start).as_secs()).collect();
    assert_eq!(seconds, [0, 5, 10, 15]);
}

#[tokio::test(start_paused = true)]
async fn jitter_spreads_waits_that_start_together() {
    let polls = |_| async {
        let script = states(&["running", "completed"]);
        let start = Instant::now();
        client(&script).wait_for_completion("s1").await.unwrap();
        start.elapsed().as_millis()
    };
    let ends = futures_util::future::join_all((0..200).map(polls)).await;
    let (first, last) = (ends.iter().min().unwrap(), ends.iter().max().unwrap());
    assert!((4000..4500).contains(first) && (5500..=6000).contains(last), "{first} to {last}");
}

#[tokio::test(start_paused = true)]
async fn failed_and_stopped_end_a_wait() {
    for state in ["failed", "Stopped", "stopped"] {
        let script = states(&["running", state]);
        let session = client(&script).wait_for_completion("s1").await.unwrap();
        assert_eq!(session.status, state);
    }
}

#[tokio::test(start_paused = true)]
async fn every_setting_has_an_effect() {
    let script = states(&["running", "running", "running", "running", "completed"]);
    let start = Instant::now();
    wait(&script)
        .initial_delay(SECOND * 3)
        .poll_interval(SECOND * 2)
        .max_poll_interval(SECOND * 4)
        .await
        .unwrap();
    let millis: Vec<_> = script.requests().iter().map(|a| (a.at - start).as_millis()).collect();
    assert_eq!(millis, [3000, 5000, 8000, 12000, 16000]);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_status_continues_the_wait_and_is_reported() {
    let script = states(&["running", "reticulating", "reticulating", "completed"]);
    let updates = wait(&script).updates();
    let updates: Vec<Seen<_>> = updates.map(|u| u.unwrap().seen().unwrap()).collect().await;
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
async fn the_timeout_error_contains_the_last_status() {
    let script = states(&["pending", "running", "running", "running"]);
    let start = Instant::now();
    let error = wait(&script).timeout(SECOND * 12).await.unwrap_err();
    assert_eq!(start.elapsed(), SECOND * 12);
    assert!(error.is_timeout() && !error.is_transient());
    assert_eq!(
        error.to_string(),
        "Session monitoring timed out after 12 seconds (session s1, 4 polls, last seen running)"
    );
    let report = error.wait().unwrap();
    assert_eq!((report.id.as_str(), report.polls, report.elapsed), ("s1", 4, SECOND * 12));
    assert_eq!(report.last_state.as_deref(), Some("running"));
}

#[tokio::test(start_paused = true)]
async fn the_first_poll_is_made_even_with_a_timeout_of_zero() {
    let script = states(&["completed"]);
    assert!(wait(&script).timeout(Duration::ZERO).await.is_ok());

    let script = states(&["running"]);
    assert!(wait(&script).timeout(Duration::ZERO).await.unwrap_err().is_timeout());
}

#[tokio::test(start_paused = true)]
async fn a_hanging_poll_ends_with_the_wait() {
    for answers in [vec![session("running"), Answer::Never], vec![Answer::Never]] {
        let script = Script::new(answers);
        let start = Instant::now();
        let error = wait(&script).timeout(SECOND * 8).await.unwrap_err();
        assert!(error.wait().is_some());
        assert_eq!(start.elapsed(), SECOND * 8 + SECOND * 8 / 20, "at most a twentieth later");
    }
}

#[tokio::test(start_paused = true)]
async fn failures_are_tolerated_for_two_minutes() {
    let outage = (0..24).map(|_| busy());
    let script = Script::new(outage.chain([Answer::Broken, session("completed")]));
    wait(&script).await.unwrap();

    let script = Script::new((0..26).map(|_| busy()));
    let start = Instant::now();
    let error = wait(&script).await.unwrap_err();
    assert!(error.is_server());
    assert_eq!(start.elapsed(), SECOND * 125);
    let report = error.wait().unwrap();
    assert_eq!((report.polls, report.last_state.as_deref()), (26, None));
    assert_eq!(report.last_failure.as_deref(), Some("API error (503): busy (get_session)"));
}

#[tokio::test(start_paused = true)]
async fn the_tolerated_time_can_be_set_and_restarts_after_a_success() {
    let script = Script::new([busy(), busy(), session("running"), busy(), session("completed")]);
    wait(&script).max_outage(SECOND * 6).await.unwrap();

    let broken_off = response(200, &[], chunks(&["{"], Some("reset")));
    let script = Script::new([session("running"), broken_off, session("completed")]);
    wait(&script).await.unwrap();

    let script = Script::new([busy()]);
    wait(&script).max_outage(Duration::ZERO).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn tolerated_failures_are_updates() {
    let script = Script::new([session("running"), busy(), busy(), session("completed")]);
    let updates: Vec<_> = wait(&script).updates().map(Result::unwrap).collect().await;
    let Update::Interrupted(second) = &updates[2] else { panic!("{:?}", updates[2]) };
    assert!(second.error.is_server());
    assert_eq!((second.failures, second.outage, second.polls), (2, SECOND * 5, 3));
    assert_eq!(updates.into_iter().filter_map(Update::seen).count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_permanent_error_ends_the_wait_immediately() {
    let script = Script::new([session("running"), json(401, json!({ "error": "expired" }))]);
    let error = client(&script).wait_for_completion("s1").await.unwrap_err();
    assert!(error.is_authentication() && error.wait().is_some());
}

#[tokio::test(start_paused = true)]
async fn not_found_ends_the_wait_or_is_tolerated() {
    let script = Script::new([missing(), missing()]);
    let start = Instant::now();
    assert!(wait(&script).await.unwrap_err().is_not_found());
    assert_eq!(start.elapsed(), SECOND, "it is polled once more");

    let script =
        Script::new([missing(), missing(), missing(), missing(), missing(), session("completed")]);
    let wait = client(&script).wait_for_completion("s1").not_found(NotFound::KeepWaiting);
    assert_eq!(wait.await.unwrap().status, SessionStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_404_of_a_server_that_shuts_down_does_not_end_the_wait() {
    let script = Script::new([session("running"), missing(), Answer::Broken, session("completed")]);
    let ended = client(&script).wait_for_completion("s1").await.unwrap();
    assert_eq!(ended.status, SessionStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn pauses_respect_retry_after() {
    let later = json(429, json!({ "error": "Rate limit exceeded", "retry_after": "20s" }));
    let script = Script::new([later, session("completed")]);
    let start = Instant::now();
    wait(&script).await.unwrap();
    assert_eq!(start.elapsed(), SECOND * 20);

    let much_later = response(503, &[("retry-after", "86400")], "{}");
    let script = Script::new([much_later, session("completed")]);
    let start = Instant::now();
    wait(&script).await.unwrap();
    assert_eq!(start.elapsed(), SECOND * 600, "the pause is limited");
}

#[tokio::test(start_paused = true)]
async fn a_429_delays_all_waits_of_a_client() {
    let later = json(429, json!({ "error": "Rate limit exceeded", "retry_after": "20s" }));
    let script =
        Script::new([session("running"), later, session("completed"), session("completed")]);
    let client = client(&script);
    let start = Instant::now();
    let one = client.wait_for_completion("s1").jitter(0.0).initial_delay(SECOND);
    let other = client.clone().wait_for_completion("s1").jitter(0.0).initial_delay(SECOND * 2);
    let (one, other) = tokio::join!(one.into_future(), other.into_future());
    assert!(one.is_ok() && other.is_ok());
    let seconds: Vec<_> = script.requests().iter().map(|a| (a.at - start).as_secs()).collect();
    assert_eq!(seconds, [1, 2, 22, 22]);
}

#[tokio::test(start_paused = true)]
async fn the_timeout_limits_the_initial_delay() {
    let script = states(&["running"]);
    let wait = wait(&script).initial_delay(SECOND * 600);
    let start = Instant::now();
    assert!(wait.timeout(SECOND * 10).await.unwrap_err().is_timeout());
    assert_eq!((start.elapsed(), script.requests().len()), (SECOND * 10, 1));
}

#[tokio::test(start_paused = true)]
async fn extreme_settings_do_not_panic() {
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
async fn a_condition_can_end_the_wait() {
    let script = states(&["pending", "running"]);
    let wait = client(&script).wait_for_completion("s1");
    let session = wait.until(|s| s.status == SessionStatus::Running).await.unwrap();
    assert_eq!(session.status, SessionStatus::Running);
}

#[tokio::test(start_paused = true)]
async fn dropping_a_wait_stops_it() {
    let script = states(&["running", "running"]);
    let wait = tokio::spawn(client(&script).wait_for_completion("s1").into_future());
    tokio::time::sleep(SECOND * 7).await;
    wait.abort();
    tokio::time::sleep(SECOND * 60).await;
    assert_eq!(script.requests().len(), 2);
}
