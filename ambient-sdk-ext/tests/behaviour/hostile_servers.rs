//! Servers that send too much data, endless data or unexpected data, on real connections.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use ambient_sdk_ext::{
    Client, ClientBuilder, Error, ErrorKind, RequestOutcome, api_server::NewSession, retry::Backoff,
};
use futures_util::StreamExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::common::TOKEN;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

/// Starts a server that passes each connection to `answer` after it has received a request. Returns
/// a client builder and the number of connections.
async fn server<A, F>(answer: A) -> (ClientBuilder, Arc<AtomicUsize>)
where
    A: Fn(TcpStream) -> F + Send + 'static,
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::<AtomicUsize>::default();
    let counter = count.clone();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            counter.fetch_add(1, Relaxed);
            let _read = connection.read(&mut [0; 4096]).await;
            tokio::spawn(answer(connection));
        }
    });
    (Client::builder().base_url(url).token(TOKEN).project("demo"), count)
}

async fn get(builder: ClientBuilder) -> Error {
    builder.build().unwrap().get_session("s1").await.unwrap_err()
}

/// Writes `part` repeatedly until the peer disconnects, or 200 MB are written.
async fn endless(mut connection: TcpStream, head: String, part: &[u8]) -> io::Result<()> {
    connection.write_all(head.as_bytes()).await?;
    for _ in 0..200_000_000 / part.len() {
        connection.write_all(part).await?;
    }
    Ok(())
}

#[tokio::test]
async fn more_than_100_headers_are_reported() {
    let headers: String = (0..150).map(|n| format!("x-header-{n}: value\r\n")).collect();
    let whole = format!("{OK}{headers}content-length: 2\r\n\r\n{{}}");
    let (builder, connections) = server(move |mut connection| {
        let whole = whole.clone();
        async move { connection.write_all(whole.as_bytes()).await }
    })
    .await;
    let error = get(builder).await;
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error:?}");
    assert!(error.to_string().contains("more than 100 headers"), "{error}");
    assert_eq!(connections.load(Relaxed), 1, "the request is not retried");
}

#[tokio::test]
async fn an_endless_header_is_rejected_at_the_limit() {
    let (builder, _) =
        server(|connection| endless(connection, format!("{OK}x-long: "), &[b'x'; 65536])).await;
    let error = get(builder).await;
    assert!(error.is_too_large() && error.to_string().contains("400 KiB"), "{error:?}");
}

#[tokio::test]
async fn an_endless_body_is_rejected_at_the_limit() {
    let (builder, _) =
        server(|connection| endless(connection, format!("{OK}\r\n"), &[b' '; 65536])).await;
    let error = get(builder.max_response_bytes(1_000_000)).await;
    assert!(error.is_too_large() && error.to_string().contains("max_response_bytes"), "{error:?}");

    // The body of a failure is truncated too, and the error has the kind of its status.
    let (builder, _) = server(|connection| {
        endless(connection, "HTTP/1.1 403 Forbidden\r\n\r\n".into(), &[b'x'; 65536])
    })
    .await;
    let error = get(builder).await;
    assert!(error.is_permission() && error.body().unwrap().truncated, "{error:?}");
    assert!(error.to_string().len() < 1000);
}

#[tokio::test]
async fn a_large_invalid_body_is_reported_with_its_position() {
    let (builder, _) = server(|mut connection| async move {
        let head = format!("{OK}content-length: 8000001\r\n\r\n[");
        connection.write_all(head.as_bytes()).await?;
        connection.write_all(&vec![b'x'; 8_000_000]).await
    })
    .await;
    let error = get(builder).await;
    assert!(error.is_decode() && error.to_string().contains("at line 1, column 2"), "{error:?}");
}

#[tokio::test]
async fn a_large_list_is_read_completely() {
    let item = |n: usize| {
        format!(r#"{{"id":"s{n}","status":"running","createdAt":"","task":"{}"}}"#, "t".repeat(900))
    };
    let items: Vec<String> = (0..2000).map(item).collect();
    let list = format!(r#"{{"items":[{}],"total":2000}}"#, items.join(","));
    let (builder, _) = server(move |mut connection| {
        let whole = format!("{OK}content-length: {}\r\n\r\n{list}", list.len());
        async move { connection.write_all(whole.as_bytes()).await }
    })
    .await;
    let list = builder.build().unwrap().list_sessions().await.unwrap();
    assert_eq!((list.items.len(), list.items[1999].id.as_str()), (2000, "s1999"));
}

#[tokio::test]
async fn a_compressed_response_is_reported() {
    for (status, outcome) in
        [("200 OK", RequestOutcome::CarriedOut), ("403 Forbidden", RequestOutcome::Refused)]
    {
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\u{8}!!"
        );
        let (builder, _) = server(move |mut connection| {
            let head = head.clone();
            async move { connection.write_all(head.as_bytes()).await }
        })
        .await;
        let server = builder.build().unwrap().api_server();
        let error = server.sessions().create(NewSession::new("n")).await.unwrap_err();
        assert_eq!(error.outcome(), outcome, "{error:?}");
        let text = error.to_string();
        assert_eq!(text.contains("compressed (\"gzip\")"), status == "200 OK", "{text}");
        assert!(!text.contains('\x1f') && error.excerpt().is_none(), "{text}");
    }
}

#[tokio::test]
async fn a_server_without_http_is_reported() {
    let (builder, connections) = server(|mut connection| async move {
        connection.write_all(b"220 mail.example.org ESMTP\r\n").await
    })
    .await;
    let error = get(builder).await;
    assert!(error.is_decode() && error.to_string().contains("it is not HTTP"), "{error:?}");
    assert_eq!(connections.load(Relaxed), 1);
}

#[tokio::test]
async fn a_connection_closed_without_a_response_is_retried_a_few_times() {
    let (builder, connections) = server(|_closed| async { Ok(()) }).await;
    let error = get(builder).await;
    assert!(
        error.is_connection() && error.to_string().contains("broke before a response"),
        "{error:?}"
    );
    assert!((2..=3).contains(&connections.load(Relaxed)));
}

#[tokio::test]
async fn a_stream_without_messages_reconnects_with_growing_pauses() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: hello\n\n";
    let (builder, connections) =
        server(move |mut connection| async move { connection.write_all(head.as_bytes()).await })
            .await;
    let ms = Duration::from_millis;
    let follow = builder.build().unwrap().api_server().messages("s1").follow();
    let follow = follow.backoff(Backoff::new(ms(20), ms(200)).unwrap()).max_failures(5);
    let pauses: Vec<Duration> = follow
        .stream()
        .filter_map(|item| async {
            match item {
                Ok(ambient_sdk_ext::api_server::Followed::Interrupted(lost)) => Some(lost.pause),
                _ => None,
            }
        })
        .collect()
        .await;
    assert_eq!(pauses.len(), 5);
    assert!(pauses[0] <= ms(20) && pauses[4] >= ms(100), "{pauses:?}");
    assert!(connections.load(Relaxed) >= 6);
}

#[tokio::test]
async fn an_endless_event_is_rejected_at_the_limit() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nid: 7\ndata: ";
    let (builder, _) =
        server(move |connection| endless(connection, head.into(), &[b'x'; 65536])).await;
    let follow = builder.build().unwrap().api_server().messages("s1").follow();
    let error = follow.max_event_bytes(500_000).messages().next().await.unwrap().unwrap_err();
    assert!(error.is_too_large() && error.to_string().contains("after(7)"), "{error:?}");
}
