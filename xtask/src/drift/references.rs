//! Refuses references that lead nowhere or in a circle. What is bundled has none, and the generator
//! would never be done with a circle.

use std::collections::HashSet;
use std::convert::Infallible;

use serde_json::Value;

use crate::error::{Error, Place};
use crate::grammar::{Kind, reference, walk_mut};

/// Follows every reference of a document to its end.
///
/// # Errors
/// When one of them has no end inside the document.
pub(super) fn check(document: &mut Value) -> Result<(), Error> {
    let found = references(document);
    let mut ends = HashSet::new();
    for (pointer, target) in &found {
        let pointer = pointer.clone();
        follow(document, target, &mut ends).map_err(|what| {
            Error::new(format!("the reference `{target}` {what}"))
                .at(Place { pointer, ..Place::default() })
                .mend("let it name something in the same document that is no reference")
        })?;
    }
    Ok(())
}

/// The pointers of all references, and their targets.
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

/// Follows one reference. `ends` holds those that are known to have an end.
fn follow<'d>(
    document: &'d Value,
    target: &'d str,
    ends: &mut HashSet<&'d str>,
) -> Result<(), &'static str> {
    let (mut target, mut followed) = (target, HashSet::new());
    while !ends.contains(target) {
        if !followed.insert(target) {
            return Err("leads in a circle");
        }
        let found = target.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        match found.map(reference) {
            None => return Err("leads nowhere"),
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
    fn references_end_inside_the_document() {
        let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        assert_eq!(schemas(json!({"A": to("B"), "B": to("C"), "C": {"items": to("A")}})), Ok(()));
        let circle = schemas(json!({"A": to("B"), "B": to("A")})).unwrap_err();
        assert!(circle.contains("leads in a circle"), "{circle}");
        let nowhere = schemas(json!({"A": {"properties": {"b": to("B")}}})).unwrap_err();
        assert!(nowhere.contains("#/components/schemas/A/properties/b"), "{nowhere}");
        assert!(schemas(json!({"A": {"$ref": "other.yaml#/A"}})).is_err());
    }

    #[test]
    fn a_long_chain_has_an_end() {
        let link = |index: usize| {
            let to = json!({"$ref": format!("#/components/schemas/S{}", index + 1)});
            (format!("S{index}"), to)
        };
        let mut chain: serde_json::Map<String, Value> = (0..2000).map(link).collect();
        chain.insert("S2000".to_owned(), json!({}));
        assert_eq!(schemas(Value::Object(chain)), Ok(()));
    }

    #[test]
    fn an_example_holds_no_references() {
        assert_eq!(schemas(json!({"A": {"example": {"$ref": "#/nowhere"}}})), Ok(()));
    }
}
