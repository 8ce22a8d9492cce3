//! Parameters that every request carries anyway are dropped, and those that the generator cannot
//! write are refused with their place.
//!
//! The project header belongs to the transport: as a parameter it would have to be repeated on every call.

use serde_json::Value;

use super::tree::refuse;
use super::{Draft, Error};
use crate::grammar::{Kind, is_method, reference};
use crate::pointer;

/// Headers that the transport sends; OpenAPI itself ignores the last three.
const CARRIED: [&str; 4] = ["x-ambient-project", "authorization", "accept", "content-type"];

pub(super) fn drop_what_every_request_carries_anyway(draft: &mut Draft) -> Result<(), Error> {
    let shared = draft.document.pointer("/components/parameters").cloned().unwrap_or_default();
    let mut dropped = Vec::new();
    let paths = draft.document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        let at = pointer::join("/paths", path);
        clean(item, &shared, &at, &mut dropped)?;
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if is_method(method) {
                clean(operation, &shared, &pointer::join(&at, method), &mut dropped)?;
            }
        }
    }
    for (at, name) in dropped {
        draft.note(at, format!("the parameter `{name}` is left to the transport"));
    }
    Ok(())
}

fn clean(
    holder: &mut Value,
    shared: &Value,
    at: &str,
    dropped: &mut Vec<(String, String)>,
) -> Result<(), Error> {
    let Some(list) = holder.get_mut("parameters").and_then(Value::as_array_mut) else {
        return Ok(());
    };
    let mut kept = Vec::with_capacity(list.len());
    for (index, parameter) in std::mem::take(list).into_iter().enumerate() {
        let at = format!("{at}/parameters/{index}");
        let content = match reference(&parameter) {
            Some(to) => shared_parameter(shared, to)
                .ok_or_else(|| refuse(&at, format!("the reference `{to}` leads nowhere")))?,
            None => &parameter,
        };
        let name = text(content, "name");
        match text(content, "in") {
            "header" if CARRIED.contains(&name.to_ascii_lowercase().as_str()) => {
                dropped.push((at, name.to_owned()));
                continue;
            }
            "cookie" => {
                return Err(refuse(
                    at,
                    format!("the cookie parameter `{name}` cannot be generated"),
                )
                .mend("remove it in the overlay"));
            }
            place => writable(content, place, &at)?,
        }
        kept.push(parameter);
    }
    match holder.as_object_mut() {
        Some(holder) if kept.is_empty() => drop(holder.shift_remove("parameters")),
        Some(holder) => drop(holder.insert("parameters".to_owned(), Value::Array(kept))),
        None => {}
    }
    Ok(())
}

/// The generator writes parameters in the default style of their place only, from a schema only.
fn writable(parameter: &Value, place: &str, at: &str) -> Result<(), Error> {
    let name = text(parameter, "name");
    let default = if place == "query" { "form" } else { "simple" };
    let style = parameter.get("style").and_then(Value::as_str).unwrap_or(default);
    if style != default {
        return Err(refuse(at, format!("the parameter `{name}` has the style `{style}`"))
            .mend(format!("only `{default}` can be generated: change it in the overlay")));
    }
    if parameter.get("schema").is_none() {
        return Err(refuse(at, format!("the parameter `{name}` has no schema"))
            .mend("give it one in the overlay"));
    }
    Ok(())
}

fn shared_parameter<'a>(shared: &'a Value, to: &str) -> Option<&'a Value> {
    let section = Kind::Parameter.section()?;
    let name = to.strip_prefix("#/components/")?.strip_prefix(section)?.strip_prefix('/')?;
    shared.get(pointer::unescape(name))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{draft, operation};
    use super::*;

    #[test]
    fn the_project_header_is_dropped_in_any_case_also_when_shared() {
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
        drop_what_every_request_carries_anyway(&mut draft).unwrap();
        assert!(draft.document["paths"]["/a"].get("parameters").is_none());
        assert_eq!(operation(&draft, "/a", "get")["parameters"][0]["name"], "page");
        assert_eq!(draft.notes.len(), 2);
    }

    #[test]
    fn what_cannot_be_generated_is_refused_with_its_place() {
        let refusal = |parameter: Value| {
            let paths = json!({"paths": {"/a": {"get": {"parameters": [parameter]}}}});
            drop_what_every_request_carries_anyway(&mut draft(paths)).unwrap_err().to_string()
        };
        let cookie = refusal(json!({"name": "c", "in": "cookie", "schema": {}}));
        assert!(cookie.contains("/paths/~1a/get/parameters/0"), "{cookie}");
        let deep = json!({"name": "f", "in": "query", "style": "deepObject", "schema": {}});
        assert!(refusal(deep).contains("deepObject"));
        assert!(refusal(json!({"name": "f", "in": "query", "content": {}})).contains("no schema"));
    }
}
