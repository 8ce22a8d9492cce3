//! Watches over TLS, from a server with a certificate of a custom authority.

use std::{net::SocketAddr, path::PathBuf, process::Stdio, time::Duration};

use ambient_sdk_ext::{
    Client, ClientBuilder, Error, TlsVersion,
    api_server::WatchEvent,
    mock::{Fault, MockServer},
};
use futures_util::StreamExt;
use tempfile::TempDir;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    process::Command,
};
use tokio_rustls::{TlsAcceptor, rustls::version::TLS12};

use crate::{authority::Authority, called, server, setup::Setup, soon, started};

/// The variable that marks the child process.
const CHILD: &str = "AMBIENT_TEST_CHILD";
const H2: &[&str] = &["h2"];

/// Starts a TLS listener that forwards to the gRPC port of the server.
async fn front(server: &MockServer, setup: Setup<'_>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let behind = server.grpc_url().replace("http://", "");
    let acceptor = setup.acceptor();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            tokio::spawn(through(acceptor.clone(), tcp, behind.clone()));
        }
    });
    address
}

async fn through(acceptor: TlsAcceptor, tcp: TcpStream, behind: String) {
    let Ok(mut stream) = acceptor.accept(tcp).await else { return };
    let mut behind = TcpStream::connect(behind).await.unwrap();
    let _ = copy_bidirectional(&mut stream, &mut behind).await;
}

