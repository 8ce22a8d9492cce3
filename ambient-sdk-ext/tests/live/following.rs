//! Following messages of many writers: none is lost or repeated, and other clients are not slowed.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use ambient_sdk_ext::{
    Client, Result,
    api_server::{Followed, Messages, NewSession},
};
use futures_util::{StreamExt, future::join_all, stream};
use tokio::{task::JoinSet, time::timeout};

use crate::common::{builder, name, server_url};

/// The number of concurrent writers. Each pushes one message after another.
const WRITERS: usize = 32;
/// A reader has all messages if it gets none for this time, which is longer than the settling
/// window.
const QUIET: Duration = Duration::from_secs(50);

/// The counts of lost, repeated and read messages.
#[derive(Debug, Default)]
struct Tally {
    lost: usize,
    doubled: usize,
    read: usize,
}

impl Tally {
    /// Compares the pushed messages with the number of times each was read.
    fn of(pushed: &[String], read: &BTreeMap<String, usize>) -> Self {
        Self {
            lost: pushed.iter().filter(|text| !read.contains_key(*text)).count(),
            doubled: read.values().filter(|times| **times > 1).count(),
            read: read.len(),
        }
    }

    fn add(&mut self, other: &Self) {
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.read += other.read;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs AMBIENT_LIVE_URL"]
async fn twenty_thousand_messages_by_32_writers_are_yielded_exactly_once() {
    const EACH: usize = 625;
    let client = client();
    let ids = create(&client, 1).await;
    let reader = tokio::spawn(read(client.api_server().messages(&ids[0]), WRITERS * EACH));
    let start = Instant::now();
    let pushed = push(&ids, WRITERS * EACH).await;
    let pushing = start.elapsed();
    let (read, interruptions) = reader.await.unwrap();
    let tally = Tally::of(&pushed[0], &read);
    println!(
        "20,000 messages by 32 writers in {pushing:.1?}: {tally:?}, {interruptions} interruptions"
    );
    assert_eq!((tally.lost, tally.doubled), (0, 0));
    delete(&client, ids).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs AMBIENT_LIVE_URL"]
async fn following_three_hundred_sessions_loses_nothing() {
    const EACH: usize = 20;
    let client = client();
    let ids = create(&client, 300).await;
    let readers: Vec<_> =
        ids.iter().map(|id| tokio::spawn(read(client.api_server().messages(id), EACH))).collect();
    let others = tokio::spawn(answer_times(Duration::from_secs(60)));
    let start = Instant::now();
    let pushed = push(&ids, EACH * ids.len()).await;
    println!("{} messages to 300 sessions in {:.1?}", EACH * ids.len(), start.elapsed());
    let mut tally = Tally::default();
    for (pushed, reader) in pushed.iter().zip(readers) {
        tally.add(&Tally::of(pushed, &reader.await.unwrap().0));
    }
    println!("all sessions: {tally:?}; another client: {:?}", others.await.unwrap());
    assert_eq!((tally.lost, tally.doubled), (0, 0));
    delete(&client, ids).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs AMBIENT_LIVE_URL"]
async fn following_a_thousand_sessions_does_not_slow_other_clients() {
    let client = client();
    let ids = create(&client, 1000).await;
    let mut readers = JoinSet::new();
    for id in &ids {
        let mut messages = client.api_server().messages(id).follow().messages();
        readers.spawn(async move { while messages.next().await.is_some() {} });
    }
    let times = answer_times(Duration::from_secs(60)).await;
    println!("1,000 sessions followed; another client: {times:?}");
    assert!(times.slowest < Duration::from_secs(1), "{times:?}");
    readers.shutdown().await;
    delete(&client, ids).await;
}

fn client() -> Client {
    builder().base_url(server_url()).build().unwrap()
}

/// The response times of another client.
#[derive(Debug)]
#[allow(dead_code)]
struct Times {
    requests: usize,
    median: Duration,
    slowest: Duration,
}

/// Requests a page of sessions with another client twice a second.
async fn answer_times(time: Duration) -> Times {
    let other = client();
    let end = Instant::now() + time;
    let mut times = Vec::new();
    while Instant::now() < end {
        let start = Instant::now();
        other.api_server().sessions().list().limit(1).collect().await.unwrap();
        times.push(start.elapsed());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    times.sort();
    Times { requests: times.len(), median: times[times.len() / 2], slowest: times[times.len() - 1] }
}

async fn create(client: &Client, count: usize) -> Vec<String> {
    let created = stream::iter(0..count).map(|number| async move {
        let new = NewSession::new(name(&format!("live-following-{number}")));
        client.api_server().sessions().create(new).await.unwrap().id
    });
    created.buffer_unordered(8).collect().await
}

async fn delete(client: &Client, ids: Vec<String>) {
    let deleted = stream::iter(ids).map(|id| async move {
        let deleted: Result<()> = client.api_server().sessions().delete(&id).await;
        deleted.unwrap();
    });
    deleted.buffer_unordered(8).collect::<Vec<()>>().await;
}

/// Pushes `count` messages to the sessions in turn with 32 writers. Returns the messages of each
/// session.
async fn push(ids: &[String], count: usize) -> Vec<Vec<String>> {
    let writer = client();
    let pushes = (0..WRITERS).map(|number| {
        let (writer, ids) = (writer.clone(), ids.to_vec());
        tokio::spawn(async move {
            for message in (number..count).step_by(WRITERS) {
                let messages = writer.api_server().messages(&ids[message % ids.len()]);
                messages.push(message.to_string()).await.unwrap();
            }
        })
    });
    for pushed in join_all(pushes).await {
        pushed.unwrap();
    }
    let of = |session| (session..count).step_by(ids.len()).map(|message| message.to_string());
    (0..ids.len()).map(|session| of(session).collect()).collect()
}

/// Reads a session until no message is received for [`QUIET`]. Returns how often each message was
/// read, and the number of interruptions.
async fn read(messages: Messages, count: usize) -> (BTreeMap<String, usize>, usize) {
    let mut stream = messages.follow().stream();
    let (mut read, mut interruptions) = (BTreeMap::new(), 0);
    while let Ok(Some(item)) = timeout(QUIET, stream.next()).await {
        match item.unwrap() {
            Followed::Message(message) => *read.entry(message.payload).or_default() += 1,
            Followed::Interrupted(_) => interruptions += 1,
            other => panic!("{other:?}"),
        }
        // The loop continues after all messages were read, to detect repeated ones.
        assert!(read.len() <= count, "{} of {count}", read.len());
    }
    (read, interruptions)
}
