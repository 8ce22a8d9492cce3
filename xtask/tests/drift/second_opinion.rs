//! Another comparison, by the `drift` crate, finds no change that ours misses.
//!
//! The crate panics on some documents, which are skipped. It also reports documentation and ids as changes
//! of the objects around them, so these are removed first. Each change that it reports must have one of
//! ours at the same place, inside it or around it.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Map, Value};

use crate::{
    cases::CASES,
    document::{base, drift as ours},
};

/// Pointers with fewer segments contain whole operations or components: too coarse to match.
const MIN_SEGMENTS: usize = 3;

/// Members that only people or generators read.
const PROSE: [&str; 11] = [
    "title",
    "description",
    "summary",
    "example",
    "examples",
    "externalDocs",
    "tags",
    "deprecated",
    "operationId",
    "links",
    "callbacks",
];

/// Removes the documentation, but not properties with the same names.
fn bare(value: &Value, is_map_of_names: bool) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| bare(item, false)).collect(),
        Value::Object(members) => {
            let is_prose = |key: &str| PROSE.contains(&key) || key.starts_with("x-");
            let kept = members.iter().filter(|(key, _)| is_map_of_names || !is_prose(key));
            let member = |(key, member): (&String, &Value)| {
                let names = ["properties", "schemas", "responses", "headers", "paths"];
                (key.clone(), bare(member, !is_map_of_names && names.contains(&key.as_str())))
            };
            Value::Object(kept.map(member).collect())
        }
        other => other.clone(),
    }
}

/// Converts a document to the type of the crate.
fn plain(document: &Value) -> Value {
    let mut plain = bare(document, false);
    let root = plain.as_object_mut().unwrap();
    root.shift_remove("webhooks");
    root.insert("info".to_owned(), serde_json::json!({"title": "", "version": ""}));
    for item in root["paths"].as_object_mut().unwrap().values_mut() {
        for operation in item.as_object_mut().unwrap().values_mut() {
            let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut)
            else {
                continue;
            };
            described(responses);
        }
    }
    plain
}

/// Adds the required description to responses.
fn described(responses: &mut Map<String, Value>) {
    for response in responses.values_mut().filter(|response| response.get("$ref").is_none()) {
        response["description"] = Value::from("");
    }
}

/// Returns the places of the changes that the crate reports in both documents; `None` if it panics.
fn theirs(old: &Value, new: &Value) -> Option<Vec<(String, String, String)>> {
    let compared = catch_unwind(AssertUnwindSafe(|| drift::compare(old, new)));
    let changes = compared.ok()?.ok()?;
    let mut places = Vec::new();
    for change in &changes {
        let Some(path) = change.paths.first() else { continue };
        for info in &change.changes {
            let base = pointer(old, path.old.base_and_subpath().0, &info.old_subpath);
            let revision = pointer(new, path.new.base_and_subpath().0, &info.new_subpath);
            places.push((base, revision, info.message.to_string()));
        }
    }
    Some(places)
}

/// Converts a pointer of the crate to one of the document: the crate writes `request_body`, and omits the
/// keyword of a list with a single schema.
fn pointer(document: &Value, base: &str, subpath: &str) -> String {
    let whole = if subpath.is_empty() { base.to_owned() } else { format!("{base}/{subpath}") };
    let mut found = "#".to_owned();
    for segment in whole.split('/').skip(1) {
        let here = document.pointer(found.trim_start_matches('#'));
        let left_out = ["allOf", "oneOf", "anyOf"].into_iter().find(|list| {
            let has = |key: &str| here.is_some_and(|here| here.get(key).is_some());
            segment == "0" && !has("0") && has(list)
        });
        let segment = if segment == "request_body" { "requestBody" } else { segment };
        for segment in left_out.into_iter().chain([segment]) {
            found.push('/');
            found.push_str(segment);
        }
    }
    found
}

/// Returns whether one of the known places is this one, inside it or around it.
fn is_known(known: &BTreeSet<String>, pointer: &str) -> bool {
    let below = format!("{pointer}/");
    let mut around = pointer.match_indices('/').skip(MIN_SEGMENTS).map(|(end, _)| &pointer[..end]);
    known.contains(pointer)
        || around.any(|outer| known.contains(outer))
        || known.range(below.clone()..).next().is_some_and(|inner| inner.starts_with(&below))
}

/// Returns the changes that only the crate reports; `None` if it panics.
pub(crate) fn only_theirs(old: &Value, new: &Value) -> Option<Vec<String>> {
    let (old, new) = (plain(old), plain(new));
    let theirs = theirs(&old, &new)?;
    let report = ours(&old, &new);
    let places = |of: fn(&xtask::drift::report::Location) -> &Option<String>| -> BTreeSet<String> {
        report.changes.iter().filter_map(|change| of(&change.location).clone()).collect()
    };
    let (base, revision) = (places(|one| &one.base), places(|one| &one.revision));
    // If the documents differ, the crate reports every unsupported construct as a change.
    let is_unhandled = |what: &str| what.contains("unhandled") && !report.changes.is_empty();
    let is_new = |(old, new, what): &&(String, String, String)| {
        !is_unhandled(what) && !is_known(&base, old) && !is_known(&revision, new)
    };
    Some(theirs.iter().filter(is_new).map(|(at, _, what)| format!("{at}: {what}")).collect())
}

#[test]
fn the_other_comparison_reports_no_case_that_ours_misses() {
    let mut compared = 0;
    for case in CASES {
        let old = base();
        let mut new = old.clone();
        (case.change)(&mut new);
        for (one, other) in [(&old, &new), (&new, &old)] {
            let Some(extra) = only_theirs(one, other) else { continue };
            compared += 1;
            assert!(extra.is_empty(), "{}: {extra:#?}", case.kind);
        }
    }
    assert!(compared > CASES.len(), "only {compared} comparisons");
}
