//! The rules rewrite every construct that the generator cannot read into one that it accepts.
#![allow(clippy::unwrap_used, clippy::panic)] // A panic fails the test.

mod common;

use std::collections::{BTreeSet, HashSet};

use common::document;
use toml_edit::DocumentMut;
use xtask::drift::source::generate;
use xtask::prepare::{Prepared, prepare};
use xtask::yaml;

/// A document with every construct that the generator rejects, drops or misreads.
const ODDITIES: &str = r"
paths:
  /pets:
    parameters:
    - {name: X-Ambient-Project, in: header, schema: {type: string}}
    get:
      operationId: list_pets
      parameters:
      - {name: color, in: query, schema: {type: string, enum: [red, blue]}}
      responses:
        '200':
          description: OK
          content:
            application/json: {schema: {$ref: '#/components/schemas/Pets'}}
            text/event-stream: {schema: {type: string}}
        '400': {description: Bad, content: {application/problem+json: {schema: {type: object}}}}
        '404': {description: No body}
        '409': {description: Conflict, content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
        default: {description: Other, content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
    post:
      requestBody:
        content:
          application/json: {schema: {$ref: '#/components/schemas/Pet'}}
          application/x-www-form-urlencoded: {schema: {type: object}}
      responses:
        '200': {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '201': {description: Created, content: {application/json: {schema: {$ref: '#/components/schemas/Animal'}}}}
        '204': {description: Nothing}
        '302': {description: Elsewhere}
  /pets/{id}/events:
    get:
      callbacks: {done: {$ref: '#/components/callbacks/Done'}}
      parameters: [{$ref: '#/components/parameters/id'}]
      responses: {'200': {description: OK, content: {text/event-stream: {schema: {type: string}}}}}
  /pets/{id}/picture:
    put:
      operationId: put_picture
      parameters: [{$ref: '#/components/parameters/id'}]
      requestBody: {content: {image/png: {schema: {type: string, format: binary}}}}
      responses: {}
    post:
      operationId: describe_picture
      parameters:
      - {$ref: '#/components/parameters/id'}
      - {name: words, in: query, explode: false, schema: {type: array, items: {type: string}}}
      requestBody: {content: {application/json: {}}}
      responses:
        '200': {description: OK, content: {application/json: {schema: {type: object}}, text/html: {}}}
        '202': {description: Later, content: {text/plain: {schema: {type: string}}}}
        '203': {description: Live, content: {'text/event-stream; charset=utf-8': {}, application/x-ndjson: {}}}
    get:
      operationId: get_picture
      parameters: [{$ref: '#/components/parameters/id'}]
      responses: {default: {description: OK, content: {image/png: {}}}}
components:
  callbacks: {Done: {'{$url}': {post: {responses: {}}}}}
  parameters:
    id: {name: id, in: path, required: true, schema: {type: string, format: uuid, maxLength: 36}}
  schemas:
    Error: {type: object, properties: {reason: {type: string}}}
    Base: {type: object, required: [items], properties: {id: {type: string, readOnly: true}, at: {type: string}}}
    Pet:
      allOf:
      - $ref: '#/components/schemas/Base'
      - type: object
        required: [name]
        properties:
          name: {type: string}
          at: {type: string, format: date-time}
          color: {type: string, enum: [red, blue], default: red}
          secret: {type: string, writeOnly: true}
          size: {enum: [small, large]}
          age: {enum: [old, 1]}
          nick: {type: string, not: {enum: [none]}}
          born: {type: string, format: date}
          tag: {type: string, pattern: '^[a-z]+$', minLength: 2}
          seen: {type: string, format: date-time, maxLength: 40, nullable: true, x-go-name: Seen}
    Pets: {type: array, items: {$ref: '#/components/schemas/Pet'}}
    Cat: {type: object, required: [kind], properties: {kind: {type: string}, lives: {type: integer, readOnly: true}}}
    Dog: {type: object, required: [kind], properties: {kind: {type: string}, tricks: {type: integer}}}
    Animal:
      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]
      discriminator: {propertyName: kind, mapping: {cat: '#/components/schemas/Cat', dog: '#/components/schemas/Dog'}}
";

fn prepared(text: &str) -> Prepared {
    prepare(yaml::read(text, "test").unwrap(), None).unwrap()
}

/// Returns the client that the build generates.
fn generated(prepared: &Prepared) -> String {
    prettyplease::unparse(&generate(&prepared.document).unwrap())
}

/// Returns the crates that paths with a leading `::` name, including paths in attributes.
fn crates(source: &str) -> BTreeSet<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let starts = source.match_indices("::").map(|(at, _)| source.split_at(at));
    let leading = starts.filter(|(before, _)| !before.ends_with(|c| is_word(c) || c == '>'));
    let names = leading.filter_map(|(_, path)| path[2..].split(|c| !is_word(c)).next());
    names.filter(|name| !name.is_empty()).collect()
}

fn dependencies_of_the_raw_crate() -> BTreeSet<String> {
    let manifest: DocumentMut = include_str!("../../ambient-sdk/Cargo.toml").parse().unwrap();
    let names = manifest["dependencies"].as_table().unwrap().iter();
    names.map(|(name, _)| name.replace('-', "_")).collect()
}

#[test]
fn every_operation_becomes_a_method() {
    let source = generated(&prepared(&document(ODDITIES)));
    for method in [
        "list_pets",
        "stream_pets",
        "create_pet",
        "list_pet_events",
        "put_picture",
        "get_picture",
        "describe_picture",
        "stream_describe_picture",
    ] {
        assert!(source.contains(&format!("pub fn {method}(")), "{method}");
    }
}

/// Returns the entry of an operation in the generated table, as Rust code.
fn row<'s>(source: &'s str, id: &str) -> &'s str {
    let (_, row) = source.rsplit_once(&format!("id: \"{id}\",")).unwrap();
    row.split_once("authenticated").unwrap().0
}

