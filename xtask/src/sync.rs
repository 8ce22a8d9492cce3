//! Keeps the committed copies and the prepared documents what their sources give.

mod check;
mod read;

use std::io::Write;
use std::path::Path;

use serde_json::Value;

use crate::error::Error;
use crate::files::Changes;
use crate::overlay::Overlay;
use crate::prepare::{Prepared, prepare, to_text};
use crate::source::ReadOptions;
use crate::sources::Sources;
use crate::workspace::Workspace;

pub use check::check;
pub(crate) use read::{newest, place};

/// What to sync, and from where.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The copies; all of them when empty.
    pub names: Vec<String>,
    /// A document to read instead of the pinned one: path or URL.
    pub from: Option<String>,
    /// Move the pin to the newest revision.
    pub latest: bool,
    /// Read nothing over the network: go by the committed copies.
    pub offline: bool,
    /// How sources are read.
    pub read: ReadOptions,
}

/// How a check, or a run of the tool, came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Everything is as it should be: exit code 0.
    InSync,
    /// It could not be told: exit code 2.
    Unknown,
    /// Something differs: exit code 1.
    Drift,
}

impl Outcome {
    /// The exit code of the process.
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::InSync => 0,
            Outcome::Drift => 1,
            Outcome::Unknown => 2,
        }
    }
}

/// Reads the sources and writes copies, prepared documents and digests: all of them, or nothing.
pub fn sync(
    workspace: &Workspace,
    request: &Request,
    out: &mut dyn Write,
) -> Result<Outcome, Error> {
    let mut sources = Sources::open(&workspace.sources())?;
    let mut changes = Changes::default();
    for name in request.chosen(&sources)? {
        let pin = sources.pin(&name)?;
        let copy = read::for_sync(workspace, &name, &pin, request)?;
        say(out, format_args!("{name}: {}", copy.origin))?;
        for warning in &copy.warnings {
            say(out, format_args!("{name}: warning: {warning}"))?;
        }
        let prepared = prepare_copy(workspace, &name, copy.document, &copy.text)?;
        report(out, &name, &prepared)?;
        sources.record(&name, &copy.pin);
        changes.plan(workspace.copy(&name), copy.text);
        changes.plan(workspace.prepared(&name), to_text(&prepared.document));
    }
    changes.plan(workspace.sources(), sources.to_text());
    let written: Vec<String> = changes.paths().map(|path| workspace.show(path)).collect();
    changes.commit()?;
    if written.is_empty() {
        say(out, format_args!("nothing changed"))?;
    }
    for path in written {
        say(out, format_args!("wrote {path}"))?;
    }
    Ok(Outcome::InSync)
}

impl Request {
    /// The command that makes a copy what this request compares it with.
    fn refresh(&self, name: &str) -> String {
        match &self.from {
            Some(from) => format!("cargo xtask sync {name} --from {from}"),
            None if self.latest => format!("cargo xtask sync {name} --latest"),
            None => "cargo xtask sync".to_owned(),
        }
    }

    /// The copies that are meant.
    fn chosen(&self, sources: &Sources) -> Result<Vec<String>, Error> {
        let names = if self.names.is_empty() { sources.names() } else { self.names.clone() };
        for name in &names {
            sources.pin(name)?;
        }
        if self.from.is_some() && names.len() != 1 {
            return Err(Error::new("--from is the source of one copy")
                .mend(format!("name it: {}", sources.names().join(" or "))));
        }
        Ok(names)
    }
}

/// The prepared document of a copy, with the committed overlay.
pub fn prepare_copy(
    workspace: &Workspace,
    name: &str,
    document: Value,
    text: &str,
) -> Result<Prepared, Error> {
    let overlay = open_overlay(&workspace.overlay(name))?;
    let shown = workspace.show(&workspace.copy(name));
    prepare(document, overlay.as_ref())
        .map_err(|error| error.in_document(&shown).with_line_from_document(&shown, text))
}

fn open_overlay(path: &Path) -> Result<Option<Overlay>, Error> {
    if path.exists() { Overlay::open(path).map(Some) } else { Ok(None) }
}

fn report(out: &mut dyn Write, name: &str, prepared: &Prepared) -> Result<(), Error> {
    for note in &prepared.notes {
        say(out, format_args!("{name}: note: #{}: {}", note.pointer, note.text))?;
    }
    for action in &prepared.unmatched {
        say(out, format_args!("{name}: warning: {action}"))?;
    }
    Ok(())
}

fn say(out: &mut dyn Write, line: std::fmt::Arguments<'_>) -> Result<(), Error> {
    writeln!(out, "{line}")
        .map_err(|error| Error::new("the report cannot be written").caused_by(error))
}
