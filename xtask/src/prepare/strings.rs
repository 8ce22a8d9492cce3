//! Keeps strings plain if the raw crate has no type for them.
//!
//! For some formats and for patterns the generator uses types of crates that the raw crate does not
//! depend on. A length creates a wrapper that rejects values once the server changes its bounds. The
//! server checks all of these anyway, and its response names the rejected value. The generator
//! recognizes a supported format only without extensions, so extensions other than ours are removed too.

use super::{Draft, Error};
use crate::extension::{IS, OPEN_ENUM as OPEN};

/// Formats for which the generator needs a crate, and the build has no conversion.
const FOREIGN: [&str; 2] = ["date", "uuid"];
/// Keywords that restrict the text of a string.
const BOUNDS: [&str; 3] = ["pattern", "minLength", "maxLength"];

pub(super) fn keep_strings_plain(draft: &mut Draft) -> Result<(), Error> {
    draft.change_schemas(|schema, _| {
        let mut notes = Vec::new();
        let format = schema.get("format").and_then(|format| format.as_str());
        if let Some(format) = FOREIGN.into_iter().find(|foreign| format == Some(*foreign)) {
            schema.shift_remove("format");
            notes.push(format!("the format `{format}` is left to the server"));
        }
        if schema.contains_key("format") {
            schema.retain(|key, _| !key.starts_with("x-") || key == OPEN || key == IS);
        }
        for bound in BOUNDS {
            if schema.shift_remove(bound).is_some() {
                notes.push(format!("`{bound}` is left to the server"));
            }
        }
        notes
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::draft;
    use super::*;

    #[test]
    fn unsupported_formats_and_bounds_are_dropped_and_noted() {
        let string = json!({
            "type": "string", "format": "uuid", "pattern": "^a", "minLength": 1, "maxLength": 2,
        });
        let day = json!({"type": "string", "format": "date"});
        let schemas = json!({"A": {"type": "object", "properties": {"id": string, "day": day}}});
        let mut draft = draft(json!({"components": {"schemas": schemas}}));
        keep_strings_plain(&mut draft).unwrap();
        let properties = &draft.document["components"]["schemas"]["A"]["properties"];
        assert_eq!(*properties, json!({"id": {"type": "string"}, "day": {"type": "string"}}));
        let notes: Vec<&str> = draft.notes.iter().map(|note| note.text.as_str()).collect();
        assert_eq!(notes.len(), 5, "{notes:?}");
        assert!(notes[0].contains("`uuid`") && notes[1].contains("`pattern`"), "{notes:?}");
        assert_eq!(draft.notes[0].pointer, "/components/schemas/A/properties/id");
    }

    #[test]
    fn formats_lose_their_extensions() {
        let schemas = json!({
            "A": {"type": "string", "format": "date-time", "x-go-name": "At", "nullable": true},
            "B": {"type": "string", "format": "password", OPEN: ["b"]},
            "C": {"type": "string", "x-go-name": "C"},
        });
        let mut draft = draft(json!({"components": {"schemas": schemas.clone()}}));
        keep_strings_plain(&mut draft).unwrap();
        let after = &draft.document["components"]["schemas"];
        let at = json!({"type": "string", "format": "date-time", "nullable": true});
        assert_eq!((&after["A"], &after["B"]), (&at, &schemas["B"]));
        assert_eq!(after["C"], schemas["C"]);
    }

    #[test]
    fn supported_formats_and_properties_with_these_names_are_kept() {
        let properties = json!({
            "pattern": {"type": "string", "format": "date-time"},
            "maxLength": {"type": "integer", "format": "int64", "minimum": 0},
            "text": {"type": "string", "format": "json", "example": {"pattern": "x"}},
        });
        let document = json!({"components": {"schemas": {"A": {"properties": properties}}}});
        let mut draft = draft(document.clone());
        keep_strings_plain(&mut draft).unwrap();
        assert_eq!(draft.document, document);
        assert!(draft.notes.is_empty());
    }
}
