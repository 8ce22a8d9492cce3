//! The generator accepts what the rules make of everything that it cannot read itself.
#![allow(clippy::unwrap_used, clippy::panic)] // A failed expectation is a failed test.

mod common;

use std::collections::HashSet;

use common::document;
use openapiv3::OpenAPI;
use progenitor_impl::{GenerationSettings, Generator, InterfaceStyle};
use xtask::prepare::{Prepared, prepare, to_text};
use xtask::yaml;

/// Every construct that the generator stops at, drops or misreads, in one document.
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
    get:
      operationId: get_picture
      parameters: [{$ref: '#/components/parameters/id'}]
      responses: {default: {description: OK, content: {image/png: {}}}}
components:
  callbacks: {Done: {'{$url}': {post: {responses: {}}}}}
  parameters:
    id: {name: id, in: path, required: true, schema: {type: string}}
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
    Pets: {type: array, items: {$ref: '#/components/schemas/Pet'}}
    Cat: {type: object, required: [kind], properties: {kind: {type: string}, lives: {type: integer}}}
    Dog: {type: object, required: [kind], properties: {kind: {type: string}, tricks: {type: integer}}}
    Animal:
      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]
      discriminator: {propertyName: kind, mapping: {cat: '#/components/schemas/Cat', dog: '#/components/schemas/Dog'}}
";

fn prepared(text: &str) -> Prepared {
    prepare(yaml::read(text, "test").unwrap(), None).unwrap()
}

fn generated(prepared: &Prepared) -> String {
    let api: OpenAPI = serde_json::from_str(&to_text(&prepared.document)).unwrap();
    let mut settings = GenerationSettings::new();
    settings.with_interface(InterfaceStyle::Builder);
    let tokens = Generator::new(&settings).generate_tokens(&api).unwrap();
    prettyplease::unparse(&syn::parse2(tokens).unwrap())
}

#[test]
fn every_operation_becomes_a_method() {
    let source = generated(&prepared(&document(ODDITIES)));
    for method in
        ["list_pets", "stream_pets", "create_pet", "list_pet_events", "put_picture", "get_picture"]
    {
        assert!(source.contains(&format!("pub fn {method}(")), "{method}");
    }
}

#[test]
fn the_enum_of_a_parameter_is_named_after_operation_and_parameter() {
    let prepared = prepared(&document(ODDITIES));
    assert!(prepared.document["components"]["schemas"].get("ListPetsColor").is_some());
}

#[test]
fn variants_with_a_discriminator_become_a_tagged_enum() {
    let source = generated(&prepared(&document(ODDITIES)));
    assert!(source.contains("#[serde(tag = \"kind\")]"), "{source}");
}

#[test]
fn everything_that_was_chosen_or_given_up_is_noted() {
    let notes: HashSet<String> =
        prepared(&document(ODDITIES)).notes.into_iter().map(|note| note.text).collect();
    for part in [
        "`create_pet` was derived",
        "`stream_pets` was derived",
        "`X-Ambient-Project` is left",
        "not `application/x-www-form-urlencoded`",
        "status 302",
        "success 204",
        "`Error` was chosen",
        "`image/png` is sent as bytes",
    ] {
        assert!(notes.iter().any(|note| note.contains(part)), "{part}: {notes:#?}");
    }
}

#[test]
fn a_3_1_document_is_generated_too() {
    let text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      operationId: get_a\n      \
                responses: {'200': {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}}\n\
                components:\n  schemas:\n    A: {type: object, properties: {n: {type: [string, 'null']}, k: {const: a}}}\n";
    assert!(generated(&prepared(text)).contains("pub fn get_a("));
}
