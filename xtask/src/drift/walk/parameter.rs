//! Parameters of an operation and its path item, matched by location and name; path parameters are
//! matched by position.

use std::collections::HashSet;
use std::hash::Hash;

use indexmap::IndexMap;

use super::{
    Existence, Pair, Walk,
    flag::{Flag, PARAMETER_FLAGS, PARAMETER_REQUIRED, Thing, Toggle},
    flatten::Flat,
    media,
    operation::has_moved,
};
use crate::drift::{
    document::{Document, Node, Operation},
    finding::{At, Change, Judgement, Slot, Spot, Verdict},
    kind::{Rule, parameter as kinds, schema as schema_kinds},
    verdict::{Direction, Wire},
};

static REQUIRED: Existence = Existence {
    added: &kinds::REQUIRED_PARAMETER_ADDED,
    removed: &kinds::REQUIRED_PARAMETER_REMOVED,
};
static OPTIONAL: Existence = Existence {
    added: &kinds::OPTIONAL_PARAMETER_ADDED,
    removed: &kinds::OPTIONAL_PARAMETER_REMOVED,
};

const SAME_TEXT: Judgement = (Wire::Compatible, "both forms give the same text");

const DEEP_OBJECT: &str = "deepObject";

/// The header parameters that OpenAPI ignores: other parts of the document define these headers.
const IGNORED_HEADERS: [&str; 3] = ["accept", "authorization", "content-type"];

/// The keywords of a parameter with specific rules.
const COMPARED: [&str; 11] = [
    "$ref",
    "name",
    "in",
    "required",
    "deprecated",
    "schema",
    "content",
    "style",
    "explode",
    "allowReserved",
    "allowEmptyValue",
];

/// A parameter with the key that identifies it.
#[derive(Clone)]
pub(super) struct Parameter<'a> {
    pub(super) node: Node<'a>,
    pub(super) name: &'a str,
    location: &'a str,
    /// The name, in lower case for a header; the position for a path parameter.
    key: String,
}

impl<'a> Parameter<'a> {
    pub(super) fn is_in_path(&self) -> bool {
        self.location == "path"
    }

    fn is_required(&self) -> bool {
        self.is_in_path() || self.node.flag("required")
    }

    fn style(&self) -> &'a str {
        let usual = if matches!(self.location, "query" | "cookie") { "form" } else { "simple" };
        self.node.text("style").unwrap_or(usual)
    }

    /// Returns whether values are serialized separately; always for `deepObject`, which has one form.
    fn explodes(&self) -> bool {
        if self.style() == DEEP_OBJECT {
            return true;
        }
        let is_usual = || self.style() == "form";
        self.node.get("explode").and_then(|flag| flag.as_bool()).unwrap_or_else(is_usual)
    }

    fn title(&self) -> String {
        format!("{} parameter `{}`", self.location, self.name)
    }

    fn existence(&self) -> &'static Existence {
        if self.is_required() { &REQUIRED } else { &OPTIONAL }
    }
}

/// A parameter in both documents.
struct Both<'a> {
    base: Parameter<'a>,
    revision: Parameter<'a>,
}

impl<'a> Both<'a> {
    fn spot(&self) -> Spot<'a> {
        Spot::both(&self.base.node, &self.revision.node)
    }

    fn change(&self, rule: &'static Rule, what: String, verdict: Verdict) -> Change<'a> {
        Change::new(rule, self.spot(), what).subject(self.revision.name).maybe(verdict)
    }
}

