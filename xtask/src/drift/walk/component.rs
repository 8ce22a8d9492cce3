//! Component schemas: the referenced, the added and removed, and the unused ones.

use std::collections::{HashMap, HashSet};
use std::slice::from_ref;

use super::{
    Existence, Pair, Renaming, Waiting, Walk,
    flatten::{Depth, Flat},
    matching::are_same_schema,
    schema::Flats,
};
use crate::drift::{
    document::{Identity, Node, name_of},
    finding::{At, Change, Slot, Spot},
    kind::schema as kinds,
};

static SCHEMA: Existence =
    Existence { added: &kinds::SCHEMA_ADDED, removed: &kinds::SCHEMA_REMOVED };

/// Component schemas that were merged into other schemas through `allOf`.
#[derive(Default)]
pub(super) struct Parts {
    merged: HashSet<Identity>,
}

impl Parts {
    /// Adds the named parts of a schema.
    pub(super) fn add(&mut self, flat: &Flat<'_>) {
        self.merged.extend(flat.owners.iter().skip(1).map(|owner| owner.node.identity()));
    }

    fn has(&self, schema: &Node<'_>) -> bool {
        self.merged.contains(&schema.identity())
    }
}

impl<'a> Walk<'_, 'a> {
    /// Compares two schemas. The targets of two references are queued, so that chains of references
    /// don't recurse.
    pub(super) fn component(&mut self, pair: Pair<'a>, at: At) {
        let (old, new) = (pair.base.reference(), pair.revision.reference());
        let (Some(old), Some(new)) = (old, new) else {
            let flats = self.flats_of(from_ref(&pair.base), from_ref(&pair.revision));
            return self.flats(&flats, at, Slot::Alone);
        };
        let (Some(base), Some(revision)) = (self.base.at(old), self.revision.at(new)) else {
            return;
        };
        let target = Pair { base, revision };
        self.reference(&pair, &target, at);
        let (base, revision) = (from_ref(&target.base), from_ref(&target.revision));
        let (at, is_new) = self.log.enter(base, revision, at, Slot::Alone);
        if is_new {
            self.queue.push_back(Waiting { pair: target, at });
        }
    }

    /// Records a changed reference: the schema was renamed, or another schema is used.
    fn reference(&mut self, pair: &Pair<'a>, target: &Pair<'a>, at: At) {
        let (Some(old), Some(new)) = (pair.base.reference(), pair.revision.reference()) else {
            return;
        };
        if old == new {
            return;
        }
        let is_lone = self.revision.at(old).is_none() && self.base.at(new).is_none();
        let (base, revision) = (name_of(old), name_of(new));
        if is_lone && are_same_schema((self.base, &target.base), (self.revision, &target.revision))
        {
            let what = format!("schema `{base}` renamed to `{revision}`");
            self.record(at, Change::new(&kinds::SCHEMA_RENAMED, target.spot(), what));
            self.renamed.insert(Renaming { base, revision });
        } else {
            let what = format!("uses schema `{revision}` instead of `{base}`");
            self.record(at, Change::new(&kinds::SCHEMA_REFERENCE_CHANGED, pair.spot(), what));
        }
    }

    /// Records added and removed component schemas, and compares the unused ones.
    pub(super) fn component_schemas(&mut self) {
        let at = self.whole();
        let base = self.base.components("schemas");
        let revision = self.revision.components("schemas");
        let by_name: HashMap<&str, &Node<'a>> =
            revision.iter().map(|(name, node)| (*name, node)).collect();
        let known: HashSet<&str> = base.iter().map(|(name, _)| *name).collect();
        let renamed = std::mem::take(&mut self.renamed);
        let left: HashSet<&str> = renamed.iter().map(|one| one.base.as_str()).collect();
        let new_names: HashSet<&str> = renamed.iter().map(|one| one.revision.as_str()).collect();
        for (name, node) in &base {
            match by_name.get(name) {
                Some(other) => self.unused_schema(node, other, at),
                None if left.contains(name) => {}
                None => {
                    let what = format!("schema `{name}` removed");
                    self.record(at, Change::new(SCHEMA.removed, Spot::base(node), what));
                }
            }
        }
        for (name, node) in &revision {
            if !known.contains(name) && !new_names.contains(name) {
                let what = format!("schema `{name}` added");
                self.record(at, Change::new(SCHEMA.added, Spot::revision(node), what));
            }
        }
    }

    /// Compares a schema that no operation uses: its changes do not affect the wire. A schema that is used
    /// in one of the documents was already compared with its counterpart.
    fn unused_schema(&mut self, base: &Node<'a>, revision: &Node<'a>, at: At) {
        let is_used = self.log.is_used(base) || self.log.is_used(revision);
        if is_used || self.are_same(Some(base), Some(revision)) {
            return;
        }
        let unused = At { direction: None, ..at };
        let (at, is_new) = self.log.enter(from_ref(base), from_ref(revision), unused, Slot::Alone);
        if !is_new {
            return;
        }
        if self.parts.has(base) && self.parts.has(revision) {
            let flat = |document, node| Flat::over(document, from_ref(node), Depth::Own);
            let flats =
                Flats { base: flat(self.base, base), revision: flat(self.revision, revision) };
            self.members(&flats, at, Slot::Alone);
        } else {
            let pair = Pair { base: base.clone(), revision: revision.clone() };
            self.queue.push_back(Waiting { pair, at });
        }
    }
}
