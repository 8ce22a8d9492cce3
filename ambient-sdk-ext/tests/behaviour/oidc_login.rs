//! The login of the command-line client, renewed with its refresh token.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ambient_sdk_ext::{CliLogin, Client};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    common::{Answer, Script, json as answer, session},
    issuer::{Issuer, Reply, issued},
};

/// Returns a JWT that expired in 2023 or, if `alive`, one that expires in 2100.
fn jwt(of: &str, alive: bool) -> String {
    let exp = if alive { 4_102_444_800_u64 } else { 1_700_000_000 };
    let claims = json!({ "exp": exp, "sub": of }).to_string();
    format!("eyJhbGciOiJSUzI1NiJ9.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(claims))
}

fn login(issuer: &Issuer, token: &str, refresh_token: &str) -> Value {
    json!({
        "access_token": token, "refresh_token": refresh_token, "issuer_url": issuer.url(),
        "client_id": "ocm-cli", "pager": "less",
    })
}

fn file(folder: &TempDir, login: &Value) -> PathBuf {
    let path = folder.path().join("config.json");
    fs::write(&path, login.to_string()).unwrap();
    path
}

fn read(path: &PathBuf) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn client(script: &Script, login: CliLogin) -> Client {
    script.builder().cli_login(login).build().unwrap()
}

fn refused() -> Answer {
    answer(401, json!({ "error": "Missing or invalid authorization" }))
}

fn sent(script: &Script) -> Vec<String> {
    let token = |request: &crate::common::SentRequest| {
        request.headers["authorization"].to_str().unwrap()[7..].to_owned()
    };
    script.requests().iter().map(token).collect()
}

#[tokio::test]
async fn an_expired_token_is_renewed_without_changing_the_file() {
    let (old, new, third) = (jwt("old", false), jwt("new", true), jwt("third", true));
    let more = json!({ "refresh_token": "r2" });
    let issuer = Issuer::start([issued(&new, more), issued(&third, json!({}))]).await;
    let folder = tempfile::tempdir().unwrap();
    let before = login(&issuer, &old, "r1");
    let path = file(&folder, &before);
    let script =
        Script::new([session("running"), session("running"), refused(), session("running")]);
    let client = client(&script, CliLogin::new(&path));
    for _ in 0..3 {
        client.get_session("s1").await.unwrap();
    }
    assert_eq!(sent(&script), [&*new, &*new, &*new, &*third]);
    let requests = issuer.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].path, "/realms/ambient/protocol/openid-connect/token");
    assert_eq!(
        (&*requests[0].form["grant_type"], &*requests[0].form["client_id"]),
        ("refresh_token", "ocm-cli")
    );
    assert_eq!(
        (&*requests[0].form["refresh_token"], &*requests[1].form["refresh_token"]),
        ("r1", "r2")
    );
    assert_eq!(read(&path), before);
}

#[tokio::test]
async fn renewed_tokens_can_be_written_back() {
    let (old, new, third) = (jwt("old", false), jwt("new", true), jwt("third", true));
    let replies = [
        issued(&new, json!({ "refresh_token": "r2" })),
        issued(&third, json!({ "refresh_token": "r3" })),
    ];
    let issuer = Issuer::start(replies).await;
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, &login(&issuer, &old, "r1"));
    let script =
        Script::new([session("running"), session("running"), refused(), session("running")]);
    let client = client(&script, CliLogin::new(&path).write_back(true));
    client.get_session("s1").await.unwrap();
    assert_eq!(read(&path), login(&issuer, &new, "r2"));
    client.get_session("s1").await.unwrap();
    client.get_session("s1").await.unwrap();
    assert_eq!(sent(&script), [&*new, &*new, &*new, &*third]);
    assert_eq!(issuer.requests()[1].form["refresh_token"], "r2");
    assert_eq!(read(&path), login(&issuer, &third, "r3"));
}

#[tokio::test]
async fn a_newer_login_in_the_file_is_preferred_to_a_renewal() {
    let issuer = Issuer::start([]).await;
    let folder = tempfile::tempdir().unwrap();
    let (first, newer) = (jwt("first", true), jwt("newer", true));
    let path = file(&folder, &login(&issuer, &first, "r1"));
    let script = Script::new([session("running"), refused(), session("running")]);
    let client = client(&script, CliLogin::new(&path).write_back(true));
    client.get_session("s1").await.unwrap();
    let after = login(&issuer, &newer, "another");
    fs::write(&path, after.to_string()).unwrap();
    client.get_session("s1").await.unwrap();
    assert_eq!(sent(&script), [&*first, &*first, &*newer]);
    assert!(issuer.requests().is_empty());
    assert_eq!(read(&path), after);
}

/// Returns the reply, before which another process writes its login to the file.
fn while_another_writes(path: &Path, login: &Value, reply: Reply) -> Reply {
    let (path, login) = (path.to_owned(), login.to_string());
    Reply::After(Box::new(move || fs::write(path, login).unwrap()), Box::new(reply))
}

