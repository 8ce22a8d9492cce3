//! Certificates of servers and clients.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use ambient_sdk_ext::{Client, ClientBuilder, TlsVersion, retry::RetryPolicy};
use tempfile::TempDir;
use tokio_rustls::rustls::version::TLS12;

use crate::{authority::Authority, child::listed, server::Server, setup::Setup};

fn client(server: &Server) -> ClientBuilder {
    let builder = Client::builder().base_url(server.https()).retry(RetryPolicy::none());
    builder.token("sha256~0123456789abcdef").project("demo")
}

/// Lists the sessions with a client of this builder. Returns the text of the error if that fails.
async fn list(builder: ClientBuilder) -> Result<(), String> {
    let client = builder.build().map_err(|error| error.to_string())?;
    let listed = client.list_sessions().await;
    listed.map(drop).map_err(|error| {
        assert!(error.is_connection(), "{error:?}");
        error.to_string()
    })
}

fn file(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn a_custom_authority_can_be_text_a_file_or_a_variable() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let server = Server::with_tls(Setup::of(&authority)).await;
    let refused = list(client(&server)).await.unwrap_err();
    assert!(refused.contains("AMBIENT_CA_CERT_FILE"), "{refused}");

    list(client(&server).ca_certificate(authority.pem())).await.unwrap();
    let path = file(&folder, "ca.pem", &format!("# ours\n{}", authority.pem()));
    list(client(&server).ca_certificate_file(&path)).await.unwrap();
    let another = Authority::new();
    let both = client(&server).ca_certificate(another.pem()).ca_certificate(authority.pem());
    list(both).await.unwrap();
    list(client(&server).ca_certificate(another.pem())).await.unwrap_err();

    let variable = [("AMBIENT_CA_CERT_FILE", path.to_str().unwrap())];
    let printed = listed(&server.https(), &variable).await;
    assert!(printed.contains("listed: 0"), "{printed}");
}

#[tokio::test]
async fn without_system_certificates_http_works_and_https_is_an_error_with_help() {
    let authority = Authority::new();
    let (plain, tls) = (Server::plain().await, Server::with_tls(Setup::of(&authority)).await);
    let none = [("SSL_CERT_FILE", "/no/such/file"), ("SSL_CERT_DIR", "/no/such/folder")];
    let printed = listed(&format!("http://{}", plain.address()), &none).await;
    assert!(printed.contains("listed: 0"), "{printed}");
    let printed = listed(&tls.https(), &none).await;
    // The system's library does not distinguish the absence of certificates.
    let expected = match cfg!(feature = "native-tls") {
        true => "failed: Failed to connect to API: the server's certificate is from an authority",
        false => "failed: Failed to connect to API: the system has no trusted certificates",
    };
    assert!(printed.contains(expected) && printed.contains("`ca-certificates`"), "{printed}");

    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "ca.pem", authority.pem());
    let own = [none[0], none[1], ("AMBIENT_CA_CERT_FILE", path.to_str().unwrap())];
    let printed = listed(&tls.https(), &own).await;
    assert!(printed.contains("listed: 0"), "{printed}");
}

#[tokio::test]
async fn a_client_certificate_is_sent_to_a_server_that_requires_one() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let server = Server::with_tls(Setup { client_auth: true, ..Setup::of(&authority) }).await;
    let trusting = || client(&server).ca_certificate(authority.pem());
    list(trusting()).await.unwrap_err();

    let own = authority.issue("service.test");
    let whole = format!("{}{}", own.certificate, own.key);
    list(trusting().client_certificate(whole.as_str())).await.unwrap();
    let (certificate, key) =
        (file(&folder, "cert.pem", &own.certificate), file(&folder, "key.pem", &own.key));
    list(trusting().client_certificate_files(&certificate, &key)).await.unwrap();
    let another = Authority::new().issue("service.test");
    let another = format!("{}{}", another.certificate, another.key);
    list(trusting().client_certificate(another)).await.unwrap_err();

    let ca = file(&folder, "ca.pem", authority.pem());
    let both = file(&folder, "both.pem", &whole);
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let ca = ("AMBIENT_CA_CERT_FILE", text(&ca));
    for files in [
        vec![("AMBIENT_CLIENT_CERT_FILE", text(&both))],
        vec![
            ("AMBIENT_CLIENT_CERT_FILE", text(&certificate)),
            ("AMBIENT_CLIENT_KEY_FILE", text(&key)),
        ],
    ] {
        let variables: Vec<_> = files.iter().chain([&ca]).map(|(n, v)| (*n, v.as_str())).collect();
        let printed = listed(&server.https(), &variables).await;
        assert!(printed.contains("listed: 0"), "{printed}");
    }
}

