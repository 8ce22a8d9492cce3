//! Formats Rust types and signatures for readers: `Option<String>`, not
//! `::std::option::Option<::std::string::String>`.

use std::collections::HashMap;

use proc_macro2::{Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Fields, FnArg, GenericParam, Generics, ReturnType, Signature, Type, TypeParamBound,
    WherePredicate,
};

/// Paths with one of these prefixes are shown without it.
const WELL_KNOWN: [&str; 7] = ["std", "core", "alloc", "crate", "self", "super", "layer"];

/// Formats tokens as compact text.
pub(super) fn compact(tokens: impl ToTokens) -> String {
    let mut words = Vec::new();
    flatten(tokens.to_token_stream(), &mut words);
    join(&without_trailing_commas(&shorten(&words)))
}

/// Formats the payload of a variant without attributes: `(String)`, `{id: String}`, or nothing.
pub(super) fn payload(fields: &Fields) -> String {
    let texts: Vec<String> = fields
        .iter()
        .map(|field| match &field.ident {
            Some(name) => format!("{name}: {}", compact(&field.ty)),
            None => compact(&field.ty),
        })
        .collect();
    match fields {
        Fields::Named(_) => format!("{{{}}}", texts.join(", ")),
        Fields::Unnamed(_) => format!("({})", texts.join(", ")),
        Fields::Unit => String::new(),
    }
}

/// Formats the arguments and the result of a method; a generic argument is shown by its bounds.
pub(super) fn method(signature: &Signature) -> String {
    let bounds = bounds(&signature.generics);
    let arguments: Vec<String> = signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Receiver(_) => None,
            FnArg::Typed(argument) => Some(argument_text(&argument.ty, &bounds)),
        })
        .collect();
    let result = match &signature.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, result) => format!(" -> {}", compact(result)),
    };
    let is_async = if signature.asyncness.is_some() { "async " } else { "" };
    format!("{is_async}({}){result}", arguments.join(", "))
}

fn argument_text(kind: &Type, bounds: &HashMap<String, String>) -> String {
    let text = compact(kind);
    bounds.get(&text).map(|bound| format!("impl {bound}")).unwrap_or(text)
}

/// Returns the bounds of each generic parameter, without those on its associated types.
fn bounds(generics: &Generics) -> HashMap<String, String> {
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    for parameter in &generics.params {
        if let GenericParam::Type(parameter) = parameter {
            let own = found.entry(parameter.ident.to_string()).or_default();
            own.extend(parameter.bounds.iter().map(bound_text));
        }
    }
    let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    for predicate in predicates {
        if let WherePredicate::Type(predicate) = predicate
            && let Some(own) = found.get_mut(&compact(&predicate.bounded_ty))
        {
            own.extend(predicate.bounds.iter().map(bound_text));
        }
    }
    found.into_iter().map(|(name, bounds)| (name, bounds.join(" + "))).collect()
}

fn bound_text(bound: &TypeParamBound) -> String {
    compact(bound)
}

fn flatten(tokens: TokenStream, words: &mut Vec<String>) {
    let mut is_joint = false;
    for token in tokens {
        let joins = std::mem::take(&mut is_joint);
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                    proc_macro2::Delimiter::Brace => ("{", "}"),
                    proc_macro2::Delimiter::Bracket => ("[", "]"),
                    proc_macro2::Delimiter::None => ("", ""),
                };
                words.push(open.to_owned());
                flatten(group.stream(), words);
                words.push(close.to_owned());
            }
            TokenTree::Punct(punct) => {
                is_joint = punct.spacing() == Spacing::Joint;
                push(words, punct.to_string(), joins);
            }
            other => push(words, other.to_string(), joins),
        }
    }
}

/// Adds a token. `::`, `->` and lifetimes consist of two tokens that are joined.
fn push(words: &mut Vec<String>, word: String, joins: bool) {
    match words.last_mut() {
        Some(last) if joins => last.push_str(&word),
        _ => words.push(word),
    }
}

/// Removes trailing commas, which depend only on line lengths.
fn without_trailing_commas(words: &[String]) -> Vec<String> {
    let is_last = |index: usize| {
        words.get(index + 1).is_some_and(|next| matches!(next.as_str(), ">" | "]" | "}"))
    };
    let kept = words.iter().enumerate().filter(|(index, word)| *word != "," || !is_last(*index));
    kept.map(|(_, word)| word.clone()).collect()
}

