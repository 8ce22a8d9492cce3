//! Parsing of JSON that is stored as text: a trait for each item type, with a method for each such
//! field.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Type, parse_quote};

use super::{model::Model, raw::Raw, spec::Spec, words};

pub(super) fn tokens(model: &Model<'_>, spec: Spec<'_>, raw: &Raw) -> TokenStream {
    let mut seen = BTreeSet::new();
    let items = model.resources.iter().map(|resource| (&resource.list.item, &resource.noun));
    let items = items.filter(|(item, _)| seen.insert(item.as_str()));
    items.filter_map(|(item, noun)| of_item(item, noun, spec, raw)).collect()
}

/// Returns the name of the trait for the fields of an item.
pub(super) fn trait_name(item: &str) -> String {
    format!("{item}Fields")
}

fn of_item(item: &str, noun: &str, spec: Spec<'_>, raw: &Raw) -> Option<TokenStream> {
    let fields = raw.structure(item)?.fields.iter().filter(|field| field.is_json_text());
    let fields: Vec<_> = fields
        .map(|field| Reader {
            ident: &field.ident,
            wire: &field.wire,
            is_option: field.is_option,
            ty: value_type(spec.is(item, &field.wire)),
        })
        .collect();
    if fields.is_empty() {
        return None;
    }
    let (name, ty) = (format_ident!("{}", trait_name(item)), format_ident!("{item}"));
    let docs = format!("Methods that parse the JSON that {} stores as text.", words::one(noun));
    let declared = fields.iter().map(|field| field.declaration(item));
    let read = fields.iter().map(Reader::definition);
    Some(quote! {
        #[doc = #docs]
        pub trait #name {
            #(#declared)*
        }

        impl #name for types::#ty {
            #(#read)*
        }
    })
}

struct Reader<'a> {
    ident: &'a Ident,
    wire: &'a str,
    is_option: bool,
    ty: Type,
}

impl Reader<'_> {
    fn declaration(&self, item: &str) -> TokenStream {
        let (ident, ty) = (self.ident, &self.ty);
        let docs = format!(
            "Parses [`{ident}`](types::{item}::{ident}); returns an empty value if the field is \
             absent or blank.\n\n# Errors\n[`Decode`](crate::ErrorKind::Decode) if the text is \
             not JSON of this form."
        );
        quote! {
            #[doc = #docs]
            fn #ident(&self) -> layer::Result<#ty>;
        }
    }

    fn definition(&self) -> TokenStream {
        let (ident, ty, wire) = (self.ident, &self.ty, self.wire);
        let text = if self.is_option {
            quote! { self.#ident.as_ref() }
        } else {
            quote! { Some(&self.#ident) }
        };
        quote! {
            fn #ident(&self) -> layer::Result<#ty> {
                layer::read(#wire, #text)
            }
        }
    }
}

/// Returns the type of the JSON according to the overlay: a map of strings, a list of a type, or
/// any value.
fn value_type(is: Option<&str>) -> Type {
    match is.map(|is| (is, is.strip_suffix("[]"))) {
        Some(("map", _)) => parse_quote!(layer::fields::TextMap),
        Some((_, Some(entry))) => {
            let entry = format_ident!("{}", words::pascal(entry));
            parse_quote!(::std::vec::Vec<layer::fields::#entry>)
        }
        _ => parse_quote!(::serde_json::Value),
    }
}
