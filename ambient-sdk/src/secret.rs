//! Values that must not show: credentials in requests and responses.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Text that is sent and received but never shown, and cleared from memory when dropped.
///
/// ```
/// use ambient_sdk::Secret;
///
/// let token = Secret::from("ghp_0123456789");
/// assert_eq!(format!("{token:?}"), "[redacted]");
/// assert_eq!(token.expose(), "ghp_0123456789");
/// ```
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text itself; take care where it goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Secret {
    /// Compares every byte, wherever the first difference is; only the length can be told by time.
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (self.0.as_bytes(), other.0.as_bytes());
        a.len() == b.len() && a.iter().zip(b).fold(0, |seen, (a, b)| seen | (a ^ b)) == 0
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
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

#[cfg(feature = "schemars")]
crate::open_enum::text_schema!(Secret);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_sent_but_not_shown() {
        let secret: Secret = serde_json::from_str(r#""hush""#).unwrap();
        assert_eq!(serde_json::to_string(&secret).unwrap(), r#""hush""#);
        assert!(!format!("{secret:#?}").contains("hush"));
        assert_eq!(secret, "hush".into());
        assert_ne!(secret, "hash".into());
    }
}
