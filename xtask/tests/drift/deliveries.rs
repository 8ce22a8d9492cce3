//! Callbacks and webhooks: requests that the server sends, so the directions are reversed.

use serde_json::{Value, json};
use xtask::drift::{
    Report,
    verdict::{Direction, Wire},
};

use crate::document::{drift, remove, set};

/// Returns a document with a webhook, or with a callback of an operation.
fn documents(delivery: &Value) -> [Value; 2] {
    let done = json!({"204": {"description": "Done"}});
    let with = |path: Value, webhooks: Value| {
        json!({
            "openapi": "3.1.0",
            "info": {"title": "Made up", "version": "1"},
            "paths": {"/jobs": {"post": path}},
            "webhooks": webhooks,
            "components": {"schemas": {"Job": {"type": "object", "properties": {
                "id": {"type": "string", "maxLength": 9},
            }}}},
        })
    };
    let callbacks = json!({"finished": {"{$request.body#/url}": delivery}});
    [
        with(json!({"operationId": "start", "responses": done}), json!({"finished": delivery})),
        with(json!({"operationId": "start", "responses": done, "callbacks": callbacks}), json!({})),
    ]
}

fn delivery() -> Value {
    let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Job"}}});
    json!({"post": {
        "parameters": [{"name": "X-Sign", "in": "header", "schema": {"type": "string"}}],
        "requestBody": {"required": true, "content": content},
        "responses": {"200": {"description": "OK", "content": {"application/json": {
            "schema": {"type": "object", "properties": {"again": {"type": "boolean"}}},
        }}}},
    }})
}

fn reports(change: fn(&mut Value)) -> [Report; 2] {
    let mut changed = delivery();
    change(&mut changed);
    let (old, new) = (documents(&delivery()), documents(&changed));
    [drift(&old[0], &new[0]), drift(&old[1], &new[1])]
}

#[test]
fn the_request_of_a_webhook_counts_as_a_response() {
    for document in documents(&delivery()) {
        let mut new = document.clone();
        set(&mut new, "/components/schemas/Job/properties/id/maxLength", json!(5));
        let report = drift(&document, &new);
        assert_eq!(report.changes.len(), 1, "{:#?}", report.changes);
        assert_eq!(report.changes[0].location.directions, [Direction::Response]);
        assert_eq!(report.changes[0].wire.verdict, Wire::Compatible);
        remove(&mut new, "/components/schemas/Job/properties/id");
        assert_eq!(drift(&document, &new).summary.wire, Wire::Breaking);
    }
}

#[test]
fn the_response_of_a_webhook_counts_as_a_request() {
    for report in reports(|delivery| {
        let again = "/post/responses/200/content/application~1json/schema/properties/again";
        set(delivery, again, json!({"type": "boolean", "enum": [true]}));
    }) {
        assert_eq!(report.changes.len(), 1, "{:#?}", report.changes);
        assert_eq!(report.changes[0].location.directions, [Direction::Request]);
        assert_eq!(report.summary.wire, Wire::Breaking);
    }
}

#[test]
fn other_changes_of_webhooks_and_callbacks_are_reported() {
    let changes: [fn(&mut Value); 4] = [
        |delivery| drop(remove(delivery, "/post/parameters/0")),
        |delivery| set(delivery, "/post/requestBody/required", json!(false)),
        |delivery| set(delivery, "/post/responses/202", json!({"description": "Later"})),
        |delivery| {
            let post = remove(delivery, "/post");
            set(delivery, "/put", post);
        },
    ];
    for change in changes {
        for (report, kind) in reports(change).iter().zip(["webhook-changed", "callback-changed"]) {
            assert!(
                report.changes.iter().all(|change| change.kind == kind),
                "{:#?}",
                report.changes
            );
            assert_eq!(report.summary.wire, Wire::Unknown);
        }
    }
}

#[test]
fn documentation_order_and_spelling_of_webhooks_have_no_effect() {
    let changes: [fn(&mut Value); 3] = [
        |delivery| set(delivery, "/post/summary", json!("A job has finished.")),
        |delivery| set(delivery, "/post/parameters/0/name", json!("x-sign")),
        |delivery| {
            let content = remove(delivery, "/post/requestBody/content/application~1json");
            set(delivery, "/post/requestBody/content/application~1json; charset=utf-8", content);
        },
    ];
    for change in changes {
        for report in reports(change) {
            assert_eq!(report.summary.wire, Wire::None, "{:#?}", report.changes);
        }
    }
}

#[test]
fn added_and_removed_webhooks_and_callbacks_are_reported() {
    let [webhook, callback] = documents(&delivery());
    let kinds = |old: &Value, new: &Value| -> Vec<String> {
        drift(old, new).changes.into_iter().map(|change| change.kind).collect()
    };
    let mut without = webhook.clone();
    remove(&mut without, "/webhooks/finished");
    assert_eq!(kinds(&webhook, &without), ["webhook-removed"]);
    remove(&mut without, "/webhooks");
    assert_eq!(kinds(&without, &webhook), ["webhook-added"]);
    let mut without = callback.clone();
    remove(&mut without, "/paths/~1jobs/post/callbacks");
    assert_eq!(kinds(&callback, &without), ["callback-removed"]);
}
