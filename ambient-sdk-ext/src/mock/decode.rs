//! Decodes request bodies with the leniency and the error messages of the real servers, which use
//! Go's JSON decoder.
//!
//! Keys match in any case, null is treated as missing, and the last of several equal keys is used.
//! The first wrong value in the order of the body is reported. An invalid time takes precedence,
//! because its decoder stops immediately.

mod scan;
mod time;

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Number, Value, value::RawValue};

use super::{
    schema::{Kind, ObjectSchema, Property},
    store::Fields,
};

/// The rules for a type of body.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// The name of the body's type, which error messages contain.
    pub(super) name: String,
    /// Whether unknown keys and missing required ones are rejected.
    pub(super) strict: bool,
}

/// A decoded body.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub(super) fields: Fields,
    /// The times as they were sent. They are stored in UTC, but the response to the write contains
    /// them in this form.
    pub(super) sent_times: Fields,
}

/// An error in a value of a body.
enum Failure {
    /// The decoder continues, and reports the first mismatch at the end.
    Mismatch(String),
    /// The decoder stops and reports this error, even after a mismatch.
    Fatal(String),
}

/// Checks that a body is valid JSON.
pub(super) fn check(body: &[u8]) -> Result<(), String> {
    scan::check(body)
}

/// Decodes a body by a schema. Required fields that are missing get their zero value.
pub(super) fn decode(schema: &ObjectSchema, form: &Form, body: &[u8]) -> Result<Decoded, String> {
    scan::check(body)?;
    let text = String::from_utf8_lossy(body);
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    let mut decoded = Decoded::default();
    if text != "null" {
        let pairs = pairs(form, text)?;
        if form.strict {
            check_required(schema, &pairs)?;
        }
        decoded = decode_pairs(schema, form, &pairs)?;
    }
    for name in &schema.required {
        let zero = schema.properties.get(name).map(|property| property.kind.zero());
        decoded.fields.entry(name).or_insert_with(|| zero.unwrap_or_default());
    }
    Ok(decoded)
}

fn check_required(schema: &ObjectSchema, pairs: &Pairs<'_>) -> Result<(), String> {
    let given = |name: &str| pairs.0.iter().any(|(key, _)| key == name);
    match schema.required.iter().find(|name| !given(name)) {
        Some(missing) => Err(format!("no value given for required property {missing}")),
        None => Ok(()),
    }
}

fn decode_pairs(schema: &ObjectSchema, form: &Form, pairs: &Pairs<'_>) -> Result<Decoded, String> {
    let mut decoded = Decoded::default();
    let mut mismatch = None;
    for (key, raw) in &pairs.0 {
        let Some((name, property)) = schema.property_in_any_case(key) else {
            if schema.is_open {
                let value = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
                decoded.fields.insert((*key).to_owned(), value);
                continue;
            }
            let unknown = form.strict.then(|| format!("json: unknown field {key:?}"));
            mismatch = mismatch.or(unknown);
            continue;
        };
        let place = || format!("struct field {}.{name}", form.name);
        match decoded.set(schema, name, property, raw.get(), place) {
            Ok(()) => {}
            Err(Failure::Mismatch(message)) => mismatch = mismatch.or(Some(message)),
            Err(Failure::Fatal(message)) => return Err(message),
        }
    }
    mismatch.map_or(Ok(decoded), Err)
}

impl Decoded {
    fn set(
        &mut self,
        schema: &ObjectSchema,
        name: &str,
        property: &Property,
        raw: &str,
        place: impl Fn() -> String + Copy,
    ) -> Result<(), Failure> {
        if raw == "null" {
            match property.nullable {
                true => drop(self.fields.insert(name.to_owned(), Value::Null)),
                // In the server's type a required field is not a pointer. Go ignores null for it, so
                // an earlier value of the same key is kept.
                false if schema.required.iter().any(|required| required == name) => {}
                false => drop(self.fields.remove(name)),
            }
            return Ok(());
        }
        let value = match &property.kind {
            Kind::Text { time: true } => {
                let time = read_time(raw).map_err(Failure::Fatal)?;
                self.sent_times.insert(name.to_owned(), time.shown.into());
                time.kept.into()
            }
            kind => read(kind, raw, place).map_err(|message| match property.nullable {
                true => Failure::Fatal(message),
                false => Failure::Mismatch(message),
            })?,
        };
        self.fields.insert(name.to_owned(), value);
        Ok(())
    }
}

fn read_time(raw: &str) -> Result<time::SentTime, String> {
    let text = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let text = text.ok_or("Time.UnmarshalJSON: input is not a JSON string")?;
    time::parse(text)
}

