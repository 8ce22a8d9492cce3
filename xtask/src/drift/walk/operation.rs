//! Operations that are added, removed, moved or changed.

use super::{
    Existence, Matched, Walk,
    delivery::CALLBACKS,
    flag::{OPERATION_DEPRECATED, Thing, Toggle},
};
use crate::drift::{
    document::Operation,
    finding::{At, Change, Spot},
    kind::operation as kinds,
    verdict::Direction,
};
use crate::grammar::is_method;

static OPERATION: Existence =
    Existence { added: &kinds::OPERATION_ADDED, removed: &kinds::OPERATION_REMOVED };

/// The keywords of an operation with specific rules.
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

impl<'a> Walk<'_, 'a> {
    pub(super) fn operation(&mut self, index: usize, matched: &Matched<'a>) {
        let at = At::of(self.log.open(Some(index)), Direction::Whole);
        match (&matched.base, &matched.revision) {
            (Some(base), Some(revision)) => self.both(base, revision, at),
            (Some(base), None) => {
                let what = format!("{} removed", base.title());
                self.record(at, Change::new(OPERATION.removed, Spot::base(&base.node), what));
            }
            (None, Some(revision)) => {
                let what = format!("{} added", revision.title());
                self.record(at, Change::new(OPERATION.added, Spot::revision(&revision.node), what));
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
        let (old, new) = (base.node.child("callbacks"), revision.node.child("callbacks"));
        self.deliveries(&CALLBACKS, old, new, at);
        self.other_keywords(&base.node, &revision.node, &COMPARED, at);
        self.path_item(base, revision, at);
    }

    /// Compares the path item, without its operations.
    fn path_item(&mut self, base: &Operation<'a>, revision: &Operation<'a>, at: At) {
        if base.item.value == revision.item.value {
            return;
        }
        let items = base.item.entries().chain(revision.item.entries());
        let methods = items.map(|(key, _)| key).filter(|key| is_method(key));
        let compared: Vec<&str> = methods.chain(["parameters", "servers", "$ref"]).collect();
        self.other_keywords(&base.item, &revision.item, &compared, at);
    }

    fn names(&mut self, base: &Operation<'a>, revision: &Operation<'a>, at: At) {
        let spot = Spot::both(&base.node, &revision.node);
        let has_moved = has_moved(base, revision);
        if has_moved {
            let what = format!("{} moved to {}", base.title(), revision.title());
            self.record(at, Change::new(&kinds::OPERATION_MOVED, spot.clone(), what));
        }
        // If only one document has an id, a moved operation is already reported as moved.
        let has_ids = base.id().is_some() && revision.id().is_some();
        if base.id() != revision.id() && (has_ids || !has_moved) {
            let name = |operation: &Operation<'a>| operation.id().unwrap_or("(none)").to_owned();
            let what =
                format!("operation id changes from `{}` to `{}`", name(base), name(revision));
            self.record(at, Change::new(&kinds::OPERATION_ID_CHANGED, spot.clone(), what));
        }
        let flag = &OPERATION_DEPRECATED;
        let toggle =
            Toggle { old: base.node.flag(flag.keyword), new: revision.node.flag(flag.keyword) };
        self.flag(flag, toggle, Thing::at(spot), at);
    }
}

/// Returns whether an operation has another method or path.
pub(super) fn has_moved(base: &Operation<'_>, revision: &Operation<'_>) -> bool {
    let is_same_path = base.path == revision.path || base.route() == revision.route();
    base.method != revision.method || !is_same_path
}
