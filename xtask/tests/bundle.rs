//! Bundling several files produces one document with the same meaning.
#![allow(clippy::unwrap_used, clippy::panic)] // A panic fails the test.

mod common;

use common::{bundle_in, bundled, document, folder};
use serde_json::{Value, json};

/// Returns a root and two files, with escapes, cycles between files and path-level parameters.
fn pets() -> Vec<(&'static str, String)> {
    vec![
        (
            "openapi.yaml",
            document(
                "paths:\n  /pets/{id}:\n    $ref: openapi.pets.yaml#/paths/~1pets~1{id}\n  \
                 /owners:\n    $ref: openapi.owners.yaml#/paths/~1owners\n\
                 components:\n  schemas:\n    Pet:\n      $ref: openapi.pets.yaml#/components/schemas/Pet\n    \
                 Error: {type: object, description: What went wrong.}\n  parameters:\n    \
                 id: {name: id, in: path, required: true, schema: {type: string}}\n",
            ),
        ),
        (
            "openapi.pets.yaml",
            "paths:\n  /pets/{id}:\n    parameters:\n    - $ref: '#/components/parameters/id'\n    get:\n      \
             responses:\n        200:\n          description: OK\n          content:\n            application/json:\n              \
             schema: {$ref: '#/components/schemas/Pet'}\n        default:\n          $ref: '#/components/responses/Failed'\n\
             components:\n  parameters:\n    id: {name: id, in: path, required: true, description: The pet., schema: {type: string}}\n  \
             responses:\n    Failed:\n      description: Failed.\n      content: {application/json: {schema: {$ref: 'openapi.yaml#/components/schemas/Error'}}}\n  \
             schemas:\n    Pet:\n      type: object\n      properties:\n        owner: {$ref: 'openapi.owners.yaml#/components/schemas/Owner'}\n"
                .to_owned(),
        ),
        (
            "openapi.owners.yaml",
            "paths:\n  /owners:\n    get:\n      parameters:\n      - $ref: '#/components/parameters/id'\n      responses:\n        \
             '200': {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/Owner'}}}}\n\
             components:\n  parameters:\n    id: {name: id, in: query, schema: {type: string}}\n  schemas:\n    Owner:\n      \
             type: object\n      properties:\n        pets: {type: array, items: {$ref: 'openapi.pets.yaml#/components/schemas/Pet'}}\n"
                .to_owned(),
        ),
    ]
}

fn bundled_pets() -> Value {
    let files = pets();
    bundled(&files.iter().map(|(name, text)| (*name, text.as_str())).collect::<Vec<_>>())
}

#[test]
fn every_reference_names_a_component_of_the_bundle() {
    let document = bundled_pets();
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference}"));
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn path_items_are_inlined_in_the_order_of_the_root() {
    let document = bundled_pets();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.keys().collect::<Vec<_>>(), ["/pets/{id}", "/owners"]);
    assert!(paths["/pets/{id}"]["get"]["responses"]["200"]["content"].is_object());
}

#[test]
fn cycles_between_files_become_components() {
    let document = bundled_pets();
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["Pet"]["properties"]["owner"]["$ref"], "#/components/schemas/Owner");
    assert_eq!(schemas["Owner"]["properties"]["pets"]["items"]["$ref"], "#/components/schemas/Pet");
    assert_eq!(schemas.as_object().unwrap().keys().collect::<Vec<_>>(), ["Pet", "Error", "Owner"]);
}

#[test]
fn different_parameters_with_one_name_get_readable_names() {
    let document = bundled_pets();
    let parameters = &document["components"]["parameters"];
    assert_eq!(
        parameters.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["id", "pets_id", "owners_id"]
    );
    assert!(parameters["id"].get("description").is_none());
    assert_eq!(parameters["pets_id"]["description"], "The pet.");
    assert_eq!(parameters["owners_id"]["in"], "query");
    let used = &document["paths"]["/pets/{id}"]["parameters"][0]["$ref"];
    assert_eq!(used, "#/components/parameters/pets_id");
}