/// Decodes a non-null value of a kind.
fn read(kind: &Kind, raw: &str, place: impl Fn() -> String + Copy) -> Result<Value, String> {
    let reject = |found: &str, wanted: &str| {
        Err(format!("json: cannot unmarshal {found} into Go {} of type {wanted}", place()))
    };
    let found = found(raw);
    let is_number = found == "number";
    match kind {
        Kind::Text { .. } | Kind::Choice if found == "string" => Ok(unescape(raw).into()),
        Kind::Text { .. } | Kind::Choice => reject(found, "string"),
        Kind::Boolean if found == "bool" => Ok((raw == "true").into()),
        Kind::Boolean => reject(found, "bool"),
        Kind::Integer { min, max } => {
            let number = raw.parse::<i64>().ok().filter(|number| (*min..=*max).contains(number));
            let wanted = if *max == i64::MAX { "int64" } else { "int32" };
            match number {
                Some(number) => Ok(number.into()),
                None if is_number => reject(&format!("number {raw}"), wanted),
                None => reject(found, wanted),
            }
        }
        Kind::Number => match raw.parse::<f64>() {
            Ok(number) if is_number && number.is_finite() => Ok(format_number(number)),
            _ if is_number => reject(&format!("number {raw}"), "float64"),
            _ => reject(found, "float64"),
        },
        Kind::List(item) if found == "array" => read_list(item, raw, place),
        Kind::List(_) => reject(found, "array"),
        Kind::Object(schema) if found == "object" => read_object(schema, raw),
        Kind::Object(_) => reject(found, "object"),
        Kind::Any => serde_json::from_str(raw).map_err(|error| error.to_string()),
    }
}

fn read_list(
    item: &Property,
    raw: &str,
    place: impl Fn() -> String + Copy,
) -> Result<Value, String> {
    let items: Vec<&RawValue> = serde_json::from_str(raw).map_err(|error| error.to_string())?;
    items.into_iter().map(|value| read(&item.kind, value.get(), place)).collect()
}

/// Decodes an object within a body. Unknown fields are dropped, unless the object is a map.
fn read_object(schema: &ObjectSchema, raw: &str) -> Result<Value, String> {
    let form = Form { name: schema.name.clone(), strict: false };
    let decoded = decode_pairs(schema, &form, &pairs(&form, raw)?)?;
    Ok(Value::Object(decoded.fields))
}

/// Formats a number like the server: with the shortest digits, and whole numbers without a decimal
/// point.
fn format_number(number: f64) -> Value {
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let zeros = exponent.parse::<usize>().ok().and_then(|places| places.checked_sub(part.len()));
    let plain = zeros.map(|zeros| format!("{whole}{part}{}", "0".repeat(zeros)));
    let plain = plain.and_then(|plain| plain.parse::<Number>().ok());
    plain.filter(|plain| !plain.is_f64()).map_or_else(|| number.into(), Value::Number)
}

fn found(raw: &str) -> &'static str {
    match raw.as_bytes().first() {
        Some(b'"') => "string",
        Some(b't' | b'f') => "bool",
        Some(b'[') => "array",
        Some(b'{') => "object",
        _ => "number",
    }
}

/// Decodes a JSON string. A lone surrogate becomes U+FFFD, as in Go.
fn unescape(raw: &str) -> String {
    let text = serde_json::from_str(raw);
    text.unwrap_or_else(|_| serde_json::from_str(&replace_lone_surrogates(raw)).unwrap_or_default())
}

/// Replaces each escaped lone surrogate of a JSON string with U+FFFD.
fn replace_lone_surrogates(raw: &str) -> String {
    let unit = |escape: &str| u16::from_str_radix(escape.get(2..6)?, 16).ok();
    let (mut text, mut rest) = (String::new(), raw);
    while let Some(at) = rest.find('\\') {
        let (before, escaped) = rest.split_at(at);
        text.push_str(before);
        let is_unit = escaped.starts_with("\\u");
        let (mut escape, after) = escaped.split_at(if is_unit { 6 } else { 2 });
        let low = after.starts_with("\\u").then(|| unit(after)).flatten();
        (escape, rest) = match (unit(escape).filter(|_| is_unit), low) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => escaped.split_at(12),
            (Some(0xd800..=0xdfff), _) => ("\\ufffd", after),
            _ => (escape, after),
        };
        text.push_str(escape);
    }
    text + rest
}

/// The keys and values of an object, in their order and with repeated keys.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

fn pairs<'a>(form: &Form, text: &'a str) -> Result<Pairs<'a>, String> {
    if !text.starts_with('{') {
        // The server first decodes a strict body into a map, to find missing keys.
        let wanted = if form.strict { "map[string]interface {}" } else { &form.type_name() };
        return Err(format!(
            "json: cannot unmarshal {} into Go value of type {wanted}",
            found(text)
        ));
    }
    serde_json::from_str(text).map_err(|error| error.to_string())
}

