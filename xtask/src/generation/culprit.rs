//! Finds the smallest part of a document on which the generator fails.
//!
//! The generator reports a problem without its place. So parts of the document are blanked out, and the
//! generator runs again: the culprit is the first part for which the failure disappears if the part and all
//! later parts are blanked out. The search continues inside the culprit, until none of its parts causes the
//! failure.

use serde_json::{Map, Value, json};

use crate::grammar::{Child, Kind};
use crate::pointer;

/// The place of a failure, and its message.
pub(super) struct Culprit {
    /// The JSON pointer into the document.
    pub(super) pointer: String,
    pub(super) reason: String,
}

/// Finds the culprit in a document for which `failure` returns a message.
pub(super) fn find(document: &Value, reason: String, failure: &Failure<'_>) -> Culprit {
    let mut search = Search { document: document.clone(), reason, failure };
    let mut here = Part { pointer: String::new(), kind: Kind::Document };
    while let Some(part) = search.first_cause(&here) {
        here = part;
    }
    Culprit { pointer: here.pointer, reason: search.reason }
}

/// Returns the failure of a document, if it fails.
pub(super) type Failure<'a> = dyn Fn(&Value) -> Option<String> + 'a;

/// A part of the document that can be blanked out.
#[derive(Clone)]
struct Part {
    pointer: String,
    kind: Kind,
}

struct Search<'a> {
    /// The document, with parts after the culprit blanked out.
    document: Value,
    reason: String,
    failure: &'a Failure<'a>,
}

impl Search<'_> {
    /// Returns the first part of `holder` that causes the failure; `None` if it is `holder` itself.
    fn first_cause(&mut self, holder: &Part) -> Option<Part> {
        let parts = parts(&self.document, holder);
        if parts.is_empty() {
            return None;
        }
        if self.fails_with(&parts, 0) {
            return None;
        }
        // Binary search: the first `good` parts don't fail, and the first `bad` parts do.
        let (mut good, mut bad) = (0, parts.len());
        while bad - good > 1 {
            let middle = good.midpoint(bad);
            match self.fails_with(&parts, middle) {
                true => bad = middle,
                false => good = middle,
            }
        }
        self.document = without(&self.document, &parts[bad..]);
        parts.into_iter().nth(bad - 1)
    }

    /// Returns whether the first `kept` parts still cause the same failure. A failure with another reason
    /// may be caused by the blanked parts.
    fn fails_with(&self, parts: &[Part], kept: usize) -> bool {
        let failure = (self.failure)(&without(&self.document, &parts[kept..]));
        failure.is_some_and(|reason| reason == self.reason)
    }
}

/// Returns the parts of an object of the grammar. Components and paths are parts of the document, and
/// components come first because paths refer to them.
fn parts(document: &Value, holder: &Part) -> Vec<Part> {
    let Some(node) = document.pointer(&holder.pointer).and_then(Value::as_object) else {
        return Vec::new();
    };
    if holder.kind != Kind::Document {
        return children(node, holder);
    }
    let below = |pointer: &str, kind| {
        let part = Part { pointer: pointer.to_owned(), kind };
        let node = document.pointer(pointer).and_then(Value::as_object);
        node.map(|node| children(node, &part)).unwrap_or_default()
    };
    let mut all = below("/components", Kind::Components);
    let paths = document.get("paths").and_then(Value::as_object);
    for path in paths.into_iter().flat_map(Map::keys) {
        all.extend(below(&pointer::join("/paths", path), Kind::PathItem));
    }
    all
}

fn children(node: &Map<String, Value>, holder: &Part) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut add = |pointer: String, kind| {
        if is_blankable(kind) {
            parts.push(Part { pointer, kind });
        }
    };
    for (key, value) in node {
        let at = pointer::join(&holder.pointer, key);
        match (holder.kind.child(key), value) {
            (Child::One(kind), Value::Object(_)) => add(at, kind),
            (Child::List(kind), Value::Array(list)) => {
                (0..list.len()).for_each(|index| add(format!("{at}/{index}"), kind));
            }
            (Child::Map(kind) | Child::ExtensibleMap(kind), Value::Object(map)) => {
                map.keys().for_each(|name| add(pointer::join(&at, name), kind));
            }
            _ => {}
        }
    }
    parts
}

