//! A made-up document that holds one of everything, and ways to change it.

use serde_json::{Value, json};
use xtask::drift::{Prepared, Report, Revision, compare};

/// The component schema that is both sent and received.
pub(crate) const PLANT: &str = "/components/schemas/Plant/allOf/1";

/// The document that every case starts from.
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
        prepared: Prepared::Refused("not generated here".to_owned()),
        notes: Vec::new(),
        has_resources: false,
    }
}

/// Puts `value` at `pointer`; a `-` at the end appends to a list.
pub(crate) fn set(document: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("{parent} is not there"));
    match parent {
        Value::Array(list) if key == "-" => list.push(value),
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        parent => parent[key.as_str()] = value,
    }
}

/// Takes away what is at `pointer`, which must be there.
pub(crate) fn remove(document: &mut Value, pointer: &str) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("{parent} is not there"));
    match parent {
        Value::Array(list) => list.remove(key.parse().unwrap()),
        parent => parent.as_object_mut().unwrap().shift_remove(&key).unwrap(),
    }
}

/// Moves what is at one pointer to another.
pub(crate) fn rename(document: &mut Value, from: &str, to: &str) {
    let value = remove(document, from);
    set(document, to, value);
}

/// Sets a keyword of a property of the plant.
pub(crate) fn plant(document: &mut Value, rest: &str, value: Value) {
    set(document, &format!("{PLANT}/properties/{rest}"), value);
}

/// Takes away a keyword of a property of the plant, or the property.
pub(crate) fn unplant(document: &mut Value, rest: &str) {
    remove(document, &format!("{PLANT}/properties/{rest}"));
}

/// A schema that a case adds where it needs one.
pub(crate) fn text() -> Value {
    json!({"type": "string"})
}
