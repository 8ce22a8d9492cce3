//! Compares two documents by what can be sent and received.
//!
//! Operations are matched first. What they use is then compared, separately for requests and
//! responses, because a change that is harmless in one direction can break clients in the other.
//! Parts that are equal in both documents, including everything they refer to, are skipped.

mod body;
mod canonical;
mod choice;
mod component;
mod composition;
mod constraint;
mod delivery;
mod discriminator;
mod flag;
mod flatten;
mod format;
mod matching;
mod media;
mod meta;
mod names;
mod operation;
mod parameter;
mod path;
mod property;
mod response;
mod schema;
mod security;
mod server;
#[cfg(test)]
mod testing;
mod value;
mod variant;

use std::collections::{BTreeSet, VecDeque};

use serde_json::Value;

use self::canonical::are_alike;
pub(super) use self::canonical::canonical;
use super::{
    document::{Document, Node, Operation, Unaffected},
    finding::{At, Change, Finding, Spot},
    kind::{self, Rule},
    log::Log,
    verdict::Direction,
};

/// A matched pair of operations, or one that only one document has.
pub(super) struct Matched<'a> {
    pub(super) base: Option<Operation<'a>>,
    pub(super) revision: Option<Operation<'a>>,
}

/// The result of the comparison.
pub(super) struct Walked<'a> {
    pub(super) findings: Vec<Finding>,
    /// The operations; findings name them by their index.
    pub(super) operations: Vec<Matched<'a>>,
}

/// Two values to compare, one from each document.
#[derive(Clone)]
struct Pair<'a> {
    base: Node<'a>,
    revision: Node<'a>,
}

impl<'a> Pair<'a> {
    fn spot(&self) -> Spot<'a> {
        Spot::both(&self.base, &self.revision)
    }
}

/// The old and the new name of a renamed component.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Renaming {
    base: String,
    revision: String,
}

/// The kinds for something that is added or removed.
struct Existence {
    added: &'static Rule,
    removed: &'static Rule,
}

/// A component schema that was reached but not compared yet.
struct Waiting<'a> {
    pair: Pair<'a>,
    at: At,
}

struct Walk<'d, 'a> {
    base: &'d Document<'a>,
    revision: &'d Document<'a>,
    unaffected: Unaffected<'a>,
    log: Log<'a>,
    /// Component schemas that were reached but not compared yet.
    queue: VecDeque<Waiting<'a>>,
    /// Component schemas that are compared only as parts of others.
    parts: component::Parts,
    renamed: BTreeSet<Renaming>,
    renamed_schemes: Vec<Renaming>,
}

/// Compares two documents.
pub(super) fn walk<'a>(base: &'a Value, revision: &'a Value) -> Walked<'a> {
    let (old, new) = (Document::new(base), Document::new(revision));
    let mut walk = Walk {
        base: &old,
        revision: &new,
        unaffected: Unaffected::between(base, revision),
        log: Log::default(),
        queue: VecDeque::new(),
        parts: component::Parts::default(),
        renamed: BTreeSet::new(),
        renamed_schemes: Vec::new(),
    };
    let operations = matching::Matching::of(&old, &new).operations();
    walk.document();
    for (index, matched) in operations.iter().enumerate() {
        walk.operation(index, matched);
    }
    walk.drain();
    walk.component_schemas();
    walk.drain();
    Walked { findings: walk.log.finish(), operations }
}

impl<'a> Walk<'_, 'a> {
    /// Opens a scope for changes that belong to no operation.
    fn whole(&mut self) -> At {
        At::of(self.log.open(None), Direction::Whole)
    }

    fn record(&mut self, at: At, change: Change<'a>) {
        self.log.record(at, change);
    }

    /// Returns whether both have the same meaning, including everything they refer to.
    fn are_same(&self, base: Option<&Node<'a>>, revision: Option<&Node<'a>>) -> bool {
        match (base, revision) {
            (Some(base), Some(revision)) => self.unaffected.are_same(base, revision),
            (None, None) => true,
            _ => false,
        }
    }

    /// Follows the references of both.
    fn resolved(&self, base: &Node<'a>, revision: &Node<'a>) -> Pair<'a> {
        Pair {
            base: self.base.resolve(base.clone()),
            revision: self.revision.resolve(revision.clone()),
        }
    }

    /// Compares the component schemas in the queue, and those that they refer to.
    fn drain(&mut self) {
        while let Some(Waiting { pair, at }) = self.queue.pop_front() {
            self.component(pair, at);
        }
    }

    /// Records changes of keywords without a specific rule: documentation, extensions, and
    /// unknown keywords. The caller compares the keywords in `skip` itself.
    fn other_keywords(&mut self, base: &Node<'a>, revision: &Node<'a>, skip: &[&str], at: At) {
        if base.value == revision.value {
            return;
        }
        let new = revision.entries().filter(|(key, _)| base.get(key).is_none());
        let mut keys: Vec<&str> = base.entries().chain(new).map(|(key, _)| key).collect();
        keys.sort_unstable();
        for key in keys {
            if skip.contains(&key) || are_alike(key, base.get(key), revision.get(key)) {
                continue;
            }
            let spot = Spot::of(base.child(key).as_ref(), revision.child(key).as_ref());
            self.record(at, keyword_change(key, spot));
        }
    }
}

/// Keywords that only document the API.
const PROSE: [&str; 7] =
    ["title", "description", "summary", "example", "examples", "externalDocs", "tags"];

/// Returns the change of a keyword without a specific rule.
fn keyword_change<'a>(key: &str, spot: Spot<'a>) -> Change<'a> {
    let verb = match (&spot.base, &spot.revision) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    };
    let rule = match key {
        _ if PROSE.contains(&key) => &kind::meta::DOCUMENTATION_CHANGED,
        _ if key.starts_with("x-") => &kind::meta::EXTENSION_CHANGED,
        _ => &kind::meta::UNRECOGNISED_CHANGE,
    };
    Change::new(rule, spot, format!("`{key}` {verb}")).subject(key)
}

/// Formats a value for a sentence: as JSON, truncated if it is long.
fn show(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
