//! The throughput of decoding a recorded message stream, compared with the underlying parsers
//! alone.
//!
//! Goal: at least 300 MB/s. The final table shows both results and their ratio.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

#[path = "support/ratios.rs"]
mod ratios;

use std::{hint::black_box, sync::Arc};

use ambient_sdk::{BoxError, BoxFuture, Operation, Response, Transport};
use ambient_sdk_ext::Client;
use bytes::Bytes;
use criterion::{Criterion, Throughput};
use futures_util::{StreamExt, stream};
use ratios::Ratios;
use serde::Deserialize;
use serde_json::json;
use sseer::EventStream;

const MESSAGES: i64 = 5000;
/// The number of bytes in one read of a socket.
const CHUNK: usize = 16 * 1024;

/// Returns a typical recorded run: many text chunks, some tool calls, some long texts.
fn recorded() -> Bytes {
    let paragraph = "The function reads the file twice: once to count its lines, and once to \
                     decode them. Reading it once is enough; see `src/read.rs`.\n\n";
    let listing = "    12\tfn main() -> Result<(), Error> {\n    13\t    println!(\"{}\", 7);\n";
    let frames = (1..=MESSAGES).map(|seq| {
        let (event_type, payload) = match seq % 10 {
            0 => ("assistant", paragraph.repeat(8)),
            1 => ("tool_result", json!({ "output": listing.repeat(30) }).to_string()),
            2 => ("tool_use", json!({ "name": "Read", "path": "src/main.rs" }).to_string()),
            3 => ("user", "And how is it tested?".to_owned()),
            _ => ("TEXT_MESSAGE_CONTENT", json!({ "delta": &paragraph[..60] }).to_string()),
        };
        let message = json!({
            "id": format!("2abcDEFghiJKLmnoPQR{seq:08}"),
            "kind": "SessionMessage",
            "href": format!("/api/ambient/v1/session_messages/2abcDEFghiJKLmnoPQR{seq:08}"),
            "created_at": "2026-01-01T00:00:00.000000Z",
            "updated_at": "2026-01-01T00:00:00.000000Z",
            "session_id": "2abcDEFghiJKLmnoPQRstuVWXyz",
            "seq": seq,
            "event_type": event_type,
            "payload": payload,
        });
        format!("id: {seq}\ndata: {message}\n\n")
    });
    frames.collect::<String>().into()
}

/// A transport that always returns the recorded stream.
struct Recorded(Bytes);

impl Recorded {
    fn response(&self) -> reqwest::Response {
        let all = self.0.clone();
        let chunks = (0..all.len())
            .step_by(CHUNK)
            .map(move |at| Ok::<_, BoxError>(all.slice(at..all.len().min(at + CHUNK))));
        let body = reqwest::Body::wrap_stream(stream::iter(chunks));
        // According to its date the whole stream is history, which requires no read of the list.
        let response = http::Response::builder()
            .header("content-type", "text/event-stream")
            .header("date", "Fri, 02 Jan 2026 00:00:00 GMT");
        response.body(body).unwrap().into()
    }
}

impl Transport for Recorded {
    fn send(
        &self,
        _: reqwest::Request,
        _: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        Box::pin(async { Ok(self.response().into()) })
    }
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

async fn bare(recorded: &Recorded) -> i64 {
    let mut events = EventStream::new(recorded.response().bytes_stream());
    let mut last = 0;
    while let Some(event) = events.next().await {
        let message: Bare = serde_json::from_str(&event.unwrap().data).unwrap();
        last = black_box(&message).seq;
    }
    last
}

async fn followed(client: &Client) -> i64 {
    let mut messages = client.api_server().messages("s1").follow().messages();
    let mut last = 0;
    while last < MESSAGES {
        let message = messages.next().await.unwrap().unwrap();
        last = black_box(&message).seq;
    }
    last
}

fn messages(criterion: &mut Criterion) {
    let bytes = recorded();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut group = criterion.benchmark_group("messages");
    group.throughput(Throughput::BytesDecimal(bytes.len() as u64)).sample_size(30);
    let recorded = Arc::new(Recorded(bytes));
    let builder = Client::builder().token("sha256~0123456789abcdef").project("demo");
    let client = builder.transport(recorded.clone()).build().unwrap();
    group.bench_function("bare", |b| {
        b.to_async(&runtime).iter(|| bare(&recorded));
    });
    group.bench_function("sdk", |b| {
        b.to_async(&runtime).iter(|| followed(&client));
    });
    group.finish();
}

fn main() {
    let ratios = Ratios::new();
    let mut criterion = Criterion::default().configure_from_args();
    messages(&mut criterion);
    criterion.final_summary();
    ratios.print();
}
