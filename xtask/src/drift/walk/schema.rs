//! Schemas: references, type and format; the rest is in the modules beside this one.

use std::slice::from_ref;

use serde_json::Value;

use super::{Pair, Walk, flatten::Flat, keyword_change, matching::are_same_schema};
use crate::drift::{
    document::{Document, Node, name_of},
    finding::{At, Change, Place, Slot},
    kind::{Rule, schema as kinds},
    verdict::Wire,
};

/// Keywords that are compared by themselves.
const COMPARED: [&str; 26] = [
    "type",
    "format",
    "nullable",
    "enum",
    "x-extensible-enum",
    "default",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "pattern",
    "multipleOf",
    "uniqueItems",
    "readOnly",
    "writeOnly",
    "deprecated",
    "additionalProperties",
    "items",
    "not",
    "discriminator",
];

/// Formats of strings that only say how to treat the text.
const ANNOTATIONS: [&str; 2] = ["password", "json"];

/// Formats of strings that the generated client parses, and so can fail on. Those that need a crate are
/// left to the server.
const PARSED: [&str; 3] = ["ip", "ipv4", "ipv6"];

/// Two flattened schemas.
pub(super) struct Flats<'a> {
    pub(super) base: Flat<'a>,
    pub(super) revision: Flat<'a>,
}

impl<'a> Flats<'a> {
    fn of(base: (Document<'a>, &[Node<'a>]), revision: (Document<'a>, &[Node<'a>])) -> Self {
        Self { base: Flat::over(base.0, base.1), revision: Flat::over(revision.0, revision.1) }
    }

    /// Where `key` stands in both: the declarations of it that differ, where there are several.
    pub(super) fn place(&self, key: &str) -> Place {
        let (old, new) = (self.base.declared(key), self.revision.declared(key));
        Place { base: differing(old, new), revision: differing(new, old) }
    }

    pub(super) fn whole(&self) -> Place {
        Place::both(&self.base.pointer, &self.revision.pointer)
    }

    /// A change of the keyword `key`.
    pub(super) fn change(&self, rule: &'static Rule, key: &str, what: String) -> Change {
        Change::new(rule, self.place(key), what)
    }
}

/// The declaration that the other side does not have, or the last one.
fn differing(own: &[Node<'_>], other: &[Node<'_>]) -> Option<String> {
    let is_other = |node: &&Node<'_>| other.iter().all(|other| other.value != node.value);
    own.iter().find(is_other).or(own.last()).map(|node| node.pointer.clone())
}

impl<'a> Walk<'a> {
    /// Compares two schemas, each declared once or more: all declarations hold together.
    pub(super) fn declared(&mut self, old: &[Node<'a>], new: &[Node<'a>], at: At, slot: Slot) {
        if let ([base], [revision]) = (old, new) {
            let pair = Pair { base: base.clone(), revision: revision.clone() };
            return self.schema(pair, at, slot);
        }
        let (at, is_new) = self.log.enter_part(old, new, at, slot);
        if is_new {
            self.flats(Flats::of((self.base, old), (self.revision, new)), at, slot);
        }
    }

    /// Compares two schemas. Those that name others may lead back to themselves, and are compared once,
    /// in a scope of their own.
    pub(super) fn schema(&mut self, pair: Pair<'a>, at: At, slot: Slot) {
        let (old, new) = (&pair.base, &pair.revision);
        let is_plain = !names_others(old) && !names_others(new);
        if is_plain || (old.reference().is_some() && new.reference().is_some()) {
            return self.entered(pair, at, slot);
        }
        let (at, is_new) = self.log.enter_part(from_ref(old), from_ref(new), at, slot);
        if is_new {
            self.entered(pair, at, slot);
        }
    }

    /// Compares two schemas that were not compared yet. What two references lead to has to wait.
    pub(super) fn entered(&mut self, pair: Pair<'a>, at: At, slot: Slot) {
        let (old, new) = (pair.base.reference(), pair.revision.reference());
        let (Some(old), Some(new)) = (old, new) else {
            let flats = Flats::of((self.base, &[pair.base]), (self.revision, &[pair.revision]));
            return self.flats(flats, at, slot);
        };
        let (Some(base), Some(revision)) = (self.base.at(old), self.revision.at(new)) else {
            return;
        };
        let target = Pair { base, revision };
        self.reference(&pair, &target, at);
        let (base, revision) = (from_ref(&target.base), from_ref(&target.revision));
        let (at, is_new) = self.log.enter(base, revision, at, Slot::Alone);
        if is_new {
            self.queue.push_back((target, at));
        }
    }

