//! Runs the embedded server as a separate process, for use by any client.
//!
//! ```text
//! cargo run -p ambient-sdk-ext --features mock --example mock_server -- --port 8080
//! ```
//!
//! With the feature `grpc` it also serves gRPC, on the port from which clients expect it.

#![allow(clippy::print_stderr)]

use std::{
    io::{self, Write},
    net::{Ipv4Addr, TcpListener},
    process::ExitCode,
};

use ambient_sdk_ext::mock::{MockServer, MockServerBuilder, SessionScript};
use clap::Parser;

/// The default port of the platform's clients.
const DEFAULT_PORT: u16 = 8080;
/// The port from which clients expect gRPC, on the host of the API server.
#[cfg(feature = "grpc")]
const DEFAULT_GRPC_PORT: u16 = 9000;

/// Serves the gateway and the API server of the Ambient Platform on a loopback port.
#[derive(Parser)]
#[command(bin_name = "cargo xtask mock")]
struct Options {
    /// Port to listen on [default: 8080, or a free port if 8080 is in use].
    #[arg(long)]
    port: Option<u16>,
    /// Port of the API server's gRPC interface [default: 9000, or a free port if 9000 is in use].
    #[cfg(feature = "grpc")]
    #[arg(long, value_name = "PORT")]
    grpc_port: Option<u16>,
    /// Token to accept. Can be repeated; the first one is printed.
    #[arg(long, value_name = "TOKEN", default_value = MockServer::TOKEN)]
    token: Vec<String>,
    /// Name of the initial project.
    #[arg(long, default_value = MockServer::PROJECT)]
    project: String,
    /// Reject requests without one of the tokens. By default any token is accepted.
    #[arg(long)]
    check_tokens: bool,
    /// Leave the phases of sessions to callers, like an API server without a control plane.
    #[arg(long)]
    idle: bool,
    /// Number of database connections. Requests hang if requests and message streams use them up.
    /// The real server has 50. [default: unlimited].
    #[arg(long, value_name = "CONNECTIONS")]
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
        let fails = SessionScript::fails("The task asked for a failure.");
        builder.script_when(|task| task.contains("fail"), fails)
    }

    async fn start(&self) -> io::Result<MockServer> {
        let port = self.port.unwrap_or_else(|| or_free(DEFAULT_PORT));
        let builder = self.builder(port);
        let ports = port.to_string();
        #[cfg(feature = "grpc")]
        let (builder, ports) = {
            let grpc = self.grpc_port.unwrap_or_else(|| or_free(DEFAULT_GRPC_PORT));
            (builder.grpc_port(grpc), format!("{ports}, or {grpc} for gRPC"))
        };
        builder.start().await.map_err(|error| {
            let text = format!("cannot listen on port {ports}: {error}; choose another port");
            io::Error::new(error.kind(), text)
        })
    }

    fn print_banner(&self, server: &MockServer) -> io::Result<()> {
        let mut out = io::stdout();
        let url = server.url();
        writeln!(out, "The mock server is listening on {url}. It serves the gateway under /v1")?;
        writeln!(out, "and the API server under /api/ambient/v1. To use it with a client, set:\n")?;
        writeln!(out, "  export AMBIENT_API_URL={url}")?;
        // Without a scheme, because the platform's Go clients take none.
        #[cfg(feature = "grpc")]
        writeln!(out, "  export AMBIENT_GRPC_URL={}", server.grpc_url().replace("http://", ""))?;
        writeln!(out, "  export AMBIENT_TOKEN={}", quoted(server.token()))?;
        writeln!(out, "  export AMBIENT_PROJECT={}\n", quoted(server.project()))?;
        let tokens =
            if self.check_tokens { "Tokens are checked." } else { "Any token is accepted." };
        let sessions = if self.idle {
            "Sessions change their phase only if a client reports it."
        } else {
            "Sessions complete after a third of a second, or fail if their task contains `fail`."
        };
        writeln!(out, "{tokens}\n{sessions}\nPress Ctrl-C to stop.")?;
        out.flush()
    }
}

/// Returns the port, or 0, which selects a free one, if the port is in use.
fn or_free(port: u16) -> u16 {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => port,
        Err(_) => 0,
    }
}

/// Quotes a text for a shell.
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
    // The signal handlers are installed before the banner is printed, because its reader may send a
    // signal immediately.
    let stopped = stopped()?;
    let server = options.start().await?;
    options.print_banner(&server)?;
    stopped.await
}

/// Returns a future that completes on SIGINT or SIGTERM.
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

/// Returns a future that completes on Ctrl-C.
#[cfg(not(unix))]
fn stopped() -> io::Result<impl Future<Output = io::Result<()>>> {
    Ok(tokio::signal::ctrl_c())
}
