//! The timeout covers the connection, but not the first message.

use std::{net::SocketAddr, time::Duration};

use ambient_sdk_ext::{ClientBuilder, mock::Fault};
use futures_util::StreamExt;
use tokio::{io::AsyncReadExt, net::TcpListener};

use crate::{called, server, soon, started};

/// The timeout of the clients here.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Starts a server that accepts connections and reads from them, but never sends anything.
async fn silent() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut read = [0; 1024];
                while connection.read(&mut read).await.is_ok_and(|length| length > 0) {}
            });
        }
    });
    address
}

fn to(builder: ClientBuilder, address: SocketAddr) -> ClientBuilder {
    builder.grpc_url(address.to_string()).timeout(TIMEOUT)
}

#[tokio::test]
async fn a_watch_of_a_silent_server_ends_at_the_timeout() {
    let (server, silent) = (server().await, silent().await);
    let client = to(server.client_builder(), silent).build().unwrap();
    let mut events = client.api_server().watch().max_failures(0).events();
    let error = soon(events.next()).await.unwrap().unwrap_err();
    assert!(error.is_timeout() && error.is_transient(), "{error:?}");
    for part in [&format!("http://{silent}"), "within 1 seconds", "AMBIENT_GRPC_URL"] {
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
}

#[tokio::test]
async fn a_tls_handshake_with_a_silent_server_ends_at_the_connect_timeout() {
    let (server, silent) = (server().await, silent().await);
    let builder = server.client_builder().grpc_url(format!("https://{silent}"));
    let client = builder.connect_timeout(Duration::from_millis(200)).build().unwrap();
    let mut events = client.api_server().watch().max_failures(0).events();
    let error = soon(events.next()).await.unwrap().unwrap_err();
    assert!(error.is_connection() && error.to_string().contains(&silent.to_string()), "{error}");
}

#[tokio::test]
async fn waits_and_messages_use_http_if_the_server_is_silent() {
    let (server, silent) = (server().await, silent().await);
    let client = to(server.client_builder(), silent).build().unwrap();
    let session = started(&client, "one").await;
    let sessions = client.api_server().sessions();
    let wait = sessions.wait_for_completion(&session.id).poll_interval(Duration::from_millis(20));
    let wait = tokio::spawn(wait.into_future());
    let mut messages = client.api_server().messages(&session.id).follow().messages();
    server.push_message(&session.id, "assistant", "heard").unwrap();
    assert_eq!(soon(messages.next()).await.unwrap().unwrap().payload, "heard");
    called(&server, "stream_session_messages", 1).await;
    server.set_phase(&session.id, "Completed").unwrap();
    assert_eq!(soon(wait).await.unwrap().unwrap().phase.unwrap(), "Completed");
}

#[tokio::test]
async fn a_watch_without_changes_outlasts_the_timeout() {
    let server = server().await;
    // The response of the real server begins with the first change, too.
    server.fault("watch_sessions", Fault::hang()).unwrap();
    let client = server.client_builder().timeout(TIMEOUT).build().unwrap();
    let session = started(&client, "one").await;
    let sessions = client.api_server().sessions();
    let wait = sessions.wait_for_completion(&session.id).poll_interval(TIMEOUT / 3);
    let wait = tokio::spawn(wait.into_future());
    called(&server, "watch_sessions", 1).await;
    let polled = server.request_count("get_session");
    called(&server, "get_session", polled + 6).await;
    assert_eq!(server.request_count("watch_sessions"), 1);
    server.set_phase(&session.id, "Completed").unwrap();
    soon(wait).await.unwrap().unwrap();
}
