//! Copies of gRPC interfaces are written, synced and checked.
#![allow(clippy::unwrap_used, clippy::panic)] // A panic fails the test.

mod common;
#[path = "common/server.rs"]
mod server;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use common::folder;
use server::{empty, ok, serve};
use tempfile::TempDir;
use xtask::proto::{Folder, Interface};
use xtask::source::ReadOptions;

const BASE: &str = "// Prose.\nsyntax = \"proto3\";\npackage garden.v1;\n\
    option go_package = \"x/y;z\";\nimport \"google/protobuf/timestamp.proto\";\n\
    message Plant { string id = 1; google.protobuf.Timestamp sown_at = 3; reserved 2; }\n";
const REST: &str = "syntax = \"proto3\";\npackage garden.v1;\nimport \"garden/v1/base.proto\";\n\
    message WatchRequest {}\n\
    service Garden { rpc Watch(WatchRequest) returns (stream Plant) { option deprecated = true; } }\n";

const WRITTEN: &str = r#"// A copy of a gRPC interface, generated from its protobuf files by `cargo xtask sync`.
// Do not edit it.
syntax = "proto3";

package garden.v1;

import "google/protobuf/timestamp.proto";

message Plant {
  reserved 2;
  string id = 1;
  google.protobuf.Timestamp sown_at = 3;
}

message WatchRequest {
}

service Garden {
  rpc Watch(WatchRequest) returns (stream Plant);
}
"#;

/// Returns a workspace with a copy of the interface in `protos/`.
fn workspace() -> TempDir {
    let sources = "[garden]\nformat = \"protobuf\"\nlocation = \"protos\"\n";
    folder(&[
        ("openapi/sources.toml", sources),
        ("protos/base.proto", BASE),
        ("protos/garden.proto", REST),
        ("protos/README.md", "not a protobuf file"),
    ])
}

fn run(workspace: &Path, arguments: &[&str], code: i32) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .current_dir(workspace)
        .env_remove("CARGO_MANIFEST_DIR")
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
    text
}

fn written(text: &str) -> String {
    Interface::parse("test.proto", text).unwrap().to_text().unwrap()
}

fn refusal(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let read = Folder::read(&folder.path().display().to_string(), &ReadOptions::default());
    let error = read.and_then(|folder| Interface::of(&folder)).unwrap_err();
    xtask::error::chain(&error)
}

#[test]
fn files_are_merged_without_comments() {
    let workspace = workspace();
    run(workspace.path(), &["sync"], 0);
    let text = |path: &str| fs::read_to_string(workspace.path().join(path)).unwrap();
    assert_eq!(text("openapi/garden/interface.proto"), WRITTEN);
    assert_eq!(text("ambient-sdk/spec/garden.proto"), WRITTEN);
    let sources = text("openapi/sources.toml");
    assert!(sources.contains("source-digest") && sources.contains("copy-digest"), "{sources}");
    run(workspace.path(), &["sync", "--check"], 0);
    run(workspace.path(), &["sync", "--check", "--offline"], 0);
    assert!(run(workspace.path(), &["sync"], 0).contains("nothing changed"));
}

#[test]
fn every_difference_is_found_and_fixed_by_a_sync() {
    let cases = [
        ("protos/base.proto", "string id = 1", "bytes id = 1", "interface.proto differs from line"),
        ("protos/base.proto", "Prose", "Words", "source does not match its recorded digest"),
        ("openapi/garden/interface.proto", "id = 1", "id = 4", "copy does not match"),
        ("ambient-sdk/spec/garden.proto", "id = 1", "id = 4", "garden.proto differs from line 11"),
    ];
    for (file, old, new, finding) in cases {
        let workspace = workspace();
        run(workspace.path(), &["sync"], 0);
        let path = workspace.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{text}");
        fs::write(&path, text.replacen(old, new, 1)).unwrap();
        let output = run(workspace.path(), &["sync", "--check"], 1);
        assert!(output.contains(finding), "{file}: {output}");
        run(workspace.path(), &["sync"], 0);
        run(workspace.path(), &["sync", "--check"], 0);
    }
}

