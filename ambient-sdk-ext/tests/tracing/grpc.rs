//! The spans of gRPC calls.

use std::time::Duration;

use ambient_sdk_ext::{
    Client,
    api_server::NewSession,
    mock::{Fault, MockServer, SessionScript},
};
use futures_util::StreamExt;
use tracing_subscriber::fmt::format::FmtSpan;

use super::log::Log;

/// No test takes this long, unless something hangs.
const LONG: Duration = Duration::from_secs(60);

/// Returns the log of all levels while `act` runs.
async fn logged<F: Future<Output = ()>>(act: F) -> String {
    let (log, _guard) = Log::begin("ambient_sdk_ext=trace", FmtSpan::CLOSE);
    tokio::time::timeout(LONG, act).await.unwrap();
    log.text()
}

/// Returns the line of the first closed span of this method.
fn closed<'a>(log: &'a str, method: &str) -> &'a str {
    let method = format!("rpc.method=\"{method}\"");
    let is_end = |line: &&str| line.contains(": close ") && line.contains(&method);
    log.lines().find(is_end).unwrap_or_else(|| panic!("no span of {method}: {log}"))
}

async fn idle() -> MockServer {
    MockServer::builder().session_script(SessionScript::idle()).start().await.unwrap()
}

async fn session(client: &Client) -> String {
    client.api_server().sessions().create(NewSession::new("one")).await.unwrap().id
}

/// Reads a watch until it fails.
async fn fails(client: &Client) {
    let mut events = client.api_server().watch().max_failures(0).events();
    while events.next().await.unwrap().is_ok() {}
}

#[tokio::test]
async fn a_call_is_one_span_with_the_fields_of_opentelemetry() {
    let server = idle().await;
    server.fault("watch_sessions", Fault::status(403)).unwrap();
    let client = server.client().unwrap();
    let log = logged(fails(&client)).await;
    let close = closed(&log, "WatchSessions");
    let grpc_url = server.grpc_url();
    let port = grpc_url.rsplit(':').next().unwrap();
    for field in [
        "ambient.call{",
        "otel.name=ambient.v1.SessionService/WatchSessions",
        "otel.kind=\"client\"",
        "otel.status_code=\"ERROR\"",
        "rpc.system=\"grpc\"",
        "rpc.service=\"ambient.v1.SessionService\"",
        "rpc.grpc.status_code=7",
        "server.address=\"127.0.0.1\"",
        &format!("server.port={port}"),
        "error.type=\"PERMISSION_DENIED\"",
        "ambient.operation=\"watch_sessions\"",
        &format!("ambient.project=\"{}\"", server.project()),
        "ambient.attempts=1",
        "ambient.duration_ms=",
    ] {
        assert!(close.contains(field), "{field} is missing: {close}");
    }
    assert!(!log.contains(server.token()), "{log}");
}

#[tokio::test]
async fn a_stream_without_an_error_has_the_status_0() {
    let server = idle().await;
    server.fault("watch_session_messages", Fault::end_after_frames(1)).unwrap();
    let client = server.client().unwrap();
    let id = session(&client).await;
    let read = async {
        let mut messages = client.api_server().messages(&id).follow().messages();
        for text in ["one", "two"] {
            server.push_message(&id, "assistant", text).unwrap();
            assert_eq!(messages.next().await.unwrap().unwrap().payload, text);
        }
    };
    let log = logged(read).await;
    let close = closed(&log, "WatchSessionMessages");
    assert!(close.contains("rpc.grpc.status_code=0"), "{close}");
    assert!(!close.contains("error.type") && !close.contains("otel.status_code"), "{close}");
    assert!(!log.contains("assistant"), "{log}");
}

#[tokio::test]
async fn a_call_without_a_connection_has_an_error_type_and_no_status() {
    let server = idle().await;
    // Nothing listens there.
    let client = server.client_builder().grpc_url("127.0.0.1:9").build().unwrap();
    let id = session(&client).await;
    let read = async {
        let mut messages = client.api_server().messages(&id).follow().messages();
        server.push_message(&id, "assistant", "one").unwrap();
        messages.next().await.unwrap().unwrap();
    };
    let log = logged(read).await;
    let close = closed(&log, "WatchSessionMessages");
    assert!(close.contains("error.type=\"connection\""), "{close}");
    assert!(close.contains("ambient.attempts=0") && !close.contains("rpc.grpc.status"), "{close}");
}
