//! The command line of the workspace's tasks: `cargo xtask sync|drift|refresh|mock|completions`.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anstream::AutoStream;
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;
use xtask::error::report;
use xtask::progress::Progress;
use xtask::source::ReadOptions;
use xtask::sync::{Request, check, sync};
use xtask::workspace::Workspace;
use xtask::{Error, drift, mock, refresh};

/// Shown below the list of tasks.
const AFTER_HELP: &str = "\
Examples:
  cargo xtask sync                              Refresh all copies from their sources
  cargo xtask sync --check --offline            Check the committed files, as CI does
  cargo xtask drift api-server@HEAD api-server  Report the effect of a refresh on callers
  cargo xtask mock --port 8080                  Run the embedded server

Exit codes:
  0  success, or no differences
  1  differences, or denied changes
  2  an error, or no clear result

`cargo xtask help TASK` has more examples.";

/// Shown below the options of `sync`.
const AFTER_SYNC: &str = "\
Examples:
  cargo xtask sync
          Refresh all copies from their pinned revisions, and everything generated from them
  cargo xtask sync api-server --latest
          Move the pin to the newest revision, and refresh the copy
  cargo xtask sync api-server --from ../platform/openapi
          Refresh the copy from another place
  cargo xtask sync --check --offline
          Check the committed files without the network, as CI does

Exit codes:
  0  the files are written, or --check found no differences
  1  --check found differences
  2  an error, or --check has no clear result

openapi/README.md describes the files.";

/// Shown below the options of `refresh`.
const AFTER_REFRESH: &str = "\
Examples:
  cargo xtask refresh
          Refresh all copies that have a source, and print the text of the pull request
  cargo xtask refresh api-server
          Refresh this copy
  cargo xtask refresh --build --body body.md
          Also compile the libraries, and write the text to a file, as CI does";

/// Shown below the options of `completions`.
const AFTER_COMPLETIONS: &str = "\
The completions belong to a command `xtask`, which an alias for `cargo xtask` provides.

Examples:
  alias xtask='cargo xtask'
  source <(cargo xtask completions bash)        For this session of bash
  cargo xtask completions fish > ~/.config/fish/completions/xtask.fish";

/// Tasks of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Refresh the committed copies and the files generated from them, or check them.
    Sync(Sync),
    /// Report the changes between two OpenAPI documents and their effect on callers.
    ///
    /// Each change has two verdicts: `wire` is its effect on existing clients, and `source` is its
    /// effect on Rust code that is compiled against the new client. The documents can be in any folder,
    /// inside a workspace or not.
    Drift(drift::command::Arguments),
    /// Refresh copies to the newest revision, and prepare changelog, version and pull request.
    Refresh(Refresh),
    /// Run the embedded server until it is stopped; its `--help` lists its options.
    #[command(disable_help_flag = true)]
    Mock {
        /// Options of the server.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<OsString>,
    },
    /// Print shell completions.
    #[command(after_help = AFTER_COMPLETIONS)]
    Completions {
        /// The shell.
        shell: Shell,
    },
}

#[derive(Args)]
#[command(after_help = AFTER_SYNC)]
struct Sync {
    /// Copies to sync, by their names in openapi/sources.toml [default: all].
    names: Vec<String>,
    /// Read this document instead of the pinned one: a path, a folder, or a file:, http: or https: URL.
    #[arg(long, value_name = "PATH|URL", conflicts_with = "latest")]
    from: Option<String>,
    /// Write nothing; check whether the committed files match their sources.
    #[arg(long)]
    check: bool,
    /// Read the newest revision, and move the pin to it.
    #[arg(long, conflicts_with = "offline")]
    latest: bool,
    /// Read no source; use the committed copies and their recorded digests.
    #[arg(long, conflicts_with = "from")]
    offline: bool,
    /// Compile the raw crate, and undo all changes if it doesn't compile.
    #[arg(long, conflicts_with = "check")]
    build: bool,
    /// Print only errors: no notes, no list of files, no progress.
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    limits: Limits,
}

