//! Measures a sync next to only parsing the same YAML, for documents of several sizes.
//!
//! `sync/current` measures the committed copy of the API server, or the canonical files in the folder
//! `XTASK_BENCH_SOURCE`; the others measure synthetic documents of 1, 10 and 100 times its size.
#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros make undocumented functions.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tempfile::TempDir;
use xtask::bundle::bundle;
use xtask::overlay::Overlay;
use xtask::prepare::{prepare, to_text};
use xtask::source::{Location, ReadOptions};
use xtask::yaml;

/// The number of resources in a synthetic document of the size of the API server's: about 140 kB.
const RESOURCES: usize = 14;

fn options() -> ReadOptions {
    ReadOptions { max_documents: 10_000, ..ReadOptions::default() }
}

/// Reads, bundles and prepares with the overlay, and returns the size of the result.
fn sync(root: &Location, overlay: &Path) -> usize {
    let bundle = bundle(root, &options()).unwrap();
    let overlay = Overlay::open(overlay).unwrap();
    to_text(&prepare(bundle.document, Some(&overlay)).unwrap().document).len()
}

/// Only parses the files.
fn parse(files: &[PathBuf]) {
    for file in files {
        black_box(yaml::read(&fs::read_to_string(file).unwrap(), "bench").unwrap());
    }
}

fn measure(criterion: &mut Criterion, name: &str, root: &Path, overlay: &Path) {
    let mut files: Vec<PathBuf> = if root.is_dir() {
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect()
    } else {
        vec![root.to_owned()]
    };
    files.retain(|file| file.extension().is_some_and(|end| end == "yaml") && file != overlay);
    let with_overlay: Vec<PathBuf> = files.iter().cloned().chain([overlay.to_owned()]).collect();
    let bytes = with_overlay.iter().map(|file| fs::metadata(file).unwrap().len()).sum();
    let location = Location::from_path(root).unwrap();

    let mut group = criterion.benchmark_group(format!("sync/{name}"));
    group.sample_size(10).warm_up_time(Duration::from_millis(500));
    group.throughput(Throughput::Bytes(bytes));
    group.bench_function("parse documents", |bencher| bencher.iter(|| parse(&files)));
    group.bench_function("parse documents and overlay", |bencher| {
        bencher.iter(|| parse(&with_overlay));
    });
    group.bench_function("read, bundle and prepare", |bencher| {
        bencher.iter(|| black_box(sync(&location, overlay)));
    });
    group.finish();
}

fn current(criterion: &mut Criterion) {
    let openapi = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi");
    let copy = openapi.join("api-server.yaml");
    let root = std::env::var_os("XTASK_BENCH_SOURCE").map_or(copy, PathBuf::from);
    measure(criterion, "current", &root, &openapi.join("api-server.overlay.yaml"));
}

fn grown(criterion: &mut Criterion) {
    for factor in [1, 10, 100] {
        let folder = made_up(RESOURCES * factor);
        let overlay = folder.path().join("api.overlay.yaml");
        measure(criterion, &format!("{factor}x"), folder.path(), &overlay);
    }
}

/// Writes a root document with a file for each resource, like the API server's, and an overlay that names
/// every operation.
fn made_up(resources: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut root = String::from("openapi: 3.0.3\ninfo: {title: Made up, version: '1'}\npaths:\n");
    let mut schemas = String::new();
    let mut overlay = String::from("overlay: 1.0.0\ninfo: {title: o, version: '1'}\nactions:\n");
    for index in 0..resources {
        let name = format!("r{index}");
        for (path, escaped) in [
            (format!("/v1/{name}"), format!("~1v1~1{name}")),
            (format!("/v1/{name}/{{id}}"), format!("~1v1~1{name}~1{{id}}")),
        ] {
            writeln!(root, "  {path}:\n    $ref: openapi.{name}.yaml#/paths/{escaped}").unwrap();
        }
        for schema in [format!("R{index}"), format!("R{index}List"), format!("R{index}Patch")] {
            writeln!(
                schemas,
                "    {schema}:\n      $ref: openapi.{name}.yaml#/components/schemas/{schema}"
            )
            .unwrap();
        }
        for (verb, method, path) in [
            ("list", "get", format!("/v1/{name}")),
            ("create", "post", format!("/v1/{name}")),
            ("get", "get", format!("/v1/{name}/{{id}}")),
            ("update", "patch", format!("/v1/{name}/{{id}}")),
            ("delete", "delete", format!("/v1/{name}/{{id}}")),
        ] {
            writeln!(
                overlay,
                "- target: $.paths['{path}'].{method}\n  update: {{operationId: {verb}_{name}}}"
            )
            .unwrap();
        }
        fs::write(folder.path().join(format!("openapi.{name}.yaml")), resource(index)).unwrap();
    }
    root.push_str("components:\n  schemas:\n");
    root.push_str(&schemas);
    root.push_str(BASES);
    fs::write(folder.path().join("openapi.yaml"), root).unwrap();
    fs::write(folder.path().join("api.overlay.yaml"), overlay).unwrap();
    folder
}

