//! Rejects schemas whose parts the generator would merge endlessly, until its stack overflows.
//!
//! The generator merges the parts of `allOf`. If several parts declare the same property, it also merges
//! the schemas of that property, and the schemas that those refer to. This doesn't end if a merge of some
//! schemas requires the same merge again.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::ptr;

use serde_json::Value;

use crate::grammar::reference;

/// The number of merges that are followed. A document with more is passed to the generator.
const MOST: usize = 20_000;
/// The number of combinations of alternatives that are followed in one merge.
const MOST_COMBINATIONS: usize = 64;
/// The keywords that a schema consists of besides its parts and descriptions.
const OWN: [&str; 8] =
    ["type", "properties", "additionalProperties", "items", "enum", "required", "format", "not"];

/// The name of a property whose schemas would be merged endlessly.
#[derive(Debug)]
pub(super) struct Endless<'d>(&'d str);

impl fmt::Display for Endless<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "several parts of `allOf` declare `{}`, and one of them contains the whole schema again; declare \
             it in one part only",
            self.0,
        )
    }
}

/// Rejects a document with such a schema.
pub(super) fn check(document: &Value) -> Result<(), Endless<'_>> {
    let (done, alternatives) = (HashSet::new(), HashMap::new());
    Merges { document, done, open: Vec::new(), alternatives }.visit(document)
}

/// The schemas that are merged at one place, sorted by address and without duplicates.
type Merge<'d> = Vec<&'d Value>;

struct Merges<'d> {
    document: &'d Value,
    done: HashSet<Vec<*const Value>>,
    /// The current merge, and those that contain it.
    open: Vec<Vec<*const Value>>,
    /// The alternatives that were read already, by schema.
    alternatives: HashMap<*const Value, Vec<Merge<'d>>>,
}

