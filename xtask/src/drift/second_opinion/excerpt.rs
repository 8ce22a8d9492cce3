//! A document cut down to some of its operations and what they refer to, so that comparing few
//! operations costs little. Prose, ids and extensions stay behind: they are not sent, and the crate
//! takes some of them for differences of the schemas that they stand in.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use serde_json::{Map, Value, json};

use crate::drift::document::{Document, Operation};
use crate::grammar::{Kind, is_method, walk_mut};
use crate::pointer::{escape, segments};

/// Cuts excerpts out of a document.
pub(super) struct Excerpts<'w> {
    document: Document<'w>,
    /// References to schemas that have another name in the other document: it would take them for
    /// other schemas.
    renamed: BTreeMap<String, String>,
}

impl<'w> Excerpts<'w> {
    pub(super) fn of(document: &'w Value, renamed: &BTreeSet<(String, String)>) -> Self {
        let target = |name: &str| format!("#/components/schemas/{}", escape(name));
        let renamed = renamed.iter().map(|(old, new)| (target(old), target(new)));
        Self { document: Document::new(document), renamed: renamed.collect() }
    }

    /// The document that has these operations alone.
    pub(super) fn with<'o>(&self, operations: impl Iterator<Item = &'o Operation<'o>>) -> Value {
        let mut waiting = Vec::new();
        let paths = self.copy(&paths(operations), &mut waiting);
        let mut components = Map::new();
        let mut met = BTreeSet::new();
        while let Some(reference) = waiting.pop() {
            if met.insert(reference.clone())
                && let Some(target) = self.document.at(&reference)
            {
                let content = self.copy(target.value, &mut waiting);
                self.put(&mut components, &reference, content);
            }
        }
        let info = json!({"title": "", "version": ""});
        without_prose(json!({
            "openapi": "3.0.3",
            "info": info,
            "paths": paths,
            "components": components,
        }))
    }

    /// Puts a component under its name in the other document. What is no component is not copied.
    fn put(&self, components: &mut Map<String, Value>, reference: &str, content: Value) {
        let reference = self.renamed.get(reference).map_or(reference, String::as_str);
        let names: Vec<String> = segments(reference).collect();
        if let [first, section, name] = &names[..]
            && first == "components"
        {
            let section = components.entry(section.as_str()).or_insert_with(|| Map::new().into());
            section[name.as_str()] = content;
        }
    }

    /// A copy whose references have their names of the other document; they wait to be copied too.
    fn copy(&self, value: &Value, waiting: &mut Vec<String>) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.copy(item, waiting)).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(key, member)| match member {
                    Value::String(target) if key == "$ref" => {
                        waiting.push(target.clone());
                        let new = self.renamed.get(target).unwrap_or(target);
                        (key.clone(), Value::from(new.as_str()))
                    }
                    member => (key.clone(), self.copy(member, waiting)),
                })
                .collect(),
            other => other.clone(),
        }
    }
}

fn without_prose(mut document: Value) -> Value {
    const PROSE: [&str; 10] = [
        "title",
        "description",
        "summary",
        "example",
        "examples",
        "externalDocs",
        "tags",
        "deprecated",
        "operationId",
        "links",
    ];
    let done: Result<(), Infallible> =
        walk_mut(&mut document, Kind::Document, &mut |value, kind, _| {
            let is_object_of_its_own = !matches!(kind, Kind::Document | Kind::Components);
            if let Some(members) = value.as_object_mut().filter(|_| is_object_of_its_own) {
                members.retain(|key, _| !PROSE.contains(&key.as_str()) && !key.starts_with("x-"));
                if kind == Kind::Response && !members.contains_key("$ref") {
                    members.insert("description".to_owned(), json!(""));
                }
            }
            Ok(())
        });
    let Ok(()) = done;
    document
}

/// The paths of a document that has these operations alone.
fn paths<'o>(operations: impl Iterator<Item = &'o Operation<'o>>) -> Value {
    let mut paths = Map::new();
    for operation in operations {
        let item = paths.entry(operation.path).or_insert_with(|| {
            let members = operation.item.value.as_object().into_iter().flatten();
            let shared = members.filter(|(key, _)| !is_method(key));
            shared.map(|(key, value)| (key.clone(), value.clone())).collect()
        });
        item[operation.method] = operation.node.value.clone();
    }
    Value::Object(paths)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Document, Excerpts};
    use crate::drift::document::operations;

    #[test]
    fn only_what_is_reached_is_copied_under_its_new_name() {
        let response = |schema: &str| {
            let content = json!({"application/json": {"schema": {"$ref": schema}}});
            json!({"responses": {"200": {"description": "", "content": content}}})
        };
        let document = json!({
            "openapi": "3.0.3",
            "paths": {
                "/a": {"get": response("#/components/schemas/A")},
                "/b": {"get": response("#/components/schemas/B")},
            },
            "components": {"schemas": {
                "A": {"title": "A", "items": {"$ref": "#/components/schemas/Inner"}},
                "Inner": {"items": {"$ref": "#/components/schemas/Inner"}},
                "B": {},
            }},
        });
        let renamed = [("Inner".to_owned(), "Core".to_owned())].into();
        let operations = operations(Document::new(&document));
        let excerpt = Excerpts::of(&document, &renamed).with(operations[..1].iter());
        let core = json!({"$ref": "#/components/schemas/Core"});
        let schemas = json!({"A": {"items": core}, "Core": {"items": core}});
        assert_eq!(excerpt["components"], json!({ "schemas": schemas }));
        assert_eq!(excerpt["paths"], json!({"/a": document["paths"]["/a"]}));
    }
}