impl Form {
    /// Returns the name of the type with its Go package.
    fn type_name(&self) -> String {
        let package = match self.name.as_str() {
            "SessionStatusPatchRequest" => "sessions",
            name if name.starts_with(char::is_lowercase) => "scheduledSessions",
            _ => "openapi",
        };
        format!("{package}.{}", self.name)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(Reader).map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mock::schema::Document;

    fn schema() -> ObjectSchema {
        let document = json!({"components": {"schemas": {
            "Agent": {"type": "object", "required": ["project_id", "name"], "properties": {
                "project_id": {"type": "string"},
                "name": {"type": "string"},
                "tokens": {"type": "integer"},
                "heat": {"type": "number"},
                "on": {"type": "boolean"},
                "user_id": {"type": "string", "nullable": true},
                "scope": {"type": "string", "x-extensible-enum": ["global", "project"]},
                "at": {"type": "string", "format": "date-time"},
                "repos": {"type": "array", "items": {"$ref": "#/components/schemas/Repo"}},
                "map": {"type": "object", "additionalProperties": {"type": "integer"}},
                "free": {"type": "object"},
            }},
            "Repo": {
                "type": "object", "required": ["url"], "properties": {"url": {"type": "string"}},
            },
        }}});
        let reference = json!({"$ref": "#/components/schemas/Agent"});
        ObjectSchema::read(Document(&document), &reference)
    }

    fn decode(strict: bool, body: &str) -> Result<Value, String> {
        let form = Form { name: "_Agent".into(), strict };
        super::decode(&schema(), &form, body.as_bytes()).map(|decoded| decoded.fields.into())
    }

    #[test]
    fn maps_keep_their_keys_and_other_objects_only_those_that_are_declared() {
        let body = r#"{"name": "n", "project_id": "p", "map": {"a": 1}, "free": {"b": [2]}, "repos": [{"url": "u", "c": 3}]}"#;
        let kept = json!({"name": "n", "project_id": "p", "map": {"a": 1}, "free": {"b": [2]}, "repos": [{"url": "u"}]});
        assert_eq!(decode(false, body), Ok(kept));
        let unknown = r#"{"name": "n", "project_id": "p", "a": 1}"#;
        assert!(decode(true, unknown).unwrap_err().contains("unknown field"));
    }

    #[test]
    fn wrong_values_are_reported_with_the_messages_of_the_server() {
        let field = |found: &str, name: &str, wanted: &str| {
            format!(
                "json: cannot unmarshal {found} into Go struct field _Agent.{name} of type {wanted}"
            )
        };
        for (body, message) in [
            (r#"{"name": 1}"#, field("number", "name", "string")),
            (r#"{"name": {}, "scope": 1}"#, field("object", "name", "string")),
            (r#"{"tokens": 3000000000}"#, field("number 3000000000", "tokens", "int32")),
            (r#"{"tokens": 1.0}"#, field("number 1.0", "tokens", "int32")),
            (r#"{"TOKENS": "1"}"#, field("string", "tokens", "int32")),
            (r#"{"heat": 1e999}"#, field("number 1e999", "heat", "float64")),
            (r#"{"on": "true"}"#, field("string", "on", "bool")),
            (r#"{"repos": 1}"#, field("number", "repos", "array")),
            (r#"{"name": 1, "at": 7}"#, "Time.UnmarshalJSON: input is not a JSON string".into()),
        ] {
            assert_eq!(decode(false, body), Err(message), "{body}");
        }
        let list = "json: cannot unmarshal array into Go value of type openapi._Agent";
        assert_eq!(decode(false, "[]"), Err(list.to_owned()));
    }

    #[test]
    fn a_strict_body_must_have_required_keys_and_no_unknown_ones() {
        let missing = |name| Err(format!("no value given for required property {name}"));
        assert_eq!(decode(true, "{}"), missing("project_id"));
        assert_eq!(decode(true, r#"{"project_id": null, "NAME": ""}"#), missing("name"));
        let unknown = r#"{"project_id": "p", "name": "n", "wat": 1}"#;
        assert_eq!(decode(true, unknown), Err("json: unknown field \"wat\"".into()));
        let map = "json: cannot unmarshal string into Go value of type map[string]interface {}";
        assert_eq!(decode(true, r#""text""#), Err(map.to_owned()));
    }

    #[test]
    fn null_any_case_and_repeated_keys_are_accepted() {
        let body = r#"{"project_id": null, "name": "a", "Name": "b", "user_id": null, "heat": 9,
            "tokens": 1, "tokens": null, "scope": "other"}"#;
        let fields = json!({
            "project_id": "", "name": "b", "user_id": null, "heat": 9, "scope": "other",
        });
        assert_eq!(decode(true, body), Ok(fields));
        assert_eq!(decode(true, " null "), Ok(json!({"project_id": "", "name": ""})));
    }

    #[test]
    fn numbers_are_formatted_like_the_server() {
        for (number, shown) in [
            (9.0, "9"),
            (-1.0, "-1"),
            (0.5, "0.5"),
            (0.0, "0"),
            (9_223_372_036_854_775_808.0, "9223372036854776000"),
            (1e300, "1e+300"),
        ] {
            assert_eq!(format_number(number).to_string(), shown);
        }
    }
}
