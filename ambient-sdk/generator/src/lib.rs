//! Generates the Rust source of a client from a prepared document.
//!
//! This crate contains all settings of the generator. The build script of `ambient-sdk` uses it,
//! and so do `cargo xtask sync` and `cargo xtask drift`, which must generate the same code as a
//! build.

mod adapt;
mod answers;
mod check;
mod document;
mod forms;
mod integers;
mod lenient;
mod marks;
mod models;
mod names;
mod objects;
mod open_enum;
mod operations;
mod renames;
pub mod resources;
mod trim;
mod variants;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use ambient_sdk_openapi::extension::ERROR_SCHEMA;
use openapiv3::{OpenAPI, ReferenceOr, Schema, SchemaData};
use progenitor_impl::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TypeImpl};
use quote::quote;
use serde::Deserialize as _;
use serde_json::{Value, json};

use adapt::Calls;
use forms::Multipart;
use open_enum::open_enums;
pub use renames::Note;
use renames::Renames;
use resources::HighLevelCall;

/// The Rust types of string formats.
const FORMATS: [(&str, &str); 5] = [
    ("clearable", "Clearable"),
    ("date-time", "Timestamp"),
    ("json", "JsonText"),
    ("password", "Secret"),
    (forms::FILE, "FilePart"),
];

/// The options of a generation.
#[derive(Clone, Debug)]
pub struct Options {
    /// The module of `ambient-sdk` that contains the client, for example `api_server`.
    pub module: String,
    /// Whether the types derive `schemars::JsonSchema`.
    pub schemars: bool,
}

/// The error of a generation.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The text is not an OpenAPI 3.0 document.
    Document(serde_json::Error),
    /// The generator rejected the document.
    Generator(progenitor_impl::Error),
    /// The generated tokens are not valid Rust.
    Syntax(syn::Error),
    /// An `x-` extension of this project is used incorrectly.
    Extension(String),
    /// Two items would have the same name.
    Names(String),
    /// The generator wrote a method in a form that cannot be adapted.
    Form(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document(_) => f.write_str("not a prepared OpenAPI 3.0 document"),
            Self::Generator(_) => f.write_str("the generator rejected the document"),
            Self::Syntax(_) => f.write_str("the generated code is not valid Rust"),
            Self::Extension(what) | Self::Names(what) | Self::Form(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Document(e) => Some(e),
            Self::Generator(e) => Some(e),
            Self::Syntax(e) => Some(e),
            Self::Extension(_) | Self::Names(_) | Self::Form(_) => None,
        }
    }
}

/// A generated client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Generated {
    /// The formatted source.
    pub source: String,
    /// The source of the resource layer, as macros for the crate that defines the generic handle.
    pub resources: String,
    /// The source of macros that pass the names of all types and the raw builders to another macro.
    pub models: String,
    /// The fields of each model that is a struct, by the names in Rust.
    pub fields: BTreeMap<String, Vec<String>>,
    /// The names of all properties, as they are in JSON.
    pub properties: BTreeSet<String>,
    /// The high-level call of each operation in that crate.
    pub calls: Vec<HighLevelCall>,
    /// The items that were renamed because of a name conflict.
    pub notes: Vec<Note>,
}

