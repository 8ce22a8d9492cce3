//! Where the changes of the `drift` crate are, in the terms of the documents.

use std::collections::BTreeSet;

use drift::ChangeComparison;
use serde_json::Value;

use super::Both;
use crate::drift::{finding::Place, verdict::Direction};
use crate::pointer::{join, segments, step};

/// The operations whose paths lead to a change.
pub(super) fn reached(change: &drift::Change, operations: &[Both<'_>]) -> BTreeSet<usize> {
    let starts: Vec<&str> =
        change.paths.iter().filter_map(|path| path.old.endpoint_base()).collect();
    let leads = |both: &&Both<'_>| {
        let own = &both.base.node.pointer;
        starts.iter().any(|start| is_inside(start, own) || is_inside(own, start))
    };
    operations.iter().filter(leads).map(|both| both.index).collect()
}

pub(super) fn direction(comparison: ChangeComparison) -> Direction {
    match comparison {
        ChangeComparison::Input => Direction::Request,
        ChangeComparison::Output => Direction::Response,
        ChangeComparison::Structural => Direction::Whole,
    }
}

/// Where a change of a path is, in both documents.
pub(super) fn place(
    (old, new): (&Value, &Value),
    path: &drift::ChangePath,
    info: &drift::ChangeInfo,
) -> Place {
    let base = pointer(path.old.base_and_subpath().0, &info.old_subpath);
    let revision = pointer(path.new.base_and_subpath().0, &info.new_subpath);
    Place::both(&real(old, &base), &real(new, &revision))
}

fn pointer(base: &str, subpath: &str) -> String {
    if subpath.is_empty() { base.to_owned() } else { format!("{base}/{subpath}") }
}

/// The pointer as the document has it: the crate writes `request_body`, and leaves out the keyword
/// where a list of schemas has a single one.
fn real(document: &Value, pointer: &str) -> String {
    let mut here = document;
    let mut found = "#".to_owned();
    for segment in segments(pointer) {
        let left_out = ["allOf", "oneOf", "anyOf"].into_iter().find(|list| {
            segment == "0" && here.get(segment.as_str()).is_none() && here.get(*list).is_some()
        });
        let segment = if segment == "request_body" { "requestBody".to_owned() } else { segment };
        for segment in left_out.into_iter().chain([segment.as_str()]) {
            found = join(&found, segment);
            here = step(here, segment).unwrap_or(&Value::Null);
        }
    }
    found
}

fn is_inside(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
