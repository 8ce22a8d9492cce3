//! Behaviour that needs a real connection: timeouts of the HTTP client, TLS, redirects.

use std::time::Duration;

use ambient_sdk_ext::{
    Client, ClientBuilder, ErrorKind,
    mock::{Fault, MockServer},
    retry::RetryPolicy,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::common::TOKEN;

const SHORT: Duration = Duration::from_millis(150);

/// Starts a listener that answers every connection with `answer`. Returns its address and the number
/// of connections.
async fn answering(answer: String) -> (String, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = std::sync::Arc::<std::sync::atomic::AtomicUsize>::default();
    let counter = count.clone();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let _read = connection.read(&mut [0; 4096]).await;
            let _written = connection.write_all(answer.as_bytes()).await;
        }
    });
    (address.to_string(), count)
}

/// Returns a client without retries and without proxies from the environment.
fn direct(url: &str) -> ClientBuilder {
    let http = ambient_sdk_ext::reqwest::Client::builder().no_proxy();
    let http = http.redirect(ambient_sdk_ext::reqwest::redirect::Policy::none()).build().unwrap();
    let builder = Client::builder().base_url(url).token(TOKEN).project("demo");
    builder.http_client(http).retry(RetryPolicy::none())
}

#[tokio::test]
async fn a_call_without_a_response_times_out() {
    let server = MockServer::start().await.unwrap();
    server.fault("list_sessions", Fault::hang()).unwrap();
    let client = server.client_builder().timeout(SHORT).build().unwrap();
    let error = client.list_sessions().await.unwrap_err();
    assert!(error.is_timeout() && error.is_transient(), "{error:?}");
    assert_eq!(error.to_string(), "list_sessions timed out after 0.15 seconds (1 attempt)");
}

#[tokio::test]
async fn a_stalled_body_times_out() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let _read = connection.read(&mut [0; 4096]).await;
        connection.write_all(head.as_bytes()).await.unwrap();
        std::future::pending::<()>().await;
    });
    let error = direct(&url).timeout(SHORT).build().unwrap().list_sessions().await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(error.to_string(), "list_sessions timed out after 0.15 seconds (1 attempt)");
}

#[tokio::test]
async fn a_refused_tls_handshake_is_a_connection_error() {
    let (address, _) = answering("no TLS here".into()).await;
    let client = direct(&format!("https://{address}")).build().unwrap();
    let error = client.list_sessions().await.unwrap_err();
    assert!(error.is_connection(), "{error:?}");
    assert!(error.to_string().starts_with("Failed to connect to API: "), "{error}");
}

#[tokio::test]
async fn token_and_project_are_not_sent_to_a_redirect() {
    let (elsewhere, requests) =
        answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".into()).await;
    let redirect =
        format!("HTTP/1.1 302 Found\r\nlocation: http://{elsewhere}/\r\ncontent-length: 0\r\n\r\n");
    let (here, _) = answering(redirect).await;
    let builder = Client::builder().base_url(format!("http://{here}")).token(TOKEN);
    let client = builder.project("demo").build().unwrap();
    let error = client.list_sessions().await.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::NoSuchEndpoint, 302));
    assert_eq!(requests.load(std::sync::atomic::Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_redirect_followed_by_a_custom_http_client_is_reported() {
    let (elsewhere, _) = answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".into()).await;
    let redirect = format!(
        "HTTP/1.1 302 Found\r\nlocation: http://{elsewhere}/x\r\ncontent-length: 0\r\n\r\n"
    );
    let (here, _) = answering(redirect).await;
    let follows = ambient_sdk_ext::reqwest::Client::builder().no_proxy().build().unwrap();
    let builder = Client::builder().base_url(format!("http://{here}")).token(TOKEN);
    let client = builder.project("demo").http_client(follows).build().unwrap();
    let error = client.list_sessions().await.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::NoSuchEndpoint, 200));
    let text = error.to_string();
    assert!(text.contains(&elsewhere) && text.contains("Policy::none()"), "{text}");
    assert!(!text.contains(TOKEN), "{text}");
}
