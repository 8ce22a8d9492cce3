//! Runs the embedded server alone, so that any client can be pointed at it.
//!
//! ```text
//! cargo run -p ambient-sdk-ext --features mock --example mock_server -- --port 8080
//! ```

#![allow(clippy::print_stderr)]

use std::{
    io::{self, Write},
    process::ExitCode,
};

use ambient_sdk_ext::mock::{MockServer, MockServerBuilder, SessionScript};
use clap::Parser;

/// The port that every client of the platform looks at by default.
const USUAL_PORT: u16 = 8080;

/// Serves the gateway and the API server of the Ambient Platform on one loopback port.
#[derive(Parser)]
#[command(bin_name = "cargo xtask mock")]
struct Options {
    /// The port to listen at; without it 8080, or a free one when that is taken.
    #[arg(long)]
    port: Option<u16>,
    /// A token to accept; several add up, and the first one is printed.
    #[arg(long, value_name = "TOKEN", default_value = MockServer::TOKEN)]
    token: Vec<String>,
    /// The project that exists from the start.
    #[arg(long, default_value = MockServer::PROJECT)]
    project: String,
    /// Refuse requests without one of the tokens; without this, any token will do.
    #[arg(long)]
    check_tokens: bool,
    /// Leave sessions where callers put them, as an API server does without a control plane.
    #[arg(long)]
    idle: bool,
    /// Hang when so many requests and message streams are open at once; the real server does at 50.
    #[arg(long, value_name = "COUNT")]
    hang_above: Option<usize>,
}

impl Options {
    fn builder(&self, port: u16) -> MockServerBuilder {
        let mut builder = MockServer::builder().port(port).project(&self.project);
        for token in &self.token {
            builder = builder.token(token);
        }
        if self.check_tokens {
            builder = builder.check_tokens();
        }
        if let Some(connections) = self.hang_above {
            builder = builder.hang_above(connections);
        }
        if self.idle {
            return builder.session_script(SessionScript::idle());
        }
        let fails = SessionScript::fails("It was asked to fail.");
        builder.script_when(|task| task.contains("fail"), fails)
    }

    async fn start(&self) -> io::Result<MockServer> {
        if let Some(port) = self.port {
            let started = self.builder(port).start().await;
            return started.map_err(|error| {
                let text = format!("cannot listen at port {port}: {error}; choose another --port");
                io::Error::new(error.kind(), text)
            });
        }
        match self.builder(USUAL_PORT).start().await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => self.builder(0).start().await,
            started => started,
        }
    }

    fn greet(&self, server: &MockServer) -> io::Result<()> {
        let mut out = io::stdout();
        let url = server.url();
        writeln!(out, "The mock server listens at {url}, with the gateway under /v1")?;
        writeln!(out, "and the API server under /api/ambient/v1. Point a client at it with:\n")?;
        writeln!(out, "  export AMBIENT_API_URL={url}")?;
        writeln!(out, "  export AMBIENT_TOKEN={}", quoted(server.token()))?;
        writeln!(out, "  export AMBIENT_PROJECT={}\n", quoted(server.project()))?;
        let tokens = if self.check_tokens { "Tokens are checked." } else { "Any token will do." };
        let sessions = if self.idle {
            "Sessions stay where callers put them."
        } else {
            "A session runs for a third of a second; one whose task has the word `fail` fails."
        };
        writeln!(out, "{tokens} {sessions}\nCtrl-C ends it.")?;
        out.flush()
    }
}

/// A text as a shell takes it, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match serve(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: &Options) -> io::Result<()> {
    // Asked for before anybody learns that there is a server to stop.
    let stopped = stopped()?;
    let server = options.start().await?;
    options.greet(&server)?;
    stopped.await
}

/// Ends when somebody wants the server to stop.
#[cfg(unix)]
fn stopped() -> io::Result<impl Future<Output = io::Result<()>>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => Ok(()),
            _ = terminated.recv() => Ok(()),
        }
    })
}

/// Ends when somebody wants the server to stop.
#[cfg(not(unix))]
fn stopped() -> io::Result<impl Future<Output = io::Result<()>>> {
    Ok(tokio::signal::ctrl_c())
}
