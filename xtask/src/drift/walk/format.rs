//! Type, format, and the encoding of text content.

use serde_json::Value;

use super::{Walk, flatten::Flat, schema::Flats};
use crate::drift::{
    finding::{At, Judgement, Verdict},
    kind::{Rule, schema as kinds},
    verdict::{Direction, Wire},
};

/// Formats of strings that only describe how to treat the text.
const ANNOTATIONS: [&str; 2] = ["password", "json"];

/// Formats of strings that the generated client parses, so that reading them can fail. Formats that would
/// need another crate are not parsed.
const PARSED: [&str; 3] = ["ip", "ipv4", "ipv6"];

/// Formats of OpenAPI 3.0 that describe the content of a text, with their keywords in 3.1.
const CONTENTS: [Content; 2] = [
    Content { format: "byte", keyword: ENCODING, value: "base64" },
    Content { format: "binary", keyword: MEDIA_TYPE, value: "application/octet-stream" },
];

/// The range of each numeric format.
const RANGES: [(&str, Range); 12] = [
    ("int8", Range { signed: true, bits: 8 }),
    ("uint8", Range { signed: false, bits: 8 }),
    ("int16", Range { signed: true, bits: 16 }),
    ("uint16", Range { signed: false, bits: 16 }),
    ("int", Range { signed: true, bits: 32 }),
    ("int32", Range { signed: true, bits: 32 }),
    ("uint", Range { signed: false, bits: 32 }),
    ("uint32", Range { signed: false, bits: 32 }),
    ("float", Range { signed: true, bits: 32 }),
    ("int64", USUAL_RANGE),
    ("uint64", Range { signed: false, bits: 64 }),
    ("double", USUAL_RANGE),
];
const USUAL_RANGE: Range = Range { signed: true, bits: 64 };

const ENCODING: &str = "contentEncoding";
const MEDIA_TYPE: &str = "contentMediaType";

const USUAL: Judgement = (Wire::None, "without a format, numbers have 64 bits and a sign");
const ANNOTATION: Judgement = (Wire::None, "the format only describes how to treat the text");
const KEPT_TIME: Judgement =
    (Wire::Compatible, "clients keep the text of a time that they cannot parse");
const READ_AS_TEXT: Judgement = (Wire::Compatible, "clients read it as text");

/// A format with the same meaning as a keyword.
struct Content {
    format: &'static str,
    keyword: &'static str,
    value: &'static str,
}

/// A change of a format: its kind, and the verdict if it differs from the rule's.
struct FormatChange {
    rule: &'static Rule,
    verdict: Verdict,
}

/// A format before and after.
#[derive(Clone, Copy)]
struct Formats<'f> {
    old: Option<&'f str>,
    new: Option<&'f str>,
}

impl<'a> Walk<'_, 'a> {
    pub(super) fn kind_and_format(&mut self, flats: &Flats<'a>, at: At) {
        let (old, new) = (flats.base.kind(), flats.revision.kind());
        let is_known = |flat: &Flat<'a>| !flat.is_partial || flat.text("type").is_some();
        if !is_known(&flats.base) || !is_known(&flats.revision) {
            return;
        }
        let what =
            format!("type changes from {} to {}", old.unwrap_or("any"), new.unwrap_or("any"));
        let rule = match (old, new) {
            _ if old == new => return self.formats(flats, at),
            (Some("integer"), Some("number")) | (_, None) => &kinds::TYPE_WIDENED,
            (Some("number"), Some("integer")) | (None, _) => &kinds::TYPE_NARROWED,
            _ => &kinds::TYPE_CHANGED,
        };
        self.record(at, flats.change(rule, "type", what));
    }

    fn formats(&mut self, flats: &Flats<'a>, at: At) {
        self.contents(flats, at);
        let formats = Formats { old: format_of(&flats.base), new: format_of(&flats.revision) };
        if formats.old == formats.new {
            return;
        }
        let shown = |format: Option<&str>| format.unwrap_or("none").to_owned();
        let what = format!("format changes from {} to {}", shown(formats.old), shown(formats.new));
        let FormatChange { rule, verdict } = match flats.base.kind() {
            Some("integer" | "number") => numeric_format(formats),
            _ => text_format(formats),
        };
        let counts =
            |(verdict, _): &Judgement| at.is(Direction::Response) || *verdict == Wire::None;
        self.record(at, flats.change(rule, "format", what).maybe(verdict.filter(counts)));
    }

    /// Compares the encoding of a text's content, and its media type.
    fn contents(&mut self, flats: &Flats<'a>, at: At) {
        let rules: [(&str, &'static Rule); 2] = [
            (ENCODING, &kinds::CONTENT_ENCODING_CHANGED),
            (MEDIA_TYPE, &kinds::CONTENT_MEDIA_TYPE_CHANGED),
        ];
        for (keyword, rule) in rules {
            let (old, new) = (content(&flats.base, keyword), content(&flats.revision, keyword));
            if old != new {
                let shown = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
                let what = format!("{keyword} changes from {} to {}", shown(old), shown(new));
                let key = if says(flats, keyword) { keyword } else { "format" };
                self.record(at, flats.change(rule, key, what));
            }
        }
    }
}

/// Returns whether either of two schemas has a keyword.
fn says(flats: &Flats<'_>, keyword: &str) -> bool {
    [&flats.base, &flats.revision].iter().any(|flat| flat.get(keyword).is_some())
}

/// Returns the format of a schema, unless it is equivalent to a keyword.
fn format_of<'f>(flat: &'f Flat<'_>) -> Option<&'f str> {
    flat.text("format").filter(|format| CONTENTS.iter().all(|content| content.format != *format))
}

