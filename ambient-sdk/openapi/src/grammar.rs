//! The shape of an OpenAPI document: which object stands under which key.
//!
//! Bundling and preparing walk documents by this table, so that a `$ref` inside an example or a
//! property that happens to be called `$ref` is never taken for a reference.

use serde_json::Value;

use crate::pointer::nested;

/// What kind of object a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The names are OpenAPI's own.
pub enum Kind {
    Document,
    Components,
    PathItem,
    Operation,
    Parameter,
    RequestBody,
    Response,
    Header,
    MediaType,
    Encoding,
    Schema,
    Example,
    Link,
    Callback,
    SecurityScheme,
}

/// What stands under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Child {
    /// One object of this kind.
    One(Kind),
    /// A list of objects of this kind.
    List(Kind),
    /// A map from names to objects of this kind.
    Map(Kind),
    /// A map as above that may also hold `x-` extensions.
    ExtensibleMap(Kind),
    /// Data that is no part of the grammar.
    Data,
}

impl Kind {
    /// The section of `components` that holds objects of this kind.
    pub fn section(self) -> Option<&'static str> {
        Some(match self {
            Kind::Schema => "schemas",
            Kind::Parameter => "parameters",
            Kind::Response => "responses",
            Kind::RequestBody => "requestBodies",
            Kind::Header => "headers",
            Kind::Example => "examples",
            Kind::Link => "links",
            Kind::Callback => "callbacks",
            Kind::SecurityScheme => "securitySchemes",
            _ => return None,
        })
    }

    /// What stands under `key` of an object of this kind.
    pub fn child(self, key: &str) -> Child {
        use Child::{Data, ExtensibleMap, List, Map, One};
        match (self, key) {
            (Kind::Document, "paths" | "webhooks") => ExtensibleMap(Kind::PathItem),
            (Kind::Document, "components") => One(Kind::Components),
            (Kind::Components, section) => component_kind(section).map_or(Data, Map),
            (Kind::PathItem, method) if is_method(method) => One(Kind::Operation),
            (Kind::PathItem | Kind::Operation, "parameters") => List(Kind::Parameter),
            (Kind::Operation, "requestBody") => One(Kind::RequestBody),
            (Kind::Operation, "responses") => ExtensibleMap(Kind::Response),
            (Kind::Operation, "callbacks") => Map(Kind::Callback),
            (Kind::Callback, key) if !key.starts_with("x-") => One(Kind::PathItem),
            (Kind::Parameter | Kind::Header | Kind::MediaType, "schema") => One(Kind::Schema),
            (Kind::Parameter | Kind::Header | Kind::MediaType, "examples") => Map(Kind::Example),
            (Kind::Parameter | Kind::Header | Kind::RequestBody | Kind::Response, "content") => {
                Map(Kind::MediaType)
            }
            (Kind::MediaType, "encoding") => Map(Kind::Encoding),
            (Kind::Encoding | Kind::Response, "headers") => Map(Kind::Header),
            (Kind::Response, "links") => Map(Kind::Link),
            (Kind::Schema, keyword) => schema_child(keyword),
            _ => Data,
        }
    }
}

fn component_kind(section: &str) -> Option<Kind> {
    Some(match section {
        "schemas" => Kind::Schema,
        "parameters" => Kind::Parameter,
        "responses" => Kind::Response,
        "requestBodies" => Kind::RequestBody,
        "headers" => Kind::Header,
        "examples" => Kind::Example,
        "links" => Kind::Link,
        "callbacks" => Kind::Callback,
        "securitySchemes" => Kind::SecurityScheme,
        "pathItems" => Kind::PathItem,
        _ => return None,
    })
}

fn schema_child(keyword: &str) -> Child {
    match keyword {
        "properties" | "patternProperties" | "dependentSchemas" | "$defs" => {
            Child::Map(Kind::Schema)
        }
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => Child::List(Kind::Schema),
        "items"
        | "additionalProperties"
        | "not"
        | "contains"
        | "propertyNames"
        | "if"
        | "then"
        | "else"
        | "unevaluatedItems"
        | "unevaluatedProperties"
        | "contentSchema" => Child::One(Kind::Schema),
        _ => Child::Data,
    }
}

/// Whether a key of a path item names an HTTP method.
pub fn is_method(key: &str) -> bool {
    matches!(key, "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace")
}

/// Whether a segment of a pointer says how something is held and not what it is: names made of pointers
/// leave it out.
pub fn is_structure(segment: &str) -> bool {
    matches!(
        segment,
        "paths"
            | "parameters"
            | "content"
            | "application/json"
            | "schema"
            | "properties"
            | "allOf"
            | "oneOf"
            | "anyOf"
            | "$defs"
    )
}

/// The reference that an object is, if it is one.
pub fn reference(value: &Value) -> Option<&str> {
    value.as_object()?.get("$ref")?.as_str()
}

/// Calls `visit` on every object of the grammar, outer ones first, with its JSON pointer.
pub fn walk_mut<E>(
    value: &mut Value,
    kind: Kind,
    visit: &mut dyn FnMut(&mut Value, Kind, &str) -> Result<(), E>,
) -> Result<(), E> {
    walk_at(value, kind, &mut String::new(), visit)
}

fn walk_at<E>(
    value: &mut Value,
    kind: Kind,
    at: &mut String,
    visit: &mut dyn FnMut(&mut Value, Kind, &str) -> Result<(), E>,
) -> Result<(), E> {
    visit(value, kind, at)?;
    let Value::Object(map) = value else { return Ok(()) };
    for (key, child) in map {
        match (kind.child(key), child) {
            (Child::One(kind), child) => {
                nested(at, key, |at| walk_at(child, kind, at, visit))?;
            }
            (Child::List(kind), Value::Array(list)) => nested(at, key, |at| {
                list.iter_mut().enumerate().try_for_each(|(index, item)| {
                    nested(at, &index.to_string(), |at| walk_at(item, kind, at, visit))
                })
            })?,
            (shape @ (Child::Map(kind) | Child::ExtensibleMap(kind)), Value::Object(map)) => {
                let extensible = matches!(shape, Child::ExtensibleMap(_));
                nested(at, key, |at| {
                    map.iter_mut()
                        .filter(|(name, _)| !extensible || !name.starts_with("x-"))
                        .try_for_each(|(name, item)| {
                            nested(at, name, |at| walk_at(item, kind, at, visit))
                        })
                })?;
            }
            _ => {}
        }
    }
    Ok(())
}
