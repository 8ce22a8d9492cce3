//! Conflicts between component schemas that would become the same type, and between schemas and
//! names that the generated code uses.

use std::collections::BTreeMap;

use ambient_sdk_openapi::pointer;
use serde_json::{Map, Value};

use super::Renames;
use crate::names::{Names, numbered_types, type_name};

const SCHEMAS: &str = "/components/schemas";
/// The names that generated code uses unqualified.
pub(super) const RESERVED: [&str; 5] = ["Default", "Err", "None", "Ok", "Some"];

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
    use serde_json::json;

    use super::*;

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
