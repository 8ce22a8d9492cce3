//! Keeps the committed copies and the prepared documents in sync with their sources.

mod check;
mod entry;
mod feature;
mod proof;
mod rules;
mod snapshot;

use std::io::Write;

use crate::error::Error;
use crate::files::Changes;
use crate::overlay::Unmatched;
use crate::prepare::to_text;
use crate::source::ReadOptions;
use crate::sources::{Format, Sources};
use crate::workspace::Workspace;

pub use check::check;
use entry::Entry;
pub(crate) use entry::{folder, newest, place};
pub(crate) use proof::build as prove;
use snapshot::Snapshot;

/// The copies to sync, and their source.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The names of the copies; all copies if empty.
    pub names: Vec<String>,
    /// The path or URL of a document to read instead of the pinned one.
    pub from: Option<String>,
    /// Move the pin to the newest revision.
    pub latest: bool,
    /// Read nothing over the network; use the committed copies.
    pub offline: bool,
    /// Compile the raw crate, and undo all changes if it doesn't compile.
    pub build: bool,
    /// The limits for reading sources.
    pub read: ReadOptions,
}

/// The outcome of a check, or of a run of the tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// No differences: exit code 0.
    InSync,
    /// The outcome is unknown: exit code 2.
    Unknown,
    /// Differences: exit code 1.
    Drift,
}

impl Outcome {
    /// Returns the exit code of the process.
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::InSync => 0,
            Outcome::Drift => 1,
            Outcome::Unknown => 2,
        }
    }
}

/// Reads the sources and writes copies, prepared documents and digests: all of them, or none.
///
/// Before anything is written, each client is generated like in the build.
pub fn sync(
    workspace: &Workspace,
    request: &Request,
    out: &mut dyn Write,
) -> Result<Outcome, Error> {
    let mut sources = Sources::open(&workspace.sources())?;
    let mut changes = Changes::default();
    for name in request.chosen(&sources)? {
        let entry = Entry::open(workspace, &sources, &name, request)?;
        let snapshot = plan(&entry, &mut changes, out)?;
        sources.record(&name, &snapshot.pin);
    }
    if let Some(readme) = rules::readme(workspace, &sources, &changes)? {
        changes.plan(workspace.copies_readme(), readme);
    }
    changes.plan(workspace.sources(), sources.to_text());
    let written: Vec<String> = changes.paths().map(|path| workspace.show(path)).collect();
    changes.commit_if(|| if request.build { proof::build(workspace) } else { Ok(()) })?;
    if written.is_empty() {
        print(out, format_args!("nothing changed"))?;
    }
    for path in written {
        print(out, format_args!("wrote {path}"))?;
    }
    Ok(Outcome::InSync)
}

/// Plans the content of a copy and its prepared document.
fn plan(entry: &Entry<'_>, changes: &mut Changes, out: &mut dyn Write) -> Result<Snapshot, Error> {
    let name = &entry.name;
    let mut snapshot = entry.for_sync()?;
    print(out, format_args!("{name}: {}", snapshot.shown))?;
    for warning in &snapshot.warnings {
        print(out, format_args!("{name}: warning: {warning}"))?;
    }
    changes.plan(entry.copy(), snapshot.text.clone());
    if entry.pin.format == Format::Protobuf {
        changes.plan(entry.workspace.built_interface(name), snapshot.text.clone());
        return Ok(snapshot);
    }
    let prepared = entry.prepare(&mut snapshot)?;
    let generated = proof::generate(entry, &mut snapshot, &prepared)?;
    for note in &prepared.notes {
        print(out, format_args!("{name}: note: #{}: {}", note.pointer, note.text))?;
    }
    for note in &generated.notes {
        let pointer = prepared.source_pointer(&note.pointer);
        print(out, format_args!("{name}: note: #{pointer}: {}", note.text))?;
    }
    warn_of_unmatched_actions(entry, &prepared.unmatched, out)?;
    changes.plan(entry.workspace.prepared(name), to_text(&prepared.document));
    if let Some((path, manifest)) = entry.manifest(changes, &prepared)? {
        changes.plan(path, manifest);
    }
    if let Some(readme) = entry.readme(&prepared, &generated)? {
        changes.plan(entry.workspace.readme(), readme);
    }
    Ok(snapshot)
}

/// Prints the overlay actions that match nothing, and where to find instructions.
fn warn_of_unmatched_actions(
    entry: &Entry<'_>,
    unmatched: &[Unmatched],
    out: &mut dyn Write,
) -> Result<(), Error> {
    let name = &entry.name;
    for action in unmatched {
        print(out, format_args!("{name}: warning: {action}"))?;
        if let Some(call) = &action.by_hand {
            print(
                out,
                format_args!(
                    "{name}: warning: `server.{call}` is written by hand for it and must be \
                     removed too: `cargo xtask sync {name} --build` finds its callers"
                ),
            )?;
        }
    }
    if !unmatched.is_empty() {
        print(
            out,
            format_args!(
                "{name}: warning: correct or delete these actions, or let `cargo xtask refresh` delete \
                 them: see \"An action that matches nothing\" in openapi/README.md"
            ),
        )?;
    }
    Ok(())
}

impl Request {
    /// Returns the command that updates a copy from the source of this request.
    fn refresh(&self, name: &str) -> String {
        match &self.from {
            Some(from) => format!("cargo xtask sync {name} --from {from}"),
            None if self.latest => format!("cargo xtask sync {name} --latest"),
            None => "cargo xtask sync".to_owned(),
        }
    }

    /// Returns the names of the selected copies.
    fn chosen(&self, sources: &Sources) -> Result<Vec<String>, Error> {
        let names = if self.names.is_empty() { sources.names() } else { self.names.clone() };
        for name in &names {
            sources.pin(name)?;
        }
        if self.from.is_some() && names.len() != 1 {
            return Err(Error::new("--from is the source of one copy")
                .with_help(format!("name it: {}", sources.names().join(" or "))));
        }
        Ok(names)
    }
}

fn print(out: &mut dyn Write, line: std::fmt::Arguments<'_>) -> Result<(), Error> {
    writeln!(out, "{line}")
        .map_err(|error| Error::new("the report cannot be written").caused_by(error))
}
