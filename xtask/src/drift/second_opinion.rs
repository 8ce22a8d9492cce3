//! A second comparison, by the `drift` crate, for what the walk may have missed.
//!
//! It panics at some documents, so it runs shielded: when it does, the operations are halved until
//! the one that it panics at stands alone, and the opinion on that one is lost. It says "unhandled"
//! of much that the walk tells exactly, so only what the walk is silent about is taken over, and then
//! as unknown, never as a verdict.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

use drift::ChangeComparison;
use serde_json::{Map, Value};

use super::{
    document::{METHODS, Operation, escape},
    finding::{Finding, Place},
    quiet::quietly,
    source::said,
    verdict::Direction,
    walk::Walked,
};

/// What only the second comparison sees.
#[derive(Debug)]
pub(super) struct Extra {
    pub(super) place: Place,
    pub(super) direction: Direction,
    pub(super) what: String,
    /// Numbers of the operations that lead there.
    pub(super) operations: BTreeSet<usize>,
}

/// What the second comparison adds, and notes on operations that it could not compare.
#[derive(Debug, Default)]
pub(super) struct Opinion {
    pub(super) extras: Vec<Extra>,
    pub(super) notes: Vec<String>,
}

/// An operation that both documents have under the same path.
struct Both<'w> {
    index: usize,
    base: &'w Operation<'w>,
    revision: &'w Operation<'w>,
}

/// Compares every operation that both documents have under the same path.
pub(super) fn second_opinion(base: &Value, revision: &Value, walked: &Walked<'_>) -> Opinion {
    let mut second = Second {
        old: without_paths(base),
        new: without_paths(revision),
        walked,
        known: Known::of(&walked.findings),
        opinion: Opinion::default(),
    };
    rename(&mut second.old, &walked.renamed);
    match compare(&second.old, &second.new) {
        Ok(_) => second.operations(&comparable(walked)),
        Err(why) => second.opinion.notes.push(format!("no second opinion: {why}")),
    }
    second.opinion
}

fn comparable<'w>(walked: &'w Walked<'w>) -> Vec<Both<'w>> {
    let both = |(index, matched): (usize, &'w super::walk::Matched<'w>)| {
        let (base, revision) = (matched.base.as_ref()?, matched.revision.as_ref()?);
        let is_same = (base.method, base.route()) == (revision.method, revision.route());
        is_same.then_some(Both { index, base, revision })
    };
    walked.operations.iter().enumerate().filter_map(both).collect()
}

struct Second<'w> {
    /// The documents, with the paths that are looked at right now.
    old: Value,
    new: Value,
    walked: &'w Walked<'w>,
    known: Known,
    opinion: Opinion,
}

impl Second<'_> {
    fn operations(&mut self, operations: &[Both<'_>]) {
        let Some(first) = operations.first() else { return };
        self.old["paths"] = paths(operations.iter().map(|both| both.base));
        self.new["paths"] = paths(operations.iter().map(|both| both.revision));
        rename_references(&mut self.old["paths"], &self.walked.renamed);
        match compare(&self.old, &self.new) {
            Ok(changes) => self.opinion.take(changes, operations, &self.known),
            Err(_) if operations.len() > 1 => {
                let (left, right) = operations.split_at(operations.len() / 2);
                self.operations(left);
                self.operations(right);
            }
            Err(why) => {
                let title = format!("{} {}", first.base.method.to_uppercase(), first.base.path);
                self.opinion.notes.push(format!("no second opinion on {title}: {why}"));
            }
        }
    }
}

fn compare(old: &Value, new: &Value) -> Result<Vec<drift::Change>, String> {
    let compared = quietly(|| catch_unwind(AssertUnwindSafe(|| drift::compare(old, new))));
    match compared {
        Ok(changes) => changes.map_err(|error| format!("{error:#}")),
        Err(panic) => Err(format!("the comparison panicked: {}", said(&*panic))),
    }
}

impl Opinion {
    /// Takes over what no finding covers, each place once.
    fn take(&mut self, changes: Vec<drift::Change>, operations: &[Both<'_>], known: &Known) {
        for change in changes {
            let Some(path) = change.paths.first() else { continue };
            for info in &change.changes {
                let place = Place {
                    base: pointer(path.old.base_and_subpath().0, &info.old_subpath),
                    revision: pointer(path.new.base_and_subpath().0, &info.new_subpath),
                };
                if known.covers(&place) {
                    continue;
                }
                let same =
                    self.extras.iter_mut().find(|e| e.place == place && e.what == info.message);
                match same {
                    Some(extra) => extra.operations.extend(reached(&change, operations)),
                    None => self.extras.push(Extra {
                        place,
                        direction: direction(path.comparison),
                        what: info.message.clone(),
                        operations: reached(&change, operations),
                    }),
                }
            }
        }
    }
}

/// The operations whose paths lead to a change.
fn reached(change: &drift::Change, operations: &[Both<'_>]) -> BTreeSet<usize> {
    let starts: Vec<&str> =
        change.paths.iter().filter_map(|path| path.old.endpoint_base()).collect();
    let leads = |both: &&Both<'_>| {
        let own = &both.base.node.pointer;
        starts.iter().any(|start| is_inside(start, own) || is_inside(own, start))
    };
    operations.iter().filter(leads).map(|both| both.index).collect()
}

fn direction(comparison: ChangeComparison) -> Direction {
    match comparison {
        ChangeComparison::Input => Direction::Request,
        ChangeComparison::Output => Direction::Response,
        ChangeComparison::Structural => Direction::Whole,
    }
}

fn pointer(base: &str, subpath: &str) -> Option<String> {
    Some(if subpath.is_empty() { base.to_owned() } else { format!("{base}/{subpath}") })
}

/// Where the findings are, in both documents.
struct Known {
    base: BTreeSet<String>,
    revision: BTreeSet<String>,
}

impl Known {
    fn of(findings: &[Finding]) -> Self {
        let base = findings.iter().filter_map(|finding| finding.place.base.clone());
        let revision = findings.iter().filter_map(|finding| finding.place.revision.clone());
        Self { base: base.collect(), revision: revision.collect() }
    }

