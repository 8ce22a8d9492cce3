//! Bundling any split of a document into files gives the meaning of the unsplit document.
#![allow(clippy::unwrap_used, clippy::panic)] // A failed expectation is a failed test.

mod common;

use std::collections::HashSet;
use std::fs;

use common::bundle_in;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use xtask::pointer;

const SCHEMAS: usize = 6;
const PARAMETERS: usize = 3;
const PATHS: usize = 4;
const FILES: usize = 4;

/// A document, and the file that each of its parts goes to; file 0 is the root.
#[derive(Debug, Clone)]
struct Case {
    /// For each schema: the schemas that its properties refer to, and whether as a list.
    schemas: Vec<Vec<(usize, bool)>>,
    /// For each path: the parameter, the schema of the body and the schema of the answer.
    paths: Vec<(usize, usize, usize)>,
    schema_files: Vec<usize>,
    parameter_files: Vec<usize>,
    path_files: Vec<usize>,
    /// Whether a reference to another file goes through a component there that is a reference too.
    detour: bool,
    /// Whether the root lists the components of other files.
    listed: bool,
}

fn any_case() -> impl Strategy<Value = Case> {
    let schema = prop::collection::vec((0..SCHEMAS, any::<bool>()), 0..4);
    (
        prop::collection::vec(schema, SCHEMAS),
        prop::collection::vec((0..PARAMETERS, 0..SCHEMAS, 0..SCHEMAS), PATHS),
        prop::collection::vec(0..FILES, SCHEMAS),
        prop::collection::vec(0..FILES, PARAMETERS),
        prop::collection::vec(0..FILES, PATHS),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(schemas, paths, schema_files, parameter_files, path_files, detour, listed)| Case {
                schemas,
                paths,
                schema_files,
                parameter_files,
                path_files,
                detour,
                listed,
            },
        )
}

