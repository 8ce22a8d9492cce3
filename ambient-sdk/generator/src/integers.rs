//! Maps integers by their format alone: `i32` for `int32`, and `i64` without a format.
//!
//! The generator also derives the type from the bounds: an integer with `minimum: 1` becomes a
//! `NonZeroU64`. The `page` of a request would then have another type than the `page` of its
//! response, and a server that changes a bound would break callers. The documentation states the
//! bounds, and the server checks them.

use std::convert::Infallible;

use ambient_sdk_openapi::grammar::{Kind, walk_mut};
use serde_json::Value;

const BOUNDS: [&str; 4] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];

/// Removes the bounds of integers from a document.
pub(crate) fn by_format(document: &mut Value) {
    let done: Result<(), Infallible> = walk_mut(document, Kind::Document, &mut |value, kind, _| {
        if let (Kind::Schema, Some(schema)) = (kind, value.as_object_mut())
            && schema.get("type").is_some_and(|of| of == "integer")
        {
            schema.retain(|key, _| !BOUNDS.contains(&key.as_str()));
        }
        Ok(())
    });
    let Ok(()) = done;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_integers_lose_their_bounds() {
        let whole = json!({"type": "integer", "minimum": 1, "maximum": 5, "format": "int32"});
        let schemas = json!({
            "Whole": whole,
            "Share": {"type": "number", "minimum": 0},
            "Named": {"type": "object", "properties": {"minimum": {"type": "integer", "minimum": 1}}},
        });
        let mut document = json!({"components": {"schemas": schemas}});
        by_format(&mut document);
        let schemas = json!({
            "Whole": {"type": "integer", "format": "int32"},
            "Share": {"type": "number", "minimum": 0},
            "Named": {"type": "object", "properties": {"minimum": {"type": "integer"}}},
        });
        assert_eq!(document, json!({"components": {"schemas": schemas}}));
    }
}
