//! Rewrites OpenAPI 3.1 as 3.0, the only version that the generator reads.
//!
//! Constructs with an equivalent in 3.0 are rewritten. Checks without an equivalent are left to the
//! server and noted. A type without an equivalent becomes a value of any type, or of several types.

use serde_json::{Value, json};

use super::tree::Object;
use super::{Draft, Error};
use crate::grammar::{Kind, reference, walk_mut};
use crate::openapi::{Version, version};

/// Keywords of schemas that check values in ways that 3.0 cannot express.
const CHECKS: [&str; 11] = [
    "if",
    "then",
    "else",
    "contains",
    "minContains",
    "maxContains",
    "propertyNames",
    "dependentSchemas",
    "dependentRequired",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// Keywords that apply only to values of one type.
const OF_A_TYPE: [(&str, &[&str]); 5] = [
    ("string", &["format", "pattern", "minLength", "maxLength", "contentEncoding"]),
    (
        "number",
        &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format"],
    ),
    (
        "integer",
        &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format"],
    ),
    ("array", &["items", "minItems", "maxItems", "uniqueItems"]),
    (
        "object",
        &["properties", "required", "additionalProperties", "minProperties", "maxProperties"],
    ),
];
const PATTERNS: &str = "patternProperties";
/// Keywords of schemas that do not constrain values. The schemas in `$defs` are already components.
const WITHOUT_MEANING: [&str; 4] = ["$schema", "$comment", "$defs", "contentSchema"];

pub(super) fn rewrite_3_1_as_3_0(draft: &mut Draft) -> Result<(), Error> {
    if version(&draft.document)? != Version::V3_1 {
        return Ok(());
    }
    drop_3_1_only_parts(draft);
    let mut notes = Vec::new();
    walk_mut(&mut draft.document, Kind::Document, &mut |value, kind, at| {
        if kind == Kind::Schema {
            rewrite(value, at, &mut notes);
        }
        Ok::<(), Error>(())
    })?;
    draft.note_all(notes);
    Ok(())
}

type Notes = Vec<(String, String)>;

fn drop_3_1_only_parts(draft: &mut Draft) {
    let Some(root) = draft.document.as_object_mut() else { return };
    root.shift_remove("jsonSchemaDialect");
    root.entry("paths").or_insert_with(|| json!({}));
    let webhooks = root.shift_remove("webhooks");
    if let Some(info) = root.get_mut("info").and_then(Value::as_object_mut) {
        info.shift_remove("summary");
        if let Some(license) = info.get_mut("license").and_then(Value::as_object_mut) {
            license.shift_remove("identifier");
        }
    }
    let mut dropped = Vec::new();
    if let Some(components) = root.get_mut("components").and_then(Value::as_object_mut) {
        components.shift_remove("pathItems");
        let schemes = components.get_mut("securitySchemes").and_then(Value::as_object_mut);
        if let Some(schemes) = schemes {
            schemes.retain(|name, scheme| {
                let known = scheme.get("type") != Some(&json!("mutualTLS"));
                if !known {
                    dropped.push(name.clone());
                }
                known
            });
        }
    }
    for name in dropped {
        draft.note("/components/securitySchemes", format!("`{name}` (mutualTLS) is left out"));
    }
    if webhooks.is_some() {
        draft.note("/webhooks", "webhooks are left out: a client does not call them");
    }
}

fn rewrite(schema: &mut Value, at: &str, notes: &mut Notes) {
    match schema {
        Value::Bool(_) if at.ends_with("/additionalProperties") => return,
        Value::Bool(true) => *schema = json!({}),
        Value::Bool(false) => *schema = json!({"not": {}}),
        _ => {}
    }
    wrap_reference_with_siblings(schema);
    let Some(map) = schema.as_object_mut() else { return };
    for keyword in WITHOUT_MEANING {
        map.shift_remove(keyword);
    }
    for keyword in CHECKS {
        let Some(check) = map.shift_remove(keyword) else { continue };
        let lost = if adds_properties(&check, map) { "; its properties are not read" } else { "" };
        notes.push((at.to_owned(), format!("`{keyword}` is left to the server{lost}")));
    }
    if map.shift_remove("prefixItems").is_some() {
        map.insert("items".to_owned(), json!({}));
        notes.push((at.to_owned(), "`prefixItems` is a list of values of any type".to_owned()));
    }
    rewrite_const(map);
    rewrite_examples(map);
    rewrite_bounds(map);
    rewrite_content(map);
    rewrite_patterns(map, at, notes);
    rewrite_null_variant(map);
    rewrite_types(map);
}

/// Returns whether a check, or one of several in a map, has properties that the schema itself has not.
fn adds_properties(check: &Value, schema: &Object) -> bool {
    let known = schema.get("properties");
    let is_new = |name: &String| known.is_none_or(|known| known.get(name).is_none());
    let inside = check.as_object().into_iter().flat_map(Object::values);
    let all = std::iter::once(check).chain(inside);
    let mut names = all.filter_map(|one| one.get("properties")?.as_object()).flat_map(Object::keys);
    names.any(is_new)
}

/// Moves `$ref` into `allOf`, because 3.0 ignores keywords next to `$ref`.
fn wrap_reference_with_siblings(schema: &mut Value) {
    let has_siblings = schema.as_object().is_some_and(|map| map.len() > 1);
    if reference(schema).is_none() || !has_siblings {
        return;
    }
    let Some(map) = schema.as_object_mut() else { return };
    let Some(to) = map.shift_remove("$ref") else { return };
    let others = map.shift_remove("allOf");
    require_all(map, json!([{ "$ref": to }]));
    others.into_iter().for_each(|others| require_all(map, others));
}

/// Adds parts to `allOf`.
pub(super) fn require_all(map: &mut Object, parts: Value) {
    match (map.get_mut("allOf").and_then(Value::as_array_mut), parts) {
        (Some(known), Value::Array(parts)) => known.extend(parts),
        (_, parts) => drop(map.insert("allOf".to_owned(), parts)),
    }
}

pub(super) fn rewrite_const(map: &mut Object) {
    if let Some(value) = map.shift_remove("const") {
        if !map.contains_key("type") && value.is_string() {
            map.insert("type".to_owned(), json!("string"));
        }
        map.insert("enum".to_owned(), json!([value]));
    }
}

fn rewrite_examples(map: &mut Object) {
    let Some(examples) = map.shift_remove("examples") else { return };
    if let Some(first) = examples.as_array().and_then(|list| list.first()) {
        map.entry("example").or_insert_with(|| first.clone());
    }
}

pub(super) fn rewrite_bounds(map: &mut Object) {
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if map.get(exclusive).is_some_and(Value::is_number) {
            let value = map.insert(exclusive.to_owned(), json!(true));
            map.extend(value.map(|value| (bound.to_owned(), value)));
        }
    }
}