impl<'a> Walk<'_, 'a> {
    pub(super) fn parameters(&mut self, base: &Operation<'a>, revision: &Operation<'a>, at: At) {
        if base.path == revision.path && self.have_same_parameters(base, revision) {
            return;
        }
        let at = at.going(Direction::Request);
        let mut old = parameters_of(self.base, base);
        let mut new = parameters_of(self.revision, revision);
        if has_moved(base, revision) {
            // A moved operation implies other path parameters.
            old.retain(|parameter| !parameter.is_in_path());
            new.retain(|parameter| !parameter.is_in_path());
        } else {
            self.path_names((base, &old), (revision, &new), at);
        }
        let in_place = |parameter: &Parameter<'a>| (parameter.location, parameter.key.clone());
        for both in take_pairs(&mut old, &mut new, in_place) {
            self.parameter(&both, at);
        }
        for both in take_pairs(&mut old, &mut new, |parameter| parameter.name.to_lowercase()) {
            self.moved_parameter(&both, at);
        }
        for parameter in &old {
            let what = format!("{} removed", parameter.title());
            let change =
                Change::new(parameter.existence().removed, Spot::base(&parameter.node), what);
            self.record(at, change.subject(parameter.name));
        }
        for parameter in &new {
            let what = format!("{} added", parameter.title());
            let change =
                Change::new(parameter.existence().added, Spot::revision(&parameter.node), what);
            self.record(at, change.subject(parameter.name));
        }
    }

    fn have_same_parameters(&self, base: &Operation<'a>, revision: &Operation<'a>) -> bool {
        [(&base.node, &revision.node), (&base.item, &revision.item)].iter().all(|(old, new)| {
            self.are_same(old.child("parameters").as_ref(), new.child("parameters").as_ref())
        })
    }

    fn moved_parameter(&mut self, both: &Both<'a>, at: At) {
        let what = format!("{} moved to {}", both.base.title(), both.revision.location);
        self.record(at, both.change(&kinds::PARAMETER_LOCATION_CHANGED, what, None));
        self.parameter(both, at);
    }

    fn parameter(&mut self, both: &Both<'a>, at: At) {
        let Both { base, revision } = both;
        let title = revision.title();
        let toggle = Toggle { old: base.is_required(), new: revision.is_required() };
        self.parameter_flag(&PARAMETER_REQUIRED, toggle, &format!("{title} "), both, at);
        self.form(both, at);
        for flag in &PARAMETER_FLAGS {
            let is_set = |parameter: &Parameter<'a>| parameter.node.flag(flag.keyword);
            let toggle = Toggle { old: is_set(base), new: is_set(revision) };
            self.parameter_flag(flag, toggle, &format!("{title}: "), both, at);
        }
        self.parameter_schema(both, at);
        self.other_keywords(&base.node, &revision.node, &COMPARED, at);
    }

    fn parameter_flag(
        &mut self,
        flag: &Flag,
        toggle: Toggle,
        prefix: &str,
        both: &Both<'a>,
        at: At,
    ) {
        let subject = both.revision.name;
        self.flag(flag, toggle, Thing { spot: both.spot(), prefix, subject, verdict: None }, at);
    }

    /// Compares the serialization of a parameter.
    fn form(&mut self, both: &Both<'a>, at: At) {
        let Both { base, revision } = both;
        if base.location != revision.location {
            return;
        }
        let title = revision.title();
        if base.style() != revision.style() {
            let what =
                format!("{title}: style changes from `{}` to `{}`", base.style(), revision.style());
            self.record(at, both.change(&kinds::PARAMETER_STYLE_CHANGED, what, None));
        } else if base.explodes() != revision.explodes() {
            let (old, new) = (base.explodes(), revision.explodes());
            let what = format!("{title}: explode changes from {old} to {new}");
            let is_same = has_one_form(self.base, base) && has_one_form(self.revision, revision);
            let verdict = is_same.then_some(SAME_TEXT);
            self.record(at, both.change(&kinds::PARAMETER_EXPLODE_CHANGED, what, verdict));
        }
    }

    /// Compares the schema, or the content with its single media type.
    fn parameter_schema(&mut self, both: &Both<'a>, at: At) {
        let Both { base, revision } = both;
        let slot = if base.is_required() { Slot::Required } else { Slot::Optional };
        let (old, new) = (Content::of(&base.node), Content::of(&revision.node));
        let title = revision.title();
        if old.identity() != new.identity() {
            let what = format!("{title}: content changes from {} to {}", old.title(), new.title());
            return self.record(at, both.change(&kinds::PARAMETER_CONTENT_CHANGED, what, None));
        }
        let (rule, what) = match (old.schema, new.schema) {
            (Some(base), Some(revision)) => {
                return self.schema(Pair { base, revision }, at, slot);
            }
            (None, Some(_)) => (&schema_kinds::SCHEMA_SPECIFIED, "schema added"),
            (Some(_), None) => (&schema_kinds::SCHEMA_UNSPECIFIED, "schema removed"),
            (None, None) => return,
        };
        self.record(at, Change::new(rule, both.spot(), format!("{title}: {what}")));
    }
}