impl Case {
    /// The document in one piece.
    fn whole(&self) -> Value {
        let mut document =
            json!({"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {}});
        let to = |section: &str, index: usize| {
            format!("#/components/{section}/{}", name(section, index))
        };
        for index in 0..PATHS {
            document["paths"][path(index)] = self.path_item(index, &to);
        }
        for index in 0..SCHEMAS {
            document["components"]["schemas"][name("schemas", index)] = self.schema(index, &to);
        }
        for index in 0..PARAMETERS {
            document["components"]["parameters"][name("parameters", index)] = parameter(index);
        }
        document
    }

    /// The document in files; the first one is the root.
    fn split(&self) -> Vec<Value> {
        let mut files: Vec<Value> = vec![json!({}); FILES];
        files[0] = json!({"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {}});
        for (index, file) in self.path_files.iter().copied().enumerate() {
            let item = self.path_item(index, &|section, to| self.reference(file, section, to));
            if file != 0 {
                let to = format!("{}#/paths/{}", file_name(file), pointer::escape(&path(index)));
                files[0]["paths"][path(index)] = json!({ "$ref": to });
            }
            files[file]["paths"][path(index)] = item;
        }
        for (index, file) in self.schema_files.iter().copied().enumerate() {
            let schema = self.schema(index, &|section, to| self.reference(file, section, to));
            self.place(&mut files, "schemas", index, file, schema);
        }
        for (index, file) in self.parameter_files.iter().copied().enumerate() {
            self.place(&mut files, "parameters", index, file, parameter(index));
        }
        files
    }

    fn place(&self, files: &mut [Value], section: &str, index: usize, file: usize, content: Value) {
        let name = name(section, index);
        if file != 0 && self.listed {
            let to = format!("{}#/components/{section}/{name}", file_name(file));
            files[0]["components"][section][&name] = json!({ "$ref": to });
        }
        if self.detour {
            files[file]["x-detour"][section][&name] =
                json!({"$ref": format!("#/components/{section}/{name}")});
        }
        files[file]["components"][section][&name] = content;
    }

    fn reference(&self, from: usize, section: &str, index: usize) -> String {
        let file = match section {
            "schemas" => self.schema_files[index],
            _ => self.parameter_files[index],
        };
        let name = name(section, index);
        match (file == from, self.detour) {
            (true, _) => format!("#/components/{section}/{name}"),
            (false, true) => format!("{}#/x-detour/{section}/{name}", file_name(file)),
            (false, false) => format!("{}#/components/{section}/{name}", file_name(file)),
        }
    }

    fn schema(&self, index: usize, to: &dyn Fn(&str, usize) -> String) -> Value {
        let mut properties = Map::new();
        properties.insert(
            "own".to_owned(),
            json!({"type": "string", "description": format!("Of {index}.")}),
        );
        for (position, (target, list)) in self.schemas[index].iter().enumerate() {
            let reference = json!({"$ref": to("schemas", *target)});
            let property =
                if *list { json!({"type": "array", "items": reference}) } else { reference };
            properties.insert(format!("p{position}"), property);
        }
        json!({"type": "object", "properties": properties})
    }

    fn path_item(&self, index: usize, to: &dyn Fn(&str, usize) -> String) -> Value {
        let (parameter, body, answer) = self.paths[index];
        let media =
            |schema| json!({"application/json": {"schema": {"$ref": to("schemas", schema)}}});
        json!({
            "parameters": [{"$ref": to("parameters", parameter)}],
            "post": {
                "requestBody": {"content": media(body)},
                "responses": {"200": {"description": "OK", "content": media(answer)}},
            },
        })
    }
}

fn parameter(index: usize) -> Value {
    json!({"name": format!("q{index}"), "in": "query", "schema": {"type": "integer", "minimum": index}})
}

fn name(section: &str, index: usize) -> String {
    if section == "schemas" { format!("S{index}") } else { format!("q{index}") }
}

fn path(index: usize) -> String {
    format!("/a~b/{index}/{{id}}")
}

fn file_name(file: usize) -> String {
    if file == 0 { "openapi.yaml".to_owned() } else { format!("part{file}.yaml") }
}

/// Whether two values mean the same in their documents, local references followed.
fn same(a: (&Value, &Value), b: (&Value, &Value), assumed: &mut HashSet<(String, String)>) -> bool {
    let target = |(document, value): (&Value, &Value)| {
        let to = value.get("$ref")?.as_str()?.strip_prefix('#')?.to_owned();
        Some((document.pointer(&to)?.clone(), to))
    };
    if let (Some((left, left_at)), Some((right, right_at))) = (target(a), target(b)) {
        return !assumed.insert((left_at, right_at)) || same((a.0, &left), (b.0, &right), assumed);
    }
    match (a.1, b.1) {
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| {
                    right.get(key).is_some_and(|right| same((a.0, left), (b.0, right), assumed))
                })
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same((a.0, left), (b.0, right), assumed))
        }
        (left, right) => left == right,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_split_means_what_the_whole_means(case in any_case()) {
        let folder = tempfile::tempdir().unwrap();
        for (index, file) in case.split().iter().enumerate() {
            fs::write(folder.path().join(file_name(index)), xtask::yaml::write(file).unwrap()).unwrap();
        }
        let bundled = bundle_in(folder.path()).unwrap().document;
        let whole = case.whole();
        let meant = same((&whole, &whole["paths"]), (&bundled, &bundled["paths"]), &mut HashSet::new());
        prop_assert!(meant, "{bundled:#}");

        for section in ["schemas", "parameters"] {
            for (name, component) in bundled["components"][section].as_object().into_iter().flatten() {
                let original = &whole["components"][section][name];
                let meant = same((&whole, original), (&bundled, component), &mut HashSet::new());
                prop_assert!(meant, "{section} {name}: {bundled:#}");
            }
        }
    }

    #[test]
    fn a_bundle_of_a_bundle_is_the_bundle(case in any_case()) {
        let folder = tempfile::tempdir().unwrap();
        for (index, file) in case.split().iter().enumerate() {
            fs::write(folder.path().join(file_name(index)), xtask::yaml::write(file).unwrap()).unwrap();
        }
        let once = xtask::yaml::write(&bundle_in(folder.path()).unwrap().document).unwrap();
        let again = tempfile::tempdir().unwrap();
        fs::write(again.path().join("openapi.yaml"), &once).unwrap();
        let twice = xtask::yaml::write(&bundle_in(again.path()).unwrap().document).unwrap();
        prop_assert_eq!(once, twice);
    }
}
