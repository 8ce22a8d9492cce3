//! Runs the embedded server of the extension crate as a separate process, for use by any client.

use std::{
    ffi::OsString,
    io,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::error::Error;

/// The name of the server's program, which is an example of the extension crate.
const EXAMPLE: &str = "mock_server";
const FEATURES: &str = "ambient-sdk-ext/mock,ambient-sdk-ext/grpc";

/// Builds the server and runs it with `options`. Cargo reports the build on stderr.
///
/// On Unix the server replaces this process, so that signals reach it and it is never orphaned. On
/// other systems this function waits for the server and returns its exit code.
///
/// # Errors
/// Returns an error if the server can't be built or started.
pub fn run(options: &[OsString]) -> Result<u8, Error> {
    let mut server = Command::new(build()?);
    server.args(options);
    exec(server).map_err(|error| Error::new("the server cannot be started").caused_by(error))
}

#[cfg(unix)]
fn exec(mut server: Command) -> io::Result<u8> {
    use std::os::unix::process::CommandExt;

    Err(server.exec())
}

#[cfg(not(unix))]
fn exec(mut server: Command) -> io::Result<u8> {
    let status = server.status()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(2))
}

/// Builds the program and returns its path.
fn build() -> Result<PathBuf, Error> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // With the whole workspace selected, the dependencies are those of its other builds.
    command.args(["build", "--workspace", "--features", FEATURES, "--example", EXAMPLE]);
    command.args(["--message-format", "json-render-diagnostics"]);
    let built = command.stderr(Stdio::inherit()).output().map_err(|error| {
        Error::new("cargo cannot be started")
            .with_help("check that it is on the PATH")
            .caused_by(error)
    })?;
    if !built.status.success() {
        return Err(
            Error::new("the server cannot be built").with_help("see the errors of cargo above")
        );
    }
    let messages = String::from_utf8_lossy(&built.stdout);
    let program = messages.lines().find_map(program);
    program.ok_or_else(|| Error::new("the output of cargo does not contain the server's path"))
}

/// Returns the path of the program if this is cargo's message about it.
fn program(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    let is_server = message["target"]["name"] == EXAMPLE;
    let path = message["executable"].as_str().filter(|_| is_server);
    path.map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_program_in_the_output_of_cargo() {
        let path = program(
            r#"{"reason":"compiler-artifact","target":{"kind":["example"],"name":"mock_server"},
                "executable":"/target/debug/examples/mock_server","fresh":true}"#,
        );
        assert_eq!(path, Some(PathBuf::from("/target/debug/examples/mock_server")));
        let library = r#"{"target":{"name":"ambient_sdk_ext"},"executable":null}"#;
        assert_eq!(program(library), None);
        assert_eq!(program("not JSON"), None);
    }
}
