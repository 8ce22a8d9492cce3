//! `server.watch()` yields every state once, even if the watch misses changes.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use ambient_sdk_ext::{
    ErrorKind, Token, TokenSource,
    ambient_sdk::{BoxError, BoxFuture},
    api_server::{NewSession, WatchEvent, WatchEvents},
    mock::{Fault, MockServer},
};
use futures_util::StreamExt;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::{called, server, soon, started};

async fn next(events: &mut WatchEvents) -> WatchEvent {
    soon(events.next()).await.unwrap().unwrap()
}

/// Returns the events as they are read in a separate task.
fn spawned(mut events: WatchEvents) -> UnboundedReceiver<WatchEvent> {
    let (sender, receiver) = unbounded_channel();
    tokio::spawn(async move {
        while let Some(event) = events.next().await {
            if sender.send(event.unwrap()).is_err() {
                break;
            }
        }
    });
    receiver
}

fn phase(event: &WatchEvent) -> &str {
    event.session().and_then(|session| session.phase.as_ref()).map_or("", |phase| phase.as_str())
}

#[tokio::test]
async fn existing_sessions_are_yielded_first_and_then_each_change() {
    let server = server().await;
    let client = server.client().unwrap();
    let old = started(&client, "old").await;
    let mut events = client.api_server().watch().read_every(Duration::from_secs(3600)).events();
    let first = next(&mut events).await;
    assert!(matches!(&first, WatchEvent::Created(session) if session.id == old.id));
    called(&server, "watch_sessions", 1).await;

    let sessions = client.api_server().sessions();
    let new = sessions.create(NewSession::new("new").prompt("Say it")).await.unwrap();
    let WatchEvent::Created(shown) = next(&mut events).await else { panic!("not created") };
    let read = sessions.get(&new.id).await.unwrap();
    assert_eq!(*shown, read, "an event contains the same session as a read");

    server.set_phase(&new.id, "Running").unwrap();
    let changed = next(&mut events).await;
    assert!(matches!(&changed, WatchEvent::Updated(session) if session.id == new.id));
    assert_eq!(phase(&changed), "Running");
    sessions.delete(&new.id).await.unwrap();
    assert_eq!(next(&mut events).await, WatchEvent::Deleted(new.id));
    assert_eq!(server.request_count("watch_sessions"), 1);
}

#[tokio::test]
async fn a_watch_can_be_limited_to_a_project_and_phases() {
    let server = server().await;
    let client = server.client().unwrap();
    let watch = client.api_server().watch().phase("Failed").phase("Completed");
    let mut events = spawned(watch.events());
    let mut everywhere = spawned(client.api_server().watch().all_projects().events());
    called(&server, "list_sessions", 2).await;
    called(&server, "watch_sessions", 1).await;
    let one = started(&client, "one").await;
    let elsewhere = client.with(ambient_sdk_ext::CallOptions::new().project("other"));
    let other = started(&elsewhere, "two").await;
    for (id, phase) in [(&one.id, "Running"), (&other.id, "Failed"), (&one.id, "Failed")] {
        server.set_phase(id, phase).unwrap();
    }
    let event = soon(events.recv()).await.unwrap();
    assert!(matches!(&event, WatchEvent::Created(session) if session.id == one.id));
    assert_eq!(phase(&event), "Failed");
    let mut seen = BTreeMap::new();
    while seen.len() < 2 || seen.values().any(|phase| phase != "Failed") {
        let event = soon(everywhere.recv()).await.unwrap();
        seen.insert(event.id().to_owned(), phase(&event).to_owned());
    }
    assert_eq!(server.request_count("watch_sessions"), 1, "both share one call");
}

#[tokio::test]
async fn lost_changes_are_read_from_the_list_and_none_is_repeated() {
    let server = server().await;
    server.fault("watch_sessions", Fault::drop_frames(2)).unwrap();
    let client = server.client().unwrap();
    let mut ids = Vec::new();
    for number in 0..20 {
        ids.push(started(&client, &format!("s-{number}")).await.id);
    }
    let mut events = client.api_server().watch().read_every(Duration::from_secs(1)).events();
    for _ in &ids {
        assert!(matches!(next(&mut events).await, WatchEvent::Created(_)));
    }
    for id in &ids {
        server.set_phase(id, "Completed").unwrap();
    }
    let mut ended = BTreeMap::new();
    while ended.len() < ids.len() {
        let event = next(&mut events).await;
        assert!(matches!(event, WatchEvent::Updated(_)), "{event:?}");
        assert_eq!(phase(&event), "Completed");
        *ended.entry(event.id().to_owned()).or_insert(0) += 1;
    }
    assert!(ended.values().all(|times| *times == 1), "{ended:?}");
    let sessions = client.api_server().sessions();
    sessions.delete(&ids[0]).await.unwrap();
    assert_eq!(next(&mut events).await, WatchEvent::Deleted(ids[0].clone()));
}

