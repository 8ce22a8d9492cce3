//! The report: every change once, with its place, description and both verdicts. The types of this
//! module define the JSON format, described in `docs/drift.md`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    source::Delta,
    verdict::{Bump, Direction, Source, Wire},
};

/// The version of the JSON format. It increases if a field is removed or changes its meaning; new fields
/// do not change it.
pub const SCHEMA_VERSION: u32 = 1;

/// The JSON schema of the JSON format.
pub const JSON_SCHEMA: &str = include_str!("../../../docs/drift.schema.json");

/// The changes between two documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The version of the format: [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The argument BASE.
    pub base: String,
    /// The argument REVISION, or the location of the source of BASE.
    pub revision: String,
    /// Totals over all changes.
    pub summary: Summary,
    /// The changes of the documents.
    pub changes: Vec<Change>,
    /// Changes of Rust items that cannot be linked to a change of the documents by name.
    pub source_only: Vec<Delta>,
    /// The reason why the Rust items could not be compared; `None` if they were, or were not requested.
    pub source_error: Option<String>,
    /// Notes for the reader, for example overlay actions without a match.
    pub notes: Vec<String>,
}

/// Totals over all changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The summary in one line.
    pub line: String,
    /// The worst wire verdict.
    pub wire: Wire,
    /// The worst source verdict; `None` if the Rust items could not be compared, or were not requested.
    pub source: Option<Source>,
    /// The version bump that semver requires of `ambient-sdk`, whose version is 0.x; `None` without a
    /// source verdict.
    pub bump: Option<Bump>,
    /// The number of changes by wire verdict.
    pub wire_counts: BTreeMap<Wire, usize>,
    /// The number of changes by source verdict, including the source-only ones.
    pub source_counts: BTreeMap<Source, usize>,
    /// The number of changed Rust items.
    pub items: usize,
}

/// One change of the documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The id of the kind, listed in `docs/drift.md`.
    pub kind: String,
    /// The part of OpenAPI that the kind belongs to.
    pub area: String,
    /// The place.
    pub location: Location,
    /// The change in one sentence.
    pub what: String,
    /// The effect on existing clients.
    pub wire: WireVerdict,
    /// The effect on Rust code.
    pub source: SourceVerdict,
}

/// The place of a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// The affected operations; empty for a change of the document, or of a schema that no operation uses.
    pub operations: Vec<Operation>,
    /// The affected directions: requests, responses, or neither.
    pub directions: Vec<Direction>,
    /// The JSON pointer into BASE; `None` if the value was added.
    pub base: Option<String>,
    /// The JSON pointer into REVISION; `None` if the value was removed.
    pub revision: Option<String>,
}

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// The operation id, if there is one.
    pub id: Option<String>,
    /// The method in upper case.
    pub method: String,
    /// The path template.
    pub path: String,
}

/// The wire verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WireVerdict {
    /// The worst verdict over all directions.
    pub verdict: Wire,
    /// The reason.
    pub why: String,
    /// The verdict in each direction, if there are several.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub by_direction: BTreeMap<Direction, Wire>,
}

/// The source verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceVerdict {
    /// The worst verdict over the items; `None` if the Rust items were not compared.
    pub verdict: Option<Source>,
    /// The public items that this change affects.
    pub items: Vec<Delta>,
}

/// The changes that fail the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deny {
    /// Changes that break Rust code.
    Source,
    /// Changes that break existing clients.
    Wire,
    /// Both.
    Any,
}

/// The outcome of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No denied change: exit code 0.
    Fine,
    /// A denied change: exit code 1.
    Denied,
    /// Unknown, because a comparison failed or has no clear verdict: exit code 2.
    Unclear,
}

impl Report {
    /// Returns whether there is a denied change. Without `deny` no change is denied, but a failed
    /// comparison of Rust items is still unclear.
    pub fn outcome(&self, deny: Option<Deny>) -> Outcome {
        let denies_wire = matches!(deny, Some(Deny::Wire | Deny::Any));
        let denies_source = matches!(deny, Some(Deny::Source | Deny::Any));
        let breaks_wire = denies_wire && self.summary.wire == Wire::Breaking;
        let breaks_source = denies_source && self.summary.source == Some(Source::Breaking);
        if breaks_wire || breaks_source {
            return Outcome::Denied;
        }
        let is_wire_unclear = denies_wire && self.summary.wire == Wire::Unknown;
        let is_source_unclear = self.source_error.is_some() && (denies_source || deny.is_none());
        if is_wire_unclear || is_source_unclear { Outcome::Unclear } else { Outcome::Fine }
    }
}