#[test]
fn operations_contain_media_types_and_stream_flags() {
    let lines = "  /lines:\n    get:\n      operationId: read_lines\n      \
                 responses: {'200': {description: OK, content: {application/x-ndjson: {schema: {type: string}}}}}\n";
    let text = document(&ODDITIES.replace("paths:\n", &format!("paths:\n{lines}")));
    let source = generated(&prepared(&text));
    assert!(row(&source, "put_picture").contains("content_type: Some(\"image/png\")"), "{source}");
    assert!(row(&source, "describe_picture").contains("content_type: None"));
    for (id, stream) in [("read_lines", true), ("stream_pets", true), ("list_pets", false)] {
        assert!(row(&source, id).contains(&format!("stream: {stream}")), "{id}");
    }
}

#[test]
fn the_enum_of_a_parameter_is_named_after_operation_and_parameter() {
    let prepared = prepared(&document(ODDITIES));
    assert!(prepared.document["components"]["schemas"].get("ListPetsColor").is_some());
}

#[test]
fn no_path_names_a_crate_that_the_raw_crate_lacks() {
    let source = generated(&prepared(&document(ODDITIES)));
    let crates = crates(&source);
    assert!(crates.contains("serde"), "{crates:?}");
    let mut known = dependencies_of_the_raw_crate();
    known.insert("std".to_owned());
    let foreign: Vec<_> = crates.into_iter().filter(|name| !known.contains(*name)).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[test]
fn variants_with_a_discriminator_become_a_tagged_enum() {
    let source = generated(&prepared(&document(ODDITIES)));
    assert!(source.contains("#[serde(tag = \"kind\")]"), "{source}");
}

#[test]
fn a_variant_is_sent_and_received_under_the_same_tag() {
    let text = document(
        "paths:\n  /animals:\n    post:\n      operationId: create_animal\n      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Animal'}}}}\n      \
         responses: {'200': {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/Animal'}}}}}\n\
         components:\n  schemas:\n    Cat: {type: object, required: [kind], properties: {kind: {type: string}, id: {type: string, readOnly: true}}}\n    \
         Animal: {oneOf: [{$ref: '#/components/schemas/Cat'}], discriminator: {propertyName: kind, mapping: {meow: '#/components/schemas/Cat'}}}\n",
    );
    for (text, tag) in [
        (text.clone(), "meow"),
        (text.replace(", mapping: {meow: '#/components/schemas/Cat'}", ""), "Cat"),
    ] {
        let schemas = prepared(&text).document["components"]["schemas"].clone();
        let variant = |name: &str| schemas[name]["oneOf"][0]["properties"].clone();
        let (sent, received) = (variant("AnimalCreateRequest"), variant("Animal"));
        assert_eq!(sent["kind"]["enum"], serde_json::json!([tag]), "{schemas:#}");
        assert_eq!(received["kind"]["enum"], serde_json::json!([tag]), "{schemas:#}");
        assert!(sent.get("id").is_none() && received.get("id").is_some(), "{schemas:#}");
    }
}

/// A document with one operation, which sends and returns `Thing`.
const THING: &str = r"
paths:
  /thing:
    post:
      operationId: getA
      parameters:
      - {name: b, in: query, style: deepObject, schema: {type: object, properties: {x: {type: string}}}}
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
      responses: {'200': {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}}
components:
  schemas:
    Thing: {type: object, properties: {word: {anyOf: [{type: string, enum: [a]}, {type: string}]},
      since: {anyOf: [{type: string, enum: [today]}, {type: string, format: date-time}]},
      signal: {$ref: '#/components/schemas/Signal'}, vector: {type: array, items: {type: number}, minItems: 33, maxItems: 33}}}
    Ping: {type: object, required: [kind], properties: {kind: {type: string}}}
    Pong: {type: object, required: [kind], properties: {kind: {type: string}}}
    Signal: {oneOf: [{$ref: '#/components/schemas/Ping'}, {$ref: '#/components/schemas/Pong'}], discriminator: {propertyName: kind}}
";

/// Returns a type of the client, from its declaration to its end.
fn declared<'s>(source: &'s str, start: &str) -> &'s str {
    let (_, rest) = source.split_once(start).unwrap_or_else(|| panic!("no {start}"));
    rest.split_once("\n    }").map_or(rest, |(declaration, _)| declaration)
}

