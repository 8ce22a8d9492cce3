//! Properties of objects: those that come and go, whether they must be there, who may set them.

use super::{
    Walk,
    composition::is_closed,
    flatten::Flat,
    schema::{Flats, Verdict},
};
use crate::drift::{
    document::{Document, Node},
    finding::{At, Change, Place, Slot},
    kind::{Rule, property as kinds},
    verdict::{Direction, Wire},
};
use crate::pointer::join;

const NOT_SENT: &str = "the server sets it: programs do not send it";
const NOT_SENT_BEFORE: &str = "it is required now, and programs do not send it";
const NOT_RECEIVED: &str = "the server never sends it back";
const REFUSED: &str = "programs refuse properties that the old schema forbids";

impl<'a> Walk<'a> {
    pub(super) fn properties(&mut self, flats: &Flats<'a>, at: At) {
        let Flats { base, revision } = flats;
        for (name, old) in &base.properties {
            let Some(new) = revision.properties.get(name) else {
                let is_required = base.required.contains_key(name);
                let rules = [&kinds::OPTIONAL_PROPERTY_REMOVED, &kinds::REQUIRED_PROPERTY_REMOVED];
                let place = Place { base: first(old), revision: None };
                let verdict = travels(self.base, old, at);
                self.lone_property(name, rules[usize::from(is_required)], place, verdict, at);
                continue;
            };
            let slot =
                if base.required.contains_key(name) { Slot::Required } else { Slot::Optional };
            self.declared(old, new, at, slot);
        }
        for (name, new) in &revision.properties {
            if !base.properties.contains_key(name) {
                let is_required = revision.required.contains_key(name);
                let rules = [&kinds::OPTIONAL_PROPERTY_ADDED, &kinds::REQUIRED_PROPERTY_ADDED];
                let place = Place { base: None, revision: first(new) };
                let verdict = travels(self.revision, new, at).or_else(|| refused(base, at));
                self.lone_property(name, rules[usize::from(is_required)], place, verdict, at);
            }
        }
        self.requiredness(flats, at);
    }

    fn lone_property(
        &mut self,
        name: &str,
        rule: &'static Rule,
        place: Place,
        verdict: Verdict,
        at: At,
    ) {
        let what = format!("{} property `{name}` {}", words(rule.id).0, words(rule.id).1);
        self.record(at, Change::new(rule, place, what).subject(name).maybe(verdict));
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
            Some(Direction::Request) => old.and_then(|nodes| travels(self.base, nodes, at)),
            Some(Direction::Response) if became == "optional" => old
                .filter(|nodes| Flat::over(self.base, nodes).flag("nullable"))
                .map(|_| (Wire::Compatible, "a missing value reads as null")),
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

/// Where a required name is told: at its property, if the part that requires it declares it too, in
/// each document that requires it; else at the list of names, which other schemas may share.
fn required_place(name: &str, flats: &Flats<'_>) -> Place {
    let both = [&flats.base, &flats.revision];
    let parts = both.map(|flat| flat.required.get(name));
    let own = parts.map(|part| part.map(|part| join(&join(part, "properties"), name)));
    let is_declared = |pointer: &String, flat: &Flat<'_>| {
        let mut declared = flat.properties.get(name).into_iter().flatten();
        declared.any(|node| node.pointer == *pointer)
    };
    let mut required = own.iter().zip(both).filter_map(|(own, flat)| Some((own.as_ref()?, flat)));
    if !required.all(|(own, flat)| is_declared(own, flat)) {
        let [base, revision] = parts.map(|part| part.map(|part| join(part, "required")));
        return Place { base, revision };
    }
    let [base, revision] = both.map(|flat| {
        let shared = own.iter().flatten().find(|pointer| is_declared(pointer, flat)).cloned();
        shared.or_else(|| first(flat.properties.get(name)?))
    });
    Place { base, revision }
}

fn first(declarations: &[Node<'_>]) -> Option<String> {
    declarations.first().map(|node| node.pointer.clone())
}

/// The verdict of a property that does not travel in this direction at all.
fn travels(document: Document<'_>, declarations: &[Node<'_>], at: At) -> Verdict {
    let flat = Flat::over(document, declarations);
    match at.direction {
        Some(Direction::Request) if flat.flag("readOnly") => Some((Wire::None, NOT_SENT)),
        Some(Direction::Response) if flat.flag("writeOnly") => Some((Wire::None, NOT_RECEIVED)),
        _ => None,
    }
}

/// The verdict of a new property where the base has room for none.
fn refused(base: &Flat<'_>, at: At) -> Verdict {
    let is_refused = at.direction == Some(Direction::Response) && is_closed(base);
    is_refused.then_some((Wire::Breaking, REFUSED))
}

/// How a kind of this module is put in words.
fn words(id: &str) -> (&str, &str) {
    let required = if id.starts_with("required") { "required" } else { "optional" };
    (required, if id.ends_with("added") { "added" } else { "removed" })
}
