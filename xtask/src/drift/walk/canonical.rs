//! The canonical form of a value: values with the same meaning have the same canonical form. Lists
//! whose order has no meaning are sorted, and case-insensitive names are in lower case.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{PROSE, media};
use crate::extension::OPEN_ENUM;

/// Keywords whose lists have no meaningful order.
const UNORDERED: [&str; 9] =
    ["required", "enum", OPEN_ENUM, "type", "tags", "allOf", "anyOf", "oneOf", "parameters"];

/// Keywords that don't affect the values of a schema, besides its documentation.
const NO_VALUES: [&str; 4] = ["default", "deprecated", "readOnly", "writeOnly"];

/// Returns whether two members called `key` have the same meaning.
pub(super) fn are_alike(key: &str, old: Option<&Value>, new: Option<&Value>) -> bool {
    old == new
        || matches!((old, new), (Some(old), Some(new)) if canonical(key, old) == canonical(key, new))
}

/// Returns whether two values are equal as data; `1` and `1.0` are the same number.
pub(super) fn are_equal(old: &Value, new: &Value) -> bool {
    old == new || data(old) == data(new)
}

/// Returns a value with whole numbers written as integers. The order of lists is kept.
pub(super) fn data(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(data).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), data(member))).collect()
        }
        Value::Number(number) => number.as_f64().and_then(whole).unwrap_or_else(|| value.clone()),
        other => other.clone(),
    }
}

/// Returns a whole number as an integer, if a float represents it exactly.
fn whole(number: f64) -> Option<Value> {
    const EXACT: f64 = (1u64 << f64::MANTISSA_DIGITS) as f64;
    #[allow(clippy::cast_possible_truncation, reason = "the number is whole and small")]
    (number.fract() == 0.0 && number.abs() < EXACT).then(|| Value::from(number as i64))
}

/// Returns the canonical form of the value of the member `key`.
pub(in crate::drift) fn canonical(key: &str, value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| canonical(key, item)).collect();
            if UNORDERED.contains(&key) {
                items.sort_by_cached_key(Value::to_string);
            }
            Value::Array(items)
        }
        Value::Object(members) => {
            let header = members.get("in").is_some_and(|place| place == "header");
            let member = |(name, member): (&String, &Value)| {
                let value = match (name.as_str(), member) {
                    ("name", Value::String(text)) if header => text.to_lowercase().into(),
                    ("scheme", Value::String(text)) => text.to_lowercase().into(),
                    ("contentType", Value::String(text)) => media::identity(text).into(),
                    _ => canonical(name, member),
                };
                (spelling(key, name).into_owned(), value)
            };
            let mut members: Vec<(String, Value)> = members.iter().map(member).collect();
            members.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(Map::from_iter(members))
        }
        other => data(other),
    }
}

/// Returns the canonical form of a schema without keywords that don't affect its values.
pub(super) fn meaning(schema: &Value) -> Value {
    let mut value = canonical("", schema);
    if let Some(members) = value.as_object_mut() {
        members.retain(|key, _| !describes(key));
    }
    value
}

/// Returns whether a keyword doesn't affect the values of a schema.
pub(super) fn describes(key: &str) -> bool {
    let lists_values = key == OPEN_ENUM;
    PROSE.contains(&key) || NO_VALUES.contains(&key) || (key.starts_with("x-") && !lists_values)
}

/// Returns the canonical name of a member of the map `key`.
pub(super) fn spelling<'n>(key: &str, name: &'n str) -> Cow<'n, str> {
    match key {
        "content" => Cow::Owned(media::identity(name)),
        "headers" => Cow::Owned(name.to_lowercase()),
        _ => Cow::Borrowed(name),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{are_alike, are_equal, canonical};

    #[test]
    fn meaningless_order_and_case_are_ignored() {
        let old = json!({"required": ["a", "b"], "allOf": [{"enum": [1, 2]}, {}]});
        let new = json!({"allOf": [{}, {"enum": [2, 1]}], "required": ["b", "a"]});
        assert!(are_alike("not", Some(&old), Some(&new)));
        let old =
            json!({"content": {"Application/JSON; charset=utf-8": {}}, "headers": {"X-A": {}}});
        let new = json!({"content": {"application/json": {}}, "headers": {"x-a": {}}});
        assert_eq!(canonical("", &old), canonical("", &new));
    }

    #[test]
    fn spellings_of_a_number_are_equal() {
        let (old, new) = (json!({"default": [1, 2.5]}), json!({"default": [1.0, 2.5]}));
        assert!(are_alike("not", Some(&old), Some(&new)) && are_equal(&old, &new));
        assert!(!are_equal(&json!(1), &json!(1.5)));
        assert!(!are_equal(&json!(9007199254740993_i64), &json!(9007199254740992_i64)));
    }

    #[test]
    fn meaningful_order_is_compared() {
        let (old, new) = (json!([1, 2]), json!([2, 1]));
        assert!(are_alike("enum", Some(&old), Some(&new)));
        assert!(!are_alike("default", Some(&old), Some(&new)));
        assert!(!are_alike("enum", Some(&old), None));
    }
}
