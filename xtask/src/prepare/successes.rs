//! Reduces the successes of each operation to one type, the only form that the generator supports.
//!
//! Several statuses with the same body are kept. Different bodies become one type with a variant for
//! each status, including statuses without a body. A success without a body next to a single kind of
//! body is dropped and noted. Redirects and other statuses that are neither success nor failure are
//! dropped.

use serde_json::{Value, json};

use super::origins::Origins;
use super::tree::{
    Object, Spot, content, is_success, operations_mut, pascal_case, responses_mut, schema_name,
    schema_reference, schemas_mut, successes,
};
use super::{Draft, Error};
use crate::extension::ANSWERS;
use crate::media_type::JSON;
use crate::pointer;

/// Handles `default`, which describes failures if a success is declared; otherwise it is the success.
pub(super) fn use_default_as_success(draft: &mut Draft) -> Result<(), Error> {
    for (_, operation) in operations_mut(&mut draft.document) {
        operation.entry("responses").or_insert_with(|| json!({}));
        let Some(responses) = responses_mut(operation) else { continue };
        if responses.keys().any(|status| is_success(status)) {
            continue;
        }
        let success = responses.shift_remove("default");
        let success = success.unwrap_or_else(|| json!({"description": "Success"}));
        responses.insert("2XX".to_owned(), success);
    }
    Ok(())
}

pub(super) fn merge_successes(draft: &mut Draft) -> Result<(), Error> {
    let mut notes = Vec::new();
    let mut schemas = std::mem::take(schemas_mut(&mut draft.document)?);
    for (spot, operation) in operations_mut(&mut draft.document) {
        drop_neither_success_nor_failure(operation, &spot, &mut notes);
        if !distinguish_bodies(operation, &spot, &mut schemas, &mut draft.origins) {
            drop_empty_successes(operation, &spot, &mut notes);
        }
    }
    *schemas_mut(&mut draft.document)? = schemas;
    draft.note_all(notes);
    Ok(())
}

fn drop_neither_success_nor_failure(
    operation: &mut Object,
    spot: &Spot,
    notes: &mut Vec<(String, String)>,
) {
    let Some(responses) = responses_mut(operation) else { return };
    responses.retain(|status, _| {
        let dropped = status.starts_with(['1', '3']);
        if dropped {
            let text = format!("status {status} is an unexpected response");
            notes.push((spot.below("responses"), text));
        }
        !dropped
    });
}

fn drop_empty_successes(operation: &mut Object, spot: &Spot, notes: &mut Vec<(String, String)>) {
    if successes(operation).next().is_none() {
        return;
    }
    let Some(responses) = responses_mut(operation) else { return };
    responses.retain(|status, response| {
        let dropped = is_success(status) && content(response).is_none();
        if dropped {
            let text = format!("success {status} has no body while others have; it is unexpected");
            notes.push((spot.below("responses"), text));
        }
        !dropped
    });
}

/// Replaces different bodies with a component that lists them by their statuses. Returns whether the
/// bodies differ.
fn distinguish_bodies(
    operation: &mut Object,
    spot: &Spot,
    schemas: &mut Object,
    origins: &mut Origins,
) -> bool {
    let mut bodies: Vec<(String, Value)> = Vec::new();
    for (status, content) in successes(operation) {
        let body = content.get(JSON).and_then(|media| media.get("schema"));
        bodies.extend(body.map(|body| (status.clone(), body.clone())));
    }
    if bodies.iter().all(|(_, body)| *body == bodies[0].1) {
        return false;
    }
    let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
    let name = free_name(schemas, format!("{}Success", pascal_case(id)));
    let mut add = |name: String, at: String, schema: Value| {
        origins.moved(pointer::join("/components/schemas", &name), at);
        schemas.insert(name, schema);
    };
    for (status, body) in &mut bodies {
        if schema_name(body).is_none() {
            let at = spot.below(&format!("responses/{status}/content/application~1json/schema"));
            let name = format!("{name}{status}");
            let schema = std::mem::replace(body, schema_reference(&name));
            add(name, at, schema);
        }
    }
    let statuses = responses_mut(operation).into_iter().flat_map(|responses| responses.keys());
    let answer = |status: &String| bodies.iter().find(|(of, _)| of == status).map(|(_, body)| body);
    let answers: Object = statuses
        .filter(|status| is_success(status))
        .map(|status| (status.clone(), answer(status).cloned().unwrap_or_default()))
        .collect();
    let one_of: Vec<&Value> = bodies.iter().map(|(_, body)| body).collect();
    let description = "One of the bodies that the operation returns, by status.";
    let schema = json!({ "description": description, ANSWERS: answers, "oneOf": one_of });
    add(name.clone(), spot.pointer(), schema);
    for (_, response) in
        responses_mut(operation).into_iter().flatten().filter(|(s, _)| is_success(s))
    {
        response["content"] = json!({ JSON: { "schema": schema_reference(&name) } });
    }
    true
}

