//! The server hangs under too many concurrent requests, like the real one.

use std::time::Duration;

use ambient_sdk_ext::mock::MockServer;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use tokio::time::timeout;

use crate::common::{ask, create, get};

const PATIENCE: Duration = Duration::from_secs(30);

async fn start_with_50_connections() -> (MockServer, String) {
    let server = MockServer::builder().hang_above(50).start().await.unwrap();
    let id = create(&server, "/sessions", json!({"name": "s"})).await;
    (server, id)
}

/// Whether a number of concurrent reads are all answered before a timeout.
async fn answers(server: &MockServer, reads: usize) -> bool {
    let reads = join_all((0..reads).map(|_| get(server, "/roles")));
    timeout(PATIENCE, reads).await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn reads_beyond_the_limit_hang_until_their_callers_give_up() {
    let (server, _) = start_with_50_connections().await;
    assert!(answers(&server, 49).await);
    assert!(!answers(&server, 50).await);
    assert!(!answers(&server, 200).await);
    assert!(answers(&server, 49).await);
}

#[tokio::test(start_paused = true)]
async fn writes_beyond_the_limit_hang_the_server_permanently() {
    let (server, id) = start_with_50_connections().await;
    let path = format!("/sessions/{id}/messages");
    let push = || ask(&server, Method::POST, &path).body(json!({"payload": "x"})).send();
    let pushes = join_all((0..64).map(|_| push()));
    assert!(timeout(PATIENCE, pushes).await.is_err());
    assert!(!answers(&server, 1).await);
    // The version needs no database connection.
    assert_eq!(get(&server, "/version").await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn an_open_stream_holds_a_connection() {
    let (server, id) = start_with_50_connections().await;
    let path = format!("/sessions/{id}/messages");
    let mut streams = Vec::new();
    for _ in 0..48 {
        let stream = ask(&server, Method::GET, &path).header("accept", "text/event-stream");
        streams.push(stream.send().await);
    }
    assert!(answers(&server, 1).await);
    let stream = ask(&server, Method::GET, &path).header("accept", "text/event-stream");
    streams.push(stream.send().await);
    assert!(!answers(&server, 1).await);
    streams.pop();
    assert!(answers(&server, 1).await);
}

#[tokio::test]
async fn a_closed_stream_releases_its_connection() {
    let (server, id) = start_with_50_connections().await;
    let http = crate::common::http();
    let url = format!("{}/api/ambient/v1/sessions/{id}/messages", server.url());
    let mut streams = Vec::new();
    for _ in 0..49 {
        let open = http.get(&url).header("accept", "text/event-stream");
        streams.push(open.send().await.unwrap());
    }
    let read = || timeout(Duration::from_millis(200), get(&server, "/roles"));
    assert!(read().await.is_err());
    drop(streams);
    let freed = async { while read().await.is_err() {} };
    timeout(PATIENCE, freed).await.expect("no connection was released");
}
