//! Rejects lists and maps that contain each other too deeply.
//!
//! The type of such a schema has a level for each list and map, and the compiler stops at its recursion
//! limit of 128: 45 levels compiled, 60 did not. A component between them starts a type of its own.

use std::fmt;

use serde_json::Value;

/// The number of lists and maps that may contain each other.
const LEVELS: usize = 32;

/// A schema with too many levels.
#[derive(Debug)]
pub(crate) struct TooDeep;

impl fmt::Display for TooDeep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "more than {LEVELS} lists and maps contain each other; make one of them a component"
        )
    }
}

/// Rejects a document with such a schema.
pub(crate) fn check(document: &Value) -> Result<(), TooDeep> {
    match is_too_deep(document) {
        true => Err(TooDeep),
        false => Ok(()),
    }
}

fn is_too_deep(value: &Value) -> bool {
    match value {
        Value::Object(map) => has_more_levels(value) || map.values().any(is_too_deep),
        Value::Array(list) => list.iter().any(is_too_deep),
        _ => false,
    }
}

fn has_more_levels(mut schema: &Value) -> bool {
    for _ in 0..=LEVELS {
        let inner = schema.get("items").or_else(|| schema.get("additionalProperties"));
        let Some(inner) = inner else { return false };
        schema = inner;
    }
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn nested(levels: usize) -> Value {
        let schema = (0..levels).fold(json!({}), |inner, level| match level % 2 {
            0 => json!({"type": "array", "items": inner}),
            _ => json!({"type": "object", "additionalProperties": inner}),
        });
        json!({"components": {"schemas": {"A": {"properties": {"a": schema}}}}})
    }

    #[test]
    fn lists_and_maps_have_a_greatest_depth() {
        assert!(check(&nested(LEVELS)).is_ok());
        assert!(check(&nested(LEVELS + 1)).is_err());
    }
}
