//! The clients that a server creates for itself.

use std::{env, process::Command};

use ambient_sdk_ext::mock::MockServer;

/// Marks the child process of the test below, which has the proxy in its environment.
const CHILD: &str = "AMBIENT_TEST_BEHIND_A_PROXY";
/// A proxy that refuses connections.
const PROXY: &str = "http://127.0.0.1:9";

#[tokio::test]
async fn clients_of_the_server_use_no_proxy() {
    if env::var_os(CHILD).is_none() {
        let name = "clients::clients_of_the_server_use_no_proxy";
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
