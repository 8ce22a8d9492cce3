//! The CPU time for following 20,000 messages, each sent in its own write, compared with reqwest
//! reading the same bytes and decoding the same JSON; with one thread, and with one per core.
//!
//! The server is a separate process. It writes a message every 50 µs, so that a reader that waits
//! for each message wakes up for each.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use ambient_sdk_ext::Client;
use futures_util::StreamExt;
use serde::Deserialize;
use sseer::EventStream;
use tokio::runtime::{Builder, Runtime};

const MESSAGES: i64 = 20_000;
const APART: Duration = Duration::from_micros(50);

fn main() {
    if std::env::args().any(|argument| argument == "--serve") {
        return serve();
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    let mut child =
        child.arg("--serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = lines.next().unwrap().unwrap();
    println!("{MESSAGES} messages, one write each, {APART:?} apart; CPU of the client:");
    let one_thread: fn() -> Builder = Builder::new_current_thread;
    for (name, builder) in
        [("one thread", one_thread), ("a thread for each core", Builder::new_multi_thread)]
    {
        let runtime = || -> Runtime { builder().enable_all().build().unwrap() };
        for _ in 0..3 {
            let bare = measured(&runtime(), bare(url.clone()));
            let sdk = measured(&runtime(), followed(url.clone()));
            println!(
                "{name:>23}: bare {:.3} s, SDK {:.3} s",
                bare.as_secs_f64(),
                sdk.as_secs_f64()
            );
        }
    }
    drop(child.stdin.take());
    child.wait().unwrap();
}

/// Returns the CPU time of all threads of the process for `reading`.
fn measured(runtime: &Runtime, reading: impl Future<Output = i64>) -> Duration {
    let before = cpu();
    assert_eq!(runtime.block_on(reading), MESSAGES);
    cpu() - before
}

fn cpu() -> Duration {
    let threads = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let spent = threads.filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(spent.sum())
}

/// The message that the bare side decodes, with the fields of the SDK's message.
#[derive(Deserialize)]
#[allow(dead_code)]
struct Bare {
    id: String,
    session_id: String,
    seq: i64,
    event_type: String,
    payload: String,
    created_at: String,
}

async fn bare(url: String) -> i64 {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{url}/api/ambient/v1/sessions/s1/messages");
    let response = http.get(url).header("accept", "text/event-stream").send().await.unwrap();
    let mut events = EventStream::new(response.bytes_stream());
    let mut count = 0;
    while count < MESSAGES {
        let message: Bare =
            serde_json::from_str(&events.next().await.unwrap().unwrap().data).unwrap();
        count += i64::from(message.seq > 0);
    }
    count
}

async fn followed(url: String) -> i64 {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let builder = Client::builder().token("sha256~0123456789abcdef").project("demo");
    let client = builder.base_url(url).http_client(http).build().unwrap();
    let mut messages = client.api_server().messages("s1").follow().messages();
    let mut count = 0;
    while count < MESSAGES {
        count += i64::from(messages.next().await.unwrap().unwrap().seq > 0);
    }
    count
}

fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            thread::spawn(move || answer(connection));
        }
    });
    let _ended = std::io::stdin().read_to_end(&mut Vec::new());
}

fn answer(mut connection: TcpStream) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    while !request.ends_with(b"\r\n\r\n") {
        match connection.read(&mut buffer)? {
            0 => return Ok(()),
            length => request.extend_from_slice(&buffer[..length]),
        }
    }
    if !request.windows(17).any(|part| part == b"text/event-stream") {
        let list = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n[]";
        return connection.write_all(list.as_bytes());
    }
    connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")?;
    let start = Instant::now();
    for seq in 1..=MESSAGES {
        let frame = format!(
            "id: {seq}\ndata: {{\"id\":\"2abcDEFghiJKLmnoPQRstuVW{seq:03}\",\"session_id\":\
             \"2abcDEFghiJKLmnoPQRstuVWXyz\",\"seq\":{seq},\"event_type\":\"TEXT_MESSAGE_CONTENT\",\
             \"payload\":\"{{\\\"type\\\":\\\"TEXT_MESSAGE_CONTENT\\\",\\\"delta\\\":\\\"some words \
             of it\\\"}}\",\"created_at\":\"2026-01-01T00:00:00.000000Z\"}}\n\n"
        );
        connection.write_all(frame.as_bytes())?;
        while start.elapsed() < APART * seq as u32 {
            std::hint::spin_loop();
        }
    }
    // Waits until the reader disconnects.
    connection.read(&mut buffer).map(|_| ())
}
