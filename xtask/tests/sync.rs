//! The command `cargo xtask sync`: exit codes and written files.
#![allow(clippy::unwrap_used, clippy::panic)] // A panic fails the test.

mod common;
#[path = "common/server.rs"]
mod server;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::{document, folder};
use server::{empty, ok, serve};
use tempfile::TempDir;

const PATHS: &str = "paths:\n  /pets: {$ref: 'parts.yaml#/pets'}\n";
const PARTS: &str = "pets: {get: {responses: {'200': {description: OK}}}}\n";
const OVERLAY: &str = "overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions:\n\
                       - target: $.paths['/pets'].get\n  update: {operationId: list_pets, summary: Lists.}\n";

/// Creates a workspace with a copy `pets` of `specs/`, and a copy `own` that is edited by hand.
fn workspace() -> TempDir {
    folder(&[
        ("openapi/sources.toml", "[pets]\nlocation = \"specs/openapi.yaml\"\n\n[own]\n"),
        ("openapi/own.yaml", &document("paths: {/own: {get: {responses: {}}}}\n")),
        ("openapi/pets.overlay.yaml", OVERLAY),
        ("specs/openapi.yaml", &document(PATHS)),
        ("specs/parts.yaml", PARTS),
    ])
}

fn xtask(workspace: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .current_dir(workspace)
        .env_remove("CARGO_MANIFEST_DIR")
        .args(arguments)
        .output()
        .unwrap()
}

/// Runs the command, checks its exit code, and returns its output.
fn run(workspace: &Path, arguments: &[&str], code: i32) -> String {
    let output = xtask(workspace, arguments);
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
    text
}

fn replace(path: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(old), "{text}");
    fs::write(path, text.replacen(old, new, 1)).unwrap();
}

