//! Operations with the id that another operation had. Code that calls the method compiles and sends
//! another request, so the signatures do not show the change.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Delta, Found, items::Items};
use crate::drift::{
    cause::plain,
    document::{Document, Operation, operations},
    verdict::Source,
};

const OTHER_OPERATION: &str = "code that calls it compiles, and calls another operation";

/// Returns the methods of both clients that call another operation in REVISION, although it still has the
/// operation that they call in BASE.
pub(super) fn exchanged(base: &Value, revision: &Value, items: &Items) -> Vec<Found> {
    let (old, new) = (Document::new(base), Document::new(revision));
    let (old, new) = (operations(&old), operations(&new));
    let by_id: HashMap<&str, &Operation<'_>> =
        new.iter().filter_map(|operation| Some((operation.id()?, operation))).collect();
    let kept: HashSet<_> = new.iter().map(request).collect();
    let mut found = Vec::new();
    for base in old.iter().filter(|operation| kept.contains(&request(operation))) {
        let Some(id) = base.id() else { continue };
        let other = by_id.get(id).filter(|other| request(other) != request(base));
        let method = items.keys().find(|path| is_method_of(path, id));
        if let (Some(revision), Some(method)) = (other, method) {
            found.push(Found::new(Delta {
                item: method.clone(),
                before: Some(base.title()),
                after: Some(revision.title()),
                verdict: Source::Breaking,
                note: Some(OTHER_OPERATION.to_owned()),
            }));
        }
    }
    found
}

/// Returns what identifies the request of an operation.
fn request<'a>(operation: &Operation<'a>) -> (&'a str, String) {
    (operation.method, operation.route())
}

/// Returns whether an item is the method of the operation with this id.
fn is_method_of(path: &str, id: &str) -> bool {
    path.strip_prefix("Client::").is_some_and(|name| plain(name) == plain(id))
}
