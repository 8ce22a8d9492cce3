//! Operations: those that come and go, move, or change.

use super::{Matched, Pair, Walk};
use crate::drift::{
    document::Operation,
    finding::{At, Change, Place},
    kind::operation as kinds,
    verdict::Direction,
};
use crate::grammar::is_method;

/// The keywords of an operation that are compared by themselves.
const COMPARED: [&str; 8] = [
    "operationId",
    "deprecated",
    "parameters",
    "requestBody",
    "responses",
    "security",
    "servers",
    "callbacks",
];

impl<'a> Walk<'a> {
    pub(super) fn operation(&mut self, index: usize, matched: &Matched<'a>) {
        let scope = self.log.open(Some(index));
        let at = At { scope, direction: Some(Direction::Whole), harmless: None };
        match (&matched.base, &matched.revision) {
            (Some(base), Some(revision)) => self.both(base, revision, at),
            (Some(base), None) => {
                let what = format!("{} is no longer served", title(base));
                let place = Place::base(&base.node.pointer);
                self.record(at, Change::new(&kinds::OPERATION_REMOVED, place, what));
            }
            (None, Some(revision)) => {
                let what = format!("{} is new", title(revision));
                let place = Place::revision(&revision.node.pointer);
                self.record(at, Change::new(&kinds::OPERATION_ADDED, place, what));
            }
            (None, None) => {}
        }
    }

    fn both(&mut self, base: &Operation<'a>, revision: &Operation<'a>, at: At) {
        self.names(base, revision, at);
        self.parameters(base, revision, at);
        self.request_body(base, revision, at);
        self.responses(base, revision, at);
        self.security(base, revision, at);
        self.operation_servers(base, revision, at);
        self.callbacks(base, revision, at);
        self.other_keywords(&base.node, &revision.node, &COMPARED, at);
        self.path_item(base, revision, at);
    }

    /// What stands beside the operations of a path.
    fn path_item(&mut self, base: &Operation<'a>, revision: &Operation<'a>, at: At) {
        let items = [&base.item, &revision.item].map(|item| item.entries());
        let methods = items.iter().flatten().map(|(key, _)| *key).filter(|key| is_method(key));
        let compared: Vec<&str> = methods.chain(["parameters", "servers", "$ref"]).collect();
        self.other_keywords(&base.item, &revision.item, &compared, at);
    }

    fn names(&mut self, base: &Operation<'a>, revision: &Operation<'a>, at: At) {
        let place = Place::both(&base.node.pointer, &revision.node.pointer);
        let has_moved = has_moved(base, revision);
        if has_moved {
            let what = format!("{} moves to {}", title(base), title(revision));
            self.record(at, Change::new(&kinds::OPERATION_MOVED, place.clone(), what));
        }
        // An operation that moved and has an id in one document only is said to have moved already.
        let has_ids = base.id().is_some() && revision.id().is_some();
        if base.id() != revision.id() && (has_ids || !has_moved) {
            let name = |operation: &Operation<'a>| operation.id().unwrap_or("(none)").to_owned();
            let what = format!("operation id `{}` becomes `{}`", name(base), name(revision));
            self.record(at, Change::new(&kinds::OPERATION_ID_CHANGED, place.clone(), what));
        }
        let deprecated =
            |operation: &Operation<'a>| operation.node.flag("deprecated").unwrap_or(false);
        match (deprecated(base), deprecated(revision)) {
            (false, true) => {
                self.record(at, Change::new(&kinds::OPERATION_DEPRECATED, place, "deprecated"));
            }
            (true, false) => {
                let change =
                    Change::new(&kinds::OPERATION_UNDEPRECATED, place, "no longer deprecated");
                self.record(at, change);
            }
            _ => {}
        }
    }

    fn callbacks(&mut self, base: &Operation<'a>, revision: &Operation<'a>, at: At) {
        let (old, new) = (base.node.child("callbacks"), revision.node.child("callbacks"));
        let is_same = old.as_ref().map(|node| node.value) == new.as_ref().map(|node| node.value);
        if !is_same {
            let place = Place {
                base: old.map(|node| node.pointer),
                revision: new.map(|node| node.pointer),
            };
            self.record(at, Change::new(&kinds::CALLBACK_CHANGED, place, "callbacks changed"));
        }
    }

    /// The two request bodies or responses with references followed.
    pub(super) fn resolved(&self, pair: Pair<'a>) -> Pair<'a> {
        Pair { base: self.base.resolve(pair.base), revision: self.revision.resolve(pair.revision) }
    }
}

/// Whether an operation is called by another method or path.
pub(super) fn has_moved(base: &Operation<'_>, revision: &Operation<'_>) -> bool {
    (base.method, base.route()) != (revision.method, revision.route())
}

/// An operation as it is named in sentences.
pub(super) fn title(operation: &Operation<'_>) -> String {
    format!("{} {}", operation.method.to_uppercase(), operation.path)
}