#[derive(Args)]
#[command(after_help = AFTER_REFRESH)]
struct Refresh {
    /// The copies to refresh, by their names in openapi/sources.toml; all that have a source if none is named.
    names: Vec<String>,
    /// Read this source instead of the newest one: a path, a folder, or a file:, http: or https: URL.
    #[arg(long, value_name = "PATH|URL")]
    from: Option<String>,
    /// The git revision that the pull request targets.
    #[arg(long, value_name = "REVISION", default_value = "origin/main")]
    base: String,
    /// Write the text of the pull request to this file; no file is written if nothing has changed.
    #[arg(long, value_name = "PATH")]
    body: Option<PathBuf>,
    /// Compile the libraries, and undo all changes if they don't compile.
    #[arg(long)]
    build: bool,
    /// Print only errors: no notes, no list of files, no progress.
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    limits: Limits,
}

/// The limits for reading a source.
#[derive(Args)]
struct Limits {
    /// Allow references to files outside the folder of the document.
    #[arg(long)]
    allow_outside: bool,
    /// Maximum number of documents of a source [default: 500].
    #[arg(long, value_name = "NUMBER")]
    max_documents: Option<usize>,
    /// Maximum size of a document, in MiB [default: 10].
    #[arg(long, value_name = "MIB")]
    max_size: Option<usize>,
    /// Maximum total size of all documents of a source, in MiB [default: 50].
    #[arg(long, value_name = "MIB")]
    max_total_size: Option<usize>,
    /// Maximum time to read a source over the network, in seconds [default: 60].
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
            // If the standard error is closed, there is nowhere to report to.
            let _ = write!(AutoStream::auto(std::io::stderr()), "{}", report(&error));
            ExitCode::from(2)
        }
    }
}

fn run(task: Task) -> Result<u8, Error> {
    let mut out = std::io::stdout().lock();
    match task {
        Task::Sync(args) => run_sync(args, &mut out),
        Task::Refresh(args) => run_refresh(args, &mut out),
        Task::Drift(arguments) => drift::command::run(arguments, &mut out),
        Task::Mock { options } => mock::run(&options),
        Task::Completions { shell } => completions(shell, &mut out),
    }
}

fn run_sync(args: Sync, out: &mut dyn Write) -> Result<u8, Error> {
    let workspace = Workspace::find()?;
    let (task, message): (fn(&Workspace, &Request, &mut dyn Write) -> _, _) =
        if args.check { (check, "checking the copies") } else { (sync, "syncing the copies") };
    let request = Request {
        names: args.names,
        from: args.from,
        latest: args.latest,
        offline: args.offline,
        build: args.build,
        read: args.limits.into(),
    };
    let progress = Progress::start(message, args.quiet);
    let mut sink = std::io::sink();
    let out = if args.quiet { &mut sink } else { out };
    task(&workspace, &request, &mut progress.wrap(out)).map(|outcome| outcome.exit_code())
}

fn run_refresh(args: Refresh, out: &mut dyn Write) -> Result<u8, Error> {
    let workspace = Workspace::find()?;
    let request = refresh::Request {
        names: args.names,
        from: args.from,
        base: args.base,
        body: args.body,
        build: args.build,
        read: args.limits.into(),
    };
    let progress = Progress::start("refreshing the copies", args.quiet);
    let mut sink = std::io::sink();
    let out = if args.quiet { &mut sink } else { out };
    let outcome = refresh::refresh(&workspace, &request, &mut progress.wrap(out));
    outcome.map(|outcome| outcome.exit_code())
}

fn completions(shell: Shell, out: &mut dyn Write) -> Result<u8, Error> {
    // `generate` panics if its writer fails, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "xtask", &mut script);
    out.write_all(&script)
        .map_err(|error| Error::new("the completions cannot be written").caused_by(error))?;
    Ok(0)
}
