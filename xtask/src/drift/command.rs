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
use crate::{error::Error, source::ReadOptions, workspace::Workspace};

/// Tells what changed between two documents, and what that does to programs already built (wire)
/// and to Rust code that will be compiled (source). Exit codes: 0 nothing denied, 1 denied changes,
/// 2 could not tell. Any two documents will do, inside a workspace or not.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A path, folder or URL; the name of a committed copy; or a path or name in git: FILE@REVISION.
    #[arg(required_unless_present_any = ["kinds", "schema"])]
    base: Option<String>,
    /// The same; without it, the copy BASE is compared with its source.
    revision: Option<String>,
    /// Form of the report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Write the report to a file too, in another form: for example `json=report.json`.
    #[arg(long, value_name = "FORMAT=PATH")]
    also: Vec<Also>,
    /// Fail when a change breaks Rust callers, programs already built, or any of the two.
    #[arg(long, value_enum)]
    deny: Option<Denied>,
    /// Leave the Rust half out: compare for the wire alone.
    #[arg(long)]
    no_source: bool,
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
    /// Print the JSON schema of `--format json`, and stop.
    #[arg(long)]
    schema: bool,
}

/// A form of the report, and the file that it is written to.
#[derive(Clone, Debug)]
struct Also {
    format: Format,
    path: PathBuf,
}

impl FromStr for Also {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once('=').ok_or("it is FORMAT=PATH")?;
        let format = <Format as clap::ValueEnum>::from_str(format, false)?;
        Ok(Self { format, path: PathBuf::from(path) })
    }
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
    /// Annotations of a GitHub workflow, at file and line of REVISION.
    Github,
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
    if arguments.schema {
        say(out, report::JSON_SCHEMA)?;
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
        return Err(Error::new("`--deny source` asks for what `--no-source` leaves out")
            .mend("leave one of them out"));
    }
    let workspace = Workspace::find().ok();
    let (report, origin) = match interface::report(workspace.as_ref(), &request)? {
        Some(report) => (report, None),
        None => {
            let Sides { base, revision, origin } = read(workspace.as_ref(), &request)?;
            (compare(&base, &revision), origin)
        }
    };
    let formed = |format| formed(&report, format, origin.as_ref());
    for Also { format, path } in &arguments.also {
        let text = strip_str(&formed(*format)?).to_string();
        std::fs::write(path, text).map_err(|error| {
            Error::new("the report cannot be written")
                .in_document(path.display().to_string())
                .mend("check the path and the permissions")
                .caused_by(error)
        })?;
    }
    let shown = formed(arguments.format)?;
    let is_text = matches!(arguments.format, Format::Text);
    say(out, &if is_text { on_terminal(shown) } else { shown })?;
    Ok(report.outcome(arguments.deny.map(Deny::from)).code())
}

/// The report in one of its forms.
fn formed(report: &Report, format: Format, origin: Option<&Origin>) -> Result<String, Error> {
    match format {
        Format::Text => Ok(text(report)),
        Format::Markdown => Ok(markdown(report)),
        Format::Github => Ok(github(report, origin)),
        Format::Json => {
            json(report).map_err(|error| Error::new("the report is no JSON").caused_by(error))
        }
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
