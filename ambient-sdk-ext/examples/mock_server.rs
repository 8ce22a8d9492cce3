//! Runs the embedded server alone, so that any client can be pointed at it.
//!
//! ```text
//! cargo run -p ambient-sdk-ext --features mock --example mock_server -- --port 8080
//! ```

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::{io, process::ExitCode};

use ambient_sdk_ext::mock::{MockServer, MockServerBuilder, SessionScript};
use clap::Parser;

/// The port that every client of the platform looks at by default.
const USUAL_PORT: u16 = 8080;

/// Serves the gateway and the API server of the Ambient Platform on one loopback port.
#[derive(Parser)]
struct Options {
    /// The port to listen at; without it 8080, or a free one when that is taken.
    #[arg(long)]
    port: Option<u16>,
    /// The token to accept.
    #[arg(long, default_value = MockServer::TOKEN)]
    token: String,
    /// The project that exists from the start.
    #[arg(long, default_value = MockServer::PROJECT)]
    project: String,
}

impl Options {
    fn builder(&self, port: u16) -> MockServerBuilder {
        MockServer::builder().port(port).token(&self.token).project(&self.project).script_when(
            |task| task.contains("fail"),
            SessionScript::fails("It was asked to fail."),
        )
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
    let server = options.start().await?;
    let url = server.url();
    println!("The mock server listens at {url}, with the gateway under /v1");
    println!("and the API server under /api/ambient/v1. Point a client at it with:\n");
    println!("  export AMBIENT_API_URL={url}");
    println!("  export AMBIENT_TOKEN='{}'", server.token());
    println!("  export AMBIENT_PROJECT={}\n", server.project());
    println!("A session runs for a third of a second; one whose task has the word `fail` fails.");
    println!("Ctrl-C ends it.");
    tokio::signal::ctrl_c().await
}
