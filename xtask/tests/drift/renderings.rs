//! The formats of one report, with generated Rust items.

use anstream::adapter::strip_str;
use serde_json::{Value, json};
use xtask::drift::{
    Deny, Outcome, Prepared, Report, Revision, compare,
    render::{json as as_json, markdown, text},
    report::SCHEMA_VERSION,
    verdict::{Bump, Source, Wire},
};
use xtask::prepare::prepare;

use crate::document::{drift, remove, rename, set};

fn garden() -> Value {
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Garden", "version": "1.0.0"},
        "paths": {
            "/plants": {
                "get": {
                    "operationId": "list_plants",
                    "parameters": [
                        {"name": "size", "in": "query", "schema": {"type": "integer", "default": 100}}
                    ],
                    "responses": {"200": {"description": "OK", "content": {"application/json": {
                        "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Plant"}}
                    }}}}
                },
                "post": {
                    "operationId": "create_plant",
                    "requestBody": {"required": true, "content": {"application/json": {
                        "schema": {"$ref": "#/components/schemas/Plant"}
                    }}},
                    "responses": {"201": {"description": "Created", "content": {"application/json": {
                        "schema": {"$ref": "#/components/schemas/Plant"}
                    }}}}
                }
            }
        },
        "components": {"schemas": {"Plant": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string"},
                "phase": {"type": "string"},
                "kind": {"type": "string", "title": "PlantKind", "enum": ["tree", "herb"]}
            }
        }}}
    })
}

fn next_garden() -> Value {
    let mut document = garden();
    let plant = "/components/schemas/Plant";
    set(&mut document, &format!("{plant}/required/-"), json!("phase"));
    set(&mut document, &format!("{plant}/properties/kind/enum/-"), json!("moss"));
    set(&mut document, "/paths/~1plants/get/parameters/0/schema/default", json!(20));
    set(&mut document, "/paths/~1plants/get/summary", json!("Lists plants"));
    set(&mut document, &format!("{plant}/properties/colour"), json!({"type": "string"}));
    set(
        &mut document,
        "/paths/~1plants~1{id}",
        json!({"delete": {
            "operationId": "delete_plant",
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
            "responses": {"204": {"description": "Gone"}}
        }}),
    );
    document
}

fn revision(name: &str, document: Value) -> Revision {
    let prepared = prepare(document.clone(), None).unwrap().document;
    Revision {
        name: name.to_owned(),
        document,
        prepared: Prepared::Document(prepared),
        notes: Vec::new(),
        has_resources: false,
    }
}

fn report() -> Report {
    compare(&revision("garden@1", garden()), &revision("garden@2", next_garden()))
}

#[test]
fn text_fits_a_terminal() {
    insta::assert_snapshot!(strip_str(&text(&report())));
}

#[test]
fn text_has_colours_for_terminals() {
    let coloured = text(&report());
    assert!(coloured.contains("\u{1b}[31m"), "breaking is red");
    assert_ne!(strip_str(&coloured).to_string(), coloured);
}

#[test]
fn markdown_fits_a_pull_request() {
    insta::assert_snapshot!(markdown(&report()));
}

#[test]
fn json_can_be_deserialized() {
    let report = report();
    let shown = as_json(&report).unwrap();
    insta::assert_snapshot!(shown);
    assert_eq!(serde_json::from_str::<Report>(&shown).unwrap(), report);
    assert_eq!(report.schema_version, SCHEMA_VERSION);
}

#[test]
fn each_change_of_the_documents_has_its_rust_items() {
    let report = report();
    let items = |kind: &str| -> Vec<String> {
        let change = report.changes.iter().find(|change| change.kind == kind).unwrap();
        change.source.items.iter().map(|delta| delta.text()).collect()
    };
    let required = items("property-became-required");
    let phase = "types::Plant::phase: Option<String> → String".to_owned();
    assert!(required.contains(&phase), "{required:?}");
    assert_eq!(items("enum-value-added"), ["+ types::PlantKind::Moss"]);
    assert_eq!(items("documentation-changed"), [""; 0]);
    let added = items("operation-added");
    assert!(added.iter().any(|item| item.starts_with("+ Client::delete_plant()")), "{added:?}");
    assert_eq!(report.summary.bump, Some(Bump::Minor));
    assert_eq!(report.summary.wire, Wire::Breaking);
}

#[test]
fn additions_need_a_patch_version() {
    let mut next = garden();
    set(&mut next, "/components/schemas/Plant/properties/kind/enum/-", json!("moss"));
    let report = compare(&revision("a", garden()), &revision("b", next));
    assert_eq!(
        (report.summary.source, report.summary.bump),
        (Some(Source::Additive), Some(Bump::Patch))
    );
    let same = compare(&revision("a", garden()), &revision("b", garden()));
    assert_eq!(same.summary.bump, Some(Bump::None));
    assert_eq!(same.summary.line, "no changes");
    assert!(same.changes.is_empty() && same.source_only.is_empty() && same.notes.is_empty());
}

