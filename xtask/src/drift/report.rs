//! The report: every change once, with where, what and both verdicts. `docs/drift.md` describes its
//! JSON form, which is this module's types as they stand.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    source::Delta,
    verdict::{Bump, Direction, Source, Wire},
};

/// Version of the JSON form. Grows when a field goes or changes its meaning; new fields may come
/// without.
pub const SCHEMA_VERSION: u32 = 1;

/// The JSON schema of the JSON form.
pub const JSON_SCHEMA: &str = include_str!("../../../docs/drift.schema.json");

/// What changed between two documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Version of this form: [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// What BASE was.
    pub base: String,
    /// What REVISION was.
    pub revision: String,
    /// The whole in figures.
    pub summary: Summary,
    /// Every change of the documents.
    pub changes: Vec<Change>,
    /// Changes of Rust items that no change of the documents explains by its name.
    pub source_only: Vec<Delta>,
    /// Why the Rust items could not be compared; none if they were, or were not asked for.
    pub source_error: Option<String>,
    /// Things that a reader should know, for example overlay actions that match nothing.
    pub notes: Vec<String>,
}

/// The whole in figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// One sentence.
    pub line: String,
    /// The worst wire verdict.
    pub wire: Wire,
    /// The worst source verdict; none if the Rust items could not be compared, or were not asked for.
    pub source: Option<Source>,
    /// The version bump that semver asks of `ambient-sdk`, whose version is 0.x; none if there is no
    /// source verdict.
    pub bump: Option<Bump>,
    /// How many changes have which wire verdict.
    pub wire_counts: BTreeMap<Wire, usize>,
    /// How many changes of the documents have which source verdict, with the source-only ones.
    pub source_counts: BTreeMap<Source, usize>,
    /// How many Rust items changed.
    pub items: usize,
}

/// One change of the documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Id of the kind, as in `docs/drift.md`.
    pub kind: String,
    /// The part of OpenAPI that the kind belongs to.
    pub area: String,
    /// Where.
    pub location: Location,
    /// What, in a sentence.
    pub what: String,
    /// What happens to programs already built.
    pub wire: WireVerdict,
    /// What happens to Rust code.
    pub source: SourceVerdict,
}

/// Where a change is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// The operations that it reaches; empty if it is of the whole document, or of a schema that no
    /// operation uses.
    pub operations: Vec<Operation>,
    /// Requests, responses or the operation as a whole.
    pub directions: Vec<Direction>,
    /// JSON pointer into BASE; none if the thing is new.
    pub base: Option<String>,
    /// JSON pointer into REVISION; none if the thing is gone.
    pub revision: Option<String>,
}

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Its id, if it has one.
    pub id: Option<String>,
    /// Upper case.
    pub method: String,
    /// Path template.
    pub path: String,
}

/// The wire verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WireVerdict {
    /// The worst over all directions.
    pub verdict: Wire,
    /// Why.
    pub why: String,
    /// The verdict in each direction, where there are several.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub by_direction: BTreeMap<Direction, Wire>,
}

/// The source verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceVerdict {
    /// The worst over the items; none if there is no source verdict.
    pub verdict: Option<Source>,
    /// The public items that change because of this.
    pub items: Vec<Delta>,
}

/// Which changes are denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deny {
    /// Those that break Rust callers.
    Source,
    /// Those that break programs already built.
    Wire,
    /// Both.
    Any,
}

/// What a run says of the denied changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing denied: exit code 0.
    Fine,
    /// A denied change: exit code 1.
    Denied,
    /// It could not be told: exit code 2.
    Unclear,
}

impl Report {
    /// Whether there is any denied change. Without `deny` nothing is, but a comparison that could not
    /// be made is still unclear.
    pub fn outcome(&self, deny: Option<Deny>) -> Outcome {
        let minds_wire = matches!(deny, Some(Deny::Wire | Deny::Any));
        let minds_source = matches!(deny, Some(Deny::Source | Deny::Any));
        let breaks_wire = minds_wire && self.summary.wire == Wire::Breaking;
        let breaks_source = minds_source && self.summary.source == Some(Source::Breaking);
        if breaks_wire || breaks_source {
            return Outcome::Denied;
        }
        let is_wire_unclear = minds_wire && self.summary.wire == Wire::Unknown;
        let is_source_unclear = self.source_error.is_some() && (minds_source || deny.is_none());
        if is_wire_unclear || is_source_unclear { Outcome::Unclear } else { Outcome::Fine }
    }
}

impl Outcome {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Outcome::Fine => 0,
            Outcome::Denied => 1,
            Outcome::Unclear => 2,
        }
    }
}

/// What became of the comparison of Rust items.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rust {
    /// They were compared.
    Compared,
    /// They could not be.
    Refused,
    /// Nobody asked for it.
    NotAsked,
}

impl Summary {
    /// Sums up changes and left-over items.
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
        if changes == 0 && source_only == 0 && rust != Rust::Refused {
            return "no change".to_owned();
        }
        let wire = counted(&self.wire_counts, Wire::word);
        let plural = if changes == 1 { "change" } else { "changes" };
        let wire = format!("wire {}: {wire}", self.wire.word());
        if rust == Rust::NotAsked {
            return format!("{changes} {plural}; {wire}");
        }
        let source = match self.source {
            None => "source: could not be compared".to_owned(),
            Some(source) => {
                let counts = counted(&self.source_counts, Source::word);
                let items = if self.items == 1 { "item" } else { "items" };
                format!("source {}: {counts}, {} Rust {items}", source.word(), self.items)
            }
        };
        let bump = match self.bump {
            Some(Bump::None) => "no new version of ambient-sdk".to_owned(),
            Some(bump) => format!("ambient-sdk 0.x needs a {} version", bump.word()),
            None => "the version of ambient-sdk cannot be told".to_owned(),
        };
        let rest =
            if source_only > 0 { format!(" + {source_only} in Rust alone") } else { String::new() };
        format!("{changes} {plural}{rest}; {wire}; {source}; {bump}")
    }
}

fn count_items(changes: &[Change], source_only: &[Delta]) -> usize {
    let tied = changes.iter().flat_map(|change| &change.source.items);
    let items: std::collections::BTreeSet<&str> =
        tied.chain(source_only).map(|delta| delta.item.as_str()).collect();
    items.len()
}

/// `2 breaking, 3 compatible`, the worst first.
fn counted<V: Copy>(counts: &BTreeMap<V, usize>, word: impl Fn(V) -> &'static str) -> String {
    if counts.is_empty() {
        return "nothing".to_owned();
    }
    let parts: Vec<String> =
        counts.iter().rev().map(|(verdict, count)| format!("{count} {}", word(*verdict))).collect();
    parts.join(", ")
}
