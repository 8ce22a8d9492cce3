//! Parameters: of the path item and of the operation, matched by location and name, those of the
//! path by their position.

use super::{Pair, Walk, operation::has_moved};
use crate::drift::{
    document::{Document, Node, Operation},
    finding::{At, Change, Place, Slot},
    kind::{Rule, parameter as kinds, schema as schema_kinds},
    verdict::{Direction, Wire},
};

/// The keywords of a parameter that are compared by themselves.
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

/// A parameter with what tells it from others.
#[derive(Clone)]
struct Parameter<'a> {
    node: Node<'a>,
    name: &'a str,
    location: &'a str,
    /// Its name, or its position in the path; header names know no case.
    key: String,
}

impl<'a> Parameter<'a> {
    fn is_required(&self) -> bool {
        self.location == "path" || self.node.flag("required").unwrap_or(false)
    }

    fn style(&self) -> &'a str {
        let usual = if matches!(self.location, "query" | "cookie") { "form" } else { "simple" };
        self.node.text("style").unwrap_or(usual)
    }

    fn explodes(&self) -> bool {
        self.node.flag("explode").unwrap_or(self.style() == "form")
    }

    fn title(&self) -> String {
        format!("{} parameter `{}`", self.location, self.name)
    }
}

impl<'a> Walk<'a> {
    pub(super) fn parameters(&mut self, base: &Operation<'a>, revision: &Operation<'a>, at: At) {
        let at = At { direction: Some(Direction::Request), ..at };
        let mut old = parameters_of(self.base, base);
        let mut new = parameters_of(self.revision, revision);
        if has_moved(base, revision) {
            // The parameters of a path go with it: the move says it all.
            old.retain(|parameter| parameter.location != "path");
            new.retain(|parameter| parameter.location != "path");
        }
        for (base, revision) in take_pairs(&mut old, &mut new, |parameter| {
            (parameter.location.to_owned(), parameter.key.clone())
        }) {
            self.parameter(&base, &revision, at);
        }
        for (base, revision) in take_pairs(&mut old, &mut new, |parameter| {
            (String::new(), parameter.name.to_lowercase())
        }) {
            self.moved_parameter(&base, &revision, at);
        }
        for parameter in &old {
            let rules = (&kinds::REQUIRED_PARAMETER_REMOVED, &kinds::OPTIONAL_PARAMETER_REMOVED);
            self.lone_parameter(
                parameter,
                rules,
                Place::base(&parameter.node.pointer),
                "removed",
                at,
            );
        }
        for parameter in &new {
            let rules = (&kinds::REQUIRED_PARAMETER_ADDED, &kinds::OPTIONAL_PARAMETER_ADDED);
            let place = Place::revision(&parameter.node.pointer);
            self.lone_parameter(parameter, rules, place, "added", at);
        }
    }

    fn lone_parameter(
        &mut self,
        parameter: &Parameter<'a>,
        (required, optional): (&'static Rule, &'static Rule),
        place: Place,
        verb: &str,
        at: At,
    ) {
        let rule = if parameter.is_required() { required } else { optional };
        let what = format!("{} {verb}", parameter.title());
        self.record(at, Change::new(rule, place, what).subject(parameter.name));
    }

    fn moved_parameter(&mut self, base: &Parameter<'a>, revision: &Parameter<'a>, at: At) {
        let place = Place::both(&base.node.pointer, &revision.node.pointer);
        let what = format!("{} moves to {}", base.title(), revision.location);
        let change = Change::new(&kinds::PARAMETER_LOCATION_CHANGED, place, what);
        self.record(at, change.subject(revision.name));
        self.parameter(base, revision, at);
    }

    fn parameter(&mut self, base: &Parameter<'a>, revision: &Parameter<'a>, at: At) {
        let place = Place::both(&base.node.pointer, &revision.node.pointer);
        let title = revision.title();
        let say = |rule: &'static Rule, what: String| {
            Change::new(rule, place.clone(), what).subject(revision.name)
        };
        if base.location == "path" && revision.location == "path" && base.name != revision.name {
            let what = format!("{} becomes `{}`", base.title(), revision.name);
            self.record(at, say(&kinds::PATH_PARAMETER_RENAMED, what));
        }
        match (base.is_required(), revision.is_required()) {
            (false, true) => {
                self.record(
                    at,
                    say(&kinds::PARAMETER_BECAME_REQUIRED, format!("{title} became required")),
                );
            }
            (true, false) => {
                self.record(
                    at,
                    say(&kinds::PARAMETER_BECAME_OPTIONAL, format!("{title} became optional")),
                );
            }
            _ => {}
        }
        for change in form_changes(base, revision, self.are_scalars(base, revision)) {
            self.record(at, say(change.0, format!("{title}: {}", change.1)).maybe(change.2));
        }
        self.parameter_schema(base, revision, at);
        self.other_keywords(&base.node, &revision.node, &COMPARED, at);
    }

    fn are_scalars(&self, base: &Parameter<'a>, revision: &Parameter<'a>) -> bool {
        is_scalar(self.base, base) && is_scalar(self.revision, revision)
    }

    /// A parameter has a schema, or content with a single media type.
    fn parameter_schema(&mut self, base: &Parameter<'a>, revision: &Parameter<'a>, at: At) {
        let place = Place::both(&base.node.pointer, &revision.node.pointer);
        let slot = if base.is_required() { Slot::Required } else { Slot::Optional };
        match (schema_of(&base.node), schema_of(&revision.node)) {
            ((old, Some(base)), (new, Some(revision))) if old == new => {
                self.schema(Pair { base, revision }, at, slot);
            }
            ((None, None), (None, Some(_))) => {
                let what = format!("{} gets a schema", revision.title());
                self.record(at, Change::new(&schema_kinds::SCHEMA_SPECIFIED, place, what));
            }
            ((None, Some(_)), (None, None)) => {
                let what = format!("{} has no schema any more", revision.title());
                self.record(at, Change::new(&schema_kinds::SCHEMA_UNSPECIFIED, place, what));
            }
            ((old, _), (new, _)) if old != new => {
                let form = |media: Option<&str>| media.unwrap_or("a plain value").to_owned();
                let what = format!("{}: {} becomes {}", revision.title(), form(old), form(new));
                let change = Change::new(&kinds::PARAMETER_CONTENT_CHANGED, place, what);
                self.record(at, change.subject(revision.name));
            }
            _ => {}
        }
    }
}

