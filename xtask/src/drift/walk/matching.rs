//! Which operation of the base is which one of the revision.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::{Matched, flatten::Flat};
use crate::drift::document::{Document, Node, Operation, name_of};

/// Operations whose paths share fewer segments than this are not taken for one that moved.
const LEAST_ALIKE: f64 = 0.5;

/// Matches by method and route; then by id; then by shape, where only one of each has it.
pub(super) fn match_operations<'a>(
    base: Vec<Operation<'a>>,
    revision: Vec<Operation<'a>>,
    base_document: Document<'a>,
    revision_document: Document<'a>,
) -> Vec<Matched<'a>> {
    let routes = pairs_by(&base, &revision, |operation: &Operation<'a>| {
        Some((operation.method, operation.route()))
    });
    let mut partner: HashMap<usize, usize> = routes.into_iter().collect();
    let (left, right) = unmatched(&base, &revision, &partner);
    partner.extend(pairs_among(&base, &revision, &left, &right, |operation, _| {
        operation.id().map(str::to_owned)
    }));
    let (left, right) = unmatched(&base, &revision, &partner);
    let shape = |operation: &Operation<'a>, is_base: bool| {
        let document = if is_base { base_document } else { revision_document };
        Some((operation.method, shape(document, operation)))
    };
    let by_shape = pairs_among(&base, &revision, &left, &right, shape);
    partner
        .extend(by_shape.into_iter().filter(|(old, new)| are_alike(&base[*old], &revision[*new])));
    join(base, revision, &partner)
}

fn pairs_by<'a, K: Eq + std::hash::Hash>(
    base: &[Operation<'a>],
    revision: &[Operation<'a>],
    key: impl Fn(&Operation<'a>) -> Option<K>,
) -> Vec<(usize, usize)> {
    let left: Vec<usize> = (0..base.len()).collect();
    let right: Vec<usize> = (0..revision.len()).collect();
    pairs_among(base, revision, &left, &right, |operation, _| key(operation))
}

/// Pairs of the given operations whose key is the same and unique on both sides.
fn pairs_among<'a, K: Eq + std::hash::Hash>(
    base: &[Operation<'a>],
    revision: &[Operation<'a>],
    left: &[usize],
    right: &[usize],
    key: impl Fn(&Operation<'a>, bool) -> Option<K>,
) -> Vec<(usize, usize)> {
    let mut by_key: HashMap<K, (Vec<usize>, Vec<usize>)> = HashMap::new();
    for index in left {
        if let Some(key) = key(&base[*index], true) {
            by_key.entry(key).or_default().0.push(*index);
        }
    }
    for index in right {
        if let Some(key) = key(&revision[*index], false) {
            by_key.entry(key).or_default().1.push(*index);
        }
    }
    let unique = |(left, right): (Vec<usize>, Vec<usize>)| match (&left[..], &right[..]) {
        ([old], [new]) => Some((*old, *new)),
        _ => None,
    };
    by_key.into_values().filter_map(unique).collect()
}

fn unmatched(
    base: &[Operation<'_>],
    revision: &[Operation<'_>],
    partner: &HashMap<usize, usize>,
) -> (Vec<usize>, Vec<usize>) {
    let taken: HashSet<usize> = partner.values().copied().collect();
    let left = (0..base.len()).filter(|index| !partner.contains_key(index)).collect();
    let right = (0..revision.len()).filter(|index| !taken.contains(index)).collect();
    (left, right)
}

/// The operations of the base in their order, then those that only the revision has.
fn join<'a>(
    base: Vec<Operation<'a>>,
    revision: Vec<Operation<'a>>,
    partner: &HashMap<usize, usize>,
) -> Vec<Matched<'a>> {
    let mut revision: Vec<Option<Operation<'a>>> = revision.into_iter().map(Some).collect();
    let mut joined = Vec::new();
    for (index, operation) in base.into_iter().enumerate() {
        let other = partner.get(&index).and_then(|new| revision.get_mut(*new)?.take());
        joined.push(Matched { base: Some(operation), revision: other });
    }
    let rest = revision.into_iter().flatten();
    joined.extend(rest.map(|operation| Matched { base: None, revision: Some(operation) }));
    joined
}

/// What an operation takes and gives, without its names and prose.
fn shape(document: Document<'_>, operation: &Operation<'_>) -> String {
    let mut members = Map::new();
    for (key, child) in operation.node.entries() {
        if matches!(key, "parameters" | "requestBody" | "responses" | "security") {
            members.insert(key.to_owned(), without_prose(document, &child));
        }
    }
    Value::Object(members).to_string()
}

fn without_prose(document: Document<'_>, node: &Node<'_>) -> Value {
    let is_schema = node.reference().is_some_and(|target| target.contains("/schemas/"));
    let node = if is_schema { node.clone() } else { document.resolve(node.clone()) };
    if node.value.is_array() {
        return Value::Array(
            node.items().iter().map(|item| without_prose(document, item)).collect(),
        );
    }
    if node.object().is_none() {
        return node.value.clone();
    }
    let prose = ["description", "summary", "title", "example", "examples"];
    let kept = node.entries().into_iter().filter(|(key, _)| !prose.contains(key));
    kept.map(|(key, child)| (key.to_owned(), without_prose(document, &child))).collect()
}

/// The same last fixed segment, and half of the path in common: other resources of the same shape
/// are not the same operation.
fn are_alike(base: &Operation<'_>, revision: &Operation<'_>) -> bool {
    let (old, new) = (base.route(), revision.route());
    let old: Vec<&str> = old.split('/').filter(|segment| !segment.is_empty()).collect();
    let new: Vec<&str> = new.split('/').filter(|segment| !segment.is_empty()).collect();
    let last = |segments: &[&str]| {
        segments.iter().rfind(|segment| !segment.contains('{')).map(|s| s.to_string())
    };
    last(&old) == last(&new) && share(&old, &new) >= LEAST_ALIKE
}

/// Whether two component schemas have enough in common to be one that got another name.
pub(super) fn are_same_schema<'a>(
    (base_document, base): (Document<'a>, &Node<'a>),
    (revision_document, revision): (Document<'a>, &Node<'a>),
) -> bool {
    let old = Flat::of(base_document, base.clone());
    let new = Flat::of(revision_document, revision.clone());
    if old.properties.is_empty() && new.properties.is_empty() {
        return name_of(&old.pointer) == name_of(&new.pointer) || base.value == revision.value;
    }
    let old: Vec<&str> = old.properties.keys().copied().collect();
    let new: Vec<&str> = new.properties.keys().copied().collect();
    share(&old, &new) >= LEAST_ALIKE
}

/// How much two lists have in common: 0 nothing, 1 everything.
fn share(old: &[&str], new: &[&str]) -> f64 {
    let common = old.iter().filter(|item| new.contains(item)).count();
    let all = old.len() + new.len() - common;
    if all == 0 { 1.0 } else { common as f64 / all as f64 }
}
