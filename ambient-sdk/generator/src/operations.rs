//! The table of operations, for transports that send the requests.

use ambient_sdk_openapi::extension::{ACCEPT, CONTENT_TYPE, STREAM};
use openapiv3::{OpenAPI, Operation};
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use crate::Error;

/// Generates the table, ordered by id.
pub(crate) fn operations(api: &OpenAPI) -> Result<TokenStream, Error> {
    let mut rows = Vec::new();
    for (path, method, operation) in api.operations() {
        let Some(id) = &operation.operation_id else { continue };
        rows.push((id, row(path, method, operation, api)?));
    }
    rows.sort_by_key(|(id, _)| *id);
    let rows = rows.into_iter().map(|(_, row)| row);
    Ok(quote! {
        /// All operations of the document, ordered by id.
        pub const OPERATIONS: &[crate::Operation] = &[#(#rows)*];
    })
}

fn row(
    path: &str,
    method: &str,
    operation: &Operation,
    api: &OpenAPI,
) -> Result<TokenStream, Error> {
    let id = &operation.operation_id;
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
    Ok(quote! {
        crate::Operation {
            id: #id,
            method: #method,
            path: #path,
            accept: #accept,
            content_type: #content_type,
            stream: #stream,
            authenticated: #authenticated,
        },
    })
}

/// Returns the value of a header that an operation declares. Only printable ASCII is supported.
fn header<'a>(operation: &'a Operation, key: &str) -> Result<Option<&'a str>, Error> {
    let value = operation.extensions.get(key).and_then(Value::as_str);
    let is_plain = |value: &str| value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if value.is_some_and(|value| !is_plain(value)) {
        let id = operation.operation_id.as_deref().unwrap_or_default();
        return Err(Error::Extension(format!("{key} of operation {id} is not a header value")));
    }
    Ok(value)
}
