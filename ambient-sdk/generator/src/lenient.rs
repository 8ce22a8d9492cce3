//! What generated types read though the document does not say so: null for an empty list or map, and
//! alternatives of a tag that the server adds.

use quote::format_ident;
use syn::{Attribute, Field, Fields, File, Item, ItemEnum, Type, parse_quote};

/// Makes the types of a generated file lenient.
pub(crate) fn make_lenient(file: &mut File) {
    for item in &mut file.items {
        let Item::Mod(module) = item else { continue };
        let Some((_, items)) = module.content.as_mut().filter(|_| module.ident == "types") else {
            continue;
        };
        for item in items {
            match item {
                Item::Struct(item) => read_null(&mut item.fields),
                Item::Enum(item) => {
                    keep_unknown_tags(item);
                    item.variants.iter_mut().for_each(|variant| {
                        if matches!(variant.fields, Fields::Named(_)) {
                            read_null(&mut variant.fields);
                        }
                    });
                }
                _ => {}
            }
        }
    }
}

/// Servers in Go write an empty list or map as null.
fn read_null(fields: &mut Fields) {
    for field in fields.iter_mut().filter(|field| is_collection(&field.ty) && !is_flat(field)) {
        field.attrs.push(parse_quote!(#[serde(deserialize_with = "crate::decode::null_as_empty")]));
    }
}

fn is_collection(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let last = path.path.segments.last().map(|segment| segment.ident.to_string());
    last.is_some_and(|last| ["Vec", "BTreeMap", "Map"].contains(&last.as_str()))
}

/// Whether the field takes what no other field does.
fn is_flat(field: &Field) -> bool {
    field.attrs.iter().any(|attribute| says(attribute, "flatten"))
}

fn says(attribute: &Attribute, word: &str) -> bool {
    let mut found = false;
    // What can't be read is no word of serde, and the compiler will say so.
    let _ = attribute.path().is_ident("serde").then(|| {
        attribute.parse_nested_meta(|meta| {
            found |= meta.path.is_ident(word);
            if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<syn::Expr>()?;
            }
            Ok(())
        })
    });
    found
}

/// A tag that the server adds tomorrow must not fail today's client.
fn keep_unknown_tags(item: &mut ItemEnum) {
    let has = |word| item.attrs.iter().any(|attribute| says(attribute, word));
    if !has("tag") || has("content") {
        return;
    }
    let taken = |name: &str| item.variants.iter().any(|variant| variant.ident == name);
    let mut name = "Unknown".to_owned();
    while taken(&name) {
        name.push_str("Value");
    }
    let name = format_ident!("{name}");
    item.attrs.push(parse_quote!(#[non_exhaustive]));
    item.variants.push(parse_quote! {
        /// A value that this version of the crate can't read, as the server sent it: its tag is new.
        #[serde(untagged)]
        #name(::serde_json::Value)
    });
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;

    use super::*;

    #[test]
    fn null_is_an_empty_list_or_map_and_a_new_tag_is_kept() {
        let mut file: File = parse_quote! {
            mod types {
                struct A {
                    #[serde(default)]
                    list: ::std::vec::Vec<u8>,
                    other: u8,
                    #[serde(flatten)]
                    extra: ::std::collections::BTreeMap<String, u8>,
                }
                struct List(pub ::std::vec::Vec<u8>);
                #[serde(tag = "kind")]
                enum Shape { Unknown { list: ::serde_json::Map<String, ::serde_json::Value> } }
                #[serde(untagged)]
                enum Any { A(::std::vec::Vec<u8>) }
            }
        };
        make_lenient(&mut file);
        let text = file.to_token_stream().to_string();
        assert_eq!(text.matches("null_as_empty").count(), 3, "{text}");
        assert_eq!(text.matches("UnknownValue (:: serde_json :: Value)").count(), 1, "{text}");
        assert!(!text.contains("Any { A (:: std :: vec :: Vec < u8 >) ,"), "{text}");
    }
}
