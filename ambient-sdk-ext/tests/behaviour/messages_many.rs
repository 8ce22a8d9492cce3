//! One client follows many sessions with few streams and paced polls, and loses no message.

use std::{collections::BTreeSet, time::Duration};

use ambient_sdk_ext::{Client, api_server::messages::FollowedMessages};
use futures_util::{FutureExt, StreamExt};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep, timeout_at},
};

use crate::lossy_server::{Faults, LossyServer};

const SECOND: Duration = Duration::from_secs(1);

fn server() -> LossyServer {
    LossyServer::new(
        1,
        Faults {
            commits: (Duration::from_millis(5), SECOND * 3),
            connections: None,
            failed_lists: 0,
            late_frames: true,
            latency: Duration::from_millis(20),
        },
    )
}

/// Reads a session until `end`, and asserts that no message is repeated.
fn read(mut messages: FollowedMessages, end: Instant) -> JoinHandle<BTreeSet<String>> {
    tokio::spawn(async move {
        let mut read = BTreeSet::new();
        while let Ok(Some(message)) = timeout_at(end, messages.next()).await {
            assert!(read.insert(message.unwrap().payload));
        }
        read
    })
}

fn follow(client: &Client, session: &str) -> FollowedMessages {
    client.api_server().messages(session).follow().messages()
}

#[tokio::test(start_paused = true)]
async fn three_hundred_sessions_share_eight_streams_and_lose_nothing() {
    let server = server();
    let client = server.builder().build().unwrap();
    let end = Instant::now() + SECOND * 200;
    let sessions: Vec<_> = (0..300).map(|session| format!("s{session}")).collect();
    let clones = sessions.iter().map(|session| read(follow(&client.clone(), session), end));
    let readers: Vec<_> = clones.collect();
    for round in 0..40 {
        for session in &sessions {
            if fastrand::u8(0..4) > 0 {
                tokio::spawn({
                    let (server, session) = (server.clone(), session.clone());
                    async move { server.push(&session, &format!("{session}/{round}")).await }
                });
            }
        }
        sleep(SECOND * 2).await;
    }
    for (session, reader) in sessions.iter().zip(readers) {
        let read = reader.await.unwrap();
        assert_eq!(read.len(), server.count(session), "{session}");
    }
    let seen = server.seen();
    assert_eq!(seen.most_open, 8);
    // Four polls, and one reread of each stream.
    assert!(seen.most_at_once <= 4 + 8, "{seen:?}");
    assert!(seen.lists <= 200 * 100 + 200, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_idle_sessions_are_polled_rarely() {
    let server = server();
    let client = server.builder().build().unwrap();
    let end = Instant::now() + SECOND * 200;
    let readers: Vec<_> =
        (0..1000).map(|session| read(follow(&client, &format!("s{session}")), end)).collect();
    sleep(SECOND * 70).await;
    let before = server.seen().lists;
    sleep(SECOND * 45).await;
    let polls = server.seen().lists - before;
    // Each of 992 sessions is polled at least every 15 s, and by jitter up to a quarter more often.
    assert!((992 * 3..=992 * 4).contains(&polls), "{polls}");
    assert!(server.seen().most_at_once <= 4 + 8);
    readers.iter().for_each(JoinHandle::abort);
}

#[tokio::test(start_paused = true)]
async fn an_active_session_takes_the_stream_of_an_idle_one() {
    let server = server();
    let client = server.builder().max_message_streams(1).build().unwrap();
    let mut quiet = follow(&client, "quiet");
    assert!(quiet.next().now_or_never().is_none());
    let end = Instant::now() + SECOND * 300;
    let (quiet, lively) = (read(quiet, end), read(follow(&client, "lively"), end));
    sleep(SECOND * 20).await;
    for number in 0..100 {
        server.push("lively", &number.to_string()).await;
        sleep(SECOND).await;
    }
    assert_eq!((server.seen().connections, server.seen().most_open), (2, 1));
    server.push("quiet", "at last").await;
    assert_eq!(lively.await.unwrap().len(), 100);
    assert_eq!(quiet.await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_session_can_be_polled_alone() {
    let server = server();
    let client = server.builder().build().unwrap();
    let follow = client.api_server().messages("s1").follow();
    let follow = follow.polling().poll_interval(SECOND * 2, SECOND * 60);
    let reader = read(follow.messages(), Instant::now() + SECOND * 1000);
    for number in 0..10 {
        sleep(SECOND * 3).await;
        server.push("s1", &number.to_string()).await;
    }
    assert_eq!(reader.await.unwrap().len(), 10);
    let seen = server.seen();
    assert_eq!(seen.connections, 0);
    assert!((25..45).contains(&seen.lists), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn paused_readers_do_not_block_others() {
    let server = server();
    let client = server.builder().max_message_streams(0).build().unwrap();
    let mut resting: Vec<_> = (0..50).map(|n| follow(&client, &format!("resting{n}"))).collect();
    // Each reader is paused after it has begun to poll.
    resting.iter_mut().for_each(|messages| assert!(messages.next().now_or_never().is_none()));
    let reader = read(follow(&client, "s1"), Instant::now() + SECOND * 10);
    server.push("s1", "hello").await;
    assert_eq!(reader.await.unwrap().len(), 1);
}