    /// Whether a finding stands at the place, inside it or around it, in either document.
    fn covers(&self, place: &Place) -> bool {
        let is_near = |known: &BTreeSet<String>, place: &Option<String>| {
            place.as_ref().is_some_and(|place| is_among(known, place))
        };
        is_near(&self.base, &place.base) || is_near(&self.revision, &place.revision)
    }
}

fn is_among(known: &BTreeSet<String>, pointer: &str) -> bool {
    let below = format!("{pointer}/");
    let is_around = pointer.match_indices('/').any(|(end, _)| known.contains(&pointer[..end]));
    let mut inside = known.range(below.clone()..);
    is_around || known.contains(pointer) || inside.next().is_some_and(|one| one.starts_with(&below))
}

fn is_inside(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn without_paths(document: &Value) -> Value {
    let members = document.as_object().into_iter().flatten();
    let mut members: Map<String, Value> = members
        .filter(|(key, _)| *key != "paths")
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    members.insert("paths".to_owned(), Value::Object(Map::new()));
    Value::Object(members)
}

/// Gives the component schemas of the base their new names: it takes a renamed one for another.
fn rename(document: &mut Value, renamed: &BTreeSet<(String, String)>) {
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    if let Some(schemas) = schemas {
        for (old, new) in renamed {
            if let Some(schema) = schemas.shift_remove(old) {
                schemas.insert(new.clone(), schema);
            }
        }
    }
    rename_references(document, renamed);
}

fn rename_references(value: &mut Value, renamed: &BTreeSet<(String, String)>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| rename_references(item, renamed)),
        Value::Object(members) => {
            for (key, member) in members.iter_mut() {
                let new = member
                    .as_str()
                    .filter(|_| key == "$ref")
                    .and_then(|target| new_target(target, renamed));
                match new {
                    Some(new) => *member = Value::String(new),
                    None => rename_references(member, renamed),
                }
            }
        }
        _ => {}
    }
}

fn new_target(target: &str, renamed: &BTreeSet<(String, String)>) -> Option<String> {
    const SCHEMAS: &str = "#/components/schemas/";
    let name = target.strip_prefix(SCHEMAS)?;
    let (_, new) = renamed.iter().find(|(old, _)| escape(old) == name)?;
    Some(format!("{SCHEMAS}{}", escape(new)))
}

/// The paths of a document that has these operations alone.
fn paths<'a>(operations: impl Iterator<Item = &'a Operation<'a>>) -> Value {
    let mut paths = Map::new();
    for operation in operations {
        let item = paths.entry(operation.path).or_insert_with(|| {
            let members = operation.item.value.as_object().into_iter().flatten();
            let shared = members.filter(|(key, _)| !METHODS.contains(&key.as_str()));
            shared.map(|(key, value)| (key.clone(), value.clone())).collect()
        });
        item[operation.method] = operation.node.value.clone();
    }
    Value::Object(paths)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::second_opinion;
    use crate::drift::walk::{Walked, walk};

    fn document(content: Value) -> Value {
        json!({
            "openapi": "3.0.3",
            "info": {"title": "Made up", "version": "1"},
            "paths": {"/things": {"get": {"responses": {"200": {"description": "OK", "content": content}}}}},
        })
    }

    #[test]
    fn a_panic_costs_a_note_and_nothing_else() {
        let base = document(json!({"application/json": {"schema": {"type": "string"}}}));
        let revision = document(json!({"text/plain": {"schema": {"type": "string"}}}));
        let walked = walk(&base, &revision);
        let opinion = second_opinion(&base, &revision, &walked);
        assert_eq!(opinion.notes.len(), 1, "{opinion:?}");
        assert!(
            opinion.notes[0]
                .starts_with("no second opinion on GET /things: the comparison panicked")
        );
        assert_eq!(walked.findings.len(), 2);
    }

    #[test]
    fn what_the_walk_knows_is_not_repeated_and_what_it_does_not_is_taken() {
        let base = document(json!({"application/json": {"schema": {"type": "string"}}}));
        let revision = document(json!({"application/json": {"schema": {"type": "integer"}}}));
        let walked = walk(&base, &revision);
        let opinion = second_opinion(&base, &revision, &walked);
        assert!(opinion.extras.is_empty(), "{opinion:?}");
        let silent = Walked { findings: Vec::new(), ..walked };
        let opinion = second_opinion(&base, &revision, &silent);
        assert_eq!(opinion.extras.len(), 1, "{opinion:?}");
        let pointer = "#/paths/~1things/get/responses/200/content/application~1json/schema";
        assert_eq!(opinion.extras[0].place.base.as_deref(), Some(pointer));
    }
}
