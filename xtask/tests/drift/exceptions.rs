//! The verdicts that differ from the usual one of their kind.

use serde_json::{Value, json};
use xtask::drift::verdict::{Direction, Wire};

use crate::document::{PLANT, base, drift, plant, remove, set, unplant};

/// A change whose verdict depends on what stands around it.
struct Exception {
    /// Makes the base from the made-up document.
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
            NOTHING,
            |d| set(d, &format!("{LIST}/parameters/3/explode"), json!(false)),
            ("parameter-explode-changed", Request, Compatible),
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

fn formats_and_bounds() -> Vec<Exception> {
    vec![
        exception(
            |d| plant(d, "planted/format", json!("date-time")),
            |d| unplant(d, "planted/format"),
            ("format-widened", Response, Compatible),
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
            |d| plant(d, "weight/minimum", json!(1)),
            |d| plant(d, "weight/minimum", json!(0.5)),
            ("minimum-loosened", Response, Compatible),
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
            |d| set(d, &format!("{PLANT}/required/-"), json!("colour")),
            |d| drop(remove(d, &format!("{PLANT}/required/2"))),
            ("property-became-optional", Response, Compatible),
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
    ]
}

fn enums() -> Vec<Exception> {
    const NUMBERS: fn(&mut Value) = |d| plant(d, "height/enum", json!([1, 2]));
    const OPEN: fn(&mut Value) = |d| plant(d, "colour/x-extensible-enum", json!(["red", "green"]));
    vec![
        exception(
            NUMBERS,
            |d| plant(d, "height/enum/-", json!(3)),
            ("enum-value-added", Response, Breaking),
        ),
        exception(NUMBERS, |d| unplant(d, "height/enum"), ("enum-removed", Response, Breaking)),
        exception(
            OPEN,
            |d| unplant(d, "colour/x-extensible-enum/0"),
            ("enum-value-removed", Request, Compatible),
        ),
        exception(NOTHING, OPEN, ("enum-added", Request, Compatible)),
    ]
}

#[test]
fn what_stands_around_a_change_counts() {
    let all = [parameters_and_bodies(), formats_and_bounds(), properties(), enums()];
    for exception in all.into_iter().flatten() {
        let mut old = base();
        (exception.before)(&mut old);
        let mut new = old.clone();
        (exception.change)(&mut new);
        let report = drift(&old, &new);
        let kind = exception.kind;
        assert_eq!(report.changes.len(), 1, "{kind}: {:?}", report.changes);
        let change = &report.changes[0];
        assert_eq!(change.kind, kind);
        assert!(change.location.directions.contains(&exception.direction), "{kind}");
        let verdict =
            change.wire.by_direction.get(&exception.direction).unwrap_or(&change.wire.verdict);
        assert_eq!(*verdict, exception.verdict, "{kind}: {}", change.wire.why);
    }
}

#[test]
fn a_form_that_is_not_of_openapi_3_0_is_not_passed_over() {
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
