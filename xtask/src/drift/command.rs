//! The command line of `cargo xtask drift`.

use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;

use anstream::{AutoStream, ColorChoice, adapter::strip_str};

use super::{
    Deny, Report, compare,
    input::{Origin, Request, Sides, read},
    interface,
    render::{github, json, markdown, text},
    report, table,
};
use crate::{error::Error, progress::Progress, source::ReadOptions, workspace::Workspace};

/// Shown below the options of `--help`.
const AFTER_HELP: &str = "\
Examples:
  cargo xtask drift api-server
          Compare a committed copy with its pinned source
  cargo xtask drift api-server@HEAD api-server
          Compare the working tree with the last commit, for example after `cargo xtask sync`
  cargo xtask drift old.yaml https://example.org/openapi.yaml --format markdown
          Compare two documents, and print the report for a pull request
  cargo xtask drift api/openapi.yaml@main api/openapi.yaml --no-source --deny wire
          Fail if a change breaks existing clients; works in any git repository
  cargo xtask drift BASE REVISION --quiet --also json=report.json
          Write the report to a file only

Exit codes:
  0  no denied changes
  1  denied changes
  2  a document could not be read, or the comparison has no clear result

docs/drift.md describes the report and all kinds of change.";

/// The arguments of `cargo xtask drift`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// The old document: a path, folder or URL, the name of a committed copy, or either at a git
    /// revision: `PATH@REVISION`, `NAME@REVISION`.
    #[arg(required_unless_present_any = ["kinds", "schema"])]
    base: Option<String>,
    /// The new document. If omitted, BASE must be a committed copy and is compared with its source.
    revision: Option<String>,
    /// Format of the report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Also write the report to a file, for example `json=report.json`. May be repeated.
    #[arg(long, value_name = "FORMAT=PATH")]
    also: Vec<Also>,
    /// Exit with code 1 if a change is breaking.
    #[arg(long, value_enum)]
    deny: Option<Denied>,
    /// Compare only the wire: generate no code, and report no source verdicts.
    #[arg(long)]
    no_source: bool,
    /// Overlay for documents that are not committed copies [default: that of the most similar copy].
    #[arg(long, value_name = "PATH")]
    overlay: Option<PathBuf>,
    /// Without REVISION, compare with the newest source instead of the pinned one.
    #[arg(long, conflicts_with = "revision")]
    latest: bool,
    /// Allow references to files outside the folder of a document.
    #[arg(long)]
    allow_outside: bool,
    /// Print no report and no progress, only errors. Files of `--also` are written.
    #[arg(long, short)]
    quiet: bool,
    /// Print the table of all kinds of change, and exit.
    #[arg(long)]
    kinds: bool,
    /// Print the JSON schema of `--format json`, and exit.
    #[arg(long)]
    schema: bool,
}

/// A format of the report, and the file to write it to.
#[derive(Clone, Debug)]
struct Also {
    format: Format,
    path: PathBuf,
}

impl FromStr for Also {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once('=').ok_or("expected FORMAT=PATH")?;
        let format = <Format as clap::ValueEnum>::from_str(format, false)?;
        Ok(Self { format, path: PathBuf::from(path) })
    }
}

/// Format of the report.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// Text for a terminal.
    Text,
    /// JSON for programs.
    Json,
    /// Markdown for a pull request.
    Markdown,
    /// Annotations of a GitHub workflow, at file and line of each change.
    Github,
}

/// The changes that `--deny` selects.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Denied {
    /// Changes that break Rust code.
    Source,
    /// Changes that break existing clients.
    Wire,
    /// Either of the two.
    Any,
}

/// Runs the command, writes the report and returns the exit code.
///
/// # Errors
/// If a document cannot be read, or the report cannot be written.
pub fn run(arguments: Arguments, out: &mut dyn Write) -> Result<u8, Error> {
    if arguments.kinds {
        print(out, &table::kinds())?;
        return Ok(0);
    }
    if arguments.schema {
        print(out, report::JSON_SCHEMA)?;
        return Ok(0);
    }
    let request = Request {
        base: arguments.base.unwrap_or_default(),
        revision: arguments.revision,
        latest: arguments.latest,
        overlay: arguments.overlay,
        without_source: arguments.no_source,
        read: ReadOptions { allow_outside: arguments.allow_outside, ..ReadOptions::default() },
    };
    if arguments.no_source && matches!(arguments.deny, Some(Denied::Source)) {
        return Err(Error::new("`--deny source` conflicts with `--no-source`")
            .with_help("omit one of them"));
    }
    let progress = Progress::start("reading the documents", arguments.quiet);
    let workspace = Workspace::find().ok();
    let (report, origin) = match interface::report(workspace.as_ref(), &request)? {
        Some(report) => (report, None),
        None => {
            let Sides { base, revision, origin } = read(workspace.as_ref(), &request)?;
            progress.set_message("comparing the documents");
            (compare(&base, &revision), origin)
        }
    };
    drop(progress);
    let formatted = |format| formatted(&report, format, origin.as_ref());
    for Also { format, path } in &arguments.also {
        let text = strip_str(&formatted(*format)?).to_string();
        std::fs::write(path, text).map_err(|error| {
            Error::new("the report cannot be written")
                .in_document(path.display().to_string())
                .with_help("check the path and the permissions")
                .caused_by(error)
        })?;
    }
    if !arguments.quiet {
        let shown = formatted(arguments.format)?;
        let is_text = matches!(arguments.format, Format::Text);
        print(out, &if is_text { for_stdout(shown) } else { shown })?;
    }
    Ok(report.outcome(arguments.deny.map(Deny::from)).code())
}

/// Formats the report.
fn formatted(report: &Report, format: Format, origin: Option<&Origin>) -> Result<String, Error> {
    match format {
        Format::Text => Ok(text(report)),
        Format::Markdown => Ok(markdown(report)),
        Format::Github => Ok(github(report, origin)),
        Format::Json => json(report)
            .map_err(|error| Error::new("the report cannot be converted to JSON").caused_by(error)),
    }
}

impl From<Denied> for Deny {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Source => Self::Source,
            Denied::Wire => Self::Wire,
            Denied::Any => Self::Any,
        }
    }
}

/// Removes the colours, unless the standard output is a terminal that supports them.
fn for_stdout(text: String) -> String {
    match AutoStream::choice(&std::io::stdout()) {
        ColorChoice::Never => strip_str(&text).to_string(),
        _ => text,
    }
}

fn print(out: &mut dyn Write, text: &str) -> Result<(), Error> {
    out.write_all(text.as_bytes())
        .map_err(|error| Error::new("the report cannot be written").caused_by(error))
}
