//! Adapts generated code where the generator's settings do not suffice.
//!
//! The generator ends every `send` with the same fifteen lines: hooks, a match over the documented
//! statuses, and its own errors. They are replaced with one call of a function in the crate's
//! `call` module, which knows the status, request, operation and cause of every failure:
//!
//! ```ignore
//! pub fn send(self) -> impl Future<Output = Result<ResponseValue<types::Session>, Error>> + Send + 'a {
//!     const OPERATION: &crate::Operation = crate::Operation::named(super::OPERATIONS, "get_session");
//!     let client = self.client;
//!     let request = move || -> Result<::reqwest::Request, crate::call::Invalid> {
//!         let Self { client, id } = self;
//!         let id = id.map_err(crate::call::Invalid::parameter)?;
//!         let url = client.baseurl.url(OPERATION, format_args!("/sessions/{}", encode_path(&id)))?;
//!         Ok(client.client.get(url).build()?)
//!     };
//!     crate::call::value(&client.inner, OPERATION, request())
//! }
//! ```

mod send;

use std::collections::HashMap;

use ambient_sdk_openapi::grammar::is_method;
use serde_json::Value;
use syn::{Field, File, ImplItem, ImplItemFn, Item, ItemUse, UseTree, parse_quote};

use crate::{names, objects};

/// The operations of a document, by the names of their methods.
pub(crate) struct Calls(HashMap<String, Call>);

/// The document's data of the operation that a method calls.
struct Call {
    id: String,
    path: String,
    /// The parameters that are objects in the query.
    objects: HashMap<String, objects::Form>,
}

impl Calls {
    pub(crate) fn of(document: &Value) -> Self {
        let mut calls = HashMap::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            let operations = item.as_object().into_iter().flatten();
            for (_, operation) in operations.filter(|(key, _)| is_method(key)) {
                let Some(id) = operation["operationId"].as_str() else { continue };
                // The fragment only distinguishes operations of the same path within the document.
                let path = path.split('#').next().unwrap_or_default().to_owned();
                let objects = objects::of(document, item, operation);
                calls.insert(names::method(id), Call { id: id.to_owned(), path, objects });
            }
        }
        Self(calls)
    }
}

/// Ends every `send` with a call of the crate's own function, and removes the items that are no
/// longer used.
///
/// # Errors
/// If the generator writes another form. The error contains the method and the unexpected part.
pub(crate) fn adapt(file: &mut File, calls: &Calls) -> Result<(), String> {
    adapt_client(&mut file.items);
    adapt_imports(&mut file.items);
    for item in &mut file.items {
        let Item::Mod(module) = item else { continue };
        let Some((_, items)) = module.content.as_mut().filter(|_| module.ident == "builder") else {
            continue;
        };
        adapt_imports(items);
        items.iter_mut().flat_map(methods).try_for_each(|method| adapt_method(method, calls))?;
    }
    Ok(())
}

/// Stores the parsed base URL in the client, and removes all but one constructor.
///
/// `Client::new` would create an HTTP client that ends every stream after 15 seconds, and panic if
/// that fails.
fn adapt_client(items: &mut Vec<Item>) {
    items.retain(|item| !is_hooks(item));
    for item in items {
        match item {
            Item::Struct(client) if client.ident == "Client" => {
                let is_base =
                    |field: &&mut Field| field.ident.as_ref().is_some_and(|name| name == "baseurl");
                if let Some(base) = client.fields.iter_mut().find(is_base) {
                    base.ty = parse_quote!(crate::url::BaseUrl);
                }
            }
            Item::Impl(client) if *client.self_ty == parse_quote!(Client) => {
                client
                    .items
                    .retain(|item| !matches!(item, ImplItem::Fn(f) if f.sig.ident == "new"));
                for method in client.items.iter_mut().filter_map(as_method) {
                    if method.sig.ident == "new_with_client" {
                        method.block = parse_quote!({
                            Self { baseurl: crate::url::BaseUrl::new(baseurl), client, inner }
                        });
                    }
                }
            }
            _ => {}
        }
    }
}

/// Returns whether an item belongs to the generator's hooks: its client trait, or the check that
/// hooks exist.
fn is_hooks(item: &Item) -> bool {
    match item {
        Item::Impl(item) => item.trait_.as_ref().is_some_and(|(path, _)| {
            path.segments.last().is_some_and(|last| last.ident == "ClientInfo")
        }),
        Item::Const(item) => item.ident == "_",
        _ => false,
    }
}

/// Imports the crate's own items in place of those of the generator's client library.
fn adapt_imports(items: &mut Vec<Item>) {
    let is_library = |tree: &UseTree| match tree {
        UseTree::Path(path) if path.ident == "progenitor_client" => true,
        UseTree::Path(path) if path.ident == "super" => matches!(*path.tree, UseTree::Group(_)),
        _ => false,
    };
    let before = items.len();
    items.retain(|item| !matches!(item, Item::Use(ItemUse { tree, .. }) if is_library(tree)));
    if items.len() < before {
        items.insert(0, parse_quote! { use crate::{ByteStream, Error, ResponseValue}; });
        items.insert(1, parse_quote! { use crate::url::encode_path; });
        items.insert(2, parse_quote! { use crate::form::FormBody as _; });
    }
}

fn methods(item: &mut Item) -> impl Iterator<Item = &mut ImplItemFn> {
    let items = match item {
        Item::Impl(item) if item.trait_.is_none() => item.items.as_mut_slice(),
        _ => &mut [],
    };
    items.iter_mut().filter_map(as_method)
}

fn as_method(item: &mut ImplItem) -> Option<&mut ImplItemFn> {
    match item {
        ImplItem::Fn(method) => Some(method),
        _ => None,
    }
}

fn adapt_method(method: &mut ImplItemFn, calls: &Calls) -> Result<(), String> {
    match method.sig.ident.to_string().as_str() {
        "send" => send::adapt(method, calls).map_err(|what| {
            format!(
                "`send` of an operation has {what}: update ambient-sdk/generator/src/adapt/send.rs \
                 for the code that the generator writes now"
            )
        }),
        _ => Ok(()),
    }
}
