//! What the comparison of two documents found, each change once, and which operations it reaches.
//!
//! The comparison runs over scopes: one for each operation, and one for each pair of component
//! schemas in each direction. A shared schema is so compared once, however many operations use it;
//! who uses it is told afterwards, from the edges between scopes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use indexmap::IndexMap;

use super::{
    document::{Node, component_of},
    kind::Rule,
    verdict::{Direction, Wire},
};

/// Number of a scope.
pub(super) type ScopeId = usize;

/// Where the comparison stands: the scope, and the direction in which things travel.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) scope: ScopeId,
    /// None: no operation uses it.
    pub(super) direction: Option<Direction>,
    /// Why nothing here is worse than compatible, where nothing is.
    pub(super) harmless: Option<&'static str>,
}

/// Where a schema stands: whether a value of it may be missing there.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Slot {
    /// A property or parameter that has to be there.
    Required,
    /// A property or parameter that may be missing; null reads the same.
    Optional,
    /// A body, an item, an alternative, or a component of its own.
    Alone,
}

/// JSON pointers into both documents; the one where the thing is missing is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) base: Option<String>,
    pub(super) revision: Option<String>,
}

impl Place {
    pub(super) fn both(base: &str, revision: &str) -> Self {
        Self { base: Some(base.to_owned()), revision: Some(revision.to_owned()) }
    }

    pub(super) fn base(pointer: &str) -> Self {
        Self { base: Some(pointer.to_owned()), revision: None }
    }

    pub(super) fn revision(pointer: &str) -> Self {
        Self { base: None, revision: Some(pointer.to_owned()) }
    }
}

/// What is recorded: a kind at a place, and what makes it different from others of that kind there.
pub(super) struct Change {
    pub(super) rule: &'static Rule,
    pub(super) place: Place,
    /// A property, parameter, value or status; empty where the place says it all.
    pub(super) subject: String,
    /// The sentence for readers.
    pub(super) what: String,
    /// A verdict other than the rule's.
    pub(super) verdict: Option<(Wire, String)>,
}

impl Change {
    pub(super) fn new(rule: &'static Rule, place: Place, what: impl Into<String>) -> Self {
        Self { rule, place, subject: String::new(), what: what.into(), verdict: None }
    }

    pub(super) fn subject(self, subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), ..self }
    }

    /// Another verdict than the rule's, where there is one.
    pub(super) fn maybe(self, verdict: Option<(Wire, &str)>) -> Self {
        Self { verdict: verdict.map(|(verdict, why)| (verdict, why.to_owned())), ..self }
    }
}

/// A change, merged over all the ways in which it was reached.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) rule: &'static Rule,
    pub(super) place: Place,
    pub(super) subject: String,
    pub(super) what: String,
    /// The worst verdict in each direction in which it is reached.
    pub(super) cases: BTreeMap<Direction, (Wire, String)>,
    /// The operations that it reaches, by their number.
    pub(super) operations: BTreeSet<usize>,
    /// The component schemas in whose comparison it was found, as named in either document.
    pub(super) components: BTreeSet<String>,
    scopes: BTreeSet<ScopeId>,
}

impl Finding {
    /// A change of the whole document that the comparison itself does not find.
    pub(super) fn whole(rule: &'static Rule, what: &str, (verdict, why): (Wire, &str)) -> Self {
        Self {
            rule,
            place: Place::both("#", "#"),
            subject: String::new(),
            what: what.to_owned(),
            cases: BTreeMap::from([(Direction::Whole, (verdict, why.to_owned()))]),
            operations: BTreeSet::new(),
            components: BTreeSet::new(),
            scopes: BTreeSet::new(),
        }
    }

    /// The worst verdict over all directions and its reason.
    pub(super) fn worst(&self) -> (Wire, &str) {
        let worst = self.cases.values().max_by_key(|(verdict, _)| *verdict);
        worst.map_or(
            (Wire::None, "no operation that both documents have uses it"),
            |(verdict, why)| (*verdict, why),
        )
    }
}

