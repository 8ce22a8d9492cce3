//! Conversions from and to `chrono`.

use chrono::{DateTime, SecondsFormat, Utc};

use super::{InvalidTimestamp, Timestamp};

impl TryFrom<&Timestamp> for DateTime<Utc> {
    type Error = InvalidTimestamp;

    fn try_from(timestamp: &Timestamp) -> Result<Self, InvalidTimestamp> {
        let time = timestamp.instant().ok_or_else(|| timestamp.invalid())?;
        // A time before 1970 has negative fractional seconds, which `chrono` does not accept.
        let nanoseconds = time.as_nanosecond();
        let seconds = i64::try_from(nanoseconds.div_euclid(1_000_000_000)).ok();
        let rest = u32::try_from(nanoseconds.rem_euclid(1_000_000_000)).ok();
        let read = seconds.zip(rest).and_then(|(s, n)| DateTime::from_timestamp(s, n));
        read.ok_or_else(|| timestamp.invalid())
    }
}

impl TryFrom<Timestamp> for DateTime<Utc> {
    type Error = InvalidTimestamp;

    fn try_from(timestamp: Timestamp) -> Result<Self, InvalidTimestamp> {
        (&timestamp).try_into()
    }
}

impl From<DateTime<Utc>> for Timestamp {
    /// Formats the time as RFC 3339 in UTC, with as many fractional digits as necessary.
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_a_round_trip() {
        for (seconds, nanoseconds, text) in [
            (1_767_225_600, 0, "2026-01-01T00:00:00Z"),
            (1_767_225_600, 123_000_000, "2026-01-01T00:00:00.123Z"),
            (-1, 500_000_000, "1969-12-31T23:59:59.500Z"),
        ] {
            let time = DateTime::from_timestamp(seconds, nanoseconds).unwrap();
            let ours = Timestamp::from(time);
            assert_eq!(ours.as_str(), text);
            assert_eq!(DateTime::<Utc>::try_from(&ours), Ok(time));
        }
        let elsewhere = Timestamp::from("2026-01-01T02:00:00+02:00");
        let time = DateTime::<Utc>::try_from(elsewhere).unwrap();
        assert_eq!(Timestamp::from(time).as_str(), "2026-01-01T00:00:00Z");
        assert!(DateTime::<Utc>::try_from(Timestamp::from("soon")).is_err());
    }
}
