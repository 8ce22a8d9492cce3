//! Removes parameters that every request has anyway, and cookies, which belong to the HTTP client.
//! Parameters that the generator would serialize incorrectly become strings.
//!
//! The transport sends the project header: as a parameter, every call would have to repeat it.

use serde_json::{Value, json};

use super::tree::{reject, resolved};
use super::{Draft, Error};
use crate::grammar::{Kind, is_method, reference};
use crate::pointer;

/// Headers that the transport sends. OpenAPI itself ignores the last three.
const CARRIED: [&str; 4] = ["x-ambient-project", "authorization", "accept", "content-type"];

/// The maximum number of references and alternatives between a parameter and its type.
const DEPTH: usize = 16;

pub(super) fn fit_parameters_to_the_generator(draft: &mut Draft) -> Result<(), Error> {
    // The paths are taken out, so that the components can be read while the paths change.
    let Some(paths) = draft.document.get_mut("paths").map(Value::take) else { return Ok(()) };
    let mut fitted = Fitting { document: &draft.document, notes: Vec::new() };
    let paths = fitted.paths(paths)?;
    let notes = fitted.notes;
    draft.document["paths"] = paths;
    draft.note_all(notes);
    Ok(())
}

struct Fitting<'d> {
    /// The document without its paths.
    document: &'d Value,
    notes: Vec<(String, String)>,
}

impl Fitting<'_> {
    fn paths(&mut self, mut paths: Value) -> Result<Value, Error> {
        for (path, item) in paths.as_object_mut().into_iter().flatten() {
            let at = pointer::join("/paths", path);
            self.holder(item, &at)?;
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                if is_method(method) {
                    self.holder(operation, &pointer::join(&at, method))?;
                }
            }
        }
        Ok(paths)
    }

    /// Fits the parameters of a path item or an operation.
    fn holder(&mut self, holder: &mut Value, at: &str) -> Result<(), Error> {
        let Some(list) = holder.get_mut("parameters").and_then(Value::as_array_mut) else {
            return Ok(());
        };
        let mut kept = Vec::with_capacity(list.len());
        for (index, parameter) in std::mem::take(list).into_iter().enumerate() {
            kept.extend(self.fit(parameter, format!("{at}/parameters/{index}"))?);
        }
        match holder.as_object_mut() {
            Some(holder) if kept.is_empty() => drop(holder.shift_remove("parameters")),
            Some(holder) => drop(holder.insert("parameters".to_owned(), Value::Array(kept))),
            None => {}
        }
        Ok(())
    }

    /// Returns the parameter in a form that the generator supports; `None` if it is dropped.
    fn fit(&mut self, parameter: Value, at: String) -> Result<Option<Value>, Error> {
        let content = match reference(&parameter) {
            Some(to) => shared_parameter(self.document, to)
                .ok_or_else(|| reject(&at, format!("the reference `{to}` has no target")))?,
            None => &parameter,
        };
        if !content.get("name").is_some_and(Value::is_string) {
            return Err(reject(at, "the parameter has no `name`")
                .with_help("write the name that requests use, as text"));
        }
        let name = text(content, "name");
        let place = text(content, "in");
        if place == "header" && CARRIED.contains(&name.to_ascii_lowercase().as_str()) {
            self.notes.push((at, format!("the parameter `{name}` is left to the transport")));
            return Ok(None);
        }
        if place == "cookie" {
            let note =
                format!("the cookie `{name}` is left to the HTTP client: set a `Cookie` header");
            self.notes.push((at, note));
            return Ok(None);
        }
        if !["header", "path", "query"].contains(&place) {
            return Err(reject(at, format!("the parameter `{name}` has the location `{place}`"))
                .with_help("set `in` to `query`, `path`, `header` or `cookie`"));
        }
        if let Some(form) = joined_by_caller(self.document, content, place) {
            self.notes.push((at, format!("the {place} parameter `{name}` is {form}")));
            return Ok(Some(as_text(content)));
        }
        Ok(Some(parameter))
    }
}

