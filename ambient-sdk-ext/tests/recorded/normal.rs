//! Replaces values that change between runs, so that responses can be compared.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

use crate::scenario::Variables;

/// The patterns and their placeholders in a recording, in the order in which they are replaced.
static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let patterns = [
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", "<time>"),
        (r"\b[0-9A-Za-z]{27}\b", "<ksuid>"),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<uuid>"),
        (r#""seq":\d+"#, r#""seq":<seq>"#),
        (r"(?m)^id: \d+$", "id: <seq>"),
        (r"\bsession-1\d{18}\b", "session-<nanos>"),
        (r"^([\w-]+)-1[6-9]\d{8}$", "$1-<unix>"),
    ];
    let compile = |(pattern, stand_in)| (Regex::new(pattern).unwrap(), stand_in);
    patterns.map(compile).into()
});

/// Replaces the values that change between runs. Saved values become the names of their variables.
pub(crate) fn normal(value: Value, variables: &Variables) -> Value {
    match value {
        Value::String(text) => Value::String(normal_text(&text, variables)),
        Value::Array(items) => items.into_iter().map(|item| normal(item, variables)).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(key, value)| {
                let is_seq = key == "seq" && value.is_i64();
                let value = if is_seq { "<seq>".into() } else { normal(value, variables) };
                (key, value)
            });
            Value::Object(fields.collect())
        }
        other => other,
    }
}

fn normal_text(text: &str, variables: &Variables) -> String {
    let text = without_variables(text, variables);
    let text = without_decoder(text);
    PATTERNS.iter().fold(text, |text, (pattern, stand_in)| {
        let replaced = pattern.replace_all(&text, |captures: &Captures<'_>| {
            let mut expanded = String::new();
            captures.expand(stand_in, &mut expanded);
            expanded
        });
        replaced.into_owned()
    })
}

/// Replaces saved values by their variables. Longer values come first, because one may contain
/// another. Short values are not replaced, because they could be part of other words.
fn without_variables(text: &str, variables: &Variables) -> String {
    let texts = variables.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
    let mut known: Vec<_> = texts.filter(|(_, text)| text.len() >= 4).collect();
    known.sort_by_key(|(_, text)| std::cmp::Reverse(text.len()));
    known.into_iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(value, &format!("{{{{{name}}}}}"))
    })
}

/// Replaces the message of the server's JSON decoder, except for messages that don't depend on the
/// decoder.
fn without_decoder(text: String) -> String {
    let prefix = "Invalid request format: ";
    let ours = ["no value given", "json: unknown field"];
    match text.strip_prefix(prefix) {
        Some(rest) if !ours.iter().any(|own| rest.starts_with(own)) => {
            format!("{prefix}<decoder>")
        }
        _ => text,
    }
}
