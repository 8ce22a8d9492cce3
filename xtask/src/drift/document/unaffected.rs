//! Parts that are equal in both documents, including everything they refer to: they need no comparison.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Node, node::references};

/// The references whose targets differ between the documents, at any depth.
pub(in crate::drift) struct Unaffected<'a> {
    affected: HashSet<&'a str>,
}

impl<'a> Unaffected<'a> {
    /// Visits every target once, and marks the users of each differing target as affected.
    pub(in crate::drift) fn between(base: &'a Value, revision: &'a Value) -> Self {
        let mut users: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut waiting = Vec::new();
        let mut met: HashSet<&str> = HashSet::new();
        let mut open = references(base);
        while let Some(target) = open.pop() {
            if !met.insert(target) {
                continue;
            }
            let old = at(base, target);
            if old.is_none() || old != at(revision, target) {
                waiting.push(target);
            }
            for inner in old.map(references).unwrap_or_default() {
                users.entry(inner).or_default().push(target);
                open.push(inner);
            }
        }
        let mut affected = HashSet::new();
        while let Some(target) = waiting.pop() {
            if affected.insert(target) {
                waiting.extend(users.remove(target).unwrap_or_default());
            }
        }
        Self { affected }
    }

    /// Returns whether two values are equal, including everything they refer to.
    pub(in crate::drift) fn are_same(&self, base: &Node<'a>, revision: &Node<'a>) -> bool {
        base.value == revision.value && !self.is_affected(base.value)
    }

    /// Returns whether a value that is equal in both documents refers to something that differs.
    pub(in crate::drift) fn is_affected(&self, value: &Value) -> bool {
        !self.affected.is_empty()
            && references(value).into_iter().any(|target| self.affected.contains(target))
    }
}

fn at<'a>(document: &'a Value, target: &str) -> Option<&'a Value> {
    document.pointer(target.strip_prefix('#')?)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Unaffected;
    use crate::drift::document::Document;

    fn document(inner: Value) -> Value {
        let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        json!({
            "a": to("A"),
            "b": to("B"),
            "components": {"schemas": {
                "A": {"items": to("Inner")},
                "B": {"items": to("B")},
                "Inner": inner,
            }},
        })
    }

    #[test]
    fn a_difference_affects_exactly_the_references_that_lead_to_it() {
        let (base, revision) = (document(json!({})), document(json!({"type": "string"})));
        let same = Unaffected::between(&base, &revision);
        let (old, new) = (Document::new(&base), Document::new(&revision));
        let are_same = |key: &str| {
            same.are_same(&old.root().child(key).unwrap(), &new.root().child(key).unwrap())
        };
        assert!(!are_same("a") && are_same("b"));
        let same = Unaffected::between(&base, &base);
        assert!(same.are_same(&old.root(), &old.root()));
    }
}
