//! The blocking client against the embedded server, which runs on a separate runtime.

#![cfg(feature = "blocking")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{collections::BTreeSet, time::Duration};

use ambient_sdk_ext::{
    CallOptions, Capture, CreateSessionRequest, ErrorKind,
    api_server::{
        Merge, NewAgent, NewInboxMessage, NewSession, SessionFields, SessionPatch, types,
    },
    blocking::{ApiServer, Client},
    mock::{Fault, MockServer, Reply, SessionScript},
    wait::Update,
};
use tokio::runtime::Runtime;

/// A server on a separate thread, and a client for it.
struct Stage {
    client: Client,
    mock: MockServer,
    runtime: Runtime,
}

fn stage(script: SessionScript) -> Stage {
    let threads =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = threads.unwrap();
    let mock = runtime.block_on(MockServer::builder().session_script(script).start()).unwrap();
    let client = mock.client_builder().build_blocking().unwrap();
    Stage { client, mock, runtime }
}

#[test]
fn sessions_of_the_public_api() {
    let stage = stage(SessionScript::completes("all is well"));
    let client = &stage.client;
    let mock = &stage.mock;
    let created = client.create_session(CreateSessionRequest::new("Look around")).unwrap();
    let wait = client.wait_for_completion(&created.id);
    let wait = wait.set(|wait| wait.poll_interval(Duration::from_millis(10)));
    let session = wait.wait().unwrap();
    assert_eq!(session.result.as_deref(), Some("all is well"));
    assert_eq!(client.list_sessions().unwrap().total, 1);
    client.delete_session(&created.id).unwrap();
    assert!(client.get_session(&created.id).unwrap_err().is_not_found());

    mock.script_next_session(SessionScript::completes("again"));
    let again = client.create_session(CreateSessionRequest::new("Look again")).unwrap();
    let wait = client.wait_many([&again.id, &created.id]);
    let wait = wait.set(|wait| wait.poll_interval(Duration::from_millis(10)));
    let outcomes: Vec<_> = wait.outcomes().collect::<Result<_, _>>().unwrap();
    let ended: BTreeSet<_> = outcomes.iter().map(|one| (&one.id, one.result.is_ok())).collect();
    assert_eq!(ended, BTreeSet::from([(&again.id, true), (&created.id, false)]));
}

#[test]
fn lists_are_iterators() {
    let stage = stage(SessionScript::idle());
    let client = &stage.client;
    let mock = &stage.mock;
    let sessions = client.api_server().sessions();
    for number in 0..5 {
        sessions.create(NewSession::new(format!("s{number}"))).unwrap();
    }
    let list = sessions.list().set(|list| list.page_size(2));
    let names: Vec<_> = list.clone().into_iter().map(|one| one.unwrap().name).collect();
    assert_eq!(names, ["s0", "s1", "s2", "s3", "s4"]);
    assert_eq!(mock.request_count("list_sessions"), 3);
    assert_eq!(list.clone().pages().count(), 3);
    assert_eq!(list.clone().count().unwrap(), 5);
    assert_eq!(list.clone().first().unwrap().unwrap().name, "s0");
    assert_eq!(list.clone().set(|list| list.limit(3)).collect().unwrap().len(), 3);
    let ahead: Vec<_> = list.set(|list| list.prefetch_pages(2)).into_iter().collect();
    assert!(ahead.len() == 5 && ahead.iter().all(Result::is_ok));

    mock.fault("list_sessions", Fault::status(403)).unwrap();
    let failed: Vec<_> = sessions.list().into_iter().collect();
    assert!(matches!(failed.as_slice(), [Err(error)] if error.is_permission()));
}

