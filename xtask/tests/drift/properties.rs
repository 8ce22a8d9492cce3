//! Properties of the report: a document equals itself, swapped documents produce the mirrored
//! report, and every change is reported once, in its directions and at any depth.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use xtask::drift::{Report, kind::rule, verdict::Direction};

use crate::{document::drift, second_opinion::only_theirs};

/// The use of the schema.
#[derive(Clone, Copy, Debug)]
enum Use {
    Request,
    Response,
    Both,
}

/// The path from the body to the schema.
#[derive(Clone, Copy, Debug)]
enum Nesting {
    Direct,
    Items,
    Part,
    Property,
    Variant,
    Values,
    Described,
}

/// A change of one property.
#[derive(Clone, Copy, Debug)]
enum Mutation {
    Drop,
    Require,
    Retype,
    Null,
    Lock,
    Extend,
    Shorten,
    Default,
    Deprecate,
    Describe,
    Mark,
}

use Mutation::*;

const PROPERTIES: usize = 5;

impl Mutation {
    fn kind(self) -> &'static str {
        match self {
            Drop => "optional-property-removed",
            Require => "property-became-required",
            Retype => "type-changed",
            Null => "became-nullable",
            Lock => "became-read-only",
            Extend => "enum-value-added",
            Shorten => "max-length-tightened",
            Default => "default-changed",
            Deprecate => "schema-deprecated",
            Describe => "documentation-changed",
            Mark => "extension-changed",
        }
    }

    fn apply(self, schema: &mut Value, name: &str) {
        let property = format!("/properties/{name}");
        if let Drop = self {
            schema["properties"].as_object_mut().unwrap().shift_remove(name);
            return;
        }
        if let Require = self {
            schema["required"].as_array_mut().unwrap().push(json!(name));
            return;
        }
        let (key, value) = match self {
            Drop | Require => unreachable!(),
            Retype => ("type", json!("boolean")),
            Null => ("nullable", json!(true)),
            Lock => ("readOnly", json!(true)),
            Extend => ("enum", json!(["a", "b", "c"])),
            Shorten => ("maxLength", json!(4)),
            Default => ("default", json!("b")),
            Deprecate => ("deprecated", json!(true)),
            Describe => ("description", json!("other")),
            Mark => ("x-mark", json!(1)),
        };
        schema.pointer_mut(&property).unwrap()[key] = value;
    }
}

fn schema() -> Value {
    let property = json!({"type": "string", "enum": ["a", "b"], "maxLength": 9, "default": "a"});
    let properties: Map<String, Value> =
        (0..PROPERTIES).map(|index| (format!("p{index}"), property.clone())).collect();
    json!({"type": "object", "required": [], "properties": properties})
}

/// Returns a document that uses the schema. The schema also refers to itself in several ways, which
/// must have no effect.
fn document(schema: &Value, used: Use, nesting: Nesting) -> Value {
    let mut schema = schema.clone();
    let thing = json!({"$ref": "#/components/schemas/Thing"});
    let described = |name: &str| {
        let named = json!({"$ref": format!("#/components/schemas/{name}")});
        json!({"description": "Related.", "nullable": true, "allOf": [named]})
    };
    schema["properties"]["again"] = thing.clone();
    schema["properties"]["parent"] = described("Thing");
    schema["properties"]["owner"] = described("Owner");
    let owner = json!({"type": "object", "properties": {"owned": described("Thing")}});
    let other = json!({"$ref": "#/components/schemas/Other"});
    let body = match nesting {
        Nesting::Direct => thing,
        Nesting::Items => json!({"type": "array", "items": thing}),
        Nesting::Part => json!({"allOf": [thing, {"type": "object", "properties": {"own": {}}}]}),
        Nesting::Property => json!({"type": "object", "properties": {"inner": thing}}),
        Nesting::Variant => json!({"oneOf": [other, thing]}),
        Nesting::Values => json!({"type": "object", "additionalProperties": thing}),
        Nesting::Described => json!({"description": "One.", "nullable": true, "allOf": [thing]}),
    };
    let content = json!({"application/json": {"schema": body}});
    let mut operations = Map::new();
    if let Use::Request | Use::Both = used {
        operations.insert(
            "post".into(),
            json!({
                "requestBody": {"required": true, "content": content},
                "responses": {"204": {"description": "Done"}},
            }),
        );
    }
    if let Use::Response | Use::Both = used {
        let response = json!({"description": "OK", "content": content});
        operations.insert("get".into(), json!({"responses": {"200": response}}));
    }
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Made up", "version": "1"},
        "paths": {"/things": operations},
        "components": {"schemas": {"Thing": schema, "Owner": owner, "Other": {"type": "integer"}}},
    })
}

