//! Discriminators: the property that selects an alternative, and the mapping of its values.

use serde_json::{Map, Value};

use super::{Renaming, Walk, flatten::Flat, schema::Flats, show};
use crate::drift::{
    document::{Document, Node, name_of},
    finding::{At, Judgement, Verdict},
    kind::{Rule, schema as kinds},
    verdict::{Direction, Wire},
};

const BY_SHAPE: Judgement =
    (Wire::Compatible, "clients distinguish these alternatives by their shape, not by a tag");
const NAMED: Judgement = (
    Wire::Compatible,
    "without a mapping, the name of the schema selects it, and the name is the same",
);
const GONE: Judgement =
    (Wire::Compatible, "the server no longer sends the alternative that it selected");
pub(super) const KEPT_TAG: Judgement =
    (Wire::Compatible, "clients keep a value with an unknown tag");
const KNOWN: Judgement =
    (Wire::Compatible, "another value that clients know selects the same alternative");

/// A change of the mapping of a value.
struct Mapped<'v> {
    rule: &'static Rule,
    value: &'v str,
    what: String,
    verdict: Verdict,
}

impl<'a> Walk<'_, 'a> {
    pub(super) fn discriminator(&mut self, flats: &Flats<'a>, at: At) {
        let (old, new) = (flats.base.get("discriminator"), flats.revision.get("discriminator"));
        let property = |value: &Value| text(value, "propertyName").to_owned();
        let (rule, what) = match (old, new) {
            (None, None) => return,
            (None, Some(new)) => (
                &kinds::DISCRIMINATOR_ADDED,
                format!("`{}` becomes the discriminator", property(new)),
            ),
            (Some(old), None) => (
                &kinds::DISCRIMINATOR_REMOVED,
                format!("`{}` is no longer the discriminator", property(old)),
            ),
            (Some(old), Some(new)) if property(old) != property(new) => {
                let what = format!(
                    "the discriminator changes from `{}` to `{}`",
                    property(old),
                    property(new)
                );
                (&kinds::DISCRIMINATOR_PROPERTY_CHANGED, what)
            }
            (Some(old), Some(new)) => {
                let (old, new) = (mapping(old), mapping(new));
                return self.mappings(&old, &new, flats, at);
            }
        };
        let by_shape = self.by_shape(flats, at);
        self.record(at, flats.change(rule, "discriminator", what).maybe(by_shape));
    }

    fn mappings(&mut self, old: &Mapping, new: &Mapping, flats: &Flats<'a>, at: At) {
        let by_shape = self.by_shape(flats, at);
        let mut changes = Vec::new();
        for (value, target) in old {
            let (rule, what, verdict) = match new.get(value) {
                None => {
                    let what = format!("value `{value}` no longer selects {}", show(target));
                    let verdict = self.removal(value, target, (old, new), flats, at);
                    (&kinds::DISCRIMINATOR_MAPPING_REMOVED, what, verdict)
                }
                Some(other) if !self.is_same_target(target, other) => {
                    let (new, old) = (show(other), show(target));
                    let what = format!("value `{value}` selects {new} instead of {old}");
                    (&kinds::DISCRIMINATOR_MAPPING_CHANGED, what, None)
                }
                Some(_) => continue,
            };
            changes.push(Mapped { rule, value, what, verdict });
        }
        for (value, target) in new.iter().filter(|(value, _)| !old.contains_key(*value)) {
            let what = format!("value `{value}` selects {}", show(target));
            let was_named = !old.values().any(|known| self.is_same_target(known, target));
            let verdict = match was_named && *value == name(target) {
                true => Some(NAMED),
                false => self.new_tag(target, flats, at),
            };
            let rule = &kinds::DISCRIMINATOR_MAPPING_ADDED;
            changes.push(Mapped { rule, value, what, verdict });
        }
        let renamed = self.renamed_values((old, new), flats);
        for Renaming { base, revision } in &renamed {
            let what =
                format!("value `{base}` no longer selects its schema, which is now `{revision}`");
            let rule = &kinds::DISCRIMINATOR_MAPPING_REMOVED;
            changes.push(Mapped { rule, value: base, what, verdict: None });
        }
        for Mapped { rule, value, what, verdict } in changes {
            let change = flats.change(rule, "discriminator", what).subject(value);
            self.record(at, change.maybe(by_shape.or(verdict)));
        }
    }

    /// Returns the verdict on responses with a tag that selects a new alternative.
    fn new_tag(&self, target: &Value, flats: &Flats<'a>, at: At) -> Verdict {
        let mut known = variants(&flats.base).iter().filter_map(Node::reference);
        let is_kept = at.is(Direction::Response)
            && !known.any(|one| self.is_same_target(&Value::from(one), target))
            && keeps_unknown_tags(self.base, &flats.base);
        is_kept.then_some(KEPT_TAG)
    }

    /// Returns the renamed alternatives that only their old name selected.
    fn renamed_values(&self, (old, new): (&Mapping, &Mapping), flats: &Flats<'a>) -> Vec<Renaming> {
        let names = variants(&flats.base).iter().filter_map(Node::reference).map(name_of);
        let unmapped = names.filter(|base| !old.values().any(|target| name(target) == *base));
        let renaming = |base: String| self.renamed.iter().find(|one| one.base == base).cloned();
        let is_kept =
            |one: &Renaming| new.get(&one.base).is_some_and(|to| name(to) == one.revision);
        unmapped.filter_map(renaming).filter(|one| !is_kept(one)).collect()
    }

    /// Returns the verdict on a removed mapping that breaks no client; `None` otherwise.
    fn removal(
        &self,
        value: &str,
        target: &Value,
        (old, new): (&Mapping, &Mapping),
        flats: &Flats<'a>,
        at: At,
    ) -> Verdict {
        let is_same = |other: &Value| self.is_same_target(target, other);
        if value == name(target) && !new.values().any(is_same) {
            return Some(NAMED);
        }
        if !at.is(Direction::Response) {
            return None;
        }
        let mut left = variants(&flats.revision).iter().filter_map(Node::reference);
        if !left.any(|other| is_same(&Value::from(other))) {
            return Some(GONE);
        }
        let is_known =
            new.iter().any(|(other, to)| is_same(to) && old.get(other).is_some_and(is_same));
        is_known.then_some(KNOWN)
    }

    fn is_same_target(&self, old: &Value, new: &Value) -> bool {
        let (base, revision) = (name(old), name(new));
        base == revision || self.renamed.contains(&Renaming { base, revision })
    }

    /// Returns the verdict on responses if clients do not read the property.
    fn by_shape(&self, flats: &Flats<'a>, at: At) -> Verdict {
        let is_untagged = at.is(Direction::Response) && !is_tagged(self.base, &flats.base);
        is_untagged.then_some(BY_SHAPE)
    }
}