#[test]
fn names_do_not_depend_on_the_order_of_files() {
    let part = |kind: &str| {
        format!(
            "get: {{responses: {{'200': {{description: OK, content: {{application/json: {{schema: {{$ref: '#/Pet'}}}}}}}}}}}}\nPet: {{type: {kind}}}\n"
        )
    };
    let (a, b) = (part("object"), part("array"));
    let names = |paths: &str| {
        let root = document(paths);
        let bundle = bundled(&[("openapi.yaml", &root), ("a.yaml", &a), ("b.yaml", &b)]);
        let mut names: Vec<(String, Value)> =
            bundle["components"]["schemas"].as_object().unwrap().clone().into_iter().collect();
        names.sort_by(|one, other| one.0.cmp(&other.0));
        names
    };
    let both = names("paths: {/a: {$ref: a.yaml}, /b: {$ref: b.yaml}}\n");
    assert_eq!(both, names("paths: {/b: {$ref: b.yaml}, /a: {$ref: a.yaml}}\n"));
    let [(one, one_is), (two, _)] = &both[..] else { panic!("{both:?}") };
    assert_eq!((one.as_str(), two.as_str()), ("APet", "BPet"));
    assert_eq!(one_is["type"], "object");
    let alone = names("paths: {/b: {$ref: b.yaml}}\n");
    assert_eq!(alone[0].0, "Pet");
}

#[test]
fn external_examples_are_relative_to_the_root() {
    let root = document("paths: {/a: {$ref: 'parts/a.yaml'}}\n");
    let item = "get:\n  responses:\n    '200':\n      description: OK\n      content:\n        application/json:\n          \
                examples: {near: {externalValue: cat.json}, up: {externalValue: ../dog.json}, far: {externalValue: 'https://example.test/x.json'}}\n";
    let document = bundled(&[("openapi.yaml", &root), ("parts/a.yaml", item)]);
    let media = &document["paths"]["/a"]["get"]["responses"]["200"]["content"]["application/json"];
    let value = |name: &str| media["examples"][name]["externalValue"].clone();
    assert_eq!(value("near"), "parts/cat.json");
    assert_eq!(value("up"), "dog.json");
    assert_eq!(value("far"), "https://example.test/x.json");
}

#[test]
fn identical_components_are_merged() {
    let page =
        "components:\n  parameters:\n    page: {name: page, in: query, schema: {type: integer}}\n";
    let other = format!(
        "paths:\n  /b:\n    get: {{parameters: [{{$ref: '#/components/parameters/page'}}], responses: {{}}}}\n{page}"
    );
    let root = document(&format!("paths: {{/b: {{$ref: 'b.yaml#/paths/~1b'}}}}\n{page}"));
    let document = bundled(&[("openapi.yaml", &root), ("b.yaml", &other)]);
    assert_eq!(document["components"]["parameters"].as_object().unwrap().len(), 1);
}

#[test]
fn responses_bodies_headers_and_examples_are_components_too() {
    let root = document("paths: {/a: {$ref: 'parts/a.yaml'}}\n");
    let item = "post:\n  requestBody: {$ref: 'shared.yaml#/Body'}\n  responses:\n    '200': {$ref: 'shared.yaml#/Answer'}\n  \
                security: [{Local: []}]\ncomponents:\n  securitySchemes: {Local: {type: http, scheme: basic}}\n";
    let shared = "Body: {content: {application/json: {schema: {$ref: '#/Pet'}, examples: {cat: {$ref: '#/Cat'}}}}}\n\
                  Answer: {description: OK, headers: {X-Left: {$ref: '#/Left'}}}\nLeft: {schema: {type: integer}}\n\
                  Pet: {type: object}\nCat: {value: {$ref: this is data}}\n";
    let document =
        bundled(&[("openapi.yaml", &root), ("parts/a.yaml", item), ("parts/shared.yaml", shared)]);
    let components = &document["components"];
    assert_eq!(
        components["requestBodies"]["Body"]["content"]["application/json"]["schema"]["$ref"],
        "#/components/schemas/Pet"
    );
    assert_eq!(
        components["responses"]["Answer"]["headers"]["X-Left"]["$ref"],
        "#/components/headers/Left"
    );
    assert_eq!(components["examples"]["Cat"]["value"], json!({"$ref": "this is data"}));
    assert_eq!(components["securitySchemes"]["Local"]["scheme"], "basic");
}

