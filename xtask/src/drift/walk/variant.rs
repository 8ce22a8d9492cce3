//! Matches the alternatives of `oneOf` and `anyOf`.

use std::collections::{HashMap, HashSet};

use super::{Pair, Walk, canonical, matching::are_same_schema, schema::Flats, show};
use crate::drift::{
    document::{Node, name_of},
    finding::{At, Change, Slot, Spot},
    kind::{Rule, schema as kinds},
};

/// A keyword that lists alternatives, and the kinds of its changes.
pub(super) struct Alternatives {
    keyword: &'static str,
    added: &'static Rule,
    removed: &'static Rule,
    variant_added: &'static Rule,
    variant_removed: &'static Rule,
}

pub(super) static ONE_OF: Alternatives = Alternatives {
    keyword: "oneOf",
    added: &kinds::ONE_OF_ADDED,
    removed: &kinds::ONE_OF_REMOVED,
    variant_added: &kinds::ONE_OF_VARIANT_ADDED,
    variant_removed: &kinds::ONE_OF_VARIANT_REMOVED,
};

pub(super) static ANY_OF: Alternatives = Alternatives {
    keyword: "anyOf",
    added: &kinds::ANY_OF_ADDED,
    removed: &kinds::ANY_OF_REMOVED,
    variant_added: &kinds::ANY_OF_VARIANT_ADDED,
    variant_removed: &kinds::ANY_OF_VARIANT_REMOVED,
};

/// The alternatives without a counterpart.
struct Left<'a> {
    old: Vec<Node<'a>>,
    new: Vec<Node<'a>>,
}

impl<'a> Left<'a> {
    /// Removes and returns the pairs with equal keys.
    fn take(&mut self, key: impl Fn(&Node<'a>) -> Option<String>) -> Vec<Pair<'a>> {
        let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, node) in self.new.iter().enumerate().rev() {
            if let Some(key) = key(node) {
                by_key.entry(key).or_default().push(index);
            }
        }
        let mut taken = Vec::new();
        self.old.retain(|base| {
            let found = key(base).and_then(|key| by_key.get_mut(&key)?.pop());
            taken.extend(found.map(|index| (base.clone(), index)));
            found.is_none()
        });
        let pairs = taken
            .iter()
            .map(|(base, index)| Pair { base: base.clone(), revision: self.new[*index].clone() });
        let pairs = pairs.collect();
        let taken: HashSet<usize> = taken.into_iter().map(|(_, index)| index).collect();
        let mut index = 0..;
        self.new.retain(|_| !index.next().is_some_and(|index| taken.contains(&index)));
        pairs
    }
}

impl<'a> Walk<'_, 'a> {
    pub(super) fn alternatives(
        &mut self,
        rules: &Alternatives,
        (old, new): (&[Node<'a>], &[Node<'a>]),
        flats: &Flats<'a>,
        at: At,
    ) {
        let (rule, verb) = match (old.is_empty(), new.is_empty()) {
            (true, true) => return,
            (true, false) => (rules.added, "added"),
            (false, true) => (rules.removed, "removed"),
            (false, false) => return self.variants(rules, old, new, at),
        };
        let what = format!("`{}` {verb}", rules.keyword);
        self.record(at, Change::new(rule, flats.whole(), what));
    }

    /// Matches alternatives by name, then by content, then by similarity.
    fn variants(&mut self, rules: &Alternatives, old: &[Node<'a>], new: &[Node<'a>], at: At) {
        let mut left = Left { old: old.to_vec(), new: new.to_vec() };
        let mut pairs = left.take(|node| node.reference().map(str::to_owned));
        pairs.extend(left.take(|node| {
            let is_inline = node.reference().is_none();
            is_inline.then(|| canonical("", node.value).to_string())
        }));
        pairs.extend(self.alike(&mut left));
        for pair in pairs {
            self.schema(pair, at, Slot::Alone);
        }
        for variant in &left.old {
            let what = format!("alternative {} removed", title(variant));
            let change = Change::new(rules.variant_removed, Spot::base(variant), what);
            self.record(at, change.subject(title(variant)));
        }
        for variant in &left.new {
            let what = format!("alternative {} added", title(variant));
            let change = Change::new(rules.variant_added, Spot::revision(variant), what);
            self.record(at, change.subject(title(variant)));
        }
    }

    /// Removes and returns pairs of objects with mostly the same properties.
    fn alike(&self, left: &mut Left<'a>) -> Vec<Pair<'a>> {
        let mut pairs = Vec::new();
        left.old.retain(|base| {
            let found = left.new.iter().position(|revision| {
                let pair = self.resolved(base, revision);
                let has_names = |node: &Node<'a>| node.get("properties").is_some();
                (has_names(&pair.base) || has_names(&pair.revision))
                    && are_same_schema((self.base, &pair.base), (self.revision, &pair.revision))
            });
            let Some(found) = found else { return true };
            pairs.push(Pair { base: base.clone(), revision: left.new.remove(found) });
            false
        });
        pairs
    }
}

/// Returns the name of an alternative in sentences.
fn title(variant: &Node<'_>) -> String {
    let name = variant.reference().map(name_of);
    let name = name.or_else(|| variant.text("title").map(str::to_owned));
    name.map_or_else(|| show(variant.value), |name| format!("`{name}`"))
}
