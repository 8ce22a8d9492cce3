//! Makes integers accept zero in Rust, regardless of their minimum.
//!
//! For a minimum from 1 on, the generator uses a type without zero. Such a type cannot be created from a
//! plain number, and a single zero would make a whole response unreadable. The server checks what it
//! receives, and the description states the bounds. Parameters are only sent, so they are left
//! unchanged.

use serde_json::json;

use super::{Draft, Error};

pub(super) fn allow_zero_integers(draft: &mut Draft) -> Result<(), Error> {
    draft.change_schemas(|schema, at| {
        let is_whole = schema.get("type").is_some_and(|kind| kind == "integer");
        let minimum = schema.get("minimum")?.as_f64().filter(|minimum| *minimum > 0.0)?;
        if !is_whole || at.contains("/parameters/") {
            return None;
        }
        schema.insert("minimum".to_owned(), json!(0));
        Some(format!("`minimum: {minimum}` is left to the server"))
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::draft;
    use super::*;

    #[test]
    fn positive_minimums_are_removed_except_in_parameters() {
        let size = json!({"type": "integer", "minimum": 1, "maximum": 5});
        let page =
            json!({"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1}});
        let weight = json!({"type": "number", "minimum": 1});
        let properties = json!({"size": size, "weight": weight});
        let pet = json!({"type": "object", "properties": properties});
        let mut draft = draft(json!({
            "paths": {"/pets": {"get": {"parameters": [page]}}},
            "components": {"schemas": {"Pet": pet}},
        }));
        allow_zero_integers(&mut draft).unwrap();
        let properties = &draft.document["components"]["schemas"]["Pet"]["properties"];
        assert_eq!(properties["size"], json!({"type": "integer", "minimum": 0, "maximum": 5}));
        assert_eq!(properties["weight"]["minimum"], 1);
        let page = &draft.document["paths"]["/pets"]["get"]["parameters"][0];
        assert_eq!(page["schema"]["minimum"], 1);
        assert_eq!(draft.notes.len(), 1);
    }
}
