//! The comparison of two documents in the terms of the wire: what can be sent and received.
//!
//! Operations are matched first; what they use is then compared side by side, requests and
//! responses apart, because the same change is harmless one way and breaks the other way.

mod body;
mod composition;
mod constraint;
mod discriminator;
mod flatten;
mod matching;
mod media;
mod meta;
mod operation;
mod parameter;
mod property;
mod response;
mod schema;
mod security;
mod value;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::slice::from_ref;

use serde_json::Value;

use super::{
    document::{Document, Node, Operation, operations},
    finding::{At, Change, Finding, Log, Place, Slot},
    kind::{self, Rule},
    verdict::Direction,
};

/// A matched pair of operations, or one that only one document has.
pub(super) struct Matched<'a> {
    pub(super) base: Option<Operation<'a>>,
    pub(super) revision: Option<Operation<'a>>,
}

/// What the comparison gives.
pub(super) struct Walked<'a> {
    pub(super) findings: Vec<Finding>,
    /// The operations; findings name them by their index.
    pub(super) operations: Vec<Matched<'a>>,
    /// Component schemas that got another name: (base, revision).
    pub(super) renamed: BTreeSet<(String, String)>,
}

/// Two things to compare, one from each document.
#[derive(Clone)]
struct Pair<'a> {
    base: Node<'a>,
    revision: Node<'a>,
}

struct Walk<'a> {
    base: Document<'a>,
    revision: Document<'a>,
    log: Log,
    /// Component schemas that are met and not yet compared.
    queue: VecDeque<(Pair<'a>, At)>,
    /// Names of component schemas that got another name: (base, revision).
    renamed: BTreeSet<(String, String)>,
    /// Security schemes that got another name: (base, revision).
    renamed_schemes: Vec<(String, String)>,
}

/// Compares two documents.
pub(super) fn walk<'a>(base: &'a Value, revision: &'a Value) -> Walked<'a> {
    let (base_document, revision_document) = (Document::new(base), Document::new(revision));
    let mut walk = Walk {
        base: base_document,
        revision: revision_document,
        log: Log::default(),
        queue: VecDeque::new(),
        renamed: BTreeSet::new(),
        renamed_schemes: Vec::new(),
    };
    let operations = matching::match_operations(
        operations(base_document),
        operations(revision_document),
        base_document,
        revision_document,
    );
    walk.document();
    for (index, matched) in operations.iter().enumerate() {
        walk.operation(index, matched);
    }
    walk.drain();
    walk.component_schemas();
    walk.drain();
    Walked { findings: walk.log.finish(), operations, renamed: walk.renamed }
}

impl<'a> Walk<'a> {
    /// A scope for what belongs to no operation.
    fn whole(&mut self) -> At {
        At { scope: self.log.open(None), direction: Some(Direction::Whole), harmless: None }
    }

    fn record(&mut self, at: At, change: Change) {
        self.log.record(at, change);
    }

    /// Compares the component schemas that were met, and those that they lead to.
    fn drain(&mut self) {
        while let Some((pair, at)) = self.queue.pop_front() {
            self.entered(pair, at, Slot::Alone);
        }
    }

    /// The component schemas themselves: those that come and go, and those that nothing uses.
    fn component_schemas(&mut self) {
        let at = self.whole();
        let base = self.base.components("schemas");
        let revision = self.revision.components("schemas");
        let by_name: HashMap<&str, &Node<'a>> =
            revision.iter().map(|(name, node)| (*name, node)).collect();
        let known: HashSet<&str> = base.iter().map(|(name, _)| *name).collect();
        for (name, node) in &base {
            let is_renamed = self.renamed.iter().any(|(old, _)| old == name);
            match by_name.get(name) {
                Some(other) => self.unused_schema(node, other, at),
                None if is_renamed => {}
                None => {
                    let place = Place::base(&node.pointer);
                    self.lone_schema(&kind::schema::SCHEMA_REMOVED, name, place, at);
                }
            }
        }
        for (name, node) in &revision {
            let is_renamed = self.renamed.iter().any(|(_, new)| new == name);
            if !known.contains(name) && !is_renamed {
                let place = Place::revision(&node.pointer);
                self.lone_schema(&kind::schema::SCHEMA_ADDED, name, place, at);
            }
        }
    }

    fn lone_schema(&mut self, rule: &'static Rule, name: &str, place: Place, at: At) {
        let verb = if rule.id == "schema-added" { "added" } else { "removed" };
        self.record(at, Change::new(rule, place, format!("schema `{name}` {verb}")));
    }

    fn unused_schema(&mut self, base: &Node<'a>, revision: &Node<'a>, at: At) {
        if self.log.is_used(&base.pointer) && self.log.is_used(&revision.pointer) {
            return;
        }
        let unused = At { direction: None, ..at };
        let (at, is_new) = self.log.enter(from_ref(base), from_ref(revision), unused, Slot::Alone);
        if is_new {
            let pair = Pair { base: base.clone(), revision: revision.clone() };
            self.queue.push_back((pair, at));
        }
    }

    /// Records a change of a keyword that is neither sent nor acted on: prose and extensions, and
    /// keywords that are not known. `skip` are those that the caller compares itself.
    fn other_keywords(&mut self, base: &Node<'a>, revision: &Node<'a>, skip: &[&str], at: At) {
        let mut keys: Vec<&str> = base.entries().into_iter().map(|(key, _)| key).collect();
        keys.extend(revision.entries().into_iter().map(|(key, _)| key));
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            if skip.contains(&key) || base.value.get(key) == revision.value.get(key) {
                continue;
            }
            let pointer = |node: &Node<'a>| node.child(key).map(|child| child.pointer);
            let place = Place { base: pointer(base), revision: pointer(revision) };
            self.record(at, keyword_change(key, place));
        }
    }
}

/// The change of a keyword that no rule of its own covers.
fn keyword_change(key: &str, place: Place) -> Change {
    let verb = match (&place.base, &place.revision) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    };
    let rule = match key {
        "title" | "description" | "summary" | "example" | "examples" | "externalDocs" | "tags" => {
            &kind::meta::DOCUMENTATION_CHANGED
        }
        _ if key.starts_with("x-") => &kind::meta::EXTENSION_CHANGED,
        _ => &kind::meta::UNRECOGNISED_CHANGE,
    };
    Change::new(rule, place, format!("`{key}` {verb}")).subject(key)
}

/// A value as it is shown in a sentence: JSON, cut when long.
fn show(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