/// Generates the client that `document` describes.
///
/// # Errors
/// If the document is not OpenAPI 3.0, contains a construct that the generator does not support, or
/// describes two items that would have the same name in Rust.
pub fn generate(document: &str, options: &Options) -> Result<Generated, Error> {
    let mut document: Value = serde_json::from_str(document).map_err(Error::Document)?;
    trim::trim(&mut document);
    integers::by_format(&mut document);
    let mut renames = Renames::default();
    renames::operations(&mut document, &mut renames);
    let named = document.clone();
    let calls = Calls::of(&named);
    resources::remove_marks(&mut document);
    let operations = operations::operations(&read(&document)?)?;
    renames::all_others(&mut document, &mut renames);
    let objects = objects::take_as_values(&mut document);
    let multipart = Multipart::take_as_forms(&mut document);
    let api = read(&document)?;
    let enums = open_enums(&api)?;
    let answers = answers::answers(&api, &options.module)?;
    let replaced = enums.iter().map(|open| &open.name);
    let replaced = replaced.chain(answers.iter().map(|answers| &answers.name));
    let mut settings = settings(&api, replaced, options);
    take_objects(&mut settings, &objects, options);
    let client = Generator::new(&settings).generate_tokens(&api).map_err(Error::Generator)?;
    let client = renames.marks.restore(client);
    let values = enums.iter().map(|open| open.tokens(options.schemars));
    let values = values.chain(answers.iter().map(|answers| answers.tokens(options.schemars)));
    let mut file = syn::parse2(quote! {
        #client
        #operations
        /// Open enums: the known values, and a variant that stores any other value.
        pub mod values {
            #(#values)*
        }
    })
    .map_err(Error::Syntax)?;
    check::check(&file).map_err(Error::Names)?;
    adapt::adapt(&mut file, &calls).map_err(Error::Form)?;
    multipart.adapt(&mut file);
    answers::adapt(&mut file, &answers);
    lenient::make_lenient(&mut file);
    document::document(&mut file, &api);
    let layer = resources::layer(&named, &file, &options.module);
    Ok(Generated {
        source: prettyplease::unparse(&file),
        resources: resources::macros(&layer, &options.module)?,
        models: models::macros(&file, &answers, &layer.raw_calls, &options.module),
        fields: models::fields(&file),
        properties: models::properties(named),
        calls: layer.calls,
        notes: renames.notes,
    })
}

/// Returns the title of a document, followed by its description if there is one.
///
/// # Errors
/// If the text is not JSON.
pub fn summary(document: &str) -> Result<String, Error> {
    let document: Value = serde_json::from_str(document).map_err(Error::Document)?;
    let text = |key: &str| document.pointer(&format!("/info/{key}")).and_then(Value::as_str);
    let title = text("title").unwrap_or("API").trim_end_matches('.');
    Ok(match text("description") {
        Some(description) => format!("{title}.\n\n{description}"),
        None => format!("{title}."),
    })
}

/// Returns the name of the client's method for an operation id.
#[must_use]
pub fn method_name(operation_id: &str) -> String {
    names::method(operation_id)
}

fn read(document: &Value) -> Result<OpenAPI, Error> {
    OpenAPI::deserialize(document).map_err(Error::Document)
}

fn settings<'n>(
    api: &OpenAPI,
    replaced: impl Iterator<Item = &'n String>,
    options: &Options,
) -> GenerationSettings {
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
    for name in replaced {
        let path = format!("crate::{}::types::{name}", options.module);
        let impls = [TypeImpl::Display, TypeImpl::FromStr];
        settings.with_replacement(name, path, impls.into_iter());
    }
    for (name, _) in schemas(api).filter(|(_, data)| data.extensions.contains_key(ERROR_SCHEMA)) {
        settings.with_replacement(
            names::type_name(name),
            "crate::ErrorBody",
            [TypeImpl::Default].into_iter(),
        );
    }
    settings
}

/// Replaces the placeholder strings of query objects with their structs.
fn take_objects(settings: &mut GenerationSettings, objects: &[String], options: &Options) {
    for name in objects {
        let schema = json!({ "type": "string", "format": objects::format_of(name) });
        if let Ok(schema) = serde_json::from_value(schema) {
            let path = format!("crate::{}::types::{name}", options.module);
            settings.with_conversion(schema, path, std::iter::empty());
        }
    }
}

fn schemas(api: &OpenAPI) -> impl Iterator<Item = (&String, &SchemaData)> {
    let schemas = api.components.iter().flat_map(|components| &components.schemas);
    schemas.filter_map(|(name, schema)| match schema {
        ReferenceOr::Item(Schema { schema_data, .. }) => Some((name, schema_data)),
        ReferenceOr::Reference { .. } => None,
    })
}