fn is_blankable(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Schema
            | Kind::Parameter
            | Kind::Response
            | Kind::RequestBody
            | Kind::MediaType
            | Kind::Operation
    )
}

/// Returns the document with these parts blanked out.
fn without(document: &Value, parts: &[Part]) -> Value {
    let mut document = document.clone();
    for part in parts {
        let Some(node) = document.pointer_mut(&part.pointer) else { continue };
        *node = match part.kind {
            Kind::Schema => json!({}),
            Kind::Response => json!({"description": ""}),
            Kind::MediaType => json!({"schema": {}}),
            Kind::Parameter => blank_parameter(node),
            Kind::RequestBody => json!({"content": {}}),
            Kind::Operation => json!({"responses": {}, "operationId": node["operationId"]}),
            _ => continue,
        };
        if part.kind == Kind::Operation {
            remove(&mut document, &part.pointer);
        }
    }
    document
}

/// Blanks a parameter, but keeps its name and location, which the path needs.
fn blank_parameter(parameter: &Value) -> Value {
    let kept = ["name", "in", "required"].into_iter();
    let kept = kept.filter_map(|key| Some((key.to_owned(), parameter.get(key)?.clone())));
    let mut blank: Map<String, Value> = kept.collect();
    blank.insert("schema".to_owned(), json!({"type": "string"}));
    Value::Object(blank)
}

fn remove(document: &mut Value, pointer: &str) {
    let Some((holder, key)) = pointer.rsplit_once('/') else { return };
    if let Some(holder) = document.pointer_mut(holder).and_then(Value::as_object_mut) {
        holder.shift_remove(&pointer::unescape(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        let object = |properties: Value| json!({"type": "object", "properties": properties});
        let body = json!({"content": {"application/json": {"schema": {"type": "bad"}}}});
        let parameter = json!({"name": "a", "in": "query", "schema": {"type": "string"}});
        json!({
            "paths": {
                "/a": {"get": {"operationId": "a", "parameters": [parameter], "responses": {}}},
                "/b": {"post": {"operationId": "b", "requestBody": body, "responses": {}}},
            },
            "components": {"schemas": {
                "A": object(json!({"x": {"type": "string"}, "y": {"items": {"type": "worse"}}})),
                "B": object(json!({"x": {"type": "string"}})),
            }},
        })
    }

    fn found(what: &str) -> String {
        let needle = format!(r#""type":"{what}""#);
        let failure = |document: &Value| {
            document.to_string().contains(&needle).then(|| format!("{what} is here"))
        };
        find(&document(), format!("{what} is here"), &failure).pointer
    }

    #[test]
    fn the_smallest_part_is_found_in_components_and_paths() {
        assert_eq!(found("worse"), "/components/schemas/A/properties/y/items");
        let schema = "/paths/~1b/post/requestBody/content/application~1json/schema";
        assert_eq!(found("bad"), schema);
    }

    #[test]
    fn the_second_of_two_conflicting_parts_is_the_culprit() {
        let failure = |document: &Value| {
            let has = |pointer| document.pointer(pointer).is_some();
            let both = has("/components/schemas/A/properties/x")
                && has("/components/schemas/B/properties/x");
            both.then(|| "both".to_owned())
        };
        let found = find(&document(), "both".to_owned(), &failure);
        assert_eq!(found.pointer, "/components/schemas/B");
    }

    #[test]
    fn without_a_culprit_the_document_is_returned() {
        let found = find(&document(), "always".to_owned(), &|_| Some("always".to_owned()));
        assert_eq!((found.pointer.as_str(), found.reason.as_str()), ("", "always"));
    }
}