/// Returns the value of a content keyword, or of the equivalent format.
fn content(flat: &Flat<'_>, keyword: &str) -> Option<String> {
    let declared = flat.get(keyword).and_then(Value::as_str).map(str::to_lowercase);
    let meant = |content: &&Content| {
        content.keyword == keyword && flat.text("format") == Some(content.format)
    };
    declared.or_else(|| CONTENTS.iter().find(meant).map(|content| content.value.to_owned()))
}

/// The range of a numeric format.
#[derive(Clone, Copy, PartialEq)]
struct Range {
    signed: bool,
    bits: u8,
}

impl Range {
    /// Returns whether a whole number is in this range.
    fn has(self, number: f64) -> bool {
        let bits = i32::from(self.bits) - i32::from(self.signed);
        let lowest = if self.signed { -(2f64.powi(bits)) } else { 0.0 };
        lowest <= number && number <= 2f64.powi(bits) - 1.0
    }

    /// Returns whether every value of `other` is in this range.
    fn contains(self, other: Self) -> bool {
        match (self.signed, other.signed) {
            (true, true) | (false, false) => other.bits <= self.bits,
            (true, false) => other.bits < self.bits,
            (false, true) => false,
        }
    }
}

/// Returns whether a whole number fits the integer type that clients read. Clients do not check bounds.
pub(super) fn fits_integer(flat: &Flat<'_>, number: f64) -> bool {
    let format = flat.text("format");
    let known = RANGES.iter().find(|(name, _)| Some(*name) == format);
    known.map_or(USUAL_RANGE, |(_, range)| *range).has(number)
}

/// Classifies a change of a numeric format by its range. Without a format, numbers have 64 bits and a
/// sign.
fn numeric_format(formats: Formats<'_>) -> FormatChange {
    let range = |format: Option<&str>| match format {
        None => Some(USUAL_RANGE),
        Some(format) => RANGES.iter().find(|(name, _)| *name == format).map(|(_, range)| *range),
    };
    let usual = |rule| FormatChange { rule, verdict: Some(USUAL) };
    let by_range = |rule| FormatChange { rule, verdict: None };
    match (range(formats.old), range(formats.new)) {
        (Some(old), Some(new)) if old == new && formats.old.is_none() => {
            usual(&kinds::FORMAT_NARROWED)
        }
        (Some(old), Some(new)) if old == new && formats.new.is_none() => {
            usual(&kinds::FORMAT_WIDENED)
        }
        (Some(old), Some(new)) if old != new && new.contains(old) => {
            by_range(&kinds::FORMAT_WIDENED)
        }
        (Some(old), Some(new)) if old != new && old.contains(new) => {
            by_range(&kinds::FORMAT_NARROWED)
        }
        _ => by_range(&kinds::FORMAT_CHANGED),
    }
}

/// Classifies a change of a string format by whether clients parse it. A verdict other than `none`
/// applies to responses.
fn text_format(Formats { old, new }: Formats<'_>) -> FormatChange {
    let says_nothing =
        |format: Option<&str>| format.is_none_or(|format| ANNOTATIONS.contains(&format));
    let is_parsed = |format: Option<&str>| format.is_some_and(|format| PARSED.contains(&format));
    let rule = match (old, new) {
        (None, Some(_)) => &kinds::FORMAT_NARROWED,
        (Some(_), None) => &kinds::FORMAT_WIDENED,
        _ => &kinds::FORMAT_CHANGED,
    };
    let verdict = match old {
        _ if says_nothing(old) && says_nothing(new) => Some(ANNOTATION),
        Some("date-time") => Some(KEPT_TIME),
        _ if is_parsed(old) => None,
        _ => Some(READ_AS_TEXT),
    };
    FormatChange { rule, verdict }
}

/// Returns whether clients read any text there.
pub(super) fn is_text(flat: &Flat<'_>) -> bool {
    let is_parsed = flat.text("format").is_some_and(|format| PARSED.contains(&format));
    flat.kind() == Some("string") && !flat.is_choice() && !is_parsed
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::PARSED;
    use crate::drift::walk::testing;

    /// Generates a client with a string of that format, and masks the name of the format.
    fn generated(format: &str) -> String {
        let source = generated_from(&json!({"type": "string", "format": format}));
        source.replace(&format!("\"{format}\""), "(the format)")
    }

    /// Generates a client with a property of that schema.
    fn generated_from(schema: &Value) -> String {
        let properties = json!({"day": schema});
        testing::generated(json!({"Thing": {"type": "object", "properties": properties}}))
    }

    #[test]
    fn bounds_do_not_change_the_type_of_an_integer() {
        let whole =
            |keyword: &str, value: i64| generated_from(&json!({"type": "integer", keyword: value}));
        assert_eq!(whole("minimum", 0), whole("maximum", 255));
    }

    #[test]
    fn listed_numbers_have_no_type_of_their_own() {
        for (listed, plain) in [
            (json!({"type": "integer", "enum": [1, 2]}), json!({"type": "integer"})),
            (json!({"enum": [1, 2.5]}), json!({})),
        ] {
            assert_eq!(generated_from(&listed), generated_from(&plain), "{listed}");
        }
    }

    #[test]
    fn only_parsed_formats_have_their_own_type() {
        for format in PARSED {
            assert_ne!(generated(format), generated("hostname"), "{format}");
        }
        for format in ["uuid", "date", "byte", "email", "uri", "time"] {
            assert_eq!(generated(format), generated("hostname"), "{format}");
        }
    }
}
