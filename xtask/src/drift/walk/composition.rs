//! What a schema is composed of: alternatives, exclusions, items, other properties.

use serde_json::Value;

use super::{
    Pair, Walk,
    flatten::Flat,
    matching::are_same_schema,
    schema::{Flats, Verdict},
    show,
};
use crate::drift::{
    document::{Node, name_of},
    finding::{At, Change, Place, Slot},
    kind::{Rule, schema as kinds},
    verdict::{Direction, Wire},
};

/// The kinds that tell of `oneOf` or of `anyOf`.
struct Alternatives {
    keyword: &'static str,
    added: &'static Rule,
    removed: &'static Rule,
    variant_added: &'static Rule,
    variant_removed: &'static Rule,
}

static ONE_OF: Alternatives = Alternatives {
    keyword: "oneOf",
    added: &kinds::ONE_OF_ADDED,
    removed: &kinds::ONE_OF_REMOVED,
    variant_added: &kinds::ONE_OF_VARIANT_ADDED,
    variant_removed: &kinds::ONE_OF_VARIANT_REMOVED,
};

static ANY_OF: Alternatives = Alternatives {
    keyword: "anyOf",
    added: &kinds::ANY_OF_ADDED,
    removed: &kinds::ANY_OF_REMOVED,
    variant_added: &kinds::ANY_OF_VARIANT_ADDED,
    variant_removed: &kinds::ANY_OF_VARIANT_REMOVED,
};

/// What a schema says of properties that it does not name.
enum Others<'a> {
    Any,
    None,
    Typed(Vec<Node<'a>>),
}

impl<'a> Walk<'a> {
    pub(super) fn composition(&mut self, flats: &Flats<'a>, at: At) {
        self.alternatives(&ONE_OF, &flats.base.one_of, &flats.revision.one_of, flats, at);
        self.alternatives(&ANY_OF, &flats.base.any_of, &flats.revision.any_of, flats, at);
        self.exclusion(flats, at);
        self.discriminator(flats, at);
        self.items(flats, at);
        self.other_properties(flats, at);
    }

