//! The grammar of an OpenAPI document: the kind of object under each key.
//!
//! Bundling and preparing traverse documents with this table, so that a `$ref` inside an example,
//! or a property named `$ref`, is not mistaken for a reference.

use serde_json::Value;

use crate::pointer::nested;

/// The kind of an object in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The names are those of OpenAPI.
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

/// The value under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Child {
    /// An object of this kind.
    One(Kind),
    /// A list of objects of this kind.
    List(Kind),
    /// A map from names to objects of this kind.
    Map(Kind),
    /// A map from names to objects of this kind that may also contain `x-` extensions.
    ExtensibleMap(Kind),
    /// Data without a grammar.
    Data,
}

impl Kind {
    /// Returns the section of `components` that contains objects of this kind.
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

    /// Returns the kind of the value under `key` of an object of this kind.
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
            (Kind::Callback, key) if key != "$ref" && !key.starts_with("x-") => One(Kind::PathItem),
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

/// Returns whether a key of a path item is an HTTP method.
pub fn is_method(key: &str) -> bool {
    matches!(key, "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace")
}

/// Returns whether a pointer segment is structural, such as `properties`. Names derived from
/// pointers omit such segments.
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

/// Returns the target of a `$ref`; `None` if the value is not a reference.
pub fn reference(value: &Value) -> Option<&str> {
    value.as_object()?.get("$ref")?.as_str()
}

/// Calls `visit` for every object of the grammar with its JSON pointer, parents first.
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