const BASES: &str = "    Reference: {type: object, properties: {id: {type: string, readOnly: true}, created_at: {type: string, format: date-time}}}
    List: {type: object, required: [page, items], properties: {page: {type: integer}, total: {type: integer}}}
    Error: {type: object, properties: {code: {type: string}, reason: {type: string}}}
";

/// Returns the file of a resource: five operations, three schemas and shared parameters.
fn resource(index: usize) -> String {
    let mut text = format!("paths:\n  /v1/r{index}:\n");
    text.push_str(&operation("get", &format!("R{index}List"), None, "['page', 'size', 'search']"));
    text.push_str(&operation("post", &format!("R{index}"), Some(&format!("R{index}")), "[]"));
    writeln!(
        text,
        "  /v1/r{index}/{{id}}:\n    parameters:\n    - $ref: '#/components/parameters/id'"
    )
    .unwrap();
    text.push_str(&operation("get", &format!("R{index}"), None, "[]"));
    text.push_str(&operation("patch", &format!("R{index}"), Some(&format!("R{index}Patch")), "[]"));
    text.push_str(&operation("delete", &format!("R{index}"), None, "[]"));
    write!(text, "components:\n  schemas:\n    R{index}:\n      allOf:\n      - $ref: openapi.yaml#/components/schemas/Reference\n      - type: object\n        required: [name]\n        properties:\n          name: {{type: string}}\n").unwrap();
    properties(&mut text, "          ");
    write!(text, "    R{index}List:\n      allOf:\n      - $ref: openapi.yaml#/components/schemas/List\n      - type: object\n        properties:\n          items: {{type: array, items: {{$ref: '#/components/schemas/R{index}'}}}}\n    R{index}Patch:\n      type: object\n      properties:\n").unwrap();
    properties(&mut text, "        ");
    text.push_str(
        "  parameters:\n    id: {name: id, in: path, required: true, schema: {type: string}}\n",
    );
    for name in ["page", "size", "search"] {
        writeln!(
            text,
            "    {name}: {{name: {name}, in: query, required: false, schema: {{type: string}}}}"
        )
        .unwrap();
    }
    text
}

fn properties(text: &mut String, indent: &str) {
    for number in 0..24 {
        writeln!(text, "{indent}field_{number}:\n{indent}  type: string\n{indent}  description: Field number {number}.").unwrap();
    }
    writeln!(
        text,
        "{indent}phase:\n{indent}  type: string\n{indent}  enum: [Pending, Running, Failed]"
    )
    .unwrap();
}

fn operation(method: &str, answer: &str, body: Option<&str>, parameters: &str) -> String {
    let mut text = format!("    {method}:\n      security:\n      - Bearer: []\n");
    let names: Vec<&str> = parameters.split('\'').skip(1).step_by(2).collect();
    if !names.is_empty() {
        text.push_str("      parameters:\n");
        for name in names {
            writeln!(text, "      - $ref: '#/components/parameters/{name}'").unwrap();
        }
    }
    if let Some(body) = body {
        write!(text, "      requestBody:\n        required: true\n        content:\n          application/json:\n            schema:\n              $ref: '#/components/schemas/{body}'\n").unwrap();
    }
    text.push_str("      responses:\n");
    let schema = format!("'#/components/schemas/{answer}'");
    for (status, schema) in [
        ("200", schema.as_str()),
        ("400", "openapi.yaml#/components/schemas/Error"),
        ("401", "openapi.yaml#/components/schemas/Error"),
        ("403", "openapi.yaml#/components/schemas/Error"),
        ("404", "openapi.yaml#/components/schemas/Error"),
        ("500", "openapi.yaml#/components/schemas/Error"),
    ] {
        write!(text, "        '{status}':\n          description: Status {status}\n          content:\n            application/json:\n              schema:\n                $ref: {schema}\n").unwrap();
    }
    text
}

criterion_group!(benches, current, grown);
criterion_main!(benches);