#[tokio::test]
async fn missed_changes_are_read_after_a_reconnect() {
    let server = server().await;
    let client = server.client().unwrap();
    let one = started(&client, "one").await;
    let gone = started(&client, "gone").await;
    let mut events = client.api_server().watch().read_every(Duration::from_secs(3600)).events();
    next(&mut events).await;
    next(&mut events).await;
    for round in 1..=3 {
        called(&server, "watch_sessions", round).await;
        server.disconnect_streams();
        let phase_now = format!("Phase{round}");
        server.set_phase(&one.id, &phase_now).unwrap();
        let event = next(&mut events).await;
        assert_eq!((event.id(), phase(&event)), (one.id.as_str(), phase_now.as_str()));
    }
    server.disconnect_streams();
    client.api_server().sessions().delete(&gone.id).await.unwrap();
    assert_eq!(next(&mut events).await, WatchEvent::Deleted(gone.id));
}

#[tokio::test]
async fn a_rejection_ends_the_watch_with_its_kind() {
    for (status, kind) in [
        (403, ErrorKind::Permission),
        (501, ErrorKind::NoSuchEndpoint),
        (401, ErrorKind::Authentication),
    ] {
        let server = server().await;
        server.fault("watch_sessions", Fault::status(status)).unwrap();
        let mut events = server.client().unwrap().api_server().watch().events();
        let error = soon(events.next()).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(!error.to_string().contains(server.token()), "{error}");
        assert!(soon(events.next()).await.is_none());
    }
}

#[tokio::test]
async fn too_many_failures_end_the_watch() {
    let server = server().await;
    server.fault("watch_sessions", Fault::cut_connection()).unwrap();
    let mut events = server.client().unwrap().api_server().watch().max_failures(1).events();
    let error = soon(events.next()).await.unwrap().unwrap_err();
    assert!(error.is_connection() && error.to_string().contains("gave up after 2"), "{error}");
}

#[tokio::test]
async fn a_watch_without_grpc_is_an_error() {
    let server = server().await;
    let client = server.client_builder().without_grpc().build().unwrap();
    let error = soon(client.api_server().watch().events().next()).await.unwrap().unwrap_err();
    assert!(error.is_configuration(), "{error}");
}

/// Returns a token that the server rejects, until it is renewed.
struct Renewed {
    good: String,
    renewals: Arc<AtomicUsize>,
}

impl TokenSource for Renewed {
    fn token(&self) -> BoxFuture<'_, Result<Token, BoxError>> {
        let token = match self.renewals.load(Ordering::Relaxed) {
            0 => "sha256~a-token-that-has-expired",
            _ => &self.good,
        };
        Box::pin(async move { Ok(Token::new(token)?) })
    }

    fn renew<'a>(&'a self, _: &'a Token) -> BoxFuture<'a, Result<Token, BoxError>> {
        self.renewals.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(Token::new(self.good.as_str())?) })
    }
}

#[tokio::test]
async fn a_rejected_token_is_renewed_once() {
    let server = MockServer::builder().check_tokens().start().await.unwrap();
    let good = server.token().to_owned();
    let seeded = server.client().unwrap();
    let one = started(&seeded, "one").await;
    let renewals = Arc::new(AtomicUsize::new(0));
    let source = Renewed { good, renewals: renewals.clone() };
    let client = server.client_builder().token_source(source).build().unwrap();
    let mut events = client.api_server().watch().events();
    assert_eq!(next(&mut events).await.id(), one.id);
    called(&server, "watch_sessions", 2).await;
    assert_eq!(server.request_count("watch_sessions"), 2);
    assert_eq!(renewals.load(Ordering::Relaxed), 1, "calls and watches share one renewal");
}