/// Returns every file of a folder, with its content.
fn snapshot(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                files.insert(path.display().to_string(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[test]
fn a_check_after_a_sync_finds_no_drift() {
    let workspace = workspace();
    let output = run(workspace.path(), &["sync"], 0);
    for file in [
        "openapi/pets.yaml",
        "ambient-sdk/spec/pets.json",
        "ambient-sdk/spec/own.json",
        "openapi/sources.toml",
    ] {
        assert!(output.contains(&format!("wrote {file}")), "{output}");
    }
    let prepared = fs::read_to_string(workspace.path().join("ambient-sdk/spec/pets.json")).unwrap();
    assert!(prepared.contains("\"operationId\": \"list_pets\""));
    let sources = fs::read_to_string(workspace.path().join("openapi/sources.toml")).unwrap();
    assert!(
        sources.contains("source-digest = \"sha256:")
            && sources.contains("copy-digest = \"sha256:")
    );
    run(workspace.path(), &["sync", "--check"], 0);
    run(workspace.path(), &["sync", "--check", "--offline"], 0);
}

#[test]
fn a_second_sync_changes_nothing() {
    let workspace = workspace();
    run(workspace.path(), &["sync"], 0);
    let before = snapshot(workspace.path());
    assert!(run(workspace.path(), &["sync"], 0).contains("nothing changed"));
    assert_eq!(snapshot(workspace.path()), before);
}

#[test]
fn a_check_before_the_first_sync_reports_missing_files() {
    let workspace = workspace();
    let before = snapshot(workspace.path());
    let output = run(workspace.path(), &["sync", "--check"], 1);
    assert!(
        output.contains("openapi/pets.yaml is missing") && output.contains("own.json is missing"),
        "{output}"
    );
    assert_eq!(snapshot(workspace.path()), before);
}

#[test]
fn every_kind_of_drift_is_found() {
    let cases: [(&str, &str, &str, &str); 5] = [
        ("specs/parts.yaml", "OK", "Fine", "openapi/pets.yaml differs from line"),
        ("openapi/pets.yaml", "OK", "Fine", "copy does not match its recorded digest"),
        ("openapi/pets.overlay.yaml", "Lists.", "Other.", "pets.json differs from line"),
        (
            "openapi/pets.overlay.yaml",
            "'/pets'",
            "'/gone'",
            "pets.overlay.yaml:4: the target of the action matches nothing",
        ),
        ("ambient-sdk/spec/own.json", "3.0.3", "3.0.2", "own.json differs from line"),
    ];
    for (file, old, new, finding) in cases {
        let workspace = workspace();
        run(workspace.path(), &["sync"], 0);
        replace(&workspace.path().join(file), old, new);
        let output = run(workspace.path(), &["sync", "--check"], 1);
        assert!(output.contains(finding), "{file}: {output}");
        // A sync fixes the differences that the check reports.
        run(workspace.path(), &["sync"], 0);
        run(workspace.path(), &["sync", "--check"], 0);
    }
}

#[test]
fn an_equivalent_source_is_recorded() {
    let workspace = workspace();
    run(workspace.path(), &["sync"], 0);
    replace(&workspace.path().join("specs/parts.yaml"), "pets:", "# A comment.\npets:");
    let output = run(workspace.path(), &["sync", "--check"], 1);
    assert!(output.contains("the source does not match its recorded digest"), "{output}");
    let output = run(workspace.path(), &["sync"], 0);
    assert!(
        output.contains("wrote openapi/sources.toml") && !output.contains("pets.yaml\n"),
        "{output}"
    );
    run(workspace.path(), &["sync", "--check"], 0);
}

#[test]
fn the_outcome_for_an_unreadable_source_is_unknown() {
    let workspace = workspace();
    run(workspace.path(), &["sync"], 0);
    fs::remove_dir_all(workspace.path().join("specs")).unwrap();
    let output = run(workspace.path(), &["sync", "--check"], 2);
    assert!(output.contains("unknown: pets:"), "{output}");
    let output = run(workspace.path(), &["sync", "--check", "--offline"], 0);
    assert!(output.contains("source not read (--offline)"), "{output}");
    run(workspace.path(), &["sync"], 2);
    run(workspace.path(), &["sync", "--offline"], 0);
}

#[test]
fn without_a_pinned_revision_the_outcome_is_unknown() {
    let workspace = workspace();
    let sources = "[pets]\nlocation = \"specs/{revision}/openapi.yaml\"\n[own]\n";
    fs::write(workspace.path().join("openapi/sources.toml"), sources).unwrap();
    run(workspace.path(), &["sync", "pets", "--from", "specs"], 0);
    run(workspace.path(), &["sync", "own"], 0);
    let output = run(workspace.path(), &["sync", "--check"], 2);
    assert!(output.contains("no revision is pinned"), "{output}");
    assert!(output.contains("`cargo xtask sync pets --latest`"), "{output}");
    run(workspace.path(), &["sync", "--check", "--offline"], 0);
}

#[test]
fn a_check_continues_after_an_unreadable_copy() {
    let workspace = workspace();
    run(workspace.path(), &["sync"], 0);
    fs::write(workspace.path().join("openapi/pets.yaml"), "a: [").unwrap();
    fs::write(workspace.path().join("openapi/cats.yaml"), "a: b\n").unwrap();
    let output = run(workspace.path(), &["sync", "--check", "--offline"], 1);
    assert!(output.contains("unknown: pets: openapi/pets.yaml:1"), "{output}");
    assert!(output.contains("own.json matches copy and overlay"), "{output}");
    assert!(output.contains("openapi/cats.yaml belongs to no copy"), "{output}");
}

#[test]
fn missing_and_unknown_files_are_drift() {
    let workspace = workspace();
    run(workspace.path(), &["sync"], 0);
    fs::remove_file(workspace.path().join("ambient-sdk/spec/pets.json")).unwrap();
    fs::write(workspace.path().join("openapi/cats.yaml"), "a: b\n").unwrap();
    let output = run(workspace.path(), &["sync", "--check"], 1);
    assert!(output.contains("pets.json is missing"), "{output}");
    assert!(output.contains("openapi/cats.yaml belongs to no copy"), "{output}");
}

#[test]
fn untracked_files_are_drift() {
    let workspace = workspace();
    let git = |arguments: &[&str]| {
        let status = Command::new("git").arg("-C").arg(workspace.path()).args(arguments).status();
        assert!(status.unwrap().success(), "{arguments:?}");
    };
    run(workspace.path(), &["sync"], 0);
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    run(workspace.path(), &["sync", "--check"], 0);
    git(&["rm", "--quiet", "--cached", "ambient-sdk/spec/pets.json"]);
    let output = run(workspace.path(), &["sync", "--check"], 1);
    assert!(output.contains("pets.json is not tracked by git"), "{output}");
}

#[test]
fn an_action_that_matches_nothing_is_reported_and_does_not_stop_a_sync() {
    let workspace = workspace();
    replace(&workspace.path().join("openapi/pets.overlay.yaml"), "'/pets'", "'/gone'");
    let output = run(workspace.path(), &["sync"], 0);
    assert!(
        output.contains(
            "pets.overlay.yaml:4: the target of the action matches nothing: $.paths['/gone'].get"
        ),
        "{output}"
    );
    assert!(output.contains("`list_pets` was derived"), "{output}");
    assert!(
        output.contains("see \"An action that matches nothing\" in openapi/README.md"),
        "{output}"
    );
    assert!(!output.contains("written by hand"), "{output}");
    let overlay = workspace.path().join("openapi/pets.overlay.yaml");
    replace(&overlay, "summary: Lists.", "x-by-hand: pets().feed()");
    let output = run(workspace.path(), &["sync"], 0);
    assert!(output.contains("`server.pets().feed()` is written by hand for it"), "{output}");
    let output = run(workspace.path(), &["sync", "--check"], 0);
    assert!(output.contains("warning: ") && output.contains("pets.overlay.yaml:4"), "{output}");
}

#[test]
fn invalid_input_exits_with_2_and_writes_nothing() {
    let cases: [(&str, &str); 6] = [
        ("specs/parts.yaml", "pets: {get: {responses: {'200': {$ref: '#/nowhere'}}}}\n"),
        ("specs/openapi.yaml", "swagger: '2.0'\n"),
        ("openapi/pets.overlay.yaml", "overlay: 1.0.0\n"),
        (
            "openapi/pets.overlay.yaml",
            "overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions: [{target: $, updates: {}}]\n",
        ),
        ("openapi/own.yaml", "openapi: 3.0.3\npaths: {'/a/{id}': {get: {operationId: a}}}\n"),
        ("openapi/sources.toml", "[pets\n"),
    ];
    for (file, content) in cases {
        let workspace = workspace();
        fs::write(workspace.path().join(file), content).unwrap();
        let before = snapshot(workspace.path());
        let output = run(workspace.path(), &["sync"], 2);
        assert!(output.contains(file), "{file}: {output}");
        assert_eq!(snapshot(workspace.path()), before, "{file}");
    }
}

#[test]
fn from_reads_another_document_for_one_copy() {
    let workspace = workspace();
    let other = folder(&[("openapi.yaml", &document("paths: {/cats: {get: {responses: {}}}}\n"))]);
    let from = other.path().to_str().unwrap();
    assert!(run(workspace.path(), &["sync", "--from", from], 2).contains("pets or own"));
    run(workspace.path(), &["sync", "pets", "--from", from], 0);
    let copy = fs::read_to_string(workspace.path().join("openapi/pets.yaml")).unwrap();
    assert!(copy.contains("/cats"));
    run(workspace.path(), &["sync", "--check", "pets", "--from", from], 0);
    run(workspace.path(), &["sync", "nobody"], 2);
}

#[test]
fn latest_moves_the_pin_and_an_unreachable_pin_is_accepted() {
    let workspace = workspace();
    let address = serve(|path| match path {
        "/newest" => ok("abc123\n"),
        "/abc123/openapi.yaml" => ok(&document("paths: {/pets: {get: {responses: {}}}}\n")),
        _ => empty("404 Not Found", ""),
    });
    let sources = workspace.path().join("openapi/sources.toml");
    let text = format!(
        "[pets]\nlocation = \"{address}/{{revision}}/openapi.yaml\"\nlatest = \"{address}/newest\"\n"
    );
    fs::write(&sources, text + "[own]\n").unwrap();
    run(workspace.path(), &["sync", "--latest"], 0);
    let recorded = fs::read_to_string(&sources).unwrap();
    assert!(recorded.contains("revision = \"abc123\""), "{recorded}");
    run(workspace.path(), &["sync", "--check"], 0);
    run(workspace.path(), &["sync", "--check", "--latest"], 0);

    replace(&sources, &address, "http://127.0.0.1:1");
    replace(&sources, &address, "http://127.0.0.1:1");
    let output = run(workspace.path(), &["sync"], 0);
    assert!(output.contains("warning: the source could not be read"), "{output}");
    let output = run(workspace.path(), &["sync", "--check"], 0);
    assert!(output.contains("could not be read, compared the digest"), "{output}");
    run(workspace.path(), &["sync", "--check", "--latest"], 2);
}

#[test]
fn changed_files_at_a_pinned_revision_are_drift() {
    let workspace = workspace();
    let sources = "[pets]\nlocation = \"{revision}/openapi.yaml\"\nrevision = \"specs\"\n[own]\n";
    fs::write(workspace.path().join("openapi/sources.toml"), sources).unwrap();
    run(workspace.path(), &["sync"], 0);
    replace(&workspace.path().join("specs/parts.yaml"), "OK", "Fine");
    let warning = "the files of the pinned revision do not match their recorded digest";
    assert!(run(workspace.path(), &["sync", "--check"], 1).contains(warning));
    assert!(run(workspace.path(), &["sync"], 0).contains(warning));
    run(workspace.path(), &["sync", "--check"], 0);
}

#[test]
fn without_digest_and_source_the_outcome_is_unknown() {
    let workspace = workspace();
    run(workspace.path(), &["sync"], 0);
    let text = "[pets]\nlocation = \"http://127.0.0.1:1/openapi.yaml\"\n[own]\n";
    fs::write(workspace.path().join("openapi/sources.toml"), text).unwrap();
    let output = run(workspace.path(), &["sync", "--check"], 2);
    assert!(output.contains("unknown"), "{output}");
}

/// Creates a workspace whose canonical document has one schema, in a second file.
fn workspace_with(schema: &str) -> TempDir {
    let body = "{'200': {description: OK, content: {application/json: {schema: {$ref: 'parts.yaml#/Pet'}}}}}";
    let paths = format!("paths:\n  /pets: {{get: {{operationId: a, responses: {body}}}}}\n");
    folder(&[
        ("openapi/sources.toml", "[pets]\nlocation = \"specs/openapi.yaml\"\n"),
        ("ambient-sdk/Cargo.toml", "[features]\ndefault = []\n"),
        ("specs/openapi.yaml", &document(&paths)),
        (
            "specs/parts.yaml",
            &format!("Other: {{}}\nPet:\n  type: object\n  properties:\n    x: {schema}\n"),
        ),
    ])
}

#[test]
fn unsupported_schemas_are_rejected_with_their_canonical_place() {
    // The generator itself rejects the second schema, without a place.
    for (schema, pointer) in [
        ("{type: strng}", "#/Pet/properties/x/type"),
        ("{type: object, properties: {a: {}}, enum: [null]}", "#/Pet/properties/x"),
    ] {
        let workspace = workspace_with(schema);
        let before = snapshot(workspace.path());
        let output = run(workspace.path(), &["sync"], 2);
        assert!(output.contains("parts.yaml:5") && output.contains(pointer), "{output}");
        assert_eq!(snapshot(workspace.path()), before);
    }
}

#[test]
fn a_new_copy_gets_a_feature_and_conflicts_are_noted() {
    let workspace = workspace_with("{type: string}\n    X: {type: string}");
    let output = run(workspace.path(), &["sync"], 0);
    assert!(output.contains("note: #/components/schemas/Pet/properties/X"), "{output}");
    let manifest = fs::read_to_string(workspace.path().join("ambient-sdk/Cargo.toml")).unwrap();
    assert_eq!(manifest, "[features]\ndefault = [\"pets\"]\n## Pets.\npets = []\n");
    run(workspace.path(), &["sync", "--check"], 0);
    fs::write(workspace.path().join("ambient-sdk/Cargo.toml"), "[features]\n").unwrap();
    assert!(run(workspace.path(), &["sync", "--check"], 1).contains("has no feature"));
}

#[test]
fn limits_can_be_set_by_options() {
    let workspace = workspace_with("{type: string}");
    let output = run(workspace.path(), &["sync", "--max-documents", "1"], 2);
    assert!(output.contains("more than 1 documents"), "{output}");
}

#[test]
fn a_failed_build_undoes_all_changes() {
    let workspace = workspace_with("{type: string}");
    let before = snapshot(workspace.path());
    // There is no crate to compile.
    let output = run(workspace.path(), &["sync", "--build"], 2);
    assert!(output.contains("does not compile"), "{output}");
    assert_eq!(snapshot(workspace.path()), before);
}
