//! Items with a name that another operation, property or value had. Code that uses them compiles and does
//! something else, so the signatures do not show the change.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Delta, Found, compare::shown, items::Items};
use crate::drift::{
    cause::plain,
    document::{Document, Operation, operations},
    verdict::Source,
};

const OTHER_OPERATION: &str = "code that calls it compiles, and calls another operation";
const OTHER_NAME: &str =
    "code that uses it compiles, and uses another property, value or parameter";

/// Returns the methods of both clients that call another operation in REVISION, although it still has the
/// operation that they call in BASE.
pub(super) fn methods(
    (base, old): (&Value, &Items),
    (revision, new): (&Value, &Items),
) -> Vec<Found> {
    let (base, revision) = (Document::new(base), Document::new(revision));
    let (before, after) = (operations(&base), operations(&revision));
    let by_id: HashMap<&str, &Operation<'_>> =
        after.iter().filter_map(|operation| Some((operation.id()?, operation))).collect();
    let kept: HashSet<_> = after.iter().map(request).collect();
    let exchanged = before.iter().filter_map(|operation| {
        let other = by_id.get(operation.id()?)?;
        let is_other = kept.contains(&request(operation)) && request(other) != request(operation);
        let path = same_items(old, new).find(|path| is_method_of(path, other.id()))?;
        let titles = (operation.title(), other.title());
        is_other.then(|| found(path, titles, OTHER_OPERATION))
    });
    exchanged.collect()
}

/// Returns the fields, variants and setters of both clients that have another name on the wire in REVISION,
/// although another one has the name that they have in BASE.
pub(super) fn members(old: &Items, new: &Items) -> Vec<Found> {
    let exchanged = same_items(old, new).filter_map(|path| {
        let (before, after) = (old[path].wire.as_ref()?, new[path].wire.as_ref()?);
        let (owner, _) = path.rsplit_once("::")?;
        let owner = format!("{owner}::");
        let mut others =
            new.range(owner.clone()..).take_while(|(path, _)| path.starts_with(&owner));
        let is_other =
            before != after && others.any(|(_, item)| item.wire.as_ref() == Some(before));
        is_other.then(|| found(path, (format!("`{before}`"), format!("`{after}`")), OTHER_NAME))
    });
    exchanged.collect()
}

/// Returns the items with the same signature in both clients: other items are listed as changed.
fn same_items<'i>(old: &'i Items, new: &'i Items) -> impl Iterator<Item = &'i String> {
    let is_same = |path: &&String| new.get(*path).is_some_and(|item| item.is_same(&old[*path]));
    old.keys().filter(is_same)
}

fn found(path: &str, (before, after): (String, String), note: &str) -> Found {
    Found::new(Delta {
        item: shown(path),
        before: Some(before),
        after: Some(after),
        verdict: Source::Breaking,
        note: Some(note.to_owned()),
    })
}

/// Returns what identifies the request of an operation.
fn request<'a>(operation: &Operation<'a>) -> (&'a str, String) {
    (operation.method, operation.route())
}

/// Returns whether an item is the method of the operation with this id.
fn is_method_of(path: &str, id: Option<&str>) -> bool {
    path.strip_prefix("Client::").is_some_and(|name| id.is_some_and(|id| plain(name) == plain(id)))
}
