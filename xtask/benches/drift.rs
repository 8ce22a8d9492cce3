//! Measures a drift report: reading, comparing and generating both sides.
//!
//! The base is the committed copy of the API server's document, and the revision is the same document
//! with many changes. The larger documents contain the paths and schemas of the copy 10 and 100 times.

#![allow(
    missing_docs,
    clippy::panic,
    clippy::unwrap_used,
    reason = "criterion's macros; a bench may fail loudly"
)]

use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use serde_json::{Map, Value, json};
use xtask::drift::{Prepared, Revision, compare, input, source};
use xtask::prepare::prepare;
use xtask::workspace::Workspace;

fn committed() -> Revision {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let request = input::Request {
        base: "api-server".to_owned(),
        revision: Some("api-server".to_owned()),
        ..input::Request::default()
    };
    input::read(Some(&Workspace::at(root)), &request).unwrap().base
}

/// Removes every tenth operation, and adds a property to every object.
fn changed(revision: &Revision) -> Revision {
    let mut document = revision.document.clone();
    let paths = document["paths"].as_object_mut().unwrap();
    let gone: Vec<String> = paths.keys().step_by(10).cloned().collect();
    paths.retain(|path, _| !gone.contains(path));
    for schema in document["components"]["schemas"].as_object_mut().unwrap().values_mut() {
        if let Some(properties) = schema.get_mut("properties") {
            properties["added"] = json!({"type": "string"});
        }
    }
    let prepared = Prepared::Document(prepare(document.clone(), None).unwrap().document);
    Revision { name: "changed".to_owned(), document, prepared, ..revision.clone() }
}

/// Repeats the paths and schemas under `times` names. Only for the wire comparison; nothing is generated.
fn larger(revision: &Revision, times: usize) -> Revision {
    let text = revision.document.to_string();
    let copy = |index: usize| -> Value {
        let own =
            text.replace("#/components/schemas/", &format!("#/components/schemas/Copy{index}"));
        serde_json::from_str(&own).unwrap()
    };
    let mut whole = copy(0);
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    for index in 0..times {
        let document = copy(index);
        for (path, item) in document["paths"].as_object().unwrap() {
            paths.insert(format!("/copy{index}{path}"), item.clone());
        }
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            schemas.insert(format!("Copy{index}{name}"), schema.clone());
        }
    }
    whole["paths"] = Value::Object(paths);
    whole["components"]["schemas"] = Value::Object(schemas);
    let prepared = Prepared::Skipped;
    Revision { name: format!("{times} times"), document: whole, prepared, ..revision.clone() }
}

/// Changes the media type of every body.
fn retyped(revision: &Revision) -> Revision {
    let text = revision.document.to_string();
    let text = text.replace(r#""application/json":"#, r#""application/x-json":"#);
    let document = serde_json::from_str(&text).unwrap();
    Revision { name: "retyped".to_owned(), document, ..revision.clone() }
}

fn drift(criterion: &mut Criterion) {
    let base = committed();
    let revision = changed(&base);
    let mut group = criterion.benchmark_group("drift");
    group.sample_size(10);
    group.bench_function("generate one", |bencher| {
        let Prepared::Document(prepared) = &base.prepared else { panic!("nothing is prepared") };
        bencher.iter(|| source::generate(black_box(prepared)).unwrap());
    });
    group.bench_function("two revisions, both generated", |bencher| {
        bencher.iter(|| compare(black_box(&base), black_box(&revision)));
    });
    for times in [1, 10, 100] {
        let (base, revision) = (larger(&base, times), larger(&revision, times));
        group.bench_function(BenchmarkId::new("wire only, times", times), |bencher| {
            bencher.iter(|| compare(black_box(&base), black_box(&revision)));
        });
        let retyped = retyped(&base);
        group.bench_function(BenchmarkId::new("media types, wire only, times", times), |bencher| {
            bencher.iter(|| compare(black_box(&base), black_box(&retyped)));
        });
    }
    group.finish();
}

criterion_group!(benches, drift);
criterion_main!(benches);
