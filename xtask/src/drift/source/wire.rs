//! The names in JSON of generated fields and variants.

use syn::{Attribute, Ident, Lit, LitStr, Macro, Token, braced, parse::ParseStream};

/// Returns the name of a field in JSON, if it differs from its own.
pub(super) fn name(attributes: &[Attribute]) -> Option<String> {
    let mut name = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        // The compiler reports an invalid serde attribute.
        let _ = attribute.parse_nested_meta(|meta| {
            if !meta.input.peek(Token![=]) {
                return Ok(());
            }
            if let Lit::Str(text) = meta.value()?.parse()?
                && meta.path.is_ident("rename")
            {
                name = Some(text.value());
            }
            Ok(())
        });
    }
    name
}

/// Returns the name of an open enum and the texts of its variants, from the macro that implements it.
pub(super) fn texts(call: &Macro) -> Option<(String, Vec<(String, String)>)> {
    let is_open_enum = call.path.segments.last().is_some_and(|last| last.ident == "open_enum");
    is_open_enum.then(|| call.parse_body_with(variants).ok()).flatten()
}

fn variants(input: ParseStream<'_>) -> syn::Result<(String, Vec<(String, String)>)> {
    let name: Ident = input.parse()?;
    let content;
    braced!(content in input);
    let variants = content.parse_terminated(variant, Token![,])?;
    Ok((name.to_string(), variants.into_iter().collect()))
}

fn variant(input: ParseStream<'_>) -> syn::Result<(String, String)> {
    let name: Ident = input.parse()?;
    input.parse::<Token![=]>()?;
    Ok((name.to_string(), input.parse::<LitStr>()?.value()))
}