#[test]
fn alternatives_of_texts_become_an_enum() {
    let source = generated(&prepared(&document(THING)));
    assert!(!source.contains("subtype_0"), "a struct of alternatives can't be read from a text");
    assert!(declared(&source, "pub enum ThingSince {").contains("types::ThingSince0)"), "{source}");
}

#[test]
fn alternatives_without_a_type_of_their_own_are_one_enum() {
    let source = generated(&prepared(&document(THING)));
    assert!(source.contains("types::ThingWord>"), "{source}");
    assert!(!source.contains("ThingWord0"), "{source}");
}

#[test]
fn an_enum_of_tags_alone_keeps_unknown_tags() {
    let source = generated(&prepared(&document(THING)));
    let signal = declared(&source, "pub enum Signal {");
    assert!(signal.contains("Unknown(::serde_json::Value)"), "{signal}");
}

#[test]
fn an_enum_of_tags_with_contents_keeps_unknown_tags() {
    let one = |tag: &str| {
        let properties = format!("{{kind: {{type: string, enum: [{tag}]}}, value: {{}}}}");
        format!("{{type: object, required: [kind, value], properties: {properties}}}")
    };
    let source = generated_of(&format!("{{oneOf: [{}, {}]}}", one("a"), one("b")));
    let declared = declared(&source, "pub enum A {");
    assert!(declared.contains("Unknown(::serde_json::Value)"), "{declared}");
}

#[test]
fn a_query_object_has_the_name_of_its_type() {
    let source = generated(&prepared(&document(THING)));
    assert!(source.contains("pub struct GetAb {") && !source.contains("GetAB"), "{source}");
}

#[test]
fn a_long_array_is_a_list() {
    let source = generated(&prepared(&document(THING)));
    let vector = "pub vector: ::std::vec::Vec<f64>";
    assert!(declared(&source, "pub struct Thing {").contains(vector), "{source}");
}

#[test]
fn all_choices_and_losses_are_noted() {
    let notes: HashSet<String> =
        prepared(&document(ODDITIES)).notes.into_iter().map(|note| note.text).collect();
    for part in [
        "`create_pet` was derived",
        "`stream_pets` was derived",
        "`X-Ambient-Project` is left",
        "not `application/x-www-form-urlencoded`",
        "status 302",
        "`Error` was chosen",
        "`image/png` is sent as bytes",
        "the format `uuid` is left",
        "the format `date` is left",
        "`pattern` is left",
        "`words` is a list as a string",
        "`not` is left",
        "the values are not strings",
        "success 200 is requested as `application/json`, not `text/html`",
        "success 202 is `text/plain` while others are JSON",
        "requested as `text/event-stream; charset=utf-8`, not `application/x-ndjson`",
    ] {
        assert!(notes.iter().any(|note| note.contains(part)), "{part}: {notes:#?}");
    }
}

/// Returns the client of a document with this schema `A`, which is the body of a response.
fn generated_of(schema: &str) -> String {
    let get = "{operationId: get_a, responses: {'200': {description: OK, content: {application/json: \
               {schema: {$ref: '#/components/schemas/A'}}}}}}";
    let text = format!("paths: {{/a: {{get: {get}}}}}\ncomponents: {{schemas: {{A: {schema}}}}}\n");
    generated(&prepared(&document(&text)))
}

#[test]
fn checks_without_a_type_are_generated_as_any_value() {
    for checks in
        ["{minimum: 3}", "{minItems: 1}", "{required: [a]}", "{nullable: true, maximum: 3}"]
    {
        let source = generated_of(checks);
        assert!(source.contains("pub struct A(pub ::serde_json::Value);"), "{checks}");
    }
}

#[test]
fn alternatives_whose_only_properties_differ_in_case_keep_their_names() {
    let one = |name: &str| {
        let properties = format!("{{{name}: {{type: string}}}}");
        format!("{{required: [{name}], properties: {properties}, additionalProperties: false}}")
    };
    let source = generated_of(&format!("{{oneOf: [{}, {}]}}", one("a"), one("A")));
    let declared = declared(&source, "pub enum A {");
    for part in [r#"rename = "a""#, r#"rename = "A""#, "A(", "A2("] {
        assert!(declared.contains(part), "{part}: {declared}");
    }
}

#[test]
fn a_3_1_document_is_generated_too() {
    let text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      operationId: get_a\n      \
                responses: {'200': {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}}\n\
                components:\n  schemas:\n    A: {type: object, properties: {n: {type: [string, 'null']}, k: {const: a}}}\n";
    assert!(generated(&prepared(text)).contains("pub fn get_a("));
}
