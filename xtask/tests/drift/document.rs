//! An example document with every construct, and functions to change it.

use serde_json::{Value, json};
use xtask::drift::{Prepared, Report, Revision, compare};

/// The component schema that is both sent and received.
pub(crate) const PLANT: &str = "/components/schemas/Plant/allOf/1";

/// Returns the base document of every case.
pub(crate) fn base() -> Value {
    serde_json::from_str(include_str!("base.json")).unwrap()
}

/// Compares two documents for the wire alone.
pub(crate) fn drift(base: &Value, revision: &Value) -> Report {
    compare(&wire_only("base", base), &wire_only("revision", revision))
}

fn wire_only(name: &str, document: &Value) -> Revision {
    Revision {
        name: name.to_owned(),
        document: document.clone(),
        prepared: Prepared::Failed("not generated here".to_owned()),
        notes: Vec::new(),
        has_resources: false,
    }
}

/// Sets the value at `pointer`; a final `-` appends to a list.
pub(crate) fn set(document: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("{parent} does not exist"));
    match parent {
        Value::Array(list) if key == "-" => list.push(value),
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        parent => parent[key.as_str()] = value,
    }
}

/// Removes the value at `pointer`, which must exist.
pub(crate) fn remove(document: &mut Value, pointer: &str) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("{parent} does not exist"));
    match parent {
        Value::Array(list) => list.remove(key.parse().unwrap()),
        parent => parent.as_object_mut().unwrap().shift_remove(&key).unwrap(),
    }
}

/// Moves a value to another pointer.
pub(crate) fn rename(document: &mut Value, from: &str, to: &str) {
    let value = remove(document, from);
    set(document, to, value);
}

/// Sets a keyword of a property of the plant.
pub(crate) fn plant(document: &mut Value, rest: &str, value: Value) {
    set(document, &format!("{PLANT}/properties/{rest}"), value);
}

/// Removes a keyword of a property of the plant, or the property.
pub(crate) fn unplant(document: &mut Value, rest: &str) {
    remove(document, &format!("{PLANT}/properties/{rest}"));
}

/// Returns a schema for cases that add one.
pub(crate) fn text() -> Value {
    json!({"type": "string"})
}
