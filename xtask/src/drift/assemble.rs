//! Makes the report: compares documents and items, and puts together what belongs together.

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
    /// What it is called in the report.
    pub name: String,
    /// The bundled document with its overlay applied: what is compared for the wire.
    pub document: Value,
    /// The document that the generator reads.
    pub prepared: Prepared,
    /// What a reader should know of it.
    pub notes: Vec<String>,
    /// Whether `ambient-sdk-ext` has the resource layer of it.
    pub has_resources: bool,
}

/// The document that the generator reads, if there is one.
#[derive(Clone, Debug)]
pub enum Prepared {
    /// The document.
    Document(Value),
    /// There is none, for this reason.
    Refused(String),
    /// There is none, because the Rust half is left out.
    NotAsked,
}

impl Prepared {
    fn document(&self) -> Option<&Value> {
        match self {
            Self::Document(document) => Some(document),
            Self::Refused(_) | Self::NotAsked => None,
        }
    }
}

/// What became of the Rust half.
enum Half {
    Compared(Vec<Found>),
    Refused(String),
    NotAsked,
}

/// Compares two revisions of a document.
pub fn compare(base: &Revision, revision: &Revision) -> Report {
    let (half, Compared { mut findings, operations }) = thread::scope(|scope| {
        let half = scope.spawn(|| half(base, revision));
        let walked = match deep::spawn(scope, || compare_wire(base, revision)) {
            Ok(walked) => walked.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => compare_wire(base, revision),
        };
        let refused = |panic: Box<dyn Any + Send>| Half::Refused(source::said(&*panic));
        (half.join().unwrap_or_else(refused), walked)
    });
    let (rust, found, source_error) = match half {
        Half::Compared(found) => (Rust::Compared, found, None),
        Half::Refused(why) => (Rust::Refused, Vec::new(), Some(why)),
        Half::NotAsked => (Rust::NotAsked, Vec::new(), None),
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

/// Whether two documents are more than one document in another order or spelling.
fn differ(base: &Value, revision: &Value) -> bool {
    base != revision && canonical("", base) != canonical("", revision)
}

/// What is said of two documents that differ, while the comparison does not tell how.
fn rearranged(found: &[Found]) -> Finding {
    let verdict = match found {
        [] => (Wire::None, REARRANGED.case(Direction::Whole).why),
        _ => (Wire::Unknown, "Rust items change, so the documents do not mean the same"),
    };
    Finding::whole(&REARRANGED, "rearranged", verdict)
}

/// The notes of both sides, each once.
fn side_notes(base: &Revision, revision: &Revision) -> Vec<String> {
    let is_shared = |note: &&String| revision.notes.contains(note);
    let (shared, old): (Vec<&String>, Vec<&String>) = base.notes.iter().partition(is_shared);
    let new = revision.notes.iter().filter(|note| !base.notes.contains(note));
    let old = old.into_iter().map(|note| format!("base: {note}"));
    let new = new.map(|note| format!("revision: {note}"));
    old.chain(new).chain(shared.into_iter().map(|note| format!("both: {note}"))).collect()
}

/// Compares the Rust items of both sides.
fn half(base: &Revision, revision: &Revision) -> Half {
    let deltas = match (&base.prepared, &revision.prepared) {
        (Prepared::NotAsked, _) | (_, Prepared::NotAsked) => return Half::NotAsked,
        (Prepared::Refused(why), _) => Err(format!("base: {why}")),
        (_, Prepared::Refused(why)) => Err(format!("revision: {why}")),
        (Prepared::Document(old), Prepared::Document(new)) if old == new => Ok(Vec::new()),
        (Prepared::Document(old), Prepared::Document(new)) => {
            source::deltas(old, new, base.has_resources || revision.has_resources)
        }
    };
    deltas.map_or_else(Half::Refused, Half::Compared)
}

/// The two names of an operation in the report, and its ids in both documents.
struct Named {
    shown: Operation,
    ids: Vec<String>,
}

/// What the comparison of the documents found, and the operations that it names by number.
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

/// The operation ids of a prepared document, where every operation has one.
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

/// The deltas of each finding.
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

/// What changed, with the parameter, response or property that it changed of.
fn sentence(finding: &Finding, base: &Revision, revision: &Revision) -> String {
    let context = match (&finding.place.revision, &finding.place.base) {
        (Some(pointer), _) => context(&revision.document, pointer),
        (None, Some(pointer)) => context(&base.document, pointer),
        (None, None) => String::new(),
    };
    // Many sentences name their subject themselves.
    let is_said = finding.what.starts_with(&context)
        || (!finding.subject.is_empty() && context.ends_with(&format!("`{}`", finding.subject)));
    if is_said {
        return finding.what.clone();
    }
    format!("{context}: {}", finding.what)
}