#[test]
fn an_unknown_file_next_to_the_copy_is_found() {
    let workspace = workspace();
    run(workspace.path(), &["sync"], 0);
    fs::write(workspace.path().join("openapi/garden/old.proto"), BASE).unwrap();
    let output = run(workspace.path(), &["sync", "--check"], 1);
    assert!(output.contains("openapi/garden/old.proto belongs to no copy"), "{output}");
}

#[test]
fn another_folder_is_read_without_a_pin() {
    let workspace = workspace();
    let other = folder(&[("base.proto", BASE)]);
    let from = other.path().display().to_string();
    run(workspace.path(), &["sync", "garden", "--from", &from], 0);
    let copy = workspace.path().join("openapi/garden/interface.proto");
    assert!(!fs::read_to_string(copy).unwrap().contains("service"));
    let output = run(workspace.path(), &["sync", "garden", "--check"], 1);
    assert!(output.contains("differs"), "{output}");
}

#[test]
fn a_folder_is_read_through_the_api_of_github() {
    let address = Arc::new(OnceLock::<String>::new());
    let own = address.clone();
    let server = serve(move |path| match path {
        "/contents?ref=one" => {
            let base = own.get().unwrap();
            ok(&format!(
                "[{{\"name\":\"garden.proto\",\"download_url\":\"{base}/garden.proto\"}},\
                 {{\"name\":\"sub\",\"download_url\":null}},\
                 {{\"name\":\"base.proto\",\"download_url\":\"{base}/base.proto\"}}]"
            ))
        }
        "/garden.proto" => ok(REST),
        "/gone" => empty("404 Not Found", ""),
        _ => ok(BASE),
    });
    address.set(server.clone()).unwrap();
    let location = format!("{server}/contents?ref=one");
    let folder = Folder::read(&location, &ReadOptions::default()).unwrap();
    assert_eq!(Interface::of(&folder).unwrap().to_text().unwrap(), WRITTEN);
    let few = ReadOptions { max_documents: 1, ..ReadOptions::default() };
    let refused = Folder::read(&location, &few).unwrap_err().to_string();
    assert!(refused.contains("more than 1 protobuf files"), "{refused}");
    let gone = Folder::read(&format!("{server}/gone"), &ReadOptions::default()).unwrap_err();
    assert!(gone.to_string().contains("answered 404"), "{gone}");
    let page = Folder::read(&format!("{server}/page"), &ReadOptions::default()).unwrap_err();
    assert!(page.to_string().contains("not a list of a folder"), "{page}");
}

#[test]
fn the_newest_revision_is_taken_and_pinned() {
    let own = Arc::new(OnceLock::<String>::new());
    let revision = Arc::new(Mutex::new("one"));
    let (named, newest) = (own.clone(), revision.clone());
    let address = serve(move |path| match path.trim_start_matches('/') {
        "newest" => ok(*newest.lock().unwrap()),
        "contents?ref=one" => ok(&listed(named.get().unwrap(), "one.proto")),
        "contents?ref=two" => ok(&listed(named.get().unwrap(), "two.proto")),
        "one.proto" => ok(BASE),
        "two.proto" => ok(&BASE.replace("string id = 1;", "string id = 1; bool dry = 4;")),
        _ => empty("404 Not Found", ""),
    });
    own.set(address.clone()).unwrap();
    let workspace = folder(&[(
        "openapi/sources.toml",
        &format!(
            "[garden]\nformat = \"protobuf\"\nlocation = \"{address}/contents?ref={{revision}}\"\n\
             latest = \"{address}/newest\"\n"
        ),
    )]);
    let path = workspace.path();
    let text = |file: &str| fs::read_to_string(path.join(file)).unwrap();
    run(path, &["sync", "garden", "--latest"], 0);
    assert!(text("openapi/sources.toml").contains("revision = \"one\""));
    assert!(!text("openapi/garden/interface.proto").contains("dry"));
    run(path, &["sync", "--check", "--latest"], 0);

    *revision.lock().unwrap() = "two";
    run(path, &["sync", "--check"], 0);
    let output = run(path, &["sync", "--check", "--latest"], 1);
    assert!(output.contains("openapi/garden/interface.proto differs"), "{output}");
    assert!(run(path, &["sync"], 0).contains("nothing changed"), "the pin is used");
    run(path, &["sync", "garden", "--latest"], 0);
    assert!(text("openapi/sources.toml").contains("revision = \"two\""));
    for file in ["openapi/garden/interface.proto", "ambient-sdk/spec/garden.proto"] {
        assert!(text(file).contains("bool dry = 4;"), "{file}");
    }
    run(path, &["sync", "--check", "--latest"], 0);
}