/// The content of a parameter.
struct Content<'a> {
    /// The media type; `None` for a plain value.
    media: Option<&'a str>,
    schema: Option<Node<'a>>,
}

impl<'a> Content<'a> {
    fn of(parameter: &Node<'a>) -> Self {
        match parameter.child("content").and_then(|content| content.entries().next()) {
            Some((media, node)) => Self { media: Some(media), schema: node.child("schema") },
            None => Self { media: None, schema: parameter.child("schema") },
        }
    }

    fn identity(&self) -> Option<String> {
        self.media.map(media::identity)
    }

    fn title(&self) -> &'a str {
        self.media.unwrap_or("a plain value")
    }
}

/// Returns the parameters of an operation; its own override those of the path item.
fn parameters_of<'a>(document: &Document<'a>, operation: &Operation<'a>) -> Vec<Parameter<'a>> {
    let positions = operation.path_parameters();
    let mut found: Vec<Parameter<'a>> = Vec::new();
    let mut known = HashSet::new();
    for owner in [&operation.node, &operation.item] {
        for node in owner.child("parameters").into_iter().flat_map(|list| list.items()) {
            let node = document.resolve(node);
            let (Some(name), Some(location)) = (node.text("name"), node.text("in")) else {
                continue;
            };
            let position = positions.iter().position(|position| *position == name);
            let key = match (location, position) {
                ("path", Some(position)) => position.to_string(),
                ("header", _) => name.to_lowercase(),
                _ => name.to_owned(),
            };
            let is_ignored = location == "header" && IGNORED_HEADERS.contains(&&key[..]);
            if !is_ignored && known.insert((location, key.clone())) {
                found.push(Parameter { node, name, location, key });
            }
        }
    }
    found
}

/// Returns whether a parameter is serialized the same way with and without `explode`.
fn has_one_form<'a>(document: &Document<'a>, parameter: &Parameter<'a>) -> bool {
    let flat = Content::of(&parameter.node).schema.map(|schema| Flat::of(document, &schema));
    match flat.as_ref().filter(|flat| !flat.is_choice()).and_then(Flat::kind) {
        Some("string" | "integer" | "number" | "boolean") => true,
        Some("array") => parameter.style() == "simple",
        _ => false,
    }
}

/// Removes the parameters with equal keys from both lists and returns them as pairs.
fn take_pairs<'a, K: Eq + Hash>(
    old: &mut Vec<Parameter<'a>>,
    new: &mut Vec<Parameter<'a>>,
    key: impl Fn(&Parameter<'a>) -> K,
) -> Vec<Both<'a>> {
    let mut by_key: IndexMap<K, Vec<Parameter<'a>>> = IndexMap::new();
    for parameter in old.drain(..) {
        by_key.entry(key(&parameter)).or_default().push(parameter);
    }
    let mut pairs = Vec::new();
    new.retain(|revision| {
        let found = by_key
            .get_mut(&key(revision))
            .and_then(|list| (!list.is_empty()).then(|| list.remove(0)));
        let Some(base) = found else { return true };
        pairs.push(Both { base, revision: revision.clone() });
        false
    });
    old.extend(by_key.into_values().flatten());
    pairs
}
