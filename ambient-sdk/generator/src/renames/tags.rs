//! Conflicts between tagged alternatives whose tags differ only in punctuation or case and would
//! become the same variant. A tag is the value of a property, or the name of the only property.

use std::collections::HashSet;
use std::convert::Infallible;

use ambient_sdk_openapi::grammar::{Kind, walk_mut};
use serde_json::{Value, json};

use super::Renames;
use super::fields::rename;
use crate::names::{Names, numbered_types, type_name};

pub(super) fn rename_conflicts(document: &mut Value, renames: &mut Renames) {
    let done: Result<(), Infallible> =
        walk_mut(document, Kind::Document, &mut |schema, kind, at| {
            if kind == Kind::Schema {
                for key in ["oneOf", "anyOf"] {
                    if let Some(Value::Array(variants)) = schema.get_mut(key) {
                        rename_variants(variants, &format!("{at}/{key}"), renames);
                    }
                }
            }
            Ok(())
        });
    let Ok(()) = done;
}

fn rename_variants(variants: &mut [Value], at: &str, renames: &mut Renames) {
    let first = variants.first().and_then(|variant| variant.get("properties")?.as_object());
    let properties: Vec<String> = first.into_iter().flat_map(|map| map.keys().cloned()).collect();
    for property in properties {
        let tags: Option<Vec<String>> =
            variants.iter().map(|variant| tag(variant, &property)).collect();
        let Some(tags) = tags else { continue };
        for (index, marked) in marked(&tags, at, renames) {
            variants[index]["properties"][&property]["enum"] = json!([marked]);
        }
    }
    let keys: Option<Vec<&str>> = variants.iter().map(only_property).collect();
    let differ = |keys: &Vec<&str>| keys.iter().collect::<HashSet<_>>().len() == keys.len();
    let Some(keys) = keys.filter(differ) else { return };
    let keys: Vec<String> = keys.into_iter().map(str::to_owned).collect();
    for (index, marked) in marked(&keys, at, renames) {
        if let Some(variant) = variants[index].as_object_mut() {
            rename(variant, &keys[index], &marked);
        }
    }
}

/// Returns the tags that get another name, each with its index and its replacement.
fn marked(tags: &[String], at: &str, renames: &mut Renames) -> Vec<(usize, String)> {
    let by_itself: Vec<String> = tags.iter().map(|tag| type_name(tag)).collect();
    let all = Names::of(by_itself.iter().map(String::as_str));
    let mut taken = Names::default();
    let mut marked = Vec::new();
    for (index, (tag, own)) in tags.iter().zip(&by_itself).enumerate() {
        if taken.take(own) {
            continue;
        }
        let others = numbered_types(own).filter(|name| !all.has(name));
        let Some(new) = taken.take_first(others) else { continue };
        let text = format!("the tag `{tag}` is `{new}` in Rust: `{own}` is another variant");
        renames.note(format!("{at}/{index}"), text);
        marked.push((index, renames.marks.mark(&new, tag)));
    }
    marked
}

/// Returns the only property of a variant, if it is required. The generator takes its name as the tag if
/// each variant has another one.
fn only_property(variant: &Value) -> Option<&str> {
    if variant.get("minProperties").is_some() {
        return None; // The generator takes it as an object, without a tag.
    }
    let properties = variant.get("properties")?.as_object()?;
    let required = variant.get("required")?.as_array()?;
    match (properties.keys().next(), properties.len(), required.as_slice()) {
        (Some(only), 1, [required]) if required == only.as_str() => Some(only),
        _ => None,
    }
}

/// Returns the value of a property that has the same value in all instances of the variant.
fn tag(variant: &Value, property: &str) -> Option<String> {
    let required = variant.get("required")?.as_array()?;
    let schema = variant.get("properties")?.get(property)?;
    match schema.get("enum")?.as_array()?.as_slice() {
        [Value::String(tag)] if required.iter().any(|name| name == property) => Some(tag.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflicting_tag_gets_a_number() {
        let variant = |tag: &str| {
            let kind = json!({"type": "string", "enum": [tag]});
            json!({"type": "object", "required": ["kind"], "properties": {"kind": kind}})
        };
        let shape =
            json!({"oneOf": [variant("a-b"), variant("a_b"), variant("ab2"), variant("c")]});
        let mut document = json!({"components": {"schemas": {"Shape": shape}}});
        let mut renames = Renames::default();
        rename_conflicts(&mut document, &mut renames);
        let names: Vec<String> = (0..4)
            .map(|index| {
                let at = format!("/components/schemas/Shape/oneOf/{index}/properties/kind/enum/0");
                type_name(document.pointer(&at).and_then(Value::as_str).unwrap_or_default())
            })
            .collect();
        assert_eq!(names, ["AB", "Ab3", "Ab2", "C"]);
        assert_eq!(renames.notes[0].pointer, "/components/schemas/Shape/oneOf/1");
    }

    #[test]
    fn a_conflicting_name_of_the_only_property_gets_a_number() {
        let variant = |name: &str| {
            let properties = json!({name: {"type": "string"}});
            json!({"type": "object", "required": [name], "properties": properties})
        };
        let names_of = |keys: [&str; 3]| {
            let variants = keys.map(variant);
            let mut document = json!({"components": {"schemas": {"A": {"oneOf": variants}}}});
            rename_conflicts(&mut document, &mut Renames::default());
            let variants = document["components"]["schemas"]["A"]["oneOf"].as_array().cloned();
            let name = |variant: &Value| {
                let (key, required) = (only_property(variant)?, &variant["required"][0]);
                (required == key).then(|| type_name(key))
            };
            variants.into_iter().flatten().filter_map(|v| name(&v)).collect::<Vec<_>>()
        };
        assert_eq!(names_of(["a", "A", "a2"]), ["A", "A3", "A2"]);
        assert_eq!(names_of(["a-b", "a_b", "ab"]), ["AB", "Ab2", "Ab"]);
        assert_eq!(names_of(["a", "a", "A"]), ["A", "A", "A"]);
    }
}
