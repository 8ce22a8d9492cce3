//! A soak test: 1,000 followed sessions and continuous runs on a server that provokes losses.
//!
//! `cargo bench -p ambient-sdk-ext --bench soak -- --minutes 30`
//!
//! Tokens expire, streams break or stall, lists answer 500 and 429, messages become visible out of
//! order, and the server refuses connections for seconds. The server is a separate process, so that
//! memory and file descriptors are those of the client. The test fails if a message is lost or
//! delivered twice, if a stream ends, if a run ends in an unexpected way, or if memory or file
//! descriptors grow.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod meter;
mod proxy;
mod server;

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    process::{Child, Command, ExitCode, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use ambient_sdk_ext::{
    Client, TokenFile,
    api_server::{ApiServer, Followed, NewSession},
};
use futures_util::StreamExt;
use meter::Meter;
use tokio::time::{Instant, sleep};

/// The number of concurrent runs, in addition to the followed sessions.
const RUNS: usize = 8;
/// The time without messages at the end after which missing messages count as lost.
const QUIET: Duration = Duration::from_secs(120);
const SAMPLE_EVERY: Duration = Duration::from_secs(5);

/// The observations of the client.
#[derive(Default)]
struct Counts {
    received: AtomicU64,
    doubled: AtomicU64,
    interrupted: AtomicU64,
    streams_ended: AtomicU64,
    runs: AtomicU64,
    runs_unknown: AtomicU64,
    runs_wrong: AtomicU64,
}

/// The received messages of one session, one bit each.
type Seen = Arc<Mutex<Vec<u64>>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if arguments.iter().any(|argument| argument == "--serve") {
        runtime.block_on(server::serve());
        return ExitCode::SUCCESS;
    }
    let minutes = arguments.iter().position(|argument| argument == "--minutes");
    let minutes = minutes.and_then(|at| arguments.get(at + 1)?.parse().ok()).unwrap_or(2.0);
    match runtime.block_on(soak(Duration::from_secs_f64(60.0 * minutes))) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

async fn soak(time: Duration) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap());
    let mut child =
        child.arg("--serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let (url, token_file) = (lines.next().unwrap(), lines.next().unwrap());
    let ids: Vec<String> = serde_json::from_str(&lines.next().unwrap()).unwrap();
    let builder = Client::builder().base_url(&url).project("demo");
    let client = builder.token_source(TokenFile::new(token_file)).build().unwrap();

    let (counts, meter) = (Arc::new(Counts::default()), Meter::default());
    let seen: HashMap<String, Seen> = ids.into_iter().map(|id| (id, Seen::default())).collect();
    for (id, seen) in &seen {
        tokio::spawn(follow(client.api_server(), id.clone(), seen.clone(), counts.clone()));
    }
    let runs: Vec<_> =
        (0..RUNS).map(|_| tokio::spawn(run(client.api_server(), counts.clone()))).collect();
    let mut meter = sample(meter, &counts, time).await;
    runs.iter().for_each(tokio::task::JoinHandle::abort);
    let sent = stop(&mut child, &mut lines);
    let total: u64 = sent.values().sum();
    drain(&counts, total).await;
    meter.sample();
    let lost = lost(&seen, &sent);
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    child.wait().unwrap();
    verdict(&counts, &meter, total, lost)
}

async fn follow(server: ApiServer, id: String, seen: Seen, counts: Arc<Counts>) {
    let mut stream = server.messages(&id).follow().stream();
    while let Some(item) = stream.next().await {
        match item {
            Ok(Followed::Message(message)) => {
                let Ok(number) = message.payload.parse::<usize>() else { continue };
                let (word, bit) = (number / 64, 1 << (number % 64));
                let mut seen = seen.lock().unwrap();
                if seen.len() <= word {
                    seen.resize(word + 1, 0);
                }
                let is_new = seen[word] & bit == 0;
                seen[word] |= bit;
                let count = if is_new { &counts.received } else { &counts.doubled };
                count.fetch_add(1, Relaxed);
            }
            Ok(_) => _ = counts.interrupted.fetch_add(1, Relaxed),
            Err(error) => println!("the stream of {id} ended: {error:?}"),
        }
    }
    counts.streams_ended.fetch_add(1, Relaxed);
}

/// Runs sessions one after the other.
async fn run(server: ApiServer, counts: Arc<Counts>) {
    loop {
        let ran = server.run(NewSession::new("soak").prompt("soak")).await;
        counts.runs.fetch_add(1, Relaxed);
        match ran {
            Ok(session) if session.result() == Some(server::RESULT) => {}
            // A write failed midway; writes are never retried.
            Err(error) if error.is_transient() => _ = counts.runs_unknown.fetch_add(1, Relaxed),
            other => {
                println!("unexpected end of a run: {other:?}");
                counts.runs_wrong.fetch_add(1, Relaxed);
            }
        }
        sleep(Duration::from_secs(1)).await;
    }
}

async fn sample(mut meter: Meter, counts: &Counts, time: Duration) -> Meter {
    let start = Instant::now();
    while start.elapsed() < time {
        sleep(SAMPLE_EVERY.min(time)).await;
        let (memory, files) = meter.sample();
        println!(
            "{:>6.0} s: {} messages, {} interruptions, {} runs; {memory} KiB, {files} files",
            start.elapsed().as_secs_f64(),
            counts.received.load(Relaxed),
            counts.interrupted.load(Relaxed),
            counts.runs.load(Relaxed),
        );
    }
    meter
}

/// Stops the writers and returns the number of messages of each session.
fn stop(child: &mut Child, lines: &mut impl Iterator<Item = String>) -> HashMap<String, u64> {
    child.stdin.as_mut().unwrap().write_all(b"stop\n").unwrap();
    serde_json::from_str(&lines.next().unwrap()).unwrap()
}

/// Waits until all messages have arrived, or none has for a while.
async fn drain(counts: &Counts, total: u64) {
    let (mut before, mut since) = (0, Instant::now());
    while counts.received.load(Relaxed) < total && since.elapsed() < QUIET {
        sleep(Duration::from_secs(1)).await;
        let now = counts.received.load(Relaxed);
        if now != before {
            (before, since) = (now, Instant::now());
        }
    }
}

fn lost(seen: &HashMap<String, Seen>, sent: &HashMap<String, u64>) -> u64 {
    let missing = |(id, sent): (&String, &u64)| {
        let seen = seen[id].lock().unwrap();
        sent - seen.iter().map(|word| u64::from(word.count_ones())).sum::<u64>()
    };
    sent.iter().map(missing).sum()
}

fn verdict(counts: &Counts, meter: &Meter, total: u64, lost: u64) -> bool {
    let count = |count: &AtomicU64| count.load(Relaxed);
    let (doubled, ended) = (count(&counts.doubled), count(&counts.streams_ended));
    let wrong = count(&counts.runs_wrong);
    println!("{total} messages: {lost} lost, {doubled} duplicated, {ended} streams ended");
    println!(
        "{} interruptions; {} runs, {wrong} unexpected, {} with an unknown outcome",
        count(&counts.interrupted),
        count(&counts.runs),
        count(&counts.runs_unknown),
    );
    let is_constant = meter.verdict();
    let is_good = lost + doubled + ended + wrong == 0 && is_constant;
    println!("{}", if is_good { "good" } else { "FAILED" });
    is_good
}
