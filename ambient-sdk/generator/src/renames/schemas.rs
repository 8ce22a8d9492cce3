//! Conflicts between component schemas that would become the same type, and between schemas and
//! names that the generated code uses.

use std::collections::BTreeMap;

use ambient_sdk_openapi::pointer;
use serde_json::{Map, Value};

use super::Renames;
use crate::names::{Names, numbered_types, type_name};

const SCHEMAS: &str = "/components/schemas";
/// The names that generated code uses unqualified.
pub(super) const RESERVED: [&str; 6] = ["Default", "Err", "None", "Ok", "Some", "String"];

pub(super) fn rename_conflicts(document: &mut Value, renames: &mut Renames) {
    let Some(schemas) = document.pointer_mut(SCHEMAS).and_then(Value::as_object_mut) else {
        return;
    };
    let renamed = new_names(schemas, renames);
    if renamed.is_empty() {
        return;
    }
    let old = std::mem::take(schemas);
    schemas.extend(old.into_iter().map(|(name, schema)| match renamed.get(&name) {
        Some(new) => (new.clone(), schema),
        None => (name, schema),
    }));
    point_at(document, &renamed);
}

/// Returns the new name of each schema that cannot use its own.
fn new_names(schemas: &Map<String, Value>, renames: &mut Renames) -> BTreeMap<String, String> {
    let by_itself: Vec<String> = schemas.keys().map(|name| type_name(name)).collect();
    let all = Names::of(by_itself.iter().map(String::as_str));
    let mut taken = Names::of(RESERVED);
    let mut renamed = BTreeMap::new();
    for (name, own) in schemas.keys().zip(&by_itself) {
        let is_free = taken.take(own);
        if is_free && !name.contains(['/', '~', '%']) {
            continue;
        }
        if is_free {
            // The generator does not support escaped references.
            renamed.insert(name.clone(), own.clone());
            continue;
        }
        let described = RESERVED.contains(&own.as_str()).then(|| format!("{own}Type"));
        let others = described.into_iter().chain(numbered_types(own)).filter(|name| !all.has(name));
        let Some(new) = taken.take_first(others) else { continue };
        let text = format!("the schema `{name}` is `{new}` in Rust: `{own}` is another type");
        renames.note(pointer::join(SCHEMAS, name), text);
        renamed.insert(name.clone(), new);
    }
    renamed
}

fn point_at(value: &mut Value, renamed: &BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(to)) = map.get_mut("$ref") {
                let name = to.strip_prefix("#/components/schemas/").map(pointer::unescape);
                if let Some(new) = name.and_then(|name| renamed.get(&name)) {
                    *to = format!("#/components/schemas/{}", pointer::escape(new));
                }
            }
            map.values_mut().for_each(|value| point_at(value, renamed));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| point_at(value, renamed)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;
    use syn::{GenericParam, Item, ItemStruct, visit::Visit};

    use super::*;
    use crate::{Options, generate};

    /// Returns a document with a schema of every kind.
    fn document_of_all_kinds() -> Value {
        let object = |properties: Value| json!({"type": "object", "properties": properties});
        let tagged = |tag: &str| {
            json!({"type": "object", "required": ["kind"], "properties": {
                "kind": {"type": "string", "enum": [tag]}, "own": {"type": "string"},
            }})
        };
        let (text, number) = (json!({"type": "string"}), json!({"type": "integer"}));
        let schemas = json!({
            "Number": number, "Flag": {"type": "boolean"}, "Text": text, "Any": {},
            "Time": {"type": "string", "format": "date-time"},
            "Open": {"type": "string", "x-extensible-enum": ["a"]},
            "Closed": {"type": "string", "enum": ["a", "b"], "default": "a"},
            "List": {"type": "array", "items": number}, "Set": {"type": "array", "uniqueItems": true, "items": text},
            "Pair": {"type": "array", "items": number, "minItems": 2, "maxItems": 2},
            "Map": {"type": "object", "additionalProperties": text},
            "Either": {"oneOf": [number, text]},
            "Tagged": {"oneOf": [tagged("a"), tagged("b")]},
            "Several": {"anyOf": [object(json!({"a": text})), object(json!({"b": text}))]},
            "Defaults": object(json!({
                "text": {"type": "string", "default": "a"}, "number": {"type": "integer", "default": 2},
                "maybe": {"type": "string", "nullable": true}, "own": {"$ref": "#/components/schemas/Defaults"},
            })),
        });
        json!({"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": schemas}})
    }

    /// The names of types that code uses without a path, and those that it defines.
    #[derive(Default)]
    struct Unqualified {
        used: BTreeSet<String>,
        defined: BTreeSet<String>,
    }

    impl<'ast> Visit<'ast> for Unqualified {
        fn visit_generic_param(&mut self, parameter: &'ast GenericParam) {
            match parameter {
                GenericParam::Type(one) => self.defined.insert(one.ident.to_string()),
                GenericParam::Const(one) => self.defined.insert(one.ident.to_string()),
                GenericParam::Lifetime(_) => false,
            };
            syn::visit::visit_generic_param(self, parameter);
        }

        fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
            self.defined.insert(item.ident.to_string());
            syn::visit::visit_item_struct(self, item);
        }

        fn visit_path(&mut self, path: &'ast syn::Path) {
            self.used.extend(path.get_ident().map(ToString::to_string));
            syn::visit::visit_path(self, path);
        }

        fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
    }

    #[test]
    fn the_types_that_generated_code_uses_unqualified_are_reserved() {
        let options = Options { module: "all".to_owned(), schemars: false };
        let generated = generate(&document_of_all_kinds().to_string(), &options).unwrap();
        let file = syn::parse_file(&generated.source).unwrap();
        let types = file.items.iter().find_map(|item| match item {
            Item::Mod(module) if module.ident == "types" => module.content.as_ref(),
            _ => None,
        });
        let mut found = Unqualified::default();
        types.unwrap().1.iter().for_each(|item| found.visit_item(item));
        let schemas = document_of_all_kinds()["components"]["schemas"].clone();
        found.defined.extend(schemas.as_object().unwrap().keys().cloned());
        let used = found.used.difference(&found.defined).map(String::as_str);
        let used = used.filter(|name| name.starts_with(char::is_uppercase) && *name != "Self");
        let missing: Vec<&str> = used.filter(|name| !RESERVED.contains(name)).collect();
        assert_eq!(missing, Vec::<&str>::new());
        assert!(found.used.contains("String"));
    }

    #[test]
    fn the_first_schema_keeps_its_name_and_references_are_updated() {
        let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let mut document = json!({"components": {"schemas": {
            "foo_bar": {}, "FooBar": to("foo_bar"), "foo.bar": to("FooBar"), "Ok": to("foo.bar"),
        }}});
        let mut renames = Renames::default();
        rename_conflicts(&mut document, &mut renames);
        let schemas = json!({
            "foo_bar": {}, "FooBar2": to("foo_bar"), "FooBar3": to("FooBar2"), "OkType": to("FooBar3"),
        });
        assert_eq!(document["components"]["schemas"], schemas);
        assert_eq!(renames.notes[0].pointer, "/components/schemas/FooBar");
    }
}
