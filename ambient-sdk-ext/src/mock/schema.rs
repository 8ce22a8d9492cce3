//! The part of a document's schemas that a server enforces: keys, types and what must be there.
//!
//! Bodies are refused the way Go's JSON decoder does it, which is what the real servers use.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::store::Fields;

/// A document whose references can be followed.
#[derive(Clone, Copy)]
pub(super) struct Document<'a>(pub(super) &'a Value);

impl<'a> Document<'a> {
    /// How many references in a row are followed.
    const MAX_CHAIN: usize = 16;

    /// What `node` stands for, and the name of the component that it refers to.
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

    /// The JSON schema of a request or response body.
    pub(super) fn content_schema(self, body: &'a Value) -> Option<&'a Value> {
        let (body, _) = self.resolve(body);
        body.get("content")?.get("application/json")?.get("schema")
    }
}

/// An object schema, with the parts of its `allOf` put together.
#[derive(Clone, Debug, Default)]
pub(super) struct ObjectSchema {
    /// The component's name; empty for an inline schema.
    pub(super) name: String,
    pub(super) properties: BTreeMap<String, Property>,
    pub(super) required: BTreeSet<String>,
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
    /// A text that is one of these.
    Choice(Vec<String>),
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
    /// How deep schemas are read; deeper parts accept anything.
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
        }
        for (key, property) in node["properties"].as_object().into_iter().flatten() {
            let property = Property::read(document, property, depth);
            self.properties.insert(key.clone(), property);
        }
        let required = node["required"].as_array().into_iter().flatten();
        let required = required.filter_map(Value::as_str).map(str::to_owned);
        self.required.extend(required);
    }

    pub(super) fn has(&self, property: &str) -> bool {
        self.properties.contains_key(property)
    }

    /// Decodes the JSON text of an object: known keys of the right type. Null counts as absent,
    /// unless the property may be null.
    pub(super) fn decode(&self, body: &[u8]) -> Result<Fields, String> {
        let fields: Value = serde_json::from_slice(body).map_err(|error| go_error(&error, body))?;
        let fields = match fields {
            Value::Object(fields) => fields,
            other => return Err(self.mismatch("", &other, "object")),
        };
        let mut known = Fields::new();
        for (key, value) in fields {
            let Some(property) = self.properties.get(&key) else {
                known.insert(key, value);
                continue;
            };
            if value.is_null() && !property.nullable {
                continue;
            }
            self.check(&key, &value, property)?;
            known.insert(key, value);
        }
        Ok(known)
    }

    fn check(&self, key: &str, value: &Value, property: &Property) -> Result<(), String> {
        let wanted = match &property.kind {
            _ if value.is_null() => return Ok(()),
            Kind::Any => return Ok(()),
            Kind::Text { time: true } => return self.check_time(key, value),
            Kind::Choice(values) if value.is_string() => return check_choice(key, value, values),
            Kind::List(item) => return self.check_list(key, value, item),
            Kind::Object(schema) => return schema.check_object(key, value),
            Kind::Text { .. } if value.is_string() => return Ok(()),
            Kind::Number if value.is_number() => return Ok(()),
            Kind::Boolean if value.is_boolean() => return Ok(()),
            Kind::Integer { min, max } if fits(value, *min, *max) => return Ok(()),
            Kind::Text { .. } | Kind::Choice(_) => "string",
            Kind::Number => "float64",
            Kind::Boolean => "bool",
            Kind::Integer { max, .. } if *max == i64::MAX => "int64",
            Kind::Integer { .. } => "int32",
        };
        Err(self.mismatch(key, value, wanted))
    }

    fn check_time(&self, key: &str, value: &Value) -> Result<(), String> {
        let Some(text) = value.as_str() else {
            return Err("Time.UnmarshalJSON: input is not a JSON string".into());
        };
        let time = text.parse::<jiff::Timestamp>();
        time.map(drop).map_err(|_| format!("parsing time {text:?} of {key}: not in RFC 3339 form"))
    }

    fn check_list(&self, key: &str, value: &Value, item: &Property) -> Result<(), String> {
        let Some(items) = value.as_array() else {
            return Err(self.mismatch(key, value, "array"));
        };
        items.iter().try_for_each(|value| self.check(key, value, item))
    }

    fn check_object(&self, key: &str, value: &Value) -> Result<(), String> {
        let Some(fields) = value.as_object() else {
            return Err(self.mismatch(key, value, "object"));
        };
        let missing = self.required.iter().find(|key| !fields.contains_key(*key));
        if let Some(missing) = missing {
            return Err(format!("{missing} is required"));
        }
        fields
            .iter()
            .filter_map(|(key, value)| Some((key, value, self.properties.get(key)?)))
            .try_for_each(|(key, value, property)| self.check(key, value, property))
    }

    fn mismatch(&self, key: &str, value: &Value, wanted: &str) -> String {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let place = match key {
            "" => "value".to_owned(),
            key => format!("struct field {}.{key}", self.name),
        };
        format!("json: cannot unmarshal {found} into Go {place} of type {wanted}")
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
    fn read(document: Document<'_>, node: &Value, schema: &Value, depth: usize) -> Self {
        let format = schema["format"].as_str().unwrap_or_default();
        let values = schema["x-extensible-enum"].as_array();
        match schema["type"].as_str() {
            Some("string") if values.is_some() => {
                let values = values.into_iter().flatten().filter_map(Value::as_str);
                Self::Choice(values.map(str::to_owned).collect())
            }
            Some("string") => Self::Text { time: format == "date-time" },
            Some("integer") if format == "int32" => {
                Self::Integer { min: i32::MIN.into(), max: i32::MAX.into() }
            }
            Some("integer") => Self::Integer { min: i64::MIN, max: i64::MAX },
            Some("number") => Self::Number,
            Some("boolean") => Self::Boolean,
            Some("array") => {
                let item = Property::read(document, &schema["items"], depth + 1);
                Self::List(Box::new(item))
            }
            Some("object") => {
                let schema = ObjectSchema::read_at(document, node, depth + 1);
                Self::Object(Box::new(schema))
            }
            None if schema["allOf"].is_array() => {
                let schema = ObjectSchema::read_at(document, node, depth + 1);
                Self::Object(Box::new(schema))
            }
            _ => Self::Any,
        }
    }
}

