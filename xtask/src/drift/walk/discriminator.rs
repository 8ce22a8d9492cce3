//! Discriminators: which property tells alternatives apart, and which of its values means which.

use serde_json::{Map, Value};

use super::{
    Walk,
    flatten::Flat,
    schema::{Flats, Verdict},
    show,
};
use crate::drift::{
    document::{Document, Node, name_of},
    finding::At,
    kind::schema as kinds,
    verdict::{Direction, Wire},
};

const BY_SHAPE: &str = "these alternatives have no tag, and programs tell them by their shape";
const NAMED: &str = "without a mapping the name of the schema decides, and it is the same";
const GONE: &str = "what it chose no longer comes";
const KNOWN: &str = "another value that programs know chooses the same";

impl<'a> Walk<'a> {
    pub(super) fn discriminator(&mut self, flats: &Flats<'a>, at: At) {
        let (old, new) = (flats.base.get("discriminator"), flats.revision.get("discriminator"));
        let property = |value: &Value| text(value, "propertyName").to_owned();
        let (rule, what) = match (old, new) {
            (None, None) => return,
            (None, Some(new)) => (
                &kinds::DISCRIMINATOR_ADDED,
                format!("`{}` decides the alternative", property(new)),
            ),
            (Some(old), None) => (
                &kinds::DISCRIMINATOR_REMOVED,
                format!("`{}` no longer decides the alternative", property(old)),
            ),
            (Some(old), Some(new)) if property(old) != property(new) => {
                let what = format!(
                    "`{}` decides the alternative instead of `{}`",
                    property(new),
                    property(old)
                );
                (&kinds::DISCRIMINATOR_PROPERTY_CHANGED, what)
            }
            (Some(old), Some(new)) => {
                let (old, new) = (mapping(old), mapping(new));
                return self.mappings(&old, &new, flats, at);
            }
        };
        let by_shape = self.by_shape(flats, at);
        self.record(at, flats.change(rule, "discriminator", what).maybe(by_shape));
    }

    fn mappings(&mut self, old: &Mapping, new: &Mapping, flats: &Flats<'a>, at: At) {
        let by_shape = self.by_shape(flats, at);
        let mut changes = Vec::new();
        for (value, target) in old {
            let is_same = |other: &Value| self.is_same_target(target, other);
            match new.get(value) {
                None => {
                    let what = format!("value `{value}` no longer chooses {}", show(target));
                    let verdict = self.removal(value, target, (old, new), flats, at);
                    changes.push((&kinds::DISCRIMINATOR_MAPPING_REMOVED, value, what, verdict));
                }
                Some(other) if !is_same(other) => {
                    let what = format!(
                        "value `{value}` chooses {} instead of {}",
                        show(other),
                        show(target)
                    );
                    changes.push((&kinds::DISCRIMINATOR_MAPPING_CHANGED, value, what, None));
                }
                Some(_) => {}
            }
        }
        for (value, target) in new.iter().filter(|(value, _)| !old.contains_key(*value)) {
            let what = format!("value `{value}` chooses {}", show(target));
            let was_named = !old.values().any(|known| self.is_same_target(known, target));
            let is_named = was_named && *value == name(target);
            let verdict = is_named.then_some((Wire::Compatible, NAMED));
            changes.push((&kinds::DISCRIMINATOR_MAPPING_ADDED, value, what, verdict));
        }
        for (rule, value, what, verdict) in changes {
            let change = flats.change(rule, "discriminator", what).subject(value);
            self.record(at, change.maybe(by_shape.or(verdict)));
        }
    }

    /// Why a value that is no longer mapped is missed by nobody, where that is so.
    fn removal(
        &self,
        value: &str,
        target: &Value,
        (old, new): (&Mapping, &Mapping),
        flats: &Flats<'a>,
        at: At,
    ) -> Verdict {
        let is_same = |other: &Value| self.is_same_target(target, other);
        if value == name(target) && !new.values().any(is_same) {
            return Some((Wire::Compatible, NAMED));
        }
        if at.direction != Some(Direction::Response) {
            return None;
        }
        let mut left = variants(&flats.revision).iter().filter_map(Node::reference);
        if !left.any(|other| is_same(&Value::from(other))) {
            return Some((Wire::Compatible, GONE));
        }
        let is_known =
            new.iter().any(|(other, to)| is_same(to) && old.get(other).is_some_and(is_same));
        is_known.then_some((Wire::Compatible, KNOWN))
    }

    fn is_same_target(&self, old: &Value, new: &Value) -> bool {
        let (old, new) = (name(old), name(new));
        old == new || self.renamed.contains(&(old, new))
    }

    /// The verdict on responses where programs do not look at the property.
    fn by_shape(&self, flats: &Flats<'a>, at: At) -> Verdict {
        let is_response = at.direction == Some(Direction::Response);
        let is_untagged = is_response && !is_tagged(self.base, &flats.base);
        is_untagged.then_some((Wire::Compatible, BY_SHAPE))
    }
}

/// Whether the generated enum is read by its tag: every alternative is a named object.
fn is_tagged(document: Document<'_>, flat: &Flat<'_>) -> bool {
    let is_named_object = |variant: &Node<'_>| {
        variant.reference().is_some() && !Flat::of(document, variant.clone()).properties.is_empty()
    };
    let variants = variants(flat);
    flat.get("discriminator").is_some()
        && !variants.is_empty()
        && variants.iter().all(is_named_object)
}

fn variants<'f, 'a>(flat: &'f Flat<'a>) -> &'f [Node<'a>] {
    if flat.one_of.is_empty() { &flat.any_of } else { &flat.one_of }
}

type Mapping = Map<String, Value>;

fn mapping(discriminator: &Value) -> Mapping {
    discriminator.get("mapping").and_then(Value::as_object).cloned().unwrap_or_default()
}

/// The schema that a value is mapped to; it may be named or referred to.
fn name(target: &Value) -> String {
    name_of(target.as_str().unwrap_or_default())
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
