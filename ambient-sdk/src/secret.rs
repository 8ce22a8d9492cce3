//! Values that must not be shown: credentials in requests and responses.

use std::{cell::Cell, convert::Infallible, fmt, str::FromStr};

use serde::{Deserialize, Serialize, Serializer, ser::Error as _};
use zeroize::Zeroizing;

/// The text that replaces a secret in output.
const REDACTED: &str = "[redacted]";

thread_local! {
    /// Whether secrets are serialized unredacted; `true` while `Secret::exposed` runs.
    static EXPOSED: Cell<bool> = const { Cell::new(false) };
}

/// Text that is sent and received but never shown, and that is cleared from memory when dropped.
///
/// ```
/// use ambient_sdk::Secret;
///
/// let token = Secret::from("ghp_0123456789");
/// assert_eq!(format!("{token:?}"), "[redacted]");
/// assert_eq!(token.expose(), "ghp_0123456789");
/// ```
///
/// # As JSON
/// A secret is serialized as `[redacted]`, so that a model can be logged, stored or shown as JSON
/// without its secrets. Request bodies contain the actual text, and so does JSON written inside
/// [`exposed`](Self::exposed):
///
/// ```
/// use ambient_sdk::Secret;
///
/// let token = Secret::from("ghp_0123456789");
/// assert_eq!(serde_json::to_string(&token)?, r#""[redacted]""#);
/// assert_eq!(Secret::exposed(|| serde_json::to_string(&token))?, r#""ghp_0123456789""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// A secret that is deserialized from its redacted form has the text `[redacted]`. A request that
/// contains one fails before it is sent, so that the secret on the server is never replaced with
/// this text.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Returns the actual text. Make sure that it is not logged or shown.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Runs `write`, and serializes secrets on this thread unredacted while it runs.
    ///
    /// Serializing a secret with the text `[redacted]` fails inside `write`.
    pub fn exposed<T>(write: impl FnOnce() -> T) -> T {
        let _before = Before(EXPOSED.replace(true));
        write()
    }
}

/// Restores the previous setting, even after a panic.
struct Before(bool);

impl Drop for Before {
    fn drop(&mut self) {
        EXPOSED.set(self.0);
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (EXPOSED.get(), self.expose()) {
            (false, _) => serializer.serialize_str(REDACTED),
            (true, REDACTED) => Err(S::Error::custom(
                "a secret has the text [redacted] of its redacted form: set it again",
            )),
            (true, text) => serializer.serialize_str(text),
        }
    }
}

impl PartialEq for Secret {
    /// Compares all bytes, regardless of the first difference, so that the time of a comparison
    /// reveals only the length.
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (self.0.as_bytes(), other.0.as_bytes());
        a.len() == b.len() && a.iter().zip(b).fold(0, |seen, (a, b)| seen | (a ^ b)) == 0
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

#[cfg(feature = "schemars")]
crate::open_enum::text_schema!(Secret);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_sent_but_not_shown() {
        let secret: Secret = serde_json::from_str(r#""hush""#).unwrap();
        let sent = Secret::exposed(|| serde_json::to_string(&secret).unwrap());
        assert_eq!(sent, r#""hush""#);
        assert_eq!(serde_json::to_string(&secret).unwrap(), r#""[redacted]""#);
        assert!(!format!("{secret:#?}").contains("hush"));
        assert_eq!(secret, "hush".into());
        assert_ne!(secret, "hash".into());
    }
    #[test]
    fn a_redacted_secret_is_not_sent() {
        let shown = serde_json::to_string(&Secret::from("hush")).unwrap();
        let read: Secret = serde_json::from_str(&shown).unwrap();
        let error = Secret::exposed(|| serde_json::to_string(&read)).unwrap_err();
        assert!(error.to_string().contains("set it again"), "{error}");
    }

    #[test]
    fn secrets_are_exposed_only_during_the_closure() {
        let secret = Secret::from("hush");
        let shown = || serde_json::to_string(&secret).unwrap();
        Secret::exposed(|| {
            assert_eq!(Secret::exposed(shown), r#""hush""#);
            assert_eq!(shown(), r#""hush""#);
            let elsewhere = std::thread::scope(|scope| scope.spawn(shown).join().unwrap());
            assert_eq!(elsewhere, r#""[redacted]""#);
        });
        let panicked = std::panic::catch_unwind(|| Secret::exposed(|| panic!("while writing")));
        assert!(panicked.is_err());
        assert_eq!(shown(), r#""[redacted]""#);
    }
}
