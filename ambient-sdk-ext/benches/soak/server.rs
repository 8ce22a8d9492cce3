//! The server of the soak test: its sessions, its writers and its faults.

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use ambient_sdk_ext::{
    api_server::{ApiServer, NewSession},
    mock::{Fault, MockServer, Reply, SessionScript},
};
use futures_util::{StreamExt, stream};
use tokio::{task::JoinSet, time::sleep};

use crate::proxy;

/// The result of the agent of each run.
pub(crate) const RESULT: &str = "It soaked.";
const SESSIONS: usize = 1_000;
const WRITERS: usize = 64;
/// The pause of a writer between two messages.
const WRITES_EVERY: Duration = Duration::from_millis(60);
/// The number of busy sessions, which receive half of the messages.
const BUSY: usize = 10;
const TOKEN_LIVES: Duration = Duration::from_secs(15);

/// A session and the number of its messages.
type Session = Arc<(String, AtomicU64)>;

pub(crate) async fn serve() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let runs = SessionScript::default().reply(Reply::text(RESULT));
    let server = MockServer::builder().check_tokens().session_script(SessionScript::idle());
    let server = server.script_when(|prompt| prompt == "soak", runs);
    let server = server.late_commits(Duration::from_millis(500)).start().await.unwrap();
    let server = Arc::new(server);
    let local = server.local_client().unwrap().api_server();
    let sessions = sessions(&local).await;
    let address = proxy::start(server.address()).await;
    tokio::spawn(change_tokens(server.clone(), file.clone()));
    while !file.exists() {
        sleep(Duration::from_millis(10)).await;
    }
    let ids: Vec<&str> = sessions.iter().map(|session| session.0.as_str()).collect();
    println!("http://{address}\n{}\n{}", file.display(), serde_json::to_string(&ids).unwrap());

    tokio::spawn(break_things(server.clone()));
    let stopped = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        writers.spawn(write(local.clone(), sessions.clone(), stopped.clone()));
    }
    read_line().await;
    stopped.store(true, Relaxed);
    writers.join_all().await;
    let sent = sessions.iter().map(|session| (session.0.clone(), session.1.load(Relaxed)));
    println!("{}", serde_json::to_string(&sent.collect::<HashMap<_, _>>()).unwrap());
    read_line().await;
}

async fn read_line() {
    tokio::task::spawn_blocking(|| std::io::stdin().lines().next()).await.unwrap();
}

async fn sessions(server: &ApiServer) -> Vec<Session> {
    let created = stream::iter(0..SESSIONS).map(|at| async move {
        let new = NewSession::new(format!("session-{at}"));
        let session = server.sessions().create_and_start(new).await.unwrap();
        Arc::new((session.id, AtomicU64::new(0)))
    });
    created.buffer_unordered(16).collect().await
}

/// Writes messages until it is stopped. Each contains its number within its session.
async fn write(server: ApiServer, sessions: Vec<Session>, stopped: Arc<AtomicBool>) {
    while !stopped.load(Relaxed) {
        let among = if fastrand::bool() { BUSY } else { SESSIONS };
        let session = &sessions[fastrand::usize(..among)];
        let number = session.1.fetch_add(1, Relaxed);
        server.messages(&session.0).push(number.to_string()).await.unwrap();
        sleep(WRITES_EVERY.mul_f64(2.0 * fastrand::f64())).await;
    }
}

/// Periodically writes a new token and rejects the previous one.
async fn change_tokens(server: Arc<MockServer>, file: impl AsRef<Path>) {
    let mut before: Option<String> = None;
    for number in 0.. {
        let token = format!("sha256~soak-token-number-{number:08}");
        server.accept_token(token.as_str());
        let new = file.as_ref().with_extension("new");
        std::fs::write(&new, &token).unwrap();
        std::fs::rename(&new, file.as_ref()).unwrap();
        if let Some(before) = before.replace(token) {
            server.expire_token(&before, Duration::ZERO).unwrap();
        }
        sleep(TOKEN_LIVES).await;
    }
}

/// Causes another fault every half second.
async fn break_things(server: Arc<MockServer>) {
    loop {
        let (operation, fault) = fault();
        server.fault(operation, fault.times(2)).unwrap();
        server.clear_requests();
        sleep(Duration::from_millis(500)).await;
    }
}

/// Returns a random fault and the operation that it affects.
fn fault() -> (&'static str, Fault) {
    let frames = fastrand::usize(1..20);
    let (streams, lists) = ("stream_session_messages", "list_session_messages");
    match fastrand::u8(..9) {
        0 => (streams, Fault::cut_after_frames(frames)),
        1 => (streams, Fault::end_after_frames(frames)),
        2 => (streams, Fault::stall_after_frames(frames)),
        3 => (streams, Fault::status(503)),
        4 => (lists, Fault::status(500)),
        5 => (lists, Fault::rate_limited(Duration::from_secs(1))),
        6 => (lists, Fault::cut_connection()),
        7 => (lists, Fault::cut_body(frames * 10)),
        _ => ("get_session", Fault::status(503)),
    }
}
