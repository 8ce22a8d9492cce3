//! The verdicts that differ from the rule of their kind.

use serde_json::{Value, json};
use xtask::drift::verdict::{Direction, Wire};

use crate::document::{PLANT, base, drift, plant, remove, rename, set, unplant};

/// A change whose verdict depends on its context.
struct Exception {
    /// Makes the base from the example document.
    before: fn(&mut Value),
    /// Makes the revision from the base.
    change: fn(&mut Value),
    kind: &'static str,
    direction: Direction,
    verdict: Wire,
}

use Direction::{Request, Response, Whole};
use Wire::{Breaking, Compatible, None, Unknown};

const LIST: &str = "/paths/~1plants/get";
const CREATE: &str = "/paths/~1plants/post";
const NOTHING: fn(&mut Value) = |_| {};

fn exception(
    before: fn(&mut Value),
    change: fn(&mut Value),
    (kind, direction, verdict): (&'static str, Direction, Wire),
) -> Exception {
    Exception { before, change, kind, direction, verdict }
}

fn parameters_and_bodies() -> Vec<Exception> {
    vec![
        exception(
            |d| set(d, &format!("{LIST}/parameters/2/in"), json!("header")),
            |d| set(d, &format!("{LIST}/parameters/2/explode"), json!(true)),
            ("parameter-explode-changed", Request, Compatible),
        ),
        exception(
            NOTHING,
            |d| set(d, &format!("{LIST}/parameters/3/explode"), json!(false)),
            ("parameter-explode-changed", Request, Compatible),
        ),
        // A range of media types accepts what clients send.
        exception(
            NOTHING,
            |d| {
                let content = format!("{CREATE}/requestBody/content");
                rename(d, &format!("{content}/application~1json"), &format!("{content}/*~1*"));
            },
            ("request-media-type-added", Request, Compatible),
        ),
        exception(
            NOTHING,
            |d| drop(remove(d, "/paths/~1plants~1{id}/get/responses/200")),
            ("success-status-removed", Response, Breaking),
        ),
        exception(
            NOTHING,
            |d| drop(remove(d, &format!("{LIST}/responses/404/content"))),
            ("response-body-removed", Response, Compatible),
        ),
        exception(
            |d| set(d, &format!("{LIST}/responses/404/content/text~1plain"), json!({})),
            |d| drop(remove(d, &format!("{LIST}/responses/404/content/text~1plain"))),
            ("response-media-type-removed", Response, Compatible),
        ),
        exception(
            NOTHING,
            |d| {
                drop(remove(d, &format!("{CREATE}/requestBody/content/application~1yaml")));
            },
            ("request-media-type-removed", Request, Compatible),
        ),
        exception(
            |d| set(d, &format!("{LIST}/responses/200/content/text~1csv"), json!({})),
            |d| drop(remove(d, &format!("{LIST}/responses/200/content/text~1csv"))),
            ("response-media-type-removed", Response, Compatible),
        ),
        // Clients request text only if no status has JSON.
        exception(
            |d| {
                set(
                    d,
                    &format!("{LIST}/responses/202"),
                    json!({"description": "", "content": {"text/plain": {}}}),
                )
            },
            |d| drop(remove(d, &format!("{LIST}/responses/202/content"))),
            ("response-body-removed", Response, Compatible),
        ),
        exception(
            |d| {
                set(
                    d,
                    &format!("{LIST}/responses/200/content"),
                    json!({"text/csv": {}, "text/plain": {}}),
                )
            },
            |d| drop(remove(d, &format!("{LIST}/responses/200/content/text~1plain"))),
            ("response-media-type-removed", Response, Compatible),
        ),
        exception(
            |d| {
                set(
                    d,
                    &format!("{LIST}/responses/200/content"),
                    json!({"text/csv": {}, "text/plain": {}}),
                )
            },
            |d| drop(remove(d, &format!("{LIST}/responses/200/content/text~1csv"))),
            ("response-media-type-removed", Response, Breaking),
        ),
        exception(
            NOTHING,
            |d| set(d, "/components/securitySchemes/Bearer/bearerFormat", json!("opaque")),
            ("security-scheme-changed", Whole, Compatible),
        ),
        exception(
            NOTHING,
            |d| {
                let url = "/components/securitySchemes/Oauth/flows/clientCredentials/tokenUrl";
                set(d, url, json!("https://garden.example/other"));
            },
            ("security-scheme-changed", Whole, Unknown),
        ),
    ]
}

fn failures() -> Vec<Exception> {
    const HEADER: fn(&mut Value) = |d| {
        set(d, &format!("{LIST}/responses/404/headers"), json!({"X-Try": {"schema": {}}}));
    };
    vec![
        exception(
            NOTHING,
            |d| set(d, "/components/schemas/Problem/properties/reason/type", json!("integer")),
            ("type-changed", Response, Compatible),
        ),
        exception(
            |d| set(d, "/components/schemas/Problem/required", json!(["reason"])),
            |d| drop(remove(d, "/components/schemas/Problem/properties/reason")),
            ("required-property-removed", Response, Compatible),
        ),
        exception(
            HEADER,
            |d| drop(remove(d, &format!("{LIST}/responses/404/headers/X-Try"))),
            ("response-header-removed", Response, Compatible),
        ),
        // In a success, clients read the same schema strictly.
        exception(
            |d| {
                let problem = json!({"$ref": "#/components/schemas/Problem"});
                set(
                    d,
                    &format!("{CREATE}/responses/201/content/application~1json/schema"),
                    problem,
                );
            },
            |d| set(d, "/components/schemas/Problem/properties/reason/type", json!("integer")),
            ("type-changed", Response, Breaking),
        ),
    ]
}

fn statuses() -> Vec<Exception> {
    const READ: &str = "/paths/~1plants~1{id}/get/responses";
    const RANGE: fn(&mut Value) = |d| rename(d, &format!("{READ}/200"), &format!("{READ}/2XX"));
    const ONE: fn(&mut Value) = |d| rename(d, &format!("{READ}/2XX"), &format!("{READ}/200"));
    const DEFAULT: fn(&mut Value) =
        |d| rename(d, &format!("{READ}/200"), &format!("{READ}/default"));
    vec![
        exception(RANGE, ONE, ("success-status-removed", Response, Compatible)),
        exception(NOTHING, RANGE, ("success-status-added", Response, Breaking)),
        exception(
            NOTHING,
            |d| rename(d, &format!("{CREATE}/responses/200"), &format!("{CREATE}/responses/2XX")),
            ("success-status-added", Response, Breaking),
        ),
        exception(
            DEFAULT,
            |d| {
                remove(d, &format!("{READ}/default"));
                set(d, READ, json!({}));
            },
            ("default-response-removed", Response, Breaking),
        ),
        exception(
            DEFAULT,
            |d| rename(d, &format!("{READ}/default"), &format!("{READ}/200")),
            ("default-response-removed", Response, Compatible),
        ),
        // A range is compared with a single status that it covers.
        exception(
            |d| {
                RANGE(d);
                let text = json!({"type": "string"});
                set(d, &format!("{READ}/2XX/content/application~1json/schema"), text.clone());
                set(d, &format!("{READ}/200"), d.pointer(&format!("{READ}/2XX")).unwrap().clone());
            },
            |d| {
                drop(remove(d, &format!("{READ}/200")));
                set(d, &format!("{READ}/2XX/content/application~1json/schema/maxLength"), json!(3));
            },
            ("max-length-tightened", Response, Compatible),
        ),
    ]
}

fn alternatives() -> Vec<Exception> {
    const MAP: &str = "place/discriminator/mapping";
    const SHAPE: fn(&mut Value) =
        |d| plant(d, "place/oneOf/-", json!({"type": "object", "title": "Roof"}));
    const VALUES: fn() -> Value = || json!([{"type": "string"}, {"type": "integer"}]);
    vec![
        exception(SHAPE, |d| unplant(d, &format!("{MAP}/bed")), MAPPING_REMOVED_BY_SHAPE),
        exception(
            SHAPE,
            |d| unplant(d, "place/discriminator"),
            ("discriminator-removed", Response, Compatible),
        ),
        exception(
            |d| plant(d, &format!("{MAP}/plot"), json!("#/components/schemas/Bed")),
            |d| unplant(d, &format!("{MAP}/plot")),
            ("discriminator-mapping-removed", Response, Compatible),
        ),
        exception(
            |d| rename_mapping(d, "bed", "Bed"),
            |d| unplant(d, &format!("{MAP}/Bed")),
            ("discriminator-mapping-removed", Request, Compatible),
        ),
        exception(
            |d| unplant(d, &format!("{MAP}/bed")),
            |d| plant(d, &format!("{MAP}/Bed"), json!("Bed")),
            ("discriminator-mapping-added", Response, Compatible),
        ),
        exception(
            |d| unplant(d, "seat"),
            |d| plant(d, &format!("{MAP}/plot"), json!("#/components/schemas/Bed")),
            ("discriminator-mapping-added", Response, Breaking),
        ),
        exception(
            NOTHING,
            |d| plant(d, &format!("{MAP}/person"), json!("#/components/schemas/Person")),
            ("discriminator-mapping-added", Response, Compatible),
        ),
        exception(
            NOTHING,
            |d| plant(d, "place/oneOf/-", json!({"$ref": "#/components/schemas/Unused"})),
            ("one-of-variant-added", Response, Breaking),
        ),
        exception(
            |d| set(d, "/components/schemas/Unused/required", json!(["sort"])),
            |d| plant(d, "place/oneOf/-", json!({"$ref": "#/components/schemas/Unused"})),
            ("one-of-variant-added", Response, Compatible),
        ),
        exception(
            NOTHING,
            |d| plant(d, "food/anyOf/-", json!({"type": "string", "enum": ["compost"]})),
            ("any-of-variant-added", Response, Compatible),
        ),
        exception(
            NOTHING,
            |d| plant(d, "food/anyOf/-", json!({"type": "string", "nullable": true})),
            ("any-of-variant-added", Response, Breaking),
        ),
        exception(
            |d| plant(d, "food/anyOf/1/enum", json!(["compost"])),
            |d| plant(d, "food/anyOf/1/enum/-", json!("ash")),
            ("enum-value-added", Response, Compatible),
        ),
        exception(
            |d| plant(d, "free", json!({"type": "string"})),
            |d| plant(d, "free/oneOf", VALUES()),
            ("one-of-added", Request, Compatible),
        ),
        exception(
            |d| plant(d, "free", json!({"type": "string"})),
            |d| {
                plant(
                    d,
                    "free/oneOf",
                    json!([{"type": "string"}, {"type": "string", "enum": ["a"]}]),
                )
            },
            ("one-of-added", Request, Breaking),
        ),
        exception(
            |d| plant(d, "free", json!({"type": "string"})),
            |d| plant(d, "free/anyOf", VALUES()),
            ("any-of-added", Request, Compatible),
        ),
        exception(
            |d| plant(d, "free", json!({"type": "string", "oneOf": VALUES()})),
            |d| unplant(d, "free/oneOf"),
            ("one-of-removed", Response, Compatible),
        ),
        exception(
            |d| plant(d, "free", json!({"type": "string", "anyOf": VALUES()})),
            |d| unplant(d, "free/anyOf"),
            ("any-of-removed", Response, Compatible),
        ),
        exception(
            |d| plant(d, "free/oneOf", VALUES()),
            |d| {
                let free = format!("{PLANT}/properties/free");
                rename(d, &format!("{free}/oneOf"), &format!("{free}/anyOf"));
            },
            ("composition-changed", Request, None),
        ),
        exception(
            |d| plant(d, "taste/not", json!({"enum": ["bitter", "sour"]})),
            |d| unplant(d, "taste/not/enum/0"),
            ("not-changed", Response, Compatible),
        ),
        exception(
            |d| plant(d, "taste/not", json!({"enum": ["bitter"]})),
            |d| plant(d, "taste/not/enum/-", json!("sour")),
            ("not-changed", Request, Breaking),
        ),
        exception(
            |d| plant(d, "taste/not", json!({"enum": ["bitter"]})),
            |d| unplant(d, "taste/not"),
            ("not-removed", Response, Compatible),
        ),
    ]
}

const MAPPING_REMOVED_BY_SHAPE: (&str, Direction, Wire) =
    ("discriminator-mapping-removed", Response, Compatible);

fn rename_mapping(document: &mut Value, from: &str, to: &str) {
    let mapping = format!("{PLANT}/properties/place/discriminator/mapping");
    rename(document, &format!("{mapping}/{from}"), &format!("{mapping}/{to}"));
}

fn formats_and_bounds() -> Vec<Exception> {
    vec![
        exception(
            |d| plant(d, "planted/format", json!("date-time")),
            |d| unplant(d, "planted/format"),
            ("format-widened", Response, Compatible),
        ),
        exception(
            NOTHING,
            |d| plant(d, "planted/format", json!("uuid")),
            ("format-changed", Response, Compatible),
        ),
        exception(
            |d| plant(d, "planted/format", json!("hostname")),
            |d| plant(d, "planted/format", json!("email")),
            ("format-changed", Response, Compatible),
        ),
        exception(
            NOTHING,
            |d| plant(d, "secret/format", json!("password")),
            ("format-narrowed", Request, None),
        ),
        exception(
            |d| unplant(d, "height/format"),
            |d| plant(d, "height/format", json!("int64")),
            ("format-narrowed", Request, None),
        ),
        exception(
            |d| unplant(d, "height/format"),
            |d| plant(d, "height/format", json!("uint64")),
            ("format-changed", Response, Breaking),
        ),
        exception(
            NOTHING,
            |d| plant(d, "height/format", json!("uint64")),
            ("format-changed", Request, Breaking),
        ),
        exception(
            |d| plant(d, "height/format", json!("uint32")),
            |d| plant(d, "height/format", json!("int64")),
            ("format-widened", Request, Compatible),
        ),
        exception(
            NOTHING,
            |d| plant(d, "labels/properties", json!({"count": {"type": "integer"}})),
            ("optional-property-added", Request, Breaking),
        ),
        exception(
            NOTHING,
            |d| {
                plant(
                    d,
                    "labels/properties",
                    json!({"color": {"type": "string", "description": "Its color."}}),
                )
            },
            ("optional-property-added", Response, Compatible),
        ),
        exception(
            NOTHING,
            |d| plant(d, "height/minimum", json!(-5_000_000_000_i64)),
            ("minimum-loosened", Response, Breaking),
        ),
        exception(
            NOTHING,
            |d| plant(d, "height/maximum", json!(5_000_000_000_i64)),
            ("maximum-loosened", Response, Breaking),
        ),
        exception(
            |d| plant(d, "weight/multipleOf", json!(60)),
            |d| plant(d, "weight/multipleOf", json!(30)),
            ("multiple-of-changed", Request, Compatible),
        ),
        exception(
            |d| {
                plant(
                    d,
                    "tags",
                    json!({"type": "array", "items": {}, "minItems": 2, "maxItems": 2}),
                )
            },
            |d| plant(d, "tags/maxItems", json!(3)),
            ("max-items-loosened", Response, Breaking),
        ),
        exception(
            |d| {
                plant(
                    d,
                    "tags",
                    json!({"type": "array", "items": {}, "minItems": 2, "maxItems": 2}),
                )
            },
            |d| plant(d, "tags/minItems", json!(1)),
            ("min-items-loosened", Response, Breaking),
        ),
    ]
}

fn properties() -> Vec<Exception> {
    vec![
        exception(
            NOTHING,
            |d| plant(d, "uid", json!({"type": "string", "readOnly": true})),
            ("optional-property-added", Request, None),
        ),
        exception(NOTHING, |d| unplant(d, "id"), ("optional-property-removed", Request, None)),
        exception(NOTHING, |d| unplant(d, "secret"), ("optional-property-removed", Response, None)),
        exception(
            NOTHING,
            |d| set(d, &format!("{PLANT}/required/-"), json!("id")),
            ("property-became-required", Request, None),
        ),
        exception(
            |d| set(d, &format!("{PLANT}/required/-"), json!("note")),
            |d| drop(remove(d, &format!("{PLANT}/required/2"))),
            ("property-became-optional", Response, Compatible),
        ),
        // Clients fill in a default only for a property that is optional in the base.
        exception(
            |d| set(d, &format!("{PLANT}/required/-"), json!("colour")),
            |d| drop(remove(d, &format!("{PLANT}/required/2"))),
            ("property-became-optional", Response, Breaking),
        ),
        exception(
            |d| set(d, &format!("{PLANT}/required/-"), json!("id")),
            |d| unplant(d, "id/readOnly"),
            ("no-longer-read-only", Request, Breaking),
        ),
        exception(
            NOTHING,
            |d| plant(d, "planted/nullable", json!(true)),
            ("became-nullable", Response, Compatible),
        ),
        // Clients read null as an empty list or map.
        exception(
            |d| unplant(d, "tags/uniqueItems"),
            |d| plant(d, "tags/nullable", json!(true)),
            ("became-nullable", Response, Compatible),
        ),
        exception(
            NOTHING,
            |d| plant(d, "tags/nullable", json!(true)),
            ("became-nullable", Response, Compatible),
        ),
        exception(
            NOTHING,
            |d| plant(d, "labels/nullable", json!(true)),
            ("became-nullable", Response, Compatible),
        ),
        exception(
            |d| {
                set(d, "/components/schemas/Names", json!({"type": "array", "items": {}}));
                plant(d, "names", json!({"$ref": "#/components/schemas/Names"}));
                set(d, &format!("{PLANT}/required/-"), json!("names"));
            },
            |d| set(d, "/components/schemas/Names/nullable", json!(true)),
            ("became-nullable", Response, Breaking),
        ),
        exception(
            NOTHING,
            |d| plant(d, "colour/nullable", json!(true)),
            ("became-nullable", Response, Breaking),
        ),
        exception(
            NOTHING,
            |d| plant(d, "closed/properties", json!({"lid": {"type": "string"}})),
            ("optional-property-added", Response, Breaking),
        ),
    ]
}

fn enums() -> Vec<Exception> {
    const NUMBERS: fn(&mut Value) = |d| plant(d, "height/enum", json!([1, 2]));
    const OPEN: fn(&mut Value) = |d| plant(d, "colour/x-extensible-enum", json!(["red", "green"]));
    vec![
        exception(
            NUMBERS,
            |d| plant(d, "height/enum/-", json!("tall")),
            ("enum-value-added", Response, Breaking),
        ),
        exception(
            |d| plant(d, "free/enum", json!([null])),
            |d| unplant(d, "free/enum"),
            ("enum-removed", Response, Breaking),
        ),
        // Clients read numbers by their type, and values without a type as any value.
        exception(
            NUMBERS,
            |d| plant(d, "height/enum/-", json!(3)),
            ("enum-value-added", Response, Compatible),
        ),
        exception(
            |d| plant(d, "free/enum", json!([1, 2])),
            |d| plant(d, "free/enum/-", json!("c")),
            ("enum-value-added", Response, Compatible),
        ),
        exception(
            |d| plant(d, "free/enum", json!(["a", "b"])),
            |d| plant(d, "free/enum/-", json!("c")),
            ("enum-value-added", Response, Compatible),
        ),
        exception(
            |d| plant(d, "free/enum", json!([1, "b"])),
            |d| plant(d, "free/enum/-", json!("c")),
            ("enum-value-added", Response, Compatible),
        ),
        exception(
            NOTHING,
            |d| plant(d, "kind/enum/-", json!(null)),
            ("enum-value-added", Response, Breaking),
        ),
        exception(
            |d| plant(d, "free", json!({"type": "boolean", "enum": [true]})),
            |d| plant(d, "free/enum/-", json!(false)),
            ("enum-value-added", Response, Compatible),
        ),
        exception(NUMBERS, |d| unplant(d, "height/enum"), ("enum-removed", Response, Compatible)),
        exception(
            OPEN,
            |d| unplant(d, "colour/x-extensible-enum/0"),
            ("enum-value-removed", Request, Compatible),
        ),
        exception(NOTHING, OPEN, ("enum-added", Request, Compatible)),
    ]
}

#[test]
fn the_verdict_depends_on_the_context() {
    let all = [
        parameters_and_bodies(),
        failures(),
        statuses(),
        alternatives(),
        formats_and_bounds(),
        properties(),
        enums(),
    ];
    for exception in all.into_iter().flatten() {
        let mut old = base();
        (exception.before)(&mut old);
        let mut new = old.clone();
        (exception.change)(&mut new);
        let report = drift(&old, &new);
        let kind = exception.kind;
        assert_eq!(report.changes.len(), 1, "{kind}: {:#?}", report.changes);
        let change = &report.changes[0];
        assert_eq!(change.kind, kind);
        assert!(change.location.directions.contains(&exception.direction), "{kind}");
        let verdict =
            change.wire.by_direction.get(&exception.direction).unwrap_or(&change.wire.verdict);
        assert_eq!(*verdict, exception.verdict, "{kind}: {}", change.wire.why);
    }
}

#[test]
fn values_outside_openapi_3_0_are_reported() {
    let old = base();
    let forms = [
        ("type", json!(["string", "null"])),
        ("exclusiveMinimum", json!(3)),
        ("enum", json!("green")),
    ];
    for (keyword, form) in forms {
        let mut new = old.clone();
        plant(&mut new, &format!("free/{keyword}"), form);
        let report = drift(&old, &new);
        let seen: Vec<&str> = report.changes.iter().map(|change| change.kind.as_str()).collect();
        assert!(seen.contains(&"unrecognised-change"), "{keyword}: {seen:?}");
        assert_eq!(report.summary.wire, Unknown, "{keyword}");
    }
}
