//! Token sources whose token changes.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use ambient_sdk_ext::{
    Client, CreateSessionRequest, ErrorKind, RequestOutcome, Token, TokenFile, TokenSource,
    ambient_sdk::{BoxError, BoxFuture},
};
use serde_json::json;

use crate::common::{Answer, Script, json as answer, response, session};

const OLD: &str = "sha256~old-0123456789abcdef";
const NEW: &str = "sha256~new-0123456789abcdef";

/// A source that returns `OLD` until it is renewed, and counts its calls.
#[derive(Clone, Default)]
struct Renewing(Arc<Counts>);

#[derive(Default)]
struct Counts {
    requests: AtomicUsize,
    renewed: AtomicUsize,
    fails: bool,
}

impl Renewing {
    fn failing() -> Self {
        Self(Arc::new(Counts { fails: true, ..Counts::default() }))
    }

    fn renewals(&self) -> usize {
        self.0.renewed.load(Ordering::SeqCst)
    }
}

impl TokenSource for Renewing {
    fn token(&self) -> BoxFuture<'_, Result<Token, BoxError>> {
        self.0.requests.fetch_add(1, Ordering::SeqCst);
        let renewed = self.renewals() > 0 && !self.0.fails;
        Box::pin(async move { Ok(Token::new(if renewed { NEW } else { OLD })?) })
    }

    fn renew<'a>(&'a self, refused: &'a Token) -> BoxFuture<'a, Result<Token, BoxError>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert_eq!(refused.form(), ambient_sdk_ext::TokenForm::OpenShift);
            self.0.renewed.fetch_add(1, Ordering::SeqCst);
            match self.0.fails {
                true => Err("the issuer is down".into()),
                false => Ok(Token::new(NEW)?),
            }
        })
    }
}

fn expired() -> Answer {
    answer(401, json!({ "error": "Missing or invalid authorization" }))
}

fn client(script: &Script, source: impl TokenSource) -> Client {
    script.builder().token_source(source).build().unwrap()
}

/// Returns the tokens of the sent requests.
fn sent(script: &Script) -> Vec<String> {
    let header = |request: &crate::common::SentRequest| {
        request.headers["authorization"].to_str().unwrap()[7..].to_owned()
    };
    script.requests().iter().map(header).collect()
}

