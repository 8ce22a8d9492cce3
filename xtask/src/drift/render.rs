//! The forms of the report: text for a terminal, Markdown for a pull request, JSON for programs.

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

/// The report as JSON, as `docs/drift.md` describes it.
///
/// # Errors
/// Never for a report that `compare` made; serde's signature says it could.
pub fn json(report: &Report) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(report).map(|text| text + "\n")
}

/// Changes that belong under one heading.
struct Group<'r> {
    title: String,
    changes: Vec<&'r Change>,
}

/// The changes by operation; those of shared schemas, and of the document, under headings of their
/// own. The headings come in the order in which they are met.
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
        _ => "shared by operations".to_owned(),
    }
}

/// The webhook that a pointer is inside of.
fn delivery(pointer: &str) -> Option<String> {
    let rest = pointer.strip_prefix("#/webhooks/")?;
    rest.split('/').next().map(|name| format!("webhook {}", unescape(name)))
}

/// Which operations a change of something shared reaches, in words.
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

/// The pointer that a reader should look up.
fn pointer(location: &Location) -> &str {
    location.revision.as_deref().or(location.base.as_deref()).unwrap_or("#")
}

/// How urgent a change is for a reader: the worse of its verdicts, on one scale.
fn severity(change: &Change) -> Wire {
    change.source.verdict.map_or(Wire::None, source_severity).max(change.wire.verdict)
}

/// A source verdict on the scale of wire verdicts.
fn source_severity(verdict: Source) -> Wire {
    match verdict {
        Source::Unchanged => Wire::None,
        Source::Additive => Wire::Compatible,
        Source::Breaking => Wire::Breaking,
    }
}

/// What the verdicts of these items leave out, each once.
fn remarks(items: &[Delta]) -> Vec<&str> {
    let mut remarks: Vec<&str> = items.iter().filter_map(|item| item.note.as_deref()).collect();
    remarks.sort_unstable();
    remarks.dedup();
    remarks
}

fn source_word(change: &Change) -> &'static str {
    change.source.verdict.map_or("not compared", Source::word)
}
