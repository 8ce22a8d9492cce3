//! Computes the operations that reach each scope, for all scopes in one pass.
//!
//! Scopes of a cycle are reached by the same operations. A scope with a single user is reached by the
//! operations that reach its user. Such scopes share one set, so that the cost of a chain of schemas is
//! linear in its length.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::{Scope, ScopeId};

type Operations = Rc<BTreeSet<usize>>;

/// The operations that reach each scope.
pub(super) struct Reach(Vec<Option<Operations>>);

impl Reach {
    pub(super) fn of(&self, scope: ScopeId) -> impl Iterator<Item = usize> + '_ {
        self.0[scope].iter().flat_map(|operations| operations.iter().copied())
    }
}

/// Returns the operations that reach the scopes `starts`, and the scopes on the way.
pub(super) fn operations(scopes: &[Scope<'_>], starts: impl Iterator<Item = ScopeId>) -> Reach {
    let mut search = Search {
        scopes,
        number: vec![0; scopes.len()],
        lowest: vec![0; scopes.len()],
        numbered: 0,
        open: Vec::new(),
        reach: vec![None; scopes.len()],
    };
    for start in starts {
        if search.number[start] == 0 {
            search.visit(start);
        }
    }
    Reach(search.reach)
}

/// Tarjan's algorithm for strongly connected components, from scopes to their users, without recursion.
struct Search<'s, 'a> {
    scopes: &'s [Scope<'a>],
    /// The order in which scopes were visited, from 1; 0 if not visited.
    number: Vec<usize>,
    /// The lowest number of an open scope that a scope leads to.
    lowest: Vec<usize>,
    numbered: usize,
    /// Visited scopes whose component is not complete.
    open: Vec<ScopeId>,
    reach: Vec<Option<Operations>>,
}

impl Search<'_, '_> {
    fn visit(&mut self, start: ScopeId) {
        let mut path = vec![(start, self.enter(start))];
        while let Some((scope, users)) = path.last_mut() {
            let scope = *scope;
            let Some(user) = users.pop() else {
                path.pop();
                self.leave(scope);
                if let Some((below, _)) = path.last() {
                    self.lowest[*below] = self.lowest[*below].min(self.lowest[scope]);
                }
                continue;
            };
            if self.number[user] == 0 {
                path.push((user, self.enter(user)));
            } else if self.reach[user].is_none() {
                self.lowest[scope] = self.lowest[scope].min(self.number[user]);
            }
        }
    }

    /// Numbers a scope, and returns its users to visit.
    fn enter(&mut self, scope: ScopeId) -> Vec<ScopeId> {
        self.numbered += 1;
        (self.number[scope], self.lowest[scope]) = (self.numbered, self.numbered);
        self.open.push(scope);
        self.scopes[scope].used_by.iter().copied().collect()
    }

    /// Completes the component that starts at this scope, if one does.
    fn leave(&mut self, scope: ScopeId) {
        if self.lowest[scope] != self.number[scope] {
            return;
        }
        let start = self.open.iter().rposition(|open| *open == scope).unwrap_or_default();
        let component = self.open.split_off(start);
        let reach = self.union(&component);
        for scope in component {
            self.reach[scope] = Some(Rc::clone(&reach));
        }
    }

    /// Returns the operations of a component and of all its users.
    fn union(&self, component: &[ScopeId]) -> Operations {
        let own: BTreeSet<usize> =
            component.iter().filter_map(|scope| self.scopes[*scope].operation).collect();
        let users = component.iter().flat_map(|scope| &self.scopes[*scope].used_by);
        let mut sets: Vec<&Operations> = users
            .filter_map(|user| self.reach[*user].as_ref())
            .filter(|set| !set.is_empty())
            .collect();
        // Users often share a set: comparing addresses finds equal sets without comparing their items.
        sets.sort_unstable_by_key(|set| Rc::as_ptr(set).addr());
        sets.dedup_by(|one, other| Rc::ptr_eq(one, other));
        match (&sets[..], own.is_empty()) {
            ([only], true) => Rc::clone(only),
            _ => Rc::new(sets.into_iter().flat_map(|set| set.iter().copied()).chain(own).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, operations};

    /// Creates scopes from their users; scopes without users are operations.
    fn reached(users: &[&[usize]], scope: usize) -> Vec<usize> {
        let scope_of = |(index, users): (usize, &&[usize])| Scope {
            operation: users.is_empty().then_some(index),
            used_by: users.iter().copied().collect(),
            ..Scope::default()
        };
        let scopes: Vec<Scope<'_>> = users.iter().enumerate().map(scope_of).collect();
        operations(&scopes, 0..scopes.len()).of(scope).collect()
    }

    #[test]
    fn all_operations_that_reach_a_scope_are_found() {
        let users: &[&[usize]] = &[&[], &[], &[0], &[2, 1], &[3]];
        assert_eq!(reached(users, 2), [0]);
        assert_eq!(reached(users, 4), [0, 1]);
    }

    #[test]
    fn scopes_of_a_cycle_are_reached_by_the_same_operations() {
        let users: &[&[usize]] = &[&[], &[], &[0, 4], &[2], &[3, 1], &[5]];
        for scope in [2, 3, 4] {
            assert_eq!(reached(users, scope), [0, 1], "{scope}");
        }
        assert_eq!(reached(users, 5), [0usize; 0]);
    }
}
