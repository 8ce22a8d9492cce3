//! Keeps one media type for each body, and writes JSON under the only name that the generator supports.

use serde_json::{Value, json};

use super::tree::{Object, Spot, content_mut, operations_mut, responses_mut};
use super::{Draft, Error};
use crate::extension::CONTENT_TYPE;
use crate::media_type::{JSON, best_to_read, best_to_send, is_sendable, plain_name};

/// Keeps one media type of a request body. The generator rejects a body with two media types, and most
/// single ones.
///
/// JSON is preferred. A type that cannot be serialized is sent as bytes. `x-content-type` keeps a name
/// that the generator does not write, unless it is a wildcard.
pub(super) fn keep_one_request_body(draft: &mut Draft) -> Result<(), Error> {
    let mut notes = Vec::new();
    for (spot, operation) in operations_mut(&mut draft.document) {
        let Some(body) = operation.get_mut("requestBody").and_then(Value::as_object_mut) else {
            continue;
        };
        let Some(content) = body.get_mut("content").and_then(Value::as_object_mut) else {
            continue;
        };
        let kept = keep_best(content, &spot, &mut notes);
        let is_named = |name: &str, sent: &str| name != sent && !name.contains('*');
        if let Some((original, _)) = kept.filter(|(original, sent)| is_named(original, sent)) {
            operation.insert(CONTENT_TYPE.to_owned(), json!(original));
        }
    }
    draft.note_all(notes);
    Ok(())
}

fn keep_best(
    content: &mut Object,
    spot: &Spot,
    notes: &mut Vec<(String, String)>,
) -> Option<(String, String)> {
    let best = best_to_send(content.keys().map(String::as_str))?.to_owned();
    let mut media = content.remove(&best)?;
    for other in content.keys() {
        notes.push((
            spot.below("requestBody"),
            format!("the body is sent as `{best}`, not `{other}`"),
        ));
    }
    content.clear();
    let mut sent = plain_name(&best);
    if !is_sendable(&best) {
        sent = "application/octet-stream".to_owned();
        notes.push((spot.below("requestBody"), format!("`{best}` is sent as bytes")));
    }
    match sent.as_str() {
        "application/octet-stream" => {
            media = json!({"schema": {"type": "string", "format": "binary"}})
        }
        "text/plain" => media = json!({"schema": {"type": "string"}}),
        _ => {
            if let Some(fields) = encoded(&media).filter(|_| sent != JSON) {
                let text = format!("the encoding of {fields} is left out: the client has its own");
                notes.push((spot.below("requestBody"), text));
            }
            make_readable(&mut media);
        }
    }
    content.insert(sent.clone(), media);
    Some((best, sent))
}

/// Renames JSON types that the generator treats as bytes, for example `application/problem+json`,
/// `application/vnd.pet.v1+json` and `application/json; charset=utf-8`.
pub(super) fn rename_json_types(draft: &mut Draft) -> Result<(), Error> {
    for (_, operation) in operations_mut(&mut draft.document) {
        for (_, response) in responses_mut(operation).into_iter().flatten() {
            content_mut(response).into_iter().for_each(keep_json_only);
        }
    }
    Ok(())
}

fn keep_json_only(content: &mut Object) {
    let json = best_to_read(content.keys().map(String::as_str), true).map(str::to_owned);
    let Some(name) = json else { return };
    let Some(mut media) = content.remove(&name) else { return };
    make_readable(&mut media);
    content.clear();
    content.insert(JSON.to_owned(), media);
}

/// Returns the fields of a form that are written in another way than by default.
fn encoded(media: &Value) -> Option<String> {
    let fields = media.get("encoding")?.as_object()?.iter();
    let defaults = json!({"contentType": JSON, "style": "form", "explode": true});
    let is_default =
        |(key, value): (&String, &Value)| key.starts_with("x-") || defaults[key] == *value;
    let fields = fields.filter(|(_, encoding)| {
        encoding.as_object().is_some_and(|encoding| !encoding.iter().all(is_default))
    });
    let fields: Vec<String> = fields.map(|(name, _)| format!("`{name}`")).collect();
    (!fields.is_empty()).then(|| fields.join(", "))
}