/// Returns whether the generated enum is read by its tag: every alternative is a named object.
fn is_tagged<'a>(document: &Document<'a>, flat: &Flat<'a>) -> bool {
    let is_named_object = |variant: &Node<'a>| {
        variant.reference().is_some() && !Flat::of(document, variant).properties.is_empty()
    };
    let variants = variants(flat);
    flat.get("discriminator").is_some()
        && !variants.is_empty()
        && variants.iter().all(is_named_object)
}

/// Returns whether clients keep a value with an unknown tag. The generator adds a variant for such values if
/// it can tell the tag of every alternative.
pub(super) fn keeps_unknown_tags<'a>(document: &Document<'a>, flat: &Flat<'a>) -> bool {
    let flats: Vec<Flat<'a>> = variants(flat).iter().map(|one| Flat::of(document, one)).collect();
    is_tagged(document, flat) && flats.iter().all(is_plain_object)
}

/// Returns whether every value of an alternative has the tag that clients of `choice` read.
pub(super) fn has_tag(alternative: &Flat<'_>, choice: &Flat<'_>) -> bool {
    let tag = choice.get("discriminator").map(|discriminator| text(discriminator, "propertyName"));
    tag.is_some_and(|tag| alternative.required.contains_key(tag))
}

/// Returns whether an alternative has no other form than its properties, and contains no other choice by a
/// discriminator, which the generator may leave untagged.
fn is_plain_object(flat: &Flat<'_>) -> bool {
    let mut properties = flat.properties.values().flat_map(|declared| &declared.nodes);
    flat.kind() == Some("object")
        && !flat.is_choice()
        && !flat.flag("nullable")
        && flat.get("additionalProperties").is_none_or(|others| others == false)
        && !properties.any(|node| mentions_discriminator(node.value))
}

fn mentions_discriminator(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            members.contains_key("discriminator") || members.values().any(mentions_discriminator)
        }
        Value::Array(items) => items.iter().any(mentions_discriminator),
        _ => false,
    }
}

fn variants<'f, 'a>(flat: &'f Flat<'a>) -> &'f [Node<'a>] {
    if flat.one_of.is_empty() { &flat.any_of } else { &flat.one_of }
}

type Mapping = Map<String, Value>;

fn mapping(discriminator: &Value) -> Mapping {
    discriminator.get("mapping").and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Returns the name of the schema that a value is mapped to by name or by reference.
fn name(target: &Value) -> String {
    name_of(target.as_str().unwrap_or_default())
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::keeps_unknown_tags;
    use crate::drift::{
        document::Document,
        walk::{flatten::Flat, testing},
    };

    /// Returns the components of a choice between two objects with these members besides the tag.
    fn choice(members: Value) -> Value {
        let named = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let object = |mut members: Value| {
            members["type"] = json!("object");
            members["properties"]["sort"] = json!({"type": "string"});
            members
        };
        let discriminator = json!({"propertyName": "sort"});
        json!({
            "Pot": object(json!({})),
            "Bed": object(members),
            "Thing": {"oneOf": [named("Pot"), named("Bed")], "discriminator": discriminator},
        })
    }

    fn keeps(components: &Value) -> bool {
        let value = json!({"components": {"schemas": components}});
        let document = Document::new(&value);
        let thing = document.at("#/components/schemas/Thing").unwrap();
        keeps_unknown_tags(&document, &Flat::of(&document, &thing))
    }

    #[test]
    fn unknown_tags_are_kept_if_the_generated_enum_has_a_variant_for_them() {
        let row = json!({"row": {"type": "integer"}});
        let shapes = [
            (json!({"properties": row}), true),
            (json!({"properties": row, "additionalProperties": false}), true),
            (json!({}), true),
        ];
        for (members, expected) in shapes {
            let components = choice(members);
            assert_eq!(keeps(&components), expected, "{components}");
            let source = testing::generated(components.clone());
            assert_eq!(source.contains("read_unknown"), expected, "{components}");
        }
        let nested = json!({"oneOf": [], "discriminator": {"propertyName": "sort"}});
        for members in [
            json!({"properties": row, "nullable": true}),
            json!({"properties": {"row": nested}}),
            json!({"properties": row, "additionalProperties": {"type": "string"}}),
        ] {
            assert!(!keeps(&choice(members.clone())), "{members}");
        }
    }
}
