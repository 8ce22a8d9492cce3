//! Objects in queries, which the generator writes flat or not at all: the crate writes them.

use std::collections::HashMap;
use std::convert::Infallible;

use ambient_sdk_openapi::grammar::{Kind, reference, walk_mut};
use serde_json::{Value, json};

/// How an object stands in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `name[key]=value`
    Deep,
    /// `key=value`
    Flat,
}

/// The parameters of an operation that are objects in its query, by their names.
pub(crate) fn of(document: &Value, item: &Value, operation: &Value) -> HashMap<String, Form> {
    let list = |holder: &Value| {
        let list = holder.get("parameters").and_then(Value::as_array);
        list.cloned().unwrap_or_default()
    };
    let all = list(item).into_iter().chain(list(operation));
    let form = |parameter: Value| {
        let parameter = resolved(document, &parameter);
        Some((parameter.get("name")?.as_str()?.to_owned(), form(document, parameter)?))
    };
    all.filter_map(form).collect()
}

fn form(document: &Value, parameter: &Value) -> Option<Form> {
    if parameter.get("in") != Some(&json!("query")) {
        return None;
    }
    if parameter.get("style") == Some(&json!("deepObject")) {
        return Some(Form::Deep);
    }
    let schema = resolved(document, parameter.get("schema")?);
    let is_object = schema.get("type") == Some(&json!("object"));
    let explodes = parameter.get("explode") != Some(&json!(false));
    (is_object && explodes).then_some(Form::Flat)
}

/// What a reference within the document leads to, or the value itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let mut value = value;
    // A reference may lead to another one; a circle ends nowhere.
    for _ in 0..16 {
        let Some(to) = reference(value).and_then(|to| to.strip_prefix('#')) else { break };
        let Some(target) = document.pointer(to) else { break };
        value = target;
    }
    value
}

/// Has the generator take every such parameter, whose style it does not know.
pub(crate) fn forget_styles(document: &mut Value) {
    let done: Result<(), Infallible> = walk_mut(document, Kind::Document, &mut |value, kind, _| {
        if kind == Kind::Parameter
            && value.get("style") == Some(&json!("deepObject"))
            && let Some(parameter) = value.as_object_mut()
        {
            parameter.shift_remove("style");
        }
        Ok(())
    });
    let Ok(()) = done;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_through_references_and_their_styles_forgotten() {
        let query =
            |name: &str, schema: Value| json!({"name": name, "in": "query", "schema": schema});
        let mut deep = query("deep", json!({}));
        deep["style"] = json!("deepObject");
        let mut joined = query("joined", json!({"type": "object"}));
        joined["explode"] = json!(false);
        let get = json!({"parameters": [
            {"$ref": "#/components/parameters/Deep"},
            query("flat", json!({"$ref": "#/components/schemas/Map"})),
            query("text", json!({"type": "string"})), joined,
        ]});
        let mut document = json!({
            "paths": {"/a": {"get": get}},
            "components": {"parameters": {"Deep": deep}, "schemas": {"Map": {"type": "object"}}},
        });
        let item = &document["paths"]["/a"];
        let forms = of(&document, item, &item["get"]);
        let expected = [("deep".to_owned(), Form::Deep), ("flat".to_owned(), Form::Flat)];
        assert_eq!(forms, HashMap::from(expected));
        forget_styles(&mut document);
        assert!(document["components"]["parameters"]["Deep"].get("style").is_none());
    }
}
