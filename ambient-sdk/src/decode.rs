//! Decoding of the JSON in responses, and errors that do not contain its values.

mod place;

use std::{error::Error, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _},
};
use serde_json::{Value, error::Category};

use crate::PROPERTIES;

/// Parses a JSON body.
///
/// UTF-8 is validated once for the whole body. `from_slice` validates each string separately, which
/// takes an eighth of the total time for a long list.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        // Fails with the position of the invalid UTF-8.
        Err(_) => serde_json::from_slice(body),
    }
}

/// The response of an operation whose type depends on the status.
#[allow(dead_code)] // Generated code implements it if a document has such an operation.
pub(crate) trait Answer: Sized {
    /// Parses a body; returns `None` if the operation has no response with this status.
    fn read(status: u16, body: &[u8]) -> Option<Result<Self, serde_json::Error>>;
}

/// Deserializes a list or map, and `null` as an empty one, because servers in Go write an empty
/// list or map as `null`.
pub(crate) fn null_as_empty<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Deserializes a value whose tag is unknown.
///
/// # Errors
/// If the tag is missing or known: the value of a known tag that reaches this function does not
/// match its schema.
#[allow(dead_code)] // Generated code calls it if a document has tagged alternatives.
pub(crate) fn unknown_tag<'de, D: Deserializer<'de>>(
    deserializer: D,
    tag: &str,
    known: &[&str],
) -> Result<Value, D::Error> {
    let value = Value::deserialize(deserializer)?;
    match value.get(tag).and_then(Value::as_str) {
        Some(own) if !known.contains(&own) => Ok(value),
        _ => Err(D::Error::custom("the value does not match the schema of its tag")),
    }
}

/// A body that could not be decoded, with the problem and its position.
///
/// It contains names of properties in the document, but no other text of the body, which may be a
/// secret. The keys of a map are shown as `…`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError {
    /// The line, starting at 1.
    pub line: usize,
    /// The column in bytes, starting at 1.
    pub column: usize,
    /// The field, for example `items[3].phase`; `None` at the top level or if the body is not JSON.
    pub field: Option<String>,
    /// The problem, for example `invalid type: integer, expected a string`.
    pub problem: String,
}

impl DecodeError {
    pub(crate) fn new(body: &[u8], error: &serde_json::Error) -> Self {
        Self::naming(body, error, |name| PROPERTIES.binary_search(&name).is_ok())
    }

    /// Creates the error, which shows the keys that `is_name` accepts.
    fn naming(body: &[u8], error: &serde_json::Error, is_name: impl Fn(&str) -> bool) -> Self {
        let (line, column) = (error.line(), error.column());
        let (problem, field) = match error.classify() {
            _ if body.is_empty() => ("it is empty".to_owned(), None),
            Category::Data => (form(error), place::field(body, (line, column), is_name)),
            Category::Eof => ("incomplete JSON".to_owned(), None),
            Category::Syntax | Category::Io => ("invalid JSON".to_owned(), None),
        };
        Self { line, column, field, problem }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, field, problem } = self;
        f.write_str(problem)?;
        if let Some(field) = field {
            write!(f, " in `{field}`")?;
        }
        match line {
            0 => Ok(()),
            _ => write!(f, " at line {line}, column {column}"),
        }
    }
}

impl Error for DecodeError {}

/// Returns the kinds of the found and the expected value, without the found value.
///
/// serde_json writes a found value in quotes or backticks, after the name of its kind. The expected
/// type and a missing field are names from the document, not values.
fn form(error: &serde_json::Error) -> String {
    const FORM: &str = "JSON of an unexpected form";
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    if text.starts_with("missing field ") {
        return format!("{FORM} ({text})");
    }
    let known = ["invalid type: ", "invalid value: ", "invalid length "];
    let is_known = known.iter().any(|start| text.starts_with(start));
    match text.rsplit_once(", expected ") {
        Some((found, expected)) if is_known => {
            let kind = found.split(['"', '`']).next().unwrap_or_default().trim_end();
            format!("{FORM} ({kind}, expected {expected})")
        }
        _ => FORM.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct List {
        items: Vec<Item>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Item {
        id: String,
        size: Option<u8>,
        kind: Option<Kind>,
        pair: Option<(u8, u8)>,
    }

    #[derive(Debug, Deserialize)]
    enum Kind {
        Wood,
    }

    fn text(body: &str) -> String {
        let error = json::<List>(body.as_bytes()).unwrap_err();
        let is_name = |name: &str| name != "hush hush";
        DecodeError::naming(body.as_bytes(), &error, is_name).to_string()
    }

    #[test]
    fn problems_have_field_and_position() {
        for (body, expected) in [
            ("", "it is empty at line 1, column 0"),
            ("<html>", "invalid JSON at line 1, column 1"),
            (r#"{"items": ["#, "incomplete JSON at line 1, column 11"),
            (
                r#"{"items": [{"id": 7}]}"#,
                "JSON of an unexpected form (invalid type: integer, expected a string) in \
                 `items[0].id` at line 1, column 19",
            ),
            (
                "{\"items\": [{\"id\": \"a\"},\n {\"size\": 1}]}",
                "JSON of an unexpected form (missing field `id`) in `items[1]` at line 2, column 12",
            ),
        ] {
            assert_eq!(text(body), expected, "{body}");
        }
    }

    #[test]
    fn only_a_value_with_an_unknown_tag_is_kept() {
        let read = |body: &str| {
            let mut deserializer = serde_json::Deserializer::from_str(body);
            unknown_tag(&mut deserializer, "kind", &["wood"])
        };
        assert_eq!(read(r#"{"kind": "glass"}"#).unwrap()["kind"], "glass");
        for body in [r#"{"kind": "wood"}"#, "{}", r#"{"kind": 1}"#, "[]"] {
            assert!(read(body).is_err(), "{body}");
        }
    }

    #[test]
    fn no_value_of_the_body_is_repeated() {
        for item in [
            r#"{"id": "a", "size": "hush"}"#,
            r#"{"id": "a", "size": 4711}"#,
            r#"{"id": "a", "size": "hush, expected hush"}"#,
            r#"{"id": "a", "kind": "hush"}"#,
            r#"{"id": "a", "kind": {"hush hush": 1}}"#,
            r#"{"id": true}"#,
            r#"{"id": 4711.5}"#,
            r#"{"id": {"size": "hush"}}"#,
            r#"{"id": "a", "pair": [1]}"#,
        ] {
            let text = text(&format!(r#"{{"items": [{item}]}}"#));
            let is_shown = ["hush", "4711", "true"].iter().any(|value| text.contains(value));
            assert!(text.contains("unexpected form") && !is_shown, "{text}");
        }
    }
}
