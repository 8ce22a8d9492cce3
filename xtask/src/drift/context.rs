//! Describes the place of a pointer for readers: `response 200 labels`, `query parameter size`.

use serde_json::Value;

use crate::pointer::{segments, step};

/// Describes the parameter, body, response, header or property of `document` at a pointer; empty if
/// the pointer is inside none of them.
pub(super) fn context(document: &Value, pointer: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut properties: Vec<String> = Vec::new();
    let mut here = document;
    let mut is_name_of = "";
    for segment in segments(pointer) {
        here = step(here, &segment).unwrap_or(&Value::Null);
        match is_name_of {
            "parameters" => words.extend(parameter(here)),
            "responses" => words.push(format!("response {segment}")),
            "headers" => words.push(format!("header `{segment}`")),
            "properties" => properties.push(segment.clone()),
            _ if segment == "requestBody" => words.push("request body".to_owned()),
            _ => {}
        }
        // A name is not a keyword, even if it is spelled like one.
        is_name_of = match segment.as_str() {
            _ if !is_name_of.is_empty() => "",
            "parameters" => "parameters",
            "responses" => "responses",
            "headers" => "headers",
            "properties" => "properties",
            _ => "",
        };
    }
    if !properties.is_empty() {
        words.push(format!("`{}`", properties.join(".")));
    }
    words.join(" ")
}

fn parameter(node: &Value) -> Option<String> {
    let (name, location) = (node.get("name")?.as_str()?, node.get("in")?.as_str()?);
    Some(format!("{location} parameter `{name}`"))
}

/// Returns the name of the parameter at or around a pointer.
pub(super) fn parameter_of(document: &Value, pointer: &str) -> Option<String> {
    let (before, rest) = pointer.strip_prefix('#')?.split_once("/parameters/")?;
    let key = rest.split('/').next()?;
    let parameter = document.pointer(&format!("{before}/parameters/{key}"))?;
    Some(parameter.get("name")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::context;

    #[test]
    fn pointers_are_described() {
        let document = json!({
            "paths": {"/a": {"get": {
                "parameters": [{"name": "size", "in": "query", "schema": {"default": 1}}],
            }}},
        });
        assert_eq!(
            context(&document, "#/paths/~1a/get/parameters/0/schema"),
            "query parameter `size`"
        );
        let body =
            "#/paths/~1a/post/requestBody/content/x/schema/properties/b/items/properties/c/type";
        assert_eq!(context(&document, body), "request body `b.c`");
        let header = "#/paths/~1a/get/responses/200/headers/X-Total/schema";
        assert_eq!(context(&document, header), "response 200 header `X-Total`");
        let property = "#/components/schemas/A/properties/properties/properties/headers";
        assert_eq!(context(&document, property), "`properties.headers`");
        assert_eq!(context(&document, "#/paths/~1a/get"), "");
    }
}