/// Removes the prefixes of well-known paths, and the leading `::` of others.
fn shorten(words: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    let mut index = 0;
    let is_path = |index: usize| words.get(index).is_some_and(|word| word == "::");
    while index < words.len() {
        let is_start = kept.last().is_none_or(|before| before != "::" && !is_name(before));
        if WELL_KNOWN.contains(&words[index].as_str()) && is_start {
            while is_path(index + 1) && index + 2 < words.len() {
                index += 2;
            }
        }
        if !(is_path(index) && is_start) {
            kept.push(words[index].clone());
        }
        index += 1;
    }
    kept
}

/// Returns whether a path can continue after this token: a name, or the end of generic arguments.
fn is_name(word: &str) -> bool {
    let is_keyword = matches!(word, "as" | "const" | "dyn" | "for" | "impl" | "mut");
    word == ">" || (!is_keyword && word.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

fn join(words: &[String]) -> String {
    let mut text = String::new();
    let mut before = "";
    for word in words.iter().filter(|word| !word.is_empty()) {
        if needs_space(before, word) {
            text.push(' ');
        }
        text.push_str(word);
        before = word;
    }
    text
}

fn needs_space(before: &str, word: &str) -> bool {
    let is_word =
        |text: &str| text.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '"');
    let is_operator = |text: &str| matches!(text, "->" | "=" | "+");
    (is_word(before) && is_word(word))
        || (before.starts_with('\'') && is_word(word))
        || (matches!(before, "," | ";" | ":") && word != ")")
        || is_operator(before)
        || is_operator(word)
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::{compact, method, payload};

    #[test]
    fn types_are_short() {
        let kind: syn::Type = parse_quote!(::std::option::Option<::std::vec::Vec<super::Repo>>);
        assert_eq!(compact(&kind), "Option<Vec<Repo>>");
        let kind: syn::Type = parse_quote!(Result<::uuid::Uuid, ::std::vec::Vec<u8>::Error>);
        assert_eq!(compact(&kind), "Result<uuid::Uuid, Vec<u8>::Error>");
        let kind: syn::Type = parse_quote!(&mut ::std::io::Write);
        assert_eq!(compact(&kind), "&mut Write");
        let kind: syn::Type = parse_quote!(&'a mut [crate::api::types::Phase; 3usize]);
        assert_eq!(compact(&kind), "&'a mut[Phase; 3usize]");
    }

    #[test]
    fn only_tokens_that_belong_together_are_joined() {
        let kind: syn::Type =
            parse_quote!(::std::collections::BTreeMap<::std::string::String, Vec<u8>,>);
        assert_eq!(compact(&kind), "BTreeMap<String, Vec<u8>>");
        let kind: syn::Type = parse_quote!(fn(&'a str, (u8,)) -> Box<dyn Fn(u8) -> u8 + 'static>);
        assert_eq!(compact(&kind), "fn(&'a str, (u8,)) -> Box<dyn Fn(u8) -> u8 + 'static>");
    }

    #[test]
    fn a_payload_has_no_attributes() {
        let variant: syn::Variant = parse_quote! {
            Cat {
                #[serde(skip_serializing_if = "::std::option::Option::is_none")]
                id: ::std::option::Option<::std::string::String>,
                lives: ::std::option::Option<i64>,
            }
        };
        assert_eq!(payload(&variant.fields), "{id: Option<String>, lives: Option<i64>}");
        let variant: syn::Variant = parse_quote!(Dog(
            #[serde(flatten)]
            super::Dog
        ));
        assert_eq!(payload(&variant.fields), "(Dog)");
    }

    #[test]
    fn a_generic_argument_is_shown_by_its_bounds() {
        let function: syn::ImplItemFn = parse_quote! {
            pub fn page<V>(mut self, value: V) -> Self
            where
                V: std::convert::TryInto<std::num::NonZeroU64>,
            { self }
        };
        assert_eq!(method(&function.sig), "(impl TryInto<NonZeroU64>) -> Self");
        let function: syn::ImplItemFn = parse_quote! {
            pub async fn send(self) -> Result<ResponseValue<types::Session>, Error<crate::ErrorBody>> { todo!() }
        };
        assert_eq!(
            method(&function.sig),
            "async () -> Result<ResponseValue<types::Session>, Error<ErrorBody>>"
        );
    }
}
