//! Removes the content of responses that HTTP sends without a body.
//!
//! These are the responses to HEAD, and those with status 204, 205 or 304. A client that expects the
//! content would fail to decode every such response.

use super::tree::{content, operations_mut, responses_mut};
use super::{Draft, Error};
use crate::pointer;

/// The statuses of responses without a body.
const WITHOUT_BODY: [&str; 3] = ["204", "205", "304"];

pub(super) fn drop_content_without_a_body(draft: &mut Draft) -> Result<(), Error> {
    let mut notes = Vec::new();
    for (spot, operation) in operations_mut(&mut draft.document) {
        let is_head = spot.method == "head";
        for (status, response) in responses_mut(operation).into_iter().flatten() {
            if !is_head && !WITHOUT_BODY.contains(&status.as_str()) {
                continue;
            }
            let reason = if is_head { "HEAD" } else { status.as_str() };
            if content(response).is_some() {
                let at = pointer::join(&spot.below("responses"), status);
                let text = format!("the content is left out: a response to {reason} has no body");
                notes.push((at, text));
            }
            response.as_object_mut().and_then(|response| response.shift_remove("content"));
        }
    }
    draft.note_all(notes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{draft, operation};
    use super::*;

    #[test]
    fn the_content_of_a_response_without_a_body_is_dropped_and_noted() {
        let response = json!({"description": "OK", "content": {"application/json": {}}});
        let item = json!({
            "get": {"responses": {"200": response, "204": response, "304": {"content": {}}}},
            "head": {"responses": {"200": response}},
        });
        let mut draft = draft(json!({"paths": {"/a": item}}));
        drop_content_without_a_body(&mut draft).unwrap();
        let bare = json!({"description": "OK"});
        let get = json!({"200": response, "204": bare, "304": {}});
        assert_eq!(operation(&draft, "/a", "get")["responses"], get);
        assert_eq!(operation(&draft, "/a", "head")["responses"], json!({"200": bare}));
        let places: Vec<&str> = draft.notes.iter().map(|note| note.pointer.as_str()).collect();
        assert_eq!(places, ["/paths/~1a/get/responses/204", "/paths/~1a/head/responses/200"]);
    }
}
