//! Settings from the environment, and settings of the builder that are visible in requests.

use std::{process::Command, time::Duration};

use ambient_sdk_ext::{CallOptions, Client};

use crate::common::{Script, TOKEN, json, session};

/// Marks the child process of a test.
const CHILD: &str = "AMBIENT_TEST_CHILD";

/// Runs `child` in a process with these variables and returns its output.
fn printed(variables: &[(&str, &str)]) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "settings::child", "--nocapture"]).env(CHILD, "1");
    let names =
        ["URL", "SERVER_URL", "TOKEN", "TOKEN_FILE", "CONFIG", "PROJECT", "REQUEST_TIMEOUT"];
    for name in names {
        child.env_remove(format!("AMBIENT_{name}"));
        child.env_remove(format!("AMBIENT_API_{name}"));
    }
    let output = child.envs(variables.iter().copied()).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// The child process of the tests in this file. It does nothing in the parent process.
#[test]
fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    match Client::from_env() {
        Ok(client) => println!("{client:?}"),
        Err(error) => println!("{error}"),
    }
    match Client::builder().project("mine").with_env().build() {
        Ok(client) => println!("with_env: {:?}", client.project()),
        Err(error) => println!("with_env: {error}"),
    }
}

#[test]
fn a_client_can_be_built_from_the_environment() {
    let printed = printed(&[
        ("AMBIENT_TOKEN", TOKEN),
        ("AMBIENT_PROJECT", "demo"),
        ("AMBIENT_API_URL", "https://gateway.test/"),
        ("AMBIENT_API_SERVER_URL", "https://server.test"),
    ]);
    for expected in [
        r#"base_url: "https://gateway.test""#,
        r#"api_server_url: "https://server.test""#,
        r#"project: "demo""#,
        r#"with_env: "mine""#,
    ] {
        assert!(printed.contains(expected), "{printed}");
    }
    assert!(!printed.contains(TOKEN));
}

#[test]
fn all_missing_variables_are_reported_together() {
    let printed = printed(&[("AMBIENT_REQUEST_TIMEOUT", "soon")]);
    for expected in [
        "AMBIENT_TOKEN environment variable is required",
        "AMBIENT_PROJECT environment variable is required",
        "AMBIENT_REQUEST_TIMEOUT is not a number of seconds",
    ] {
        assert!(printed.contains(expected), "{printed}");
    }
}

#[tokio::test]
async fn the_user_agent_and_the_url_of_the_api_server_are_used() {
    let script = Script::new([session("running"), session("running")]);
    let builder = script.builder().user_agent("mine/1").api_server_url("https://server.test/base/");
    let client = builder.build().unwrap();
    client.get_session("s1").await.unwrap();
    let _of_the_other_service = client.api_server().sessions().get("s1").await;
    let requests = script.requests();
    assert_eq!(requests[0].url, "http://localhost:8080/v1/sessions/s1");
    assert_eq!(requests[1].url, "https://server.test/base/api/ambient/v1/sessions/s1");
    assert!(requests.iter().all(|request| request.headers["user-agent"] == "mine/1"));
}

#[tokio::test]
async fn the_api_server_accepts_project_ids() {
    let list = serde_json::json!({ "kind": "", "page": 1, "size": 0, "total": 0, "items": [] });
    let script = Script::new([json(200, list)]);
    let by_id = |id: &str| script.client().with(CallOptions::new().project(id)).api_server();
    by_id("2abcDEF").sessions().list().collect().await.unwrap();
    assert_eq!(script.requests()[0].headers["x-ambient-project"], "2abcDEF");
    for project in ["", "a b", "é", "a\r\nx: y"] {
        assert!(by_id(project).sessions().list().first().await.unwrap_err().is_invalid_request());
    }
}

#[test]
fn invalid_settings_are_reported_by_build() {
    let builder = || Client::builder().token(TOKEN).project("demo");
    for builder in [
        builder().read_timeout(Duration::ZERO),
        builder().connect_timeout(Duration::ZERO),
        builder().timeout(Duration::ZERO),
        builder().user_agent("a\nb"),
    ] {
        assert!(builder.build().unwrap_err().is_configuration());
    }
}

#[test]
fn reads_token_files_and_the_cli_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let token = file("token", &format!("{TOKEN}\n"));
    let built = printed(&[("AMBIENT_TOKEN_FILE", &token), ("AMBIENT_PROJECT", "demo")]);
    assert!(built.contains(r#"project: "demo""#), "{built}");

    let config =
        json_text(&[("access_token", TOKEN), ("project", "theirs"), ("api_url", "https://h")]);
    let built = printed(&[("AMBIENT_CONFIG", &file("config.json", &config))]);
    assert!(built.contains(r#"base_url: "https://h""#), "{built}");
    assert!(built.contains(r#"project: "theirs""#) && !built.contains(TOKEN), "{built}");
}

#[test]
fn every_tried_token_source_is_reported() {
    let none = printed(&[("AMBIENT_PROJECT", "demo")]);
    assert!(none.contains("AMBIENT_TOKEN environment variable is required"), "{none}");
    assert!(
        none.contains(
            "AMBIENT_TOKEN_FILE, AMBIENT_OIDC_ISSUER and AMBIENT_CONFIG are not set either"
        ),
        "{none}"
    );

    let missing = printed(&[("AMBIENT_TOKEN_FILE", "no/such/file"), ("AMBIENT_PROJECT", "demo")]);
    assert!(missing.contains("AMBIENT_TOKEN_FILE provides no token: no/such/file"), "{missing}");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    std::fs::write(&path, format!("{TOKEN} is not JSON")).unwrap();
    let broken =
        printed(&[("AMBIENT_CONFIG", path.to_str().unwrap()), ("AMBIENT_PROJECT", "demo")]);
    assert!(broken.contains("not the command-line client's JSON"), "{broken}");
    assert!(!broken.contains(TOKEN), "{broken}");
}

fn json_text(entries: &[(&str, &str)]) -> String {
    let map: serde_json::Map<_, _> =
        entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect();
    serde_json::Value::Object(map).to_string()
}
