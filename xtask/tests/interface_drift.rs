//! `cargo xtask drift` with two gRPC interfaces.
#![allow(clippy::unwrap_used, clippy::panic)] // A panic fails the test.

#[path = "common/mod.rs"]
mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use common::folder;
use xtask::drift::input::Request;
use xtask::drift::interface::{
    kind::{KINDS, table},
    report,
};
use xtask::drift::verdict::Source;
use xtask::drift::{Deny, Report};

const BASE: &str = "syntax = \"proto3\";\npackage garden.v1;\n\
    enum Kind { KIND_ANY = 0; KIND_TREE = 1; }\n\
    message Plant { string id = 1; int32 age = 2; optional string name = 3; string soil = 5; }\n\
    message WatchRequest {}\n\
    service Garden {\n  rpc Get(WatchRequest) returns (Plant);\n\
      rpc Watch(WatchRequest) returns (stream Plant);\n}\n";

/// A change of the base for each kind, which is reported as this kind alone, and the mirror of the kind.
const CASES: [(&str, &str, &str, &str); 14] = [
    ("grpc-package-changed", "garden.v1", "garden.v2", "grpc-package-changed"),
    ("grpc-method-removed", "  rpc Get(WatchRequest) returns (Plant);\n", "", "grpc-method-added"),
    ("grpc-method-changed", "returns (stream Plant)", "returns (Plant)", "grpc-method-changed"),
    (
        "grpc-message-added",
        "message WatchRequest {}",
        "message WatchRequest {} message New {}",
        "grpc-message-removed",
    ),
    (
        "grpc-field-added",
        "string soil = 5;",
        "string soil = 5; bool dry = 6;",
        "grpc-field-removed",
    ),
    ("grpc-field-renamed", "string soil = 5;", "string earth = 5;", "grpc-field-renamed"),
    (
        "grpc-field-number-changed",
        "string soil = 5;",
        "string soil = 7;",
        "grpc-field-number-changed",
    ),
    (
        "grpc-field-number-reused",
        "string soil = 5;",
        "double depth = 5;",
        "grpc-field-number-reused",
    ),
    ("grpc-field-type-changed", "string soil = 5;", "double soil = 5;", "grpc-field-type-changed"),
    ("grpc-field-type-kin", "int32 age = 2;", "int64 age = 2;", "grpc-field-type-kin"),
    (
        "grpc-field-repeated-changed",
        "string soil",
        "repeated string soil",
        "grpc-field-repeated-changed",
    ),
    (
        "grpc-field-presence-changed",
        "optional string name",
        "string name",
        "grpc-field-presence-changed",
    ),
    (
        "grpc-field-oneof-changed",
        "string soil = 5;",
        "oneof ground { string soil = 5; }",
        "grpc-field-oneof-changed",
    ),
    ("grpc-value-added", "KIND_TREE = 1;", "KIND_TREE = 1; KIND_BUSH = 2;", "grpc-value-removed"),
];

fn drift(base: &str, revision: &str) -> Report {
    let folder = folder(&[("base.proto", base), ("revision.proto", revision)]);
    let path = |name: &str| folder.path().join(name).display().to_string();
    let request = Request {
        base: path("base.proto"),
        revision: Some(path("revision.proto")),
        ..Request::default()
    };
    report(None, &request).unwrap().unwrap()
}

fn changed(old: &str, new: &str) -> String {
    assert!(BASE.contains(old), "{old}");
    BASE.replacen(old, new, 1)
}

