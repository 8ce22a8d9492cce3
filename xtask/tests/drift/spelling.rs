//! Documents that differ only in order, case or charset have no changes, where OpenAPI and HTTP define
//! these differences as meaningless.

use serde_json::{Value, json};
use xtask::drift::verdict::Wire;

use crate::document::{base, drift, plant, remove, rename, set};

const LIST: &str = "/paths/~1plants/get";
const CREATE: &str = "/paths/~1plants/post";

/// Another way to write the same document.
type Spelling = (&'static str, fn(&mut Value));

fn reverse(document: &mut Value, pointer: &str) {
    document.pointer_mut(pointer).unwrap().as_array_mut().unwrap().reverse();
}

/// Lists without a meaningful order.
const ORDERS: [Spelling; 9] = [
    ("required", |d| reverse(d, "/components/schemas/Plant/allOf/1/required")),
    ("enum", |d| reverse(d, "/components/schemas/Plant/allOf/1/properties/kind/enum")),
    ("parameters", |d| reverse(d, &format!("{LIST}/parameters"))),
    ("parameters of a path", |d| reverse(d, "/paths/~1beds~1{row}~1plants~1{id}/parameters")),
    ("tags", |d| reverse(d, &format!("{LIST}/tags"))),
    ("security requirements", |d| reverse(d, "/security")),
    ("scopes", |d| reverse(d, "/security/1/Oauth")),
    ("parts", |d| reverse(d, "/components/schemas/Plant/allOf")),
    ("alternatives", |d| {
        reverse(d, "/components/schemas/Plant/allOf/1/properties/seat/oneOf");
        reverse(d, "/components/schemas/Plant/allOf/1/properties/food/anyOf");
    }),
];

fn documents() -> Value {
    let mut document = base();
    set(&mut document, &format!("{LIST}/tags"), json!(["plants", "lists"]));
    document
}

#[test]
fn a_meaningless_order_is_not_a_change() {
    assert_silent(&documents(), &ORDERS);
}

#[test]
fn the_case_of_case_insensitive_names_is_not_a_change() {
    let spellings: [Spelling; 6] = [
        ("a header parameter", |d| {
            set(d, &format!("{LIST}/parameters/5/in"), json!("header"));
            set(d, &format!("{LIST}/parameters/5/name"), json!("OLD"));
        }),
        ("a response header", |d| {
            let headers = format!("{LIST}/responses/200/headers");
            rename(d, &format!("{headers}/X-Total"), &format!("{headers}/x-total"));
        }),
        ("an HTTP scheme", |d| {
            set(d, "/components/securitySchemes/Bearer/scheme", json!("Bearer"));
        }),
        ("the header of an API key", |d| {
            set(d, "/components/securitySchemes/Key/name", json!("x-api-KEY"));
        }),
        ("the host of a server", |d| set(d, "/servers/1/url", json!("HTTPS://Backup.Example"))),
        ("a range of statuses", |d| {
            rename(
                d,
                "/paths/~1plants~1{id}~1water/post/responses/2XX",
                "/paths/~1plants~1{id}~1water/post/responses/2xx",
            );
        }),
    ];
    let mut old = documents();
    set(&mut old, &format!("{LIST}/parameters/5/in"), json!("header"));
    let key = json!({"type": "apiKey", "in": "header", "name": "X-API-Key"});
    set(&mut old, "/components/securitySchemes/Key", key);
    rename(
        &mut old,
        "/paths/~1plants~1{id}~1water/post/responses/202",
        "/paths/~1plants~1{id}~1water/post/responses/2XX",
    );
    assert_silent(&old, &spellings);
}

#[test]
fn what_openapi_ignores_or_implies_is_not_a_change() {
    let spellings: [Spelling; 6] = [
        ("the form of an object with one form", |d| {
            set(d, &format!("{LIST}/parameters/2/explode"), json!(false));
        }),
        ("a header that other parts define", |d| {
            let accept = json!({"name": "Accept", "in": "header", "required": true, "schema": {}});
            set(d, &format!("{LIST}/parameters/-"), accept);
        }),
        ("the type of texts", |d| {
            remove(d, "/components/schemas/Plant/allOf/1/properties/kind/type");
        }),
        ("a whole number with a fraction", |d| {
            plant(d, "weight/multipleOf", json!(5.0));
            plant(d, "height/maximum", json!(100.0));
            plant(d, "height/enum", json!([1.0, 2]));
        }),
        ("a single alternative", |d| {
            plant(d, "owner", json!({"oneOf": [{"$ref": "#/components/schemas/Person"}]}));
        }),
        ("a default with a fraction", |d| plant(d, "height/default", json!(1.0))),
    ];
    let mut old = documents();
    set(&mut old, &format!("{LIST}/parameters/2/style"), json!("deepObject"));
    plant(&mut old, "height/enum", json!([1, 2]));
    plant(&mut old, "height/default", json!(1));
    assert_silent(&old, &spellings);
}

/// Checks that other ways to write a document are not changes.
fn assert_silent(old: &Value, spellings: &[Spelling]) {
    for (name, spelling) in spellings {
        let mut new = old.clone();
        spelling(&mut new);
        assert_ne!(*old, new, "{name}");
        for (one, other) in [(old, &new), (&new, old)] {
            let report = drift(one, other);
            let is_silent = report.changes.iter().all(|change| change.kind == "rearranged");
            assert!(
                is_silent && report.summary.wire == Wire::None,
                "{name}: {:#?}",
                report.changes
            );
        }
    }
}

#[test]
fn a_default_charset_is_not_a_change() {
    for media in [
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "application/json; charset=\"utf-8\"",
        "Application/Json ; CHARSET=Utf-8",
    ] {
        let old = base();
        let mut new = old.clone();
        let escaped = media.replace('/', "~1");
        for content in [
            format!("{CREATE}/requestBody/content"),
            format!("{CREATE}/responses/201/content"),
            format!("{LIST}/responses/404/content"),
        ] {
            rename(
                &mut new,
                &format!("{content}/application~1json"),
                &format!("{content}/{escaped}"),
            );
        }
        for (one, other) in [(&old, &new), (&new, &old)] {
            let report = drift(one, other);
            assert!(report.changes.is_empty(), "{media}: {:#?}", report.changes);
        }
        // The content is still compared.
        plant(&mut new, "colour/type", json!("integer"));
        let kinds: Vec<String> =
            drift(&old, &new).changes.into_iter().map(|change| change.kind).collect();
        assert_eq!(kinds, ["type-changed"], "{media}");
    }
}

#[test]
fn other_parameters_of_a_media_type_are_compared() {
    let old = base();
    let mut new = old.clone();
    let content = format!("{CREATE}/requestBody/content");
    rename(
        &mut new,
        &format!("{content}/application~1json"),
        &format!("{content}/application~1json; version=2"),
    );
    let report = drift(&old, &new);
    assert_eq!(report.summary.wire, Wire::Breaking);
}

#[test]
fn an_equivalent_encoding_is_not_a_change() {
    let mut old = base();
    plant(&mut old, "free", json!({"type": "string", "format": "byte"}));
    let mut new = old.clone();
    plant(&mut new, "free", json!({"type": "string", "contentEncoding": "base64"}));
    let report = drift(&old, &new);
    assert_eq!(report.summary.wire, Wire::None, "{:#?}", report.changes);
    remove(&mut new, "/components/schemas/Plant/allOf/1/properties/free/contentEncoding");
    let report = drift(&old, &new);
    assert_eq!(report.changes[0].kind, "content-encoding-changed");
}
