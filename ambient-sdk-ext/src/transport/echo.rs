//! Redaction of sent data in errors.
//!
//! Error responses can repeat rejected values: a credential, the environment of a session, a
//! prompt. The texts of a request body are therefore removed from errors, except names and ids,
//! which are needed to understand the failure.

use std::sync::Arc;

use ambient_sdk::{ErrorBody, Excerpt, FailedResponse};
use http::HeaderValue;
use serde_json::Value;

use crate::token::{REDACTED, Tokens};

/// The minimum length of a text that is redacted; shorter texts are words, not secrets.
const SHORTEST: usize = 8;
/// The maximum size of a request body for which an excerpt of an undecodable response may be shown,
/// in bytes.
pub(super) const MOST_SHOWN: usize = 64 * 1024;
/// The maximum number of texts to redact, longest first; each requires a pass over the response.
const MOST_TEXTS: usize = 100;
/// Keys whose values are not secrets, in addition to those that end with `_id` or `_name`.
const PLAIN: [&str; 10] =
    ["id", "name", "kind", "scope", "provider", "phase", "model", "branch", "schedule", "timezone"];

/// The texts of a request body.
pub(super) struct Echo(Vec<String>);

impl Echo {
    pub(super) fn of(body: &[u8]) -> Self {
        let mut texts = Vec::new();
        match serde_json::from_slice(body) {
            Ok(json) => collect(&json, &mut texts),
            Err(_) => add(&String::from_utf8_lossy(body), &mut texts),
        }
        // A text is searched for before the texts that it contains.
        texts.sort_unstable_by_key(|text| std::cmp::Reverse(text.len()));
        texts.dedup();
        texts.truncate(MOST_TEXTS);
        Self(texts)
    }

    /// Returns `text` with all sent texts and halves of them redacted; `None` if it contains none.
    fn redact(&self, text: &str) -> Option<String> {
        self.0.iter().fold(None, |redacted: Option<String>, sent| {
            without(redacted.as_deref().unwrap_or(text), sent).or(redacted)
        })
    }

    /// Removes sent texts from a failure.
    pub(super) fn scrub(&self, failed: &mut FailedResponse) {
        let ErrorBody { reason, message, code, id, operation_id, body, .. } = &mut failed.body;
        let texts = [reason, message, code, id, operation_id];
        for text in texts.into_iter().flatten().chain([body]) {
            if let Some(redacted) = self.redact(text) {
                *text = redacted;
            }
        }
        for value in failed.headers.values_mut().filter(|value| self.is_in(value)) {
            *value = HeaderValue::from_static(REDACTED);
        }
    }

    fn is_in(&self, value: &HeaderValue) -> bool {
        self.redact(&String::from_utf8_lossy(value.as_bytes())).is_some()
    }
}

/// The redaction of the response to a request with a body.
pub(super) struct Shown {
    pub(super) tokens: Arc<Tokens>,
    pub(super) body: Vec<u8>,
}

impl Excerpt for Shown {
    fn excerpt(&self, body: &[u8]) -> String {
        let excerpt = self.tokens.excerpt(body);
        Echo::of(&self.body).redact(&excerpt).unwrap_or(excerpt)
    }

    fn hides(&self, value: &HeaderValue) -> bool {
        self.tokens.hides(value) || Echo::of(&self.body).is_in(value)
    }
}

/// Returns `text` without `sent`, and without any part that equals at least the first half of it.
fn without(text: &str, sent: &str) -> Option<String> {
    let half = SHORTEST.max(sent.len() / 2);
    let half = (half..=sent.len()).find(|end| sent.is_char_boundary(*end))?;
    let (mut kept, mut rest) = (String::new(), text);
    while let Some(begin) = rest.find(&sent[..half]) {
        let same = rest[begin..].chars().zip(sent.chars()).take_while(|(one, other)| one == other);
        let length: usize = same.map(|(c, _)| c.len_utf8()).sum();
        kept.push_str(&rest[..begin]);
        kept.push_str(REDACTED);
        rest = &rest[begin + length..];
    }
    (rest.len() < text.len()).then(|| kept + rest)
}

fn collect(json: &Value, texts: &mut Vec<String>) {
    match json {
        Value::String(text) => add(text, texts),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(fields) => {
            let plain =
                |key: &str| PLAIN.contains(&key) || key.ends_with("_id") || key.ends_with("_name");
            fields
                .iter()
                .filter(|(key, value)| !value.is_string() || !plain(key))
                .for_each(|(_, value)| collect(value, texts));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Adds a text, its JSON-escaped form and, if it is JSON itself, the texts in it.
fn add(text: &str, texts: &mut Vec<String>) {
    if let Ok(json @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
        collect(&json, texts);
    }
    if text.len() < SHORTEST {
        return;
    }
    let escaped = serde_json::to_string(text).unwrap_or_default();
    let escaped = escaped.trim_matches('"');
    if escaped != text {
        texts.push(escaped.to_owned());
    }
    texts.push(text.to_owned());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn redacted(body: Value, text: &str) -> Option<String> {
        Echo::of(body.to_string().as_bytes()).redact(text)
    }

    #[test]
    fn sent_texts_are_redacted_whole_or_in_part() {
        let body = json!({ "name": "my-credential", "token": "hush-hush-hush", "n": 12345678 });
        let text = "my-credential: hush-hush-hush is no token, hush-hus… neither, 12345678";
        assert_eq!(
            redacted(body.clone(), text).unwrap(),
            "my-credential: [redacted] is no token, [redacted]… neither, 12345678"
        );
        assert_eq!(redacted(body.clone(), "hush-"), None);
        assert_eq!(redacted(body, "my-credential exists"), None);
    }

    #[test]
    fn nested_json_and_escapes_are_redacted() {
        let variables = json!({ "A": "hush \"quoted\" hush", "B": ["short", "é-hush-hush"] });
        let body = json!({ "environment_variables": variables.to_string() });
        let echo = |text: &str| redacted(body.clone(), text);
        assert_eq!(echo("A=hush \"quoted\" hush").unwrap(), "A=[redacted]");
        assert_eq!(echo(r#"{"A":"hush \"quoted\" hush"}"#).unwrap(), r#"{"A":"[redacted]"}"#);
        assert_eq!(echo("B: é-hush-hush!").unwrap(), "B: [redacted]!");
        assert_eq!(echo("short"), None);
        assert!(!echo(&body.to_string()).unwrap().contains("hush"));
    }

    #[test]
    fn a_body_that_is_not_json_is_one_text() {
        assert_eq!(Echo::of(b"hush-hush").redact("no hush-hush").unwrap(), "no [redacted]");
        assert_eq!(Echo::of(b"").redact("text"), None);
    }
}
