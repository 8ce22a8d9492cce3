//! Waits get changes from the watch, and poll if the watch fails.

use std::{collections::BTreeSet, time::Duration};

use ambient_sdk_ext::mock::Fault;
use futures_util::StreamExt;

use crate::{called, server, soon, started};

/// A poll interval so long that a wait can only end through the watch.
const NEVER: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn a_wait_ends_with_a_pushed_change_without_a_poll() {
    let server = server().await;
    let client = server.client().unwrap();
    let session = started(&client, "one").await;
    let sessions = client.api_server().sessions();
    let mut updates = sessions.wait_for_completion(&session.id).poll_interval(NEVER).updates();
    soon(updates.next()).await.unwrap().unwrap();
    called(&server, "watch_sessions", 1).await;
    server.set_phase(&session.id, "Running").unwrap();
    let mut phases = Vec::new();
    while let Some(update) = soon(updates.next()).await {
        let seen = update.unwrap().seen().unwrap();
        let phase = seen.session.phase.unwrap().to_string();
        if seen.changed {
            phases.push(phase.clone());
        }
        if phase == "Running" {
            server.set_phase(&session.id, "Completed").unwrap();
        }
    }
    assert_eq!(phases, ["Running", "Completed"]);
    // One poll at the start, and one for each signal that the watch has begun.
    assert!(server.request_count("get_session") <= 3);
}

#[tokio::test]
async fn many_waits_share_one_call_and_few_list_requests() {
    let server = server().await;
    let client = server.client().unwrap();
    let mut ids = BTreeSet::new();
    for number in 0..300 {
        ids.insert(started(&client, &format!("s-{number}")).await.id);
    }
    let sessions = client.api_server().sessions();
    let mut outcomes = sessions.wait_many(ids.clone()).poll_interval(NEVER).outcomes();
    let alone = sessions.wait_for_completion(ids.first().unwrap()).poll_interval(NEVER);
    let alone = tokio::spawn(alone.into_future());
    called(&server, "watch_sessions", 1).await;
    let reports = async {
        for id in &ids {
            server.set_phase(id, "Completed").unwrap();
            tokio::task::yield_now().await;
        }
    };
    let ended = async {
        let mut ended = BTreeSet::new();
        while let Some(outcome) = outcomes.next().await {
            outcome.result.unwrap();
            assert!(ended.insert(outcome.id));
        }
        ended
    };
    let ((), ended) = soon(futures_util::future::join(reports, ended)).await;
    assert_eq!(ended, ids);
    soon(alone).await.unwrap().unwrap();
    assert_eq!(server.request_count("watch_sessions"), 1);
    let lists = server.request_count("list_sessions");
    assert!(lists <= 4 * 3, "{lists} lists for 300 sessions");
}

#[tokio::test]
async fn waits_poll_if_the_watch_fails() {
    for fault in [Fault::status(403), Fault::status(501), Fault::cut_connection(), Fault::hang()] {
        let server = server().await;
        server.fault("watch_sessions", fault).unwrap();
        let client = server.client().unwrap();
        let session = started(&client, "one").await;
        let sessions = client.api_server().sessions();
        let wait = sessions.wait_for_completion(&session.id);
        let wait = tokio::spawn(wait.poll_interval(Duration::from_millis(20)).into_future());
        called(&server, "get_session", 5).await;
        server.set_phase(&session.id, "Failed").unwrap();
        assert_eq!(soon(wait).await.unwrap().unwrap().phase.unwrap(), "Failed");
    }
}

#[tokio::test]
async fn a_wait_survives_lost_connections() {
    let server = server().await;
    let client = server.client().unwrap();
    let session = started(&client, "one").await;
    let sessions = client.api_server().sessions();
    let wait = sessions.wait_for_completion(&session.id).poll_interval(NEVER);
    let wait = tokio::spawn(wait.into_future());
    called(&server, "watch_sessions", 1).await;
    server.disconnect_streams();
    server.set_phase(&session.id, "Completed").unwrap();
    soon(wait).await.unwrap().unwrap();
}
