//! Running a session from its creation to its end, and its output.

use std::{collections::BTreeMap, future::IntoFuture, time::Duration};

use ambient_sdk_ext::{
    CreateSessionRequest, Error, RequestOutcome,
    ambient_sdk::api_server::types::SessionPhase,
    api_server::{ApiServer, NewSession, Run, RunUpdate, SessionFields},
    mock::{Fault, MockServer, Reply, SessionScript},
};
use futures_util::StreamExt;
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

async fn mock() -> (MockServer, ApiServer) {
    let mock = MockServer::start().await.unwrap();
    let server = mock.local_client().unwrap().api_server();
    (mock, server)
}

/// Returns a script that completes a session after `time`.
fn runs_for(time: Duration) -> SessionScript {
    SessionScript::running().step(time, "Completed")
}

fn new() -> NewSession {
    NewSession::new("fix-login").prompt("Fix the login test")
}

async fn timed_out(run: Run, after: Duration) -> Error {
    let start = Instant::now();
    let error = run.timeout(after).await.unwrap_err();
    let late = start.elapsed().checked_sub(after).unwrap();
    assert!(late <= (after / 20).max(SECOND / 20), "{late:?} late: {error}");
    assert!(error.is_timeout(), "{error:?}");
    error
}

#[tokio::test(start_paused = true)]
async fn a_run_ends_with_the_session_and_returns_the_last_text() {
    let (mock, server) = mock().await;
    let fixed = SessionScript::default().reply(Reply::text("Fixed."));
    mock.script_next_session(fixed);
    let start = Instant::now();
    let session = server.run(new().label("team", "web")).timeout(SECOND * 3600).await.unwrap();
    assert_eq!((session.result(), session.error()), (Some("Fixed."), None));
    assert!(session.is_completed() && session.phase() == SessionPhase::Completed);
    assert_eq!(
        (session.name.as_str(), &session.labels().unwrap()["team"]),
        ("fix-login", &"web".into())
    );
    assert!(start.elapsed() < SECOND * 3, "{:?}", start.elapsed());
    assert_eq!(server.sessions().list().count().await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_run_accepts_requests_of_both_apis() {
    let (_mock, server) = mock().await;
    let session = server.run(CreateSessionRequest::new("Review it")).await.unwrap();
    assert!(session.name.starts_with("review-it-"));
    assert_eq!(session.result(), Some("Done."));

    let whole = new()
        .project_id("demo")
        .llm_model("a-model")
        .repos(["https://github.com/a/b"])
        .environment_variables([("A", "b")])
        .annotations([("note", "x"), ("by", "a")])
        .annotation("by", "b")
        .label("team", "web")
        .label("tier", "\"1\"")
        .timeout(60);
    let session = server.sessions().run(whole).await.unwrap();
    let pairs = |map: BTreeMap<String, String>| map.into_iter().collect::<Vec<_>>();
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let labels = [pair("team", "web"), pair("tier", "\"1\"")];
    assert_eq!(pairs(session.labels().unwrap()), labels);
    assert_eq!(pairs(session.annotations().unwrap()), [pair("by", "b"), pair("note", "x")]);
    assert_eq!((session.llm_model.as_deref(), session.timeout), (Some("a-model"), Some(60)));
    assert_eq!(session.project_id.as_deref(), Some("demo"));
    assert!(session.repos.is_some() && session.environment_variables.is_some());

    let refused = server.run(CreateSessionRequest::new(" ")).await.unwrap_err();
    assert_eq!(refused.to_string(), "Invalid request: task is empty");
    assert!(server.run(new().repos(["nonsense"])).await.unwrap_err().is_invalid_request());
}

#[tokio::test(start_paused = true)]
async fn a_failed_session_has_its_reason() {
    let (mock, server) = mock().await;
    let error = r#"{"type":"RUN_ERROR","message":"out of tokens"}"#;
    let reply = Reply::silent().step(SECOND / 100, "assistant", "So far.").step(
        SECOND / 100,
        "RUN_ERROR",
        error,
    );
    let fails = SessionScript::running().step(SECOND, "Failed");
    mock.script_next_session(fails.reply(reply));
    let session = server.run(new()).await.unwrap();
    assert!(session.is_failed());
    assert_eq!((session.result(), session.error()), (Some("So far."), Some("out of tokens")));

    mock.script_next_session(SessionScript::fails("the pod died").reply(Reply::silent()));
    let session = server.run(new()).await.unwrap();
    assert_eq!((session.result(), session.error()), (None, Some("the pod died")));
}

#[tokio::test(start_paused = true)]
async fn the_stream_has_every_message_and_phase_once() {
    let (mock, server) = mock().await;
    mock.script_next_session(runs_for(SECOND * 60));
    let mut updates = server.run(new()).stream();
    let (mut phases, mut messages, mut ended) = (Vec::new(), Vec::new(), None);
    while let Some(update) = updates.next().await {
        match update.unwrap() {
            RunUpdate::Phase(session) => phases.push(session.phase.unwrap().to_string()),
            RunUpdate::Message(message) => messages.push(message.event_type.to_string()),
            RunUpdate::Ended(session) => ended = Some(session),
            _ => unreachable!(),
        }
    }
    assert_eq!(phases, ["Pending", "Running", "Completed"]);
    assert_eq!(messages[..2], ["user", "RUN_STARTED"]);
    assert_eq!((messages.len(), messages[6].as_str()), (7, "RUN_FINISHED"));
    assert_eq!(ended.unwrap().result(), Some("You said: Fix the login test"));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_was_started_elsewhere_can_be_followed() {
    let (mock, server) = mock().await;
    let sessions = server.sessions();
    mock.script_next_session(runs_for(SECOND * 600));
    let id = sessions.create_and_start(new()).await.unwrap().id;
    let followed = tokio::spawn(sessions.follow(&id).into_future());
    sleep(SECOND * 100).await;
    server.messages(&id).push("One more thing").await.unwrap();
    sleep(SECOND * 100).await;
    sessions.stop(&id).await.unwrap();
    let session = followed.await.unwrap().unwrap();
    assert_eq!(session.phase(), SessionPhase::Stopped);
    assert_eq!(session.result(), Some("You said: One more thing"));

    // A session can be followed again after its end.
    assert_eq!(sessions.follow(&id).await.unwrap(), session);
    let id = sessions.create(new()).await.unwrap().id;
    assert!(sessions.follow(id).await.unwrap_err().is_not_started());
    assert!(sessions.follow("none").await.unwrap_err().is_not_found());
}

#[tokio::test(start_paused = true)]
async fn outages_do_not_end_a_run() {
    let (mock, server) = mock().await;
    mock.script_next_session(runs_for(SECOND * 60));
    let script = |operation: &str, fault: Fault| mock.fault(operation, fault).unwrap();
    script("stream_session_messages", Fault::cut_after_frames(2).times(3));
    script("get_session", Fault::status(503).after(1).times(6));
    script("list_session_messages", Fault::cut_connection().times(5));
    let session = server.run(new()).await.unwrap();
    assert_eq!(session.result(), Some("You said: Fix the login test"));
}

#[tokio::test(start_paused = true)]
async fn the_last_message_is_read_from_the_list_if_the_stream_lacks_it() {
    let (mock, server) = mock().await;
    mock.fault("stream_session_messages", Fault::stall_after_frames(1)).unwrap();
    let session = server.run(new()).await.unwrap();
    assert_eq!(session.result(), Some("Done."));
    let polled = server.run(new()).follow(|follow| follow.polling()).await.unwrap();
    assert_eq!(polled.result(), session.result());
}

#[tokio::test(start_paused = true)]
async fn a_run_ends_at_its_timeout_and_reports_the_last_phase() {
    let (mock, server) = mock().await;
    mock.script_next_session(SessionScript::running());
    let error = timed_out(server.run(new()), SECOND * 60).await;
    let id = error.created_session().unwrap();
    assert_eq!(error.wait().unwrap().last_state.as_deref(), Some("Running"));
    let session = server.sessions().get(id).await.unwrap();
    assert_eq!(session.phase, Some(SessionPhase::Running), "the session is still running");

    // The timeout also ends a run with a request in flight.
    mock.fault("get_session", Fault::hang().after(1)).unwrap();
    mock.fault("stream_session_messages", Fault::hang()).unwrap();
    mock.script_next_session(SessionScript::running());
    timed_out(server.run(new()), SECOND * 7).await;
}

#[tokio::test(start_paused = true)]
async fn a_timeout_during_the_start_reports_the_state_of_the_session() {
    let (mock, server) = mock().await;
    mock.fault("create_session", Fault::hang().times(1)).unwrap();
    let error = timed_out(server.run(new()), SECOND * 3).await;
    assert_eq!((error.created_session(), error.outcome()), (None, RequestOutcome::Unknown));

    mock.fault("start_session", Fault::hang().times(1)).unwrap();
    mock.fault("create_session", Fault::delay(SECOND * 2).times(1)).unwrap();
    let error = timed_out(server.run(new()), SECOND * 3).await;
    assert!(error.created_session().is_some(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_can_stop_the_session() {
    let (mock, server) = mock().await;
    mock.script_next_session(SessionScript::running());
    let error = timed_out(server.run(new()).stop_on_timeout(true), SECOND * 60).await;
    assert!(error.to_string().ends_with("; a stop was requested"), "{error}");
    let id = error.created_session().unwrap();
    sleep(SECOND).await;
    assert_eq!(server.sessions().get(id).await.unwrap().phase, Some(SessionPhase::Stopped));

    mock.fault("stop_session", Fault::delay(SECOND * 5).times(1)).unwrap();
    mock.script_next_session(SessionScript::running());
    let error = timed_out(server.run(new()).stop_on_timeout(true), SECOND * 60).await;
    assert!(error.to_string().ends_with("; a stop request is in flight"), "{error}");
    sleep(SECOND * 10).await;
    let id = error.created_session().unwrap();
    assert_eq!(server.sessions().get(id).await.unwrap().phase, Some(SessionPhase::Stopped));

    mock.fault("stop_session", Fault::status(403)).unwrap();
    mock.script_next_session(SessionScript::running());
    let error = timed_out(server.run(new()).stop_on_timeout(true), SECOND * 60).await;
    assert!(error.to_string().contains("; it was not stopped: API error (403)"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn dropping_a_run_can_stop_the_session() {
    let (mock, server) = mock().await;
    for (stops, phase) in [(false, SessionPhase::Running), (true, SessionPhase::Stopped)] {
        mock.script_next_session(SessionScript::running());
        let running = tokio::spawn(server.run(new()).stop_on_drop(stops).into_future());
        sleep(SECOND * 30).await;
        running.abort();
        sleep(SECOND).await;
        let latest = server.sessions().list().collect().await.unwrap().into_vec().pop().unwrap();
        assert_eq!(latest.phase, Some(phase));
    }
    // A run that has ended stops nothing.
    server.run(new()).stop_on_drop(true).await.unwrap();
    sleep(SECOND).await;
    assert_eq!(mock.request_count("stop_session"), 1);
}
