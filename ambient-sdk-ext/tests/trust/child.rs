//! Runs this program as a child process with another environment.

use std::process::Stdio;

use ambient_sdk_ext::{Client, retry::RetryPolicy};
use tokio::process::Command;

/// The variable that marks the child process.
const CHILD: &str = "AMBIENT_TEST_CHILD";
const TOKEN: &str = "sha256~0123456789abcdef";

/// Lists the sessions at `url` in a child process with these variables, and returns its output.
pub(crate) async fn listed(url: &str, variables: &[(&str, &str)]) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "child::child", "--nocapture"]).stdout(Stdio::piped());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("AMBIENT_") || name.to_ascii_uppercase().ends_with("_PROXY") {
            child.env_remove(name.as_ref());
        }
    }
    child.env(CHILD, "1").env("AMBIENT_API_URL", url);
    child.env("AMBIENT_TOKEN", TOKEN).env("AMBIENT_PROJECT", "demo");
    let output = child.envs(variables.iter().copied()).output().await.unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The child process of the tests of this program. It does nothing in the parent process.
#[tokio::test]
async fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let client = Client::builder().with_env().retry(RetryPolicy::none()).build();
    match client {
        Err(error) => println!("not built: {error}"),
        Ok(client) => match client.list_sessions().await {
            Ok(list) => println!("listed: {}", list.total),
            Err(error) => println!("failed: {error}"),
        },
    }
}
