//! Matches the alternatives of `oneOf` and `anyOf`.

use std::collections::{HashMap, HashSet};

use super::{
    Pair, Walk, canonical,
    choice::{are_exclusive, read_text, type_of},
    discriminator::{KEPT_TAG, has_tag, keeps_unknown_tags},
    flatten::Flat,
    matching::are_same_schema,
    schema::Flats,
    show,
};
use crate::drift::{
    document::{Document, Identity, Node, name_of},
    finding::{At, Change, Judgement, Slot, Spot, Verdict},
    kind::{Rule, schema as kinds},
    verdict::{Direction, Wire},
};

const KEPT: Judgement = (Wire::Compatible, "the old schema is one of the alternatives");
const KNOWN: Judgement =
    (Wire::Compatible, "clients know the new schema as one of the alternatives");
const DECLARED_DIFFERENTLY: Judgement =
    (Wire::Unknown, "the old alternatives are not compared with the new properties");
const READ_AS_TEXT: Judgement = (Wire::Compatible, "clients read any text there");

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
        let (rule, verb, verdict) = match (old.is_empty(), new.is_empty()) {
            (true, true) => return,
            (true, false) => (rules.added, "added", self.choice_added(rules, new, flats, at)),
            (false, true) => (rules.removed, "removed", self.choice_removed(old, flats, at)),
            (false, false) => return self.variants(rules, (old, new), flats, at),
        };
        let what = format!("`{}` {verb}", rules.keyword);
        self.record(at, Change::new(rule, flats.whole(), what).maybe(verdict));
    }

    /// Compares `oneOf` with `anyOf`. They are the same if no value matches two alternatives. Returns whether
    /// they were compared.
    pub(super) fn other_keyword(&mut self, flats: &Flats<'a>, at: At) -> bool {
        let Flats { base, revision } = flats;
        let (old, new, rules) = match (&base.one_of[..], &base.any_of[..]) {
            (old, []) if revision.one_of.is_empty() => (old, &revision.any_of, &ANY_OF),
            ([], old) if revision.any_of.is_empty() => (old, &revision.one_of, &ONE_OF),
            _ => return false,
        };
        let has_both = !old.is_empty() && !new.is_empty();
        if !has_both || !are_exclusive(self.base, old) || !are_exclusive(self.revision, new) {
            return false;
        }
        let what = format!("the alternatives move to `{}`", rules.keyword);
        self.record(at, Change::new(&kinds::COMPOSITION_CHANGED, flats.whole(), what));
        self.variants(rules, (old, new), flats, at);
        true
    }

    /// Returns the verdict on requests if the schema of BASE is one of the new alternatives.
    fn choice_added(
        &self,
        rules: &Alternatives,
        new: &[Node<'a>],
        flats: &Flats<'a>,
        at: At,
    ) -> Verdict {
        let may_match = rules.keyword == ANY_OF.keyword || are_exclusive(self.revision, new);
        let is_kept = at.is(Direction::Request)
            && may_match
            && self.is_one_of(&flats.base, (self.revision, new));
        is_kept.then_some(KEPT)
    }

    /// Returns the verdict on a schema that replaces the alternatives: on responses if it is one of them, and
    /// on requests if it declares properties that the alternatives may have declared differently.
    fn choice_removed(&self, old: &[Node<'a>], flats: &Flats<'a>, at: At) -> Verdict {
        let Flats { base, revision } = flats;
        if at.is(Direction::Response) {
            return self.is_one_of(revision, (self.base, old)).then_some(KNOWN);
        }
        let mut names = revision.properties.keys();
        names.any(|name| !base.properties.contains_key(name)).then_some(DECLARED_DIFFERENTLY)
    }

    /// Matches alternatives by name, then by content, by similarity, and by type.
    fn variants(
        &mut self,
        rules: &Alternatives,
        (old, new): (&[Node<'a>], &[Node<'a>]),
        flats: &Flats<'a>,
        at: At,
    ) {
        let mut left = Left { old: old.to_vec(), new: new.to_vec() };
        let mut pairs = left.take(|node| node.reference().map(str::to_owned));
        pairs.extend(left.take(|node| {
            let is_inline = node.reference().is_none();
            is_inline.then(|| canonical("", node.value).to_string())
        }));
        pairs.extend(self.alike(&mut left));
        if rules.keyword == ANY_OF.keyword || are_exclusive(self.revision, new) {
            pairs.extend(self.of_one_type(&mut left));
        }
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
            let verdict = self.reading(variant, old, flats, at);
            self.record(at, change.subject(title(variant)).maybe(verdict));
        }
    }

    /// Returns the verdict on responses if clients read the new alternative anyway.
    fn reading(&self, variant: &Node<'a>, old: &[Node<'a>], flats: &Flats<'a>, at: At) -> Verdict {
        if !at.is(Direction::Response) {
            return None;
        }
        let new = Flat::of(self.revision, variant);
        if keeps_unknown_tags(self.base, &flats.base) {
            return (variant.reference().is_some() && has_tag(&new, &flats.base))
                .then_some(KEPT_TAG);
        }
        read_text((self.base, old), &new).then_some(READ_AS_TEXT)
    }

    /// Removes and returns pairs of simple values, if they are the only ones left of their JSON type.
    fn of_one_type(&self, left: &mut Left<'a>) -> Vec<Pair<'a>> {
        let (old, new) = (lone_types(self.base, &left.old), lone_types(self.revision, &left.new));
        let key = |node: &Node<'a>| {
            let kind = old.get(&node.identity()).or_else(|| new.get(&node.identity()))?;
            let is_lone = |types: &HashMap<Identity, String>| types.values().any(|one| one == kind);
            (is_lone(&old) && is_lone(&new)).then(|| kind.clone())
        };
        left.take(key)
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

/// Returns the JSON types that only one of `alternatives` has, without objects.
fn lone_types<'a>(document: &Document<'a>, alternatives: &[Node<'a>]) -> HashMap<Identity, String> {
    let kind = |node: &Node<'a>| type_of(&Flat::of(document, node)).map(str::to_owned);
    let all: Vec<Option<String>> = alternatives.iter().map(kind).collect();
    let is_lone = |kind: &String| all.iter().flatten().filter(|one| *one == kind).count() == 1;
    let named = alternatives.iter().zip(&all).filter_map(|(node, kind)| {
        let kind = kind.clone().filter(|kind| kind != "object" && is_lone(kind))?;
        Some((node.identity(), kind))
    });
    named.collect()
}

/// Returns the name of an alternative in sentences.
fn title(variant: &Node<'_>) -> String {
    let name = variant.reference().map(name_of);
    let name = name.or_else(|| variant.text("title").map(str::to_owned));
    name.map_or_else(|| show(variant.value), |name| format!("`{name}`"))
}
