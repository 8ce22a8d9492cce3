//! The names in requests and responses of generated fields, variants and parameters.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Block, Ident, Lit, LitStr, Macro, Token, braced, parse::ParseStream};

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

/// Returns the setters of a builder and the names of their parameters, from the method that sends the
/// request.
pub(super) fn parameters(send: &Block) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect_parameters(send.to_token_stream(), &mut found);
    found
}

/// Collects arguments of the form `("name", &setter)`.
fn collect_parameters(tokens: TokenStream, found: &mut Vec<(String, String)>) {
    use TokenTree::{Group, Ident, Literal, Punct};

    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    // The formatter adds a comma at the end of a long list of arguments.
    if let [Literal(name), Punct(_), Punct(and), Ident(setter), ..] = &*tokens
        && and.as_char() == '&'
        && let Lit::Str(name) = Lit::new(name.clone())
    {
        found.push((setter.to_string(), name.value()));
    }
    for token in tokens {
        if let Group(group) = token {
            collect_parameters(group.stream(), found);
        }
    }
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
