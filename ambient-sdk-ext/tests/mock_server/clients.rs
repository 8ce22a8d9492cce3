//! The clients that a server makes of itself.

use std::{env, process::Command};

use ambient_sdk_ext::mock::MockServer;

/// Tells the test below that it is the child, which the proxy is set for.
const CHILD: &str = "AMBIENT_TEST_BEHIND_A_PROXY";
/// Nobody listens there.
const PROXY: &str = "http://127.0.0.1:9";

#[tokio::test]
async fn a_client_of_the_server_goes_past_every_proxy() {
    if env::var_os(CHILD).is_none() {
        let name = "clients::a_client_of_the_server_goes_past_every_proxy";
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["--exact", name]).env(CHILD, "1").env_remove("NO_PROXY").env_remove("no_proxy");
        child
            .envs(["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].map(|name| (name, PROXY)));
        let output = child.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    }
    let server = MockServer::start().await.unwrap();
    assert!(server.client().unwrap().list_sessions().await.is_ok());
}
