//! The rules, in order; later rules depend on earlier ones.
//!
//! The table contains the purpose of each rule, its reason, and the smallest document that it changes.
//! The README of `openapi/` shows the table, and whether a document of the platform needs the rule
//! today.

use serde_json::Value;

use super::choices::{
    alternatives, discriminators, nested, overlaps, recursive, texts as text_choices,
};
use super::{
    Draft, Error, all_of, anchors, answers, arrays, bodiless, defaults, directions, enums, errors,
    exclusions, inline, keywords, list_or_object, media_types, nullable, numbers, omissions,
    openapi_3_1, operation_ids, parameters, path_parameters, shapes, streams, strings, successes,
    texts, untyped,
};

/// A change of a document for the generator.
pub(super) struct Rule {
    /// The name of the rule, which is the name of its function.
    pub(super) name: &'static str,
    /// The reason for the rule.
    pub(super) reason: &'static str,
    /// The smallest document that the rule changes or rejects, as JSON.
    #[cfg_attr(not(test), allow(dead_code))] // The tests run the examples.
    pub(super) example: &'static str,
    pub(super) apply: fn(&mut Draft) -> Result<(), Error>,
}

macro_rules! rules {
    ($($module:ident :: $rule:ident, $reason:literal, $example:literal;)*) => {
        &[$(Rule {
            name: stringify!($rule),
            reason: $reason,
            example: $example,
            apply: $module::$rule,
        }),*]
    };
}

