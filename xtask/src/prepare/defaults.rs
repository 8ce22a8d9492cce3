//! Removes defaults that are not values of their schema.
//!
//! The generator rejects such a default without naming it or its place. JSON Schema treats `1.0` as an
//! integer, but the generator does not, so it is rewritten as `1`.

use serde_json::{Map, Number, Value, json};

use super::tree::{resolved, schema_name};
use super::{Draft, Error};

/// The maximum number of references and alternatives between a default and its type.
const DEPTH: usize = 32;

pub(super) fn drop_invalid_defaults(draft: &mut Draft) -> Result<(), Error> {
    let before = draft.document.clone();
    draft.change_schemas(|schema, _| {
        let default = schema.get("default").cloned()?;
        match fitted(&before, &Value::Object(schema.clone()), &default, DEPTH) {
            Some(fitted) if fitted == default => None,
            Some(fitted) => {
                let text = format!("the default {default} is written as {fitted}");
                schema.insert("default".to_owned(), fitted);
                Some(text)
            }
            None => {
                schema.shift_remove("default");
                let text =
                    || format!("the default {default} is not a value of the schema; it is removed");
                (!default.is_null()).then(text)
            }
        }
    });
    Ok(())
}

/// Returns the value in the form of the schema; `None` if it is not a value of the schema.
fn fitted(document: &Value, schema: &Value, value: &Value, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    if schema_name(schema).is_some() {
        return fitted(document, resolved(document, schema), value, depth);
    }
    let schema = schema.as_object()?;
    if value.is_null() {
        // A nullable value without a default is absent, which is the same in Rust.
        return None;
    }
    let mut value = value.clone();
    let list = |key: &str| schema.get(key).and_then(Value::as_array).into_iter().flatten();
    for part in list("allOf") {
        value = fitted(document, part, &value, depth)?;
    }
    for key in ["oneOf", "anyOf"] {
        if schema.contains_key(key) {
            let alternatives = list(key).filter_map(|one| fitted(document, one, &value, depth));
            value = { alternatives }.next()?;
        }
    }
    let kind = schema.get("type").and_then(Value::as_str);
    let value = match kind {
        Some("boolean") => value.is_boolean().then_some(value)?,
        Some("string") => fitted_text(schema, value)?,
        Some("integer") => fitted_integer(schema, &value)?,
        Some("number") => value.is_number().then_some(value)?,
        Some("array") => fitted_list(document, schema, &value, depth)?,
        Some("object") => fitted_object(document, schema, &value, depth)?,
        _ if schema.contains_key("properties") => fitted_object(document, schema, &value, depth)?,
        _ => value,
    };
    let values = schema.get("enum").and_then(Value::as_array);
    values.is_none_or(|values| values.contains(&value)).then_some(value)
}

fn fitted_text(schema: &Map<String, Value>, value: Value) -> Option<Value> {
    let text = value.as_str()?;
    let format = schema.get("format").and_then(Value::as_str);
    let parses = match format {
        Some("ip") => text.parse::<std::net::IpAddr>().is_ok(),
        Some("ipv4") => text.parse::<std::net::Ipv4Addr>().is_ok(),
        Some("ipv6") => text.parse::<std::net::Ipv6Addr>().is_ok(),
        _ => true,
    };
    parses.then_some(value)
}

fn fitted_integer(schema: &Map<String, Value>, value: &Value) -> Option<Value> {
    let number = match value.as_i64() {
        Some(number) => number,
        None => whole(value.as_number()?)?,
    };
    let bound = |key: &str| schema.get(key).and_then(Value::as_i64);
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let (least, most) = match format {
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "uint8" => (0, u8::MAX.into()),
        "int16" => (i16::MIN.into(), i16::MAX.into()),
        "uint16" => (0, u16::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "uint32" => (0, u32::MAX.into()),
        "uint" | "uint64" => (0, i64::MAX),
        _ => (i64::MIN, i64::MAX),
    };
    let exclusive = |key: &str| i64::from(schema.get(key) == Some(&json!(true)));
    let least = least
        .max(bound("minimum").unwrap_or(i64::MIN).saturating_add(exclusive("exclusiveMinimum")));
    let most = most
        .min(bound("maximum").unwrap_or(i64::MAX).saturating_sub(exclusive("exclusiveMaximum")));
    (least..=most).contains(&number).then(|| json!(number))
}

/// Returns the integer value of a number such as `1.0` or `1e3`.
fn whole(number: &Number) -> Option<i64> {
    let float =
        number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 2f64.powi(53))?;
    #[allow(clippy::cast_possible_truncation)] // Checked above.
    Some(float as i64)
}

