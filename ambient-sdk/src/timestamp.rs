//! Points in time as servers send them: usually RFC 3339, sometimes empty. An invalid time never
//! fails a whole response.

#[cfg(feature = "chrono")]
mod with_chrono;
#[cfg(feature = "jiff")]
mod with_jiff;

use std::{cmp::Ordering, fmt, str::FromStr, time::SystemTime};

use serde::{Deserialize, Deserializer, Serialize};

use crate::text::TextVisitor;

/// A point in time, stored as the text that the server sent and parsed on access.
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
///
/// # Order and equality
/// Timestamps are ordered by time. Invalid ones come before all valid ones. Two texts for the same
/// point in time are ordered as strings, so that the order agrees with `==`, which compares the
/// texts. Each comparison parses both texts; to sort many timestamps, use
/// [`sort_by_cached_key`](slice::sort_by_cached_key).
///
/// ```
/// use ambient_sdk::Timestamp;
///
/// let [early, late] = ["2026-01-01T01:00:00+02:00", "2026-01-01T00:00:00Z"].map(Timestamp::from);
/// assert!(early < late);
/// assert!(Timestamp::default() < early);
/// ```
///
/// # Conversions
/// The features `jiff` and `chrono` add conversions from and to `jiff::Timestamp` and
/// `chrono::DateTime<Utc>`. `From` accepts any text, as a server may send it; [`parse`](str::parse)
/// rejects a text that is not RFC 3339.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// Returns the text as received; empty if the server sent none.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the point in time; `None` if the text is empty or not RFC 3339.
    #[must_use]
    pub fn to_system_time(&self) -> Option<SystemTime> {
        self.instant().map(SystemTime::from)
    }

    fn instant(&self) -> Option<jiff::Timestamp> {
        self.0.parse().ok()
    }

    #[cfg(any(feature = "chrono", feature = "jiff"))]
    fn invalid(&self) -> InvalidTimestamp {
        InvalidTimestamp(self.0.clone())
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        self.instant().cmp(&other.instant()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The error for a text that is not a point in time: empty, or not RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidTimestamp(String);

impl fmt::Display for InvalidTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_str() {
            "" => f.write_str("the time is empty"),
            text => write!(
                f,
                "{text:?} is not a time of the form 2026-01-01T00:00:00Z (RFC 3339), or is out of range"
            ),
        }
    }
}

impl std::error::Error for InvalidTimestamp {}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        match Self(text.to_owned()) {
            readable if readable.instant().is_some() => Ok(readable),
            Self(text) => Err(InvalidTimestamp(text)),
        }
    }
}

impl AsRef<str> for Timestamp {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<Timestamp> for String {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.0
    }
}

impl From<SystemTime> for Timestamp {
    /// Formats the time as RFC 3339 in UTC; the text is empty if the year is outside -9999 to 9999.
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
    fn reads_the_times_of_servers() {
        let at = |text: &str| Timestamp::from(text).to_system_time();
        let noon = UNIX_EPOCH + Duration::from_secs(12 * 3600);
        assert_eq!(at("1970-01-01T12:00:00Z"), Some(noon));
        assert_eq!(at("1970-01-01T14:00:00+02:00"), Some(noon));
        assert_eq!(at("1970-01-01T12:00:00.5Z"), Some(noon + Duration::from_millis(500)));
        assert_eq!(at(""), None);
        assert_eq!(at("yesterday"), None);
    }

    #[test]
    fn a_value_of_the_wrong_type_does_not_fail() {
        for text in ["null", "0", "[]", "{\"seconds\":1}"] {
            assert_eq!(serde_json::from_str::<Timestamp>(text).unwrap().to_system_time(), None);
        }
    }

    #[test]
    fn a_system_time_survives_a_round_trip() {
        let time = UNIX_EPOCH + Duration::from_millis(1_767_225_600_123);
        assert_eq!(Timestamp::from(time).to_system_time(), Some(time));
    }
    #[test]
    fn timestamps_are_ordered_by_time() {
        let texts = [
            "",
            "yesterday",
            "1970-01-01T01:00:00+02:00",
            "1970-01-01T00:00:00.5Z",
            "1970-01-01T02:00:01+02:00",
            "2026-01-01T00:00:00+00:00",
            "2026-01-01T00:00:00Z",
        ];
        let sorted: Vec<_> = texts.map(Timestamp::from).into();
        let mut times = sorted.clone();
        times.reverse();
        times.sort();
        assert_eq!(times, sorted);
        for (at, one) in sorted.iter().enumerate() {
            for (other, two) in sorted.iter().enumerate() {
                assert_eq!((one.cmp(two), one == two), (at.cmp(&other), at == other));
            }
        }
    }

    #[test]
    fn only_times_are_parsed() {
        let text = "2026-01-01T00:00:00+02:00";
        assert_eq!(text.parse(), Ok(Timestamp::from(text)));
        let error = "tomorrow".parse::<Timestamp>().unwrap_err();
        assert!(error.to_string().starts_with(r#""tomorrow" is not a time"#), "{error}");
        assert!("".parse::<Timestamp>().unwrap_err().to_string().contains("empty"));
        assert_eq!(String::from(Timestamp::from(text)), text);
    }
}