fn rewrite_content(map: &mut Object) {
    let encoding = map.shift_remove("contentEncoding");
    let media = map.shift_remove("contentMediaType");
    let format = match (encoding.as_ref().and_then(Value::as_str), media) {
        (Some("base64" | "base64url"), _) => "byte",
        (None, Some(media)) if media == "application/octet-stream" => "binary",
        (None, Some(media)) if media == "application/json" => "json",
        _ => return,
    };
    map.entry("format").or_insert_with(|| json!(format));
}

/// Rewrites `patternProperties`. A single pattern for all properties becomes a map, and the server checks
/// the names; otherwise 3.0 can only express that there are other properties.
fn rewrite_patterns(map: &mut Object, at: &str, notes: &mut Notes) {
    if let Some(pattern) = only_pattern_as_map(map) {
        notes.push((at.to_owned(), format!("the names `{pattern}` are left to the server")));
        return;
    }
    let patterns = map.shift_remove(PATTERNS);
    if patterns.as_ref().and_then(Value::as_object).is_some_and(|patterns| !patterns.is_empty()) {
        map.insert("additionalProperties".to_owned(), json!(true));
        let note = "properties of `patternProperties` can have any type and are not read";
        notes.push((at.to_owned(), note.to_owned()));
    }
}

/// Rewrites a single pattern for all properties as a map, and returns the pattern.
pub(crate) fn only_pattern_as_map(map: &mut Object) -> Option<String> {
    let is_map = !map.contains_key("properties")
        && map.get("additionalProperties").is_none_or(|other| *other == json!(false));
    let patterns = map.get(PATTERNS)?.as_object().filter(|_| is_map)?;
    let (pattern, schema) = patterns.clone().into_iter().next().filter(|_| patterns.len() == 1)?;
    map.shift_remove(PATTERNS);
    map.insert("additionalProperties".to_owned(), schema);
    Some(pattern)
}

