//! Gives every operation one error schema, on `4XX` and `5XX` only.
//!
//! The generator rejects two error schemas, and an error with a body next to an error without one. With
//! the two ranges every failure is typed, even if the document does not list it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::tree::{
    is_success, operations_mut, reject, responses_mut, schema_name, schema_reference, schemas_mut,
};
use super::{Draft, Error};
use crate::extension::ERROR_SCHEMA as MARK;
use crate::pointer;

/// The name of the error schema if the document has none.
const FALLBACK: &str = "Error";

pub(super) fn give_every_operation_one_error(draft: &mut Draft) -> Result<(), Error> {
    let name = match marked(draft)? {
        Some(name) => name,
        None => choose(draft)?,
    };
    let content = json!({"application/json": {"schema": schema_reference(&name)}});
    for (_, operation) in operations_mut(&mut draft.document) {
        let Some(responses) = responses_mut(operation) else { continue };
        responses.retain(|status, _| is_success(status));
        for (range, description) in [("4XX", "The request failed."), ("5XX", "The server failed.")]
        {
            let response = json!({ "description": description, "content": content });
            responses.insert(range.to_owned(), response);
        }
    }
    Ok(())
}

fn marked(draft: &mut Draft) -> Result<Option<String>, Error> {
    let schemas = schemas_mut(&mut draft.document)?;
    let mut marked = schemas.iter().filter(|(_, schema)| schema.get(MARK) == Some(&json!(true)));
    let first = marked.next().map(|(name, _)| name.clone());
    match marked.next() {
        Some((second, _)) => Err(reject(
            format!("/components/schemas/{second}"),
            format!("a second schema is marked {MARK}"),
        )
        .with_help("mark the one that describes every failure")),
        None => Ok(first),
    }
}

/// Returns the schema that most failures have; if no failure has a schema, it is created.
fn choose(draft: &mut Draft) -> Result<String, Error> {
    let mut votes: BTreeMap<String, usize> = BTreeMap::new();
    for (_, operation) in operations_mut(&mut draft.document) {
        let responses = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
        for (_, failure) in responses.filter(|(status, _)| !is_success(status)) {
            let schema = failure.pointer("/content/application~1json/schema");
            if let Some(name) = schema.and_then(schema_name) {
                *votes.entry(name.to_owned()).or_default() += 1;
            }
        }
    }
    let most = votes.into_iter().max_by_key(|(_, votes)| *votes).map(|(name, _)| name);
    let name = most.unwrap_or_else(|| FALLBACK.to_owned());
    let pointer = pointer::join("/components/schemas", &name);
    draft.note(&pointer, format!("no schema is marked {MARK}; `{name}` was chosen"));
    let anything = || json!({"type": "object", "description": "A failure.", "properties": {}});
    let schema = schemas_mut(&mut draft.document)?.entry(name.clone()).or_insert_with(anything);
    match schema.as_object_mut() {
        Some(schema) => schema.insert(MARK.to_owned(), json!(true)),
        None => return Err(reject(pointer, "the schema of failures is not an object")),
    };
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{draft, operation};
    use super::*;

    fn failing(schemas: Value) -> Draft {
        let error = |name: &str| json!({"content": {"application/json": {"schema": schema_reference(name)}}});
        let responses = json!({
            "200": {"description": "ok"},
            "400": error("Problem"), "404": error("Problem"), "409": error("Conflict"),
            "500": {"description": "no body"}, "default": error("Conflict"),
        });
        let mut draft = draft(json!({
            "paths": {"/a": {"get": {"responses": responses}}},
            "components": {"schemas": schemas},
        }));
        give_every_operation_one_error(&mut draft).unwrap();
        draft
    }

    #[test]
    fn the_marked_schema_is_the_only_error() {
        let draft = failing(json!({"Problem": {}, "Ours": {MARK: true}}));
        let responses = operation(&draft, "/a", "get")["responses"].as_object().unwrap();
        assert_eq!(responses.keys().collect::<Vec<_>>(), ["200", "4XX", "5XX"]);
        let schema = &responses["5XX"]["content"]["application/json"]["schema"];
        assert_eq!(*schema, schema_reference("Ours"));
        assert!(draft.notes.is_empty());
    }

    #[test]
    fn without_a_mark_the_most_frequent_schema_is_chosen_and_noted() {
        let draft = failing(json!({"Problem": {}, "Conflict": {}}));
        let schema = &draft.document["components"]["schemas"]["Problem"];
        assert_eq!(schema[MARK], true);
        assert!(draft.notes[0].text.contains("Problem"));
    }

    #[test]
    fn two_marked_schemas_are_rejected() {
        let schemas = json!({"A": {MARK: true}, "B": {MARK: true}});
        let mut draft = draft(json!({"paths": {}, "components": {"schemas": schemas}}));
        let error = give_every_operation_one_error(&mut draft).unwrap_err().to_string();
        assert!(error.contains("/components/schemas/B"), "{error}");
    }
}
