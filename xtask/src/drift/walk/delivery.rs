//! Requests that the server sends: the callbacks of an operation, and webhooks.
//!
//! They travel in the opposite direction: clients receive the request and send the response. Their
//! schemas are compared as usual. Every other change is reported as a change of the callback or
//! webhook, because no receiver is generated.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde_json::Value;

use super::{Existence, PROSE, Pair, Walk, are_alike, canonical::spelling, keyword_change};
use crate::drift::{
    document::Node,
    finding::{At, Change, Slot, Spot},
    kind::{Rule, operation as kinds},
    verdict::Direction,
};
use crate::grammar::{Child, Kind};

/// Keywords that identify a parameter: equal in all pairs that are compared.
const PARAMETER_KEYS: [&str; 2] = ["in", "name"];

/// Callbacks or webhooks, and the kinds of their changes.
pub(super) struct Deliveries {
    /// The name of one of them in sentences.
    title: &'static str,
    /// Its kind in the grammar of OpenAPI.
    kind: Kind,
    existence: Existence,
    changed: &'static Rule,
}

pub(super) static CALLBACKS: Deliveries = Deliveries {
    title: "callback",
    kind: Kind::Callback,
    existence: Existence { added: &kinds::CALLBACK_ADDED, removed: &kinds::CALLBACK_REMOVED },
    changed: &kinds::CALLBACK_CHANGED,
};

pub(super) static WEBHOOKS: Deliveries = Deliveries {
    title: "webhook",
    kind: Kind::PathItem,
    existence: Existence { added: &kinds::WEBHOOK_ADDED, removed: &kinds::WEBHOOK_REMOVED },
    changed: &kinds::WEBHOOK_CHANGED,
};

/// A callback or webhook that is being compared.
#[derive(Clone, Copy)]
struct Delivery<'n> {
    sort: &'static Deliveries,
    name: &'n str,
    at: At,
}

impl Delivery<'_> {
    fn title(&self) -> String {
        format!("{} `{}`", self.sort.title, self.name)
    }

    /// Returns the same delivery, inside its response, which clients send.
    fn answered(self) -> Self {
        Self { at: self.at.going(Direction::Request), ..self }
    }
}

