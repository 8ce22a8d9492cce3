//! Ensures that each path parameter is declared exactly once, and that no other is declared.
//!
//! The generator rejects missing and extra parameters. The client rejects invalid header names.

use std::collections::HashSet;

use serde_json::Value;

use super::tree::{Object, reject};
use super::{Draft, Error};
use crate::grammar::{is_method, reference};
use crate::pointer;

pub(super) fn match_path_parameters(draft: &mut Draft) -> Result<(), Error> {
    let mut notes = Vec::new();
    let parameters = draft.document.pointer("/components/parameters").cloned().unwrap_or_default();
    let paths = draft.document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten().filter(|(path, _)| !path.starts_with("x-")) {
        let at = pointer::join("/paths", path);
        // The generator ignores such a path with all its operations.
        if !path.starts_with('/') {
            return Err(reject(at, format!("the path `{path}` does not begin with `/`"))
                .with_help("correct it in the canonical document, or rename it in the overlay"));
        }
        let Some(item) = item.as_object_mut() else { continue };
        let matching = Matching { path, parameters: &parameters };
        let shared = matching.keep_declared(item, &at, &mut notes)?;
        for (method, operation) in item.iter_mut().filter(|(key, _)| is_method(key)) {
            let Some(operation) = operation.as_object_mut() else { continue };
            let at = pointer::join(&at, method);
            let own = matching.keep_declared(operation, &at, &mut notes)?;
            matching.reject_missing(shared.iter().chain(&own), &at)?;
        }
    }
    draft.note_all(notes);
    Ok(())
}

struct Matching<'a> {
    path: &'a str,
    /// The shared parameters of the document.
    parameters: &'a Value,
}

impl Matching<'_> {
    /// Removes parameters that are not in the path and duplicates. Returns the names of the remaining
    /// path parameters.
    fn keep_declared(
        &self,
        holder: &mut Object,
        at: &str,
        notes: &mut Vec<(String, String)>,
    ) -> Result<Vec<String>, Error> {
        let Some(list) = holder.get_mut("parameters").and_then(Value::as_array_mut) else {
            return Ok(Vec::new());
        };
        let (mut seen, mut names) = (HashSet::new(), Vec::new());
        let mut kept = Vec::with_capacity(list.len());
        for (index, parameter) in std::mem::take(list).into_iter().enumerate() {
            let at = format!("{at}/parameters/{index}");
            let (place, name) = self.identity(&parameter);
            let is_new = seen.insert((place.clone(), name.clone()));
            let has_place = place != "path" || self.path.contains(&format!("{{{name}}}"));
            if !is_new || !has_place {
                let why = if is_new { "it is not in the path" } else { "it is declared twice" };
                notes.push((at, format!("the parameter `{name}` is left out: {why}")));
                continue;
            }
            if place == "header" && !is_header(&name) {
                return Err(reject(at, format!("`{name}` is not a valid header name")).with_help(
                    "correct it in the canonical document, or remove it in the overlay",
                ));
            }
            if place == "path" {
                names.push(name);
            }
            kept.push(parameter);
        }
        *list = kept;
        Ok(names)
    }

    fn identity(&self, parameter: &Value) -> (String, String) {
        let shared = reference(parameter).and_then(|to| {
            let name = to.strip_prefix("#/components/parameters/")?;
            self.parameters.get(pointer::unescape(name))
        });
        let text = |key| {
            let value = shared.unwrap_or(parameter).get(key).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        (text("in"), text("name"))
    }

    fn reject_missing<'n>(
        &self,
        declared: impl Iterator<Item = &'n String>,
        at: &str,
    ) -> Result<(), Error> {
        let declared: HashSet<&str> = declared.map(String::as_str).collect();
        let pieces = self.path.split('{').skip(1).filter_map(|piece| piece.split_once('}'));
        match pieces.map(|(name, _)| name).find(|name| !declared.contains(name)) {
            None => Ok(()),
            Some(name) => {
                Err(reject(at, format!("the path has a parameter `{name}` that is not declared"))
                    .with_help(
                        "declare it, with `in: path`, in the canonical document or in the overlay",
                    ))
            }
        }
    }
}

/// Returns whether a text is a valid header name (RFC 9110, 5.6.2).
fn is_header(name: &str) -> bool {
    let is_sign = |byte: u8| b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || is_sign(byte))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{draft, operation};
    use super::*;

    fn matched(path: &str, parameters: Value) -> Result<Draft, Error> {
        let id = json!({"name": "id", "in": "path", "required": true, "schema": {}});
        let mut draft = draft(json!({
            "paths": { path: {"get": { "parameters": parameters }} },
            "components": {"parameters": {"Id": id}},
        }));
        match_path_parameters(&mut draft)?;
        Ok(draft)
    }

    #[test]
    fn a_path_without_a_leading_slash_is_rejected() {
        for path in ["a/{id}", "", "https://example.com/a"] {
            let error = matched(path, json!([])).unwrap_err().to_string();
            assert!(error.contains("does not begin with `/`"), "{error}");
        }
        assert!(matched("x-note", json!([])).is_ok());
    }

    #[test]
    fn undeclared_path_parameters_are_rejected_with_their_place() {
        let error = matched("/a/{id}", json!([])).unwrap_err().to_string();
        assert!(error.contains("#/paths/~1a~1{id}/get") && error.contains("`id`"), "{error}");
        assert!(matched("/a/{id}", json!([{"$ref": "#/components/parameters/Id"}])).is_ok());
    }

    #[test]
    fn extra_and_duplicate_parameters_are_omitted_and_noted() {
        let page = json!({"name": "page", "in": "query", "schema": {}});
        let id = json!({"$ref": "#/components/parameters/Id"});
        let draft = matched("/a", json!([page, id, page])).unwrap();
        assert_eq!(operation(&draft, "/a", "get")["parameters"], json!([page]));
        assert_eq!(draft.notes.len(), 2);
    }

    #[test]
    fn invalid_header_names_are_rejected() {
        let error =
            matched("/a", json!([{"name": "a b", "in": "header"}])).unwrap_err().to_string();
        assert!(error.contains("/get/parameters/0"), "{error}");
    }
}
