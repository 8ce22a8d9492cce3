//! The command line of `cargo xtask drift`.

use std::io::Write;
use std::path::PathBuf;

use anstream::{AutoStream, ColorChoice, adapter::strip_str};

use super::{
    Deny, compare,
    input::{Request, read},
    render::{json, markdown, text},
    table,
};
use crate::{error::Error, source::ReadOptions, workspace::Workspace};

/// Tells what changed between two documents, and what that does to programs already built (wire)
/// and to Rust code that will be compiled (source). Exit codes: 0 nothing denied, 1 denied changes,
/// 2 could not tell.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A path, folder or URL; the name of a committed copy; or NAME@GIT-REVISION.
    #[arg(required_unless_present = "kinds")]
    base: Option<String>,
    /// The same; without it, the copy BASE is compared with its source.
    revision: Option<String>,
    /// Form of the report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Fail when a change breaks Rust callers, programs already built, or any of the two.
    #[arg(long, value_enum)]
    deny: Option<Denied>,
    /// Overlay for documents that are no copies; by default that of the copy which they are like.
    #[arg(long, value_name = "PATH")]
    overlay: Option<PathBuf>,
    /// With one argument: compare with the newest source instead of the pinned one.
    #[arg(long, conflicts_with = "revision")]
    latest: bool,
    /// Follow references that lead out of the folder of a document.
    #[arg(long)]
    allow_outside: bool,
    /// Print the table of all kinds of change, as in docs/drift.md, and stop.
    #[arg(long)]
    kinds: bool,
}

/// Form of the report.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// For a terminal.
    Text,
    /// For programs; docs/drift.md describes it.
    Json,
    /// For a pull request.
    Markdown,
}

/// What `--deny` names.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Denied {
    /// Changes that break Rust code.
    Source,
    /// Changes that break programs already built.
    Wire,
    /// Both.
    Any,
}

/// Runs the command, writes the report and gives the exit code.
///
/// # Errors
/// When a document cannot be read, or the report cannot be written.
pub fn run(arguments: Arguments, out: &mut dyn Write) -> Result<u8, Error> {
    if arguments.kinds {
        say(out, &table::kinds())?;
        return Ok(0);
    }
    let workspace = Workspace::find()?;
    let request = Request {
        base: arguments.base.unwrap_or_default(),
        revision: arguments.revision,
        latest: arguments.latest,
        overlay: arguments.overlay,
        read: ReadOptions { allow_outside: arguments.allow_outside, ..ReadOptions::default() },
    };
    let (base, revision) = read(&workspace, &request)?;
    let report = compare(&base, &revision);
    let shown = match arguments.format {
        Format::Text => on_terminal(text(&report)),
        Format::Markdown => markdown(&report),
        Format::Json => {
            json(&report).map_err(|error| Error::new("the report is no JSON").caused_by(error))?
        }
    };
    say(out, &shown)?;
    let deny = arguments.deny.map(|denied| match denied {
        Denied::Source => Deny::Source,
        Denied::Wire => Deny::Wire,
        Denied::Any => Deny::Any,
    });
    Ok(report.outcome(deny).code())
}

/// Without colours where the output is no terminal that wants them.
fn on_terminal(text: String) -> String {
    match AutoStream::choice(&std::io::stdout()) {
        ColorChoice::Never => strip_str(&text).to_string(),
        _ => text,
    }
}

fn say(out: &mut dyn Write, text: &str) -> Result<(), Error> {
    out.write_all(text.as_bytes())
        .map_err(|error| Error::new("the report cannot be written").caused_by(error))
}
