//! Compares two gRPC interfaces: by numbers for the wire, and by the generated items for Rust.

mod compare;
pub mod kind;
mod rust;

use std::collections::BTreeMap;
use std::path::Path;

use super::{
    input::{Request, show},
    report::{Change, Location, Report, Rust, SCHEMA_VERSION, SourceVerdict, Summary, WireVerdict},
    source::Delta,
    verdict::Source,
};
use crate::error::Error;
use crate::proto::{Folder, Interface};
use crate::sources::{Format, Pin, Sources};
use crate::sync;
use crate::workspace::Workspace;
use compare::Finding;

/// One side of a comparison.
struct Side {
    name: String,
    interface: Interface,
}

/// Reports on two gRPC interfaces. Returns `None` if the first argument is not a gRPC interface.
///
/// # Errors
/// If one of them can't be read.
pub fn report(workspace: Option<&Workspace>, request: &Request) -> Result<Option<Report>, Error> {
    let sources = workspace.map(|workspace| Sources::open(&workspace.sources())).transpose()?;
    let reader = Reader { workspace, sources: sources.as_ref(), request };
    let Some(base) = reader.side(&request.base)? else { return Ok(None) };
    let revision = match &request.revision {
        Some(argument) => reader.side(argument)?.ok_or_else(|| {
            Error::new(format!("`{argument}` is not a gRPC interface, but `{}` is", request.base))
                .with_help(
                    "pass a folder of protobuf files, a .proto file, or the copy of a gRPC interface",
                )
        })?,
        None => reader.source()?,
    };
    Ok(Some(compare(&base, &revision, request.without_source)))
}

/// Compares two interfaces.
fn compare(base: &Side, revision: &Side, without_source: bool) -> Report {
    let findings = compare::compare(&base.interface, &revision.interface);
    let deltas = match without_source {
        true => None,
        false => Some(rust::deltas(&base.interface, &revision.interface)),
    };
    let (rust, mut deltas, source_error) = match deltas {
        None => (Rust::Skipped, Vec::new(), None),
        Some(Ok(deltas)) => (Rust::Compared, deltas, None),
        Some(Err(why)) => (Rust::Failed, Vec::new(), Some(why)),
    };
    let has_source = rust == Rust::Compared;
    let changes: Vec<Change> =
        findings.into_iter().map(|finding| change(finding, &mut deltas, has_source)).collect();
    Report {
        schema_version: SCHEMA_VERSION,
        base: base.name.clone(),
        revision: revision.name.clone(),
        summary: Summary::of(&changes, &deltas, rust),
        changes,
        source_only: deltas,
        source_error,
        notes: Vec::new(),
    }
}

/// Creates a change from a finding, and moves its Rust items out of `deltas`.
fn change(finding: Finding, deltas: &mut Vec<Delta>, has_source: bool) -> Change {
    let (items, rest) = deltas.drain(..).partition(|delta| rust::is_of(&finding.subject, delta));
    *deltas = rest;
    let items: Vec<Delta> = items;
    let worst = items.iter().map(|delta| delta.verdict).max().unwrap_or(Source::Unchanged);
    let pointer = finding.subject.pointer();
    Change {
        kind: finding.kind.id.to_owned(),
        area: kind::AREA.to_owned(),
        location: Location {
            operations: Vec::new(),
            directions: Vec::new(),
            base: finding.in_base.then(|| pointer.clone()),
            revision: finding.in_revision.then_some(pointer),
        },
        what: finding.what,
        wire: WireVerdict {
            verdict: finding.kind.wire,
            why: finding.kind.why.to_owned(),
            by_direction: BTreeMap::new(),
        },
        source: SourceVerdict { verdict: has_source.then_some(worst), items },
    }
}

/// Reads the arguments.
struct Reader<'a> {
    workspace: Option<&'a Workspace>,
    sources: Option<&'a Sources>,
    request: &'a Request,
}

impl Reader<'_> {
    fn side(&self, argument: &str) -> Result<Option<Side>, Error> {
        let name = argument.to_owned();
        if let Some(workspace) = self.workspace {
            if self.pin(argument).is_some() {
                let path = workspace.interface(argument);
                let interface = of_file(&path, &workspace.show(&path))?;
                return Ok(Some(Side { name, interface }));
            }
            if let Some((copy, revision)) = argument.split_once('@')
                && self.pin(copy).is_some()
            {
                let path = workspace.show(&workspace.interface(copy));
                let text = show(workspace.root(), revision, &path)?;
                let interface = Interface::parse(argument, &text)?;
                return Ok(Some(Side { name, interface }));
            }
        }
        let path = Path::new(argument);
        if path.extension().is_some_and(|end| end == "proto") {
            return Ok(Some(Side { name, interface: of_file(path, argument)? }));
        }
        if !holds_protobuf(path) {
            return Ok(None);
        }
        let folder = Folder::read(argument, &self.request.read)?;
        Ok(Some(Side { name, interface: Interface::of(&folder)? }))
    }

    /// Reads the source of the copy that is the only argument.
    fn source(&self) -> Result<Side, Error> {
        let base = &self.request.base;
        let (Some(pin), Some(workspace)) = (self.pin(base), self.workspace) else {
            return Err(Error::new(format!(
                "`{base}` is not a committed copy, so there is no source to compare it with"
            ))
            .with_help("pass a second interface"));
        };
        let pinned = pin.location_at(pin.revision.as_deref()).filter(|_| !self.request.latest);
        let location = match pinned {
            Some(location) => Some(location),
            None => pin.location_at(sync::newest(&pin, &self.request.read)?.as_deref()),
        };
        let location = location.ok_or_else(|| {
            Error::new(format!("openapi/sources.toml has no location for `{base}`"))
                .with_help("pass a second interface")
        })?;
        let folder = Folder::read(&sync::folder(workspace, &location), &self.request.read)?;
        Ok(Side { name: location, interface: Interface::of(&folder)? })
    }

    /// Returns the entry of a copy of a gRPC interface.
    fn pin(&self, name: &str) -> Option<Pin> {
        let pin = self.sources?.pin(name).ok()?;
        (pin.format == Format::Protobuf).then_some(pin)
    }
}

fn of_file(path: &Path, shown: &str) -> Result<Interface, Error> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::new("the protobuf file cannot be read")
            .in_document(shown)
            .with_help("check the path")
            .caused_by(error)
    })?;
    Interface::parse(shown, &text)
}

fn holds_protobuf(path: &Path) -> bool {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.path().extension().is_some_and(|end| end == "proto"))
}
