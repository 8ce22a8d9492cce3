//! Compares two schemas, aspect by aspect. Each aspect has its own module.

use std::slice::from_ref;

use serde_json::Value;

use super::{
    Pair, Walk, are_alike,
    flag::{SCHEMA_FLAGS, Thing, Toggle},
    flatten::{Declarations, Depth, Flat, Owner, OwnerId, parts_of},
    keyword_change,
};
use crate::drift::{
    document::{Node, Pointer},
    finding::{At, Change, Slot, Spot},
    kind::{Rule, schema as kinds},
};
use crate::extension::OPEN_ENUM;

/// The type of a keyword's value that the comparison supports.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Number,
    Flag,
    List,
    Object,
    FlagOrObject,
    Any,
}

/// Keywords with specific rules, and the types of their values.
const COMPARED: [(&str, Form); 30] = [
    ("type", Form::Text),
    ("format", Form::Text),
    ("contentEncoding", Form::Text),
    ("contentMediaType", Form::Text),
    ("nullable", Form::Flag),
    ("enum", Form::List),
    (OPEN_ENUM, Form::List),
    ("default", Form::Any),
    ("minimum", Form::Number),
    ("maximum", Form::Number),
    ("exclusiveMinimum", Form::Flag),
    ("exclusiveMaximum", Form::Flag),
    ("minLength", Form::Number),
    ("maxLength", Form::Number),
    ("minItems", Form::Number),
    ("maxItems", Form::Number),
    ("minProperties", Form::Number),
    ("maxProperties", Form::Number),
    ("pattern", Form::Text),
    ("multipleOf", Form::Number),
    ("uniqueItems", Form::Flag),
    ("readOnly", Form::Flag),
    ("writeOnly", Form::Flag),
    ("deprecated", Form::Flag),
    ("additionalProperties", Form::FlagOrObject),
    ("patternProperties", Form::Object),
    ("propertyNames", Form::FlagOrObject),
    ("items", Form::Object),
    ("not", Form::Object),
    ("discriminator", Form::Object),
];

impl Form {
    fn is_of(self, value: &Value) -> bool {
        match self {
            Form::Text => value.is_string(),
            Form::Number => value.is_number(),
            Form::Flag => value.is_boolean(),
            Form::List => value.is_array(),
            Form::Object => value.is_object(),
            Form::FlagOrObject => value.is_boolean() || value.is_object(),
            Form::Any => true,
        }
    }
}

/// Two flattened schemas.
pub(super) struct Flats<'a> {
    pub(super) base: Flat<'a>,
    pub(super) revision: Flat<'a>,
}

impl<'a> Flats<'a> {
    /// Returns the places of `key` in both schemas; the differing declarations if there are several.
    pub(super) fn place(&self, key: &str) -> Spot<'a> {
        let (old, new) = (self.base.declarations(key), self.revision.declarations(key));
        self.spot(differing(old, new), differing(new, old))
    }

    /// Returns the place of a declaration. If it is added or removed together with an included part, the
    /// place is the schema that includes the part.
    pub(super) fn spot(&self, old: Declared<'_, 'a>, new: Declared<'_, 'a>) -> Spot<'a> {
        let including = match (old, new) {
            (Some((_, owner)), None) => including(&self.base, owner, &self.revision),
            (None, Some((_, owner))) => {
                including(&self.revision, owner, &self.base).map(|(new, old)| (old, new))
            }
            _ => None,
        };
        if let Some((base, revision)) = including {
            return Spot { base: Some(base), revision: Some(revision) };
        }
        Spot::of(old.map(|(node, _)| node), new.map(|(node, _)| node))
    }

    pub(super) fn whole(&self) -> Spot<'a> {
        let own = |flat: &Flat<'a>| flat.owners.first().map(|owner| owner.node.pointer.clone());
        Spot { base: own(&self.base), revision: own(&self.revision) }
    }

    /// Returns a change of the keyword `key`.
    pub(super) fn change(
        &self,
        rule: &'static Rule,
        key: &str,
        what: impl Into<String>,
    ) -> Change<'a> {
        Change::new(rule, self.place(key), what)
    }

    /// Returns the old and the new value of a flag.
    pub(super) fn toggle(&self, key: &str) -> Toggle {
        Toggle { old: self.base.flag(key), new: self.revision.flag(key) }
    }

    /// Returns whether both have the same parts, in any order.
    fn are_composed_alike(&self) -> bool {
        let sorted = |flat: &Flat<'a>| {
            let mut parts = flat.parts.clone();
            parts.sort_unstable();
            parts
        };
        self.base.parts == self.revision.parts || sorted(&self.base) == sorted(&self.revision)
    }
}

/// A declaration and its owner.
pub(super) type Declared<'n, 'a> = Option<(&'n Node<'a>, OwnerId)>;

/// Returns the declaration that the other side does not have, or the last one.
fn differing<'n, 'a>(
    own: Option<&'n Declarations<'a>>,
    other: Option<&Declarations<'a>>,
) -> Declared<'n, 'a> {
    let own = own?;
    let other = other.map(|other| other.nodes.as_slice()).unwrap_or_default();
    let is_other = |node: &Node<'_>| other.iter().all(|other| other.value != node.value);
    let position = own.nodes.iter().position(is_other);
    own.at(position.unwrap_or(own.nodes.len() - 1))
}