/// Returns the description of the string that the caller formats; `None` if the client supports the
/// parameter.
fn joined_by_caller(document: &Value, parameter: &Value, place: &str) -> Option<String> {
    let default = if place == "query" { "form" } else { "simple" };
    let style = parameter.get("style").and_then(Value::as_str).unwrap_or(default);
    let explodes = parameter.get("explode").and_then(Value::as_bool);
    let Some(schema) = parameter.get("schema") else {
        let content = parameter.get("content").and_then(Value::as_object);
        let media = content.and_then(|content| content.keys().next());
        return media.map(|media| format!("a string that the caller formats as `{media}`"));
    };
    let is_deep = (place, style) == ("query", "deepObject") && explodes != Some(false);
    if style != default && !is_deep {
        return Some(format!("a string that the caller formats in the style `{style}`"));
    }
    let as_keys = place == "query" && explodes.unwrap_or(true);
    match (text(resolved(document, schema), "type"), as_keys) {
        ("object", false) => Some("an object as a string that the caller formats".to_owned()),
        ("array", false) => Some("a list as a string that the caller formats".to_owned()),
        _ if place != "query" && !is_plain(document, schema, DEPTH) => Some("a string".to_owned()),
        _ => None,
    }
}

/// Returns whether a value is written as one string, the only form for paths and headers. A secret is
/// not, because a string would show it.
fn is_plain(document: &Value, schema: &Value, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    if reference(schema).is_some() {
        let content = resolved(document, schema);
        return reference(content).is_none() && is_plain(document, content, depth);
    }
    let alternatives = ["oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key)?.as_array());
    let alternatives: Vec<&Value> = alternatives.flatten().collect();
    let is_scalar = matches!(text(schema, "type"), "string" | "integer" | "number" | "boolean");
    let is_any =
        !alternatives.is_empty() && alternatives.iter().all(|one| is_plain(document, one, depth));
    schema.get("nullable") != Some(&json!(true))
        && text(schema, "format") != "password"
        && schema.get("allOf").is_none()
        && (is_scalar || is_any)
}

/// Returns the parameter with a string value. The generator supports a list only in a query, with one
/// key per value.
fn as_text(parameter: &Value) -> Value {
    let mut parameter = parameter.clone();
    if let Some(map) = parameter.as_object_mut() {
        for key in ["style", "explode", "content"] {
            map.shift_remove(key);
        }
        map.insert("schema".to_owned(), json!({"type": "string"}));
    }
    parameter
}

fn shared_parameter<'a>(document: &'a Value, to: &str) -> Option<&'a Value> {
    let section = Kind::Parameter.section()?;
    let name = to.strip_prefix("#/components/")?.strip_prefix(section)?.strip_prefix('/')?;
    document.get("components")?.get(section)?.get(pointer::unescape(name))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Note;
    use super::super::testing::{draft, operation};
    use super::*;

    #[test]
    fn the_project_header_is_dropped_in_any_case() {
        let mut draft = draft(json!({
            "paths": {"/a": {
                "parameters": [{"$ref": "#/components/parameters/Project"}],
                "get": {"parameters": [
                    {"name": "X-Ambient-Project", "in": "header", "schema": {"type": "string"}},
                    {"name": "page", "in": "query", "schema": {"type": "integer"}},
                ]},
            }},
            "components": {"parameters": {"Project": {"name": "x-ambient-project", "in": "header"}}},
        }));
        fit_parameters_to_the_generator(&mut draft).unwrap();
        assert!(draft.document["paths"]["/a"].get("parameters").is_none());
        assert_eq!(operation(&draft, "/a", "get")["parameters"][0]["name"], "page");
        assert_eq!(draft.notes.len(), 2);
    }

    #[test]
    fn lists_in_unsupported_forms_become_strings() {
        let ids = json!({"name": "ids", "in": "query", "explode": false, "schema": {"$ref": "#/components/schemas/Ids"}});
        let list = json!({"type": "array", "items": {"type": "string"}});
        let mut draft = draft(json!({
            "paths": {"/a/{path}": {"get": {"parameters": [
                {"$ref": "#/components/parameters/Ids"},
                {"name": "path", "in": "path", "schema": list},
                {"name": "many", "in": "query", "explode": true, "schema": list},
                {"name": "one", "in": "query", "explode": false, "schema": {"type": "string"}},
                {"name": "map", "in": "query", "explode": false, "schema": {"type": "object"}},
            ]}}},
            "components": {"parameters": {"Ids": ids}, "schemas": {"Ids": list}},
        }));
        fit_parameters_to_the_generator(&mut draft).unwrap();
        let parameters = &operation(&draft, "/a/{path}", "get")["parameters"];
        assert_eq!(
            (&parameters[0]["name"], &parameters[0]["schema"]),
            (&json!("ids"), &json!({"type": "string"}))
        );
        assert_eq!(parameters[1]["schema"], json!({"type": "string"}));
        assert_eq!(parameters[2]["schema"], list);
        assert_eq!(parameters[3]["schema"], json!({"type": "string"}));
        assert_eq!(parameters[4]["schema"], json!({"type": "string"}));
        let texts: Vec<&str> = draft.notes.iter().map(|note| note.text.as_str()).collect();
        assert!(texts[0].contains("`ids` is a list") && texts[2].contains("`map` is an object"));
        let places: Vec<&str> = draft.notes.iter().map(|note| note.pointer.as_str()).collect();
        assert_eq!(
            places,
            [0, 1, 4].map(|index| format!("/paths/~1a~1{{path}}/get/parameters/{index}"))
        );
    }

    #[test]
    fn headers_and_paths_support_only_strings() {
        let header = |schema: Value| json!({"name": "h", "in": "header", "schema": schema});
        let (number, text) = (json!({"type": "integer"}), json!({"type": "string"}));
        for (schema, after) in [
            (number.clone(), number.clone()),
            (json!({"oneOf": [text, number]}), json!({"oneOf": [text, number]})),
            (json!({"type": "string", "format": "password"}), text.clone()),
            (json!({"type": "string", "nullable": true}), text.clone()),
            (json!({"oneOf": [text, {"type": "array"}]}), text.clone()),
            (json!({}), text.clone()),
        ] {
            let mut draft =
                draft(json!({"paths": {"/a": {"get": {"parameters": [header(schema)]}}}}));
            fit_parameters_to_the_generator(&mut draft).unwrap();
            assert_eq!(operation(&draft, "/a", "get")["parameters"][0]["schema"], after);
        }
    }

    fn fitted(parameter: Value) -> Result<(Value, Vec<Note>), Error> {
        let mut draft = draft(json!({"paths": {"/a": {"get": {"parameters": [parameter]}}}}));
        fit_parameters_to_the_generator(&mut draft)?;
        Ok((operation(&draft, "/a", "get")["parameters"][0].clone(), draft.notes))
    }

    #[test]
    fn query_objects_keep_their_style() {
        let flat = json!({"name": "f", "in": "query", "schema": {"type": "object"}});
        assert_eq!(fitted(flat.clone()).unwrap(), (flat, vec![]));
        let deep = json!({"name": "f", "in": "query", "style": "deepObject", "schema": {}});
        assert_eq!(fitted(deep.clone()).unwrap(), (deep, vec![]));
    }

    #[test]
    fn unsupported_styles_become_strings() {
        let list = json!({"type": "array"});
        let cases = [
            ("query", json!({"style": "pipeDelimited", "schema": list}), "`pipeDelimited`"),
            ("path", json!({"style": "matrix", "schema": {"type": "string"}}), "`matrix`"),
            ("query", json!({"content": {"application/json": {}}}), "`application/json`"),
        ];
        for (place, mut parameter, form) in cases {
            parameter["name"] = json!("p");
            parameter["in"] = json!(place);
            let (after, notes) = fitted(parameter).unwrap();
            assert_eq!(after, json!({"name": "p", "in": place, "schema": {"type": "string"}}));
            assert!(notes[0].text.contains(form), "{}", notes[0].text);
        }
    }

    #[test]
    fn cookies_are_dropped_and_invalid_locations_rejected() {
        let cookie = json!({"name": "c", "in": "cookie", "required": true, "schema": {}});
        let (after, notes) = fitted(cookie).unwrap();
        assert!(after.is_null() && notes[0].text.contains("Cookie"), "{notes:?}");
        let refusal = fitted(json!({"name": "f", "in": "formData"})).unwrap_err().to_string();
        assert!(refusal.contains("/paths/~1a/get/parameters/0"), "{refusal}");
        let refusal = fitted(json!({"in": "query"})).unwrap_err().to_string();
        assert!(refusal.contains("/paths/~1a/get/parameters/0: the parameter has no `name`"));
    }
}
