//! Times in request bodies, which are parsed and formatted like Go's `time` package does.

use jiff::{Timestamp, Unit, civil::Date};

/// The time layout in the server's error messages.
const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";

/// A time as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SentTime {
    /// The form in the response to the write, with the zone and the digits that were sent.
    pub(super) shown: String,
    /// The stored form, which later reads return, in UTC and whole microseconds.
    pub(super) kept: String,
}

/// Parses an RFC 3339 time.
pub(super) fn parse(text: &str) -> Result<SentTime, String> {
    let mut parser = Parser { text, rest: text };
    let year = parser.digits(4, "2006")?;
    parser.literal("-")?;
    let month = parser.ranged("01", "month", 1..=12)?;
    parser.literal("-")?;
    let day = parser.digits(2, "02")?;
    parser.literal("T")?;
    let hour = parser.ranged("15", "hour", 0..=23)?;
    parser.literal(":")?;
    let minute = parser.ranged("04", "minute", 0..=59)?;
    parser.literal(":")?;
    let second = parser.ranged("05", "second", 0..=59)?;
    let fraction = parser.fraction();
    let zone = parser.zone()?;
    parser.end()?;
    check_day(text, year, month, day)?;
    let seconds = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    let shown = format!("{seconds}{fraction}{zone}");
    let kept = shown.parse::<Timestamp>().map_or_else(|_| shown.clone(), kept);
    Ok(SentTime { shown, kept })
}

/// Formats a time as the database returns it.
fn kept(time: Timestamp) -> String {
    time.round(Unit::Microsecond).unwrap_or(time).to_string()
}

fn check_day(text: &str, year: i16, month: i16, day: i16) -> Result<(), String> {
    let part = |number: i16| i8::try_from(number).unwrap_or_default();
    let date = Date::new(year, part(month), part(day));
    date.map(drop).map_err(|_| format!("parsing time {text:?}: day out of range"))
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn digits(&mut self, count: usize, element: &str) -> Result<i16, String> {
        let digits = self.rest.get(..count);
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let number = digits.and_then(|digits| digits.parse().ok());
        let number = number.ok_or_else(|| self.cannot(element))?;
        self.rest = &self.rest[count..];
        Ok(number)
    }

    fn ranged(
        &mut self,
        element: &str,
        name: &str,
        range: std::ops::RangeInclusive<i16>,
    ) -> Result<i16, String> {
        let number = self.digits(2, element)?;
        match range.contains(&number) {
            true => Ok(number),
            false => Err(format!("parsing time {:?}: {name} out of range", self.text)),
        }
    }

    fn literal(&mut self, literal: &str) -> Result<(), String> {
        let rest = self.rest.strip_prefix(literal);
        self.rest = rest.ok_or_else(|| self.cannot(literal))?;
        Ok(())
    }

    /// Reads the fraction of a second. Returns its dot and at most nine digits, without trailing
    /// zeros.
    fn fraction(&mut self) -> String {
        let digits = self.rest.strip_prefix('.').unwrap_or_default();
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        if end == 0 {
            return String::new();
        }
        self.rest = &digits[end..];
        let digits = digits[..end.min(9)].trim_end_matches('0');
        if digits.is_empty() { String::new() } else { format!(".{digits}") }
    }

    fn zone(&mut self) -> Result<&'a str, String> {
        let element = "Z07:00";
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Ok("Z");
        }
        let zone = self.rest.get(..6).filter(|zone| is_offset(zone));
        let zone = zone.ok_or_else(|| self.cannot(element))?;
        self.rest = &self.rest[6..];
        Ok(if &zone[1..] == "00:00" { "Z" } else { zone })
    }

    fn end(&self) -> Result<(), String> {
        match self.rest {
            "" => Ok(()),
            extra => Err(format!("parsing time {:?}: extra text: {extra:?}", self.text)),
        }
    }

    fn cannot(&self, element: &str) -> String {
        let (text, rest) = (self.text, self.rest);
        format!("parsing time {text:?} as {LAYOUT:?}: cannot parse {rest:?} as {element:?}")
    }
}

fn is_offset(zone: &str) -> bool {
    let number = |range: std::ops::Range<usize>, most: u8| {
        let digits = &zone[range];
        digits.bytes().all(|byte| byte.is_ascii_digit())
            && digits.parse::<u8>().is_ok_and(|number| number <= most)
    };
    zone.is_ascii()
        && zone.starts_with(['+', '-'])
        && zone.as_bytes()[3] == b':'
        && number(1..3, 24)
        && number(4..6, 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_returned_as_sent_and_stored_in_utc() {
        for (sent, shown, kept) in [
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
            (
                "2026-01-02T03:04:05.123456789+02:00",
                "2026-01-02T03:04:05.123456789+02:00",
                "2026-01-02T01:04:05.123457Z",
            ),
            ("2026-01-02T03:04:05.120+00:00", "2026-01-02T03:04:05.12Z", "2026-01-02T03:04:05.12Z"),
        ] {
            let time = SentTime { shown: shown.into(), kept: kept.into() };
            assert_eq!(parse(sent), Ok(time));
        }
    }

    #[test]
    fn reports_the_first_element_that_cannot_be_parsed() {
        for (text, message) in [
            ("", "parsing time \"\" as LAYOUT: cannot parse \"\" as \"2006\""),
            (
                "yesterday",
                "parsing time \"yesterday\" as LAYOUT: cannot parse \"yesterday\" as \"2006\"",
            ),
            ("2026-01-02", "parsing time \"2026-01-02\" as LAYOUT: cannot parse \"\" as \"T\""),
            ("2026-13-02T03:04:05Z", "parsing time \"2026-13-02T03:04:05Z\": month out of range"),
            ("2026-02-30T03:04:05Z", "parsing time \"2026-02-30T03:04:05Z\": day out of range"),
            (
                "2026-01-02T03:04:05",
                "parsing time \"2026-01-02T03:04:05\" as LAYOUT: cannot parse \"\" as \"Z07:00\"",
            ),
            ("2026-01-02T03:04:05Zx", "parsing time \"2026-01-02T03:04:05Zx\": extra text: \"x\""),
        ] {
            let message = message.replace("LAYOUT", &format!("{LAYOUT:?}"));
            assert_eq!(parse(text), Err(message));
        }
    }
}