impl<'a> Walk<'_, 'a> {
    pub(super) fn webhooks(&mut self, base: Option<Node<'a>>, revision: Option<Node<'a>>, at: At) {
        self.deliveries(&WEBHOOKS, base, revision, at);
    }

    /// Compares the callbacks or webhooks of two documents by their names.
    pub(super) fn deliveries(
        &mut self,
        sort: &'static Deliveries,
        base: Option<Node<'a>>,
        revision: Option<Node<'a>>,
        at: At,
    ) {
        if self.are_same(base.as_ref(), revision.as_ref()) {
            return;
        }
        let entries = |node: Option<Node<'a>>| -> Vec<(&'a str, Node<'a>)> {
            let entries = node.into_iter().flat_map(|node| node.entries());
            entries.filter(|(name, _)| !name.starts_with("x-")).collect()
        };
        let (old, new) = (entries(base), entries(revision));
        let kept: HashMap<&str, &Node<'a>> = new.iter().map(|(name, node)| (*name, node)).collect();
        for (name, node) in &old {
            let Some(other) = kept.get(name) else {
                let what = format!("{} `{name}` removed", sort.title);
                let change = Change::new(sort.existence.removed, Spot::base(node), what);
                self.record(at, change.subject(*name));
                continue;
            };
            let delivery = Delivery { sort, name, at: at.going(Direction::Response) };
            self.delivered(sort.kind, node, other, delivery);
        }
        let known: HashMap<&str, &Node<'a>> =
            old.iter().map(|(name, node)| (*name, node)).collect();
        for (name, node) in new.iter().filter(|(name, _)| !known.contains_key(name)) {
            let what = format!("{} `{name}` added", sort.title);
            let change = Change::new(sort.existence.added, Spot::revision(node), what);
            self.record(at, change.subject(*name));
        }
    }

    /// Compares two objects of a delivery, member by member according to the grammar.
    fn delivered(
        &mut self,
        kind: Kind,
        base: &Node<'a>,
        revision: &Node<'a>,
        delivery: Delivery<'_>,
    ) {
        if self.unaffected.are_same(base, revision) {
            return;
        }
        if kind == Kind::Schema {
            let pair = Pair { base: base.clone(), revision: revision.clone() };
            return self.schema(pair, delivery.at, Slot::Alone);
        }
        let delivery = if kind == Kind::Response { delivery.answered() } else { delivery };
        let pair = self.resolved(base, revision);
        let new = pair.revision.entries().filter(|(key, _)| pair.base.get(key).is_none());
        let keys: Vec<&str> = pair.base.entries().chain(new).map(|(key, _)| key).collect();
        for key in keys {
            self.delivered_member(kind, key, &pair, delivery);
        }
    }

    fn delivered_member(&mut self, kind: Kind, key: &str, pair: &Pair<'a>, delivery: Delivery<'_>) {
        if kind == Kind::Parameter && PARAMETER_KEYS.contains(&key) {
            return;
        }
        let (old, new) = (pair.base.child(key), pair.revision.child(key));
        let (Some(base), Some(revision)) = (&old, &new) else {
            return self.delivery_changed(key, old.as_ref(), new.as_ref(), delivery);
        };
        match kind.child(key) {
            Child::One(kind) => self.delivered(kind, base, revision, delivery),
            Child::List(kind) => {
                let (old, new) = (by_name(self, base, true), by_name(self, revision, false));
                self.delivered_members(kind, old, new, delivery);
            }
            Child::Map(kind) | Child::ExtensibleMap(kind) => {
                self.delivered_members(kind, entries(key, base), entries(key, revision), delivery);
            }
            Child::Data if are_alike(key, Some(base.value), Some(revision.value)) => {}
            Child::Data => self.delivery_changed(key, Some(base), Some(revision), delivery),
        }
    }

    fn delivered_members(
        &mut self,
        kind: Kind,
        old: Vec<Named<'a>>,
        new: Vec<Named<'a>>,
        delivery: Delivery<'_>,
    ) {
        let mut new: IndexMap<String, Node<'a>> = new.into_iter().collect();
        for (name, base) in old {
            match new.shift_remove(&name) {
                Some(revision) => self.delivered(kind, &base, &revision, delivery),
                None => self.delivery_changed(&name, Some(&base), None, delivery),
            }
        }
        for (name, revision) in new {
            self.delivery_changed(&name, None, Some(&revision), delivery);
        }
    }

    /// Records a change without a specific kind. Documentation and extensions have their own kinds.
    fn delivery_changed(
        &mut self,
        key: &str,
        base: Option<&Node<'a>>,
        revision: Option<&Node<'a>>,
        delivery: Delivery<'_>,
    ) {
        let spot = Spot::of(base, revision);
        if PROSE.contains(&key) || key.starts_with("x-") {
            return self.record(delivery.at, keyword_change(key, spot));
        }
        let verb = match (base, revision) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        let what = format!("{}: `{key}` {verb}", delivery.title());
        let change = Change::new(delivery.sort.changed, spot, what);
        self.record(delivery.at, change.subject(key));
    }
}

type Named<'a> = (String, Node<'a>);

/// Returns the members of the map `key`.
fn entries<'a>(key: &str, node: &Node<'a>) -> Vec<Named<'a>> {
    node.entries().map(|(name, node)| (spelling(key, name).into_owned(), node)).collect()
}

/// Returns the items of a list of parameters by location and name.
fn by_name<'a>(walk: &Walk<'_, 'a>, list: &Node<'a>, is_base: bool) -> Vec<Named<'a>> {
    let document = if is_base { walk.base } else { walk.revision };
    let name = |node: Node<'a>| {
        let node = document.resolve(node);
        let text = |key| node.get(key).and_then(Value::as_str).unwrap_or_default();
        let name = match text("in") {
            "header" => text("name").to_lowercase(),
            _ => text("name").to_owned(),
        };
        (format!("{} {name}", text("in")), node)
    };
    list.items().map(name).collect()
}
