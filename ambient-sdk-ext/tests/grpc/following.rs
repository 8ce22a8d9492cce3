//! Following messages over one connection, which yields each message exactly once for any number of
//! sessions.

use std::{collections::BTreeMap, time::Duration};

use ambient_sdk_ext::mock::{Fault, MockServer, SessionScript};
use futures_util::{StreamExt, future::join_all};

use crate::{called, server, soon, started};

#[tokio::test]
async fn many_sessions_are_followed_without_http_streams() {
    let server = server().await;
    let client = server.client().unwrap();
    let mut ids = Vec::new();
    for number in 0..40 {
        ids.push(started(&client, &format!("s-{number}")).await.id);
    }
    for id in &ids {
        server.push_message(id, "assistant", "before").unwrap();
    }
    let follow = |id: &String| {
        let mut messages = client.api_server().messages(id).follow().messages();
        async move {
            let mut texts = Vec::new();
            while texts.len() < 6 {
                texts.push(messages.next().await.unwrap().unwrap().payload);
            }
            texts
        }
    };
    let followed = join_all(ids.iter().map(follow));
    let pushed = async {
        called(&server, "watch_session_messages", ids.len()).await;
        for number in 0..5 {
            for id in &ids {
                server.push_message(id, "assistant", &number.to_string()).unwrap();
            }
            tokio::task::yield_now().await;
        }
    };
    let (all, ()) = soon(futures_util::future::join(followed, pushed)).await;
    assert!(all.iter().all(|texts| *texts == ["before", "0", "1", "2", "3", "4"]), "{all:?}");
    assert_eq!(server.request_count("stream_session_messages"), 0);
}

#[tokio::test]
async fn each_message_is_yielded_once_despite_late_commits_and_disconnects() {
    const WRITERS: usize = 8;
    const EACH: usize = 60;
    let server = MockServer::builder()
        .session_script(SessionScript::idle())
        .late_commits(Duration::from_millis(40))
        .start()
        .await
        .unwrap();
    let client = server.client().unwrap();
    let id = started(&client, "busy").await.id;
    let follow = client.api_server().messages(&id).follow();
    let mut messages = follow.settling_window(Duration::from_millis(500)).messages();
    let writers = join_all((0..WRITERS).map(|writer| {
        let messages = client.api_server().messages(&id);
        async move {
            for number in 0..EACH {
                messages.push(format!("{writer}-{number}")).await.unwrap();
            }
        }
    }));
    let disconnects = async {
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            server.disconnect_streams();
        }
    };
    let read = async {
        let mut times = BTreeMap::new();
        while times.len() < WRITERS * EACH {
            let message = messages.next().await.unwrap().unwrap();
            *times.entry(message.payload).or_insert(0) += 1;
        }
        times
    };
    let (times, _, ()) = soon(futures_util::future::join3(read, writers, disconnects)).await;
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    assert!(server.request_count("watch_session_messages") > 1);
}

#[tokio::test]
async fn messages_that_the_server_drops_are_read_from_the_list() {
    const PUSHED: usize = 700;
    let server = server().await;
    let client = server.client().unwrap();
    let id = started(&client, "fast").await.id;
    let mut messages = client.api_server().messages(&id).follow().messages();
    server.push_message(&id, "assistant", "first").unwrap();
    assert_eq!(soon(messages.next()).await.unwrap().unwrap().payload, "first");
    // The server runs on the same thread, so it can't send before all are pushed. It buffers 512.
    for number in 0..PUSHED {
        server.push_message(&id, "assistant", &number.to_string()).unwrap();
    }
    let mut times = BTreeMap::new();
    while times.len() < PUSHED {
        let message = soon(messages.next()).await.unwrap().unwrap();
        *times.entry(message.payload).or_insert(0) += 1;
    }
    assert!(times.values().all(|times| *times == 1), "{times:?}");
}

#[tokio::test]
async fn messages_are_streamed_over_http_if_grpc_fails() {
    for fault in [Fault::status(403), Fault::status(501), Fault::cut_connection()] {
        let server = server().await;
        server.fault("watch_session_messages", fault).unwrap();
        let client = server.client().unwrap();
        let id = started(&client, "one").await.id;
        let mut messages = client.api_server().messages(&id).follow().messages();
        server.push_message(&id, "assistant", "heard").unwrap();
        assert_eq!(soon(messages.next()).await.unwrap().unwrap().payload, "heard");
        assert_eq!(server.request_count("watch_session_messages"), 1);
        assert_eq!(server.request_count("stream_session_messages"), 1);
    }
}

#[tokio::test]
async fn a_missing_session_is_reported_as_not_found() {
    let server = server().await;
    let client = server.client().unwrap();
    let mut messages = client.api_server().messages("2missing").follow().messages();
    let error = soon(messages.next()).await.unwrap().unwrap_err();
    assert!(error.is_not_found(), "{error}");
}