/// Rewrites `anyOf: [X, null]` as a nullable X.
fn rewrite_null_variant(map: &mut Object) {
    for keyword in ["anyOf", "oneOf"] {
        let Some(variants) = map.get_mut(keyword).and_then(Value::as_array_mut) else { continue };
        let before = variants.len();
        variants.retain(|variant| variant.get("type") != Some(&json!("null")));
        if variants.len() == before {
            continue;
        }
        if variants.is_empty() {
            map.shift_remove(keyword);
            map.entry("enum").or_insert_with(|| json!([null]));
        } else if variants.len() == 1 {
            let only = map.shift_remove(keyword).unwrap_or_default();
            require_all(map, only);
        }
        map.insert("nullable".to_owned(), json!(true));
    }
}

/// Rewrites a list of types as one type, possibly nullable, or as alternatives with their own keywords.
/// Returns whether there was a list.
pub(super) fn rewrite_types(map: &mut Object) -> bool {
    let types: Vec<String> = match map.get("type") {
        Some(Value::Array(types)) => {
            types.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(Value::String(only)) if only == "null" => vec![only.clone()],
        _ => return false,
    };
    let (nulls, others): (Vec<_>, Vec<_>) = types.into_iter().partition(|name| name == "null");
    if !nulls.is_empty() {
        map.insert("nullable".to_owned(), json!(true));
    }
    match &others[..] {
        [] => {
            map.shift_remove("type");
            map.insert("enum".to_owned(), json!([null]));
        }
        [only] => {
            map.insert("type".to_owned(), json!(only));
        }
        several => {
            let variants: Vec<Value> = several.iter().map(|name| of_one_type(map, name)).collect();
            let own = OF_A_TYPE.iter().flat_map(|(_, keywords)| keywords.iter().copied());
            for keyword in own.chain(["type", "enum"]) {
                map.shift_remove(keyword);
            }
            require_all_or_any(map, variants);
        }
    }
    true
}

/// Returns the part of a schema of several types that applies to one type.
fn of_one_type(map: &Object, name: &str) -> Value {
    let keywords = OF_A_TYPE.iter().filter(|(of, _)| *of == name);
    let keywords = keywords.flat_map(|(_, keywords)| keywords.iter().copied());
    let own = keywords.filter_map(|keyword| Some((keyword.to_owned(), map.get(keyword)?.clone())));
    let mut schema: Object = std::iter::once(("type".to_owned(), json!(name))).chain(own).collect();
    let values = map.get("enum").and_then(Value::as_array);
    let of_type = |value: &&Value| match name {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" | "integer" => value.is_number(),
        _ => false,
    };
    let values: Vec<Value> = values.into_iter().flatten().filter(of_type).cloned().collect();
    if !values.is_empty() {
        schema.insert("enum".to_owned(), json!(values));
    }
    Value::Object(schema)
}

/// Requires any of the variants, even if the schema already has other alternatives.
fn require_all_or_any(map: &mut Object, variants: Vec<Value>) {
    match map.contains_key("anyOf") {
        true => require_all(map, json!([{ "anyOf": variants }])),
        false => drop(map.insert("anyOf".to_owned(), json!(variants))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::draft;
    use super::*;

    fn rewritten(schema: Value) -> Result<Value, Error> {
        let mut draft = draft(json!({
            "openapi": "3.1.0",
            "components": {"schemas": {"A": schema}},
        }));
        rewrite_3_1_as_3_0(&mut draft)?;
        Ok(draft.document["components"]["schemas"]["A"].clone())
    }

    #[test]
    fn constructs_with_an_equivalent_are_rewritten() {
        let cases = [
            (json!({"type": ["string", "null"]}), json!({"type": "string", "nullable": true})),
            (json!({"const": "a"}), json!({"type": "string", "enum": ["a"]})),
            (json!({"examples": [1, 2]}), json!({"example": 1})),
            (json!({"anyOf": [{"type": "null"}]}), json!({"enum": [null], "nullable": true})),
            (
                json!({"type": "integer", "exclusiveMinimum": 3}),
                json!({"type": "integer", "exclusiveMinimum": true, "minimum": 3}),
            ),
            (
                json!({"anyOf": [{"$ref": "#/components/schemas/B"}, {"type": "null"}]}),
                json!({"allOf": [{"$ref": "#/components/schemas/B"}], "nullable": true}),
            ),
            (
                json!({"$ref": "#/components/schemas/B", "description": "b"}),
                json!({"description": "b", "allOf": [{"$ref": "#/components/schemas/B"}]}),
            ),
            (
                json!({"allOf": [{"minimum": 1}], "anyOf": [{"type": "integer"}, {"type": "null"}]}),
                json!({"allOf": [{"minimum": 1}, {"type": "integer"}], "nullable": true}),
            ),
            (
                json!({"$ref": "#/components/schemas/B", "oneOf": [{"type": "object"}, {"type": "null"}]}),
                json!({
                    "allOf": [{"$ref": "#/components/schemas/B"}, {"type": "object"}], "nullable": true,
                }),
            ),
            (
                json!({"type": ["string", "integer"]}),
                json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
            ),
            (
                json!({"type": "string", "contentEncoding": "base64"}),
                json!({"type": "string", "format": "byte"}),
            ),
            (
                json!({"type": "object", "patternProperties": {"^a": {"type": "string"}}}),
                json!({"type": "object", "additionalProperties": {"type": "string"}}),
            ),
            (
                json!({"type": "object", "properties": {"any": true}, "additionalProperties": false}),
                json!({"type": "object", "properties": {"any": {}}, "additionalProperties": false}),
            ),
        ];
        for (before, after) in cases {
            assert_eq!(rewritten(before.clone()).unwrap(), after, "{before}");
        }
    }

    #[test]
    fn constructs_without_an_equivalent_are_noted() {
        for (schema, after) in [
            (json!({"type": "array", "prefixItems": [{}]}), json!({"type": "array", "items": {}})),
            (json!({"type": "object", "if": {}, "then": {}}), json!({"type": "object"})),
            (json!({"unevaluatedProperties": false}), json!({})),
            (json!({"propertyNames": {"pattern": "a"}}), json!({})),
            (
                json!({"patternProperties": {"a": {}}, "additionalProperties": false}),
                json!({"additionalProperties": {}}),
            ),
            (
                json!({"patternProperties": {"a": {}, "b": {}}}),
                json!({"additionalProperties": true}),
            ),
        ] {
            let inside = json!({"type": "object", "properties": {"p": schema}});
            let mut draft =
                draft(json!({"openapi": "3.1.0", "components": {"schemas": {"A": inside}}}));
            rewrite_3_1_as_3_0(&mut draft).unwrap();
            let property = &draft.document["components"]["schemas"]["A"]["properties"]["p"];
            assert_eq!(*property, after, "{schema}");
            assert_eq!(draft.notes[0].pointer, "/components/schemas/A/properties/p");
        }
    }

    #[test]
    fn properties_of_a_condition_are_noted() {
        let conditional = |properties: Value| {
            let schema = json!({"properties": {"a": {}}, "then": {"properties": properties}});
            let components = json!({"schemas": {"A": schema}});
            let mut draft = draft(json!({"openapi": "3.1.0", "components": components}));
            rewrite_3_1_as_3_0(&mut draft).unwrap();
            draft.notes[0].text.clone()
        };
        assert_eq!(conditional(json!({"a": {}})), "`then` is left to the server");
        let lost = "`then` is left to the server; its properties are not read";
        assert_eq!(conditional(json!({"a": {}, "b": {}})), lost);
    }

    #[test]
    fn several_types_each_keep_their_own_keywords() {
        let several = json!({"type": ["string", "integer", "null"], "minLength": 1, "minimum": 2});
        let any = json!([{"type": "string", "minLength": 1}, {"type": "integer", "minimum": 2}]);
        assert_eq!(rewritten(several).unwrap(), json!({"nullable": true, "anyOf": any}));
    }

    #[test]
    fn webhooks_are_omitted_and_noted() {
        let mut draft =
            draft(json!({"openapi": "3.1.0", "webhooks": {}, "info": {"summary": "s"}}));
        rewrite_3_1_as_3_0(&mut draft).unwrap();
        assert!(draft.document.get("webhooks").is_none());
        assert_eq!(draft.notes[0].pointer, "/webhooks");
    }

    #[test]
    fn a_3_0_document_is_unchanged() {
        let document = json!({"openapi": "3.0.3", "webhooks": {}});
        let mut draft = draft(document.clone());
        rewrite_3_1_as_3_0(&mut draft).unwrap();
        assert_eq!(draft.document, document);
    }
}