#[test]
fn chains_of_references_and_whole_files_are_followed() {
    let root = document(
        "paths: {}\ncomponents: {schemas: {A: {$ref: 'b.yaml#/B'}, Again: {$ref: '#/components/schemas/A'}}}\n",
    );
    let document = bundled(&[
        ("openapi.yaml", &root),
        ("b.yaml", "B: {$ref: 'c.yaml#/C'}\n"),
        ("c.yaml", "C: {$ref: schemas/Pet.yaml}\n"),
        ("schemas/Pet.yaml", "type: object\nproperties: {friend: {$ref: ../schemas/Pet.yaml}}\n"),
    ]);
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["A"]["properties"]["friend"]["$ref"], "#/components/schemas/A");
    assert_eq!(schemas["Again"], json!({"$ref": "#/components/schemas/A"}));
}

#[test]
fn a_pointer_may_cross_a_reference() {
    let root = document(
        "paths: {}\ncomponents: {schemas: {Pet: {$ref: 'b.yaml#/Pet'}, Name: {type: object, properties: {n: {$ref: '#/components/schemas/Pet/properties/name'}}}}}\n",
    );
    let document = bundled(&[
        ("openapi.yaml", &root),
        ("b.yaml", "Pet: {type: object, properties: {name: {type: string, maxLength: 3}}}\n"),
    ]);
    let name =
        document["components"]["schemas"]["Name"]["properties"]["n"]["$ref"].as_str().unwrap();
    assert_eq!(document.pointer(&name[1..]).unwrap()["maxLength"], 3);
}

#[test]
fn a_discriminator_keeps_its_meaning_when_a_variant_is_renamed() {
    let root = document(
        "paths: {}\ncomponents: {schemas: {Cat: {type: string}, Any: {$ref: 'b.yaml#/components/schemas/Any'}}}\n",
    );
    let other = "components:\n  schemas:\n    Any:\n      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]\n      \
                 discriminator: {propertyName: kind, mapping: {woof: Dog}}\n    Cat: {type: object}\n    Dog: {type: object}\n";
    let document = bundled(&[("openapi.yaml", &root), ("b.yaml", other)]);
    let mapping = &document["components"]["schemas"]["Any"]["discriminator"]["mapping"];
    let expected = json!({"woof": "#/components/schemas/Dog", "Cat": "#/components/schemas/BCat"});
    assert_eq!(*mapping, expected);
}

#[test]
fn bundling_a_bundle_changes_nothing() {
    let files = pets();
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let once = xtask::yaml::write(&bundled(&files)).unwrap();
    let twice = xtask::yaml::write(&bundled(&[("openapi.yaml", &once)])).unwrap();
    assert_eq!(once, twice);
}

#[test]
fn the_digest_depends_on_content_but_not_location() {
    let files = pets();
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let (one, two) = (folder(&files), folder(&files));
    let digest = bundle_in(one.path()).unwrap().digest;
    assert_eq!(digest, bundle_in(two.path()).unwrap().digest);
    let owners = two.path().join("openapi.owners.yaml");
    let text = std::fs::read_to_string(&owners).unwrap();
    std::fs::write(&owners, format!("{text}# a comment\n")).unwrap();
    assert_ne!(digest, bundle_in(two.path()).unwrap().digest);
}

