//! Runs the embedded server of the extension crate alone, so that any client can be pointed at it.

use std::process::{Command, ExitStatus};

use crate::error::Error;

/// Builds and runs the server in the foreground, with this process's input and output.
pub fn run(port: Option<u16>) -> Result<ExitStatus, Error> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "-p", "ambient-sdk-ext", "--features", "mock"]);
    command.args(["--example", "mock_server"]);
    if let Some(port) = port {
        command.args(["--", "--port", &port.to_string()]);
    }
    command.status().map_err(|error| {
        Error::new("cargo cannot be started").mend("is it on the PATH?").caused_by(error)
    })
}
