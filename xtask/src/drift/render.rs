//! The formats of the report: text for a terminal, Markdown for a pull request, JSON for programs.

mod github;
mod markdown;
mod text;

use indexmap::IndexMap;

use super::report::{Change, Location, Report};
use super::source::Delta;
use super::verdict::{Source, Wire};
use crate::pointer::unescape;

pub use github::github;
pub use markdown::markdown;
pub use text::text;

/// Formats the report as JSON, described in `docs/drift.md`.
///
/// # Errors
/// Never for a report of `compare`; the signature is serde's.
pub fn json(report: &Report) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(report).map(|text| text + "\n")
}

/// The changes under one heading.
struct Group<'r> {
    title: String,
    changes: Vec<&'r Change>,
}

/// Groups the changes by operation. Shared schemas and the document have their own groups. The groups
/// are in the order of their first change.
fn groups(report: &Report) -> Vec<Group<'_>> {
    let mut groups: IndexMap<String, Vec<&Change>> = IndexMap::new();
    for change in &report.changes {
        groups.entry(heading(&change.location)).or_default().push(change);
    }
    groups.into_iter().map(|(title, changes)| Group { title, changes }).collect()
}

fn heading(location: &Location) -> String {
    let pointer = location.revision.as_deref().or(location.base.as_deref()).unwrap_or("#");
    if let Some(name) = super::document::component_of(pointer) {
        return format!("schema {name}");
    }
    match &location.operations[..] {
        [operation] => {
            let id = operation.id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
            format!("{} {}{id}", operation.method, operation.path)
        }
        [] => delivery(pointer).unwrap_or_else(|| "the document".to_owned()),
        _ => "several operations".to_owned(),
    }
}

/// Returns the heading of the webhook around a pointer.
fn delivery(pointer: &str) -> Option<String> {
    let rest = pointer.strip_prefix("#/webhooks/")?;
    rest.split('/').next().map(|name| format!("webhook {}", unescape(name)))
}

/// Returns the directions and operations that a change affects.
fn reach(location: &Location) -> String {
    let directions: Vec<&str> = location
        .directions
        .iter()
        .filter(|direction| **direction != super::verdict::Direction::Whole)
        .map(|direction| direction.word())
        .collect();
    let name = |index: usize| {
        let operation = &location.operations[index];
        operation.id.clone().unwrap_or_else(|| format!("{} {}", operation.method, operation.path))
    };
    let operations = match location.operations.len() {
        0 => "no operation".to_owned(),
        1 => name(0),
        2 => format!("{}, {}", name(0), name(1)),
        more => format!("{}, {} and {} more", name(0), name(1), more - 2),
    };
    if directions.is_empty() {
        operations
    } else {
        format!("{} · {operations}", directions.join(", "))
    }
}

/// Returns the pointer to show.
fn pointer(location: &Location) -> &str {
    location.revision.as_deref().or(location.base.as_deref()).unwrap_or("#")
}

/// Returns the worse of the two verdicts of a change, on the scale of wire verdicts.
fn severity(change: &Change) -> Wire {
    change.source.verdict.map_or(Wire::None, source_severity).max(change.wire.verdict)
}

/// Converts a source verdict to the scale of wire verdicts.
fn source_severity(verdict: Source) -> Wire {
    match verdict {
        Source::Unchanged => Wire::None,
        Source::Additive => Wire::Compatible,
        Source::Breaking => Wire::Breaking,
    }
}

/// Returns the notes of these items without duplicates.
fn item_notes(items: &[Delta]) -> Vec<&str> {
    let mut notes: Vec<&str> = items.iter().filter_map(|item| item.note.as_deref()).collect();
    notes.sort_unstable();
    notes.dedup();
    notes
}

fn source_word(change: &Change) -> &'static str {
    change.source.verdict.map_or("not compared", Source::word)
}
