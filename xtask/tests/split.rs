//! A document that is split into files and bundled has the same meaning as the original.
#![allow(clippy::unwrap_used, clippy::panic)] // A panic fails the test.

mod common;

use std::collections::HashSet;
use std::fs;

use common::bundle_in;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use xtask::pointer;

/// Sections of the components, each with the prefix of its names and the number of components.
const SECTIONS: [(&str, &str, usize); 7] = [
    ("schemas", "S", 6),
    ("parameters", "q", 3),
    ("responses", "R", 2),
    ("requestBodies", "B", 2),
    ("headers", "H", 2),
    ("examples", "E", 2),
    ("securitySchemes", "auth", 2),
];
const PATHS: usize = 4;
const FILES: usize = 4;
/// The name of a component that every file defines with different content.
const OWN: &str = "Own";

/// A document, and the file of each of its parts; file 0 is the root.
#[derive(Debug, Clone)]
struct Case {
    /// The schemas that the properties of each schema refer to, and whether as a list.
    schemas: Vec<Vec<(usize, bool)>>,
    /// The number that selects the components of each path.
    paths: Vec<usize>,
    /// The file of each component, by section.
    files: Vec<Vec<usize>>,
    path_files: Vec<usize>,
    /// Whether a reference to another file goes through another reference in that file.
    detour: bool,
    /// Whether the root lists the components of other files.
    listed: bool,
}

fn any_case() -> impl Strategy<Value = Case> {
    let schema = prop::collection::vec((0..count("schemas"), any::<bool>()), 0..4);
    let files = SECTIONS.map(|(_, _, count)| prop::collection::vec(0..FILES, count).boxed());
    (
        prop::collection::vec(schema, count("schemas")),
        prop::collection::vec(0..1000_usize, PATHS),
        Vec::from(files),
        prop::collection::vec(0..FILES, PATHS),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(schemas, paths, files, path_files, detour, listed)| Case {
            schemas,
            paths,
            files,
            path_files,
            detour,
            listed,
        })
}

/// Returns the text of a reference to a component, given its section and index.
type To<'a> = &'a dyn Fn(&str, usize) -> String;

impl Case {
    /// Returns the document in one file.
    fn whole(&self) -> Value {
        let mut document = root();
        let to = |section: &str, index: usize| {
            format!("#/components/{section}/{}", name(section, index))
        };
        for (index, file) in self.path_files.iter().copied().enumerate() {
            let own = format!("#/components/schemas/{OWN}{file}");
            document["paths"][path(index)] = self.path_item(index, &own, &to);
        }
        for (section, _, count) in SECTIONS {
            for index in 0..count {
                let content = self.component(section, index, &to);
                document["components"][section][name(section, index)] = content;
            }
        }
        for file in 0..FILES {
            document["components"]["schemas"][format!("{OWN}{file}")] = own(file);
        }
        document
    }

    /// Returns the document in several files; the first is the root.
    fn split(&self) -> Vec<Value> {
        let mut files: Vec<Value> = vec![json!({}); FILES];
        files[0] = root();
        for (index, file) in self.path_files.iter().copied().enumerate() {
            let own = format!("#/components/schemas/{OWN}");
            let to = |section: &str, to: usize| self.reference(file, section, to);
            let item = self.path_item(index, &own, &to);
            if file != 0 {
                let to = format!("{}#/paths/{}", file_name(file), pointer::escape(&path(index)));
                files[0]["paths"][path(index)] = json!({ "$ref": to });
            }
            files[file]["paths"][path(index)] = item;
        }
        for (section, _, count) in SECTIONS {
            for index in 0..count {
                let file = self.file(section, index);
                let to = |section: &str, to: usize| self.reference(file, section, to);
                let content = self.component(section, index, &to);
                self.place(&mut files, section, index, file, content);
            }
        }
        // The root defines the name only if it uses it, because a name in the root affects how others
        // are renamed.
        for (file, content) in files.iter_mut().enumerate() {
            if file != 0 || self.path_files.contains(&0) {
                content["components"]["schemas"][OWN] = own(file);
            }
        }
        files
    }

