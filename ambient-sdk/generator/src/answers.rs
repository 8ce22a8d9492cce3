//! Operations with several successful responses: an enum of their bodies, selected by the status.

use ambient_sdk_openapi::extension::{ANSWERS, ERROR_SCHEMA};
use ambient_sdk_openapi::pointer;
use openapiv3::OpenAPI;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_json::{Map, Value};
use syn::{
    ExprPath, File, ImplItem, Item, ReturnType, Type, parse_quote,
    visit::{self, Visit},
    visit_mut::{self, VisitMut},
};

use crate::{Error, names, schemas};

/// The successful responses of an operation.
pub(crate) struct Answers {
    /// The name of the enum.
    pub(crate) name: String,
    description: String,
    answers: Vec<Answer>,
}

struct Answer {
    /// A status, or a range such as `2XX`.
    status: String,
    /// The component schema of the body; `None` without a body.
    body: Option<Type>,
}

/// Returns the response enums of a document.
pub(crate) fn answers(api: &OpenAPI, module: &str) -> Result<Vec<Answers>, Error> {
    let marked =
        schemas(api).filter_map(|(name, data)| Some((name, data, data.extensions.get(ANSWERS)?)));
    marked
        .map(|(name, data, answers)| {
            let wrong =
                || Error::Extension(format!("{ANSWERS} of schema {name} is not a map of schemas"));
            let answers = answers.as_object().ok_or_else(wrong)?;
            let answer = |(status, schema): (&String, &Value)| {
                let body = match schema {
                    Value::Null => None,
                    schema => Some(body(schema, api, module).ok_or_else(wrong)?),
                };
                Ok(Answer { status: status.clone(), body })
            };
            Ok(Answers {
                name: names::type_name(name),
                description: data.description.clone().unwrap_or_default(),
                answers: answers.iter().map(answer).collect::<Result<_, Error>>()?,
            })
        })
        .collect()
}

/// Returns the type of a body: a component, or one that may be `null`.
fn body(schema: &Value, api: &OpenAPI, module: &str) -> Option<Type> {
    if let Some([only]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        let body = body(only, api, module)?;
        let is_nullable = schema.get("nullable") == Some(&Value::Bool(true));
        return Some(if is_nullable { parse_quote!(::std::option::Option<#body>) } else { body });
    }
    let to = schema.as_object().and_then(|map: &Map<String, Value>| map.get("$ref")?.as_str())?;
    let component = pointer::unescape(to.strip_prefix("#/components/schemas/")?);
    let is_error = |data: &openapiv3::SchemaData| data.extensions.contains_key(ERROR_SCHEMA);
    if schemas(api).any(|(name, data)| *name == component && is_error(data)) {
        return Some(parse_quote!(crate::ErrorBody));
    }
    let (module, name) =
        (format_ident!("{module}"), format_ident!("{}", names::type_name(&component)));
    Some(parse_quote!(crate::#module::types::#name))
}

impl Answers {
    /// Generates the enum and its decoding.
    pub(crate) fn tokens(&self, schemars: bool) -> TokenStream {
        let name = format_ident!("{}", self.name);
        let description = &self.description;
        let variants = self.answers.iter().map(Answer::variant);
        // A single status takes precedence over a range that contains it.
        let (exact, ranges): (Vec<_>, Vec<_>) =
            self.answers.iter().partition(|answer| answer.status.parse::<u16>().is_ok());
        let reads = exact.into_iter().chain(ranges).map(Answer::read);
        let schema = schemars.then(|| quote! { #[derive(::schemars::JsonSchema)] });
        quote! {
            #[doc = #description]
            #[derive(::serde::Serialize, Clone, Debug, PartialEq)]
            #schema
            #[serde(untagged)]
            #[non_exhaustive]
            pub enum #name {
                #(#variants,)*
            }

            impl crate::decode::Answer for #name {
                fn read(
                    status: u16,
                    body: &[u8],
                ) -> ::std::option::Option<::std::result::Result<Self, ::serde_json::Error>> {
                    ::std::option::Option::Some(match status {
                        #(#reads,)*
                        _ => return ::std::option::Option::None,
                    })
                }
            }
        }
    }
}

impl Answer {
    fn name(&self) -> Ident {
        let name = match self.status.as_str() {
            "200" => "Ok",
            "201" => "Created",
            "202" => "Accepted",
            "203" => "NonAuthoritative",
            "204" => "NoContent",
            "205" => "ResetContent",
            "206" => "PartialContent",
            "207" => "MultiStatus",
            "208" => "AlreadyReported",
            "226" => "ImUsed",
            "2XX" => "Other",
            other => return format_ident!("Status{other}"),
        };
        format_ident!("{name}")
    }

    fn variant(&self) -> TokenStream {
        let name = self.name();
        let doc = match self.status.as_str() {
            "2XX" => "The response with any other successful status.".to_owned(),
            status => format!("The response with status {status}."),
        };
        match &self.body {
            Some(body) => quote! { #[doc = #doc] #name(#body) },
            None => quote! { #[doc = #doc] #name },
        }
    }

    fn read(&self) -> TokenStream {
        let name = self.name();
        let status = match self.status.parse::<u16>() {
            Ok(status) => quote! { #status },
            Err(_) => quote! { 200..=299 },
        };
        match &self.body {
            Some(_) => quote! { #status => crate::decode::json(body).map(Self::#name) },
            None => quote! { #status => ::std::result::Result::Ok(Self::#name) },
        }
    }
}

/// Makes the calls that return one of the enums decode it by status.
pub(crate) fn adapt(file: &mut File, answers: &[Answers]) {
    for item in &mut file.items {
        let Item::Mod(module) = item else { continue };
        let Some((_, items)) = module.content.as_mut().filter(|_| module.ident == "builder") else {
            continue;
        };
        let methods = items.iter_mut().filter_map(|item| match item {
            Item::Impl(item) => Some(&mut item.items),
            _ => None,
        });
        for method in methods.flatten() {
            let ImplItem::Fn(method) = method else { continue };
            if names_one_of(&method.sig.output, answers) {
                ByStatus.visit_impl_item_fn_mut(method);
            }
        }
    }
}

fn names_one_of(output: &ReturnType, answers: &[Answers]) -> bool {
    let mut found = Names { answers, found: false };
    found.visit_return_type(output);
    found.found
}

struct Names<'a> {
    answers: &'a [Answers],
    found: bool,
}

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let last = path.segments.last().map(|segment| segment.ident.to_string());
        let in_types = path.segments.iter().any(|segment| segment.ident == "types");
        self.found |= in_types && self.answers.iter().any(|one| Some(&one.name) == last.as_ref());
        visit::visit_path(self, path);
    }
}

struct ByStatus;

impl VisitMut for ByStatus {
    fn visit_expr_path_mut(&mut self, path: &mut ExprPath) {
        if *path == parse_quote!(crate::call::value) {
            *path = parse_quote!(crate::call::answer);
        }
        visit_mut::visit_expr_path_mut(self, path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_takes_precedence_over_a_range() {
        let answer = |status: &str| Answer { status: status.to_owned(), body: None };
        let answers = Answers {
            name: "A".to_owned(),
            description: String::new(),
            answers: vec![answer("2XX"), answer("201")],
        };
        let text = answers.tokens(false).to_string();
        let at = |arm: &str| text.find(arm);
        assert!(at("201u16 =>").is_some_and(|exact| Some(exact) < at("200 ..= 299 =>")), "{text}");
    }
}