pub(super) const RULES: &[Rule] = rules! {
    shapes::read_empty_lists_as_maps,
        "PHP writes an empty map as an empty list",
        r##"{"components": {"schemas": {"A": {"properties": []}}}}"##;
    shapes::read_null_as_empty,
        "YAML reads a key without a value as null",
        r##"{"paths": {"/a": null}}"##;
    omissions::complete_omissions,
        "an omission with one obvious meaning is accepted",
        r##"{"info": {"title": "T", "version": 1.0}}"##;
    openapi_3_1::rewrite_3_1_as_3_0,
        "the generator reads OpenAPI 3.0 only",
        r##"{"openapi": "3.1.0", "components": {"schemas": {"A": {"type": ["string", "null"]}}}}"##;
    anchors::drop_names_of_schemas,
        "references are JSON pointers",
        r##"{"components": {"schemas": {"A": {"$id": "https://a.test/a"}}}}"##;
    keywords::drop_keywords_of_another_type,
        "a keyword of another type is dropped if it only checks, and rejected if it defines a type",
        r##"{"components": {"schemas": {"A": {"type": "string", "required": true}}}}"##;
    list_or_object::distinguish_lists_from_objects,
        "the generator rejects a schema with items and properties",
        r##"{"components": {"schemas": {"A": {"items": {}, "properties": {}}}}}"##;
    untyped::drop_checks_without_a_type,
        "a check applies only to values of its type, and the generator takes it as a type",
        r##"{"components": {"schemas": {"A": {"minimum": 3}}}}"##;
    inline::inline_shared_objects,
        "later rules change the responses of single operations",
        r##"{"paths": {"/a": {"get": {"responses": {"404": {"$ref": "#/components/responses/Gone"}}}}},
        "components": {"responses": {"Gone": {"description": "gone"}}}}"##;
    inline::drop_unused_constructs,
        "a client does not call callbacks, links, OPTIONS, TRACE and web sockets",
        r##"{"paths": {"/a": {"trace": {}}}}"##;
    bodiless::drop_content_without_a_body,
        "HTTP sends no body with 204, or after HEAD",
        r##"{"paths": {"/a": {"get": {"responses": {"204": {"content": {"application/json": {}}}}}}}}"##;
    operation_ids::give_every_operation_an_id,
        "a new operation must not block a regeneration",
        r##"{"paths": {"/pets": {"get": {}}}}"##;
    path_parameters::match_path_parameters,
        "the generator rejects extra and missing parameters",
        r##"{"paths": {"/a": {"get": {"parameters": [{"name": "id", "in": "path"}]}}}}"##;
    parameters::fit_parameters_to_the_generator,
        "the transport sends some headers, and the generator supports one style per location",
        r##"{"paths": {"/a": {"get": {"parameters": [{"name": "ids", "in": "query",
        "explode": false, "schema": {"type": "array"}}]}}}}"##;
    media_types::keep_one_request_body,
        "the generator rejects a body with two media types",
        r##"{"paths": {"/a": {"post": {"requestBody": {"content": {"application/json": {"schema": {}},
        "text/plain": {}}}}}}}"##;
    successes::use_default_as_success,
        "`default` is the success if no other success is declared",
        r##"{"paths": {"/a": {"get": {"responses": {"default": {"description": ""}}}}}}"##;
    streams::split_json_from_streams,
        "the generator drops the stream if there are two media types",
        r##"{"paths": {"/a": {"get": {"operationId": "list_a",
        "responses": {"200": {"content": {"application/json": {},
        "text/event-stream": {}}}}}}}}"##;
    operation_ids::number_conflicting_operations,
        "an operation becomes a method",
        r##"{"paths": {"/a": {"get": {"operationId": "getA"}},
        "/b": {"get": {"operationId": "get_a"}}}}"##;
    answers::request_one_kind_of_body,
        "a server may require the exact `Accept` header",
        r##"{"paths": {"/a": {"get": {"responses": {"200": {"content": {"text/csv": {}}}}}}}}"##;
    media_types::rename_json_types,
        "the generator treats other names of JSON as bytes",
        r##"{"paths": {"/a": {"get": {"responses": {"400": {"content": {"application/problem+json": {"schema": {}}}}}}}}}"##;
    successes::merge_successes,
        "the generator supports one type for all successes",
        r##"{"paths": {"/a": {"get": {"operationId": "a",
        "responses": {"200": {"content": {"application/json": {"schema": {"type": "string"}}}},
        "202": {"content": {"application/json": {"schema": {"type": "integer"}}}}}}}}}"##;
    texts::describe_operations,
        "descriptions become Rust documentation",
        r##"{"paths": {"/pets": {"get": {"responses": {}}}}}"##;
    errors::give_every_operation_one_error,
        "every failure is typed, even if it is not listed",
        r##"{"paths": {"/a": {"get": {"responses": {"404": {"description": ""}}}}}}"##;
    exclusions::drop_exclusions,
        "the generator rejects most uses of `not`",
        r##"{"components": {"schemas": {"A": {"type": "string", "not": {"enum": ["x"]}}}}}"##;
    all_of::merge_parts_into_one_object,
        "the generator loses descriptions and rejects a property that is declared twice",
        r##"{"components": {"schemas": {"A": {"allOf": [{"type": "object",
        "properties": {"a": {}}}, {"type": "object", "properties": {"b": {}}}]}}}}"##;
    all_of::reject_endless_schemas,
        "the generator would not terminate on a schema that contains itself",
        r##"{"components": {"schemas": {"A": {"allOf": [{"$ref": "#/components/schemas/A"}, {"type": "string"}]}}}}"##;
    nested::nest_objects,
        "objects are distinguished by a tag only among each other",
        r##"{"components": {"schemas": {"A": {"anyOf": [{"type": "string"},
        {"required": ["k"], "properties": {"k": {"enum": ["a"]}}},
        {"required": ["k"], "properties": {"k": {"enum": ["b"]}}}]}}}}"##;
    recursive::lift_recursive_choices,
        "later rules copy alternatives, which must not contain the choice again",
        r##"{"components": {"schemas": {"A": {"properties": {"a": {"oneOf": [{"$ref": "#/components/schemas/A"}],
        "discriminator": {"propertyName": "kind"}}}}}}}"##;
    overlaps::merge_overlapping_alternatives,
        "reading one of the alternatives would lose the properties of another one",
        r##"{"components": {"schemas": {"A": {"anyOf": [{"properties": {"a": {}, "b": {}}},
        {"properties": {"a": {}, "c": {}}}]}}}}"##;
    nullable::move_nullable_to_references,
        "the generator writes two types for a nullable component",
        r##"{"components": {"schemas": {"A": {"type": "object", "nullable": true},
        "B": {"type": "array", "items": {"$ref": "#/components/schemas/A"}}}}}"##;
    texts::describe_schemas,
        "descriptions become Rust documentation",
        r##"{"components": {"schemas": {"Pet": {"type": "object",
        "properties": {"age": {"type": "integer"}}}}}}"##;
    strings::keep_strings_plain,
        "the raw crate has no type for some formats, and a length creates a wrapper type",
        r##"{"components": {"schemas": {"A": {"type": "string", "format": "uuid",
        "minLength": 1}}}}"##;
    numbers::allow_zero_integers,
        "a type without zero cannot represent a zero",
        r##"{"components": {"schemas": {"A": {"type": "integer", "minimum": 1}}}}"##;
    arrays::use_lists_for_long_arrays,
        "serde supports arrays of at most 32 items",
        r##"{"components": {"schemas": {"A": {"type": "array", "minItems": 33, "maxItems": 33}}}}"##;
    enums::drop_other_enums,
        "a Rust enum cannot be deserialized from values of several types",
        r##"{"components": {"schemas": {"A": {"type": "integer", "enum": [1, 2]}}}}"##;
    text_choices::join_texts,
        "an open enum keeps every text, so the first of several would read all",
        r##"{"components": {"schemas": {"A": {"oneOf": [{"type": "string", "enum": ["x"]},
        {"type": "string", "enum": ["y"]}]}}}}"##;
    enums::lift_enums_into_open_components,
        "a value that the server adds must not break the client",
        r##"{"components": {"schemas": {"Pet": {"properties": {"color": {"type": "string",
        "enum": ["red"]}}}}}}"##;
    alternatives::choose_one_value,
        "the generator writes a struct for `anyOf`, which can only be read from objects",
        r##"{"components": {"schemas": {"A": {"anyOf": [{"type": "string"}, {"type": "string", "format": "date"}]}}}}"##;
    alternatives::drop_duplicate_alternatives,
        "the generator rejects two equal alternatives",
        r##"{"components": {"schemas": {"A": {"anyOf": [{"type": "string"}, {"type": "string"}]}}}}"##;
    alternatives::read_open_objects_by_content,
        "the generator takes the only property of an object as the tag of the whole value",
        r##"{"components": {"schemas": {"A": {"oneOf": [{"properties": {"a": {}}, "required": ["a"]},
        {"properties": {"b": {}}, "required": ["b"]}]}}}}"##;
    alternatives::try_stricter_objects_first,
        "an object with fewer properties would also match, and lose the others",
        r##"{"components": {"schemas": {"A": {"oneOf": [{"properties": {"a": {}}, "required": ["a"]},
        {"properties": {"a": {}, "b": {}}, "required": ["a", "b"]}]}}}}"##;
    alternatives::try_strings_last,
        "a string type that accepts anything would also match a number",
        r##"{"components": {"schemas": {"A": {"oneOf": [{"type": "string"}, {"type": "integer"}]}}}}"##;
    defaults::drop_invalid_defaults,
        "the generator rejects a default that is not a value of its schema",
        r##"{"components": {"schemas": {"A": {"type": "integer", "default": "abc"}}}}"##;
    discriminators::tag_variants,
        "the generator ignores discriminators, and constants that are open enums",
        r##"{"components": {"schemas": {"A": {"oneOf": [{"$ref": "#/components/schemas/B"}],
        "discriminator": {"propertyName": "kind"}}, "B": {"type": "object",
        "properties": {}}}}}"##;
    directions::split_requests_from_responses,
        "one schema serves requests and responses",
        r##"{"paths": {"/a": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}},
        "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}}}},
        "components": {"schemas": {"A": {"type": "object",
        "properties": {"id": {"type": "string", "readOnly": true}}}}}}"##;
    texts::describe_schemas,
        "later rules add schemas",
        r##"{"components": {"schemas": {"PetColor": {"type": "string"}}}}"##;
};

