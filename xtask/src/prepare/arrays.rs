//! Makes long arrays of a fixed length lists.
//!
//! The generator writes a Rust array for a fixed length, and serde supports arrays of at most 32 items.

use super::{Draft, Error};

/// The length of the longest array that serde supports.
const LONGEST: u64 = 32;

pub(super) fn use_lists_for_long_arrays(draft: &mut Draft) -> Result<(), Error> {
    draft.change_schemas(|schema, _| {
        let count = |keyword| schema.get(keyword).and_then(serde_json::Value::as_u64);
        let length = count("minItems").filter(|length| *length > LONGEST)?;
        if count("maxItems") != Some(length) {
            return None;
        }
        schema.shift_remove("minItems");
        schema.shift_remove("maxItems");
        Some(format!("the length of {length} items is left to the server"))
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::draft;
    use super::*;

    #[test]
    fn only_the_bounds_of_long_arrays_are_removed() {
        let array = |least: u64, most: u64| json!({"type": "array", "items": {}, "minItems": least, "maxItems": most});
        let schemas = json!({"Long": array(33, 33), "Short": array(32, 32), "Open": array(33, 34)});
        let mut draft = draft(json!({"components": {"schemas": schemas}}));
        use_lists_for_long_arrays(&mut draft).unwrap();
        let schemas = &draft.document["components"]["schemas"];
        assert_eq!(schemas["Long"], json!({"type": "array", "items": {}}));
        assert_eq!(schemas["Short"], array(32, 32));
        assert_eq!(schemas["Open"], array(33, 34));
        assert_eq!(draft.notes.len(), 1);
    }
}
