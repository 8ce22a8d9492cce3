//! The resource layer: the handles, requests and lists of `ambient-sdk-ext`, generated from the
//! prepared document.
//!
//! The document defines the generated part: which objects can be listed, created, read, updated and
//! deleted, their parents, and their fields. The generic handle with its methods, and everything
//! else with behaviour, is written by hand in `ambient-sdk-ext/src/api_server`.
//!
//! The layer is a macro of `ambient-sdk`, which `ambient-sdk-ext` calls once: inherent methods must
//! be defined in the crate of their type, but the document belongs to `ambient-sdk`.

mod blocking;
mod body;
mod call;
mod calls;
mod doc;
mod handle;
mod json_fields;
mod kind;
mod list;
mod model;
mod names;
mod raw;
mod spec;
pub mod words;

use ambient_sdk_openapi::extension::IS;
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;
use syn::File;

pub use calls::HighLevelCall;
use model::Model;
use raw::Raw;
use spec::Spec;

/// Returns whether an item with this name cannot be generated for `place` (`Server`, `Handle`,
/// `List` or `Types`), because one is written by hand.
#[doc(hidden)]
pub fn is_reserved(place: &str, name: &str) -> bool {
    let reserved = match place {
        "Server" => names::Reserved::Server,
        "List" => names::Reserved::List,
        "Types" => names::Reserved::Types,
        _ => names::Reserved::Handle,
    };
    reserved.names().contains(&name)
}

/// Removes the overlay's `x-is` extensions, because the generator recognizes the format of a string
/// only if the schema has no other keys.
pub(crate) fn remove_marks(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove(IS);
            map.values_mut().for_each(remove_marks);
        }
        Value::Array(list) => list.iter_mut().for_each(remove_marks),
        _ => {}
    }
}

/// The resource layer of a document.
pub(crate) struct Layer {
    /// The Rust items of the resources: kinds, handles, request builders and patches.
    pub(crate) items: TokenStream,
    /// The blocking form of the items.
    pub(crate) blocking: TokenStream,
    /// All generated methods, for tests that call each of them.
    pub(crate) table: TokenStream,
    /// The raw builders, for tests that call each of them.
    pub(crate) raw_calls: TokenStream,
    /// The high-level call of each operation.
    pub(crate) calls: Vec<HighLevelCall>,
}

/// Generates the resource layer of a document from its generated `client`, which is in `module`.
pub(crate) fn layer(document: &Value, client: &File, module: &str) -> Layer {
    let spec = Spec(document);
    let mut raw = Raw::read(client, module);
    raw.name_methods(client);
    let model = Model::new(spec, &raw);
    Layer {
        items: items(&model, spec, &raw),
        blocking: blocking::tokens(&model),
        table: calls::table(&model),
        raw_calls: calls::raw_calls(spec, &raw),
        calls: calls::calls(&model, spec),
    }
}

fn items(model: &Model<'_>, spec: Spec<'_>, raw: &Raw) -> TokenStream {
    let bodies = body::bodies(model, spec, raw);
    let markers = model.resources.iter().map(kind::markers);
    let filters = model.resources.iter().map(kind::filters);
    let impls = model.resources.iter().map(|resource| kind::impls(resource, &bodies, raw));
    let handles = model.resources.iter().map(|resource| handle::tokens(model, resource, spec));
    let requests = bodies.iter().map(|body| body.tokens(spec));
    let fields = json_fields::tokens(model, spec, raw);
    let others = model.others.iter().map(handle::of_server);
    quote! {
        /// Marker types for the kinds of resources, used as the type parameter of
        /// [`Handle`](crate::api_server::Handle).
        pub mod kind {
            #(#markers)*

            #[doc(hidden)]
            pub mod filter {
                #[allow(unused_imports, reason = "a filter may contain only standard types")]
                use super::super::types;
                #(#filters)*
            }
        }
        #(#handles)*
        #(#requests)*
        #fields
        #(#others)*
        #(#impls)*
    }
}

/// Returns the source of the layer's macros: `<module>_resources!` with its items,
/// `<module>_blocking!` with their blocking form, and `<module>_operations!`, which passes the
/// table of generated methods to another macro.
pub(crate) fn macros(layer: &Layer, module: &str) -> Result<String, crate::Error> {
    let (items, blocking) = (formatted(&layer.items)?, formatted(&layer.blocking)?);
    let table = &layer.table;
    Ok(format!(
        "#[doc(hidden)]\n#[macro_export]\nmacro_rules! {module}_resources {{\n() => {{\n{items}}};\n}}\n\
         #[doc(hidden)]\n#[macro_export]\nmacro_rules! {module}_blocking {{\n() => {{\n{blocking}}};\n}}\n\
         #[doc(hidden)]\n#[macro_export]\nmacro_rules! {module}_operations {{\n\
         ($($callback:ident)::+ ! $($rest:tt)*) => {{ $($callback)::+! {{ $($rest)* {table} }} }};\n}}\n"
    ))
}

fn formatted(items: &TokenStream) -> Result<String, crate::Error> {
    let items = syn::parse2(items.clone()).map_err(crate::Error::Syntax)?;
    Ok(prettyplease::unparse(&items))
}
