//! What generated types read though the document does not say so: null for an empty list or map, and
//! alternatives of a tag that the server adds.

use quote::format_ident;
use syn::{Attribute, Expr, ExprLit, Field, Fields, File, Item, ItemEnum, Lit, Type, parse_quote};

/// Makes the types of a generated file lenient.
pub(crate) fn make_lenient(file: &mut File) {
    for item in &mut file.items {
        let Item::Mod(module) = item else { continue };
        let Some((_, items)) = module.content.as_mut().filter(|_| module.ident == "types") else {
            continue;
        };
        let mut readers: Vec<Item> = Vec::new();
        for item in items.iter_mut() {
            match item {
                Item::Struct(item) => read_null(&mut item.fields),
                Item::Enum(item) => {
                    readers.extend(keep_unknown_tags(item));
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

/// Whether an attribute of serde has that word.
fn says(attribute: &Attribute, word: &str) -> bool {
    look_up(attribute, word).is_some()
}

/// The text that an attribute of serde gives for that word.
fn text_of(attribute: &Attribute, word: &str) -> Option<String> {
    match look_up(attribute, word)?? {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// A word of an attribute of serde, with its value if it has one.
fn look_up(attribute: &Attribute, word: &str) -> Option<Option<Expr>> {
    let mut found = None;
    // What can't be read is no word of serde, and the compiler will say so.
    let _ = attribute.path().is_ident("serde").then(|| {
        attribute.parse_nested_meta(|meta| {
            let value = match meta.input.peek(syn::Token![=]) {
                true => Some(meta.value()?.parse::<Expr>()?),
                false => None,
            };
            if meta.path.is_ident(word) {
                found = Some(value);
            }
            Ok(())
        })
    });
    found
}

/// A tag that the server adds tomorrow must not fail today's client; content that does not fit a known
/// tag must not pass for one. Gives what reads the former and refuses the latter.
fn keep_unknown_tags(item: &mut ItemEnum) -> Option<Item> {
    let tag = item.attrs.iter().find_map(|attribute| text_of(attribute, "tag"))?;
    if item.attrs.iter().any(|attribute| says(attribute, "content")) {
        return None;
    }
    let known = item.variants.iter().map(|variant| {
        let renamed = variant.attrs.iter().find_map(|attribute| text_of(attribute, "rename"));
        renamed.unwrap_or_else(|| variant.ident.to_string())
    });
    let known: Vec<String> = known.collect();
    let taken = |name: &str| item.variants.iter().any(|variant| variant.ident == name);
    let mut name = "Unknown".to_owned();
    while taken(&name) {
        name.push_str("Value");
    }
    let name = format_ident!("{name}");
    let own = &item.ident;
    let reader = format!("{own}::read_unknown");
    let imp = parse_quote! {
        impl #own {
            fn read_unknown<'de, D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<::serde_json::Value, D::Error> {
                crate::decode::unknown_tag(deserializer, #tag, &[#(#known),*])
            }
        }
    };
    item.attrs.push(parse_quote!(#[non_exhaustive]));
    item.variants.push(parse_quote! {
        /// A value that this version of the crate can't read, as the server sent it: its tag is new.
        #[serde(untagged, deserialize_with = #reader)]
        #name(::serde_json::Value)
    });
    Some(imp)
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
                enum Shape { #[serde(rename = "a b")] A, Unknown { list: ::serde_json::Map<String, ::serde_json::Value> } }
                #[serde(untagged)]
                enum Any { A(::std::vec::Vec<u8>) }
            }
        };
        make_lenient(&mut file);
        let text = file.to_token_stream().to_string();
        assert_eq!(text.matches("null_as_empty").count(), 3, "{text}");
        assert_eq!(text.matches("UnknownValue (:: serde_json :: Value)").count(), 1, "{text}");
        assert!(text.contains(r#""kind" , & ["a b" , "Unknown"]"#), "{text}");
        assert!(!text.contains("Any { A (:: std :: vec :: Vec < u8 >) ,"), "{text}");
    }
}
