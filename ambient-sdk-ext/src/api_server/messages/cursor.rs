//! Where a reader of messages stands: what it had, so that it can go on later.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::seqs::Seqs;

/// What a reader of a session's messages had so far. Give it to [`Follow::after`](super::Follow::after)
/// to go on from there, in the same program or in a later one: nothing is lost, and nothing that was
/// yielded comes again.
///
/// One number would not do, since messages arrive, and become visible, out of the order of their
/// `seq`. So a cursor has a floor, up to which everything was yielded, and the numbers above the
/// floor that were yielded as well. Those are the messages of the last half minute or so, or up to
/// about a thousand where they come slowly.
///
/// Its text is short: `1234` when nothing is above the floor, else `1234+3x5,2`: after 1234, the 3rd
/// number and the 4 after it, then the 2nd after those. It is the form of [`Display`](fmt::Display),
/// [`FromStr`] and serde; serde reads a plain number as well.
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
    /// Everything up to this `seq` was yielded; 0 at the beginning.
    #[must_use]
    pub fn floor(&self) -> i64 {
        self.floor
    }

    /// Whether the message with this `seq` was yielded, or was to be left out.
    #[must_use]
    pub fn contains(&self, seq: i64) -> bool {
        seq <= self.floor || self.above.contains(seq)
    }

    /// The largest `seq` that was yielded; the floor when nothing is above it.
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
    /// Only messages with a larger `seq` come. That is right after a message of one's own that was
    /// pushed; to go on reading later, keep the cursor of the stream instead. A number below 0
    /// counts as 0.
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

/// A text that is no [`Cursor`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("not a cursor: {part:?} is no {expected}; the form is \"1234\" or \"1234+3x5,2\"")]
pub struct InvalidCursor {
    /// The part of the text that can't be read, or its beginning.
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

/// `3x5` is the 3rd number after `before`, and a run of 5 from there.
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
    fn a_text_that_is_none_is_refused_with_its_part() {
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
    fn it_is_a_text_or_a_number_in_json() {
        let read = |json: &str| serde_json::from_str::<Cursor>(json);
        assert_eq!(read("\"7+2\"").unwrap().largest(), 9);
        assert_eq!(read("7").unwrap(), Cursor::from(7));
        assert!(read("true").is_err() && read("\"x\"").is_err());
        assert_eq!(serde_json::to_string(&read("\"7+2\"").unwrap()).unwrap(), "\"7+2\"");
    }

    proptest! {
        #[test]
        fn its_text_reads_back(
            floor in 0_i64..1000, above in proptest::collection::btree_set(1_i64..300, 0..60),
        ) {
            let mut cursor = Cursor::from(floor);
            above.iter().for_each(|seq| _ = cursor.above.insert(floor + seq));
            let text = cursor.to_string();
            prop_assert_eq!(text.parse::<Cursor>().unwrap(), cursor);
            prop_assert!(text.len() <= 4 + above.len() * 6);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9+x,]{0,30}") {
            if let Ok(cursor) = text.parse::<Cursor>() {
                prop_assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
            }
        }
    }
}