fn mutations() -> impl Strategy<Value = Vec<Option<Mutation>>> {
    let one = prop::sample::select(vec![
        Drop, Require, Retype, Null, Lock, Extend, Shorten, Default, Deprecate, Describe, Mark,
    ]);
    prop::collection::vec(prop::option::of(one), PROPERTIES)
}

fn places() -> impl Strategy<Value = (Use, Nesting)> {
    let used = prop::sample::select(vec![Use::Request, Use::Response, Use::Both]);
    let nesting = prop::sample::select(vec![
        Nesting::Direct,
        Nesting::Items,
        Nesting::Part,
        Nesting::Property,
        Nesting::Variant,
        Nesting::Values,
        Nesting::Described,
    ]);
    (used, nesting)
}

fn mutated(mutations: &[Option<Mutation>]) -> Value {
    let mut schema = schema();
    for (index, mutation) in mutations.iter().enumerate() {
        if let Some(mutation) = mutation {
            mutation.apply(&mut schema, &format!("p{index}"));
        }
    }
    schema
}

fn directions(used: Use) -> Vec<Direction> {
    match used {
        Use::Request => vec![Direction::Request],
        Use::Response => vec![Direction::Response],
        Use::Both => vec![Direction::Request, Direction::Response],
    }
}

/// The kind, the places in base and revision, and the directions.
type Fact = (String, Option<String>, Option<String>, Vec<Direction>);

/// Returns the changes of a report, in a form that can be mirrored.
fn facts(report: &Report) -> BTreeSet<Fact> {
    let fact = |change: &xtask::drift::report::Change| {
        let location = change.location.clone();
        (change.kind.clone(), location.base, location.revision, location.directions)
    };
    report.changes.iter().map(fact).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_document_equals_itself(list in mutations(), (used, nesting) in places()) {
        let document = document(&mutated(&list), used, nesting);
        let report = drift(&document, &document);
        prop_assert!(report.changes.is_empty(), "{:?}", report.changes);
        prop_assert_eq!(report.notes.len(), 0);
    }

    #[test]
    fn every_change_is_reported_once_in_its_directions(
        list in mutations(),
        (used, nesting) in places(),
    ) {
        let report = drift(&document(&schema(), used, nesting), &document(&mutated(&list), used, nesting));
        let made: Vec<_> = list.iter().enumerate().filter_map(|(i, one)| Some((i, (*one)?))).collect();
        prop_assert_eq!(report.changes.len(), made.len(), "{:?}", report.changes);
        for (index, mutation) in made {
            let place = format!("#/components/schemas/Thing/properties/p{index}");
            let found = report.changes.iter().find(|change| {
                change.kind == mutation.kind()
                    && change.location.base.iter().chain(&change.location.revision).any(|p| p.starts_with(&place))
            });
            prop_assert!(found.is_some(), "{mutation:?} of p{index}: {:?}", report.changes);
            let change = found.unwrap();
            prop_assert_eq!(&change.location.directions, &directions(used));
            prop_assert_eq!(change.location.operations.len(), directions(used).len());
            prop_assert_eq!(&change.area, rule(&change.kind).unwrap().area);
        }
    }

    #[test]
    fn the_other_comparison_reports_nothing_that_ours_misses(
        list in mutations(),
        (used, nesting) in places(),
    ) {
        let old = document(&schema(), used, nesting);
        let new = document(&mutated(&list), used, nesting);
        let extra = only_theirs(&old, &new).unwrap_or_default();
        prop_assert!(extra.is_empty(), "{:#?}", extra);
    }

    #[test]
    fn swapping_the_documents_mirrors_the_report(
        one in mutations(),
        other in mutations(),
        (used, nesting) in places(),
    ) {
        let (one, other) = (document(&mutated(&one), used, nesting), document(&mutated(&other), used, nesting));
        let mirrored: BTreeSet<_> = facts(&drift(&other, &one))
            .into_iter()
            .map(|(kind, base, revision, directions)| {
                (rule(&kind).unwrap().mirror.to_owned(), revision, base, directions)
            })
            .collect();
        prop_assert_eq!(facts(&drift(&one, &other)), mirrored);
    }
}
