//! JSON inside a string, which the API server uses for labels, repositories and conditions.

use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, IgnoredAny},
};

use crate::text::TextVisitor;

/// A string that contains JSON, as the API server sends and expects it in some string fields.
///
/// Invalid JSON does not fail the response; the text is kept unchanged.
///
/// ```
/// use std::collections::BTreeMap;
/// use ambient_sdk::JsonText;
///
/// let labels = JsonText::from_value(&BTreeMap::from([("team", "core")]))?;
/// assert_eq!(labels.as_str(), r#"{"team":"core"}"#);
/// let back: BTreeMap<String, String> = labels.parse()?;
/// assert_eq!(back["team"], "core");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct JsonText(String);

impl JsonText {
    /// Serializes `value` to JSON text.
    ///
    /// # Errors
    /// If `value` has no JSON form, for example a map whose keys are not strings.
    pub fn from_value<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(Self)
    }

    /// Parses the text.
    ///
    /// # Errors
    /// If the text is not JSON (for example empty), or does not match `T`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }

    /// Returns the text as received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the text is empty or contains only white space.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl From<&str> for JsonText {
    /// Wraps the text without checking it.
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for JsonText {
    /// Wraps the text without checking it.
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl FromStr for JsonText {
    type Err = serde_json::Error;

    /// Wraps the text unchanged; fails if it is not JSON.
    fn from_str(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<IgnoredAny>(text)?;
        Ok(text.into())
    }
}

impl AsRef<str> for JsonText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<JsonText> for String {
    fn from(text: JsonText) -> Self {
        text.0
    }
}

impl fmt::Display for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(Self)
    }
}

#[cfg(feature = "schemars")]
crate::open_enum::text_schema!(JsonText);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_not_json_is_kept() {
        let text: JsonText = serde_json::from_str(r#""key=value""#).unwrap();
        assert_eq!(text.as_str(), "key=value");
        assert!(text.parse::<serde_json::Value>().is_err());
    }

    #[test]
    fn json_outside_a_string_is_accepted() {
        let text: JsonText = serde_json::from_str(r#"{"a":[1,2]}"#).unwrap();
        assert_eq!(text.as_str(), r#"{"a":[1,2]}"#);
    }
    #[test]
    fn only_json_is_parsed_from_text() {
        let text: JsonText = r#" {"b": 1, "a": 2} "#.parse().unwrap();
        assert_eq!(String::from(text), r#" {"b": 1, "a": 2} "#);
        for text in ["", "key=value", "{} {}"] {
            assert!(text.parse::<JsonText>().is_err(), "{text}");
        }
    }
}