#[test]
fn resources_can_be_created_updated_and_found() {
    let stage = stage(SessionScript::idle());
    let client = &stage.client;
    let server = client.api_server();
    let sessions = server.sessions();
    let made = sessions.create(NewSession::new("a").labels([("team", "core")])).unwrap();
    let changed = sessions.update(&made.id, SessionPatch::new().prompt("Look")).unwrap();
    assert_eq!(changed.prompt.as_deref(), Some("Look"));
    let merged = sessions.merge_labels(&made.id, Merge::new().set("tier", "web")).unwrap();
    assert_eq!(merged.labels().unwrap().len(), 2);
    assert_eq!(server.session_by_name("a").unwrap().unwrap().id, made.id);
    assert_eq!(sessions.ensure(NewSession::new("a")).unwrap().id, made.id);
    assert_eq!(sessions.start(&made.id).unwrap().id, made.id);

    let agents = server.agents("demo");
    let agent = agents.create(NewAgent::new("reviewer").prompt("You review.")).unwrap();
    let inbox = agents.inbox(&agent.id);
    let message = inbox.send(NewInboxMessage::new("Mind the tests")).unwrap();
    assert_eq!(inbox.mark_read(&message.id).unwrap().read, Some(true));
    let started = agents.start_with(&agent.id, "Review it").wait().unwrap();
    assert!(started.is_new);
    let sessions_of_agent: Vec<_> = agents.sessions(&agent.id).into_iter().collect();
    assert_eq!(sessions_of_agent.len(), 1);
}

#[test]
fn a_conversation_can_be_resumed_from_a_cursor() {
    let script = SessionScript::running().reply(Reply::text("It is an SDK."));
    let stage = stage(script);
    let client = &stage.client;
    let server = client.api_server();
    let session = server.sessions().create(NewSession::new("a")).unwrap();
    server.sessions().start(&session.id).unwrap();
    let wait = server.sessions().wait_until(&session.id, |session| session.start_time.is_some());
    let mut updates = wait.set(|wait| wait.poll_interval(Duration::from_millis(10))).updates();
    assert!(updates.any(|update| matches!(update.unwrap(), Update::Seen(seen) if seen.is_over)));

    let messages = server.messages(&session.id);
    let reply = messages.say("Tell me").wait().unwrap();
    assert_eq!(reply.text, "It is an SDK.");
    let all = messages.list().wait().unwrap();
    let mut live = messages.follow().messages();
    let first = live.next().unwrap().unwrap();
    assert_eq!(first, all[0]);
    let cursor = live.get_ref().cursor();
    drop(live);
    let rest = messages.list().set(|list| list.after(cursor)).wait().unwrap();
    assert_eq!(rest, all[1..]);
    let followed = messages.follow().set(|follow| follow.after(first.seq)).messages();
    let followed: Vec<_> = followed.take(rest.len()).collect::<Result<_, _>>().unwrap();
    assert_eq!(followed, rest);
}

#[test]
fn several_threads_can_share_a_client() {
    let stage = stage(SessionScript::idle());
    let client = &stage.client;
    let mock = &stage.mock;
    let id = client.api_server().sessions().create(NewSession::new("a")).unwrap().id;
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let (client, id) = (client.clone(), &id);
            scope.spawn(move || {
                let sessions = client.api_server().sessions();
                (0..5).for_each(|_| assert_eq!(sessions.get(id).unwrap().id, *id));
            });
        }
    });
    assert_eq!(mock.request_count("get_session"), 40);
}

#[test]
fn options_and_raw_builders_are_supported() {
    let stage = stage(SessionScript::idle());
    let client = &stage.client;
    let capture = Capture::new();
    let captured = client.with(CallOptions::new().capture(&capture));
    captured.list_sessions().unwrap();
    assert_eq!(capture.last().unwrap().operation(), "list_sessions");
    let raw = client.inner().api_server();
    let listed = client.block_on(raw.raw().list_sessions().send()).unwrap();
    assert_eq!(listed.into_inner().total, 0);
    let missing = client.block_on(raw.raw().get_session().id("2abcDEF").send());
    assert!(missing.unwrap_err().is_not_found());
}

