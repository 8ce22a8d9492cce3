//! The allocations of a get and the sizes of futures, which don't depend on the machine. Allocations
//! are counted by thread, and the responder runs in other threads.

#![allow(clippy::unwrap_used)] // A panic fails the test.

#[path = "../benches/support/plain.rs"]
#[allow(dead_code)]
mod plain;
#[path = "../benches/support/responder.rs"]
mod responder;
#[path = "../benches/support/session.rs"]
mod session;

use std::time::Duration;

use ambient_sdk_ext::{
    Client,
    api_server::{NewSession, SessionPatch},
};
use responder::{ID, Responder};

/// The maximum number of allocations that a get may have in addition to a bare one. Reallocations
/// count, too.
const MAX_ADDITIONAL: u64 = 6;
/// The maximum size of a call's future, in bytes.
const MAX_BYTES: usize = 1024;
const TOKEN: &str = "sha256~0123456789abcdef";
const GETS: u64 = 100;

fn client(url: &str) -> Client {
    Client::builder().base_url(url).token(TOKEN).project("demo").build().unwrap()
}

/// Returns the mean number of allocations of a get, measured after a warm-up.
fn allocations<T>(get: impl AsyncFn() -> T) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let gets = |count| {
        runtime.block_on(async {
            for _ in 0..count {
                get().await;
            }
        });
    };
    gets(20);
    allocation_counter::measure(|| gets(GETS)).count_total / GETS
}

#[test]
fn a_get_has_few_additional_allocations() {
    let responder = Responder::start(&session::session(0).to_string()).unwrap();
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30));
    let (http, url) = (http.build().unwrap(), responder.url());
    let path = format!("{url}/api/ambient/v1/sessions/{ID}");
    let bare = allocations(async || {
        let request = http.get(&path).bearer_auth(TOKEN).header("x-ambient-project", "demo");
        let body = request.send().await.unwrap().bytes().await.unwrap();
        serde_json::from_slice::<plain::Session>(&body).unwrap()
    });
    let server = client(&url).api_server();
    let sdk = allocations(async || server.sessions().get(ID).await.unwrap());
    assert!(sdk <= bare + MAX_ADDITIONAL, "a get has {sdk} allocations, a bare one {bare}");
}

#[test]
fn the_futures_of_calls_are_small() {
    let client = client("http://127.0.0.1:1");
    let server = client.api_server();
    let sessions = server.sessions();
    for (call, size) in [
        ("get", size_of_val(&sessions.get(ID))),
        ("raw get", size_of_val(&server.raw().get_session().id(ID).send())),
        ("delete", size_of_val(&sessions.delete(ID))),
        ("create", size_of_val(&sessions.create(NewSession::new("a")))),
        ("update", size_of_val(&sessions.update(ID, SessionPatch::new()))),
        ("gateway's get", size_of_val(&client.get_session(ID))),
    ] {
        assert!(size <= MAX_BYTES, "{call} has {size} bytes");
    }
}