fn fitted_list(
    document: &Value,
    schema: &Map<String, Value>,
    value: &Value,
    depth: usize,
) -> Option<Value> {
    let any = json!({});
    let items = schema.get("items").filter(|items| items.is_object()).unwrap_or(&any);
    let list = value.as_array()?.iter();
    let list: Vec<Value> =
        list.map(|item| fitted(document, items, item, depth)).collect::<Option<_>>()?;
    let count = |key: &str| schema.get(key).and_then(Value::as_u64);
    let length = list.len() as u64;
    let is_set = schema.get("uniqueItems") == Some(&json!(true));
    let repeats = is_set && list.iter().enumerate().any(|(at, item)| list[..at].contains(item));
    let fits = count("minItems").is_none_or(|least| least <= length)
        && count("maxItems").is_none_or(|most| length <= most);
    (fits && !repeats).then_some(Value::Array(list))
}

fn fitted_object(
    document: &Value,
    schema: &Map<String, Value>,
    value: &Value,
    depth: usize,
) -> Option<Value> {
    let object = value.as_object()?;
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    if !required.filter_map(Value::as_str).all(|name| object.contains_key(name)) {
        return None;
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let others = schema.get("additionalProperties");
    let fitted = object.iter().map(|(name, value)| {
        let declared = properties.and_then(|properties| properties.get(name));
        let value = match (declared, others) {
            (Some(schema), _) => fitted(document, schema, value, depth)?,
            (None, Some(Value::Bool(false))) => return None,
            (None, Some(schema)) if schema.is_object() => fitted(document, schema, value, depth)?,
            // A struct has no field for it.
            (None, _) if properties.is_some() => return None,
            (None, _) => value.clone(),
        };
        Some((name.clone(), value))
    });
    fitted.collect::<Option<Map<_, _>>>().map(Value::Object)
}

#[cfg(test)]
mod tests {
    use super::super::testing::draft;
    use super::*;

    fn kept(schema: Value) -> Option<Value> {
        let small = json!({"type": "integer", "minimum": 1});
        let object = json!({"type": "object", "required": ["a"], "properties": {"a": small}});
        let schemas = json!({"A": schema, "Small": small, "Object": object});
        let mut draft = draft(json!({"components": {"schemas": schemas}}));
        drop_invalid_defaults(&mut draft).unwrap();
        draft.document["components"]["schemas"]["A"].get("default").cloned()
    }

    #[test]
    fn valid_defaults_are_kept_and_whole_numbers_become_integers() {
        let small = json!({"$ref": "#/components/schemas/Small"});
        for (schema, default, after) in [
            (json!({"type": "integer"}), json!(1.0), json!(1)),
            (json!({"type": "number"}), json!(1), json!(1)),
            (json!({"type": "string"}), json!("a"), json!("a")),
            (json!({"allOf": [small]}), json!(2.0), json!(2)),
            (json!({"type": "array", "items": small}), json!([1, 2.0]), json!([1, 2])),
            (json!({"oneOf": [{"type": "string"}, small]}), json!(3), json!(3)),
            (json!({}), json!({"any": [1]}), json!({"any": [1]})),
        ] {
            let mut schema = schema;
            schema["default"] = default;
            assert_eq!(kept(schema.clone()), Some(after), "{schema}");
        }
    }

    #[test]
    fn invalid_defaults_are_removed() {
        let small = json!({"$ref": "#/components/schemas/Small"});
        let object = json!({"$ref": "#/components/schemas/Object"});
        for (schema, default) in [
            (json!({"type": "integer"}), json!("abc")),
            (json!({"type": "integer"}), json!(1.5)),
            (json!({"type": "integer", "format": "int32"}), json!(3_000_000_000_u64)),
            (json!({"type": "boolean"}), json!("true")),
            (json!({"type": "string"}), json!(1)),
            (json!({"type": "string", "format": "ipv4"}), json!("here")),
            (json!({"type": "string", "nullable": true}), json!(null)),
            (json!({"allOf": [small]}), json!(0)),
            (json!({"type": "array", "items": small}), json!([0])),
            (json!({"type": "array", "items": small}), json!(1)),
            (json!({"allOf": [object]}), json!({})),
            (json!({"allOf": [object]}), json!({"a": 1, "b": 2})),
            (json!({"oneOf": [{"type": "string"}, small]}), json!(true)),
        ] {
            let mut schema = schema;
            schema["default"] = default;
            assert_eq!(kept(schema.clone()), None, "{schema}");
        }
    }
}