/// Returns the list of a folder with one file, in the form of the API of GitHub.
fn listed(address: &str, name: &str) -> String {
    format!("[{{\"name\":\"{name}\",\"download_url\":\"{address}/{name}\"}}]")
}

#[test]
fn every_construct_keeps_its_meaning() {
    let text = "syntax = \"proto3\";\npackage a;\n\
        enum Phase { option allow_alias = true; reserved 5 to 9, 20 to max; reserved \"OLD\";\n\
          NONE = 0; GONE = 1; LOST = 1; }\n\
        message Whole { reserved 4, 7 to 9, 1000 to max; reserved \"old\", \"older\";\n\
          message Part { enum Kind { ANY = 0; } Kind kind = 1; }\n\
          optional string name = 1; repeated Part parts = 2; map<string, Part> by_name = 3;\n\
          oneof choice { int64 number = 10; bytes raw = 11; }\n\
          repeated sint32 marks = 12 [packed = false]; repeated sint32 packed = 13;\n\
          Phase phase = 14; Part.Kind kind = 15; double share = 16 [deprecated = true]; }\n\
        service S { rpc Both(stream Whole) returns (stream Whole.Part); }\n";
    let written = written(text);
    for line in [
        "option allow_alias = true;",
        "reserved 20 to max;",
        "reserved 1000 to max;",
        "reserved \"older\";",
        "optional string name = 1;",
        "map<string, Whole.Part> by_name = 3;",
        "oneof choice {",
        "repeated sint32 marks = 12 [packed = false];",
        "repeated sint32 packed = 13;",
        "Whole.Part.Kind kind = 15;",
        "rpc Both(stream Whole) returns (stream Whole.Part);",
    ] {
        assert!(written.contains(line), "{line}\n{written}");
    }
    assert_eq!(self::written(&written), written);
}

#[test]
fn unsupported_interfaces_are_rejected_with_their_place() {
    let of = |text: &str| refusal(&[("a.proto", text)]);
    assert!(of("syntax = \"proto2\"; message A {}").contains("not use the syntax proto3"));
    assert!(of("syntax = \"proto3\"; message A { B b = 1; }").contains("a.proto"));
    assert!(of("syntax = \"proto3\"; import \"x/y.proto\";").contains("x/y.proto"));
    let two = [
        ("a.proto", "syntax = \"proto3\"; package a;"),
        ("b.proto", "syntax = \"proto3\"; package b;"),
    ];
    assert!(refusal(&two).contains("the file has the package `b`, but other files have `a`"));
    assert!(refusal(&[("a.txt", "")]).contains("contains no protobuf files"));
}

#[test]
fn an_unknown_format_is_an_error() {
    let workspace = folder(&[("openapi/sources.toml", "[a]\nformat = \"wsdl\"\n")]);
    let output = run(workspace.path(), &["sync"], 2);
    assert!(output.contains("unknown format `wsdl`"), "{output}");
}