#[tokio::test(start_paused = true)]
async fn a_401_is_retried_once_with_a_new_token() {
    let script = Script::new([expired(), session("running"), session("running")]);
    let source = Renewing::default();
    let client = client(&script, source.clone());
    client.get_session("s1").await.unwrap();
    client.get_session("s1").await.unwrap();
    assert_eq!(sent(&script), [OLD, NEW, NEW]);
    assert_eq!(source.renewals(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_401_of_a_write_is_retried() {
    let script = Script::new([expired(), answer(201, json!({ "id": "s1", "message": "created" }))]);
    let request = CreateSessionRequest::new("Write the tests of this repository");
    let created = client(&script, Renewing::default()).create_session(request).await.unwrap();
    assert_eq!((created.id.as_str(), script.requests().len()), ("s1", 2));
    assert_eq!(script.requests()[0].body, script.requests()[1].body);
}

#[tokio::test(start_paused = true)]
async fn a_second_401_is_final() {
    let script = Script::new([expired(), expired()]);
    let error = client(&script, Renewing::default()).get_session("s1").await.unwrap_err();
    assert!(error.is_authentication());
    assert_eq!(
        error.to_string(),
        "Authentication failed: Missing or invalid authorization (get_session)"
    );
}

#[tokio::test(start_paused = true)]
async fn concurrent_calls_share_one_renewal() {
    let refused = (0..20).map(|_| expired());
    let script = Script::new(refused.chain((0..20).map(|_| session("running"))));
    let source = Renewing::default();
    let client = client(&script, source.clone());
    let calls = (0..20).map(|_| client.get_session("s1"));
    let done = futures_util::future::join_all(calls).await;
    assert!(done.iter().all(Result::is_ok));
    assert_eq!(source.renewals(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failed_renewal_fails_all_waiting_calls_with_its_reason() {
    let script = Script::new((0..20).map(|_| expired()));
    let source = Renewing::failing();
    let client = client(&script, source.clone());
    let done = futures_util::future::join_all((0..20).map(|_| client.get_session("s1"))).await;
    for error in done.into_iter().map(Result::unwrap_err) {
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert!(error.to_string().contains("the issuer is down"), "{error}");
    }
    assert_eq!((source.renewals(), script.requests().len()), (1, 20));
}

#[tokio::test(start_paused = true)]
async fn without_a_token_nothing_is_sent() {
    struct None;
    impl TokenSource for None {
        fn token(&self) -> BoxFuture<'_, Result<Token, BoxError>> {
            Box::pin(async { Err("the vault is sealed".into()) })
        }
    }
    let script = Script::new([]);
    let error = client(&script, None).delete_session("s1").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Authentication, RequestOutcome::NotSent)
    );
    assert!(error.to_string().contains("the vault is sealed") && script.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn every_used_token_is_redacted() {
    let echo = format!("tokens {OLD} and {NEW} are bad");
    let body = json!({ "error": echo.clone(), "message": echo }).to_string();
    let echoed = response(400, &[("x-echo", &format!("Bearer {OLD}"))], body);
    let script = Script::new([expired(), session("running"), echoed]);
    let client = client(&script, Renewing::default());
    client.get_session("s1").await.unwrap();
    let error = client.get_session("s1").await.unwrap_err();
    let shown = format!("{error} {error:?} {:?} {:?}", error.body(), error.headers());
    assert!(!shown.contains(OLD) && !shown.contains(NEW), "{shown}");
    assert!(shown.contains("[redacted]"));
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_mounted_secret_is_read_again_when_it_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (link, next) = (folder.path().join("token"), folder.path().join("next"));
    let version = |name: &str, token: &str| {
        let file = folder.path().join(name);
        fs::write(&file, format!("{token}\n")).unwrap();
        std::os::unix::fs::symlink(&file, &next).unwrap();
        fs::rename(&next, &link).unwrap();
    };
    version("first", OLD);
    let script = Script::new((0..3).map(|_| session("running")));
    let client = client(&script, TokenFile::new(&link));
    client.get_session("s1").await.unwrap();
    version("second", "sha256~second-version-0123456789");
    client.get_session("s1").await.unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    client.get_session("s1").await.unwrap();
    assert_eq!(sent(&script), [OLD, OLD, "sha256~second-version-0123456789"]);
}

#[tokio::test(start_paused = true)]
async fn a_401_rereads_the_file_and_a_missing_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, OLD).unwrap();
    let script = Script::new([session("running"), expired(), session("running"), expired()]);
    let client = client(&script, TokenFile::new(&file));
    client.get_session("s1").await.unwrap();
    fs::write(&file, NEW).unwrap();
    client.get_session("s1").await.unwrap();
    assert_eq!(sent(&script), [OLD, OLD, NEW]);
    fs::remove_file(&file).unwrap();
    let error = client.get_session("s1").await.unwrap_err();
    assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_expired_jwt_and_an_opaque_token_are_reported() {
    // {"exp":1700000000}
    let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjE3MDAwMDAwMDB9.c2lnbmF0dXJl";
    let refused = || response(401, &[("content-type", "text/plain")], "Unauthorized");
    let script = Script::new([refused(), refused()]);
    let of = |token: &str| script.builder().token(token).build().unwrap();
    let error = of(jwt).api_server().sessions().get("s1").await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("the token expired at Tue, 14 Nov 2023 22:13:20 GMT"), "{text}");
    let error = of(OLD).api_server().sessions().get("s1").await.unwrap_err();
    assert!(error.is_authentication() && error.to_string().contains("only JWTs"), "{error}");
}
