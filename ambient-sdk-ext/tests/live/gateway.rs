//! The public API of a gateway with a backend.

use std::time::Duration;

use ambient_sdk_ext::{Client, CreateSessionRequest, Repo};

use crate::{
    common::{builder, gateway_url},
    fails, works,
};

fn client() -> Client {
    builder().base_url(gateway_url()).build().unwrap()
}

#[tokio::test]
#[ignore = "needs AMBIENT_LIVE_GATEWAY_URL"]
async fn every_call_of_the_public_api() {
    let client = client();
    works!(client.public_api().get_health().send());
    works!(client.public_api().get_ready().send());
    let request = CreateSessionRequest::new("Review this repository for security issues")
        .model("claude-sonnet-4-6")
        .repo(Repo::new("https://github.com/ambient-code/platform").branch("main"));
    let created = works!(client.create_session(request));
    works!(client.get_session(&created.id));
    let listed = works!(client.list_sessions());
    assert!(listed.items.iter().any(|session| session.id == created.id));
    let wait = client.wait_for_completion(&created.id).poll_interval(Duration::from_millis(200));
    let ended = works!(wait.timeout(Duration::from_secs(60)));
    println!("        {}", ended.status);
    works!(client.delete_session(&created.id));
    let missing = fails!(client.get_session(&created.id));
    assert!(missing.is_not_found(), "{missing:?}");
    assert_eq!(missing.to_string(), format!("session not found: {} (get_session)", created.id));
}
