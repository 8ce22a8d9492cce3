//! Properties of objects: those that come and go, whether they must be there, who may set them.

use super::{
    Pair, Walk,
    flatten::Flat,
    schema::{Flats, Slot},
};
use crate::drift::{
    document::{Document, Node, escape},
    finding::{At, Change, Place},
    kind::{Rule, property as kinds},
    verdict::{Direction, Wire},
};

const NOT_SENT: &str = "the server sets it: programs do not send it";
const NOT_SENT_BEFORE: &str = "it is required now, and programs do not send it";
const NOT_RECEIVED: &str = "the server never sends it back";

impl<'a> Walk<'a> {
    pub(super) fn properties(&mut self, flats: &Flats<'a>, at: At) {
        let Flats { base, revision } = flats;
        for (name, old) in &base.properties {
            let Some(new) = revision.properties.get(name) else {
                let place = Place::base(&old.pointer);
                let is_required = base.required.contains_key(name);
                let rules = [&kinds::OPTIONAL_PROPERTY_REMOVED, &kinds::REQUIRED_PROPERTY_REMOVED];
                let travels = travels(self.base, old, at);
                self.lone_property(name, rules[usize::from(is_required)], place, travels, at);
                continue;
            };
            let slot =
                if base.required.contains_key(name) { Slot::Required } else { Slot::Optional };
            let pair = Pair { base: old.clone(), revision: new.clone() };
            self.schema(pair, at, slot);
        }
        for (name, new) in &revision.properties {
            if !base.properties.contains_key(name) {
                let place = Place::revision(&new.pointer);
                let is_required = revision.required.contains_key(name);
                let rules = [&kinds::OPTIONAL_PROPERTY_ADDED, &kinds::REQUIRED_PROPERTY_ADDED];
                let travels = travels(self.revision, new, at);
                self.lone_property(name, rules[usize::from(is_required)], place, travels, at);
            }
        }
        self.requiredness(flats, at);
    }

    fn lone_property(
        &mut self,
        name: &str,
        rule: &'static Rule,
        place: Place,
        travels: Option<(Wire, &'static str)>,
        at: At,
    ) {
        let what = format!("{} property `{name}` {}", words(rule.id).0, words(rule.id).1);
        self.record(at, Change::new(rule, place, what).subject(name).maybe(travels));
    }

    /// Names that are required in one document only. Those whose property comes or goes are told
    /// with it; those that no document describes are told here too.
    fn requiredness(&mut self, flats: &Flats<'a>, at: At) {
        let Flats { base, revision } = flats;
        let is_lone = |name: &str| {
            base.properties.contains_key(name) != revision.properties.contains_key(name)
        };
        for name in revision.required.keys() {
            if !base.required.contains_key(name) && !is_lone(name) {
                self.required_name(name, &kinds::PROPERTY_BECAME_REQUIRED, flats, at);
            }
        }
        for name in base.required.keys() {
            if !revision.required.contains_key(name) && !is_lone(name) {
                self.required_name(name, &kinds::PROPERTY_BECAME_OPTIONAL, flats, at);
            }
        }
    }

    fn required_name(&mut self, name: &str, rule: &'static Rule, flats: &Flats<'a>, at: At) {
        let place = required_place(name, flats);
        let became = if rule == &kinds::PROPERTY_BECAME_REQUIRED { "required" } else { "optional" };
        let old = flats.base.properties.get(name);
        let verdict = match at.direction {
            Some(Direction::Request) => old.and_then(|node| travels(self.base, node, at)),
            Some(Direction::Response) if became == "optional" => old
                .filter(|node| Flat::of(self.base, (*node).clone()).get("default").is_some())
                .map(|_| (Wire::Compatible, "programs fill in the default")),
            _ => None,
        };
        let what = format!("property `{name}` became {became}");
        self.record(at, Change::new(rule, place, what).subject(name).maybe(verdict));
    }

    /// `readOnly` and `writeOnly` of the schema itself.
    pub(super) fn mutability(&mut self, flats: &Flats<'a>, at: At, slot: Slot) {
        let is_missed = slot == Slot::Required && at.direction == Some(Direction::Request);
        let missed = is_missed.then_some((Wire::Breaking, NOT_SENT_BEFORE));
        let keys = [
            ("readOnly", &kinds::BECAME_READ_ONLY, &kinds::NO_LONGER_READ_ONLY, "read-only"),
            ("writeOnly", &kinds::BECAME_WRITE_ONLY, &kinds::NO_LONGER_WRITE_ONLY, "write-only"),
        ];
        for (key, became, no_longer, word) in keys {
            match (flats.base.flag(key), flats.revision.flag(key)) {
                (false, true) => {
                    self.record(at, flats.change(became, key, format!("became {word}")))
                }
                (true, false) => {
                    let change = flats.change(no_longer, key, format!("no longer {word}"));
                    self.record(at, change.maybe(missed.filter(|_| key == "readOnly")));
                }
                _ => {}
            }
        }
    }
}

/// Where a required name is told: at its property, if that stands in the part that requires it in
/// at least one document; else at the list of names, which other schemas may share.
fn required_place(name: &str, flats: &Flats<'_>) -> Place {
    let part_of = |flat: &Flat<'_>| flat.required.get(name).cloned();
    let has_both = |flat: &Flat<'_>| {
        let property = flat.properties.get(name).map(|node| node.pointer.clone());
        part_of(flat).map(|part| Some(format!("{part}/properties/{}", escape(name))) == property)
    };
    let is_at_property =
        [&flats.base, &flats.revision].into_iter().filter_map(has_both).all(|both| both);
    let pointer = |flat: &Flat<'_>| {
        if is_at_property {
            return flat.properties.get(name).map(|node| node.pointer.clone());
        }
        part_of(flat).map(|part| format!("{part}/required"))
    };
    Place { base: pointer(&flats.base), revision: pointer(&flats.revision) }
}

/// The verdict of a property that does not travel in this direction at all.
fn travels(document: Document<'_>, node: &Node<'_>, at: At) -> Option<(Wire, &'static str)> {
    let node = document.resolve(node.clone());
    match at.direction {
        Some(Direction::Request) if node.flag("readOnly") == Some(true) => {
            Some((Wire::None, NOT_SENT))
        }
        Some(Direction::Response) if node.flag("writeOnly") == Some(true) => {
            Some((Wire::None, NOT_RECEIVED))
        }
        _ => None,
    }
}

/// How a kind of this module is put in words.
fn words(id: &str) -> (&str, &str) {
    let required = if id.starts_with("required") { "required" } else { "optional" };
    (required, if id.ends_with("added") { "added" } else { "removed" })
}
