//! Points in time as servers send them: usually RFC 3339, sometimes empty, never a reason to
//! fail a whole response.

use std::{fmt, time::SystemTime};

use serde::{Deserialize, Deserializer, Serialize};

use crate::text::TextVisitor;

/// A point in time, kept as the text that was sent and read when asked.
///
/// ```
/// use ambient_sdk::Timestamp;
///
/// let created: Timestamp = serde_json::from_str("\"2026-01-01T00:00:00Z\"")?;
/// assert!(created.to_system_time().is_some());
///
/// let unreadable: Timestamp = serde_json::from_str("\"\"")?;
/// assert_eq!(unreadable.to_system_time(), None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// The text as it was sent; empty when the server sent none.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The point in time, or `None` when the text is empty or not RFC 3339.
    #[must_use]
    pub fn to_system_time(&self) -> Option<SystemTime> {
        self.0.parse::<jiff::Timestamp>().ok().map(SystemTime::from)
    }
}

impl From<SystemTime> for Timestamp {
    /// RFC 3339 in UTC; empty for a time outside the years -9999 to 9999.
    fn from(time: SystemTime) -> Self {
        jiff::Timestamp::try_from(time).map(|time| Self(time.to_string())).unwrap_or_default()
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Timestamp {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(Self)
    }
}

#[cfg(feature = "schemars")]
crate::open_enum::text_schema!(Timestamp);

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn reads_what_servers_send() {
        let at = |text: &str| Timestamp::from(text).to_system_time();
        let noon = UNIX_EPOCH + Duration::from_secs(12 * 3600);
        assert_eq!(at("1970-01-01T12:00:00Z"), Some(noon));
        assert_eq!(at("1970-01-01T14:00:00+02:00"), Some(noon));
        assert_eq!(at("1970-01-01T12:00:00.5Z"), Some(noon + Duration::from_millis(500)));
        assert_eq!(at(""), None);
        assert_eq!(at("yesterday"), None);
    }

    #[test]
    fn a_time_of_the_wrong_kind_fails_nothing() {
        for text in ["null", "0", "[]", "{\"seconds\":1}"] {
            assert_eq!(serde_json::from_str::<Timestamp>(text).unwrap().to_system_time(), None);
        }
    }

    #[test]
    fn a_system_time_makes_the_way_there_and_back() {
        let time = UNIX_EPOCH + Duration::from_millis(1_767_225_600_123);
        assert_eq!(Timestamp::from(time).to_system_time(), Some(time));
    }
}
