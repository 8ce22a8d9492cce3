//! Properties of objects: added and removed ones, `required`, `readOnly` and `writeOnly`.

use std::collections::HashSet;

use super::{
    Existence, Walk,
    canonical::meaning,
    composition::{Others, others},
    flag::{Flag, READ_ONLY, Thing, Toggle, WRITE_ONLY},
    flatten::{Declarations, Depth, Flat, OwnerId, Requirement, all_of, parts_of},
    schema::{Declared, Flats},
};
use crate::drift::{
    document::{Document, Node},
    finding::{At, Change, Judgement, Limit, Slot, Spot, Verdict},
    kind::{Rule, property as kinds},
    verdict::{Direction, Wire},
};

static REQUIRED: Existence = Existence {
    added: &kinds::REQUIRED_PROPERTY_ADDED,
    removed: &kinds::REQUIRED_PROPERTY_REMOVED,
};
static OPTIONAL: Existence = Existence {
    added: &kinds::OPTIONAL_PROPERTY_ADDED,
    removed: &kinds::OPTIONAL_PROPERTY_REMOVED,
};

/// A flag, and the direction in which a property with this flag is not sent.
struct OneWay {
    flag: &'static Flag,
    direction: Direction,
    limit: Limit,
}

static ONE_WAY: [OneWay; 2] = [
    OneWay {
        flag: &READ_ONLY,
        direction: Direction::Request,
        limit: Limit {
            verdict: Wire::None,
            why: "only the server sets it: clients do not send it",
        },
    },
    OneWay {
        flag: &WRITE_ONLY,
        direction: Direction::Response,
        limit: Limit { verdict: Wire::None, why: "the server never sends it back" },
    },
];

const NOT_SENT_BEFORE: Judgement =
    (Wire::Breaking, "it is required, and existing clients do not send it");
const REFUSED: Judgement =
    (Wire::Breaking, "clients reject properties that the old schema forbids");
const OF_ANOTHER_TYPE: Judgement =
    (Wire::Breaking, "clients send and read a property of this name like every other");
const NULL: Judgement = (Wire::Compatible, "clients read a missing value as null");

/// A property that both schemas have.
struct Property<'f, 'a> {
    name: &'f str,
    old: &'f Declarations<'a>,
    new: &'f Declarations<'a>,
}

/// The change of a property that became required or optional.
struct Requiredness {
    rule: &'static Rule,
    became: &'static str,
}

static BECAME_REQUIRED: Requiredness =
    Requiredness { rule: &kinds::PROPERTY_BECAME_REQUIRED, became: "required" };
static BECAME_OPTIONAL: Requiredness =
    Requiredness { rule: &kinds::PROPERTY_BECAME_OPTIONAL, became: "optional" };

impl<'a> Walk<'_, 'a> {
    pub(super) fn properties(&mut self, flats: &Flats<'a>, at: At) {
        let Flats { base, revision } = flats;
        for (name, old) in &base.properties {
            match revision.properties.get(name) {
                Some(new) => self.property(&Property { name, old, new }, flats, at),
                None => self.property_removed(name, old, flats, at),
            }
        }
        for (name, new) in &revision.properties {
            if !base.properties.contains_key(name) {
                self.property_added(name, new, flats, at);
            }
        }
        self.requiredness(flats, at);
    }

    /// Compares a property of both schemas: `readOnly` and `writeOnly`, then its schema. If the property
    /// is not sent in a direction, changes at any depth below it break no client in that direction.
    fn property(&mut self, property: &Property<'_, 'a>, flats: &Flats<'a>, at: At) {
        let Property { name, old, new } = property;
        if let ([old], [new]) = (&old.nodes[..], &new.nodes[..])
            && self.unaffected.are_same(old, new)
        {
            return;
        }
        let is_required = |flat: &Flat<'a>| flat.required.contains_key(name);
        self.property_mutability(property, is_required(&flats.revision), at);
        let slot = if is_required(&flats.base) { Slot::Required } else { Slot::Optional };
        let below = at.within(one_way(self.base, &old.nodes, at));
        self.declared(&old.nodes, &new.nodes, below, slot);
    }

    fn property_removed(&mut self, name: &str, old: &Declarations<'a>, flats: &Flats<'a>, at: At) {
        let is_required = flats.base.required.contains_key(name);
        let (rules, word) = existence(is_required);
        let what = format!("{word} property `{name}` removed");
        let at = at.within(one_way(self.base, &old.nodes, at));
        let spot = flats.spot(old.at(0), None);
        self.record(at, Change::new(rules.removed, spot, what).subject(name));
    }

    fn property_added(&mut self, name: &str, new: &Declarations<'a>, flats: &Flats<'a>, at: At) {
        let is_required = flats.revision.required.contains_key(name);
        let (rules, word) = existence(is_required);
        let what = format!("{word} property `{name}` added");
        let verdict = match others(&flats.base) {
            Others::None if at.is(Direction::Response) => Some(REFUSED),
            Others::Typed(like) if new.nodes.iter().any(|new| is_unlike(new, &like)) => {
                Some(OF_ANOTHER_TYPE)
            }
            _ => None,
        };
        let at = at.within(one_way(self.revision, &new.nodes, at));
        let change = Change::new(rules.added, flats.spot(None, new.at(0)), what).subject(name);
        self.record(at, change.maybe(verdict));
    }

    /// Compares `readOnly` and `writeOnly` of a property. `is_required` refers to REVISION.
    fn property_mutability(&mut self, property: &Property<'_, 'a>, is_required: bool, at: At) {
        for OneWay { flag, direction, .. } in &ONE_WAY {
            let old = flagged(self.base, &property.old.nodes, flag.keyword, parts_of);
            let new = flagged(self.revision, &property.new.nodes, flag.keyword, parts_of);
            let toggle = Toggle { old: old.is_some(), new: new.is_some() };
            if toggle.old == toggle.new {
                continue;
            }
            let is_missed = is_required && at.is(*direction) && *direction == Direction::Request;
            let verdict = (toggle.old && is_missed).then_some(NOT_SENT_BEFORE);
            let spot = Spot::of(old.as_ref(), new.as_ref());
            self.flag(flag, toggle, Thing { verdict, ..Thing::at(spot) }, at);
        }
    }

    /// Compares `readOnly` and `writeOnly` of a schema that properties may refer to.
    pub(super) fn mutability(&mut self, flats: &Flats<'a>, at: At) {
        for OneWay { flag, .. } in &ONE_WAY {
            let thing = Thing::at(flats.place(flag.keyword));
            self.flag(flag, flats.toggle(flag.keyword), thing, at);
        }
    }

    /// Records names that only one document requires. Added and removed properties are skipped: their
    /// own change states whether they are required. Names without a declared property are included.
    fn requiredness(&mut self, flats: &Flats<'a>, at: At) {
        let Flats { base, revision } = flats;
        let is_lone = |name: &str| {
            base.properties.contains_key(name) != revision.properties.contains_key(name)
        };
        for name in revision.required.keys() {
            if !base.required.contains_key(name) && !is_lone(name) {
                self.required_name(name, &BECAME_REQUIRED, flats, at);
            }
        }
        for name in base.required.keys() {
            if !revision.required.contains_key(name) && !is_lone(name) {
                self.required_name(name, &BECAME_OPTIONAL, flats, at);
            }
        }
    }

    fn required_name(&mut self, name: &str, change: &Requiredness, flats: &Flats<'a>, at: At) {
        let old = flats.base.properties.get(name).map(|old| old.nodes.as_slice());
        let old = old.unwrap_or_default();
        let is_null = || Flat::over(self.base, old, Depth::Whole).flag("nullable");
        let reads_null = at.is(Direction::Response) && change.rule == BECAME_OPTIONAL.rule;
        let verdict: Verdict = (reads_null && is_null()).then_some(NULL);
        let at = at.within(one_way(self.base, old, at));
        let what = format!("property `{name}` became {}", change.became);
        let recorded = Change::new(change.rule, required_spot(name, flats), what);
        self.record(at, recorded.subject(name).maybe(verdict));
    }
}

