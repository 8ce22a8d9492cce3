//! The composition of a schema: alternatives, exclusions, items, additional properties.

use serde_json::Value;

use super::{
    Walk,
    flatten::Flat,
    schema::Flats,
    variant::{ANY_OF, ONE_OF},
};
use crate::drift::{
    document::Node,
    finding::{At, Slot, Verdict},
    kind::schema as kinds,
    verdict::{Direction, Wire},
};

/// The additional properties that a schema allows.
pub(super) enum Others<'a> {
    Any,
    None,
    Typed(Vec<Node<'a>>),
}

impl<'a> Walk<'_, 'a> {
    pub(super) fn composition(&mut self, flats: &Flats<'a>, at: At) {
        let Flats { base, revision } = flats;
        if !self.other_keyword(flats, at) {
            self.alternatives(&ONE_OF, (&base.one_of, &revision.one_of), flats, at);
            self.alternatives(&ANY_OF, (&base.any_of, &revision.any_of), flats, at);
        }
        self.exclusion(flats, at);
        self.discriminator(flats, at);
        self.items(flats, at);
        self.other_properties(flats, at);
    }

    fn exclusion(&mut self, flats: &Flats<'a>, at: At) {
        let (rule, what) = match (flats.base.get("not"), flats.revision.get("not")) {
            (None, Some(_)) => (&kinds::NOT_ADDED, "`not` added"),
            (Some(_), None) => (&kinds::NOT_REMOVED, "`not` removed"),
            (Some(_), Some(_)) if !self.have_same("not", flats) => {
                (&kinds::NOT_CHANGED, "`not` changed")
            }
            _ => return,
        };
        let verdict = exclusion_verdict(&excluded(&flats.base), &excluded(&flats.revision), at);
        self.record(at, flats.change(rule, "not", what.to_owned()).maybe(verdict));
    }

    fn items(&mut self, flats: &Flats<'a>, at: At) {
        let (old, new) = (flats.base.declared("items"), flats.revision.declared("items"));
        match (old.is_empty(), new.is_empty()) {
            (false, false) => self.declared(old, new, at, Slot::Alone),
            (true, false) if flats.base.kind() == Some("array") => {
                let change = flats.change(
                    &kinds::ITEMS_SPECIFIED,
                    "items",
                    "items: schema added".to_owned(),
                );
                self.record(at, change);
            }
            (false, true) if flats.revision.kind() == Some("array") => {
                let what = "items: schema removed".to_owned();
                self.record(at, flats.change(&kinds::ITEMS_UNSPECIFIED, "items", what));
            }
            _ => {}
        }
    }

    fn other_properties(&mut self, flats: &Flats<'a>, at: At) {
        let (rule, what) = match (others(&flats.base), others(&flats.revision)) {
            (Others::Typed(old), Others::Typed(new)) => {
                return self.declared(&old, &new, at, Slot::Alone);
            }
            (Others::Any, Others::Any) | (Others::None, Others::None) => return,
            (_, Others::None) => {
                (&kinds::ADDITIONAL_PROPERTIES_FORBIDDEN, "additional properties are forbidden")
            }
            (Others::None, _) => {
                (&kinds::ADDITIONAL_PROPERTIES_ALLOWED, "additional properties are allowed")
            }
            (Others::Any, _) => {
                (&kinds::ADDITIONAL_PROPERTIES_TYPED, "additional properties: schema added")
            }
            (_, Others::Any) => {
                (&kinds::ADDITIONAL_PROPERTIES_UNTYPED, "additional properties: schema removed")
            }
        };
        self.record(at, flats.change(rule, OTHERS, what.to_owned()));
    }
}

const OTHERS: &str = "additionalProperties";

/// Returns whether a schema forbids additional properties.
pub(super) fn is_closed(flat: &Flat<'_>) -> bool {
    matches!(others(flat), Others::None)
}

/// Returns what a schema says of properties that it does not declare.
pub(super) fn others<'a>(flat: &Flat<'a>) -> Others<'a> {
    let declared = flat.declared(OTHERS);
    if declared.iter().any(|node| node.value == &Value::Bool(false)) {
        return Others::None;
    }
    let says_something = |node: &&Node<'a>| node.object().is_some_and(|map| !map.is_empty());
    let typed: Vec<Node<'a>> = declared.iter().filter(says_something).cloned().collect();
    if typed.is_empty() { Others::Any } else { Others::Typed(typed) }
}

/// Returns the values that `not` lists.
fn excluded<'f>(flat: &'f Flat<'_>) -> Vec<&'f Value> {
    let lists = flat.declared("not").iter().filter_map(|node| node.value.get("enum")?.as_array());
    lists.flatten().collect()
}

/// Returns the verdict on an exclusion that lists values.
fn exclusion_verdict(old: &[&Value], new: &[&Value], at: At) -> Verdict {
    let is_tighter = !new.iter().all(|value| old.contains(value));
    match at.direction {
        Some(Direction::Request) if old.is_empty() || new.is_empty() => None,
        Some(Direction::Request) if is_tighter => {
            Some((Wire::Breaking, "the server rejects values that it accepted before"))
        }
        Some(Direction::Request) => {
            Some((Wire::Compatible, "the server still accepts every value that it accepted before"))
        }
        _ => None,
    }
}