#[test]
fn every_kind_is_reported_alone_in_both_directions() {
    let mut met = BTreeSet::new();
    let more = [
        ("grpc-value-renamed", "KIND_TREE = 1", "KIND_WOOD = 1", "grpc-value-renamed"),
        (
            "grpc-value-number-changed",
            "KIND_TREE = 1",
            "KIND_TREE = 4",
            "grpc-value-number-changed",
        ),
    ];
    for (kind, old, new, mirror) in CASES.into_iter().chain(more) {
        let revision = changed(old, new);
        for (expected, report) in [(kind, drift(BASE, &revision)), (mirror, drift(&revision, BASE))]
        {
            let found: Vec<&str> =
                report.changes.iter().map(|change| change.kind.as_str()).collect();
            assert_eq!(found, [expected], "{old} -> {new}");
            let known = KINDS.iter().find(|kind| kind.id == expected).unwrap();
            assert_eq!(report.changes[0].wire.verdict, known.wire);
            assert_eq!(report.source_error, None);
            met.insert(expected.to_owned());
        }
    }
    let all: BTreeSet<String> = KINDS.iter().map(|kind| kind.id.to_owned()).collect();
    assert_eq!(met, all);
}

#[test]
fn rust_items_are_listed_with_their_change() {
    let report = drift(BASE, &changed("string soil = 5;", "string earth = 5;"));
    let change = &report.changes[0];
    assert_eq!(change.source.verdict, Some(Source::Breaking));
    let items: Vec<&str> = change.source.items.iter().map(|delta| delta.item.as_str()).collect();
    assert_eq!(items, ["Plant::earth", "Plant::soil"]);
    let report = drift(BASE, &changed("  rpc Get(WatchRequest) returns (Plant);\n", ""));
    let items = &report.changes[0].source.items;
    assert!(items.iter().any(|delta| delta.item.ends_with("::get")), "{items:?}");
    let report = drift(BASE, &changed("KIND_TREE = 1;", "KIND_TREE = 1; KIND_BUSH = 2;"));
    assert_eq!(report.changes[0].source.items[0].item, "Kind::Bush");
}

#[test]
fn an_unchanged_interface_has_no_changes() {
    let report =
        drift(BASE, &BASE.replace("message WatchRequest {}", "// Prose.\nmessage WatchRequest {}"));
    assert_eq!(report.summary.line, "no changes");
    assert!(report.changes.is_empty() && report.source_only.is_empty());
}

#[test]
fn breaking_changes_are_denied() {
    let report = drift(BASE, &changed("string soil = 5;", "double depth = 5;"));
    assert_eq!(report.outcome(Some(Deny::Wire)).code(), 1);
    assert_eq!(report.outcome(None).code(), 0);
}

fn run(workspace: &Path, program: &str, arguments: &[&str], code: i32) -> String {
    let output = Command::new(program)
        .current_dir(workspace)
        .env_remove("CARGO_MANIFEST_DIR")
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
    text
}

#[test]
fn a_copy_is_compared_with_git_and_with_its_source() {
    let sources = "[garden]\nformat = \"protobuf\"\nlocation = \"protos\"\n";
    let workspace = folder(&[("openapi/sources.toml", sources), ("protos/garden.proto", BASE)]);
    let xtask = env!("CARGO_BIN_EXE_xtask");
    run(workspace.path(), xtask, &["sync"], 0);
    for arguments in [
        &["init", "-q"][..],
        &["add", "."],
        &["-c", "user.name=t", "-c", "user.email=t@example.test", "commit", "-qm", "t"],
    ] {
        run(workspace.path(), "git", arguments, 0);
    }
    fs::write(workspace.path().join("protos/garden.proto"), changed("age = 2", "age = 9")).unwrap();
    let output = run(workspace.path(), xtask, &["drift", "garden", "--deny", "wire"], 1);
    assert!(output.contains("`Plant.age`: number changes from 2 to 9"), "{output}");
    run(workspace.path(), xtask, &["sync"], 0);
    let output = run(
        workspace.path(),
        xtask,
        &["drift", "garden@HEAD", "garden", "--format", "markdown"],
        0,
    );
    assert!(output.contains("grpc-field-number-changed"), "{output}");
    let output = run(workspace.path(), xtask, &["drift", "garden", "openapi"], 2);
    assert!(output.contains("is not a gRPC interface"), "{output}");
}

#[test]
fn the_documentation_lists_every_kind() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/drift.md");
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(&table()), "docs/drift.md: put this under gRPC interfaces:\n{}", table());
}
