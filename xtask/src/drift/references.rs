//! Rejects references without a target and circular references. A bundled document has none, and the
//! generator would not terminate on a circular reference.

use std::collections::HashSet;
use std::convert::Infallible;

use serde_json::Value;

use crate::error::{Error, Place};
use crate::grammar::{Kind, reference, walk_mut};

/// Follows every reference of a document to its target.
///
/// # Errors
/// If a reference has no target inside the document.
pub(super) fn check(document: &mut Value) -> Result<(), Error> {
    let found = references(document);
    let mut ends = HashSet::new();
    for (pointer, target) in &found {
        let pointer = pointer.clone();
        follow(document, target, &mut ends).map_err(|what| {
            Error::new(format!("the reference `{target}` {what}"))
                .at(Place { pointer, ..Place::default() })
                .with_help("refer to a value in the same document that is not a reference itself")
        })?;
    }
    Ok(())
}

/// Returns the pointers of all references, and their targets.
fn references(document: &mut Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let done: Result<(), Infallible> =
        walk_mut(document, Kind::Document, &mut |value, _, pointer| {
            found.extend(reference(value).map(|target| (pointer.to_owned(), target.to_owned())));
            Ok(())
        });
    let Ok(()) = done;
    found
}

/// Follows one reference. `ends` contains the references that are known to have a target.
fn follow<'d>(
    document: &'d Value,
    target: &'d str,
    ends: &mut HashSet<&'d str>,
) -> Result<(), &'static str> {
    let (mut target, mut followed) = (target, HashSet::new());
    while !ends.contains(target) {
        if !followed.insert(target) {
            return Err("is circular");
        }
        let found = target.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        match found.map(reference) {
            None => return Err("has no target"),
            Some(None) => break,
            Some(Some(next)) => target = next,
        }
    }
    ends.extend(followed);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::check;

    fn schemas(schemas: Value) -> Result<(), String> {
        let mut document = json!({"components": {"schemas": schemas}});
        check(&mut document).map_err(|error| error.to_string())
    }

    #[test]
    fn references_without_a_target_and_circular_ones_are_rejected() {
        let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        assert_eq!(schemas(json!({"A": to("B"), "B": to("C"), "C": {"items": to("A")}})), Ok(()));
        let circle = schemas(json!({"A": to("B"), "B": to("A")})).unwrap_err();
        assert!(circle.contains("is circular"), "{circle}");
        let nowhere = schemas(json!({"A": {"properties": {"b": to("B")}}})).unwrap_err();
        assert!(nowhere.contains("#/components/schemas/A/properties/b"), "{nowhere}");
        assert!(schemas(json!({"A": {"$ref": "other.yaml#/A"}})).is_err());
    }

    #[test]
    fn a_long_chain_is_followed() {
        let link = |index: usize| {
            let to = json!({"$ref": format!("#/components/schemas/S{}", index + 1)});
            (format!("S{index}"), to)
        };
        let mut chain: serde_json::Map<String, Value> = (0..2000).map(link).collect();
        chain.insert("S2000".to_owned(), json!({}));
        assert_eq!(schemas(Value::Object(chain)), Ok(()));
    }

    #[test]
    fn references_inside_an_example_are_ignored() {
        assert_eq!(schemas(json!({"A": {"example": {"$ref": "#/nowhere"}}})), Ok(()));
    }
}
