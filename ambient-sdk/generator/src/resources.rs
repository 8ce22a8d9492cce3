//! The resource layer: from the prepared document to the handles, requests and lists that
//! `ambient-sdk-ext` offers.
//!
//! What the document says follows from it: which objects are listed, created, read, changed and deleted,
//! below what, with which fields. The generic handle, what it does with these, and everything with
//! behaviour of its own is written by hand in `ambient-sdk-ext/src/api_server`.
//!
//! The layer is a macro of `ambient-sdk`, which `ambient-sdk-ext` calls once: methods of a type can only
//! be written in the crate of the type, and the document is in the other one.

mod body;
mod call;
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

use model::Model;
use raw::Raw;
use spec::Spec;

/// Takes out what the overlay says that fields are: the generator knows strings of a format only when
/// nothing else is said about them.
pub(crate) fn leave_out_marks(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove(IS);
            map.values_mut().for_each(leave_out_marks);
        }
        Value::Array(list) => list.iter_mut().for_each(leave_out_marks),
        _ => {}
    }
}

/// The items of the resource layer of a document, whose client is `client` in that module.
pub(crate) fn items(document: &Value, client: &File, module: &str) -> TokenStream {
    let spec = Spec(document);
    let mut raw = Raw::read(client, module);
    raw.name_methods(client);
    let model = Model::new(spec, &raw);
    let bodies = body::bodies(&model, spec, &raw);
    let markers = model.resources.iter().map(kind::markers);
    let impls = model.resources.iter().map(|resource| kind::impls(resource, &bodies, &raw));
    let handles = model.resources.iter().map(|resource| handle::tokens(&model, resource, spec));
    let requests = bodies.iter().map(|body| body.tokens(spec));
    let fields = json_fields::tokens(&model, spec, &raw);
    let others = model.others.iter().map(handle::of_server);
    quote! {
        /// The kinds of resource, as types: what a [`Handle`](crate::api_server::Handle) is a
        /// handle of.
        pub mod kind {
            use super::types;
            #(#markers)*
        }
        #(#handles)*
        #(#requests)*
        #fields
        #(#others)*
        #(#impls)*
    }
}