#[tokio::test]
async fn a_server_below_the_minimum_tls_version_is_rejected() {
    let authority = Authority::new();
    let server = Server::with_tls(Setup { versions: &[&TLS12], ..Setup::of(&authority) }).await;
    let trusting = || client(&server).ca_certificate(authority.pem());
    list(trusting()).await.unwrap();
    list(trusting().min_tls_version(TlsVersion::Tls12)).await.unwrap();
    list(trusting().min_tls_version(TlsVersion::Tls13)).await.unwrap_err();
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn accepting_any_certificate_must_be_enabled_and_is_logged() {
    let server = Server::with_tls(Setup::of(&Authority::new())).await;
    let trace = Trace::default();
    let subscriber = tracing_subscriber::fmt().with_writer({
        let trace = trace.clone();
        move || trace.clone()
    });
    let builder = client(&server).danger_accept_invalid_certs(true);
    let built = tracing::subscriber::with_default(subscriber.finish(), || builder.build());
    built.unwrap().list_sessions().await.unwrap();
    let text = String::from_utf8(trace.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("WARN") && text.contains("not verified"), "{text}");

    list(client(&server).danger_accept_invalid_certs(false)).await.unwrap_err();
    let variable = |value| [("AMBIENT_DANGER_ACCEPT_INVALID_CERTS", value)];
    let printed = listed(&server.https(), &variable("true")).await;
    assert!(printed.contains("listed: 0"), "{printed}");
    let printed = listed(&server.https(), &variable("maybe")).await;
    assert!(printed.contains("AMBIENT_DANGER_ACCEPT_INVALID_CERTS is neither true"), "{printed}");
}

#[test]
fn an_invalid_certificate_is_reported_with_its_file_but_not_its_text() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let (one, two) = (authority.issue("one.test"), authority.issue("two.test"));
    let secret = "s3cr3t-text-of-the-file";
    let none = file(&folder, "none.pem", secret);
    let bad = "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n";
    let bad = file(&folder, "bad.pem", bad);
    let cert = file(&folder, "cert.pem", &one.certificate);
    let key = file(&folder, "key.pem", &two.key);
    let missing = folder.path().join("missing.pem");
    let builder = || Client::builder().token("sha256~0123456789abcdef").project("demo");
    for (builder, named) in [
        (builder().ca_certificate_file(&none), &none),
        (builder().ca_certificate_file(&bad), &bad),
        (builder().ca_certificate_file(&missing), &missing),
        (builder().client_certificate_files(&none, &key), &none),
        (builder().client_certificate_files(&cert, &none), &none),
        (builder().client_certificate_files(&cert, &missing), &missing),
        (builder().client_certificate_files(&cert, &key), &cert),
    ] {
        let error = builder.build().unwrap_err();
        assert!(error.is_configuration(), "{error:?}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(named.to_str().unwrap()), "{text}");
        assert!(!text.contains(secret) && !text.contains("!!!!"), "{text}");
    }
    let error = builder().client_certificate(secret).build().unwrap_err().to_string();
    assert!(error.contains("AMBIENT_CLIENT_CERT_FILE is not usable: the given text"), "{error}");
}

#[tokio::test]
async fn invalid_variables_are_reported() {
    let url = "https://127.0.0.1:9";
    for (variables, expected) in [
        (vec![("AMBIENT_CA_CERT_FILE", "/no/such/ca.pem")], "not usable: /no/such/ca.pem: cannot"),
        (
            vec![("AMBIENT_MIN_TLS_VERSION", "1.1")],
            "AMBIENT_MIN_TLS_VERSION is neither 1.2 nor 1.3",
        ),
        (vec![("AMBIENT_CLIENT_KEY_FILE", "/k")], "is set without AMBIENT_CLIENT_CERT_FILE"),
    ] {
        let printed = listed(url, &variables).await;
        assert!(printed.contains("not built: ") && printed.contains(expected), "{printed}");
    }
}

#[test]
fn settings_conflict_with_a_custom_http_client() {
    let http = || reqwest::Client::builder().no_proxy().build().unwrap();
    let builder = || Client::builder().token("sha256~0123456789abcdef").project("demo");
    builder().http_client(http()).build().unwrap();
    let with_tls = builder().danger_accept_invalid_certs(true).http_client(http());
    let with_time =
        builder().connect_timeout(std::time::Duration::from_secs(1)).http_client(http());
    for builder in [with_tls, with_time] {
        let error = builder.build().unwrap_err();
        assert!(
            error.is_configuration() && error.to_string().contains("set them there"),
            "{error}"
        );
    }
}

/// The written log.
#[derive(Clone, Default)]
struct Trace(Arc<Mutex<Vec<u8>>>);

impl Write for Trace {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