fn invalid_grant() -> Reply {
    Reply::Json(400, json!({ "error": "invalid_grant" }))
}

#[tokio::test]
async fn a_login_that_another_process_has_renewed_is_not_renewed_again() {
    let new = jwt("new", true);
    let issuer = Issuer::start([issued(&new, json!({ "refresh_token": "r2" }))]).await;
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, &login(&issuer, &jwt("old", false), "r1"));
    let scripts = [(); 2].map(|()| Script::new([session("running")]));
    let clients = scripts.each_ref().map(|s| client(s, CliLogin::new(&path).write_back(true)));
    for client in clients {
        client.get_session("s1").await.unwrap();
    }
    assert_eq!(scripts.each_ref().map(sent), [[&*new], [&*new]]);
    assert_eq!(issuer.requests().len(), 1);
    assert_eq!(read(&path), login(&issuer, &new, "r2"));
}

#[tokio::test]
async fn a_refused_refresh_token_is_replaced_by_that_of_another_process() {
    let folder = tempfile::tempdir().unwrap();
    let (newer, third) = (jwt("newer", true), jwt("third", true));
    for is_alive in [true, false] {
        let issuer = Issuer::start([]).await;
        let path = file(&folder, &login(&issuer, &jwt("old", false), "r1"));
        let others = if is_alive { newer.clone() } else { jwt("expired", false) };
        let others = login(&issuer, &others, "r2");
        issuer.add(while_another_writes(&path, &others, invalid_grant()));
        issuer.add(issued(&third, json!({ "refresh_token": "r3" })));
        let script = Script::new([session("running")]);
        let client = client(&script, CliLogin::new(&path).write_back(true));
        client.get_session("s1").await.unwrap();
        let refresh_tokens: Vec<_> =
            issuer.requests().iter().map(|r| r.form["refresh_token"].clone()).collect();
        match is_alive {
            true => {
                assert_eq!(
                    (sent(&script), refresh_tokens),
                    (vec![newer.clone()], vec!["r1".into()])
                );
                assert_eq!(read(&path), others);
            }
            false => {
                assert_eq!(sent(&script), [&*third]);
                assert_eq!(refresh_tokens, ["r1", "r2"]);
                assert_eq!(read(&path), login(&issuer, &third, "r3"));
            }
        }
    }
}

#[tokio::test]
async fn the_login_of_another_process_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new, newer) = (jwt("old", false), jwt("new", true), jwt("newer", true));
    let issuer = Issuer::start([]).await;
    let path = file(&folder, &login(&issuer, &old, "r1"));
    let others = login(&issuer, &newer, "another");
    let given = issued(&new, json!({ "refresh_token": "r2" }));
    issuer.add(while_another_writes(&path, &others, given));
    let script = Script::new([session("running"), session("running")]);
    let client = client(&script, CliLogin::new(&path).write_back(true));
    client.get_session("s1").await.unwrap();
    client.get_session("s1").await.unwrap();
    assert_eq!(sent(&script), [new, newer]);
    assert_eq!(read(&path), others);
}

#[tokio::test]
async fn a_rejected_renewal_is_reported_without_the_refresh_token() {
    let refusal =
        json!({ "error": "invalid_grant", "error_description": "r1-is-a-secret expired" });
    let issuer = Issuer::start([Reply::Json(400, refusal)]).await;
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, &login(&issuer, &jwt("old", false), "r1-is-a-secret"));
    let script = Script::new([]);
    let error = client(&script, CliLogin::new(&path)).get_session("s1").await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(
        error.is_authentication() && text.contains("invalid_grant ([redacted] expired)"),
        "{text}"
    );
    assert!(!text.contains("r1-is-a-secret") && script.requests().is_empty(), "{text}");
}

#[tokio::test]
async fn a_login_without_a_refresh_token_uses_its_token() {
    let folder = tempfile::tempdir().unwrap();
    let old = jwt("old", false);
    let path = file(&folder, &json!({ "access_token": old }));
    let script = Script::new([refused()]);
    let error = client(&script, CliLogin::new(&path)).get_session("s1").await.unwrap_err();
    assert!(error.to_string().contains("the token expired at"), "{error}");
    assert_eq!(sent(&script), [old]);
    let none = CliLogin::new(folder.path().join("none.json"));
    let error = script.builder().cli_login(none).build().unwrap_err();
    assert!(error.is_configuration() && error.to_string().contains("none.json"), "{error}");
}

#[tokio::test]
async fn a_refresh_token_is_not_sent_over_plain_http() {
    let folder = tempfile::tempdir().unwrap();
    let mut login = login(&Issuer::start([]).await, &jwt("old", false), "r1");
    login["issuer_url"] = "http://sso.test".into();
    let path = file(&folder, &login);
    let script = Script::new([]);
    let error = client(&script, CliLogin::new(&path)).get_session("s1").await.unwrap_err();
    assert!(error.to_string().contains("secrets require https"), "{error}");
}
