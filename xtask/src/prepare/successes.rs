//! One way to succeed for each operation, which is all that the generator can express.
//!
//! Several statuses with one body stay; bodies that differ become one type that is any of them; a
//! success without a body beside one with a body is given up and noted; redirects and other statuses
//! that are neither success nor failure are dropped.

use serde_json::{Value, json};

use super::tree::{Object, Spot, operations_mut, pascal_case, schema_reference, schemas_mut};
use super::{Draft, Error};

const JSON: &str = "application/json";

pub(super) fn agree_on_one_success(draft: &mut Draft) -> Result<(), Error> {
    let mut notes = Vec::new();
    let mut added = Vec::new();
    for (spot, operation) in operations_mut(&mut draft.document) {
        let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
        let name = format!("{}Success", pascal_case(id));
        let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
            operation.insert("responses".to_owned(), json!({"2XX": {"description": "Success"}}));
            continue;
        };
        use_default_as_success(responses);
        drop_neither_success_nor_failure(responses, &spot, &mut notes);
        give_up_missing_bodies(responses, &spot, &mut notes);
        added.extend(unite_bodies(responses, &name));
    }
    let schemas = schemas_mut(&mut draft.document)?;
    for (name, schema) in added {
        schemas.entry(name).or_insert(schema);
    }
    for (pointer, text) in notes {
        draft.note(pointer, text);
    }
    Ok(())
}

/// `default` stands for failures wherever a success is declared; alone, it is the success.
fn use_default_as_success(responses: &mut Object) {
    if responses.keys().any(|status| status.starts_with('2')) {
        return;
    }
    let success = responses.shift_remove("default");
    let success = success.unwrap_or_else(|| json!({"description": "Success"}));
    responses.insert("2XX".to_owned(), success);
}

fn drop_neither_success_nor_failure(
    responses: &mut Object,
    spot: &Spot,
    notes: &mut Vec<(String, String)>,
) {
    responses.retain(|status, _| {
        let dropped = status.starts_with(['1', '3']);
        if dropped {
            notes.push((
                spot.below("responses"),
                format!("status {status} is an unexpected response"),
            ));
        }
        !dropped
    });
}

fn give_up_missing_bodies(responses: &mut Object, spot: &Spot, notes: &mut Vec<(String, String)>) {
    let has_body = |response: &Value| {
        response
            .get("content")
            .and_then(Value::as_object)
            .is_some_and(|content| !content.is_empty())
    };
    let is_success = |status: &String| status.starts_with('2');
    if !responses.iter().any(|(status, response)| is_success(status) && has_body(response)) {
        return;
    }
    responses.retain(|status, response| {
        let dropped = is_success(status) && !has_body(response);
        if dropped {
            let text = format!("success {status} has no body while others have; it is unexpected");
            notes.push((spot.below("responses"), text));
        }
        !dropped
    });
}

/// Bodies that differ become `any of them`, tried in their order; the component that was made.
fn unite_bodies(responses: &mut Object, name: &str) -> Option<(String, Value)> {
    let successes = || responses.iter().filter(|(status, _)| status.starts_with('2'));
    let mut bodies: Vec<&Value> = Vec::new();
    for (_, response) in successes() {
        let body = response.get("content").and_then(|content| content.get(JSON)?.get("schema"));
        bodies.extend(body.filter(|body| !bodies.contains(body)));
    }
    if bodies.len() < 2 {
        return None;
    }
    let description = "Any of the bodies that the operation answers with.";
    let schema = json!({ "description": description, "oneOf": bodies });
    for (_, response) in responses.iter_mut().filter(|(status, _)| status.starts_with('2')) {
        response["content"] = json!({ JSON: { "schema": schema_reference(name) } });
    }
    Some((name.to_owned(), schema))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{draft, operation};
    use super::*;

    fn agreed(responses: Value) -> (Value, Draft) {
        let get = json!({"operationId": "get_pet", "responses": responses});
        let mut draft = draft(json!({"paths": {"/a": {"get": get}}}));
        agree_on_one_success(&mut draft).unwrap();
        (operation(&draft, "/a", "get")["responses"].clone(), draft)
    }

    fn body(schema: Value) -> Value {
        json!({"description": "", "content": {JSON: {"schema": schema}}})
    }

    #[test]
    fn equal_bodies_on_several_statuses_stay() {
        let same = body(json!({"type": "string"}));
        let (responses, draft) = agreed(json!({"200": same, "201": same}));
        assert_eq!(responses.as_object().unwrap().len(), 2);
        assert!(draft.document["components"]["schemas"].as_object().unwrap().is_empty());
    }

    #[test]
    fn bodies_that_differ_become_any_of_them() {
        let one = json!({"type": "string"});
        let two = json!({"type": "integer"});
        let (responses, draft) =
            agreed(json!({"200": body(one.clone()), "202": body(two.clone())}));
        let reference = json!({"$ref": "#/components/schemas/GetPetSuccess"});
        assert_eq!(responses["202"]["content"][JSON]["schema"], reference);
        assert_eq!(
            draft.document["components"]["schemas"]["GetPetSuccess"]["oneOf"],
            json!([one, two])
        );
    }

    #[test]
    fn a_success_without_body_beside_one_with_body_is_given_up_and_noted() {
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
    fn no_success_at_all_is_a_success_without_body() {
        let (responses, _) = agreed(json!({"404": {"description": ""}}));
        assert_eq!(responses["2XX"]["description"], "Success");
    }
}