impl<'d> Merges<'d> {
    /// Follows the merges of every schema in `value`.
    fn visit(&mut self, value: &'d Value) -> Result<(), Endless<'d>> {
        match value {
            Value::Object(map) => {
                if ["allOf", "oneOf", "anyOf"].iter().any(|key| map.contains_key(*key)) {
                    self.follow("", &[value])?;
                }
                map.values().try_for_each(|value| self.visit(value))
            }
            Value::Array(list) => list.iter().try_for_each(|value| self.visit(value)),
            _ => Ok(()),
        }
    }

    /// Follows the merge of the schemas of a property.
    fn follow(&mut self, property: &'d str, merged: &[&'d Value]) -> Result<(), Endless<'d>> {
        for bodies in self.bodies(merged).into_iter().filter(|bodies| bodies.len() > 1) {
            let key: Vec<*const Value> = bodies.iter().map(|body| ptr::from_ref(*body)).collect();
            if self.open.contains(&key) {
                return Err(Endless(property));
            }
            if self.done.len() >= MOST || !self.done.insert(key.clone()) {
                continue;
            }
            self.open.push(key);
            for (name, schemas) in shared(&bodies) {
                self.follow(name, &schemas)?;
            }
            self.open.pop();
        }
        Ok(())
    }

    /// Returns the schemas that remain if references and parts are replaced with what they stand for: one
    /// merge for each combination of alternatives.
    fn bodies(&mut self, merged: &[&'d Value]) -> Vec<Merge<'d>> {
        merged
            .iter()
            .fold(vec![Merge::new()], |all, schema| product(&all, &self.alternatives(schema)))
    }

    /// Returns the bodies of each alternative of a schema. Each schema is read once, since schemas may
    /// share parts at any depth.
    fn alternatives(&mut self, schema: &'d Value) -> Vec<Merge<'d>> {
        let key = ptr::from_ref(schema);
        if let Some(known) = self.alternatives.get(&key) {
            return known.clone();
        }
        let alternatives = self.read_alternatives(schema);
        self.alternatives.insert(key, alternatives.clone());
        alternatives
    }

    fn read_alternatives(&mut self, schema: &'d Value) -> Vec<Merge<'d>> {
        if let Some(target) = reference(schema) {
            let target = target.strip_prefix('#').and_then(|at| self.document.pointer(at));
            return target.map_or_else(Vec::new, |target| self.alternatives(target));
        }
        let own = is_own(schema).then_some(schema);
        let list = |key| schema.get(key).and_then(Value::as_array).into_iter().flatten();
        let all: Vec<&Value> = list("allOf").collect();
        let mut merged = product(&[Merge::from_iter(own)], &self.bodies(&all));
        for key in ["oneOf", "anyOf"] {
            let each: Vec<Merge<'d>> =
                list(key).flat_map(|one| self.alternatives(one)).take(MOST_COMBINATIONS).collect();
            if !each.is_empty() {
                merged = product(&merged, &each);
            }
        }
        merged
    }
}

/// Returns the combinations of two lists of merges.
fn product<'d>(some: &[Merge<'d>], others: &[Merge<'d>]) -> Vec<Merge<'d>> {
    let pairs = some.iter().flat_map(|one| others.iter().map(move |other| [&one[..], other]));
    let merge = |pair: [&[&'d Value]; 2]| {
        let mut both = pair.concat();
        both.sort_by_key(|body| ptr::from_ref(*body));
        both.dedup_by_key(|body| ptr::from_ref(*body));
        both
    };
    pairs.map(merge).take(MOST_COMBINATIONS).collect()
}

/// Returns whether a schema has content besides its parts. The generator merges `{}` like any content.
fn is_own(schema: &Value) -> bool {
    let has = |key: &str| schema.get(key).is_some();
    OWN.into_iter().any(has) || !["allOf", "oneOf", "anyOf"].into_iter().any(has)
}

/// Returns whether there is one schema, or several references to one.
fn are_one(schemas: &[&Value]) -> bool {
    let target = schemas.first().and_then(|schema| reference(schema));
    schemas.len() == 1 || (target.is_some() && schemas.iter().all(|one| reference(one) == target))
}

/// Returns the properties that several of the schemas declare, with their schemas.
fn shared<'d>(bodies: &[&'d Value]) -> Vec<(&'d str, Merge<'d>)> {
    let mut declared: BTreeMap<&str, Merge<'d>> = BTreeMap::new();
    for body in bodies {
        let properties = body.get("properties").and_then(Value::as_object).into_iter().flatten();
        properties.for_each(|(name, schema)| declared.entry(name).or_default().push(schema));
        for key in ["items", "additionalProperties"] {
            let inner = body.get(key).filter(|inner| inner.is_object());
            inner.into_iter().for_each(|inner| declared.entry(key).or_default().push(inner));
        }
    }
    declared.into_iter().filter(|(_, schemas)| !are_one(schemas)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::check;

    fn is_endless(schemas: Value) -> bool {
        check(&json!({"components": {"schemas": schemas}})).is_err()
    }

    fn to(name: &str) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    /// A schema with a choice as its base, which both declare `children`.
    fn with_children(of_base: Value, own: Value) -> Value {
        json!({
            "Base": {"oneOf": [{"properties": {"children": of_base}}, {"properties": {"a": {}}}]},
            "Rule": {"allOf": [to("Base"), {"properties": {"children": own}}]},
            "Other": {"properties": {"b": {}}},
        })
    }

    #[test]
    fn a_merge_that_contains_itself_is_rejected() {
        let list = |items: Value| json!({"type": "array", "items": items});
        assert!(is_endless(with_children(list(json!({})), list(to("Rule")))));
        assert!(is_endless(with_children(json!({}), to("Rule"))));
        assert!(is_endless(with_children(to("Other"), to("Rule"))));
        let map = |values: Value| json!({"additionalProperties": values});
        assert!(is_endless(with_children(map(json!({})), map(to("Rule")))));
        let document = json!({"components": {"schemas": with_children(json!({}), to("Rule"))}});
        assert!(check(&document).unwrap_err().to_string().contains("`children`"));
    }

    #[test]
    fn exponentially_repeated_parts_and_alternatives_are_read_in_time() {
        for key in ["allOf", "oneOf"] {
            let mut schemas =
                json!({"A0": {"oneOf": [{"properties": {"a": {}}}, {"type": "string"}]}});
            for number in 1..64 {
                let part = to(&format!("A{}", number - 1));
                let other = json!({"properties": {format!("a{number}"): {}}});
                schemas[format!("A{number}")] = json!({key: [part, other, part]});
            }
            assert!(!is_endless(schemas));
        }
    }

    #[test]
    fn other_recursive_schemas_are_accepted() {
        assert!(!is_endless(with_children(to("Rule"), to("Rule"))));
        assert!(!is_endless(with_children(to("Other"), json!({}))));
        assert!(!is_endless(json!({
            "Base": {"properties": {"next": to("Base")}},
            "Rule": {"allOf": [to("Base"), {"properties": {"child": to("Rule")}}]},
        })));
    }
}
