//! The position of a reader of messages, from which it can resume later.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::seqs::Seqs;

/// A record of the messages that a reader of a session has received. Pass it to
/// [`Follow::after`](super::Follow::after) to resume in the same program or in a later one: no
/// message is lost or yielded twice.
///
/// A single number is not sufficient, because messages arrive and become visible out of the order
/// of their `seq`. A cursor has a floor, up to which every message was yielded, and the `seq` of
/// each message above the floor that was yielded. The latter are the messages of about the last
/// half minute, or up to about a thousand if they arrive slowly.
///
/// The text form is short: `1234` if nothing above the floor was yielded, otherwise for example
/// `1234+3x5,2`: a run of 5 that starts 3 after 1234, then one number 2 after the end of that run.
/// [`Display`](fmt::Display), [`FromStr`] and serde use this form; serde also accepts a plain
/// number.
///
/// ```
/// use ambient_sdk_ext::api_server::messages::Cursor;
///
/// let cursor: Cursor = "1234+3x5,2".parse()?;
/// assert_eq!(cursor.floor(), 1234);
/// assert!(cursor.contains(1000) && cursor.contains(1237) && cursor.contains(1243));
/// assert!(!cursor.contains(1236) && !cursor.contains(1242));
/// assert_eq!(cursor.to_string(), "1234+3x5,2");
/// assert_eq!(Cursor::from(1234).to_string(), "1234");
/// # Ok::<(), ambient_sdk_ext::api_server::messages::InvalidCursor>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    pub(super) floor: i64,
    pub(super) above: Seqs,
}

impl Cursor {
    /// Returns the `seq` up to which every message was yielded; 0 at the beginning.
    #[must_use]
    pub fn floor(&self) -> i64 {
        self.floor
    }

    /// Returns whether the message with this `seq` was yielded or is to be skipped.
    #[must_use]
    pub fn contains(&self, seq: i64) -> bool {
        seq <= self.floor || self.above.contains(seq)
    }

    /// Returns the largest `seq` that was yielded, or the floor if none above it was.
    #[must_use]
    pub fn largest(&self) -> i64 {
        self.above.largest().unwrap_or(self.floor)
    }

    /// Raises the floor.
    pub(super) fn settle(&mut self, seq: i64) {
        if seq > self.floor {
            self.floor = seq;
            self.above.remove_through(seq);
        }
    }
}

impl From<i64> for Cursor {
    /// Creates a cursor for the messages with a larger `seq`. Use this after a message that you
    /// pushed; to resume a stream, use the cursor of the stream instead. A negative number counts
    /// as 0.
    fn from(seq: i64) -> Self {
        Self { floor: seq.max(0), above: Seqs::default() }
    }
}

impl From<&Cursor> for Cursor {
    fn from(cursor: &Cursor) -> Self {
        cursor.clone()
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.floor)?;
        let (mut before, mut sign) = (self.floor, '+');
        for (first, last) in self.above.runs() {
            write!(f, "{sign}{}", first - before)?;
            if last > first {
                write!(f, "x{}", last - first + 1)?;
            }
            (before, sign) = (last, ',');
        }
        Ok(())
    }
}

/// The error for a text that is not a [`Cursor`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("not a cursor: {part:?} is not a {expected}; the form is \"1234\" or \"1234+3x5,2\"")]
pub struct InvalidCursor {
    /// The invalid part of the text, shortened.
    part: String,
    expected: &'static str,
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (floor, runs) = text.split_once('+').map_or((text, None), |(f, runs)| (f, Some(runs)));
        let mut cursor = Self::from(number(floor, 0).ok_or_else(|| invalid(floor, "seq"))?);
        let mut before = cursor.floor;
        for run in runs.into_iter().flat_map(|runs| runs.split(',')) {
            let (first, last) = read_run(run, before)
                .ok_or_else(|| invalid(run, "distance to the next seq, with or without a count"))?;
            cursor.above.insert_run(first, last);
            before = last;
        }
        Ok(cursor)
    }
}

/// Parses a run: `3x5` is a run of 5 numbers that starts 3 after `before`.
fn read_run(run: &str, before: i64) -> Option<(i64, i64)> {
    let (distance, count) = run.split_once('x').unwrap_or((run, "1"));
    let first = before.checked_add(number(distance, 1)?)?;
    Some((first, first.checked_add(number(count, 1)? - 1)?))
}

fn number(text: &str, least: i64) -> Option<i64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text)?;
    digits.parse().ok().filter(|number| *number >= least)
}

fn invalid(part: &str, expected: &'static str) -> InvalidCursor {
    InvalidCursor { part: part.chars().take(40).collect(), expected }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl de::Visitor<'_> for Form {
            type Value = Cursor;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the text of a cursor, or a seq")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Cursor, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, seq: i64) -> Result<Cursor, E> {
                Ok(seq.into())
            }

            fn visit_u64<E: de::Error>(self, seq: u64) -> Result<Cursor, E> {
                i64::try_from(seq).map(Cursor::from).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Form)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_invalid_text_is_rejected_with_the_invalid_part() {
        for (text, part) in [
            ("", ""),
            ("-1", "-1"),
            ("1.5", "1.5"),
            ("5+", ""),
            ("5+0", "0"),
            ("5+2,", ""),
            ("5+2x0", "2x0"),
            ("5+2x3x4", "2x3x4"),
            ("5+9223372036854775807", "9223372036854775807"),
            ("99999999999999999999", "99999999999999999999"),
        ] {
            let error = text.parse::<Cursor>().unwrap_err();
            assert_eq!(error.part, part, "{text}");
            assert!(error.to_string().contains("the form is"), "{error}");
        }
    }

    #[test]
    fn json_is_a_text_or_a_number() {
        let read = |json: &str| serde_json::from_str::<Cursor>(json);
        assert_eq!(read("\"7+2\"").unwrap().largest(), 9);
        assert_eq!(read("7").unwrap(), Cursor::from(7));
        assert!(read("true").is_err() && read("\"x\"").is_err());
        assert_eq!(serde_json::to_string(&read("\"7+2\"").unwrap()).unwrap(), "\"7+2\"");
    }

    proptest! {
        #[test]
        fn the_text_survives_a_round_trip(
            floor in 0_i64..1000, above in proptest::collection::btree_set(1_i64..300, 0..60),
        ) {
            let mut cursor = Cursor::from(floor);
            above.iter().for_each(|seq| _ = cursor.above.insert(floor + seq));
            let text = cursor.to_string();
            prop_assert_eq!(text.parse::<Cursor>().unwrap(), cursor);
            prop_assert!(text.len() <= 4 + above.len() * 6);
        }

        #[test]
        fn any_text_is_accepted_or_rejected(text in "[0-9+x,]{0,30}") {
            if let Ok(cursor) = text.parse::<Cursor>() {
                prop_assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
            }
        }
    }
}
