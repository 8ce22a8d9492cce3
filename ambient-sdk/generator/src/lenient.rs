//! Makes generated types accept values that the document does not declare: `null` for an empty list
//! or map, and new tags of tagged alternatives.

mod tags;

use syn::{Field, Fields, File, Item, Type, parse_quote};

use tags::says;

/// Makes the types of a generated file lenient.
pub(crate) fn make_lenient(file: &mut File) {
    for item in &mut file.items {
        let Item::Mod(module) = item else { continue };
        let Some((_, items)) = module.content.as_mut().filter(|_| module.ident == "types") else {
            continue;
        };
        let constants = tags::constants(items);
        let mut readers: Vec<Item> = Vec::new();
        for item in items.iter_mut() {
            match item {
                Item::Struct(item) => read_null(&mut item.fields),
                Item::Enum(item) => {
                    readers.extend(tags::keep_unknown(item, &constants));
                    item.variants.iter_mut().for_each(|variant| {
                        if matches!(variant.fields, Fields::Named(_)) {
                            read_null(&mut variant.fields);
                        }
                    });
                }
                _ => {}
            }
        }
        items.extend(readers);
    }
}

/// Deserializes `null` as an empty list or map, because servers in Go write it that way.
fn read_null(fields: &mut Fields) {
    for field in fields.iter_mut().filter(|field| is_collection(&field.ty) && !is_flat(field)) {
        field.attrs.push(parse_quote!(#[serde(deserialize_with = "crate::decode::null_as_empty")]));
    }
}

fn is_collection(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let last = path.path.segments.last().map(|segment| segment.ident.to_string());
    // The path of a type of the document begins with its module or the crate.
    let is_foreign = path.path.leading_colon.is_some();
    is_foreign && last.is_some_and(|last| ["Vec", "BTreeMap", "Map"].contains(&last.as_str()))
}

/// Returns whether the field collects the properties that no other field matches.
fn is_flat(field: &Field) -> bool {
    field.attrs.iter().any(|attribute| says(attribute, "flatten"))
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;

    use super::*;

    #[test]
    fn null_becomes_an_empty_collection_and_new_tags_are_kept() {
        let mut file: File = parse_quote! {
            mod types {
                struct A {
                    #[serde(default)]
                    list: ::std::vec::Vec<u8>,
                    other: u8,
                    map: Map,
                    #[serde(flatten)]
                    extra: ::std::collections::BTreeMap<String, u8>,
                }
                struct List(pub ::std::vec::Vec<u8>);
                #[serde(tag = "kind")]
                enum Shape { #[serde(rename = "a b")] A, Unknown { list: ::serde_json::Map<String, ::serde_json::Value> } }
                enum WoodKind { #[serde(rename = "wood")] Wood }
                enum SteelKind { #[serde(rename = "steel")] Steel }
                #[serde(untagged)]
                enum Open { Wood { kind: WoodKind }, Steel { kind: SteelKind } }
                #[serde(untagged)]
                enum Any { A(::std::vec::Vec<u8>) }
            }
        };
        make_lenient(&mut file);
        let text = file.to_token_stream().to_string();
        assert_eq!(text.matches("null_as_empty").count(), 3, "{text}");
        assert_eq!(text.matches("UnknownValue (:: serde_json :: Value)").count(), 1, "{text}");
        assert!(text.contains(r#""kind" , & ["a b" , "Unknown"]"#), "{text}");
        assert!(text.contains(r#""kind" , & ["wood" , "steel"]"#), "{text}");
        assert!(!text.contains("Any { A (:: std :: vec :: Vec < u8 >) ,"), "{text}");
    }
}
