//! Makes the report: compares documents and Rust items, and links the changes of both.

use std::{any::Any, collections::HashMap, panic::resume_unwind, thread};

use serde_json::Value;

use super::{
    cause::Cause,
    context::context,
    deep,
    document::{self, Document},
    finding::Finding,
    kind::meta::REARRANGED,
    report::{
        Change, Location, Operation, Report, Rust, SCHEMA_VERSION, SourceVerdict, Summary,
        WireVerdict,
    },
    source::{self, Delta, Found},
    verdict::{Direction, Source, Wire},
    walk::{Matched, canonical, walk},
};

/// One side of a comparison.
#[derive(Clone, Debug)]
pub struct Revision {
    /// The name in the report.
    pub name: String,
    /// The bundled document with its overlay applied, for the wire comparison.
    pub document: Value,
    /// The document that the generator reads.
    pub prepared: Prepared,
    /// Notes for the reader of the report.
    pub notes: Vec<String>,
    /// Whether `ambient-sdk-ext` has the resource layer of it.
    pub has_resources: bool,
}

/// The document that the generator reads, if there is one.
#[derive(Clone, Debug)]
pub enum Prepared {
    /// The document.
    Document(Value),
    /// The document could not be prepared, for this reason.
    Failed(String),
    /// The comparison of Rust items was not requested.
    Skipped,
}

impl Prepared {
    fn document(&self) -> Option<&Value> {
        match self {
            Self::Document(document) => Some(document),
            Self::Failed(_) | Self::Skipped => None,
        }
    }
}

/// The result of the comparison of Rust items.
enum RustComparison {
    Compared(Vec<Found>),
    Failed(String),
    Skipped,
}

/// Compares two revisions of a document.
pub fn compare(base: &Revision, revision: &Revision) -> Report {
    let (rust, Compared { mut findings, operations }) = thread::scope(|scope| {
        let rust = scope.spawn(|| compare_rust(base, revision));
        let walked = match deep::spawn(scope, || compare_wire(base, revision)) {
            Ok(walked) => walked.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => compare_wire(base, revision),
        };
        let failed = |panic: Box<dyn Any + Send>| RustComparison::Failed(source::message(&*panic));
        (rust.join().unwrap_or_else(failed), walked)
    });
    let (rust, found, source_error) = match rust {
        RustComparison::Compared(found) => (Rust::Compared, found, None),
        RustComparison::Failed(why) => (Rust::Failed, Vec::new(), Some(why)),
        RustComparison::Skipped => (Rust::Skipped, Vec::new(), None),
    };
    if findings.is_empty() && differ(&base.document, &revision.document) {
        findings.push(rearranged(&found));
    }
    let ties = source::tie(&found, &causes(base, revision, &findings, &operations));
    let deltas: Vec<Delta> = found.into_iter().map(|found| found.delta).collect();
    let items = by_cause(&deltas, &ties, findings.len());
    let has_source = rust == Rust::Compared;
    let changes: Vec<Change> = findings
        .iter()
        .zip(items)
        .map(|(finding, items)| change(finding, (base, revision), items, &operations, has_source))
        .collect();
    let source_only = deltas.iter().zip(&ties).filter(|(_, ties)| ties.is_empty());
    let source_only: Vec<Delta> = source_only.map(|(delta, _)| delta.clone()).collect();
    Report {
        schema_version: SCHEMA_VERSION,
        base: base.name.clone(),
        revision: revision.name.clone(),
        summary: Summary::of(&changes, &source_only, rust),
        changes,
        source_only,
        source_error,
        notes: side_notes(base, revision),
    }
}

/// Returns whether two documents differ in more than order and spelling.
fn differ(base: &Value, revision: &Value) -> bool {
    base != revision && canonical("", base) != canonical("", revision)
}

/// Returns the finding for two documents that differ although the comparison found no change.
fn rearranged(found: &[Found]) -> Finding {
    let verdict = match found {
        [] => (Wire::None, REARRANGED.case(Direction::Whole).why),
        _ => (Wire::Unknown, "Rust items change, so the documents differ in meaning"),
    };
    Finding::whole(&REARRANGED, "document rearranged", verdict)
}

/// Returns the notes of both sides without duplicates.
fn side_notes(base: &Revision, revision: &Revision) -> Vec<String> {
    let is_shared = |note: &&String| revision.notes.contains(note);
    let (shared, old): (Vec<&String>, Vec<&String>) = base.notes.iter().partition(is_shared);
    let new = revision.notes.iter().filter(|note| !base.notes.contains(note));
    let old = old.into_iter().map(|note| format!("base: {note}"));
    let new = new.map(|note| format!("revision: {note}"));
    old.chain(new).chain(shared.into_iter().map(|note| format!("both: {note}"))).collect()
}

