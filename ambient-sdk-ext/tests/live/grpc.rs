//! The watches of a running server. `AMBIENT_LIVE_GRPC_URL` is the URL of its gRPC interface.
//! `AMBIENT_LIVE_TOKEN` must be its service token: the server sends no events to other callers.
//!
//! `AMBIENT_LIVE_RESTART` is an optional command that kills and restarts the server. The test runs
//! it five times.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use ambient_sdk_ext::{
    Client,
    ambient_sdk::{Operation, Transport, api_server::types},
    api_server::{ApiServer, NewSession, WatchEvent},
    reqwest,
};
use futures_util::{StreamExt, future::join_all, stream};

use crate::common::{builder, name, server_url};

const WAITS: usize = 2_000;
const FOLLOWED: usize = 300;
const WRITERS: usize = 32;
/// The number of messages that each writer pushes.
const EACH: usize = 150;
const RESTARTS: usize = 5;

/// Counts the requests of a client.
struct Counted {
    count: Arc<AtomicUsize>,
    inner: Arc<dyn Transport>,
}

impl Transport for Counted {
    fn send(
        &self,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> ambient_sdk_ext::ambient_sdk::BoxFuture<
        '_,
        Result<ambient_sdk_ext::ambient_sdk::Response, ambient_sdk_ext::ambient_sdk::BoxError>,
    > {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.inner.send(request, operation)
    }
}

fn counted(builder: ambient_sdk_ext::ClientBuilder) -> (Client, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let own = count.clone();
    let builder = builder
        .base_url(server_url())
        .layer(move |inner| Arc::new(Counted { count: own.clone(), inner }) as Arc<dyn Transport>);
    (builder.build().unwrap(), count)
}

fn watching() -> (Client, Arc<AtomicUsize>) {
    let grpc = std::env::var("AMBIENT_LIVE_GRPC_URL");
    let grpc = grpc.unwrap_or_else(|_| panic!("set AMBIENT_LIVE_GRPC_URL to a gRPC URL"));
    counted(builder().grpc_url(grpc))
}

/// Returns another client, which does not use gRPC.
fn other() -> ApiServer {
    counted(builder().without_grpc()).0.api_server()
}

async fn report(server: &ApiServer, id: &str, phase: &str) {
    let body = types::SessionStatusPatchRequest { phase: Some(phase.into()), ..Default::default() };
    // The server may be restarting.
    for _ in 0..200 {
        let call = server.raw().update_session_status().id(id).body(body.clone());
        if call.send().await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the status of {id} could not be reported");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a running server"]
async fn events_contain_the_session_and_waits_end_within_100_ms() {
    let (client, _) = watching();
    let (server, others) = (client.api_server(), other());
    let mut events = server.watch().events();
    let (sender, mut shown) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(event)) = events.next().await {
            let _ = sender.send(event);
        }
    });
    let proof = others.sessions().create(NewSession::new(name("proof"))).await.unwrap();
    let mut took = Vec::new();
    for _ in 0..20 {
        let session = others.sessions().create(NewSession::new(name("watched")).prompt("Hi")).await;
        let id = session.unwrap().id;
        others.sessions().start(&id).await.unwrap();
        let wait = server.sessions().wait_for_completion(&id);
        let wait = tokio::spawn(wait.poll_interval(Duration::from_secs(60)).into_future());
        tokio::time::sleep(Duration::from_millis(300)).await;
        report(&others, &id, "Completed").await;
        let reported = Instant::now();
        let ended = wait.await.unwrap().unwrap();
        took.push(reported.elapsed());
        let read = others.sessions().get(&id).await.unwrap();
        assert_eq!(ended, read, "an event contains the same session as a read");
    }
    took.sort();
    println!("a wait ended after the report: median {:?}, maximum {:?}", took[10], took[19]);
    assert!(took[10] < Duration::from_millis(100));
    let mut seen = BTreeSet::new();
    while let Ok(event) = shown.try_recv() {
        if let WatchEvent::Created(session) = event {
            seen.insert(session.id);
        }
    }
    assert!(seen.contains(&proof.id));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a running server, and takes minutes"]
