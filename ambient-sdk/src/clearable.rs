//! A value that an update sets or clears; `null` in the request clears it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text to set, or `null` to clear it. An update that leaves the value unchanged omits the field.
///
/// ```
/// use ambient_sdk::Clearable;
///
/// assert_eq!(serde_json::to_string(&Clearable::from("user-1"))?, r#""user-1""#);
/// assert_eq!(serde_json::to_string(&Clearable::Clear)?, "null");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Clearable {
    /// Clears the value.
    #[default]
    Clear,
    /// Sets the value.
    Set(String),
}

impl From<&str> for Clearable {
    fn from(text: &str) -> Self {
        Self::Set(text.to_owned())
    }
}

impl From<String> for Clearable {
    fn from(text: String) -> Self {
        Self::Set(text)
    }
}

impl From<Option<String>> for Clearable {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Clear, Self::Set)
    }
}

impl From<Clearable> for Option<String> {
    fn from(value: Clearable) -> Self {
        match value {
            Clearable::Clear => None,
            Clearable::Set(text) => Some(text),
        }
    }
}

impl fmt::Display for Clearable {
    /// Writes the text to set, or `null` for [`Clear`](Self::Clear).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clear => f.pad("null"),
            Self::Set(text) => f.pad(text),
        }
    }
}

impl Serialize for Clearable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Clear => serializer.serialize_none(),
            Self::Set(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Clearable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<String>::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Clearable {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Clearable".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": ["string", "null"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_and_text_survive_a_round_trip() {
        for text in ["null", r#""x""#, r#""""#] {
            let value: Clearable = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
            assert_eq!(Clearable::from(Option::from(value.clone())), value);
        }
    }
}
