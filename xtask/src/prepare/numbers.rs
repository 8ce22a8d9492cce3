//! Whole numbers that may be zero in Rust, whatever the document's smallest one is.
//!
//! The generator makes a type without a zero of a smallest number from 1 on. It could not be given as
//! a plain number, and one zero in an answer would make the whole answer unreadable. The server checks
//! what it is sent, and the description says the bounds. Parameters are only sent, and stay.

use serde_json::json;

use super::{Draft, Error};
use crate::grammar::{Kind, walk_mut};

pub(super) fn let_whole_numbers_be_zero(draft: &mut Draft) -> Result<(), Error> {
    let mut notes = Vec::new();
    walk_mut(&mut draft.document, Kind::Document, &mut |value, kind, at| {
        let Some(schema) = value.as_object_mut().filter(|_| kind == Kind::Schema) else {
            return Ok(());
        };
        let is_whole = schema.get("type").is_some_and(|kind| kind == "integer");
        let minimum = schema.get("minimum").and_then(|minimum| minimum.as_f64());
        if let Some(minimum) = minimum.filter(|minimum| *minimum > 0.0)
            && is_whole
            && !at.contains("/parameters/")
        {
            schema.insert("minimum".to_owned(), json!(0));
            notes.push((at.to_owned(), format!("`minimum: {minimum}` is left to the server")));
        }
        Ok::<(), Error>(())
    })?;
    draft.note_all(notes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::draft;
    use super::*;

    #[test]
    fn a_smallest_number_above_zero_is_left_to_the_server_but_in_parameters() {
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
        let_whole_numbers_be_zero(&mut draft).unwrap();
        let properties = &draft.document["components"]["schemas"]["Pet"]["properties"];
        assert_eq!(properties["size"], json!({"type": "integer", "minimum": 0, "maximum": 5}));
        assert_eq!(properties["weight"]["minimum"], 1);
        let page = &draft.document["paths"]["/pets"]["get"]["parameters"][0];
        assert_eq!(page["schema"]["minimum"], 1);
        assert_eq!(draft.notes.len(), 1);
    }
}
