//! What a schema is composed of: alternatives, exclusions, discriminators, items, other properties.

use serde_json::Value;

use super::{
    Pair, Walk,
    matching::are_same_schema,
    schema::{Flats, Slot},
    show,
};
use crate::drift::{
    document::{Node, name_of},
    finding::{At, Change, Place},
    kind::{Rule, schema as kinds},
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
    Typed(Node<'a>),
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
        self.record(at, flats.change(rule, "not", what.to_owned()));
    }

    fn discriminator(&mut self, flats: &Flats<'a>, at: At) {
        let (old, new) = (flats.base.get("discriminator"), flats.revision.get("discriminator"));
        let property =
            |value: &Value| value["propertyName"].as_str().unwrap_or_default().to_owned();
        let (rule, what) = match (old, new) {
            (None, None) => return,
            (None, Some(new)) => (
                &kinds::DISCRIMINATOR_ADDED,
                format!("`{}` decides the alternative", property(new)),
            ),
            (Some(old), None) => (
                &kinds::DISCRIMINATOR_REMOVED,
                format!("`{}` no longer decides the alternative", property(old)),
            ),
            (Some(old), Some(new)) if property(old) != property(new) => {
                let what = format!(
                    "`{}` decides the alternative instead of `{}`",
                    property(new),
                    property(old)
                );
                (&kinds::DISCRIMINATOR_PROPERTY_CHANGED, what)
            }
            (Some(old), Some(new)) => {
                return self.mapping(&old["mapping"], &new["mapping"], flats, at);
            }
        };
        self.record(at, flats.change(rule, "discriminator", what));
    }

    fn mapping(&mut self, old: &Value, new: &Value, flats: &Flats<'a>, at: At) {
        let entries = |value: &'_ Value| value.as_object().cloned().unwrap_or_default();
        let (old, new) = (entries(old), entries(new));
        let mut changes = Vec::new();
        for (value, target) in &old {
            match new.get(value) {
                None => {
                    let what = format!("value `{value}` no longer chooses {}", show(target));
                    changes.push((&kinds::DISCRIMINATOR_MAPPING_REMOVED, value, what));
                }
                Some(other) if other != target => {
                    let what = format!(
                        "value `{value}` chooses {} instead of {}",
                        show(other),
                        show(target)
                    );
                    changes.push((&kinds::DISCRIMINATOR_MAPPING_CHANGED, value, what));
                }
                Some(_) => {}
            }
        }
        for (value, target) in new.iter().filter(|(value, _)| !old.contains_key(*value)) {
            let what = format!("value `{value}` chooses {}", show(target));
            changes.push((&kinds::DISCRIMINATOR_MAPPING_ADDED, value, what));
        }
        for (rule, value, what) in changes {
            self.record(at, flats.change(rule, "discriminator", what).subject(value));
        }
    }

    fn items(&mut self, flats: &Flats<'a>, at: At) {
        match (self.at_base(flats, "items"), self.at_revision(flats, "items")) {
            (Some(base), Some(revision)) => self.schema(Pair { base, revision }, at, Slot::Alone),
            (None, Some(_)) if flats.base.kind() == Some("array") => {
                let change =
                    flats.change(&kinds::ITEMS_SPECIFIED, "items", "items get a schema".to_owned());
                self.record(at, change);
            }
            (Some(_), None) if flats.revision.kind() == Some("array") => {
                let what = "items have no schema any more".to_owned();
                self.record(at, flats.change(&kinds::ITEMS_UNSPECIFIED, "items", what));
            }
            _ => {}
        }
    }

    fn other_properties(&mut self, flats: &Flats<'a>, at: At) {
        const KEY: &str = "additionalProperties";
        let old = others(self.at_base(flats, KEY));
        let new = others(self.at_revision(flats, KEY));
        let (rule, what) = match (old, new) {
            (Others::Typed(base), Others::Typed(revision)) => {
                return self.schema(Pair { base, revision }, at, Slot::Alone);
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
        self.record(at, flats.change(rule, KEY, what.to_owned()));
    }

    fn at_base(&self, flats: &Flats<'a>, key: &str) -> Option<Node<'a>> {
        self.base.at(&flats.base.pointer_of(key)?)
    }

    fn at_revision(&self, flats: &Flats<'a>, key: &str) -> Option<Node<'a>> {
        self.revision.at(&flats.revision.pointer_of(key)?)
    }
}

fn others(node: Option<Node<'_>>) -> Others<'_> {
    match node {
        None => Others::Any,
        Some(node) if node.value == &Value::Bool(false) => Others::None,
        Some(node) if node.object().is_some_and(|members| !members.is_empty()) => {
            Others::Typed(node)
        }
        Some(_) => Others::Any,
    }
}

/// An alternative as it is named in sentences.
fn title(variant: &Node<'_>) -> String {
    let name = variant.reference().map(name_of);
    let name = name.or_else(|| variant.text("title").map(str::to_owned));
    name.map_or_else(|| show(variant.value), |name| format!("`{name}`"))
}