#[test]
fn denied_changes_set_the_outcome() {
    let breaking = report();
    assert_eq!(breaking.outcome(None), Outcome::Fine);
    for deny in [Deny::Source, Deny::Wire, Deny::Any] {
        assert_eq!(breaking.outcome(Some(deny)), Outcome::Denied);
    }
    let mut next = garden();
    set(&mut next, "/components/schemas/Plant/properties/kind/enum/-", json!("moss"));
    let additive = compare(&revision("a", garden()), &revision("b", next));
    assert_eq!(additive.outcome(Some(Deny::Any)), Outcome::Fine);
    let codes = [Outcome::Fine, Outcome::Denied, Outcome::Unclear].map(Outcome::code);
    assert_eq!(codes, [0, 1, 2]);
}

#[test]
fn an_unknown_verdict_is_unclear() {
    let mut next = garden();
    remove(&mut next, "/paths/~1plants/get/parameters/0/schema/default");
    let unknown = compare(&revision("a", garden()), &revision("b", next.clone()));
    assert_eq!(unknown.summary.wire, Wire::Unknown);
    assert_eq!(unknown.outcome(None), Outcome::Fine);
    assert_eq!(unknown.outcome(Some(Deny::Wire)), Outcome::Unclear);
    let not_generated = drift(&garden(), &next);
    assert_eq!(not_generated.source_error.as_deref(), Some("base: not generated here"));
    assert_eq!(not_generated.summary.bump, None);
    assert_eq!(not_generated.outcome(None), Outcome::Unclear);
    assert_eq!(not_generated.outcome(Some(Deny::Source)), Outcome::Unclear);
}

#[test]
fn a_rearranged_document_is_unknown_if_rust_items_change() {
    let mut next = garden();
    let parameter = remove(&mut next, "/paths/~1plants/get/parameters/0");
    set(&mut next, "/components/parameters", json!({"size": parameter}));
    let size = json!({"$ref": "#/components/parameters/size"});
    set(&mut next, "/paths/~1plants/get/parameters/-", size);
    let same = compare(&revision("a", garden()), &revision("b", next.clone()));
    let seen = |report: &Report| (report.changes[0].kind.clone(), report.changes.len());
    assert_eq!(seen(&same), ("rearranged".to_owned(), 1));
    assert_eq!((same.summary.wire, same.outcome(Some(Deny::Any))), (Wire::None, Outcome::Fine));
    let other = Revision { prepared: revision("c", next_garden()).prepared, ..revision("b", next) };
    let report = compare(&revision("a", garden()), &other);
    assert_eq!(seen(&report), ("rearranged".to_owned(), 1));
    assert_eq!(report.summary.wire, Wire::Unknown);
    assert_eq!(report.outcome(Some(Deny::Wire)), Outcome::Unclear);
}

#[test]
fn a_document_that_cannot_be_generated_is_reported() {
    let broken = Revision {
        prepared: Prepared::Document(json!({"openapi": "3.0.3"})),
        ..revision("b", garden())
    };
    let report = compare(&revision("a", garden()), &broken);
    let why = report.source_error.unwrap();
    assert!(why.starts_with("revision: not a prepared OpenAPI 3.0 document"), "{why}");
    let mut panics = prepare(garden(), None).unwrap().document;
    panics["paths"]["/plants"]["get"]["responses"] =
        json!({"200": {"description": "OK", "content": {"application/json": {}}}});
    let broken = Revision { prepared: Prepared::Document(panics), ..revision("b", garden()) };
    let why = compare(&revision("a", garden()), &broken).source_error.unwrap();
    assert!(why.starts_with("revision: the generator"), "{why}");
}

#[test]
fn changes_that_break_the_generated_code_are_reported() {
    let plant = "/components/schemas/Plant/properties";
    type Change = fn(&mut Value, &str);
    let changes: [(&str, Change); 3] = [
        ("a value that differs in case", |d, plant| {
            set(d, &format!("{plant}/kind/enum/-"), json!("TREE"));
        }),
        ("a value that differs in signs", |d, plant| {
            set(
                d,
                &format!("{plant}/kind/enum"),
                json!(["tree", "herb", "+1", "-1", "a b", "a-b"]),
            );
        }),
        ("a second spelling of a field", |d, plant| {
            set(d, &format!("{plant}/created_at"), json!({"type": "string"}));
            set(d, &format!("{plant}/createdAt"), json!({"type": "string"}));
        }),
    ];
    for (name, change) in changes {
        let mut next = garden();
        change(&mut next, plant);
        let prepared = match prepare(next.clone(), None) {
            Ok(prepared) => Prepared::Document(prepared.document),
            Err(error) => Prepared::Failed(error.to_string()),
        };
        let next = Revision {
            name: "b".to_owned(),
            document: next,
            prepared,
            notes: Vec::new(),
            has_resources: false,
        };
        let report = compare(&revision("a", garden()), &next);
        let is_reported =
            report.source_error.is_some() || report.summary.source == Some(Source::Breaking);
        let has_items = report.summary.items > 0;
        assert!(is_reported || has_items, "{name}: {}", report.summary.line);
    }
}

