//! Tokens that an issuer provides for client credentials.

use std::time::Duration;

use ambient_sdk_ext::{Client, ClientCredentials, Error, ErrorKind, OidcError, RequestOutcome};
use serde_json::json;

use crate::{
    common::{Answer, Script, json as answer, session},
    issuer::{Issuer, Reply, issued},
};

const FIRST: &str = "first-token-0123456789";
const SECOND: &str = "second-token-0123456789";
const SECRET: &str = "s3cr3t-of-the-service";

fn credentials(issuer: &Issuer) -> ClientCredentials {
    ClientCredentials::new(issuer.url(), "my service", SECRET)
}

fn client(script: &Script, credentials: ClientCredentials) -> Client {
    script.builder().client_credentials(credentials).build().unwrap()
}

fn expired() -> Answer {
    answer(401, json!({ "error": "Missing or invalid authorization" }))
}

fn sent(script: &Script) -> Vec<String> {
    let token = |request: &crate::common::SentRequest| {
        request.headers["authorization"].to_str().unwrap()[7..].to_owned()
    };
    script.requests().iter().map(token).collect()
}

/// Returns the error of a call for which no token could be obtained.
async fn failure(credentials: ClientCredentials) -> Error {
    let script = Script::new([]);
    let error = client(&script, credentials).get_session("s1").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Authentication, RequestOutcome::NotSent)
    );
    let mut shown = format!("{error} {error:?}");
    let mut cause = error.cause();
    while let Some(inner) = cause {
        shown.push_str(&format!("{inner} {inner:?}"));
        cause = inner.source();
    }
    assert!(!shown.contains(SECRET), "{shown}");
    error
}

#[tokio::test]
async fn a_token_is_reused_until_it_is_rejected() {
    let issuer = Issuer::start([issued(FIRST, json!({})), issued(SECOND, json!({}))]).await;
    let script =
        Script::new((0..20).map(|_| session("running")).chain([expired(), session("running")]));
    let credentials = credentials(&issuer).scope("openid").scope("roles").audience("ambient");
    let client = client(&script, credentials);
    let calls = (0..20).map(|_| client.get_session("s1"));
    assert!(futures_util::future::join_all(calls).await.iter().all(Result::is_ok));
    let requests = issuer.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].path, "/realms/ambient/token");
    assert_eq!(requests[0].form["grant_type"], "client_credentials");
    assert_eq!(requests[0].form["scope"], "openid roles");
    assert_eq!(requests[0].form["audience"], "ambient");
    // my+service:s3cr3t-of-the-service
    let basic = "Basic bXkrc2VydmljZTpzM2NyM3Qtb2YtdGhlLXNlcnZpY2U=";
    assert_eq!(requests[0].authorization.as_deref(), Some(basic));

    client.get_session("s1").await.unwrap();
    assert_eq!(issuer.requests().len(), 2);
    let sent = sent(&script);
    assert_eq!((sent[19].as_str(), sent[21].as_str()), (FIRST, SECOND));
}

#[tokio::test]
async fn an_expired_token_is_not_sent() {
    let at_once = || json!({ "expires_in": 0 });
    let issuer = Issuer::start([issued(FIRST, at_once()), issued(SECOND, at_once())]).await;
    let script = Script::new([session("running"), session("running")]);
    let client = client(&script, credentials(&issuer));
    client.get_session("s1").await.unwrap();
    client.get_session("s1").await.unwrap();
    assert_eq!(sent(&script), [FIRST, SECOND]);
}

#[tokio::test]
async fn the_secret_is_sent_with_the_method_of_the_issuer() {
    let issuer = Issuer::start([issued(FIRST, json!({})), issued(FIRST, json!({}))]).await;
    issuer.set_metadata("token_endpoint_auth_methods_supported", vec!["client_secret_post"]);
    let script = Script::new([session("running"), session("running")]);
    client(&script, credentials(&issuer)).get_session("s1").await.unwrap();
    let url = format!("{}/given", issuer.url());
    let given = ClientCredentials::at_token_endpoint(url, "my service", SECRET);
    client(&script, given).get_session("s1").await.unwrap();
    let requests = issuer.requests();
    assert_eq!(requests[1].path, "/realms/ambient/given");
    for request in requests {
        assert_eq!(
            (&*request.form["client_id"], &*request.form["client_secret"]),
            ("my service", SECRET)
        );
        assert_eq!(request.authorization, None);
    }
}