#[test]
fn calls_inside_a_runtime_return_an_error_without_a_panic() {
    let Stage { client, mock, runtime } = stage(SessionScript::idle());
    client.api_server().sessions().create(NewSession::new("a")).unwrap();
    let count = mock.requests().len();
    let is_refused = |error: &ambient_sdk_ext::Error| {
        error.kind() == ErrorKind::Configuration && error.to_string().contains("std::thread::spawn")
    };
    let attempt = {
        let client = client.clone();
        let builder = mock.client_builder();
        move || {
            assert!(is_refused(&client.list_sessions().unwrap_err()));
            assert!(is_refused(&builder.build_blocking().unwrap_err()));
            let items: Vec<_> = client.api_server().sessions().list().into_iter().collect();
            assert!(matches!(items.as_slice(), [Err(error)] if is_refused(error)));
            drop(client);
        }
    };
    runtime.block_on(async move { attempt() });
    assert_eq!(mock.requests().len(), count);

    // A new thread is outside the runtime, and so is this thread after `block_on`.
    let elsewhere = client.clone();
    let listed = runtime.block_on(async move {
        std::thread::spawn(move || elsewhere.list_sessions().unwrap().total).join().unwrap()
    });
    assert_eq!(listed, client.list_sessions().unwrap().total);
    // The last client, which stops the background thread, is dropped inside the runtime.
    runtime.block_on(async move { drop(client) });
}

/// Calls the blocking form of every generated method. If one is missing or has another signature,
/// the test doesn't compile.
macro_rules! compiles {
    ($server:ident $({ $verb:ident $operation:literal $($rest:tt)* })*) => {
        vec![$(compiles!(@$verb $server $operation $($rest)*)),*]
    };
    (@handle $server:ident $accessor:ident $($scope:ident)*) => {
        $server.$accessor($(stringify!($scope)),*)
    };
    (@create $server:ident $operation:literal $accessor:ident [$($scope:ident)*] $noun:ident $body:ty) => {{
        let _call = |body: $body| compiles!(@handle $server $accessor $($scope)*).create(body).is_ok();
        $operation
    }};
    (@update $server:ident $operation:literal $accessor:ident [$($scope:ident)*] $noun:ident $body:ty) => {{
        let _call = |body: $body| compiles!(@handle $server $accessor $($scope)*).update("", body).is_ok();
        $operation
    }};
    (@list $server:ident $operation:literal $accessor:ident [$($scope:ident)*] $noun:ident) => {{
        let _call = || compiles!(@handle $server $accessor $($scope)*).list().collect().is_ok();
        $operation
    }};
    (@get $server:ident $operation:literal $accessor:ident [$($scope:ident)*] $noun:ident) => {{
        let _call = || compiles!(@handle $server $accessor $($scope)*).get("").is_ok();
        $operation
    }};
    (@delete $server:ident $operation:literal $accessor:ident [$($scope:ident)*] $noun:ident) => {{
        let _call = || compiles!(@handle $server $accessor $($scope)*).delete("").is_ok();
        $operation
    }};
    (@below $server:ident $operation:literal $accessor:ident [$($scope:ident)*] $name:ident) => {{
        let _call = || compiles!(@handle $server $accessor $($scope)*).$name("").collect().is_ok();
        $operation
    }};
    (@action $server:ident $operation:literal $accessor:ident [$($scope:ident)*] $name:ident
        [$($argument:ident)*] [$($body:ty)?]) => {{
        let _call = |$(body: $body)?| {
            let handle = compiles!(@handle $server $accessor $($scope)*);
            handle.$name($(stringify!($argument),)* $({ let body: $body = body; body })?).is_ok()
        };
        $operation
    }};
}

#[test]
fn every_generated_method_has_a_blocking_form() {
    fn all(_server: &ApiServer) -> Vec<&'static str> {
        ambient_sdk_ext::ambient_sdk::api_server_operations!(compiles! _server)
    }
    let stage = stage(SessionScript::idle());
    let client = &stage.client;
    assert!(all(&client.api_server()).len() > 50);
}
