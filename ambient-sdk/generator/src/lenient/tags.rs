//! Tagged alternatives, and tag values that a server adds later.

use std::collections::HashMap;

use quote::format_ident;
use syn::{
    Attribute, Expr, ExprLit, Fields, Ident, Item, ItemEnum, Lit, Type, Variant, parse_quote,
};

/// Returns the enums with a single value, by name, with that value.
pub(super) fn constants(items: &[Item]) -> HashMap<String, String> {
    let constant = |item: &Item| match item {
        Item::Enum(item) if item.variants.len() == 1 => {
            let only = item.variants.first().filter(|only| matches!(only.fields, Fields::Unit))?;
            Some((item.ident.to_string(), wire_name(&only.attrs, &only.ident)))
        }
        _ => None,
    };
    items.iter().filter_map(constant).collect()
}

/// The property that contains the tag, and its known values.
struct Tag {
    property: String,
    known: Vec<String>,
}

impl Tag {
    fn of(item: &ItemEnum, constants: &HashMap<String, String>) -> Option<Self> {
        let has = |word| item.attrs.iter().any(|attribute| says(attribute, word));
        if let Some(property) = item.attrs.iter().find_map(|one| text_of(one, "tag")) {
            let known =
                item.variants.iter().map(|variant| wire_name(&variant.attrs, &variant.ident));
            return Some(Self { property, known: known.collect() });
        }
        // If one alternative has additional properties, the generator writes an untagged enum.
        let first = item.variants.first().filter(|_| has("untagged"))?;
        constant_fields(first, constants).find_map(|(property, _)| {
            let value = |variant| {
                constant_fields(variant, constants)
                    .find_map(|(own, value)| (own == property).then_some(value))
            };
            let known: Option<Vec<String>> = item.variants.iter().map(value).collect();
            Some(Self { property: property.clone(), known: known? })
        })
    }
}

/// Returns the properties of an alternative that have a constant value, with that value.
fn constant_fields(
    variant: &Variant,
    constants: &HashMap<String, String>,
) -> impl Iterator<Item = (String, String)> {
    let fields = match &variant.fields {
        Fields::Named(fields) => Some(&fields.named),
        _ => None,
    };
    fields.into_iter().flatten().filter_map(|field| {
        let Type::Path(path) = &field.ty else { return None };
        let value = constants.get(&path.path.segments.last()?.ident.to_string())?;
        Some((wire_name(&field.attrs, field.ident.as_ref()?), value.clone()))
    })
}

/// Returns the name that serde deserializes.
fn wire_name(attributes: &[Attribute], own: &Ident) -> String {
    let renamed = attributes.iter().find_map(|attribute| text_of(attribute, "rename"));
    renamed.unwrap_or_else(|| own.to_string().trim_start_matches("r#").to_owned())
}

/// Adds a variant for new tags, so that a client accepts tags that a server adds later. Content
/// that does not match a known tag must still fail, so the returned reader accepts only unknown
/// tags.
pub(super) fn keep_unknown(
    item: &mut ItemEnum,
    constants: &HashMap<String, String>,
) -> Option<Item> {
    // The generator writes conversions to text for an enum without content. They would not cover
    // another variant.
    if item.variants.iter().all(|variant| variant.fields == Fields::Unit) {
        return None;
    }
    let Tag { property, known } = Tag::of(item, constants)?;
    let taken = |name: &str| item.variants.iter().any(|variant| variant.ident == name);
    let mut name = "Unknown".to_owned();
    while taken(&name) {
        name.push_str("Value");
    }
    let name = format_ident!("{name}");
    let own = &item.ident;
    let reader = format!("{own}::read_unknown");
    let reads = parse_quote! {
        impl #own {
            fn read_unknown<'de, D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<::serde_json::Value, D::Error> {
                crate::decode::unknown_tag(deserializer, #property, &[#(#known),*])
            }
        }
    };
    let is_untagged = item.attrs.iter().any(|attribute| says(attribute, "untagged"));
    let untagged = (!is_untagged).then(|| -> Attribute { parse_quote!(#[serde(untagged)]) });
    item.attrs.push(parse_quote!(#[non_exhaustive]));
    item.variants.push(parse_quote! {
        /// A value with a tag unknown to this version of the crate, as received.
        #untagged
        #[serde(deserialize_with = #reader)]
        #name(::serde_json::Value)
    });
    Some(reads)
}

/// Returns whether a serde attribute contains this word.
pub(super) fn says(attribute: &Attribute, word: &str) -> bool {
    look_up(attribute, word).is_some()
}

/// Returns the text that a serde attribute assigns to this word.
fn text_of(attribute: &Attribute, word: &str) -> Option<String> {
    match look_up(attribute, word)?? {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// Returns a word of a serde attribute, with its value if it has one.
fn look_up(attribute: &Attribute, word: &str) -> Option<Option<Expr>> {
    let mut found = None;
    // The compiler reports an invalid serde attribute.
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