    fn alternatives(
        &mut self,
        rules: &Alternatives,
        old: &[Node<'a>],
        new: &[Node<'a>],
        flats: &Flats<'a>,
        at: At,
    ) {
        match (old.is_empty(), new.is_empty()) {
            (true, true) => {}
            (true, false) => {
                let what = format!("`{}` added", rules.keyword);
                self.record(at, Change::new(rules.added, flats.whole(), what));
            }
            (false, true) => {
                let what = format!("`{}` removed", rules.keyword);
                self.record(at, Change::new(rules.removed, flats.whole(), what));
            }
            (false, false) => self.variants(rules, old, new, at),
        }
    }

    fn variants(&mut self, rules: &Alternatives, old: &[Node<'a>], new: &[Node<'a>], at: At) {
        let mut old = old.to_vec();
        let mut new = new.to_vec();
        self.matching_variants(&mut old, &mut new, at, |base, revision, _| {
            base.reference().is_some() && base.reference() == revision.reference()
        });
        self.matching_variants(&mut old, &mut new, at, |base, revision, _| {
            base.value == revision.value
        });
        self.matching_variants(&mut old, &mut new, at, |base, revision, walk| {
            let (base, revision) =
                (walk.base.resolve(base.clone()), walk.revision.resolve(revision.clone()));
            let is_named = base.value.get("properties").is_some()
                || revision.value.get("properties").is_some();
            is_named && are_same_schema((walk.base, &base), (walk.revision, &revision))
        });
        for variant in &old {
            let what = format!("alternative {} removed", title(variant));
            let change = Change::new(rules.variant_removed, Place::base(&variant.pointer), what);
            self.record(at, change.subject(title(variant)));
        }
        for variant in &new {
            let what = format!("alternative {} added", title(variant));
            let change = Change::new(rules.variant_added, Place::revision(&variant.pointer), what);
            self.record(at, change.subject(title(variant)));
        }
    }

    /// Compares the alternatives that `is_same` pairs, and takes them out of both lists.
    fn matching_variants(
        &mut self,
        old: &mut Vec<Node<'a>>,
        new: &mut Vec<Node<'a>>,
        at: At,
        is_same: impl Fn(&Node<'a>, &Node<'a>, &Self) -> bool,
    ) {
        for base in std::mem::take(old) {
            let found = new.iter().position(|revision| is_same(&base, revision, self));
            match found {
                Some(found) => {
                    let revision = new.remove(found);
                    self.schema(Pair { base, revision }, at, Slot::Alone);
                }
                None => old.push(base),
            }
        }
    }

    fn exclusion(&mut self, flats: &Flats<'a>, at: At) {
        let (rule, what) = match (flats.base.get("not"), flats.revision.get("not")) {
            (None, Some(_)) => (&kinds::NOT_ADDED, "`not` added"),
            (Some(_), None) => (&kinds::NOT_REMOVED, "`not` removed"),
            (Some(old), Some(new)) if old != new => {
                (&kinds::NOT_CHANGED, "`not` excludes something else")
            }
            _ => return,
        };
        let verdict = exclusion_verdict(&excluded(&flats.base), &excluded(&flats.revision), at);
        self.record(at, flats.change(rule, "not", what.to_owned()).maybe(verdict));
    }

    fn items(&mut self, flats: &Flats<'a>, at: At) {
        let (old, new) = (flats.base.declared("items"), flats.revision.declared("items"));
        match (old.is_empty(), new.is_empty()) {
            (false, false) => self.declared(old, new, at, Slot::Alone),
            (true, false) if flats.base.kind() == Some("array") => {
                let change =
                    flats.change(&kinds::ITEMS_SPECIFIED, "items", "items get a schema".to_owned());
                self.record(at, change);
            }
            (false, true) if flats.revision.kind() == Some("array") => {
                let what = "items have no schema any more".to_owned();
                self.record(at, flats.change(&kinds::ITEMS_UNSPECIFIED, "items", what));
            }
            _ => {}
        }
    }

    fn other_properties(&mut self, flats: &Flats<'a>, at: At) {
        let (rule, what) = match (others(&flats.base), others(&flats.revision)) {
            (Others::Typed(old), Others::Typed(new)) => {
                return self.declared(&old, &new, at, Slot::Alone);
            }
            (Others::Any, Others::Any) | (Others::None, Others::None) => return,
            (_, Others::None) => {
                (&kinds::ADDITIONAL_PROPERTIES_FORBIDDEN, "other properties are forbidden")
            }
            (Others::None, _) => {
                (&kinds::ADDITIONAL_PROPERTIES_ALLOWED, "other properties are allowed")
            }
            (Others::Any, _) => {
                (&kinds::ADDITIONAL_PROPERTIES_TYPED, "other properties have a schema")
            }
            (_, Others::Any) => {
                (&kinds::ADDITIONAL_PROPERTIES_UNTYPED, "other properties may be anything")
            }
        };
        self.record(at, flats.change(rule, OTHERS, what.to_owned()));
    }
}

const OTHERS: &str = "additionalProperties";

fn others<'a>(flat: &Flat<'a>) -> Others<'a> {
    let declared = flat.declared(OTHERS);
    if declared.iter().any(|node| node.value == &Value::Bool(false)) {
        return Others::None;
    }
    let says_something = |node: &&Node<'a>| node.object().is_some_and(|map| !map.is_empty());
    let typed: Vec<Node<'a>> = declared.iter().filter(says_something).cloned().collect();
    if typed.is_empty() { Others::Any } else { Others::Typed(typed) }
}

/// Whether a schema forbids properties that it does not name.
pub(super) fn is_closed(flat: &Flat<'_>) -> bool {
    matches!(others(flat), Others::None)
}

/// The values that `not` lists.
fn excluded<'f>(flat: &'f Flat<'_>) -> Vec<&'f Value> {
    let lists = flat.declared("not").iter().filter_map(|node| node.value.get("enum")?.as_array());
    lists.flatten().collect()
}

/// The verdict on an exclusion that lists values.
fn exclusion_verdict(old: &[&Value], new: &[&Value], at: At) -> Verdict {
    let is_tighter = !new.iter().all(|value| old.contains(value));
    match at.direction {
        Some(Direction::Request) if old.is_empty() || new.is_empty() => None,
        Some(Direction::Request) if is_tighter => {
            Some((Wire::Breaking, "values that were accepted no longer are"))
        }
        Some(Direction::Request) => {
            Some((Wire::Compatible, "everything that was accepted still is"))
        }
        _ => None,
    }
}

/// An alternative as it is named in sentences.
fn title(variant: &Node<'_>) -> String {
    let name = variant.reference().map(name_of);
    let name = name.or_else(|| variant.text("title").map(str::to_owned));
    name.map_or_else(|| show(variant.value), |name| format!("`{name}`"))
}