/// Clients keep values that they don't know; the server that sends them has to know them.
fn check_choice(key: &str, value: &Value, values: &[String]) -> Result<(), String> {
    let known = values.iter().any(|known| value == known);
    known.then_some(()).ok_or_else(|| format!("{key} must be one of {}", values.join(", ")))
}

fn fits(value: &Value, min: i64, max: i64) -> bool {
    value.as_i64().is_some_and(|value| (min..=max).contains(&value))
}

/// The words of Go's decoder for text that is no JSON.
fn go_error(error: &serde_json::Error, body: &[u8]) -> String {
    if body.iter().all(u8::is_ascii_whitespace) {
        return "EOF".into();
    }
    if error.is_eof() {
        return "unexpected EOF".into();
    }
    "invalid character looking for beginning of value".into()
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
    fn puts_the_parts_together() {
        let schema = schema();
        assert_eq!(schema.name, "Agent");
        assert!(schema.properties["id"].read_only);
        assert!(schema.required.contains("name"));
        assert!(schema.has("tokens"));
    }

    #[test]
    fn refuses_wrong_types_in_the_words_of_the_server() {
        let decode = |body: &str| schema().decode(body.as_bytes()).unwrap_err();
        assert_eq!(
            decode(r#"{"name": 1}"#),
            "json: cannot unmarshal number into Go struct field Agent.name of type string"
        );
        assert!(decode(r#"{"tokens": 3000000000}"#).ends_with("of type int32"));
        assert!(decode(r#"{"tokens": 1.5}"#).ends_with("of type int32"));
        assert!(decode(r#"{"repos": [{}]}"#).ends_with("url is required"));
        assert!(decode(r#"{"repos": [{"url": 1}]}"#).contains("Repo.url"));
        assert!(decode(r#"{"at": "yesterday"}"#).contains("yesterday"));
        assert!(decode(r#"{"scope": "all"}"#).ends_with("scope must be one of global, project"));
        assert!(decode(r#"{"scope": 1}"#).ends_with("of type string"));
        assert!(decode("[]").contains("cannot unmarshal array into Go value"));
        assert_eq!(decode(""), "EOF");
        assert_eq!(decode("{"), "unexpected EOF");
        assert!(decode("nonsense").starts_with("invalid character"));
    }

    #[test]
    fn null_is_kept_only_where_it_means_something() {
        let fields = schema().decode(br#"{"name": null, "user_id": null}"#);
        assert_eq!(Value::from(fields.unwrap()), json!({"user_id": null}));
    }

    #[test]
    fn a_reference_to_itself_ends() {
        let document = json!({"a": {"$ref": "#/a"}});
        let schema = ObjectSchema::read(Document(&document), &json!({"$ref": "#/a"}));
        assert!(schema.properties.is_empty());
    }
}
