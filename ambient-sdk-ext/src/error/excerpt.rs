//! The excerpt of a response that could not be decoded.

use ambient_sdk::Excerpt;
use http::HeaderValue;

use crate::token::{self, REDACTED, Tokens};

/// The maximum length of the excerpt, in characters.
const EXCERPT: usize = 200;
/// Words that may be followed by a secret, in lowercase.
const SECRETIVE: [&str; 5] = ["token", "authorization", "bearer", "password", "secret"];

impl Excerpt for Tokens {
    /// Returns the beginning of a body without tokens, or a note in its place if it may contain a
    /// secret. Returns an empty text for JSON: it is a response of the server, whose values can be
    /// secrets, and the error states the field. Other text is usually the page of a proxy.
    fn excerpt(&self, body: &[u8]) -> String {
        if is_like_json(body) {
            return String::new();
        }
        let enough = body.len().min(4 * EXCERPT + self.longest());
        let text = String::from_utf8_lossy(&body[..enough]);
        let text = self.redact(&text, enough < body.len()).unwrap_or_else(|| text.into_owned());
        match may_contain_secret(&text) {
            true => REDACTED.to_owned(),
            false => text.chars().take(EXCERPT).collect(),
        }
    }

    fn hides(&self, value: &HeaderValue) -> bool {
        self.redact(&String::from_utf8_lossy(value.as_bytes()), false).is_some()
    }
}

fn is_like_json(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'[' | b'"'))
}

fn may_contain_secret(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    SECRETIVE.iter().any(|word| lower.contains(word)) || token::looks_like_one(text)
}
