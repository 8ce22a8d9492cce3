//! Puts the objects of a choice with other values into a choice of their own.
//!
//! Later rules tag or merge objects only if all alternatives of a choice are objects. The same holds for
//! the struct that the generator writes for `anyOf`.

use serde_json::{Value, json};

use super::{discriminators, overlaps};
use crate::prepare::tree::{Object, schema_name, schemas_mut};
use crate::prepare::{Draft, Error};

pub(in crate::prepare) fn nest_objects(draft: &mut Draft) -> Result<(), Error> {
    let schemas = schemas_mut(&mut draft.document)?.clone();
    draft.change_schemas(|schema, _| -> Option<String> {
        for key in ["oneOf", "anyOf"] {
            let Some(list) = schema.get(key).and_then(Value::as_array) else { continue };
            let (objects, mut others): (Vec<Value>, Vec<Value>) =
                list.iter().cloned().partition(|one| is_object(&schemas, one));
            if others.is_empty() || objects.len() < 2 {
                continue;
            }
            let mut nested = Object::from_iter([(key.to_owned(), json!(objects))]);
            let discriminator = schema.get("discriminator").cloned();
            nested.extend(discriminator.map(|one| ("discriminator".to_owned(), one)));
            let is_distinguished = discriminators::has_tags(&schemas, &nested)
                || overlaps::is_merged(&schemas, &nested);
            if key == "anyOf" || is_distinguished {
                others.push(Value::Object(nested));
                schema.shift_remove("discriminator");
                schema.insert(key.to_owned(), json!(others));
            }
        }
        None
    });
    Ok(())
}

fn is_object(schemas: &Object, schema: &Value) -> bool {
    let schema = schema_name(schema).and_then(|name| schemas.get(name)).unwrap_or(schema);
    let has = |key: &str| schema.get(key).is_some();
    (schema.get("type").is_some_and(|kind| kind == "object") || (has("properties") && !has("type")))
        && !["oneOf", "anyOf", "allOf"].into_iter().any(has)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::testing::draft;
    use crate::prepare::tree::schema_reference;

    #[test]
    fn objects_with_tags_are_a_choice_of_their_own() {
        let object = |tag: &str| {
            json!({"type": "object", "required": ["object", tag], "properties": {
                "object": {"type": "string", "enum": [tag]}, tag: {"type": "integer"},
            }})
        };
        let (text, file, folder) =
            (json!({"type": "string"}), schema_reference("File"), schema_reference("Folder"));
        let discriminator = json!({"propertyName": "object"});
        let schemas = json!({
            "File": object("file"), "Folder": object("folder"),
            "Owner": {"anyOf": [file, text, folder]},
            "Named": {"oneOf": [file, folder, text], "discriminator": discriminator},
            "One": {"anyOf": [text, file]},
            "Objects": {"anyOf": [file, folder]},
        });
        let mut draft = draft(json!({"components": {"schemas": schemas}}));
        nest_objects(&mut draft).unwrap();
        let after = &draft.document["components"]["schemas"];
        assert_eq!(after["Owner"], json!({"anyOf": [text, {"anyOf": [file, folder]}]}));
        let nested = json!({"oneOf": [file, folder], "discriminator": discriminator});
        assert_eq!(after["Named"], json!({"oneOf": [text, nested]}));
        assert_eq!((&after["One"], &after["Objects"]), (&schemas["One"], &schemas["Objects"]));
    }
}