fn file(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Watches with a client of this builder until a change arrives. Returns the error if the watch
/// fails.
async fn watched(server: &MockServer, builder: ClientBuilder) -> Result<(), Error> {
    let before = server.request_count("watch_sessions");
    let client = builder.build()?;
    let watch = client.api_server().watch().read_every(Duration::from_secs(3600)).max_failures(0);
    let mut events = watch.events();
    let changed = async {
        called(server, "watch_sessions", before + 1).await;
        let plain = server.client().unwrap();
        started(&plain, "new").await.id
    };
    let mut changed = std::pin::pin!(changed);
    // The list is empty, so that the first event is the new session or the failure.
    let (event, id) = tokio::select! {
        event = events.next() => (event.unwrap()?, changed.await),
        id = &mut changed => (soon(events.next()).await.unwrap()?, id),
    };
    assert!(matches!(&event, WatchEvent::Created(session) if session.id == id), "{event:?}");
    server.client().unwrap().api_server().sessions().delete(&id).await.unwrap();
    Ok(())
}

fn at(server: &MockServer, front: SocketAddr) -> ClientBuilder {
    server.client_builder().grpc_url(format!("https://{front}"))
}

#[tokio::test]
async fn a_custom_authority_is_set_for_grpc_or_for_http() {
    let (server, authority, folder) =
        (server().await, Authority::new(), tempfile::tempdir().unwrap());
    let front = front(&server, Setup { protocols: H2, ..Setup::of(&authority) }).await;
    let ours = file(&folder, "ca.pem", authority.pem());
    let other = Authority::new();
    let theirs = file(&folder, "other.pem", other.pem());
    let by_address = server.client_builder().grpc_url(front.to_string()).grpc_tls(true);
    for trusting in [
        by_address.grpc_ca_cert_file(&ours),
        at(&server, front).ca_certificate(authority.pem()),
        at(&server, front).ca_certificate_file(&ours),
        // The setting for gRPC replaces that of HTTP.
        at(&server, front).ca_certificate(other.pem()).grpc_ca_cert_file(&ours),
        at(&server, front).danger_accept_invalid_certs(true),
    ] {
        watched(&server, trusting).await.unwrap();
    }
    let error = watched(&server, at(&server, front)).await.unwrap_err();
    let text = error.to_string();
    assert!(error.is_connection() && text.contains(&format!("https://{front}")), "{text}");
    for part in [
        "certificate is from an authority that is not trusted",
        "AMBIENT_CA_CERT_FILE",
        "AMBIENT_GRPC_CA_CERT_FILE",
        "grpc_ca_cert_file",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains(server.token()), "{text}");
    let replaced = at(&server, front).ca_certificate(authority.pem()).grpc_ca_cert_file(&theirs);
    let error = watched(&server, replaced).await.unwrap_err();
    assert!(error.is_connection() && error.to_string().contains("certificate"), "{error}");
}

#[tokio::test]
async fn without_trust_a_wait_polls() {
    let (server, authority) = (server().await, Authority::new());
    let front = front(&server, Setup { protocols: H2, ..Setup::of(&authority) }).await;
    let client = at(&server, front).build().unwrap();
    let session = started(&client, "one").await;
    let sessions = client.api_server().sessions();
    let wait = sessions.wait_for_completion(&session.id).poll_interval(Duration::from_millis(20));
    let wait = tokio::spawn(wait.into_future());
    called(&server, "get_session", 3).await;
    server.set_phase(&session.id, "Completed").unwrap();
    soon(wait).await.unwrap().unwrap();
    assert_eq!(server.request_count("watch_sessions"), 0);
}

#[tokio::test]
async fn the_certificate_and_the_version_of_the_client_are_used() {
    let (server, authority) = (server().await, Authority::new());
    let setup = Setup { protocols: H2, client_auth: true, ..Setup::of(&authority) };
    let asking = front(&server, setup).await;
    let trusting = |front| at(&server, front).ca_certificate(authority.pem());
    assert!(watched(&server, trusting(asking)).await.unwrap_err().is_connection());
    let own = authority.issue("service.test");
    let pem = format!("{}{}", own.certificate, own.key);
    watched(&server, trusting(asking).client_certificate(pem)).await.unwrap();

    let setup = Setup { protocols: H2, versions: &[&TLS12], ..Setup::of(&authority) };
    let old = front(&server, setup).await;
    watched(&server, trusting(old)).await.unwrap();
    let newer = trusting(old).min_tls_version(TlsVersion::Tls13);
    assert!(watched(&server, newer).await.unwrap_err().is_connection());
}

#[tokio::test]
async fn a_server_without_http2_is_an_error_with_its_url() {
    let (server, authority) = (server().await, Authority::new());
    let front = front(&server, Setup::of(&authority)).await;
    let trusting = at(&server, front).ca_certificate(authority.pem());
    let text = watched(&server, trusting).await.unwrap_err().to_string();
    assert!(text.contains("does not offer HTTP/2 over TLS"), "{text}");
    assert!(text.contains(&format!("https://{front}")), "{text}");
}

#[tokio::test]
async fn messages_are_followed_over_tls() {
    let (server, authority) = (server().await, Authority::new());
    let front = front(&server, Setup { protocols: H2, ..Setup::of(&authority) }).await;
    server.fault("stream_session_messages", Fault::status(500)).unwrap();
    let client = at(&server, front).ca_certificate(authority.pem()).build().unwrap();
    let id = started(&client, "one").await.id;
    let mut messages = client.api_server().messages(&id).follow().messages();
    server.push_message(&id, "assistant", "heard").unwrap();
    assert_eq!(soon(messages.next()).await.unwrap().unwrap().payload, "heard");
    assert_eq!(server.request_count("watch_session_messages"), 1);
}

#[test]
fn without_tls_the_token_is_sent_to_no_other_machine() {
    let builder = || Client::builder().token("sha256~0123456789abcdef").project("demo");
    let to = |url: &str| builder().base_url("https://api.example.org").grpc_url(url);
    let plain = to("http://grpc.example.org:9000").build().unwrap_err();
    assert!(plain.is_configuration(), "{plain:?}");
    for part in ["grpc.example.org without TLS", "AMBIENT_ALLOW_PLAIN_HTTP", "AMBIENT_GRPC_USE_TLS"]
    {
        assert!(plain.to_string().contains(part), "{part}: {plain}");
    }
    builder().base_url("https://api.example.org").grpc_tls(false).build().unwrap_err();
    to("http://grpc.example.org:9000").allow_plain_http(true).build().unwrap();
    to("https://grpc.example.org:9000").build().unwrap();
    to("http://localhost:9000").build().unwrap();
}

#[tokio::test]
async fn the_variables_configure_tls() {
    let (server, authority, folder) =
        (server().await, Authority::new(), tempfile::tempdir().unwrap());
    let front = front(&server, Setup { protocols: H2, ..Setup::of(&authority) }).await;
    let ours = file(&folder, "ca.pem", authority.pem());
    let (ours, front) = (ours.to_str().unwrap(), front.to_string());
    let address = [("AMBIENT_GRPC_URL", front.as_str()), ("AMBIENT_GRPC_USE_TLS", "true")];
    for variable in ["AMBIENT_GRPC_CA_CERT_FILE", "AMBIENT_CA_CERT_FILE"] {
        let printed = child_watches(&server, &[&address[..], &[(variable, ours)]].concat()).await;
        assert!(printed.contains("watched: 1"), "{variable}: {printed}");
    }
    let printed = child_watches(&server, &address).await;
    assert!(printed.contains("failed: ") && printed.contains("GRPC_CA_CERT_FILE"), "{printed}");
    let missing = [&address[..], &[("AMBIENT_GRPC_CA_CERT_FILE", "/no/such/ca.pem")]].concat();
    let printed = child_watches(&server, &missing).await;
    let expected = "AMBIENT_GRPC_CA_CERT_FILE is not usable: /no/such/ca.pem";
    assert!(printed.contains("not built: ") && printed.contains(expected), "{printed}");
}

/// Watches in a child process with these variables, and returns its output.
async fn child_watches(server: &MockServer, variables: &[(&str, &str)]) -> String {
    let before = server.request_count("watch_sessions");
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "tls::child", "--nocapture"]).stdout(Stdio::piped());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AMBIENT_") {
            child.env_remove(name);
        }
    }
    child.env(CHILD, "1").env("AMBIENT_API_URL", server.url());
    child.env("AMBIENT_TOKEN", server.token()).env("AMBIENT_PROJECT", server.project());
    let mut output = Box::pin(child.envs(variables.iter().copied()).output());
    let output = tokio::select! {
        output = &mut output => output,
        () = called(server, "watch_sessions", before + 1) => {
            let plain = server.client().unwrap();
            let id = started(&plain, "new").await.id;
            let output = soon(output).await;
            plain.api_server().sessions().delete(&id).await.unwrap();
            output
        }
    };
    String::from_utf8(output.unwrap().stdout).unwrap()
}

/// Runs only in the child process of the test above.
#[tokio::test]
async fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let client = match Client::from_env() {
        Ok(client) => client,
        Err(error) => return println!("not built: {error}"),
    };
    let mut events = client.api_server().watch().max_failures(0).events();
    match events.next().await.unwrap() {
        Ok(_) => println!("watched: 1"),
        Err(error) => println!("failed: {error}"),
    }
}
