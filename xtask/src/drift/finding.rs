//! The findings of the document comparison: each change once, even if it is reached in several ways.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    document::{Node, Pointer},
    kind::Rule,
    verdict::{Direction, Wire},
};

/// The index of a scope.
pub(super) type ScopeId = usize;

/// The position of the comparison: the scope, the direction, and a limit of the verdict.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) scope: ScopeId,
    /// `None` if no operation uses it.
    pub(super) direction: Option<Direction>,
    /// The worst possible verdict here, if there is a limit.
    pub(super) limit: Option<Limit>,
}

/// The worst possible verdict at a place, and the reason.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Limit {
    pub(super) verdict: Wire,
    pub(super) why: &'static str,
}

impl At {
    pub(super) fn of(scope: ScopeId, direction: Direction) -> Self {
        Self { scope, direction: Some(direction), limit: None }
    }

    pub(super) fn going(self, direction: Direction) -> Self {
        Self { direction: Some(direction), ..self }
    }

    pub(super) fn is(self, direction: Direction) -> bool {
        self.direction == Some(direction)
    }

    /// Adds a limit; the lower one applies.
    pub(super) fn within(self, limit: Option<Limit>) -> Self {
        let both = self.limit.into_iter().chain(limit);
        Self { limit: both.min_by_key(|limit| limit.verdict), ..self }
    }
}

/// The use of a schema: whether its value may be missing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Slot {
    /// A required property or parameter.
    Required,
    /// An optional property or parameter; null is read as missing.
    Optional,
    /// A body, an item, an alternative, or a component.
    Alone,
}

/// The place of a change in both documents; `None` if the changed value is missing there.
#[derive(Clone, Debug, Default)]
pub(super) struct Spot<'a> {
    pub(super) base: Option<Pointer<'a>>,
    pub(super) revision: Option<Pointer<'a>>,
}

impl<'a> Spot<'a> {
    pub(super) fn both(base: &Node<'a>, revision: &Node<'a>) -> Self {
        Self::of(Some(base), Some(revision))
    }

    pub(super) fn base(node: &Node<'a>) -> Self {
        Self::of(Some(node), None)
    }

    pub(super) fn revision(node: &Node<'a>) -> Self {
        Self::of(None, Some(node))
    }

    pub(super) fn of(base: Option<&Node<'a>>, revision: Option<&Node<'a>>) -> Self {
        let pointer = |node: &Node<'a>| node.pointer.clone();
        Self { base: base.map(pointer), revision: revision.map(pointer) }
    }
}

/// JSON pointers into both documents; `None` if the value does not exist there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) base: Option<String>,
    pub(super) revision: Option<String>,
}

impl Place {
    /// Returns the root of both documents.
    pub(super) fn whole() -> Self {
        Self { base: Some("#".to_owned()), revision: Some("#".to_owned()) }
    }
}

impl From<Spot<'_>> for Place {
    fn from(spot: Spot<'_>) -> Self {
        let text = |pointer: Option<Pointer<'_>>| pointer.map(|pointer| pointer.to_string());
        Self { base: text(spot.base), revision: text(spot.revision) }
    }
}

/// A recorded change: its kind, its place, and a subject that distinguishes changes at the same place.
pub(super) struct Change<'a> {
    pub(super) rule: &'static Rule,
    pub(super) spot: Spot<'a>,
    /// The property, parameter, value or status; empty if the place is enough.
    pub(super) subject: String,
    /// The sentence for readers.
    pub(super) what: String,
    /// A verdict other than the rule's.
    pub(super) verdict: Verdict,
}

/// A verdict and its reason, if they differ from the rule's.
pub(super) type Verdict = Option<Judgement>;

/// A verdict on the wire and its reason.
pub(super) type Judgement = (Wire, &'static str);

impl<'a> Change<'a> {
    pub(super) fn new(rule: &'static Rule, spot: Spot<'a>, what: impl Into<String>) -> Self {
        Self { rule, spot, subject: String::new(), what: what.into(), verdict: None }
    }

    pub(super) fn subject(self, subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), ..self }
    }

    /// Sets a verdict that differs from the rule's, if there is one.
    pub(super) fn maybe(self, verdict: Verdict) -> Self {
        Self { verdict, ..self }
    }
}

/// A change, merged over all the ways in which it was reached.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) rule: &'static Rule,
    pub(super) place: Place,
    pub(super) subject: String,
    pub(super) what: String,
    /// The worst verdict in each direction.
    pub(super) cases: BTreeMap<Direction, Judgement>,
    /// The affected operations, by index.
    pub(super) operations: BTreeSet<usize>,
    /// The component schemas whose comparison found it, by their names in either document.
    pub(super) components: BTreeSet<String>,
    pub(super) scopes: BTreeSet<ScopeId>,
}

impl Finding {
    pub(super) fn new(rule: &'static Rule, place: Place, subject: String, what: String) -> Self {
        Self {
            rule,
            place,
            subject,
            what,
            cases: BTreeMap::new(),
            operations: BTreeSet::new(),
            components: BTreeSet::new(),
            scopes: BTreeSet::new(),
        }
    }

    /// Creates a finding for the whole document.
    pub(super) fn whole(rule: &'static Rule, what: &str, judgement: Judgement) -> Self {
        let mut finding = Self::new(rule, Place::whole(), String::new(), what.to_owned());
        finding.cases.insert(Direction::Whole, judgement);
        finding
    }

    /// Adds a way in which the change is reached, and keeps the worst verdict of each direction.
    pub(super) fn reached(&mut self, at: At, verdict: Verdict) {
        self.scopes.insert(at.scope);
        let Some(direction) = at.direction else { return };
        let case = self.rule.case(direction);
        let judgement = verdict.unwrap_or((case.verdict, case.why));
        let judgement = match at.limit {
            Some(limit) if judgement.0 > limit.verdict => (limit.verdict, limit.why),
            _ => judgement,
        };
        let known = self.cases.entry(case.direction).or_insert(judgement);
        if judgement.0 > known.0 {
            *known = judgement;
        }
    }

    /// Returns the worst verdict over all directions, and its reason.
    pub(super) fn worst(&self) -> Judgement {
        let worst = self.cases.values().max_by_key(|(verdict, _)| *verdict).copied();
        worst.unwrap_or((Wire::None, "no operation of both documents uses it"))
    }
}
