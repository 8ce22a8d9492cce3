//! The command line of the workspace's tasks: `cargo xtask sync|drift|mock`.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use xtask::error::chain;
use xtask::source::ReadOptions;
use xtask::sync::{Request, check, sync};
use xtask::workspace::Workspace;
use xtask::{Error, drift, mock};

/// Tasks of this workspace. Exit codes: 0 fine, 1 drift, 2 could not tell.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Refresh the committed copies and what is made from them, or check them.
    Sync(Sync),
    /// Tell what changed between two documents, and what that does to callers.
    Drift(drift::command::Arguments),
    /// Run the embedded mock server until it is stopped; its `--help` lists its options.
    #[command(disable_help_flag = true)]
    Mock {
        /// Options of the server.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
}

#[derive(Args)]
struct Sync {
    /// Copies to sync, by their names in openapi/sources.toml; all of them by default.
    names: Vec<String>,
    /// Read this document instead of the pinned one: a path, a folder, or a file:, http: or https: URL.
    #[arg(long, value_name = "PATH|URL", conflicts_with = "latest")]
    from: Option<String>,
    /// Write nothing; tell whether the committed files are what their sources give.
    #[arg(long)]
    check: bool,
    /// Read the newest revision, and move the pin to it.
    #[arg(long, conflicts_with = "offline")]
    latest: bool,
    /// Read no source: go by the committed copies and their recorded digests.
    #[arg(long, conflicts_with = "from")]
    offline: bool,
    /// Follow references that lead out of the folder of the document.
    #[arg(long)]
    allow_outside: bool,
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // Nothing is left to report to when the standard error is closed.
            let _ = writeln!(std::io::stderr(), "error: {}", chain(&error));
            ExitCode::from(2)
        }
    }
}

fn run(task: Task) -> Result<u8, Error> {
    let mut out = std::io::stdout().lock();
    match task {
        Task::Sync(args) => {
            let workspace = Workspace::find()?;
            let check_only = args.check;
            let request = Request {
                names: args.names,
                from: args.from,
                latest: args.latest,
                offline: args.offline,
                read: ReadOptions { allow_outside: args.allow_outside, ..ReadOptions::default() },
            };
            let task = if check_only { check } else { sync };
            task(&workspace, &request, &mut out).map(|outcome| outcome.exit_code())
        }
        Task::Drift(arguments) => drift::command::run(arguments, &mut out),
        Task::Mock { options } => mock::run(&options),
    }
}
