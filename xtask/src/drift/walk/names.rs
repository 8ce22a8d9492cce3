//! Checks of the names of properties, which OpenAPI 3.1 adds: `propertyNames` and `patternProperties`.

use indexmap::IndexMap;

use super::{Walk, schema::Flats};
use crate::drift::{
    document::Node,
    finding::{At, Change, Slot, Spot},
    kind::{constraint as kinds, meta::UNRECOGNISED_CHANGE},
};

const NAMES: &str = "propertyNames";
const PATTERNS: &str = "patternProperties";

impl<'a> Walk<'_, 'a> {
    pub(super) fn property_names(&mut self, flats: &Flats<'a>, at: At) {
        self.name_check(flats, at);
        self.patterns(flats, at);
    }

    fn name_check(&mut self, flats: &Flats<'a>, at: At) {
        let (rule, verb) = match (flats.base.get(NAMES), flats.revision.get(NAMES)) {
            (None, Some(_)) => (&kinds::PROPERTY_NAMES_ADDED, "added"),
            (Some(_), None) => (&kinds::PROPERTY_NAMES_REMOVED, "removed"),
            (Some(_), Some(_)) if !self.have_same(NAMES, flats) => {
                (&kinds::PROPERTY_NAMES_CHANGED, "changed")
            }
            _ => return,
        };
        self.record(at, flats.change(rule, NAMES, format!("`{NAMES}` {verb}")));
    }

    /// Compares the properties with names of the same pattern. Patterns are not compared with each other.
    fn patterns(&mut self, flats: &Flats<'a>, at: At) {
        let (old, mut new) = (
            by_pattern(flats.base.declared(PATTERNS)),
            by_pattern(flats.revision.declared(PATTERNS)),
        );
        for (pattern, base) in &old {
            match new.shift_remove(pattern) {
                Some(revision) => self.declared(base, &revision, at, Slot::Alone),
                None => self.pattern_change(pattern, "removed", Spot::base(&base[0]), at),
            }
        }
        for (pattern, revision) in &new {
            self.pattern_change(pattern, "added", Spot::revision(&revision[0]), at);
        }
    }

    fn pattern_change(&mut self, pattern: &str, verb: &str, spot: Spot<'a>, at: At) {
        let what = format!("properties named `{pattern}` {verb}");
        self.record(at, Change::new(&UNRECOGNISED_CHANGE, spot, what).subject(pattern));
    }
}

/// Returns the declarations of `patternProperties` by their patterns.
fn by_pattern<'a>(declared: &[Node<'a>]) -> IndexMap<&'a str, Vec<Node<'a>>> {
    let mut patterns: IndexMap<&str, Vec<Node<'a>>> = IndexMap::new();
    for (pattern, schema) in declared.iter().flat_map(Node::entries) {
        patterns.entry(pattern).or_default().push(schema);
    }
    patterns
}
