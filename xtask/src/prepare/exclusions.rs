//! Removes `not`, which the server checks.
//!
//! The generator rejects most uses of `not`, and loses the properties of an object with one. If the
//! server stopped excluding a value, clients with the check would reject it.

use serde_json::json;

use super::{Draft, Error};

pub(super) fn drop_exclusions(draft: &mut Draft) -> Result<(), Error> {
    draft.change_schemas(|schema, _| {
        // In OpenAPI 3.0, `not: {}` forbids a property. The generator supports this.
        schema.get("not").filter(|excluded| **excluded != json!({}))?;
        schema.shift_remove("not");
        Some("`not` is left to the server".to_owned())
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::draft;
    use super::*;

    #[test]
    fn exclusions_are_dropped_and_noted_unless_they_exclude_everything() {
        let schemas = json!({"A": {"type": "object", "not": {"required": ["b"]}, "properties": {
            "not": {"type": "string", "not": {"enum": ["x"]}},
            "never": {"not": {}},
        }}});
        let mut draft = draft(json!({"components": {"schemas": schemas}}));
        drop_exclusions(&mut draft).unwrap();
        let properties = json!({"not": {"type": "string"}, "never": {"not": {}}});
        assert_eq!(
            draft.document["components"]["schemas"]["A"],
            json!({"type": "object", "properties": properties})
        );
        let places: Vec<&str> = draft.notes.iter().map(|note| note.pointer.as_str()).collect();
        assert_eq!(places, ["/components/schemas/A", "/components/schemas/A/properties/not"]);
    }
}