fn existence(is_required: bool) -> (&'static Existence, &'static str) {
    if is_required { (&REQUIRED, "required") } else { (&OPTIONAL, "optional") }
}

/// Returns the limit of a property that is not sent in this direction. Clients do not look for the flag in
/// alternatives.
fn one_way(document: &Document<'_>, declarations: &[Node<'_>], at: At) -> Option<Limit> {
    let stopped = ONE_WAY.iter().filter(|one| at.is(one.direction));
    let mut stopped =
        stopped.filter(|one| flagged(document, declarations, one.flag.keyword, all_of).is_some());
    stopped.next().map(|one| one.limit)
}

/// Finds the place where one of the declarations, or a part of them, sets a flag.
fn flagged<'a>(
    document: &Document<'a>,
    declarations: &[Node<'a>],
    key: &str,
    parts: fn(&Node<'a>) -> Vec<Node<'a>>,
) -> Option<Node<'a>> {
    let mut seen = HashSet::new();
    let mut open: Vec<Node<'a>> = declarations.to_vec();
    while let Some(node) = open.pop() {
        let node = document.resolve(node);
        if !seen.insert(node.identity()) {
            continue;
        }
        if node.flag(key) {
            return node.child(key);
        }
        open.extend(parts(&node));
    }
    None
}

/// Returns the place of a required name: the property, if in each document that requires it the same
/// part also declares it; otherwise the `required` list, which other schemas may share.
fn required_spot<'a>(name: &str, flats: &Flats<'a>) -> Spot<'a> {
    let both = [&flats.base, &flats.revision];
    let requirements = both.map(|flat| flat.required.get(name));
    let own = requirements.map(|one| one.and_then(|one| own_property(one, name)));
    let is_own = |index: usize| own[index].is_some() || requirements[index].is_none();
    if !is_own(0) || !is_own(1) {
        let lists = requirements.map(|one| Some((one?.part.child("required")?, one?.owner)));
        let [old, new] = lists.each_ref().map(declared);
        return flats.spot(old, new);
    }
    let shared = |flat: &Flat<'a>| {
        let property = flat.properties.get(name)?;
        let is_own = |node: &&Node<'a>| {
            own.iter().flatten().any(|own| own.pointer.to_string() == node.pointer.to_string())
        };
        property.nodes.iter().find(is_own).or(property.nodes.first()).cloned()
    };
    let [base, revision] = both.map(shared);
    Spot::of(base.as_ref(), revision.as_ref())
}

fn declared<'n, 'a>(list: &'n Option<(Node<'a>, OwnerId)>) -> Declared<'n, 'a> {
    list.as_ref().map(|(node, owner)| (node, *owner))
}

/// Returns the declaration of a property in the part that requires it.
fn own_property<'a>(requirement: &Requirement<'a>, name: &str) -> Option<Node<'a>> {
    requirement.part.child("properties")?.child(name)
}

/// Returns whether a property has other values than the other properties of its object.
fn is_unlike(property: &Node<'_>, others: &[Node<'_>]) -> bool {
    others.iter().any(|other| meaning(other.value) != meaning(property.value))
}
