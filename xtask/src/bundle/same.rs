//! Compares two components with the same name, so that identical copies in several files become one.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{Bundler, Target};
use crate::error::Error;
use crate::grammar::{Child, Kind, reference};

/// A value, and the index of the document that its references are relative to.
type Node<'a> = (usize, &'a Value);

/// The pairs that are being compared. A pair that occurs again is assumed to be equal, which ends
/// cycles.
type Assumed = HashSet<(Target, Target)>;

impl Bundler {
    /// Returns whether both targets have the same meaning after resolving references, including
    /// descriptions.
    pub(super) fn same(&mut self, kind: Kind, a: &Target, b: &Target) -> Result<bool, Error> {
        self.same_targets(kind, a, b, &mut Assumed::new())
    }

    fn same_targets(
        &mut self,
        kind: Kind,
        a: &Target,
        b: &Target,
        assumed: &mut Assumed,
    ) -> Result<bool, Error> {
        if a == b || !assumed.insert((a.clone(), b.clone())) {
            return Ok(true);
        }
        let (left, right) = (self.source.document(a.document), self.source.document(b.document));
        match (left.value.pointer(&a.pointer), right.value.pointer(&b.pointer)) {
            (Some(left), Some(right)) => {
                self.same_nodes(kind, (a.document, left), (b.document, right), assumed)
            }
            _ => Ok(false),
        }
    }

    fn same_nodes(
        &mut self,
        kind: Kind,
        a: Node<'_>,
        b: Node<'_>,
        assumed: &mut Assumed,
    ) -> Result<bool, Error> {
        match (reference(a.1), reference(b.1)) {
            (Some(left), Some(right)) => {
                if beside_reference(a.1) != beside_reference(b.1) {
                    return Ok(false);
                }
                let left = self.resolve(a.0, left)?;
                let right = self.resolve(b.0, right)?;
                self.same_targets(kind, &left, &right, assumed)
            }
            (None, None) => match (a.1, b.1) {
                (Value::Object(left), Value::Object(right)) => {
                    self.same_objects(kind, (a.0, left), (b.0, right), assumed)
                }
                (left, right) => Ok(left == right),
            },
            _ => Ok(false),
        }
    }

    fn same_objects(
        &mut self,
        kind: Kind,
        a: (usize, &Map<String, Value>),
        b: (usize, &Map<String, Value>),
        assumed: &mut Assumed,
    ) -> Result<bool, Error> {
        if a.1.len() != b.1.len() {
            return Ok(false);
        }
        for (key, left) in a.1 {
            let Some(right) = b.1.get(key) else { return Ok(false) };
            if !self.same_children(kind.child(key), (a.0, left), (b.0, right), assumed)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn same_children(
        &mut self,
        child: Child,
        a: Node<'_>,
        b: Node<'_>,
        assumed: &mut Assumed,
    ) -> Result<bool, Error> {
        match (child, a.1, b.1) {
            (Child::One(kind), ..) => self.same_nodes(kind, a, b, assumed),
            (Child::List(kind), Value::Array(left), Value::Array(right)) => {
                if left.len() != right.len() {
                    return Ok(false);
                }
                for (left, right) in left.iter().zip(right) {
                    if !self.same_nodes(kind, (a.0, left), (b.0, right), assumed)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (
                Child::Map(kind) | Child::ExtensibleMap(kind),
                Value::Object(left),
                Value::Object(right),
            ) => {
                if left.len() != right.len() {
                    return Ok(false);
                }
                for (name, left) in left {
                    let Some(right) = right.get(name) else { return Ok(false) };
                    if !self.same_nodes(kind, (a.0, left), (b.0, right), assumed)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (_, left, right) => Ok(left == right),
        }
    }
}

fn beside_reference(value: &Value) -> Vec<(&String, &Value)> {
    let mut beside: Vec<_> =
        value.as_object().into_iter().flatten().filter(|(key, _)| *key != "$ref").collect();
    beside.sort_by_key(|(key, _)| *key);
    beside
}