    /// Two references to schemas of different names: a schema that was renamed, or another one.
    fn reference(&mut self, pair: &Pair<'a>, target: &Pair<'a>, at: At) {
        let (old, new) = (name_of(&target.base.pointer), name_of(&target.revision.pointer));
        if old == new {
            return;
        }
        let is_gone = self.revision.at(&target.base.pointer).is_none();
        let is_new = self.base.at(&target.revision.pointer).is_none();
        let is_same = are_same_schema((self.base, &target.base), (self.revision, &target.revision));
        if is_gone && is_new && is_same {
            let place = Place::both(&target.base.pointer, &target.revision.pointer);
            let what = format!("schema `{old}` becomes `{new}`");
            self.record(at, Change::new(&kinds::SCHEMA_RENAMED, place, what));
            self.renamed.insert((old, new));
        } else {
            let place = Place::both(&pair.base.pointer, &pair.revision.pointer);
            let what = format!("uses schema `{new}` instead of `{old}`");
            self.record(at, Change::new(&kinds::SCHEMA_REFERENCE_CHANGED, place, what));
        }
    }

    fn flats(&mut self, flats: Flats<'a>, at: At, slot: Slot) {
        let known = self.log.len();
        self.kind_and_format(&flats, at);
        self.values(&flats, at, slot);
        self.constraints(&flats, at);
        self.mutability(&flats, at, slot);
        self.properties(&flats, at);
        self.composition(&flats, at);
        self.leftovers(&flats, at);
        if flats.base.parts != flats.revision.parts && self.log.len() == known {
            let what = "`allOf` is composed of other parts";
            self.record(at, Change::new(&kinds::COMPOSITION_CHANGED, flats.whole(), what));
        }
    }

    fn kind_and_format(&mut self, flats: &Flats<'a>, at: At) {
        let (old, new) = (flats.base.kind(), flats.revision.kind());
        let what = format!("type {} becomes {}", old.unwrap_or("any"), new.unwrap_or("any"));
        let rule = match (old, new) {
            _ if old == new => return self.format(flats, at),
            (Some("integer"), Some("number")) | (_, None) => &kinds::TYPE_WIDENED,
            (Some("number"), Some("integer")) | (None, _) => &kinds::TYPE_NARROWED,
            _ => &kinds::TYPE_CHANGED,
        };
        self.record(at, flats.change(rule, "type", what));
    }

    fn format(&mut self, flats: &Flats<'a>, at: At) {
        let (old, new) = (flats.base.text("format"), flats.revision.text("format"));
        if old == new {
            return;
        }
        let what = format!("format {} becomes {}", old.unwrap_or("none"), new.unwrap_or("none"));
        let (rule, verdict) = match flats.base.kind() {
            Some("integer" | "number") => numeric_format(old, new),
            _ => text_format(old, new),
        };
        let is_response = at.direction == Some(crate::drift::verdict::Direction::Response);
        let verdict = verdict.filter(|(verdict, _)| is_response || *verdict == Wire::None);
        self.record(at, flats.change(rule, "format", what).maybe(verdict));
    }

    /// Prose, extensions and unknown keywords; and whether the schema is deprecated.
    fn leftovers(&mut self, flats: &Flats<'a>, at: At) {
        match (flats.base.flag("deprecated"), flats.revision.flag("deprecated")) {
            (false, true) => {
                let change =
                    flats.change(&kinds::SCHEMA_DEPRECATED, "deprecated", "deprecated".to_owned());
                self.record(at, change);
            }
            (true, false) => {
                let what = "no longer deprecated".to_owned();
                self.record(at, flats.change(&kinds::SCHEMA_UNDEPRECATED, "deprecated", what));
            }
            _ => {}
        }
        let new_keys = flats.revision.keywords.keys();
        let new_keys = new_keys.filter(|key| !flats.base.keywords.contains_key(**key));
        let keys: Vec<&str> = flats.base.keywords.keys().chain(new_keys).copied().collect();
        for key in keys {
            let declared = flats.base.declared(key).iter().chain(flats.revision.declared(key));
            let is_compared = COMPARED.contains(&key)
                && declared.into_iter().all(|node| is_understood(key, node.value));
            if !is_compared && flats.base.get(key) != flats.revision.get(key) {
                self.record(at, keyword_change(key, flats.place(key)));
            }
        }
    }
}

