//! Follows 100,000 messages of 32 writers on a server that provokes losses: connections end after
//! at most 5 s, messages become visible out of order and up to half a second late, a reader that
//! pauses loses all messages beyond its buffer, and one of 50 list requests fails.
//!
//! Server and writers run in a separate process, so that the measured memory is that of the
//! follower.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

#[path = "../tests/support/lossy_server.rs"]
#[allow(dead_code)]
mod lossy_server;

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    time::Duration,
};

use ambient_sdk_ext::{Client, api_server::Followed};
use axum::{Router, body::Body, extract::State, response::Response, routing::get};
use futures_util::StreamExt;
use http::{HeaderMap, Uri};
use lossy_server::{Faults, LossyServer};
use tokio::time::{Instant, sleep, timeout_at};

const MESSAGES: usize = 100_000;
const WRITERS: usize = 32;
/// The number of messages after which the reader pauses, and the duration of the pause.
const BUSY: (usize, Duration) = (5_000, Duration::from_millis(700));
/// The time without messages after which all count as read; longer than the settling window.
const QUIET: Duration = Duration::from_secs(35);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    match std::env::args().any(|argument| argument == "--serve") {
        true => runtime.block_on(serve()),
        false => runtime.block_on(follow()),
    }
}

async fn follow() {
    let mut child = Command::new(std::env::current_exe().unwrap());
    let mut child =
        child.arg("--serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = lines.next().unwrap().unwrap();
    let builder = Client::builder().token("sha256~0123456789abcdef").project("demo");
    let client = builder.base_url(&url).build().unwrap();
    let before = peak_memory();
    let (times, interruptions, took) = read(&client).await;
    let seen = reqwest::get(format!("{url}/seen")).await.unwrap().text().await.unwrap();
    let lost = times.iter().filter(|times| **times == 0).count();
    let doubled = times.iter().filter(|times| **times > 1).count();
    println!("{MESSAGES} messages by {WRITERS} writers, followed in {took:.1?}");
    println!("lost {lost}, duplicated {doubled}, {interruptions} interruptions");
    println!("the server saw {seen}");
    println!("peak memory of the follower: {} KiB, {before} KiB before", peak_memory());
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    child.wait().unwrap();
}

/// Returns how often each message was read.
async fn read(client: &Client) -> (Vec<u8>, usize, Duration) {
    let mut stream = client.api_server().messages("s1").follow().max_failures(1000).stream();
    let (mut times, mut read, mut interruptions) = (vec![0; MESSAGES], 0, 0);
    let start = Instant::now();
    let mut took = Duration::ZERO;
    while let Ok(Some(item)) = timeout_at(start + took + QUIET, stream.next()).await {
        match item.unwrap() {
            Followed::Message(message) => {
                times[message.payload.parse::<usize>().unwrap()] += 1;
                read += 1;
                took = start.elapsed();
            }
            Followed::Interrupted(_) => interruptions += 1,
            other => println!("{other:?}"),
        }
        if read % BUSY.0 == BUSY.0 - 1 {
            sleep(BUSY.1).await;
        }
    }
    (times, interruptions, took)
}

/// Returns the peak memory of the process, if the system reports it.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

async fn serve() {
    let server = LossyServer::new(
        7,
        Faults {
            commits: (Duration::from_millis(20), Duration::from_millis(500)),
            connections: Some(Duration::from_secs(5)),
            failed_lists: 20,
            late_frames: true,
            latency: Duration::from_millis(5),
        },
    );
    let routes = Router::new()
        .route(
            "/seen",
            get(async |State(server): State<LossyServer>| format!("{:?}", server.seen())),
        )
        .fallback(answer)
        .with_state(server.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    for writer in 0..WRITERS {
        let server = server.clone();
        tokio::spawn(async move {
            sleep(Duration::from_secs(1)).await;
            for message in (writer..MESSAGES).step_by(WRITERS) {
                server.push("s1", &message.to_string()).await;
            }
        });
    }
    // Waits until the follower is done or has exited.
    tokio::task::spawn_blocking(|| std::io::stdin().lines().next()).await.unwrap();
}

async fn answer(State(server): State<LossyServer>, headers: HeaderMap, uri: Uri) -> Response {
    let streams = headers.get("accept").is_some_and(|accept| accept == "text/event-stream");
    let operation = match streams {
        true => "stream_session_messages",
        false => "list_session_messages",
    };
    let url = reqwest::Url::parse("http://localhost").unwrap().join(&uri.to_string()).unwrap();
    server.answer(operation, &url).await.unwrap().map(Body::new)
}
