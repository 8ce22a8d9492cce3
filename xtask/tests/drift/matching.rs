//! The matching of operations and schemas between two documents, and the operations that a change affects.

use serde_json::{Value, json};
use xtask::drift::{
    Report,
    verdict::{Direction, Wire},
};

use crate::document::{base, drift, plant, remove, rename, set, unplant};

fn kinds(report: &Report) -> Vec<&str> {
    report.changes.iter().map(|change| change.kind.as_str()).collect()
}

/// Returns a document whose operations have no ids.
fn without_ids() -> Value {
    let mut document = base();
    for path in document["paths"].as_object_mut().unwrap().values_mut() {
        for item in path.as_object_mut().unwrap().values_mut() {
            if let Some(operation) = item.as_object_mut() {
                operation.shift_remove("operationId");
            }
        }
    }
    document
}

#[test]
fn an_operation_with_the_same_shape_and_name_is_moved() {
    let old = without_ids();
    let mut new = old.clone();
    rename(&mut new, "/paths/~1plants~1{id}~1water", "/paths/~1garden~1plants~1{id}~1water");
    let report = drift(&old, &new);
    assert_eq!(kinds(&report), ["operation-moved"]);
    let location = &report.changes[0].location;
    assert_eq!(location.base.as_deref(), Some("#/paths/~1plants~1{id}~1water/post"));
    assert_eq!(location.revision.as_deref(), Some("#/paths/~1garden~1plants~1{id}~1water/post"));
}

#[test]
fn a_moved_operation_is_compared() {
    let old = base();
    let mut new = old.clone();
    rename(&mut new, "/paths/~1plants~1{id}~1water", "/paths/~1water~1{plant}");
    set(&mut new, "/paths/~1water~1{plant}/parameters/0/name", json!("plant"));
    set(&mut new, "/paths/~1water~1{plant}/post/requestBody/required", json!(true));
    assert_eq!(kinds(&drift(&old, &new)), ["operation-moved", "request-body-became-required"]);
}

#[test]
fn an_operation_of_another_resource_is_not_moved() {
    let mut old = without_ids();
    set(
        &mut old,
        "/paths/~1beds~1{id}",
        json!({"delete": {"responses": {"204": {"description": "Gone"}}}}),
    );
    let mut new = old.clone();
    rename(&mut new, "/paths/~1beds~1{id}", "/paths/~1pots~1{id}");
    assert_eq!(kinds(&drift(&old, &new)), ["operation-removed", "operation-added"]);
}

#[test]
fn a_change_of_a_shared_schema_is_reported_once() {
    let old = base();
    let mut new = old.clone();
    set(&mut new, "/components/schemas/Named/properties/latin", json!({"type": "string"}));
    let report = drift(&old, &new);
    assert_eq!(kinds(&report), ["optional-property-added"]);
    let location = &report.changes[0].location;
    assert_eq!(location.revision.as_deref(), Some("#/components/schemas/Named/properties/latin"));
    let ids: Vec<&str> = location.operations.iter().filter_map(|one| one.id.as_deref()).collect();
    assert_eq!(ids, ["list_plants", "create_plant", "get_plant"]);
}

#[test]
fn a_renamed_alternative_that_only_its_name_selects_breaks_clients() {
    let mut old = base();
    unplant(&mut old, "place/discriminator/mapping");
    let renamed = |old: &Value| {
        let mut new = old.clone();
        rename(&mut new, "/components/schemas/Bed", "/components/schemas/Cot");
        for choice in ["place", "seat"] {
            let cot = json!({"$ref": "#/components/schemas/Cot"});
            plant(&mut new, &format!("{choice}/oneOf/1"), cot);
        }
        new
    };
    let report = drift(&old, &renamed(&old));
    assert_eq!(kinds(&report), ["schema-renamed", "discriminator-mapping-removed"]);
    assert_eq!(report.changes[1].wire.verdict, Wire::Breaking);

    let mut new = renamed(&old);
    plant(&mut new, "place/discriminator/mapping", json!({"Bed": "#/components/schemas/Cot"}));
    let report = drift(&old, &new);
    assert!(!kinds(&report).contains(&"discriminator-mapping-removed"), "{:?}", kinds(&report));
}

#[test]
fn a_dissimilar_schema_is_not_a_renamed_one() {
    let old = base();
    let mut new = old.clone();
    remove(&mut new, "/components/schemas/Person");
    let robot = json!({"type": "object", "properties": {"serial": {"type": "integer"}}});
    set(&mut new, "/components/schemas/Robot", robot);
    plant(&mut new, "owner", json!({"$ref": "#/components/schemas/Robot"}));
    let report = drift(&old, &new);
    let seen = kinds(&report);
    assert!(!seen.contains(&"schema-renamed"), "{seen:?}");
    for kind in
        ["schema-reference-changed", "schema-removed", "schema-added", "optional-property-removed"]
    {
        assert!(seen.contains(&kind), "{kind}: {seen:?}");
    }
}

#[test]
fn an_unused_schema_does_not_affect_the_wire() {
    let old = base();
    let mut new = old.clone();
    remove(&mut new, "/components/schemas/Unused/properties/x");
    let report = drift(&old, &new);
    assert_eq!(kinds(&report), ["optional-property-removed"]);
    let change = &report.changes[0];
    assert!(change.location.operations.is_empty() && change.location.directions.is_empty());
    assert_eq!(change.wire.verdict, xtask::drift::verdict::Wire::None);
}

#[test]
fn a_parameter_of_the_path_item_may_move_into_its_operations() {
    let old = base();
    let mut new = old.clone();
    let parameters = remove(&mut new, "/paths/~1plants~1{id}~1water/parameters");
    set(&mut new, "/paths/~1plants~1{id}~1water/post/parameters", parameters);
    assert_eq!(kinds(&drift(&old, &new)), ["rearranged"]);
}

#[test]
fn properties_that_replace_alternatives_may_differ_from_theirs() {
    let mut old = base();
    plant(&mut old, "seat/type", json!("object"));
    let mut new = old.clone();
    unplant(&mut new, "seat/oneOf");
    plant(&mut new, "seat/properties", json!({"size": {"type": "string"}}));
    let report = drift(&old, &new);
    assert_eq!(kinds(&report), ["optional-property-added", "one-of-removed"]);
    let verdict = report.changes[1].wire.by_direction[&Direction::Request];
    assert_eq!(verdict, Wire::Unknown);
}