type Key = (&'static str, Place, String);

/// The schemas that a scope compares, and how they are used.
type Pairing = (Vec<String>, Vec<String>, Option<Direction>, Option<&'static str>, Slot);

/// Collects changes and the edges between scopes.
#[derive(Default)]
pub(super) struct Log {
    findings: IndexMap<Key, Finding>,
    /// Per scope: the operation it is, and the component schemas it compares.
    scopes: Vec<Scope>,
    pairs: HashMap<Pairing, ScopeId>,
    /// Pointers of the component schemas that operations use.
    used: HashSet<String>,
}

#[derive(Default)]
struct Scope {
    operation: Option<usize>,
    components: Vec<String>,
    uses: BTreeSet<ScopeId>,
    /// The scopes of the schemas that these are declared in.
    part_of: BTreeSet<ScopeId>,
}

impl Log {
    /// A scope for the whole document, or for the operation of this number.
    pub(super) fn open(&mut self, operation: Option<usize>) -> ScopeId {
        self.scopes.push(Scope { operation, ..Scope::default() });
        self.scopes.len() - 1
    }

    /// The scope of two schemas, each given by all its declarations, as used by the scope of `at`. True
    /// when it is new and has to be compared.
    pub(super) fn enter(
        &mut self,
        base: &[Node<'_>],
        revision: &[Node<'_>],
        at: At,
        slot: Slot,
    ) -> (At, bool) {
        let pointers = |nodes: &[Node<'_>]| -> Vec<String> {
            nodes.iter().map(|node| node.pointer.clone()).collect()
        };
        let key = (pointers(base), pointers(revision), at.direction, at.harmless, slot);
        let known = self.pairs.get(&key).copied();
        let scope = known.unwrap_or_else(|| self.open(None));
        if known.is_none() {
            let pointers = || key.0.iter().chain(&key.1);
            let names = pointers().filter_map(|pointer| component_of(pointer));
            self.scopes[scope].components = names.collect();
            if at.direction.is_some() {
                self.used.extend(pointers().cloned());
            }
            self.pairs.insert(key, scope);
        }
        self.scopes[at.scope].uses.insert(scope);
        (At { scope, ..at }, known.is_none())
    }

    /// As [`Self::enter`], for schemas that have no name: what changes in them changes the schemas that
    /// they are declared in.
    pub(super) fn enter_part(
        &mut self,
        base: &[Node<'_>],
        revision: &[Node<'_>],
        at: At,
        slot: Slot,
    ) -> (At, bool) {
        let (entered, is_new) = self.enter(base, revision, at, slot);
        self.scopes[entered.scope].part_of.insert(at.scope);
        (entered, is_new)
    }

    /// Whether any operation uses the component schema at this pointer, of base or revision.
    pub(super) fn is_used(&self, pointer: &str) -> bool {
        self.used.contains(pointer)
    }

    /// How many changes are known so far.
    pub(super) fn len(&self) -> usize {
        self.findings.len()
    }

    /// Records a change; one that is known already gains a direction and a scope.
    pub(super) fn record(&mut self, at: At, change: Change) {
        let Change { rule, place, subject, what, verdict } = change;
        let key = (rule.id, place.clone(), subject.clone());
        let finding = self.findings.entry(key).or_insert_with(|| Finding {
            rule,
            place,
            subject,
            what,
            cases: BTreeMap::new(),
            operations: BTreeSet::new(),
            components: BTreeSet::new(),
            scopes: BTreeSet::new(),
        });
        finding.scopes.insert(at.scope);
        let Some(direction) = at.direction else { return };
        let case = rule.case(direction);
        let (verdict, why) = verdict.unwrap_or_else(|| (case.verdict, case.why.to_owned()));
        let (verdict, why) = match at.harmless {
            Some(why) if verdict > Wire::Compatible => (Wire::Compatible, why.to_owned()),
            _ => (verdict, why),
        };
        let known = finding.cases.entry(case.direction).or_insert((verdict, why.clone()));
        if verdict > known.0 {
            *known = (verdict, why);
        }
    }

    /// The changes, in the order in which they were found, with the operations that they reach.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        let reach = self.reach();
        let Self { scopes, findings, .. } = &mut self;
        for finding in findings.values_mut() {
            for scope in &finding.scopes {
                finding.operations.extend(&reach[*scope]);
            }
            for scope in whole(scopes, &finding.scopes) {
                finding.components.extend(scopes[scope].components.iter().cloned());
            }
        }
        self.findings.into_values().collect()
    }

    /// For each scope the operations that use it, directly or through other schemas.
    fn reach(&self) -> Vec<BTreeSet<usize>> {
        let mut reach = vec![BTreeSet::new(); self.scopes.len()];
        for (start, scope) in self.scopes.iter().enumerate() {
            let Some(operation) = scope.operation else { continue };
            let mut open = vec![start];
            while let Some(scope) = open.pop() {
                if reach[scope].insert(operation) {
                    open.extend(&self.scopes[scope].uses);
                }
            }
        }
        reach
    }
}

/// The scopes, and all those that they are a part of.
fn whole(scopes: &[Scope], parts: &BTreeSet<ScopeId>) -> BTreeSet<ScopeId> {
    let mut whole = BTreeSet::new();
    let mut open: Vec<ScopeId> = parts.iter().copied().collect();
    while let Some(scope) = open.pop() {
        if whole.insert(scope) {
            open.extend(&scopes[scope].part_of);
        }
    }
    whole
}
