//! Removes `readOnly` properties from requests, and `writeOnly` properties from responses.
//!
//! One schema often serves both directions, and the generator ignores these keywords. If a request
//! shares a schema with responses, the request gets a copy whose name is derived from the original.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::tree::{
    Object, operations_mut, referred_schemas, responses_mut, schema_reference, schemas_mut,
};
use super::{Draft, Error};
use crate::grammar::{Kind, walk_mut};
use crate::pointer;

const READ_ONLY: &str = "readOnly";
const WRITE_ONLY: &str = "writeOnly";

pub(super) fn split_requests_from_responses(draft: &mut Draft) -> Result<(), Error> {
    let mut schemas = std::mem::take(schemas_mut(&mut draft.document)?);
    let references = References::of(&schemas);
    let (requests, responses) = roots(&mut draft.document);
    let in_requests = references.reached(requests.keys());
    let in_responses = references.reached(&responses);
    let marked = |mark| schemas.iter().filter(move |(_, schema)| declares(schema, mark));
    let names = |mark| marked(mark).map(|(name, _)| name.as_str());
    let marked = names(READ_ONLY)
        .chain(names(WRITE_ONLY).filter(|name| in_responses.contains(name)))
        .collect();
    let differs = references.users(marked);
    let copies: BTreeMap<String, String> = in_requests
        .intersection(&in_responses)
        .filter(|name| differs.contains(*name))
        .map(|name| ((*name).to_owned(), copy_name(&schemas, name, requests.get(*name))))
        .collect();

    let added = for_requests(&schemas, &copies)?;
    let mark_of = |name: &str| match (in_responses.contains(name), in_requests.contains(name)) {
        (true, _) => Some(WRITE_ONLY),
        (false, true) => Some(READ_ONLY),
        (false, false) => None,
    };
    let marks: Vec<_> = schemas.keys().map(|name| mark_of(name)).collect();
    for (schema, mark) in schemas.values_mut().zip(marks) {
        if let Some(mark) = mark {
            remove_properties(schema, Kind::Schema, mark)?;
        }
    }
    for (name, copy) in &copies {
        let at = |name: &str| pointer::join("/components/schemas", name);
        draft.origins.moved(at(copy), at(name));
    }
    schemas.extend(added);
    *schemas_mut(&mut draft.document)? = schemas;
    for (_, operation) in operations_mut(&mut draft.document) {
        if let Some(body) = operation.get_mut("requestBody") {
            remove_properties(body, Kind::RequestBody, READ_ONLY)?;
            point_at_copies(body, &copies);
        }
        for (_, response) in responses_mut(operation).into_iter().flatten() {
            remove_properties(response, Kind::Response, WRITE_ONLY)?;
        }
    }
    Ok(())
}

/// Returns the schemas that request bodies refer to, each with the method of its first request, and the
/// schemas that responses refer to.
fn roots(document: &mut Value) -> (BTreeMap<String, String>, BTreeSet<String>) {
    let (mut requests, mut responses) = (BTreeMap::new(), BTreeSet::new());
    for (spot, operation) in operations_mut(document) {
        let named = |key| {
            let mut names = Vec::new();
            operation.get(key).into_iter().for_each(|value| referred_schemas(value, &mut names));
            names.into_iter().map(str::to_owned)
        };
        for name in named("requestBody") {
            requests.entry(name).or_insert_with(|| spot.method.clone());
        }
        responses.extend(named("responses"));
    }
    (requests, responses)
}

/// The schemas that each component schema refers to.
struct References<'s>(BTreeMap<&'s str, Vec<&'s str>>);

impl<'s> References<'s> {
    fn of(schemas: &'s Object) -> Self {
        let referred = |schema| {
            let mut names = Vec::new();
            referred_schemas(schema, &mut names);
            names
        };
        Self(schemas.iter().map(|(name, schema)| (name.as_str(), referred(schema))).collect())
    }

