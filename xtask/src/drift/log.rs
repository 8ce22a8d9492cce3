//! Collects changes and the operations that they affect.
//!
//! The comparison runs in scopes: one for each operation, and one for each pair of component schemas
//! in each direction. A shared schema is compared once, however many operations use it. The edges
//! between scopes determine the operations that use it.

mod reach;

use std::collections::{BTreeSet, HashMap, HashSet};

use indexmap::IndexMap;

use super::{
    document::{Identity, Node, Pointer, component_of},
    finding::{At, Change, Finding, Limit, Place, ScopeId, Slot},
    verdict::Direction,
};

/// Two findings with equal keys are merged.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    kind: &'static str,
    place: Place,
    subject: String,
}

/// The schemas that a scope compares, and their use.
#[derive(PartialEq, Eq, Hash)]
struct Comparison {
    base: Vec<Identity>,
    revision: Vec<Identity>,
    direction: Option<Direction>,
    limit: Option<Limit>,
    slot: Slot,
}

/// Collects changes and the edges between scopes.
#[derive(Default)]
pub(super) struct Log<'a> {
    findings: IndexMap<Key, Finding>,
    scopes: Vec<Scope<'a>>,
    comparisons: HashMap<Comparison, ScopeId>,
    /// The schemas that operations use.
    used: HashSet<Identity>,
    /// The number of recorded changes.
    recorded: usize,
}

/// A scope of the comparison: an operation, or a pair of schemas.
#[derive(Default)]
struct Scope<'a> {
    /// The operation, if the scope is one.
    operation: Option<usize>,
    /// The schemas that it compares.
    schemas: Vec<Pointer<'a>>,
    used_by: HashSet<ScopeId>,
    /// The scopes of the schemas that contain these schemas.
    part_of: HashSet<ScopeId>,
}

impl<'a> Log<'a> {
    /// Opens a scope for the document, or for the operation with this index.
    pub(super) fn open(&mut self, operation: Option<usize>) -> ScopeId {
        self.scopes.push(Scope { operation, ..Scope::default() });
        self.scopes.len() - 1
    }

    /// Enters the scope of two schemas, each given by all its declarations, from the scope of `at`.
    /// Returns true if the scope is new and its schemas must be compared.
    pub(super) fn enter(
        &mut self,
        base: &[Node<'a>],
        revision: &[Node<'a>],
        at: At,
        slot: Slot,
    ) -> (At, bool) {
        let identities = |nodes: &[Node<'a>]| nodes.iter().map(Node::identity).collect();
        let comparison = Comparison {
            base: identities(base),
            revision: identities(revision),
            direction: at.direction,
            limit: at.limit,
            slot,
        };
        let known = self.comparisons.get(&comparison).copied();
        let scope = known.unwrap_or_else(|| self.open(None));
        if known.is_none() {
            let nodes = || base.iter().chain(revision);
            self.scopes[scope].schemas = nodes().map(|node| node.pointer.clone()).collect();
            if at.direction.is_some() {
                self.used.extend(nodes().map(Node::identity));
            }
            self.comparisons.insert(comparison, scope);
        }
        self.scopes[scope].used_by.insert(at.scope);
        (At { scope, ..at }, known.is_none())
    }

    /// Like [`Self::enter`], for unnamed schemas: a change in them is a change of the schemas that contain
    /// them.
    pub(super) fn enter_part(
        &mut self,
        base: &[Node<'a>],
        revision: &[Node<'a>],
        at: At,
        slot: Slot,
    ) -> (At, bool) {
        let (entered, is_new) = self.enter(base, revision, at, slot);
        self.scopes[entered.scope].part_of.insert(at.scope);
        (entered, is_new)
    }

    /// Returns whether any operation uses the component schema, of base or revision.
    pub(super) fn is_used(&self, schema: &Node<'a>) -> bool {
        self.used.contains(&schema.identity())
    }

    /// Returns the number of changes recorded so far.
    pub(super) fn recorded(&self) -> usize {
        self.recorded
    }

    /// Records a change, merged with an equal one that was recorded before.
    pub(super) fn record(&mut self, at: At, change: Change<'a>) {
        let Change { rule, spot, subject, what, verdict } = change;
        let place = Place::from(spot);
        let key = Key { kind: rule.id, place: place.clone(), subject: subject.clone() };
        let found = || Finding::new(rule, place, subject, what);
        self.findings.entry(key).or_insert_with(found).reached(at, verdict);
        self.recorded += 1;
    }

    /// Returns the changes in the order of their discovery, with the affected operations.
    pub(super) fn finish(self) -> Vec<Finding> {
        let Self { scopes, findings, .. } = self;
        let mut findings: Vec<Finding> = findings.into_values().collect();
        let starts = findings.iter().flat_map(|finding| finding.scopes.iter().copied());
        let reach = reach::operations(&scopes, starts);
        for finding in &mut findings {
            for scope in &finding.scopes {
                finding.operations.extend(reach.of(*scope));
            }
            finding.components = whole(&scopes, finding.scopes.iter().copied().collect());
            let pointers = finding.place.base.iter().chain(&finding.place.revision);
            finding.components.extend(pointers.filter_map(|pointer| component_of(pointer)));
        }
        findings
    }
}

/// Returns the names of the schemas compared in these scopes, and in all scopes that contain them.
fn whole(scopes: &[Scope<'_>], parts: Vec<ScopeId>) -> BTreeSet<String> {
    let mut met = HashSet::new();
    let mut names = BTreeSet::new();
    let mut open = parts;
    while let Some(scope) = open.pop() {
        if met.insert(scope) {
            let schemas = scopes[scope].schemas.iter();
            names.extend(schemas.filter_map(|pointer| component_of(&pointer.to_string())));
            open.extend(&scopes[scope].part_of);
        }
    }
    names
}
