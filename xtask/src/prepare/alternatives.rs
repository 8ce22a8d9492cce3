//! Of several alternatives, a text that reads anything comes after what is no text.
//!
//! The generator tries alternatives in their order. An open enum and a time keep what they don't know as
//! text, a number too: before a number they would take it.

use serde_json::{Value, json};

use super::tree::resolved;
use super::{Draft, Error};
use crate::grammar::{Kind, walk_mut};

pub(super) fn try_texts_last(draft: &mut Draft) -> Result<(), Error> {
    let before = draft.document.clone();
    walk_mut(&mut draft.document, Kind::Document, &mut |value, kind, _| {
        if kind == Kind::Schema {
            for key in ["oneOf", "anyOf"] {
                if let Some(alternatives) = value.get_mut(key).and_then(Value::as_array_mut) {
                    // The order among texts, and among others, stays.
                    alternatives.sort_by_key(|one| is_text(resolved(&before, one)));
                }
            }
        }
        Ok::<(), Error>(())
    })
}

fn is_text(schema: &Value) -> bool {
    schema.get("type") == Some(&json!("string"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::draft;
    use super::*;

    #[test]
    fn a_number_is_tried_before_a_text() {
        let size = json!({"$ref": "#/components/schemas/Size"});
        let (number, text) = (json!({"type": "integer"}), json!({"type": "string"}));
        let schemas = json!({"Size": text, "A": {"oneOf": [size, text, number]}});
        let mut draft = draft(json!({"components": {"schemas": schemas}}));
        try_texts_last(&mut draft).unwrap();
        let alternatives = &draft.document["components"]["schemas"]["A"]["oneOf"];
        assert_eq!(*alternatives, json!([number, size, text]));
    }
}