    /// Returns the named schemas and everything that they refer to, at any depth.
    fn reached<'n>(&self, names: impl IntoIterator<Item = &'n String>) -> BTreeSet<&'s str> {
        let known = |name: &str| self.0.get_key_value(name).map(|(name, _)| *name);
        let names = names.into_iter().filter_map(|name| known(name));
        spread(names.collect(), |name| self.0.get(name).cloned().unwrap_or_default())
    }

    /// Returns the named schemas and everything that refers to them, at any depth.
    fn users(&self, names: Vec<&'s str>) -> BTreeSet<&'s str> {
        let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (user, referred) in &self.0 {
            referred.iter().for_each(|name| users.entry(name).or_default().push(user));
        }
        spread(names, |name| users.get(name).cloned().unwrap_or_default())
    }
}

/// Returns the names and everything reachable from them.
fn spread<'s>(names: Vec<&'s str>, next: impl Fn(&str) -> Vec<&'s str>) -> BTreeSet<&'s str> {
    let mut reached = BTreeSet::new();
    let mut waiting = names;
    while let Some(name) = waiting.pop() {
        if reached.insert(name) {
            waiting.extend(next(name));
        }
    }
    reached
}

/// Returns whether a property of the schema, at any depth, has the keyword.
fn declares(schema: &Value, mark: &str) -> bool {
    match schema {
        Value::Object(map) => {
            let properties = map.get("properties").and_then(Value::as_object);
            let marked = properties.is_some_and(|properties| {
                properties.values().any(|property| is_marked(property, mark))
            });
            marked || map.values().any(|value| declares(value, mark))
        }
        Value::Array(list) => list.iter().any(|value| declares(value, mark)),
        _ => false,
    }
}

fn is_marked(property: &Value, mark: &str) -> bool {
    property.get(mark).and_then(Value::as_bool) == Some(true)
}

fn copy_name(schemas: &Object, name: &str, method: Option<&String>) -> String {
    let purpose = match method.map(String::as_str) {
        Some("post") => "CreateRequest",
        Some("put" | "patch") => "UpdateRequest",
        _ => "Request",
    };
    let mut copy = format!("{name}{purpose}");
    while schemas.contains_key(&copy) {
        copy.push_str("Body");
    }
    copy
}

/// Returns the copies with their names.
fn for_requests(
    schemas: &Object,
    copies: &BTreeMap<String, String>,
) -> Result<Vec<(String, Value)>, Error> {
    let mut added = Vec::with_capacity(copies.len());
    for (name, schema) in schemas {
        let Some(copy) = copies.get(name) else { continue };
        let mut schema = schema.clone();
        remove_properties(&mut schema, Kind::Schema, READ_ONLY)?;
        point_at_copies(&mut schema, copies);
        added.push((copy.clone(), schema));
    }
    Ok(added)
}

fn point_at_copies(value: &mut Value, copies: &BTreeMap<String, String>) {
    if let Some(copy) = super::tree::schema_name(value).and_then(|name| copies.get(name)) {
        *value = schema_reference(copy);
        return;
    }
    match value {
        Value::Object(map) => map.values_mut().for_each(|value| point_at_copies(value, copies)),
        Value::Array(list) => list.iter_mut().for_each(|value| point_at_copies(value, copies)),
        _ => {}
    }
}

/// Removes the properties with the keyword from every schema in a value of that kind, and from its lists
/// of required properties.
fn remove_properties(value: &mut Value, kind: Kind, mark: &str) -> Result<(), Error> {
    walk_mut(value, kind, &mut |value, kind, _| {
        if kind == Kind::Schema {
            remove_from_one(value, mark);
        }
        Ok(())
    })
}

