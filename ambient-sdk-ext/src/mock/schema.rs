//! The parts of a document's schemas that a server enforces: keys, types and required keys.

use std::collections::BTreeMap;

use serde_json::Value;

/// A document, which resolves references.
#[derive(Clone, Copy)]
pub(super) struct Document<'a>(pub(super) &'a Value);

impl<'a> Document<'a> {
    /// The maximum number of references that are followed in a row.
    const MAX_CHAIN: usize = 16;

    /// Resolves the references of `node`. Also returns the name of the component, if it is one.
    pub(super) fn resolve(self, mut node: &'a Value) -> (&'a Value, Option<&'a str>) {
        let mut name = None;
        for _ in 0..Self::MAX_CHAIN {
            let Some(reference) = node.get("$ref").and_then(Value::as_str) else {
                break;
            };
            let target = reference.strip_prefix('#');
            let Some(target) = target.and_then(|pointer| self.0.pointer(pointer)) else {
                break;
            };
            name = reference.rsplit('/').next();
            node = target;
        }
        (node, name)
    }

    /// Returns the schema of a JSON request or response body.
    pub(super) fn content_schema(self, body: &'a Value) -> Option<&'a Value> {
        let (body, _) = self.resolve(body);
        body.get("content")?.get("application/json")?.get("schema")
    }
}

/// An object schema, with the parts of its `allOf` merged.
#[derive(Clone, Debug, Default)]
pub(super) struct ObjectSchema {
    /// The component's name. Empty for an inline schema.
    pub(super) name: String,
    pub(super) properties: BTreeMap<String, Property>,
    /// The required properties in the order of the document, in which the server checks them.
    pub(super) required: Vec<String>,
    /// Whether other properties have a meaning, as in a map. They are dropped otherwise.
    pub(super) is_open: bool,
}

/// One property of an object.
#[derive(Clone, Debug)]
pub(super) struct Property {
    pub(super) kind: Kind,
    pub(super) nullable: bool,
    pub(super) read_only: bool,
    pub(super) write_only: bool,
}

/// The type of a value.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Text {
        time: bool,
    },
    /// A text with known values. The server also accepts others.
    Choice,
    Integer {
        min: i64,
        max: i64,
    },
    Number,
    Boolean,
    List(Box<Property>),
    Object(Box<ObjectSchema>),
    Any,
}

impl ObjectSchema {
    /// The maximum depth of nested schemas. Deeper parts accept any value.
    const MAX_DEPTH: usize = 8;

    pub(super) fn read(document: Document<'_>, node: &Value) -> Self {
        Self::read_at(document, node, 0)
    }

    fn read_at(document: Document<'_>, node: &Value, depth: usize) -> Self {
        let mut schema = Self::default();
        if depth < Self::MAX_DEPTH {
            schema.add(document, node, depth);
        }
        schema
    }

    fn add(&mut self, document: Document<'_>, node: &Value, depth: usize) {
        let (node, name) = document.resolve(node);
        if let (true, Some(name)) = (self.name.is_empty(), name) {
            name.clone_into(&mut self.name);
        }
        for part in node["allOf"].as_array().into_iter().flatten() {
            let part = Self::read_at(document, part, depth + 1);
            self.properties.extend(part.properties);
            self.required.extend(part.required);
            self.is_open |= part.is_open;
        }
        for (key, property) in node["properties"].as_object().into_iter().flatten() {
            let property = Property::read(document, property, depth);
            self.properties.insert(key.clone(), property);
        }
        let has_no_properties = node.get("properties").is_none() && node.get("allOf").is_none();
        let more = node.get("additionalProperties").map(|more| *more != false);
        self.is_open |= more.unwrap_or(has_no_properties);
        let required = node["required"].as_array().into_iter().flatten();
        let required = required.filter_map(Value::as_str).map(str::to_owned);
        for name in required {
            if !self.required.contains(&name) {
                self.required.push(name);
            }
        }
    }

    pub(super) fn has(&self, property: &str) -> bool {
        self.properties.contains_key(property)
    }

    /// Returns the property of a key. An exact match is preferred to one in another case.
    pub(super) fn property_in_any_case(&self, key: &str) -> Option<(&str, &Property)> {
        let exact = self.properties.get_key_value(key);
        let similar = || {
            let mut all = self.properties.iter();
            all.find(|(name, _)| name.to_lowercase() == key.to_lowercase())
        };
        let (name, property) = exact.or_else(similar)?;
        Some((name.as_str(), property))
    }
}