/// Removes encodings, which are irrelevant for JSON, and adds missing schemas, which match anything. The
/// generator rejects both.
fn make_readable(media: &mut Value) {
    if let Some(media) = media.as_object_mut() {
        media.shift_remove("encoding");
        media.entry("schema").or_insert_with(|| json!({}));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{draft, operation};
    use super::*;

    fn request(content: Value) -> Draft {
        let body = json!({"requestBody": {"content": content}});
        let mut draft = draft(json!({"paths": {"/a": {"post": body}}}));
        keep_one_request_body(&mut draft).unwrap();
        draft
    }

    #[test]
    fn json_request_bodies_are_preferred_and_others_noted() {
        let draft =
            request(json!({"text/plain": {}, "application/json": {"schema": {"type": "object"}}}));
        let content = &operation(&draft, "/a", "post")["requestBody"]["content"];
        assert_eq!(*content, json!({"application/json": {"schema": {"type": "object"}}}));
        assert!(draft.notes[0].text.contains("text/plain"));
    }

    #[test]
    fn an_unsupported_request_body_is_sent_as_bytes() {
        let draft = request(json!({"image/png": {"schema": {}}}));
        let operation = operation(&draft, "/a", "post");
        assert_eq!(operation["x-content-type"], "image/png");
        let media = &operation["requestBody"]["content"]["application/octet-stream"];
        assert_eq!(media["schema"]["format"], "binary");
    }

    #[test]
    fn a_patch_document_is_json_with_its_media_type() {
        let draft =
            request(json!({"application/merge-patch+json": {"schema": {"type": "object"}}}));
        let operation = operation(&draft, "/a", "post");
        assert_eq!(operation["x-content-type"], "application/merge-patch+json");
        assert!(operation["requestBody"]["content"].get("application/json").is_some());
    }

    #[test]
    fn the_encoding_of_a_form_is_noted() {
        let encoding = json!({
            "ids": {"style": "form", "explode": false}, "meta": {"contentType": "application/json"},
        });
        let form = json!({"schema": {"type": "object"}, "encoding": encoding});
        let draft = request(json!({"application/x-www-form-urlencoded": form}));
        let texts: Vec<&str> = draft.notes.iter().map(|note| note.text.as_str()).collect();
        assert_eq!(texts, ["the encoding of `ids` is left out: the client has its own"]);
        let json = json!({"application/json": {"schema": {}, "encoding": encoding}});
        assert!(request(json).notes.is_empty());
    }

    #[test]
    fn a_media_range_is_not_sent() {
        for range in ["*/*", "image/*"] {
            let draft = request(json!({ range: {} }));
            assert!(operation(&draft, "/a", "post").get("x-content-type").is_none(), "{range}");
        }
    }

    #[test]
    fn a_json_body_without_a_schema_can_be_anything() {
        let draft = request(json!({"application/json": {"example": 1}}));
        let content = &operation(&draft, "/a", "post")["requestBody"]["content"];
        assert_eq!(*content, json!({"application/json": {"example": 1, "schema": {}}}));
    }

    #[test]
    fn problem_json_in_a_response_is_json() {
        let mut draft = draft(json!({"paths": {"/a": {"get": {"responses": {
            "200": {"content": {"application/vnd.a+json; v=1": {"schema": {"type": "object"}}}},
            "400": {"content": {"application/problem+json": {}, "text/html": {}}},
            "406": {"content": {"text/csv": {"schema": {"type": "string"}}}},
        }}}}}));
        rename_json_types(&mut draft).unwrap();
        let responses = &operation(&draft, "/a", "get")["responses"];
        assert_eq!(
            responses["200"]["content"],
            json!({"application/json": {"schema": {"type": "object"}}})
        );
        assert_eq!(responses["400"]["content"], json!({"application/json": {"schema": {}}}));
        assert!(responses["406"]["content"].get("text/csv").is_some());
    }
}