#[test]
fn an_undefined_path_is_omitted_with_a_warning() {
    let root =
        document("paths:\n  /a: {$ref: 'b.yaml#/paths/~1a'}\n  /c: {$ref: 'b.yaml#/paths/~1c'}\n");
    let folder =
        folder(&[("openapi.yaml", &root), ("b.yaml", "paths: {/a: {get: {responses: {}}}}\n")]);
    let bundle = bundle_in(folder.path()).unwrap();
    assert_eq!(bundle.document["paths"].as_object().unwrap().keys().collect::<Vec<_>>(), ["/a"]);
    assert!(bundle.warnings[0].contains("openapi.yaml:5 at #/paths/~1c"), "{:?}", bundle.warnings);
}

fn collect_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|value| collect_references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| collect_references(value, found)),
        _ => {}
    }
}

#[test]
fn a_map_of_components_or_paths_may_be_a_reference() {
    let index = "Crate: {$ref: ./Crate.yaml}\nLid: {type: object}\n";
    let files = [
        (
            "openapi.yaml",
            document("paths: {$ref: paths.yaml}\ncomponents: {$ref: components.yaml}\n"),
        ),
        ("components.yaml", "schemas: {$ref: schemas/_index.yaml}\n".to_owned()),
        ("schemas/_index.yaml", index.to_owned()),
        (
            "schemas/Crate.yaml",
            "type: object\nproperties: {lid: {$ref: '_index.yaml#/Lid'}}\n".to_owned(),
        ),
        ("paths.yaml", "/crates: {$ref: crates.yaml}\n".to_owned()),
        (
            "crates.yaml",
            "get: {responses: {'200': {$ref: 'openapi.yaml#/components/schemas/Crate'}}}\n"
                .to_owned(),
        ),
    ];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let document = bundled(&files);
    let lid = json!({"$ref": "#/components/schemas/Lid"});
    let crate_ = json!({"type": "object", "properties": {"lid": lid}});
    assert_eq!(
        document["components"]["schemas"],
        json!({"Crate": crate_, "Lid": {"type": "object"}})
    );
    assert!(document["paths"]["/crates"]["get"].is_object());
}

#[test]
fn names_and_definitions_inside_schemas_are_kept() {
    let text = "openapi: 3.1.0
info: {title: t, version: '1'}
paths: {}
components:
  schemas:
    Pet:
      $id: https://a.test/pet
      $schema: https://json-schema.org/draft/2020-12/schema
      $comment: c
      $anchor: pet
      type: object
      properties: {color: {$ref: '#/components/schemas/Pet/$defs/Color'}}
      $defs: {Color: {type: string}}
";
    let document = bundled(&[("openapi.yaml", text)]);
    let pet = &document["components"]["schemas"]["Pet"];
    assert_eq!(pet["$id"], "https://a.test/pet");
    let color = pet["properties"]["color"]["$ref"].as_str().unwrap();
    let color = document.pointer(color.trim_start_matches('#')).unwrap();
    assert_eq!(*color, json!({"type": "string"}));
}

#[test]
fn every_place_of_a_bundle_is_mapped_to_its_file() {
    let folder = folder(&pets().iter().map(|(n, t)| (*n, t.as_str())).collect::<Vec<_>>());
    let mut origin = bundle_in(folder.path()).unwrap().origin;
    let mut place = |pointer: &str| {
        let place = origin.place(pointer);
        let file = place.document.rsplit('/').next().unwrap().to_owned();
        (file, place.line.unwrap(), place.pointer)
    };
    let owner = "/components/schemas/Pet/properties/owner";
    assert_eq!(place(owner), ("openapi.pets.yaml".to_owned(), 25, owner.to_owned()));
    let path = "/paths/~1pets~1{id}/get/responses/200";
    assert_eq!(place(path), ("openapi.pets.yaml".to_owned(), 7, path.to_owned()));
    let added = format!("{owner}/made/by/an/overlay");
    assert_eq!(place(&added).2, owner);
    let beyond = format!("{owner}/properties/pets");
    assert_eq!(place(&beyond).0, "openapi.owners.yaml");
}
