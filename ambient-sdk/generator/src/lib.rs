//! From a prepared document to the Rust source of its client.
//!
//! The one place with the generator's settings. The build script of `ambient-sdk` uses it, and so do
//! `cargo xtask sync` and `cargo xtask drift`, which have to generate exactly what a build would.

mod adapt;
mod document;

use std::fmt;

use openapiv3::{OpenAPI, Operation, ReferenceOr, Schema, SchemaData};
use proc_macro2::TokenStream;
use progenitor_impl::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TypeImpl};
use quote::{format_ident, quote};
use serde_json::{Value, json};

/// Marks a string schema whose known values are listed and whose other values are kept.
const OPEN_ENUM: &str = "x-extensible-enum";
/// Marks the schema that describes failures.
const ERROR_SCHEMA: &str = "x-error-schema";
/// What strings of a format become.
const FORMATS: [(&str, &str); 4] = [
    ("clearable", "Clearable"),
    ("date-time", "Timestamp"),
    ("json", "JsonText"),
    ("password", "Secret"),
];
/// The exact `Accept` header of an operation that doesn't answer with JSON.
const ACCEPT: &str = "x-accept";
/// The exact `Content-Type` header of a body that the generator sends under another name.
const CONTENT_TYPE: &str = "x-content-type";
/// Marks an operation that answers with a stream.
const STREAM: &str = "x-stream";

/// What differs between two generations of one document.
#[derive(Clone, Debug)]
pub struct Options {
    /// The module of `ambient-sdk` that will hold the client, for example `api_server`.
    pub module: String,
    /// Whether the types derive `schemars::JsonSchema`.
    pub schemars: bool,
}

/// Why a document could not be turned into a client.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The text is no OpenAPI 3.0 document.
    Document(serde_json::Error),
    /// The generator refused the document.
    Generator(progenitor_impl::Error),
    /// The generated tokens are no Rust file.
    Syntax(syn::Error),
    /// An extension of ours is not used as it is meant.
    Extension(String),
    /// Nothing of what the generator writes reads JSON in the way that is adapted.
    Reading,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document(_) => f.write_str("not a prepared OpenAPI 3.0 document"),
            Self::Generator(_) => f.write_str("the generator refused the document"),
            Self::Syntax(_) => f.write_str("the generated code is not valid Rust"),
            Self::Extension(what) => f.write_str(what),
            Self::Reading => f.write_str(
                "responses are JSON, and no generated code reads one with \
                 `ResponseValue::from_response`: look what the generator writes now, and \
                 correct ambient-sdk/generator/src/adapt.rs",
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Document(e) => Some(e),
            Self::Generator(e) => Some(e),
            Self::Syntax(e) => Some(e),
            Self::Extension(_) | Self::Reading => None,
        }
    }
}

/// The formatted Rust source of the client that `document` describes.
///
/// # Errors
/// When the document is not OpenAPI 3.0, or holds a construct that the generator can't read.
pub fn generate(document: &str, options: &Options) -> Result<String, Error> {
    let api: OpenAPI = serde_json::from_str(document).map_err(Error::Document)?;
    let enums = open_enums(&api)?;
    let client = Generator::new(&settings(&api, &enums, options))
        .generate_tokens(&api)
        .map_err(Error::Generator)?;
    let values = enums.iter().map(|open| open.tokens(options.schemars));
    let operations = operations(&api)?;
    let mut file = syn::parse2(quote! {
        #client
        #operations
        /// Open values: what is known, and a variant that keeps what is not.
        pub mod values {
            #(#values)*
        }
    })
    .map_err(Error::Syntax)?;
    is_read_by_this_crate(adapt::adapt(&mut file), &api)?;
    document::document(&mut file, &api);
    Ok(prettyplease::unparse(&file))
}

fn settings(api: &OpenAPI, enums: &[OpenEnum], options: &Options) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote! { crate::transport::Carrier })
        .with_map_type("::std::collections::BTreeMap")
        .with_derive("PartialEq");
    if options.schemars {
        settings.with_derive("::schemars::JsonSchema");
    }
    for (format, ours) in FORMATS {
        let schema = json!({ "type": "string", "format": format });
        if let Ok(schema) = serde_json::from_value(schema) {
            settings.with_conversion(
                schema,
                format!("crate::{ours}"),
                [TypeImpl::Default].into_iter(),
            );
        }
    }
    for open in enums {
        let path = format!("crate::{}::types::{}", options.module, open.name);
        let impls = [TypeImpl::Display, TypeImpl::FromStr];
        settings.with_replacement(&open.name, path, impls.into_iter());
    }
    for (name, _) in schemas(api).filter(|(_, data)| data.extensions.contains_key(ERROR_SCHEMA)) {
        settings.with_replacement(name, "crate::ErrorBody", [TypeImpl::Default].into_iter());
    }
    settings
}

fn schemas(api: &OpenAPI) -> impl Iterator<Item = (&String, &SchemaData)> {
    let schemas = api.components.iter().flat_map(|components| &components.schemas);
    schemas.filter_map(|(name, schema)| match schema {
        ReferenceOr::Item(Schema { schema_data, .. }) => Some((name, schema_data)),
        ReferenceOr::Reference { .. } => None,
    })
}

/// A string with known values that the server may add to.
struct OpenEnum {
    name: String,
    description: String,
    values: Vec<String>,
}