impl Outcome {
    /// Returns the exit code.
    pub fn code(self) -> u8 {
        match self {
            Outcome::Fine => 0,
            Outcome::Denied => 1,
            Outcome::Unclear => 2,
        }
    }
}

/// The state of the comparison of Rust items.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rust {
    /// They were compared.
    Compared,
    /// They could not be compared.
    Failed,
    /// The comparison was not requested.
    Skipped,
}

impl Summary {
    /// Computes the totals of changes and source-only items.
    pub(super) fn of(changes: &[Change], source_only: &[Delta], rust: Rust) -> Self {
        let has_source = rust == Rust::Compared;
        let mut wire_counts = BTreeMap::new();
        let mut source_counts = BTreeMap::new();
        for change in changes {
            *wire_counts.entry(change.wire.verdict).or_insert(0) += 1;
            if let Some(verdict) = change.source.verdict {
                *source_counts.entry(verdict).or_insert(0) += 1;
            }
        }
        for delta in source_only {
            *source_counts.entry(delta.verdict).or_insert(0) += 1;
        }
        let wire = wire_counts.keys().max().copied().unwrap_or(Wire::None);
        let source = source_counts.keys().max().copied().unwrap_or(Source::Unchanged);
        let is_same = changes.is_empty() && source_only.is_empty();
        let bump = match source {
            _ if is_same => Bump::None,
            Source::Breaking => Bump::Minor,
            Source::Additive | Source::Unchanged => Bump::Patch,
        };
        let mut summary = Self {
            line: String::new(),
            wire,
            source: has_source.then_some(source),
            bump: has_source.then_some(bump),
            wire_counts,
            source_counts,
            items: count_items(changes, source_only),
        };
        summary.line = summary.sentence(changes.len(), source_only.len(), rust);
        summary
    }

    fn sentence(&self, changes: usize, source_only: usize, rust: Rust) -> String {
        if changes == 0 && source_only == 0 && rust != Rust::Failed {
            return "no changes".to_owned();
        }
        let wire = counted(&self.wire_counts, Wire::word);
        let plural = if changes == 1 { "change" } else { "changes" };
        let wire = format!("wire: {} ({wire})", self.wire.word());
        if rust == Rust::Skipped {
            return format!("{changes} {plural}; {wire}");
        }
        let source = match self.source {
            None => "source: not compared".to_owned(),
            Some(source) => {
                let counts = counted(&self.source_counts, Source::word);
                let items = if self.items == 1 { "item" } else { "items" };
                format!("source: {} ({counts}; {} Rust {items})", source.word(), self.items)
            }
        };
        let bump = match self.bump {
            Some(Bump::None) => "ambient-sdk needs no new version".to_owned(),
            Some(bump) => format!("ambient-sdk 0.x needs a {} version bump", bump.word()),
            None => "version bump of ambient-sdk unknown".to_owned(),
        };
        let rest =
            if source_only > 0 { format!(" + {source_only} only in Rust") } else { String::new() };
        format!("{changes} {plural}{rest}; {wire}; {source}; {bump}")
    }
}

fn count_items(changes: &[Change], source_only: &[Delta]) -> usize {
    let tied = changes.iter().flat_map(|change| &change.source.items);
    let items: std::collections::BTreeSet<&str> =
        tied.chain(source_only).map(|delta| delta.item.as_str()).collect();
    items.len()
}

/// Formats counts, the worst verdict first: `2 breaking, 3 compatible`.
fn counted<V: Copy>(counts: &BTreeMap<V, usize>, word: impl Fn(V) -> &'static str) -> String {
    if counts.is_empty() {
        return "no changes".to_owned();
    }
    let parts: Vec<String> =
        counts.iter().rev().map(|(verdict, count)| format!("{count} {}", word(*verdict))).collect();
    parts.join(", ")
}
