//! Matches the operations of BASE with those of REVISION.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use serde_json::{Map, Value};

use super::{Matched, PROSE, flatten::Flat};
use crate::drift::document::{Document, Node, Operation, name_of, operations};

/// Operations whose paths share a smaller part than this are not matched as moved.
const MIN_SHARE: f64 = 0.5;

/// The operations of both documents and their matches.
pub(super) struct Matching<'d, 'a> {
    documents: Sides<&'d Document<'a>>,
    operations: Sides<Vec<Operation<'a>>>,
    /// The index in REVISION for the index in BASE.
    partners: HashMap<usize, usize>,
}

/// A value for each document.
struct Sides<T> {
    base: T,
    revision: T,
}

impl<'d, 'a> Matching<'d, 'a> {
    /// Matches by method and route, then by id, then by shape. Each key must be unique in both documents.
    pub(super) fn of(base: &'d Document<'a>, revision: &'d Document<'a>) -> Self {
        let mut matching = Self {
            documents: Sides { base, revision },
            operations: Sides { base: operations(base), revision: operations(revision) },
            partners: HashMap::new(),
        };
        matching.pair(|_, operation| Some((operation.method, operation.route())), |_, _| true);
        matching.pair(|_, operation| operation.id(), |_, _| true);
        matching.pair(
            |document, operation| Some((operation.method, shape(document, operation))),
            are_alike,
        );
        matching
    }

    /// Pairs operations without a partner whose key is equal and unique on both sides, if `may_be_one`
    /// accepts them.
    fn pair<K: Eq + Hash>(
        &mut self,
        key: impl Fn(&Document<'a>, &Operation<'a>) -> Option<K>,
        may_be_one: impl Fn(&Operation<'a>, &Operation<'a>) -> bool,
    ) {
        let taken: HashSet<usize> = self.partners.values().copied().collect();
        let mut by_key: HashMap<K, Sides<Vec<usize>>> = HashMap::new();
        let none = || Sides { base: Vec::new(), revision: Vec::new() };
        for (index, operation) in self.operations.base.iter().enumerate() {
            if !self.partners.contains_key(&index)
                && let Some(key) = key(self.documents.base, operation)
            {
                by_key.entry(key).or_insert_with(none).base.push(index);
            }
        }
        for (index, operation) in self.operations.revision.iter().enumerate() {
            if !taken.contains(&index)
                && let Some(key) = key(self.documents.revision, operation)
            {
                by_key.entry(key).or_insert_with(none).revision.push(index);
            }
        }
        let Sides { base, revision } = &self.operations;
        self.partners.extend(by_key.into_values().filter_map(|same| {
            let ([old], [new]) = (&same.base[..], &same.revision[..]) else { return None };
            may_be_one(&base[*old], &revision[*new]).then_some((*old, *new))
        }));
    }

    /// Returns the operations of BASE in their order, then those that only REVISION has.
    pub(super) fn operations(self) -> Vec<Matched<'a>> {
        let Sides { base, revision } = self.operations;
        let mut revision: Vec<Option<Operation<'a>>> = revision.into_iter().map(Some).collect();
        let mut matched = Vec::new();
        for (index, operation) in base.into_iter().enumerate() {
            let other = self.partners.get(&index).and_then(|new| revision.get_mut(*new)?.take());
            matched.push(Matched { base: Some(operation), revision: other });
        }
        let rest = revision.into_iter().flatten();
        matched.extend(rest.map(|operation| Matched { base: None, revision: Some(operation) }));
        matched
    }
}

/// Returns the parameters, bodies and security of an operation, without names and documentation.
fn shape(document: &Document<'_>, operation: &Operation<'_>) -> String {
    let mut members = Map::new();
    for (key, child) in operation.node.entries() {
        if matches!(key, "parameters" | "requestBody" | "responses" | "security") {
            members.insert(key.to_owned(), without_prose(document, &child));
        }
    }
    Value::Object(members).to_string()
}

fn without_prose(document: &Document<'_>, node: &Node<'_>) -> Value {
    let is_schema = node.reference().is_some_and(|target| target.contains("/schemas/"));
    let node = if is_schema { node.clone() } else { document.resolve(node.clone()) };
    if node.value.is_array() {
        return node.items().map(|item| without_prose(document, &item)).collect();
    }
    if node.object().is_none() {
        return node.value.clone();
    }
    let kept = node.entries().filter(|(key, _)| !PROSE.contains(key));
    kept.map(|(key, child)| (key.to_owned(), without_prose(document, &child))).collect()
}

/// Returns whether two paths have the same last fixed segment and share half of their segments:
/// operations of other resources often have the same shape.
fn are_alike(base: &Operation<'_>, revision: &Operation<'_>) -> bool {
    let (old, new) = (base.route(), revision.route());
    let old: Vec<&str> = old.split('/').filter(|segment| !segment.is_empty()).collect();
    let new: Vec<&str> = new.split('/').filter(|segment| !segment.is_empty()).collect();
    let last = |segments: &[&str]| {
        segments.iter().rfind(|segment| !segment.contains('{')).map(|s| s.to_string())
    };
    last(&old) == last(&new) && share(&old, &new) >= MIN_SHARE
}

/// Returns whether two component schemas are similar enough to be one that was renamed.
pub(super) fn are_same_schema<'a>(
    (base_document, base): (&Document<'a>, &Node<'a>),
    (revision_document, revision): (&Document<'a>, &Node<'a>),
) -> bool {
    let old = Flat::of(base_document, base);
    let new = Flat::of(revision_document, revision);
    if old.properties.is_empty() && new.properties.is_empty() {
        let name = |flat: &Flat<'a>| {
            flat.owners.first().map(|owner| name_of(&owner.node.pointer.to_string()))
        };
        return name(&old) == name(&new) || base.value == revision.value;
    }
    let old: Vec<&str> = old.properties.keys().copied().collect();
    let new: Vec<&str> = new.properties.keys().copied().collect();
    share(&old, &new) >= MIN_SHARE
}

/// Returns the share of common items of two lists, from 0 to 1.
fn share(old: &[&str], new: &[&str]) -> f64 {
    let kept: HashSet<&str> = new.iter().copied().collect();
    let common = old.iter().filter(|item| kept.contains(**item)).count();
    let all = old.len() + new.len() - common;
    if all == 0 { 1.0 } else { common as f64 / all as f64 }
}