/// Compares the Rust items of both sides.
fn compare_rust(base: &Revision, revision: &Revision) -> RustComparison {
    let deltas = match (&base.prepared, &revision.prepared) {
        (Prepared::Skipped, _) | (_, Prepared::Skipped) => return RustComparison::Skipped,
        (Prepared::Failed(why), _) => Err(format!("base: {why}")),
        (_, Prepared::Failed(why)) => Err(format!("revision: {why}")),
        (Prepared::Document(old), Prepared::Document(new)) if old == new => Ok(Vec::new()),
        (Prepared::Document(old), Prepared::Document(new)) => {
            source::deltas(old, new, base.has_resources || revision.has_resources)
        }
    };
    deltas.map_or_else(RustComparison::Failed, RustComparison::Compared)
}

/// An operation as the report shows it, and its ids in both documents.
struct Named {
    shown: Operation,
    ids: Vec<String>,
}

/// The findings of the document comparison, and the operations that they refer to by index.
struct Compared {
    findings: Vec<Finding>,
    operations: Vec<Named>,
}

fn compare_wire(base: &Revision, revision: &Revision) -> Compared {
    let walked = walk(&base.document, &revision.document);
    let (old, new) = (ids(&base.prepared), ids(&revision.prepared));
    let operations = walked.operations.iter().map(|matched| named(matched, &old, &new)).collect();
    Compared { findings: walked.findings, operations }
}

/// The ids of operations by their paths and methods.
type Ids<'a> = HashMap<(&'a str, &'a str), &'a str>;

/// Returns the operation ids of a prepared document, in which every operation has one.
fn ids(prepared: &Prepared) -> Ids<'_> {
    let Some(document) = prepared.document() else { return Ids::new() };
    let operations = document::operations(&Document::new(document)).into_iter();
    operations.filter_map(|one| Some(((one.path, one.method), one.id()?))).collect()
}

fn named(matched: &Matched<'_>, old: &Ids<'_>, new: &Ids<'_>) -> Named {
    let id = |operation: &document::Operation<'_>, ids: &Ids<'_>| {
        let id = operation.id().or_else(|| ids.get(&(operation.path, operation.method)).copied());
        id.map(str::to_owned)
    };
    let base = matched.base.as_ref().map(|operation| (operation, id(operation, old)));
    let revision = matched.revision.as_ref().map(|operation| (operation, id(operation, new)));
    let mut ids: Vec<String> =
        base.iter().chain(&revision).filter_map(|(_, id)| id.clone()).collect();
    ids.dedup();
    let shown = revision.or(base);
    let shown = shown.map(|(operation, id)| Operation {
        id,
        method: operation.method.to_uppercase(),
        path: operation.path.to_owned(),
    });
    let nameless = || Operation { id: None, method: String::new(), path: String::new() };
    Named { shown: shown.unwrap_or_else(nameless), ids }
}

fn causes(
    base: &Revision,
    revision: &Revision,
    findings: &[Finding],
    operations: &[Named],
) -> Vec<Cause> {
    let documents = (&base.document, &revision.document);
    let cause = |finding: &Finding| {
        let reached = finding.operations.iter().flat_map(|index| &operations[*index].ids);
        let ids: Vec<String> = reached.cloned().collect();
        Cause::of(finding, documents, &ids)
    };
    findings.iter().map(cause).collect()
}

/// Returns the deltas of each finding.
fn by_cause(deltas: &[Delta], ties: &[Vec<usize>], findings: usize) -> Vec<Vec<Delta>> {
    let mut own = vec![Vec::new(); findings];
    for (delta, causes) in deltas.iter().zip(ties) {
        for cause in causes {
            own[*cause].push(delta.clone());
        }
    }
    own
}

fn change(
    finding: &Finding,
    (base, revision): (&Revision, &Revision),
    items: Vec<Delta>,
    operations: &[Named],
    has_source: bool,
) -> Change {
    let (verdict, why) = finding.worst();
    let by_direction = finding.cases.iter().map(|(direction, (verdict, _))| (*direction, *verdict));
    let source = items.iter().map(|item| item.verdict).max().unwrap_or(Source::Unchanged);
    Change {
        kind: finding.rule.id.to_owned(),
        area: finding.rule.area.to_owned(),
        location: Location {
            operations: finding
                .operations
                .iter()
                .map(|index| operations[*index].shown.clone())
                .collect(),
            directions: finding.cases.keys().copied().collect(),
            base: finding.place.base.clone(),
            revision: finding.place.revision.clone(),
        },
        what: sentence(finding, base, revision),
        wire: WireVerdict {
            verdict,
            why: why.to_owned(),
            by_direction: if finding.cases.len() > 1 {
                by_direction.collect()
            } else {
                Default::default()
            },
        },
        source: SourceVerdict { verdict: has_source.then_some(source), items },
    }
}

/// Returns the sentence of a finding, with the parameter, response or property that changed.
fn sentence(finding: &Finding, base: &Revision, revision: &Revision) -> String {
    let context = match (&finding.place.revision, &finding.place.base) {
        (Some(pointer), _) => context(&revision.document, pointer),
        (None, Some(pointer)) => context(&base.document, pointer),
        (None, None) => String::new(),
    };
    // Many sentences already name their subject.
    let has_context = finding.what.starts_with(&context)
        || (!finding.subject.is_empty() && context.ends_with(&format!("`{}`", finding.subject)));
    if has_context {
        return finding.what.clone();
    }
    format!("{context}: {}", finding.what)
}
