//! Conversions from and to `jiff`.

use super::{InvalidTimestamp, Timestamp};

impl TryFrom<&Timestamp> for jiff::Timestamp {
    type Error = InvalidTimestamp;

    fn try_from(timestamp: &Timestamp) -> Result<Self, InvalidTimestamp> {
        timestamp.instant().ok_or_else(|| timestamp.invalid())
    }
}

impl TryFrom<Timestamp> for jiff::Timestamp {
    type Error = InvalidTimestamp;

    fn try_from(timestamp: Timestamp) -> Result<Self, InvalidTimestamp> {
        (&timestamp).try_into()
    }
}

impl From<jiff::Timestamp> for Timestamp {
    /// Formats the time as RFC 3339 in UTC, with as many fractional digits as necessary.
    fn from(time: jiff::Timestamp) -> Self {
        Self(time.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_a_round_trip() {
        let time = jiff::Timestamp::new(1_767_225_600, 123_456_789).unwrap();
        let ours = Timestamp::from(time);
        assert_eq!(ours.as_str(), "2026-01-01T00:00:00.123456789Z");
        assert_eq!(jiff::Timestamp::try_from(&ours), Ok(time));
        assert!(jiff::Timestamp::try_from(Timestamp::default()).is_err());
    }
}