#[tokio::test]
async fn a_rejection_contains_the_issuer_and_reason_but_no_secret() {
    let refusal = json!({
        "error": "invalid_client", "error_description": format!("no client has {SECRET}\nand so on"),
    });
    let issuer = Issuer::start([Reply::Json(401, refusal)]).await;
    let error = failure(credentials(&issuer)).await;
    let text = error.to_string();
    let expected = format!(
        "the issuer {} returned no token: invalid_client (no client has [redacted] and so on)",
        issuer.url()
    );
    assert!(text.contains(&expected), "{text}");
    let cause = error.cause().unwrap().downcast_ref::<OidcError>().unwrap();
    assert_eq!((cause.issuer(), cause.code()), (issuer.url(), Some("invalid_client")));
    assert_eq!(cause.description(), Some("no client has [redacted] and so on"));
}

#[tokio::test]
async fn a_response_without_a_usable_token_is_reported_with_the_reason() {
    let (elsewhere, page) = (Issuer::start([]).await, "<html>s3cr3t-of-the-service</html>");
    for (reply, expected) in [
        (Reply::Text(200, page.into()), "the response is not a valid token response"),
        (Reply::Json(200, json!({ "access_token": [SECRET] })), "is not a valid token response"),
        (Reply::Json(400, json!({ "no": SECRET })), "is not a valid token response"),
        (Reply::Text(200, "a".repeat(300 * 1024)), "the response has more than 262144 bytes"),
        (Reply::Text(503, page.into()), "status 503"),
        (Reply::Redirect(format!("{}/token", elsewhere.url())), "status 307, a redirect"),
        (Reply::Never, "no response within 0.2 seconds"),
        (issued("short", json!({})), "the token can't be used: the token is too short"),
        (issued(FIRST, json!({ "token_type": "mac" })), "the token has the type \"mac\""),
    ] {
        let issuer = Issuer::start([reply]).await;
        let error = failure(credentials(&issuer).timeout(Duration::from_millis(200))).await;
        let text = error.to_string();
        assert!(text.contains(expected) && text.contains(issuer.url()), "{text}");
        assert_eq!(issuer.requests().len(), 1);
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn an_issuer_with_invalid_metadata_gets_no_secret() {
    for (entry, value, expected) in [
        ("issuer", json!("http://127.0.0.1:9/realms/ambient"), "this issuer but that of another"),
        ("token_endpoint", json!("http://elsewhere.test/token"), "secrets require https"),
        ("token_endpoint", json!(1), "not the metadata of an issuer"),
    ] {
        let issuer = Issuer::start([]).await;
        issuer.set_metadata(entry, value);
        let text = failure(credentials(&issuer)).await.to_string();
        assert!(text.contains(expected), "{text}");
        assert!(issuer.requests().is_empty());
    }
    let nobody = ClientCredentials::new("http://127.0.0.1:9/realms/ambient", "id", SECRET);
    let text = failure(nobody).await.to_string();
    assert!(text.contains("no connection: the connection was refused"), "{text}");
}

#[test]
fn invalid_credentials_are_rejected_by_build() {
    let build = |issuer: &str, id: &str, secret: &str| {
        let credentials = ClientCredentials::new(issuer, id, secret);
        assert!(!format!("{credentials:?}").contains(SECRET));
        let error = Client::builder().project("demo").client_credentials(credentials).build();
        let error = error.unwrap_err();
        assert!(error.is_configuration(), "{error:?}");
        format!("{error} {error:?}")
    };
    for (issuer, id, secret, expected) in [
        ("http://sso.test", "id", SECRET, "secrets require https"),
        ("ftp://sso.test", "id", SECRET, "must begin with https://"),
        ("https://u:s3cr3t-of-the-service@sso.test", "id", SECRET, "a user or password"),
        ("sso", "id", SECRET, "is not a URL"),
        ("https://sso.test", " ", SECRET, "the id of the client is empty"),
        ("https://sso.test", "id", "", "the secret of the client is empty"),
    ] {
        let text = build(issuer, id, secret);
        assert!(text.contains(expected) && !text.contains(SECRET), "{text}");
    }
}
