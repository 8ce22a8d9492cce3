//! Invalid documents are rejected with file, line if known, and pointer.
#![allow(clippy::unwrap_used, clippy::panic)] // A panic fails the test.

mod common;

use std::fs;

use common::{bundle_in, document, folder, refusal};
use xtask::bundle::bundle;
use xtask::error::chain;
use xtask::source::{Location, ReadOptions};

/// Returns the error for a root document with these `paths` and `components`.
fn error_of(rest: &str) -> String {
    refusal(&[("openapi.yaml", &document(rest))])
}

fn assert_contains(error: &str, parts: &[&str]) {
    for part in parts {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
}

#[test]
fn invalid_yaml_is_reported_with_its_line() {
    let text = refusal(&[("openapi.yaml", "openapi: 3.0.3\ninfo: [\npaths: {}\n")]);
    assert_contains(&text, &["openapi.yaml:", "not valid YAML"]);
}

#[test]
fn other_formats_are_named() {
    assert_contains(
        &refusal(&[("openapi.yaml", "swagger: '2.0'\n")]),
        &["openapi.yaml:1", "#/swagger", "Swagger 2.0", "convert"],
    );
    assert_contains(&refusal(&[("openapi.yaml", "hello: world\n")]), &["not an OpenAPI document"]);
    assert_contains(
        &refusal(&[("openapi.yaml", "openapi: 4.0.0\n")]),
        &["openapi.yaml:1", "OpenAPI 4.0.0"],
    );
    assert_contains(&refusal(&[("openapi.yaml", "")]), &["the document is empty"]);
}

#[test]
fn a_dangling_reference_has_its_place_and_a_suggestion() {
    let text = error_of(
        "paths: {}\ncomponents:\n  schemas:\n    Pet: {type: object}\n    Owner:\n      type: object\n      \
         properties:\n        pet: {$ref: '#/components/schemas/pet'}\n",
    );
    assert_contains(
        &text,
        &[
            "openapi.yaml:10",
            "#/components/schemas/Owner/properties/pet",
            "has no `pet`",
            "did you mean `Pet`?",
        ],
    );
}

#[test]
fn a_reference_to_a_missing_file_names_both() {
    let text = error_of("paths: {/a: {$ref: 'missing.yaml#/a'}}\n");
    assert_contains(&text, &["openapi.yaml:3", "#/paths/~1a", "missing.yaml"]);
}

#[test]
fn circular_references_are_rejected() {
    let own = error_of("paths: {}\ncomponents: {schemas: {A: {$ref: '#/components/schemas/A'}}}\n");
    assert_contains(&own, &["#/components/schemas/A", "is circular"]);
    let through_files = refusal(&[
        ("openapi.yaml", &document("paths: {}\ncomponents: {schemas: {A: {$ref: 'b.yaml#/B'}}}\n")),
        ("b.yaml", "B: {$ref: 'openapi.yaml#/components/schemas/A'}\n"),
    ]);
    assert_contains(&through_files, &["is circular"]);
}

#[test]
fn a_recursive_path_item_is_rejected() {
    let text = error_of(
        "paths:\n  /a: {$ref: '#/components/x-items/a'}\ncomponents:\n  x-items:\n    a:\n      post:\n        responses: {}\n        \
         callbacks: {done: {'{$url}': {$ref: '#/components/x-items/a'}}}\n",
    );
    assert_contains(&text, &["is circular"]);
}

#[test]
fn anchors_and_invalid_maps_are_rejected() {
    assert_contains(
        &error_of("paths: {}\ncomponents: {schemas: {A: {type: array, items: {$ref: '#pet'}}}}\n"),
        &["anchor"],
    );
    for (schema, parts) in [
        ("$id: 'https://a.test/a', items: {$ref: 'https://a.test/a'}", ["`$id`", "JSON pointer"]),
        ("$id: 'https://a.test/a', items: {$ref: a}", ["`$id`", "JSON pointer"]),
        ("$defs: {X: {}}, items: {$ref: '#/$defs/X'}", ["no `$defs`", "Name/$defs/Other"]),
        ("$dynamicAnchor: a, items: {$dynamicRef: '#a'}", ["`$dynamicRef`", "`$ref`"]),
    ] {
        let schemas = format!("paths: {{}}\ncomponents: {{schemas: {{A: {{{schema}}}}}}}\n");
        let text = document(&schemas).replace("3.0.3", "3.1.0");
        assert_contains(&refusal(&[("openapi.yaml", &text)]), &parts);
    }
    let half = "paths: {}\ncomponents: {schemas: {$ref: 'b.yaml', A: {type: object}}}\n";
    assert_contains(&error_of(half), &["openapi.yaml:4", "#/components/schemas", "other entries"]);
    let no_map =
        [("openapi.yaml", document("paths: {$ref: 'b.yaml'}\n")), ("b.yaml", "- a\n".to_owned())];
    let no_map = refusal(&no_map.each_ref().map(|(name, text)| (*name, text.as_str())));
    assert_contains(&no_map, &["openapi.yaml:3", "#/paths", "not a map"]);
}

#[test]
fn a_reference_out_of_the_folder_is_rejected_unless_allowed() {
    let folder = folder(&[
        (
            "inside/openapi.yaml",
            &document("paths: {}\ncomponents: {schemas: {A: {$ref: '../outside.yaml#/A'}}}\n"),
        ),
        ("outside.yaml", "A: {type: string}\n"),
    ]);
    let root = Location::from_path(&folder.path().join("inside")).unwrap();
    let error = chain(&bundle(&root, &ReadOptions::default()).unwrap_err());
    assert_contains(&error, &["outside the folder", "--allow-outside", "openapi.yaml:4"]);
    let allowed = ReadOptions { allow_outside: true, ..ReadOptions::default() };
    let document = bundle(&root, &allowed).unwrap().document;
    assert_eq!(document["components"]["schemas"]["A"]["type"], "string");
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_out_of_the_folder_is_rejected() {
    let folder = folder(&[
        (
            "inside/openapi.yaml",
            &document("paths: {}\ncomponents: {schemas: {A: {$ref: 'link.yaml#/A'}}}\n"),
        ),
        ("outside.yaml", "A: {type: string}\n"),
    ]);
    std::os::unix::fs::symlink(
        folder.path().join("outside.yaml"),
        folder.path().join("inside/link.yaml"),
    )
    .unwrap();
    let error = chain(&bundle_in(&folder.path().join("inside")).unwrap_err());
    assert_contains(&error, &["outside the folder"]);
}

#[test]
fn too_large_and_too_many_files_are_rejected() {
    let folder = folder(&[
        ("openapi.yaml", &document("paths: {}\ncomponents: {schemas: {A: {$ref: 'b.yaml'}}}\n")),
        ("b.yaml", &format!("description: {}\n", "x".repeat(2000))),
    ]);
    let root = Location::from_path(folder.path()).unwrap();
    let small = ReadOptions { max_bytes: 1000, ..ReadOptions::default() };
    assert_contains(
        &chain(&bundle(&root, &small).unwrap_err()),
        &["b.yaml", "larger than 1000 bytes"],
    );
    let in_all = ReadOptions { max_total_bytes: 100, ..ReadOptions::default() };
    assert_contains(&chain(&bundle(&root, &in_all).unwrap_err()), &["larger than"]);
    let few = ReadOptions { max_documents: 1, ..ReadOptions::default() };
    assert_contains(&chain(&bundle(&root, &few).unwrap_err()), &["more than 1 documents"]);
}

#[test]
fn an_alias_bomb_is_rejected() {
    let mut text = document("paths: {}\nx-0: &x0 [a, a, a, a, a, a, a, a, a, a]\n");
    for level in 1..12 {
        let aliases = format!("*x{},", level - 1).repeat(10);
        text.push_str(&format!("x-{level}: &x{level} [{aliases}]\n"));
    }
    assert_contains(&refusal(&[("openapi.yaml", &text)]), &["openapi.yaml", "not valid YAML"]);
}

#[test]
fn many_aliases_of_one_anchor_are_accepted() {
    let mut text = document("x-answers: &answers {'404': {description: Gone.}}\npaths:\n");
    for number in 0..1000 {
        text.push_str(&format!("  /{number}: {{get: {{responses: *answers}}}}\n"));
    }
    let folder = folder(&[("openapi.yaml", &text)]);
    let root = Location::from_path(folder.path()).unwrap();
    let document = bundle(&root, &ReadOptions::default()).unwrap().document;
    let answer = &document["paths"]["/999"]["get"]["responses"]["404"]["description"];
    assert_eq!(answer, "Gone.");
}

#[test]
fn duplicate_keys_are_rejected_with_their_line() {
    let text = error_of("paths:\n  /a: {get: {responses: {}}}\n  /a: {get: {responses: {}}}\n");
    assert_contains(&text, &["openapi.yaml:5", "duplicate", "`/a`", "first in line 4"]);
    let nested = error_of("paths: {}\nx-a: {a: 1}\nx-b:\n  c: {a: 1}\n  a: 2\n  'a': 3\n");
    assert_contains(&nested, &["openapi.yaml:8", "`a`", "first in line 7"]);
}

#[test]
fn a_null_key_is_rejected_with_its_line_and_a_remedy() {
    for key in ["null", "~"] {
        let text = error_of(&format!("paths: {{}}\nx-a:\n  {key}: x\n"));
        assert_contains(&text, &["openapi.yaml:5", "a key is null", "'null'"]);
    }
    let list = error_of("paths: {}\nx-a: {[a]: x}\n");
    assert_contains(&list, &["openapi.yaml:4", "a key is a list", "in quotes"]);
}

#[test]
fn several_yaml_documents_in_one_file_are_rejected() {
    let text = error_of("paths: {}\n---\npaths: {}\n");
    assert_contains(&text, &["openapi.yaml:4", "several YAML documents", "`---`"]);
}

#[test]
fn other_encodings_than_utf_8_are_rejected() {
    let folder = folder(&[]);
    fs::write(folder.path().join("openapi.yaml"), b"openapi: \xff\n").unwrap();
    assert_contains(&bundle_in(folder.path()).unwrap_err().to_string(), &["not UTF-8"]);
}

#[test]
fn a_folder_without_a_root_document_and_an_unknown_scheme_are_rejected() {
    let folder = folder(&[("other.yaml", "a: b\n")]);
    let text = Location::from_path(folder.path()).unwrap_err().to_string();
    assert_contains(&text, &["no openapi.yaml"]);
    assert_contains(
        &Location::parse("ftp://example.test/a.yaml").unwrap_err().to_string(),
        &["`ftp`"],
    );
    assert_contains(
        &Location::parse("no/such/file.yaml").unwrap_err().to_string(),
        &["no/such/file.yaml"],
    );
}
