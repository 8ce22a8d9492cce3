//! Bodies of all operations, generated from the documents.

use serde_json::{Map, Value};

use crate::MARK;

/// Objects are nested at most this deep, because some schemas contain themselves.
const DEEPEST: usize = 5;

pub(crate) struct Document(Value);

impl Document {
    pub(crate) fn parse(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap())
    }

    /// Returns the request body of an operation with the mark in every string, except for names,
    /// ids and enums; `None` if the operation has no body.
    pub(crate) fn request(&self, operation: &str) -> Option<String> {
        let schema = json_schema(&self.operation(operation)["requestBody"])?;
        Some(self.sample(schema, true, 0).to_string())
    }

    /// Returns the body of a successful response with the mark in every string; `None` if it has no
    /// JSON.
    pub(crate) fn response(&self, operation: &str) -> Option<Value> {
        let responses = self.operation(operation)["responses"].as_object().unwrap().iter();
        let mut successes = responses.filter(|(status, _)| status.starts_with('2'));
        let schema = successes.find_map(|(_, response)| json_schema(response))?;
        Some(self.sample(schema, false, 0))
    }

    fn operation(&self, id: &str) -> &Value {
        let paths = self.0["paths"].as_object().unwrap().values();
        let mut operations = paths.flat_map(|path| path.as_object().unwrap().values());
        operations.find(|operation| operation["operationId"] == id).unwrap()
    }

    fn sample(&self, schema: &Value, is_request: bool, depth: usize) -> Value {
        if let Some(name) = schema["$ref"].as_str().and_then(|to| to.rsplit('/').next()) {
            return self.sample(&self.0["components"]["schemas"][name], is_request, depth);
        }
        let first = ["oneOf", "anyOf"].iter().find_map(|key| schema[*key].get(0));
        if let Some(first) = first {
            return self.sample(first, is_request, depth);
        }
        // A closed enum is a tag.
        if let Some(only) = schema["enum"].get(0) {
            return only.clone();
        }
        let mut fields = Map::new();
        for part in schema["allOf"].as_array().into_iter().flatten() {
            if let Value::Object(more) = self.sample(part, is_request, depth) {
                fields.extend(more);
            }
        }
        match schema["type"].as_str() {
            Some("string") => MARK.into(),
            Some("integer" | "number") => 1.into(),
            Some("boolean") => true.into(),
            Some("array") => {
                let count = schema["minItems"].as_u64().unwrap_or(1).max(1);
                let item = || self.sample(&schema["items"], is_request, depth + 1);
                // At the maximum depth an object is sampled as null. A list omits it.
                (0..count).map(|_| item()).filter(|item| !item.is_null()).collect()
            }
            Some("object") | None if depth < DEEPEST => {
                for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
                    let value = match is_request && is_plain(key) && schema["type"] == "string" {
                        true => "x1".into(),
                        false => self.sample(schema, is_request, depth + 1),
                    };
                    fields.insert(key.clone(), value);
                }
                Value::Object(fields)
            }
            _ => Value::Null,
        }
    }
}

fn json_schema(content: &Value) -> Option<&Value> {
    let content = content["content"].as_object()?;
    content.iter().find(|(form, _)| form.contains("json")).map(|(_, content)| &content["schema"])
}

/// Whether a field is not secret.
fn is_plain(key: &str) -> bool {
    let plain = ["branch", "kind", "scope", "provider", "phase", "model", "schedule", "timezone"];
    key.ends_with("id") || key.ends_with("name") || plain.contains(&key)
}