impl Property {
    fn read(document: Document<'_>, node: &Value, depth: usize) -> Self {
        if depth > ObjectSchema::MAX_DEPTH {
            return Self { kind: Kind::Any, nullable: true, read_only: false, write_only: false };
        }
        let flag = |node: &Value, name: &str| node[name].as_bool().unwrap_or(false);
        let (schema, _) = document.resolve(node);
        if let (None, Some([only])) =
            (schema.get("type"), schema["allOf"].as_array().map(Vec::as_slice))
        {
            let only = Self::read(document, only, depth + 1);
            return Self {
                nullable: only.nullable || flag(schema, "nullable"),
                read_only: only.read_only || flag(schema, "readOnly"),
                write_only: only.write_only || flag(schema, "writeOnly"),
                ..only
            };
        }
        Self {
            kind: Kind::read(document, node, schema, depth),
            nullable: flag(node, "nullable") || flag(schema, "nullable"),
            read_only: flag(node, "readOnly") || flag(schema, "readOnly"),
            write_only: flag(node, "writeOnly") || flag(schema, "writeOnly"),
        }
    }
}

impl Kind {
    /// Returns Go's zero value of the kind.
    pub(super) fn zero(&self) -> Value {
        match self {
            Self::Text { .. } | Self::Choice => "".into(),
            Self::Integer { .. } | Self::Number => 0.into(),
            Self::Boolean => false.into(),
            Self::List(_) | Self::Object(_) | Self::Any => Value::Null,
        }
    }

    fn read(document: Document<'_>, node: &Value, schema: &Value, depth: usize) -> Self {
        let format = schema["format"].as_str().unwrap_or_default();
        match schema["type"].as_str() {
            Some("string") if schema["x-extensible-enum"].is_array() => Self::Choice,
            Some("string") => Self::Text { time: format == "date-time" },
            Some("integer") if format == "int64" => Self::Integer { min: i64::MIN, max: i64::MAX },
            Some("integer") => Self::Integer { min: i32::MIN.into(), max: i32::MAX.into() },
            Some("number") => Self::Number,
            Some("boolean") => Self::Boolean,
            Some("array") => {
                let item = Property::read(document, &schema["items"], depth + 1);
                Self::List(Box::new(item))
            }
            Some("object") | None if depth + 1 < ObjectSchema::MAX_DEPTH && is_object(schema) => {
                let schema = ObjectSchema::read_at(document, node, depth + 1);
                Self::Object(Box::new(schema))
            }
            _ => Self::Any,
        }
    }
}

fn is_object(schema: &Value) -> bool {
    schema["type"] == "object" || schema["allOf"].is_array()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> ObjectSchema {
        let document = json!({"components": {"schemas": {
            "Base": {"type": "object", "properties": {"id": {"type": "string", "readOnly": true}}},
            "Agent": {"allOf": [
                {"$ref": "#/components/schemas/Base"},
                {"type": "object", "required": ["name"], "properties": {
                    "name": {"type": "string"},
                    "tokens": {"type": "integer", "format": "int32"},
                    "user_id": {"type": "string", "nullable": true},
                    "scope": {"allOf": [{"$ref": "#/components/schemas/Scope"}]},
                    "at": {"type": "string", "format": "date-time"},
                    "repos": {"type": "array", "items": {"$ref": "#/components/schemas/Repo"}},
                }},
            ]},
            "Scope": {"type": "string", "x-extensible-enum": ["global", "project"]},
            "Repo": {
                "type": "object", "required": ["url"], "properties": {"url": {"type": "string"}},
            },
        }}});
        let reference = json!({"$ref": "#/components/schemas/Agent"});
        ObjectSchema::read(Document(&document), &reference)
    }

    #[test]
    fn merges_the_parts_of_all_of() {
        let schema = schema();
        assert_eq!(schema.name, "Agent");
        assert!(schema.properties["id"].read_only);
        assert_eq!(schema.required, ["name"]);
        assert!(schema.has("tokens"));
    }

    #[test]
    fn a_reference_to_itself_ends() {
        let document = json!({"a": {"$ref": "#/a"}});
        let schema = ObjectSchema::read(Document(&document), &json!({"$ref": "#/a"}));
        assert!(schema.properties.is_empty());
    }

    #[test]
    fn the_deepest_part_of_a_schema_that_contains_itself_accepts_any_value() {
        let inner = json!({"$ref": "#/a"});
        let document = json!({"a": {"type": "object", "properties": {"inner": inner}}});
        let mut schema = ObjectSchema::read(Document(&document), &json!({"$ref": "#/a"}));
        let mut levels = 0;
        while let Kind::Object(inner) = schema.properties["inner"].kind.clone() {
            (schema, levels) = (*inner, levels + 1);
        }
        assert!(levels > 3);
        assert!(matches!(schema.properties["inner"].kind, Kind::Any));
    }
}