/// Returns the innermost schema of both sides that includes a declaration which only `flat` has, if the
/// other side lacks the whole part. `None` if the part itself lost the declaration.
fn including<'a>(
    flat: &Flat<'a>,
    declared_by: OwnerId,
    other: &Flat<'a>,
) -> Option<(Pointer<'a>, Pointer<'a>)> {
    let mut id = declared_by;
    loop {
        let owner: &Owner<'a> = &flat.owners[id];
        if let Some(same) = other.same_owner(owner) {
            let is_gone_with_part = id != declared_by || (id == 0 && flat.parts != other.parts);
            let places = || (owner.node.pointer.clone(), same.node.pointer.clone());
            return is_gone_with_part.then(places);
        }
        id = owner.by;
    }
}

impl<'a> Walk<'_, 'a> {
    /// Flattens both schemas. Their named parts are then not compared again as unused schemas. A single
    /// alternative is a part, unless the other schema has several.
    pub(super) fn flats_of(&mut self, old: &[Node<'a>], new: &[Node<'a>]) -> Flats<'a> {
        let mut base = Flat::over(self.base, old, Depth::Whole);
        let mut revision = Flat::over(self.revision, new, Depth::Whole);
        if revision.is_choice() && !base.is_choice() {
            base = Flat::over(self.base, old, Depth::Choices);
        } else if base.is_choice() && !revision.is_choice() {
            revision = Flat::over(self.revision, new, Depth::Choices);
        }
        self.parts.add(&base);
        self.parts.add(&revision);
        Flats { base, revision }
    }

    /// Compares two schemas, each given by one or more declarations that all apply.
    pub(super) fn declared(&mut self, old: &[Node<'a>], new: &[Node<'a>], at: At, slot: Slot) {
        if let ([base], [revision]) = (old, new) {
            let pair = Pair { base: base.clone(), revision: revision.clone() };
            return self.schema(pair, at, slot);
        }
        let (at, is_new) = self.log.enter_part(old, new, at, slot);
        if is_new {
            let flats = self.flats_of(old, new);
            self.flats(&flats, at, slot);
        }
    }

    /// Compares two schemas. Schemas that refer to others may be recursive, so they are compared once, in
    /// their own scope.
    pub(super) fn schema(&mut self, pair: Pair<'a>, at: At, slot: Slot) {
        let (old, new) = (&pair.base, &pair.revision);
        if self.unaffected.are_same(old, new) {
            return;
        }
        if old.reference().is_some() && new.reference().is_some() {
            return self.component(pair, at);
        }
        let is_plain = !names_others(old) && !names_others(new);
        let (old, new) = (from_ref(old), from_ref(new));
        let (at, is_new) =
            if is_plain { (at, true) } else { self.log.enter_part(old, new, at, slot) };
        if is_new {
            let flats = self.flats_of(old, new);
            self.flats(&flats, at, slot);
        }
    }

    pub(super) fn flats(&mut self, flats: &Flats<'a>, at: At, slot: Slot) {
        let known = self.log.recorded();
        self.members(flats, at, slot);
        if self.log.recorded() == known && !flats.are_composed_alike() {
            let what = "`allOf` has other parts";
            self.record(at, Change::new(&kinds::COMPOSITION_CHANGED, flats.whole(), what));
        }
    }

    /// Compares all aspects of two schemas.
    pub(super) fn members(&mut self, flats: &Flats<'a>, at: At, slot: Slot) {
        self.kind_and_format(flats, at);
        self.values(flats, at, slot);
        self.constraints(flats, at);
        if slot == Slot::Alone {
            self.mutability(flats, at);
        }
        self.properties(flats, at);
        self.property_names(flats, at);
        self.composition(flats, at);
        for flag in &SCHEMA_FLAGS {
            let thing = Thing::at(flats.place(flag.keyword));
            self.flag(flag, flats.toggle(flag.keyword), thing, at);
        }
        self.leftovers(flats, at);
    }

    /// Returns whether both schemas have the same value of `key`, including everything it refers to.
    pub(super) fn have_same(&self, key: &str, flats: &Flats<'a>) -> bool {
        let mut declared = flats.base.declared(key).iter();
        are_alike(key, flats.base.get(key), flats.revision.get(key))
            && !declared.any(|node| self.unaffected.is_affected(node.value))
    }

    /// Records other changes: documentation, extensions, unknown keywords, and unsupported values.
    fn leftovers(&mut self, flats: &Flats<'a>, at: At) {
        let new_keys = flats.revision.keywords.keys();
        let new_keys = new_keys.filter(|key| !flats.base.keywords.contains_key(**key));
        let keys: Vec<&str> = flats.base.keywords.keys().chain(new_keys).copied().collect();
        for key in keys {
            if !is_compared(key, flats) && !self.have_same(key, flats) {
                self.record(at, keyword_change(key, flats.place(key)));
            }
        }
    }
}

/// Returns whether a keyword has its own rules, and a supported value in both schemas.
fn is_compared(key: &str, flats: &Flats<'_>) -> bool {
    let form = COMPARED.iter().find(|(compared, _)| *compared == key).map(|(_, form)| *form);
    let mut declared = flats.base.declared(key).iter().chain(flats.revision.declared(key));
    form.is_some_and(|form| declared.all(|node| form.is_of(node.value)))
}

/// Returns whether a schema refers to another one or consists of parts.
fn names_others(schema: &Node<'_>) -> bool {
    schema.reference().is_some() || !parts_of(schema).is_empty()
}
