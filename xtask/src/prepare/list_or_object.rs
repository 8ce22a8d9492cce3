//! Reads a schema that describes both items and properties, but has no type, as a list or an object.
//!
//! The generator takes only one of the two as the type, and rejects both.

use serde_json::json;

use super::openapi_3_1::rewrite_types;
use super::{Draft, Error};

pub(super) fn distinguish_lists_from_objects(draft: &mut Draft) -> Result<(), Error> {
    draft.change_schemas(|schema, _| {
        let has = |key: &str| schema.contains_key(key);
        let is_both = has("items") && (has("properties") || has("additionalProperties"));
        if !is_both || has("type") || has("$ref") {
            return None;
        }
        schema.insert("type".to_owned(), json!(["array", "object"]));
        rewrite_types(schema);
        Some("a schema with items and properties is a list or an object".to_owned())
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::draft;
    use super::*;

    #[test]
    fn a_schema_with_items_and_properties_is_one_of_two() {
        let both = json!({"items": {}, "minItems": 1, "properties": {"a": {}}, "required": ["a"]});
        let list = json!({"type": "array", "items": {}, "properties": {"a": {}}});
        let schemas = json!({"Both": both, "List": list});
        let mut draft = draft(json!({"components": {"schemas": schemas}}));
        distinguish_lists_from_objects(&mut draft).unwrap();
        let one_of_two = json!({"anyOf": [
            {"type": "array", "items": {}, "minItems": 1},
            {"type": "object", "properties": {"a": {}}, "required": ["a"]},
        ]});
        assert_eq!(
            draft.document["components"]["schemas"],
            json!({"Both": one_of_two, "List": list})
        );
        assert_eq!(draft.notes[0].pointer, "/components/schemas/Both");
    }
}
