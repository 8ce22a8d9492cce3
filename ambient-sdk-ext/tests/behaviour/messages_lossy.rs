//! Following yields every message exactly once on a server that loses and reorders them.

use std::{collections::BTreeMap, time::Duration};

use ambient_sdk_ext::{
    Client,
    api_server::messages::{Cursor, Follow, Followed},
};
use futures_util::{StreamExt, future::join_all};
use proptest::prelude::*;
use tokio::time::{Instant, sleep, timeout_at};

use crate::lossy_server::{Faults, LossyServer, Seen};

const SECOND: Duration = Duration::from_secs(1);

/// The pushed messages, and the behaviour of readers and the server.
#[derive(Clone, Debug)]
struct Case {
    seed: u64,
    sessions: usize,
    writers: usize,
    /// The number of messages of each writer, and the maximum pause between two.
    messages: usize,
    pause: Duration,
    /// The maximum time that the reader needs for a message.
    reader: Duration,
    /// The lifetime of a reader, after which the next one continues from its cursor.
    restarts: Option<Duration>,
    order: Option<Duration>,
    max_streams: usize,
    faults: Faults,
}

fn cases() -> impl Strategy<Value = Case> {
    let millis = |range: std::ops::Range<u64>| range.prop_map(Duration::from_millis);
    let commits = (millis(1..200), millis(1..28_000));
    let connections = prop::option::of(millis(3000..90_000));
    let faults = (commits, connections, 0_u32..100, any::<bool>(), millis(1..300));
    let faults = faults.prop_map(|(commits, connections, failed_lists, late_frames, latency)| {
        Faults { commits, connections, failed_lists, late_frames, latency }
    });
    let load = (1_usize..4, 1_usize..12, 1_usize..60, millis(1..2000));
    let reader =
        (prop_oneof![Just(Duration::ZERO), millis(1..40)], prop::option::of(millis(5000..60_000)));
    let options = (prop::option::of(millis(1..5000)), 0_usize..4);
    (any::<u64>(), load, reader, options, faults).prop_map(
        |(
            seed,
            (sessions, writers, messages, pause),
            (reader, restarts),
            (order, max_streams),
            faults,
        )| Case {
            seed,
            sessions,
            writers,
            messages,
            pause,
            reader,
            restarts,
            order,
            max_streams,
            faults,
        },
    )
}

/// Returns how often each message was read, by session, and the counts of the server.
async fn run(case: &Case) -> (Vec<BTreeMap<String, usize>>, Seen) {
    let server = LossyServer::new(case.seed, case.faults.clone());
    let client = server.builder().max_message_streams(case.max_streams).build().unwrap();
    let longest = case.pause * case.messages as u32 + case.faults.commits.1;
    let end = Instant::now() + longest + SECOND * 120;
    let writers: Vec<_> = (0..case.sessions * case.writers)
        .map(|writer| tokio::spawn(write(server.clone(), case.clone(), writer)))
        .collect();
    let readers = (0..case.sessions).map(|session| read(&client, case, session, end));
    let read = join_all(readers).await;
    for writer in writers {
        writer.await.unwrap();
    }
    (read, server.seen())
}

async fn write(server: LossyServer, case: Case, writer: usize) {
    let mut random = fastrand::Rng::with_seed(case.seed ^ writer as u64);
    let session = format!("s{}", writer % case.sessions);
    for number in 0..case.messages {
        sleep(case.pause.mul_f64(random.f64())).await;
        server.push(&session, &format!("{writer}/{number}")).await;
    }
}

/// Reads a session until the end, with one reader after another.
async fn read(
    client: &Client,
    case: &Case,
    session: usize,
    end: Instant,
) -> BTreeMap<String, usize> {
    let mut random = fastrand::Rng::with_seed(!case.seed);
    let mut read = BTreeMap::new();
    let mut stored = String::from("0");
    while Instant::now() < end {
        let cursor: Cursor = stored.parse().unwrap();
        let follow = client.api_server().messages(format!("s{session}")).follow().after(cursor);
        let follow = match case.order {
            Some(window) => follow.in_order(window),
            None => follow,
        };
        let life = case.restarts.map(|most| Instant::now() + most.mul_f64(random.f64()));
        let until = life.unwrap_or(end).min(end);
        stored = read_until(follow.max_failures(1000), case, until, &mut read).await;
    }
    read
}

async fn read_until(
    follow: Follow,
    case: &Case,
    until: Instant,
    read: &mut BTreeMap<String, usize>,
) -> String {
    let mut stream = follow.stream();
    let mut last = 0;
    while let Ok(Some(item)) = timeout_at(until, stream.next()).await {
        match item.unwrap() {
            Followed::Message(message) => {
                assert!(case.order.is_none() || message.seq > last, "{} after {last}", message.seq);
                last = message.seq;
                assert!(stream.cursor().contains(message.seq));
                *read.entry(message.payload).or_default() += 1;
            }
            Followed::Late(message) => *read.entry(message.payload).or_default() += 1,
            Followed::Interrupted(_) => continue,
            other => panic!("{other:?}"),
        }
        if !case.reader.is_zero() {
            sleep(case.reader).await;
        }
    }
    stream.cursor().to_string()
}

fn paused<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, ..ProptestConfig::default() })]

    #[test]
    fn every_message_is_yielded_exactly_once(case in cases()) {
        let (read, seen) = paused(run(&case));
        for (session, read) in read.iter().enumerate() {
            let doubled = read.iter().filter(|(_, times)| **times > 1).count();
            let lost = case.writers * case.messages - read.len();
            prop_assert_eq!((lost, doubled), (0, 0), "session {}, {:?}", session, seen);
        }
        prop_assert!(seen.most_open <= case.max_streams, "{:?}", seen);
    }
}
