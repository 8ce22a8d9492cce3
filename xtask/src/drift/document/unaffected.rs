//! What is the same in both documents, with all that it refers to, and so needs no comparison.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Node, node::references};

/// Knows which references lead to something that differs between the documents, at any depth.
pub(in crate::drift) struct Unaffected<'a> {
    affected: HashSet<&'a str>,
}

impl<'a> Unaffected<'a> {
    /// Looks at every target once, and spreads what differs to those that refer to it.
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

    /// Whether two values mean the same, and so does all that they refer to.
    pub(in crate::drift) fn are_same(&self, base: &Node<'a>, revision: &Node<'a>) -> bool {
        base.value == revision.value && !self.is_affected(base.value)
    }

    /// Whether a value, the same in both documents, refers to something that is not.
    fn is_affected(&self, value: &Value) -> bool {
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
    fn what_differs_inside_affects_all_that_leads_there_and_nothing_else() {
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