/// Whether other schemas are read in the place of this one, or as parts of it.
fn names_others(schema: &Node<'_>) -> bool {
    schema.reference().is_some() || schema.child("allOf").is_some()
}

/// Whether a keyword that is compared by itself has the form that the comparison reads.
fn is_understood(key: &str, value: &Value) -> bool {
    match key {
        "type" | "format" | "pattern" => value.is_string(),
        "enum" | "x-extensible-enum" => value.is_array(),
        "default" => true,
        "additionalProperties" => value.is_boolean() || value.is_object(),
        "items" | "not" | "discriminator" => value.is_object(),
        "multipleOf" => value.is_number(),
        _ if key.starts_with("min") || key.starts_with("max") => value.is_number(),
        _ => value.is_boolean(),
    }
}

/// A verdict other than that of the rule, where there is one.
pub(super) type Verdict = Option<(Wire, &'static str)>;

/// Formats of numbers, by what they can hold. No format means 64 bits.
fn numeric_format(old: Option<&str>, new: Option<&str>) -> (&'static Rule, Verdict) {
    let width = |format: Option<&str>| match format {
        Some("int8" | "uint8") => Some(8),
        Some("int16" | "uint16") => Some(16),
        Some("int32" | "uint32" | "float") => Some(32),
        None | Some("int64" | "uint64" | "double") => Some(64),
        Some(_) => None,
    };
    match (width(old), width(new)) {
        (Some(old), Some(new)) if old < new => (&kinds::FORMAT_WIDENED, None),
        (Some(old), Some(new)) if old > new => (&kinds::FORMAT_NARROWED, None),
        (Some(64), Some(64)) if old.is_none() => {
            (&kinds::FORMAT_NARROWED, Some((Wire::None, "64 bits are what no format means")))
        }
        (Some(64), Some(64)) if new.is_none() => {
            (&kinds::FORMAT_WIDENED, Some((Wire::None, "64 bits are what no format means")))
        }
        _ => (&kinds::FORMAT_CHANGED, None),
    }
}

/// Formats of strings, by whether the client parses them. A verdict other than none is one for
/// responses.
fn text_format(old: Option<&str>, new: Option<&str>) -> (&'static Rule, Verdict) {
    let says_nothing =
        |format: Option<&str>| format.is_none_or(|format| ANNOTATIONS.contains(&format));
    let is_parsed = |format: Option<&str>| format.is_some_and(|format| PARSED.contains(&format));
    let rule = match (old, new) {
        (None, Some(_)) => &kinds::FORMAT_NARROWED,
        (Some(_), None) => &kinds::FORMAT_WIDENED,
        _ => &kinds::FORMAT_CHANGED,
    };
    let verdict = if says_nothing(old) && says_nothing(new) {
        Some((Wire::None, "the format only says how to treat the text"))
    } else if old == Some("date-time") {
        Some((Wire::Compatible, "a time that cannot be read is kept as its text"))
    } else if !is_parsed(old) {
        Some((Wire::Compatible, "programs read it as text"))
    } else {
        None
    };
    (rule, verdict)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::PARSED;
    use crate::{drift::source::generate, prepare::prepare};

    /// The Rust type of a string of that format, with all that is generated around it.
    fn generated(format: &str) -> String {
        let day = json!({"type": "string", "format": format});
        let thing = json!({"type": "object", "properties": {"day": day}});
        let content =
            json!({"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}});
        let get = json!({"operationId": "get_thing", "responses": {"200": {"description": "OK", "content": content}}});
        let document = json!({
            "openapi": "3.0.3",
            "info": {"title": "Made up", "version": "1"},
            "paths": {"/thing": {"get": get}},
            "components": {"schemas": {"Thing": thing}},
        });
        let prepared = prepare(document, None).unwrap().document;
        let source = prettyplease::unparse(&generate(&prepared).unwrap());
        source.replace(&format!("\"{format}\""), "(the format)")
    }

    #[test]
    fn formats_that_are_parsed_have_a_type_and_others_are_text() {
        for format in PARSED {
            assert_ne!(generated(format), generated("hostname"), "{format}");
        }
        for format in ["uuid", "date", "byte", "email", "uri", "time"] {
            assert_eq!(generated(format), generated("hostname"), "{format}");
        }
    }
}