/// A change of how a parameter is written: kind, sentence, and verdict where it is not the usual one.
type FormChange = (&'static Rule, String, Option<(Wire, &'static str)>);

/// Changes of how a parameter is written.
fn form_changes(
    base: &Parameter<'_>,
    revision: &Parameter<'_>,
    is_scalar: bool,
) -> Vec<FormChange> {
    let mut changes = Vec::new();
    let flag = |parameter: &Parameter<'_>, key: &str| parameter.node.flag(key).unwrap_or(false);
    if base.location == revision.location && base.style() != revision.style() {
        let what = format!("style `{}` becomes `{}`", base.style(), revision.style());
        changes.push((&kinds::PARAMETER_STYLE_CHANGED, what, None));
    } else if base.location == revision.location && base.explodes() != revision.explodes() {
        let what = format!("explode becomes {}", revision.explodes());
        let same_text =
            is_scalar.then_some((Wire::Compatible, "a single value is written the same way"));
        changes.push((&kinds::PARAMETER_EXPLODE_CHANGED, what, same_text));
    }
    if flag(base, "allowReserved") != flag(revision, "allowReserved") {
        let what = format!("allowReserved becomes {}", flag(revision, "allowReserved"));
        changes.push((&kinds::PARAMETER_ALLOW_RESERVED_CHANGED, what, None));
    }
    match (flag(base, "allowEmptyValue"), flag(revision, "allowEmptyValue")) {
        (false, true) => {
            changes.push((&kinds::PARAMETER_EMPTY_VALUE_ALLOWED, "may be empty".to_owned(), None));
        }
        (true, false) => {
            changes.push((
                &kinds::PARAMETER_EMPTY_VALUE_REFUSED,
                "may not be empty".to_owned(),
                None,
            ));
        }
        _ => {}
    }
    match (flag(base, "deprecated"), flag(revision, "deprecated")) {
        (false, true) => {
            changes.push((&kinds::PARAMETER_DEPRECATED, "deprecated".to_owned(), None))
        }
        (true, false) => {
            changes.push((&kinds::PARAMETER_UNDEPRECATED, "no longer deprecated".to_owned(), None));
        }
        _ => {}
    }
    changes
}

/// The parameters that hold for an operation: its own come before those of the path item.
fn parameters_of<'a>(document: Document<'a>, operation: &Operation<'a>) -> Vec<Parameter<'a>> {
    let positions = operation.path_parameters();
    let mut found: Vec<Parameter<'a>> = Vec::new();
    for owner in [&operation.node, &operation.item] {
        let nodes = owner.child("parameters").map(|list| list.items()).unwrap_or_default();
        for node in nodes {
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
            if !found.iter().any(|other| other.location == location && other.key == key) {
                found.push(Parameter { node, name, location, key });
            }
        }
    }
    found
}

fn schema_of<'a>(node: &Node<'a>) -> (Option<&'a str>, Option<Node<'a>>) {
    let content = node.child("content").and_then(|content| content.entries().into_iter().next());
    match content {
        Some((media, node)) => (Some(media), node.child("schema")),
        None => (None, node.child("schema")),
    }
}

fn is_scalar(document: Document<'_>, parameter: &Parameter<'_>) -> bool {
    let schema = schema_of(&parameter.node).1.map(|schema| document.resolve(schema));
    let kind = schema.as_ref().and_then(|schema| schema.text("type"));
    matches!(kind, Some("string" | "integer" | "number" | "boolean"))
}

/// Takes out of both lists those whose key is the same.
fn take_pairs<'a, K: PartialEq>(
    old: &mut Vec<Parameter<'a>>,
    new: &mut Vec<Parameter<'a>>,
    key: impl Fn(&Parameter<'a>) -> K,
) -> Vec<(Parameter<'a>, Parameter<'a>)> {
    let mut pairs = Vec::new();
    old.retain(|parameter| {
        let position = new.iter().position(|other| key(other) == key(parameter));
        let Some(position) = position else { return true };
        pairs.push((parameter.clone(), new.remove(position)));
        false
    });
    pairs
}