fn open_enums(api: &OpenAPI) -> Result<Vec<OpenEnum>, Error> {
    schemas(api)
        .filter_map(|(name, data)| Some((name, data, data.extensions.get(OPEN_ENUM)?)))
        .map(|(name, data, values)| {
            let values = serde_json::from_value(values.clone()).map_err(|_| {
                Error::Extension(format!("{OPEN_ENUM} of schema {name} is not a list of strings"))
            })?;
            let description = data.description.clone().unwrap_or_default();
            Ok(OpenEnum { name: name.clone(), description, values })
        })
        .collect()
}

impl OpenEnum {
    fn tokens(&self, schemars: bool) -> TokenStream {
        let name = format_ident!("{}", self.name);
        let description = &self.description;
        let texts = &self.values;
        let variants: Vec<_> = texts.iter().map(|text| variant(text)).collect();
        let docs = texts.iter().map(|text| format!("`{text}`"));
        let json_schema = schemars.then(|| quote! { crate::text_schema!(#name); });
        quote! {
            #[doc = #description]
            #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
            #[non_exhaustive]
            pub enum #name {
                #(#[doc = #docs] #variants,)*
                /// A value that this version of the crate doesn't know, as the server sent it.
                Unknown(String),
            }
            crate::open_enum!(#name { #(#variants = #texts,)* });
            #json_schema
        }
    }
}

/// `RUN_FINISHED`, `tool_use` and `Pending` as variants: `RunFinished`, `ToolUse`, `Pending`.
fn variant(text: &str) -> proc_macro2::Ident {
    let shouted = !text.chars().any(char::is_lowercase);
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let name: String = words
        .flat_map(|word| {
            let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            let rest = if shouted { rest.to_lowercase() } else { rest.to_owned() };
            [first.to_uppercase(), rest]
        })
        .collect();
    match name.chars().next() {
        Some(first) if first.is_alphabetic() && name != "Self" && name != "Unknown" => {
            format_ident!("{name}")
        }
        _ => format_ident!("Value{name}"),
    }
}

/// The table of what the generated methods call, for those who carry their requests.
fn operations(api: &OpenAPI) -> Result<TokenStream, Error> {
    let mut rows = Vec::new();
    for (path, method, operation) in api.operations() {
        let Some(id) = &operation.operation_id else { continue };
        let accept = header(operation, ACCEPT)?.unwrap_or("application/json");
        let content_type = match header(operation, CONTENT_TYPE)? {
            Some(name) => quote! { Some(#name) },
            None => quote! { None },
        };
        let stream = operation.extensions.get(STREAM) == Some(&Value::Bool(true));
        let security = operation.security.as_ref().or(api.security.as_ref());
        let authenticated = security.is_some_and(|schemes| !schemes.is_empty());
        let method = method.to_uppercase();
        let path = path.split('#').next().unwrap_or_default();
        let row = quote! {
            crate::Operation {
                id: #id,
                method: #method,
                path: #path,
                accept: #accept,
                content_type: #content_type,
                stream: #stream,
                authenticated: #authenticated,
            },
        };
        rows.push((id, row));
    }
    rows.sort_by_key(|(id, _)| *id);
    let rows = rows.into_iter().map(|(_, row)| row);
    Ok(quote! {
        /// Every operation of the document, in the order of their ids.
        pub const OPERATIONS: &[crate::Operation] = &[#(#rows)*];
    })
}

/// Refuses a client with JSON that it reads in no place that was adapted: nothing else would tell.
fn is_read_by_this_crate(places: usize, api: &OpenAPI) -> Result<(), Error> {
    let responses = api.operations().flat_map(|(_, _, operation)| {
        let responses = &operation.responses;
        responses.responses.values().chain(&responses.default)
    });
    let mut responses = responses.filter_map(ReferenceOr::as_item);
    let has_json = responses.any(|response| response.content.contains_key("application/json"));
    if places == 0 && has_json { Err(Error::Reading) } else { Ok(()) }
}

/// The value of a header that an operation names; the crate can send plain text alone.
fn header<'a>(operation: &'a Operation, key: &str) -> Result<Option<&'a str>, Error> {
    let value = operation.extensions.get(key).and_then(Value::as_str);
    let is_plain = |value: &str| value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if value.is_some_and(|value| !is_plain(value)) {
        let id = operation.operation_id.as_deref().unwrap_or_default();
        return Err(Error::Extension(format!("{key} of operation {id} is no value of a header")));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use syn::parse_quote;

    use super::{OpenAPI, adapt::adapt, is_read_by_this_crate};

    fn api(media: &str) -> OpenAPI {
        let response = json!({"description": "OK", "content": { media: {} }});
        let paths = json!({"/a": {"get": {"responses": {"200": response}}}});
        let info = json!({"title": "Made up", "version": "1"});
        serde_json::from_value(json!({"openapi": "3.0.3", "info": info, "paths": paths})).unwrap()
    }

    #[test]
    fn json_that_the_generator_reads_in_another_way_is_refused() {
        let mut known = parse_quote! { fn read() { ResponseValue::from_response(response); } };
        let mut other = parse_quote! { fn read() { ResponseValue::decode(response); } };
        let (known, other) = (adapt(&mut known), adapt(&mut other));
        assert!(is_read_by_this_crate(known, &api("application/json")).is_ok());
        assert!(is_read_by_this_crate(other, &api("application/json")).is_err());
        assert!(is_read_by_this_crate(other, &api("text/plain")).is_ok());
    }
}