fn remove_from_one(schema: &mut Value, mark: &str) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    let removed: Vec<String> = properties
        .iter()
        .filter(|(_, property)| is_marked(property, mark))
        .map(|(name, _)| name.clone())
        .collect();
    properties.retain(|name, _| !removed.contains(name));
    let Some(map) = schema.as_object_mut() else { return };
    if let Some(required) = map.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| !removed.iter().any(|removed| name == removed));
        if required.is_empty() {
            map.shift_remove("required");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{draft, operation};
    use super::*;

    fn body(name: &str) -> Value {
        json!({"content": {"application/json": {"schema": schema_reference(name)}}})
    }

    fn split(post: &str, get: &str, schemas: Value) -> Draft {
        let mut draft = draft(json!({
            "paths": {"/a": {
                "post": {"requestBody": body(post), "responses": {"201": {"description": ""}}},
                "get": {"responses": {"200": body(get)}},
            }},
            "components": {"schemas": schemas},
        }));
        split_requests_from_responses(&mut draft).unwrap();
        draft
    }

    fn pet() -> Value {
        json!({"type": "object", "required": ["id", "name"], "properties": {
            "id": {"type": "string", "readOnly": true},
            "name": {"type": "string"},
            "secret": {"type": "string", "writeOnly": true},
        }})
    }

    fn properties<'a>(draft: &'a Draft, name: &str) -> Vec<&'a String> {
        let schema = &draft.document["components"]["schemas"][name];
        schema["properties"].as_object().unwrap().keys().collect()
    }

    #[test]
    fn a_shared_schema_gets_a_copy_for_requests() {
        let draft = split("Pet", "Pet", json!({"Pet": pet()}));
        assert_eq!(properties(&draft, "Pet"), ["id", "name"]);
        assert_eq!(properties(&draft, "PetCreateRequest"), ["name", "secret"]);
        let copy = &draft.document["components"]["schemas"]["PetCreateRequest"];
        assert_eq!(copy["required"], json!(["name"]));
        let post = operation(&draft, "/a", "post");
        assert_eq!(post["requestBody"], body("PetCreateRequest"));
        assert_eq!(operation(&draft, "/a", "get")["responses"]["200"], body("Pet"));
    }

    #[test]
    fn a_schema_that_only_requests_use_keeps_its_name() {
        let draft = split("Pet", "Other", json!({"Pet": pet(), "Other": {"type": "object"}}));
        assert_eq!(properties(&draft, "Pet"), ["name", "secret"]);
        assert!(draft.document["components"]["schemas"].get("PetCreateRequest").is_none());
    }

    #[test]
    fn a_schema_inside_a_shared_one_is_copied_too() {
        let owner = json!({"type": "object", "properties": {"pet": schema_reference("Pet")}});
        let draft = split("Owner", "Owner", json!({"Owner": owner, "Pet": pet()}));
        let copy = &draft.document["components"]["schemas"]["OwnerCreateRequest"];
        assert_eq!(copy["properties"]["pet"], schema_reference("PetRequest"));
        assert_eq!(properties(&draft, "PetRequest"), ["name", "secret"]);
    }

    #[test]
    fn a_schema_without_these_keywords_is_shared() {
        let draft = split("Pet", "Pet", json!({"Pet": {"type": "object", "properties": {}}}));
        assert_eq!(draft.document["components"]["schemas"].as_object().unwrap().len(), 1);
    }

    #[test]
    fn an_inline_body_loses_the_same_properties() {
        let inline = json!({"content": {"application/json": {"schema": pet()}}});
        let mut draft = draft(json!({"paths": {"/a": {"post": {
            "requestBody": inline, "responses": {"200": inline},
        }}}}));
        split_requests_from_responses(&mut draft).unwrap();
        let post = operation(&draft, "/a", "post");
        let schema = |body: &Value| body["content"]["application/json"]["schema"].clone();
        let sent = schema(&post["requestBody"]);
        assert_eq!(sent["properties"].as_object().unwrap().len(), 2);
        assert_eq!(sent["required"], json!(["name"]));
        let received = schema(&post["responses"]["200"]);
        assert!(received["properties"].get("secret").is_none());
        assert!(received["properties"].get("id").is_some());
    }
}
