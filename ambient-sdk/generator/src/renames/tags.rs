//! Conflicts between tagged alternatives whose tags differ only in punctuation or case and would
//! become the same variant.

use std::convert::Infallible;

use ambient_sdk_openapi::grammar::{Kind, walk_mut};
use serde_json::{Value, json};

use super::Renames;
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
        let by_itself: Vec<String> = tags.iter().map(|tag| type_name(tag)).collect();
        let all = Names::of(by_itself.iter().map(String::as_str));
        let mut taken = Names::default();
        for (index, (tag, own)) in tags.iter().zip(&by_itself).enumerate() {
            if taken.take(own) {
                continue;
            }
            let others = numbered_types(own).filter(|name| !all.has(name));
            let Some(new) = taken.take_first(others) else { continue };
            let text = format!("the tag `{tag}` is `{new}` in Rust: `{own}` is another variant");
            renames.note(format!("{at}/{index}"), text);
            let marked = renames.marks.mark(&new, tag);
            variants[index]["properties"][&property]["enum"] = json!([marked]);
        }
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
}
