//! Runs the embedded server of the extension crate alone, so that any client can be pointed at it.

use std::{
    ffi::OsString,
    io,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::error::Error;

/// The name of the program, which is an example of the extension crate.
const EXAMPLE: &str = "mock_server";

/// Builds the server, with cargo's own report of it, and becomes it; `options` are the server's.
///
/// On Unix this process is replaced, so that every signal reaches the server and none is left
/// behind. Elsewhere it waits for the server and gives its exit code.
///
/// # Errors
/// When the server can't be built or started.
pub fn run(options: &[OsString]) -> Result<u8, Error> {
    let mut server = Command::new(build()?);
    server.args(options);
    become_it(server).map_err(|error| Error::new("the server cannot be started").caused_by(error))
}

#[cfg(unix)]
fn become_it(mut server: Command) -> io::Result<u8> {
    use std::os::unix::process::CommandExt;

    Err(server.exec())
}

#[cfg(not(unix))]
fn become_it(mut server: Command) -> io::Result<u8> {
    let status = server.status()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(2))
}

/// Builds the program and gives its path.
fn build() -> Result<PathBuf, Error> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--package", "ambient-sdk-ext", "--features", "mock"]);
    command.args(["--example", EXAMPLE, "--message-format", "json-render-diagnostics"]);
    let built = command.stderr(Stdio::inherit()).output().map_err(|error| {
        Error::new("cargo cannot be started").mend("is it on the PATH?").caused_by(error)
    })?;
    if !built.status.success() {
        return Err(Error::new("the server cannot be built").mend("cargo says why above"));
    }
    let messages = String::from_utf8_lossy(&built.stdout);
    let program = messages.lines().find_map(program);
    program.ok_or_else(|| Error::new("cargo does not say where it has put the server"))
}

/// The path of the program, if this is cargo's message about it.
fn program(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    let is_it = message["target"]["name"] == EXAMPLE;
    let path = message["executable"].as_str().filter(|_| is_it);
    path.map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_says_where_the_program_is() {
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
