//! Validation of cron expressions in the dialect of Kubernetes.
//!
//! The API server accepts any text, and an invalid schedule would silently never run. The dialect
//! is that of Go's `robfig/cron` with its standard parser, which differs from other dialects: it
//! has five fields, Sunday is 0 and not 7, `5/15` runs from 5 to the end of the field, names of
//! months and days are case-insensitive, and `L`, `W` and `#` are not supported.

/// A field: its name, its bounds, and the names of its values, starting at the lower bound.
struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { name: "minute", min: 0, max: 59, names: &[] },
    Field { name: "hour", min: 0, max: 23, names: &[] },
    Field { name: "day of the month", min: 1, max: 31, names: &[] },
    Field {
        name: "month",
        min: 1,
        max: 12,
        names: &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
    },
    Field {
        name: "day of the week",
        min: 0,
        max: 6,
        names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    },
];

/// Descriptors that stand for five fields.
const DESCRIPTORS: [&str; 7] =
    ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
/// The units of a duration in Go.
const UNITS: [&str; 7] = ["ns", "us", "µs", "ms", "s", "m", "h"];

/// Validates a schedule.
pub(super) fn check(text: &str) -> Result<(), String> {
    let text = text.trim();
    match text.strip_prefix("@every ") {
        Some(duration) if is_duration(duration.trim()) => return Ok(()),
        Some(_) => return Err("has no duration after `@every`, for example `1h30m`".to_owned()),
        None if DESCRIPTORS.contains(&text) => return Ok(()),
        None if text.starts_with('@') => {
            return Err(format!("is not one of {} and `@every 1h`", DESCRIPTORS.join(", ")));
        }
        None if text.contains("TZ=") => {
            return Err("contains a time zone, which belongs in the field `timezone`".to_owned());
        }
        None => {}
    }
    let fields: Vec<_> = text.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        let count = fields.len();
        return Err(format!(
            "has {count} fields, not 5 (minute, hour, day of the month, month, day of the week)"
        ));
    }
    FIELDS.iter().zip(fields).try_for_each(|(field, text)| field.check(text))
}

impl Field {
    fn check(&self, text: &str) -> Result<(), String> {
        let wrong = |what: String| format!("{}: {what}", self.name);
        text.split(',').try_for_each(|part| self.check_part(part)).map_err(wrong)
    }

    /// Checks `*`, `5`, `5-10` or a name, each with an optional step.
    fn check_part(&self, part: &str) -> Result<(), String> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        if let Some(step) = step
            && !step.parse::<u32>().is_ok_and(|step| step > 0)
        {
            return Err(format!("the step {step:?} is not a positive number"));
        }
        if matches!(range, "*" | "?") {
            return Ok(());
        }
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        match (self.value(first)?, self.value(last)?) {
            (first, last) if first > last => Err(format!("the range {range:?} is reversed")),
            _ => Ok(()),
        }
    }

    fn value(&self, text: &str) -> Result<u32, String> {
        let name = text.to_ascii_lowercase();
        let named = self.names.iter().zip(self.min..).find(|(known, _)| **known == name);
        let value = named.map(|(_, value)| value).or_else(|| number(text));
        let Field { min, max, .. } = self;
        match value {
            Some(value) if (*min..=*max).contains(&value) => Ok(value),
            Some(7) if *max == 6 => Err("7 is not from 0 to 6; Sunday is 0".to_owned()),
            Some(value) => Err(format!("{value} is not from {min} to {max}")),
            None => Err(format!("{text:?} is not a value from {min} to {max}, a range or `*`")),
        }
    }
}

/// Parses a number that consists only of digits; `parse` also accepts a sign.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Returns whether a text is a duration in Go: numbers with units, for example `1h30m`.
fn is_duration(mut text: &str) -> bool {
    while !text.is_empty() {
        let number =
            text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let unit = text[number..].find(|c: char| c.is_ascii_digit() || c == '.');
        let end = unit.map_or(text.len(), |length| number + length);
        let is_number = text[..number].parse::<f64>().is_ok();
        if !is_number || !UNITS.contains(&&text[number..end]) {
            return false;
        }
        text = &text[end..];
        if text.is_empty() {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn valid_schedules_are_accepted() {
        for text in [
            "0 3 * * *",
            "*/5 * * * *",
            "0 9 * * 1-5",
            "0 9 * * Mon-FRI",
            "5/15 0,12 1-31/2 JAN ?",
            "  0  0 1 1 *  ",
            "@daily",
            "@midnight",
            "@every 1h30m",
            "@every 90s",
            "1-5,7 * * * 0,6",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn invalid_schedules_are_rejected() {
        for (text, says) in [
            ("", "has 0 fields"),
            ("0 3 * *", "has 4 fields, not 5"),
            ("0 0 3 * * *", "has 6 fields, not 5"),
            ("60 * * * *", "minute: 60 is not from 0 to 59"),
            ("* 24 * * *", "hour: 24 is not from 0 to 23"),
            ("* * 0 * *", "day of the month: 0 is not from 1 to 31"),
            ("* * * 13 *", "month: 13"),
            ("* * * * 7", "Sunday is 0"),
            ("* * * * 5-1", "is reversed"),
            ("*/0 * * * *", "step \"0\" is not a positive number"),
            ("/5 * * * *", "is not a value"),
            ("MON * * * *", "minute: \"MON\" is not a value"),
            ("* * L * *", "\"L\" is not a value"),
            ("* * * * 1#2", "\"1#2\" is not a value"),
            ("1,,2 * * * *", "\"\" is not a value"),
            ("+1 * * * *", "\"+1\" is not a value"),
            ("@reboot", "is not one of @yearly"),
            ("@every", "is not one of @yearly"),
            ("@every soon", "has no duration"),
            ("CRON_TZ=UTC 0 3 * * *", "belongs in the field `timezone`"),
            ("every day", "has 2 fields"),
        ] {
            let error = check(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn only_values_within_the_bounds_are_accepted(field in 0_usize..5, value in 0_u32..70) {
            let mut parts = ["*".to_owned(), "*".into(), "*".into(), "*".into(), "*".into()];
            parts[field] = value.to_string();
            let within = (FIELDS[field].min..=FIELDS[field].max).contains(&value);
            prop_assert_eq!(check(&parts.join(" ")).is_ok(), within);
        }

        #[test]
        fn any_text_is_accepted_or_rejected(text in "\\PC{0,40}") {
            let _verdict = check(&text);
        }
    }
}
