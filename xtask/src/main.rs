//! The command line of the workspace's tasks: `cargo xtask sync|drift|refresh|mock`.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use xtask::error::chain;
use xtask::source::ReadOptions;
use xtask::sync::{Request, check, sync};
use xtask::workspace::Workspace;
use xtask::{Error, drift, mock, refresh};

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
    /// Take the newest revision of a copy, and prepare changelog, version and the text of a pull request.
    Refresh(Refresh),
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
    /// Have the compiler check the raw crate, and take everything back when it doesn't compile.
    #[arg(long, conflicts_with = "check")]
    build: bool,
    #[command(flatten)]
    limits: Limits,
}

#[derive(Args)]
struct Refresh {
    /// The copy, by its name in openapi/sources.toml.
    name: String,
    /// Read this document instead of the newest one: a path, a folder, or a file:, http: or https: URL.
    #[arg(long, value_name = "PATH|URL")]
    from: Option<String>,
    /// The git revision that the pull request goes to.
    #[arg(long, value_name = "REVISION", default_value = "origin/main")]
    base: String,
    /// Write the text of the pull request to this file; nothing is written when nothing has changed.
    #[arg(long, value_name = "PATH")]
    body: Option<PathBuf>,
    /// Have the compiler check the libraries, and take everything back when they don't compile.
    #[arg(long)]
    build: bool,
    #[command(flatten)]
    limits: Limits,
}

/// How much, how long and from where a source may be read.
#[derive(Args)]
struct Limits {
    /// Follow references that lead out of the folder of the document.
    #[arg(long)]
    allow_outside: bool,
    /// Most documents that one source may be made of [default: 500].
    #[arg(long, value_name = "NUMBER")]
    max_documents: Option<usize>,
    /// Largest single document, in MiB [default: 10].
    #[arg(long, value_name = "MIB")]
    max_size: Option<usize>,
    /// Largest sum of all documents of a source, in MiB [default: 50].
    #[arg(long, value_name = "MIB")]
    max_total_size: Option<usize>,
    /// Longest time over the network for a whole source, in seconds [default: 60].
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
}

impl From<Limits> for ReadOptions {
    fn from(limits: Limits) -> Self {
        let defaults = Self::default();
        let bytes = |mib: usize| mib.saturating_mul(1024 * 1024);
        Self {
            allow_outside: limits.allow_outside,
            max_documents: limits.max_documents.unwrap_or(defaults.max_documents),
            max_bytes: limits.max_size.map_or(defaults.max_bytes, bytes),
            max_total_bytes: limits.max_total_size.map_or(defaults.max_total_bytes, bytes),
            timeout: limits.timeout.map_or(defaults.timeout, Duration::from_secs),
            ..defaults
        }
    }
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
                build: args.build,
                read: args.limits.into(),
            };
            let task = if check_only { check } else { sync };
            task(&workspace, &request, &mut out).map(|outcome| outcome.exit_code())
        }
        Task::Refresh(args) => {
            let request = refresh::Request {
                name: args.name,
                from: args.from,
                base: args.base,
                body: args.body,
                build: args.build,
                read: args.limits.into(),
            };
            let outcome = refresh::refresh(&Workspace::find()?, &request, &mut out);
            outcome.map(|outcome| outcome.exit_code())
        }
        Task::Drift(arguments) => drift::command::run(arguments, &mut out),
        Task::Mock { options } => mock::run(&options),
    }
}
