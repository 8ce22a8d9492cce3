//! Support for multipart bodies, which the generator lacks: it generates URL-encoded forms, and the
//! crate sends them as multipart.

use std::collections::HashSet;

use ambient_sdk_openapi::grammar::{is_method, reference};
use ambient_sdk_openapi::pointer;
use serde_json::{Map, Value, json};
use syn::{
    ExprMethodCall, File, Item, Type, parse_quote,
    visit_mut::{self, VisitMut},
};

use crate::names;

const MULTIPART: &str = "multipart/form-data";
const URLENCODED: &str = "application/x-www-form-urlencoded";
/// The format that marks a string as a file.
pub(crate) const FILE: &str = "x-file";

/// The builders that send multipart bodies.
#[derive(Debug, Default)]
pub(crate) struct Multipart(HashSet<String>);

impl Multipart {
    /// Replaces multipart bodies with URL-encoded forms, and binary strings in them with files.
    pub(crate) fn take_as_forms(document: &mut Value) -> Self {
        let mut builders = HashSet::new();
        let mut named = Vec::new();
        let paths = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
        let items = paths.filter_map(|(_, item)| item.as_object_mut());
        let operations = items.flat_map(|item| item.iter_mut().filter(|(key, _)| is_method(key)));
        for (_, operation) in operations {
            let id = operation.get("operationId").and_then(Value::as_str).map(names::method);
            let content = operation.pointer_mut("/requestBody/content");
            let Some(content) = content.and_then(Value::as_object_mut) else { continue };
            let Some(mut media) = content.shift_remove(MULTIPART) else { continue };
            if let Some(schema) = media.get_mut("schema") {
                put_files(schema, &mut named);
            }
            content.insert(URLENCODED.to_owned(), media);
            builders.extend(id.map(|id| names::builder(&id)));
        }
        put_files_in_components(document, named);
        Self(builders)
    }

    /// Makes those builders send multipart bodies.
    pub(crate) fn adapt(&self, file: &mut File) {
        for item in file.items.iter_mut().flat_map(builders) {
            let Item::Impl(item) = item else { continue };
            let Type::Path(path) = &*item.self_ty else { continue };
            let own = path.path.segments.last().map(|segment| segment.ident.to_string());
            if own.is_some_and(|own| self.0.contains(&own)) {
                SendInParts.visit_item_impl_mut(item);
            }
        }
    }
}

fn builders(item: &mut Item) -> impl Iterator<Item = &mut Item> {
    match item {
        Item::Mod(module) if module.ident == "builder" => module.content.as_mut(),
        _ => None,
    }
    .into_iter()
    .flat_map(|(_, items)| items)
}

/// Replaces binary strings, also in lists, with files. Collects the names of referenced schemas in
/// `named`.
fn put_files(schema: &mut Value, named: &mut Vec<String>) {
    if let Some(name) = reference(schema).and_then(|to| to.strip_prefix("#/components/schemas/")) {
        named.push(pointer::unescape(name));
        return;
    }
    let Some(map) = schema.as_object_mut() else { return };
    if map.get("type") == Some(&json!("string")) && map.get("format") == Some(&json!("binary")) {
        map.insert("format".to_owned(), json!(FILE));
    }
    let properties = map.get_mut("properties").and_then(Value::as_object_mut);
    properties.into_iter().flat_map(Map::values_mut).for_each(|schema| put_files(schema, named));
    for key in ["items", "additionalProperties"] {
        map.get_mut(key).into_iter().for_each(|schema| put_files(schema, named));
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        let parts = map.get_mut(key).and_then(Value::as_array_mut);
        parts.into_iter().flatten().for_each(|schema| put_files(schema, named));
    }
}

fn put_files_in_components(document: &mut Value, mut waiting: Vec<String>) {
    let mut done = HashSet::new();
    while let Some(name) = waiting.pop() {
        let at = pointer::join("/components/schemas", &name);
        if done.insert(name)
            && let Some(schema) = document.pointer_mut(&at)
        {
            put_files(schema, &mut waiting);
        }
    }
}

/// Replaces `.form_urlencoded(&body)` with `.multipart(&body)`.
struct SendInParts;

impl VisitMut for SendInParts {
    fn visit_expr_method_call_mut(&mut self, call: &mut ExprMethodCall) {
        if call.method == "form_urlencoded" {
            call.method = parse_quote!(multipart);
        }
        visit_mut::visit_expr_method_call_mut(self, call);
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;

    use super::*;

    #[test]
    fn a_multipart_body_becomes_a_form_with_files() {
        let binary = json!({"type": "string", "format": "binary"});
        let list = json!({"type": "array", "items": binary});
        let schema = json!({"$ref": "#/components/schemas/A"});
        let body = json!({"content": {MULTIPART: {"schema": schema}}});
        let mut document = json!({
            "paths": {"/a": {"post": {"operationId": "uploadFile", "requestBody": body}}},
            "components": {"schemas": {"A": {"properties": {"one": binary, "many": list}}}},
        });
        let multipart = Multipart::take_as_forms(&mut document);
        let content = &document["paths"]["/a"]["post"]["requestBody"]["content"];
        assert_eq!(content[URLENCODED]["schema"], schema);
        let properties = &document["components"]["schemas"]["A"]["properties"];
        assert_eq!(properties["one"]["format"], FILE);
        assert_eq!(properties["many"]["items"]["format"], FILE);
        let mut file: File = parse_quote! {
            mod builder {
                impl<'a> UploadFile<'a> { fn send(self) { client.form_urlencoded(&body)?; } }
                impl<'a> Other<'a> { fn send(self) { client.form_urlencoded(&body)?; } }
            }
        };
        multipart.adapt(&mut file);
        let text = file.to_token_stream().to_string();
        assert_eq!(text.matches("client . multipart").count(), 1);
        assert_eq!(text.matches("client . form_urlencoded").count(), 1);
    }
}