/// Returns the table of rules as Markdown. A rule is needed if it affects one of the documents, to
/// which their overlays have been applied.
pub(super) fn table(documents: Vec<Value>) -> String {
    let mut drafts: Vec<Draft> = documents.into_iter().map(Draft::of).collect();
    let mut table = String::from("| Rule | Because | Needed today |\n|---|---|---|\n");
    for rule in RULES {
        let affected = drafts.iter_mut().filter_map(|draft| rule.affects(draft).then_some(()));
        let needed = if affected.count() > 0 { "yes" } else { "" };
        table += &format!("| {} | {} | {needed} |\n", rule.name.replace('_', " "), rule.reason);
    }
    table
}

impl Rule {
    /// Applies the rule, and returns whether it changed, rejected or noted anything.
    fn affects(&self, draft: &mut Draft) -> bool {
        let (before, notes) = (draft.document.clone(), draft.notes.len());
        let applied = (self.apply)(draft);
        applied.is_err() || draft.document != before || draft.notes.len() > notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_affects_its_example() {
        for rule in RULES {
            let example = serde_json::from_str(rule.example).expect(rule.name);
            assert!(rule.affects(&mut Draft::of(example)), "{}", rule.name);
        }
    }

    #[test]
    fn no_rule_affects_an_empty_document() {
        let empty = r##"{"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": {},
            "components": {"schemas": {}}}"##;
        for rule in RULES.iter().filter(|rule| !rule.name.contains("error")) {
            let mut draft = Draft::of(serde_json::from_str(empty).unwrap());
            assert!(!rule.affects(&mut draft), "{}", rule.name);
        }
    }

    #[test]
    fn the_table_lists_each_rule_and_whether_a_document_needs_it() {
        let document =
            serde_json::from_str(r##"{"openapi": "3.0.3", "paths": {"/pets": {"get": {}}}}"##)
                .unwrap();
        let table = table(vec![document]);
        assert_eq!(table.lines().count(), 2 + RULES.len());
        let row = |rule: &str| table.lines().find(|line| line.starts_with(rule)).unwrap();
        assert!(row("| give every operation an id |").ends_with("| yes |"), "{table}");
        assert!(row("| rewrite 3 1 as 3 0 |").ends_with("|  |"), "{table}");
    }
}
