//! Removes the names that JSON Schema gives to schemas.
//!
//! No reference uses them: the bundler follows JSON pointers only, and rejects any other reference.

use super::{Draft, Error};

/// Keywords that name a schema.
const NAMES: [&str; 3] = ["$id", "$anchor", "$dynamicAnchor"];

pub(super) fn drop_names_of_schemas(draft: &mut Draft) -> Result<(), Error> {
    draft.change_schemas(|schema, _| {
        let names = NAMES.into_iter().filter(|name| schema.shift_remove(*name).is_some());
        let names: Vec<&str> = names.collect();
        names.into_iter().map(|name| format!("`{name}` is left out: no reference uses it"))
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::draft;
    use super::*;

    #[test]
    fn names_are_dropped_and_noted_but_not_properties() {
        let properties = json!({"$id": {"type": "string", "$anchor": "a"}});
        let schema = json!({"type": "object", "$id": "https://a.test/a", "properties": properties});
        let mut draft = draft(json!({"components": {"schemas": {"A": schema}}}));
        drop_names_of_schemas(&mut draft).unwrap();
        let properties = json!({"$id": {"type": "string"}});
        assert_eq!(
            draft.document["components"]["schemas"]["A"],
            json!({"type": "object", "properties": properties})
        );
        let places: Vec<&str> = draft.notes.iter().map(|note| note.pointer.as_str()).collect();
        let at = "/components/schemas/A";
        assert_eq!(places, [at.to_owned(), format!("{at}/properties/$id")]);
    }
}