#[test]
fn operations_that_exchange_their_ids_break_their_callers() {
    let mut old = garden();
    let mut other = old["paths"]["/plants"]["get"].clone();
    other["operationId"] = json!("list_herbs");
    set(&mut old, "/paths/~1herbs", json!({"get": other}));
    let mut new = old.clone();
    set(&mut new, "/paths/~1herbs/get/operationId", json!("list_plants"));
    set(&mut new, "/paths/~1plants/get/operationId", json!("list_herbs"));
    let report = compare(&revision("a", old), &revision("b", new));
    assert_eq!(report.summary.wire, Wire::None);
    let items = report.changes.iter().flat_map(|change| &change.source.items);
    let items: Vec<_> = items.map(|item| (&item.item[..], item.before.as_deref())).collect();
    assert!(items.contains(&("Client::list_plants", Some("GET /plants"))), "{items:?}");
    assert!(items.contains(&("Client::list_herbs", Some("GET /herbs"))), "{items:?}");
    assert_eq!(report.summary.source, Some(Source::Breaking));
    // A moved operation keeps its id, and its callers.
    let mut moved = garden();
    rename(&mut moved, "/paths/~1plants", "/paths/~1garden~1plants");
    let report = compare(&revision("a", garden()), &revision("b", moved));
    assert_eq!(report.summary.source, Some(Source::Unchanged));
}

#[test]
fn names_that_another_property_or_value_takes_break_their_users() {
    let plant = "/components/schemas/Plant/properties";
    let mut old = garden();
    set(&mut old, &format!("{plant}/createdAt"), json!({"type": "string"}));
    set(&mut old, &format!("{plant}/kind/enum"), json!(["a-b"]));
    let mut new = old.clone();
    let created = remove(&mut new, &format!("{plant}/createdAt"));
    set(&mut new, &format!("{plant}/created_at"), created.clone());
    set(&mut new, &format!("{plant}/createdAt"), created);
    set(&mut new, &format!("{plant}/kind/enum"), json!(["a_b", "a-b"]));
    let report = compare(&revision("a", old), &revision("b", new));
    let items = report.changes.iter().flat_map(|change| &change.source.items);
    let items = items.chain(&report.source_only).filter(|item| item.note.is_some());
    let items: Vec<_> = items.map(|item| (&item.item[..], item.before.as_deref())).collect();
    assert!(items.contains(&("types::Plant::created_at", Some("`createdAt`"))), "{items:?}");
    assert!(items.contains(&("types::PlantKind::AB", Some("`a-b`"))), "{items:?}");
}

#[test]
fn setters_that_take_the_parameter_of_another_one_break_their_callers() {
    let listed = |names: &[&str]| {
        let parameter =
            |name: &&str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
        let mut document = garden();
        let parameters: Vec<Value> = names.iter().map(parameter).collect();
        set(&mut document, "/paths/~1plants/get/parameters", json!(parameters));
        document
    };
    let base = listed(&["createdAt"]);
    let report =
        compare(&revision("a", base), &revision("b", listed(&["created_at", "createdAt"])));
    let items = report.changes.iter().flat_map(|change| &change.source.items);
    let items = items.chain(&report.source_only).filter(|item| item.note.is_some());
    let items: Vec<_> = items.map(|item| (&item.item[..], item.before.as_deref())).collect();
    let setter = "builder::ListPlants::created_at";
    assert!(items.contains(&(setter, Some("`createdAt`"))), "{items:?}");
    assert_eq!(report.summary.source, Some(Source::Breaking));
}

#[test]
fn json_matches_its_schema() {
    let schema: Value = serde_json::from_str(xtask::drift::report::JSON_SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&closed(schema)).unwrap();
    let mut removed = garden();
    remove(&mut removed, "/paths/~1plants/get");
    let broken =
        Revision { prepared: Prepared::Failed("no".to_owned()), ..revision("c", garden()) };
    let wire_only = Revision { prepared: Prepared::Skipped, ..revision("d", next_garden()) };
    let reports = [
        report(),
        compare(&revision("a", garden()), &revision("a", garden())),
        compare(&revision("a", garden()), &revision("b", removed)),
        compare(&revision("a", garden()), &broken),
        compare(&revision("a", garden()), &wire_only),
        drift(&crate::document::base(), &garden()),
    ];
    for report in reports {
        let value: Value = serde_json::from_str(&as_json(&report).unwrap()).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

/// Forbids unknown fields in the schema, so that the test fails for an undocumented field.
fn closed(mut schema: Value) -> Value {
    if let Value::Object(members) = &mut schema {
        let values = std::mem::take(members).into_iter();
        *members = values.map(|(key, value)| (key, closed(value))).collect();
        if members.contains_key("properties") {
            members.insert("additionalProperties".to_owned(), json!(false));
        }
    }
    schema
}