    fn file(&self, section: &str, index: usize) -> usize {
        let position = SECTIONS.iter().position(|(known, ..)| *known == section).unwrap();
        // Requirements name security schemes without a reference, so the root must list or define them.
        if section == "securitySchemes" && !self.listed { 0 } else { self.files[position][index] }
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
        let file = self.file(section, index);
        let name = name(section, index);
        match (file == from, self.detour) {
            (true, _) => format!("#/components/{section}/{name}"),
            (false, true) => format!("{}#/x-detour/{section}/{name}", file_name(file)),
            (false, false) => format!("{}#/components/{section}/{name}", file_name(file)),
        }
    }

    fn component(&self, section: &str, index: usize, to: To<'_>) -> Value {
        let media = |to: To<'_>| {
            json!({"application/json": {
                "schema": {"$ref": to("schemas", index)},
                "examples": {"one": {"$ref": to("examples", index)}},
            }})
        };
        match section {
            "schemas" => self.schema(index, to),
            "parameters" => json!({
                "name": format!("q{index}"), "in": "query", "schema": {"type": "integer", "minimum": index},
            }),
            "responses" => json!({
                "description": format!("Answer {index}."),
                "headers": {"X-One": {"$ref": to("headers", index)}},
                "content": media(to),
            }),
            "requestBodies" => {
                json!({"description": format!("Body {index}."), "content": media(to)})
            }
            "headers" => json!({"schema": {"$ref": to("schemas", index)}}),
            "examples" => json!({"value": {"$ref": format!("data {index}, no reference")}}),
            _ => json!({"type": "apiKey", "in": "header", "name": format!("X-Auth-{index}")}),
        }
    }

    fn schema(&self, index: usize, to: To<'_>) -> Value {
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

    /// Returns a path; `own` is the schema that each file defines under the same name.
    fn path_item(&self, index: usize, own: &str, to: To<'_>) -> Value {
        let choice = self.paths[index];
        let one = |section: &str| json!({"$ref": to(section, choice % count(section))});
        json!({
            "parameters": [one("parameters")],
            "get": {
                "security": [{ name("securitySchemes", choice % count("securitySchemes")): [] }],
                "responses": {"200": {
                    "description": "OK",
                    "content": {"application/json": {"schema": { "$ref": own }}},
                }},
            },
            "post": {
                "requestBody": one("requestBodies"),
                "responses": {"200": one("responses"), "404": {
                    "description": "No.", "headers": {"X-Two": one("headers")},
                    "content": {"application/json": {
                        "schema": one("schemas"), "examples": {"e": one("examples")},
                    }},
                }},
            },
        })
    }
}

fn root() -> Value {
    json!({"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {}})
}

fn own(file: usize) -> Value {
    json!({"type": "object", "description": format!("Of file {file}.")})
}

fn count(section: &str) -> usize {
    SECTIONS.iter().find(|(known, ..)| *known == section).unwrap().2
}

fn name(section: &str, index: usize) -> String {
    format!("{}{index}", SECTIONS.iter().find(|(known, ..)| *known == section).unwrap().1)
}

fn path(index: usize) -> String {
    format!("/a~b/{index}/{{id}}")
}

fn file_name(file: usize) -> String {
    if file == 0 { "openapi.yaml".to_owned() } else { format!("part{file}.yaml") }
}

/// Returns whether two values have the same meaning in their documents, after resolving local
/// references.
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
    fn a_split_document_has_the_same_meaning(case in any_case()) {
        let folder = tempfile::tempdir().unwrap();
        for (index, file) in case.split().iter().enumerate() {
            fs::write(folder.path().join(file_name(index)), xtask::yaml::write(file).unwrap()).unwrap();
        }
        let bundled = bundle_in(folder.path()).unwrap().document;
        let whole = case.whole();
        let meant = same((&whole, &whole["paths"]), (&bundled, &bundled["paths"]), &mut HashSet::new());
        prop_assert!(meant, "{bundled:#}");

        for (section, ..) in SECTIONS {
            let components = bundled["components"][section].as_object().into_iter().flatten();
            for (name, component) in components.filter(|(name, _)| !name.ends_with(OWN)) {
                let original = &whole["components"][section][name];
                let meant = same((&whole, original), (&bundled, component), &mut HashSet::new());
                prop_assert!(meant, "{section} {name}: {bundled:#}");
            }
        }
    }

    #[test]
    fn bundling_is_idempotent(case in any_case()) {
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