async fn waits_and_followed_sessions_survive_restarts() {
    let (client, requests) = watching();
    let (server, others) = (client.api_server(), other());
    let ids: Vec<String> = stream::iter(0..WAITS)
        .map(|_| {
            let others = others.clone();
            async move {
                let new = NewSession::new(name("many"));
                let id = others.sessions().create(new).await.unwrap().id;
                others.sessions().start(&id).await.unwrap().id
            }
        })
        .buffer_unordered(16)
        .collect()
        .await;
    println!("created and started {WAITS} sessions");
    requests.store(0, Ordering::Relaxed);
    let begun = Instant::now();
    let done = Arc::new(AtomicBool::new(false));

    let waits = server.sessions().wait_many(ids.clone()).max_outage(Duration::from_secs(300));
    let waits = tokio::spawn(waits.into_future());
    let expected = WRITERS * EACH;
    let followed = follow_all(&server, &ids[..FOLLOWED], expected);
    let others_reads = tokio::spawn(reads(others.clone(), done.clone()));
    let restarts = tokio::spawn(restart(done.clone()));
    let writers = (0..WRITERS).map(|writer| write(others.clone(), ids.clone(), writer));
    let pushed: BTreeSet<String> = join_all(writers).await.into_iter().flatten().collect();
    println!("{} messages pushed after {:?}", pushed.len(), begun.elapsed());
    let reports =
        stream::iter(ids.iter()).for_each_concurrent(8, |id| report(&others, id, "Completed"));
    reports.await;
    println!("all reported after {:?}", begun.elapsed());
    let outcomes = tokio::time::timeout(Duration::from_secs(300), waits).await.unwrap().unwrap();
    println!("all waits over after {:?}", begun.elapsed());
    let ended: BTreeSet<String> = outcomes.into_iter().map(|o| o.result.unwrap().id).collect();
    assert_eq!(ended.len(), WAITS, "each session has one outcome");
    let seen = tokio::time::timeout(Duration::from_secs(300), followed).await.unwrap();
    done.store(true, Ordering::Relaxed);
    let twice = seen.values().filter(|times| **times > 1).count();
    let lost = pushed.iter().filter(|text| !seen.contains_key(*text)).count();
    println!("messages: {} pushed, {lost} lost, {twice} twice", pushed.len());
    assert_eq!((lost, twice), (0, 0));
    let mut reads = others_reads.await.unwrap();
    reads.sort();
    println!(
        "reads of another client: {}, median {:?}, 95% {:?}, maximum {:?}",
        reads.len(),
        reads[reads.len() / 2],
        reads[reads.len() * 95 / 100],
        reads[reads.len() - 1]
    );
    println!("restarts: {}", restarts.await.unwrap());
    let took = begun.elapsed();
    let rounds = took.as_secs() / 5 + 1;
    let polled = rounds * (WAITS as u64 / 100) + (took.as_secs() / 15 + 1) * FOLLOWED as u64;
    println!("requests: {}; polling only: at least {polled}", requests.load(Ordering::Relaxed));
}

/// Returns how often each message of the writers was received, over all sessions.
async fn follow_all(
    server: &ApiServer,
    ids: &[String],
    expected: usize,
) -> BTreeMap<String, usize> {
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    let mut tasks = tokio::task::JoinSet::new();
    for id in ids {
        let mut messages = server.messages(id).follow().max_failures(1_000).messages();
        let sender = sender.clone();
        tasks.spawn(async move {
            while let Some(message) = messages.next().await {
                let _ = sender.send(message.unwrap().payload);
            }
        });
    }
    let mut seen = BTreeMap::new();
    while seen.len() < expected {
        let Some(text) = received.recv().await else { break };
        *seen.entry(text).or_insert(0) += 1;
    }
    // A duplicate may be received late.
    let more = tokio::time::sleep(Duration::from_secs(35));
    tokio::pin!(more);
    loop {
        tokio::select! {
            text = received.recv() => {
                if let Some(text) = text {
                    *seen.entry(text).or_insert(0) += 1;
                }
            }
            () = &mut more => return seen,
        }
    }
}

/// Pushes messages with unique texts to the followed sessions. If the outcome of a push is unknown,
/// the message is looked up in the list.
async fn write(server: ApiServer, ids: Vec<String>, writer: usize) -> Vec<String> {
    let mut pushed = Vec::new();
    for number in 0..EACH {
        let text = format!("{writer}-{number}");
        let messages = server.messages(&ids[(writer * EACH + number) % FOLLOWED]);
        let mut is_pushed = messages.push(&text).await.is_ok();
        while !is_pushed {
            tokio::time::sleep(Duration::from_millis(200)).await;
            is_pushed = match messages.list().await {
                Ok(listed) if listed.iter().any(|message| message.payload == text) => true,
                Ok(_) => messages.push(&text).await.is_ok(),
                Err(_) => false,
            };
        }
        pushed.push(text);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    pushed
}

/// Returns the durations of the successful reads of another client.
async fn reads(server: ApiServer, done: Arc<AtomicBool>) -> Vec<Duration> {
    let mut took = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let begun = Instant::now();
        if server.sessions().list().limit(1).collect().await.is_ok() {
            took.push(begun.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    took
}

/// Restarts the server several times if there is a command for it. Returns the number of restarts.
async fn restart(done: Arc<AtomicBool>) -> usize {
    let Ok(command) = std::env::var("AMBIENT_LIVE_RESTART") else { return 0 };
    for round in 0..RESTARTS {
        tokio::time::sleep(Duration::from_secs(5)).await;
        if done.load(Ordering::Relaxed) {
            return round;
        }
        let command = command.clone();
        let run = move || Command::new("sh").arg("-c").arg(command).status().unwrap();
        assert!(tokio::task::spawn_blocking(run).await.unwrap().success());
    }
    RESTARTS
}