fn free_name(schemas: &Object, mut name: String) -> String {
    while schemas.contains_key(&name) {
        name.push_str("Body");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::super::testing::{draft, operation};
    use super::*;

    fn agreed(responses: Value) -> (Value, Draft) {
        let get = json!({"operationId": "get_pet", "responses": responses});
        let mut draft = draft(json!({"paths": {"/a": {"get": get}}}));
        use_default_as_success(&mut draft).unwrap();
        merge_successes(&mut draft).unwrap();
        (operation(&draft, "/a", "get")["responses"].clone(), draft)
    }

    fn body(schema: Value) -> Value {
        json!({"description": "", "content": {JSON: {"schema": schema}}})
    }

    #[test]
    fn equal_bodies_are_kept() {
        let same = body(json!({"type": "string"}));
        let (responses, draft) = agreed(json!({"200": same, "201": same}));
        assert_eq!(responses.as_object().unwrap().len(), 2);
        assert!(draft.document["components"]["schemas"].as_object().unwrap().is_empty());
    }

    #[test]
    fn different_bodies_are_distinguished_by_status() {
        let one = schema_reference("One");
        let two = json!({"type": "integer"});
        let nothing = json!({"description": ""});
        let (responses, draft) =
            agreed(json!({"200": body(one.clone()), "202": body(two.clone()), "204": nothing}));
        for status in ["200", "202", "204"] {
            let schema = &responses[status]["content"][JSON]["schema"];
            assert_eq!(*schema, schema_reference("GetPetSuccess"));
        }
        let schemas = &draft.document["components"]["schemas"];
        let second = schema_reference("GetPetSuccess202");
        assert_eq!(schemas["GetPetSuccess202"], two);
        assert_eq!(
            schemas["GetPetSuccess"][ANSWERS],
            json!({"200": one, "202": second, "204": null})
        );
        assert!(draft.notes.is_empty());
    }

    #[test]
    fn the_component_gets_an_unused_name() {
        let body = |kind: &str| body(json!({ "type": kind }));
        let get = json!({
            "operationId": "get_pet", "responses": {"200": body("string"), "202": body("integer")},
        });
        let schemas = json!({"GetPetSuccess": {"type": "boolean"}});
        let mut draft =
            draft(json!({"paths": {"/a": {"get": get}}, "components": {"schemas": schemas}}));
        merge_successes(&mut draft).unwrap();
        let schemas = &draft.document["components"]["schemas"];
        assert_eq!(schemas["GetPetSuccess"], json!({"type": "boolean"}));
        assert!(schemas["GetPetSuccessBody"].get(ANSWERS).is_some());
    }

    #[test]
    fn a_success_without_a_body_next_to_one_with_a_body_is_dropped() {
        let (responses, draft) =
            agreed(json!({"200": body(json!({})), "204": {"description": ""}}));
        assert!(responses.get("204").is_none());
        assert!(draft.notes[0].text.contains("204"));
    }

    #[test]
    fn default_alone_is_the_success_and_redirects_are_dropped() {
        let (responses, draft) =
            agreed(json!({"default": body(json!({})), "302": {"description": ""}}));
        assert_eq!(responses.as_object().unwrap().keys().collect::<Vec<_>>(), ["2XX"]);
        assert!(draft.notes[0].text.contains("302"));
    }

    #[test]
    fn without_successes_an_empty_success_is_added() {
        let (responses, _) = agreed(json!({"404": {"description": ""}}));
        assert_eq!(responses["2XX"]["description"], "Success");
    }
}
