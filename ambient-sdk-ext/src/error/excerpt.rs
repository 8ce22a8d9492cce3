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
    /// secret.
    fn excerpt(&self, body: &[u8]) -> String {
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

fn may_contain_secret(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    SECRETIVE.iter().any(|word| lower.contains(word)) || token::looks_like_one(text)
}
