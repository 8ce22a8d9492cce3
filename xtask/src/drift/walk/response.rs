//! Responses: statuses, bodies, headers, links.

use super::{Pair, Walk, body::MediaRules, schema::Slot};
use crate::drift::{
    document::{Node, Operation},
    finding::{At, Change, Place},
    kind::{Rule, body as kinds, operation as operation_kinds, schema as schema_kinds},
    verdict::{Direction, Wire},
};

const ERROR_BODY: &str = "a failure is read whatever its body is";

impl<'a> Walk<'a> {
    pub(super) fn responses(&mut self, base: &Operation<'a>, revision: &Operation<'a>, at: At) {
        let at = At { direction: Some(Direction::Response), ..at };
        let (old, new) = (responses_of(&base.node), responses_of(&revision.node));
        for (status, base) in &old {
            match new.iter().find(|(other, _)| other == status) {
                Some((_, revision)) => {
                    let pair = Pair { base: base.clone(), revision: revision.clone() };
                    let pair = self.resolved(pair);
                    self.response(status, pair, at);
                }
                None => self.status_removed(status, base, &new, at),
            }
        }
        for (status, revision) in &new {
            if !old.iter().any(|(other, _)| other == status) {
                let rule = by_status(
                    status,
                    [
                        &kinds::SUCCESS_STATUS_ADDED,
                        &kinds::ERROR_STATUS_ADDED,
                        &kinds::DEFAULT_RESPONSE_ADDED,
                    ],
                );
                let change =
                    Change::new(rule, Place::revision(&revision.pointer), listed(status, "added"));
                self.record(at, change.subject(*status));
            }
        }
        if let (Some(base), Some(revision)) =
            (base.node.child("responses"), revision.node.child("responses"))
        {
            let statuses: Vec<&str> = old.iter().chain(&new).map(|(status, _)| *status).collect();
            self.other_keywords(&base, &revision, &statuses, at);
        }
    }

    fn status_removed(&mut self, status: &str, base: &Node<'a>, left: &[(&str, Node<'a>)], at: At) {
        let rule = by_status(
            status,
            [
                &kinds::SUCCESS_STATUS_REMOVED,
                &kinds::ERROR_STATUS_REMOVED,
                &kinds::DEFAULT_RESPONSE_REMOVED,
            ],
        );
        let was_last = is_success(status) && !left.iter().any(|(other, _)| is_success(other));
        let none_left =
            was_last.then_some((Wire::Breaking, "no success that programs know is left"));
        let change = Change::new(rule, Place::base(&base.pointer), listed(status, "removed"));
        self.record(at, change.subject(status).maybe(none_left));
    }

    fn response(&mut self, status: &str, pair: Pair<'a>, at: At) {
        let Pair { base, revision } = &pair;
        let has_content = |node: &Node<'a>| {
            node.child("content").is_some_and(|content| !content.entries().is_empty())
        };
        let place = Place::both(&base.pointer, &revision.pointer);
        let harmless = (!is_success(status)).then_some((Wire::Compatible, ERROR_BODY));
        match (has_content(base), has_content(revision)) {
            (true, true) => {
                let rules = MediaRules {
                    added: &kinds::RESPONSE_MEDIA_TYPE_ADDED,
                    removed: &kinds::RESPONSE_MEDIA_TYPE_REMOVED,
                    removal: harmless,
                };
                self.content(pair.clone(), &rules, at);
            }
            (false, true) => {
                let what = format!("response {status} gets a body");
                self.record(at, Change::new(&kinds::RESPONSE_BODY_ADDED, place.clone(), what));
            }
            (true, false) => {
                let what = format!("response {status} has no body any more");
                let change = Change::new(&kinds::RESPONSE_BODY_REMOVED, place.clone(), what);
                self.record(at, change.maybe(harmless));
            }
            (false, false) => {}
        }
        self.headers(base, revision, at);
        if base.value.get("links") != revision.value.get("links") {
            let what = format!("the links of response {status} changed");
            self.record(at, Change::new(&operation_kinds::LINK_CHANGED, place, what));
        }
        self.other_keywords(base, revision, &["$ref", "content", "headers", "links"], at);
    }

    fn headers(&mut self, base: &Node<'a>, revision: &Node<'a>, at: At) {
        let (old, new) = (headers_of(base), headers_of(revision));
        for (name, base) in &old {
            match new.iter().find(|(other, _)| other == name) {
                Some((_, revision)) => {
                    let pair = Pair { base: base.clone(), revision: revision.clone() };
                    let pair = self.resolved(pair);
                    self.header(name, pair, at);
                }
                None => {
                    let place = Place::base(&base.pointer);
                    let change = Change::new(
                        &kinds::RESPONSE_HEADER_REMOVED,
                        place,
                        format!("header `{name}` removed"),
                    );
                    self.record(at, change.subject(name));
                }
            }
        }
        for (name, revision) in &new {
            if !old.iter().any(|(other, _)| other == name) {
                let place = Place::revision(&revision.pointer);
                let change = Change::new(
                    &kinds::RESPONSE_HEADER_ADDED,
                    place,
                    format!("header `{name}` added"),
                );
                self.record(at, change.subject(name));
            }
        }
    }

    fn header(&mut self, name: &str, pair: Pair<'a>, at: At) {
        let Pair { base, revision } = &pair;
        let place = Place::both(&base.pointer, &revision.pointer);
        let say = |rule: &'static Rule, what: &str| {
            Change::new(rule, place.clone(), format!("header `{name}` {what}")).subject(name)
        };
        let is_required = |node: &Node<'a>| node.flag("required").unwrap_or(false);
        match (is_required(base), is_required(revision)) {
            (false, true) => {
                self.record(at, say(&kinds::RESPONSE_HEADER_BECAME_REQUIRED, "became required"))
            }
            (true, false) => {
                self.record(at, say(&kinds::RESPONSE_HEADER_BECAME_OPTIONAL, "became optional"))
            }
            _ => {}
        }
        let form = ["style", "explode", "content"];
        if form.iter().any(|key| base.value.get(*key) != revision.value.get(*key)) {
            self.record(
                at,
                say(&kinds::RESPONSE_HEADER_FORM_CHANGED, "is written in another form"),
            );
        }
        match (base.child("schema"), revision.child("schema")) {
            (Some(base), Some(revision)) => self.schema(Pair { base, revision }, at, Slot::Alone),
            (None, Some(_)) => {
                self.record(at, say(&schema_kinds::SCHEMA_SPECIFIED, "gets a schema"))
            }
            (Some(_), None) => {
                self.record(at, say(&schema_kinds::SCHEMA_UNSPECIFIED, "has no schema any more"))
            }
            (None, None) => {}
        }
        let compared = ["$ref", "required", "schema", "style", "explode", "content"];
        self.other_keywords(base, revision, &compared, at);
    }
}

fn responses_of<'a>(operation: &Node<'a>) -> Vec<(&'a str, Node<'a>)> {
    let mut responses = operation.child("responses").map(|node| node.entries()).unwrap_or_default();
    responses.retain(|(status, _)| !status.starts_with("x-"));
    responses
}

/// The headers of a response; their names know no case, and `Content-Type` says nothing here.
fn headers_of<'a>(response: &Node<'a>) -> Vec<(String, Node<'a>)> {
    let headers = response.child("headers").map(|node| node.entries()).unwrap_or_default();
    headers
        .into_iter()
        .map(|(name, node)| (name.to_lowercase(), node))
        .filter(|(name, _)| name != "content-type")
        .collect()
}

fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

/// The kind for a success, an error or the default response.
fn by_status(status: &str, [success, error, default]: [&'static Rule; 3]) -> &'static Rule {
    match status {
        "default" => default,
        _ if is_success(status) => success,
        _ => error,
    }
}

fn listed(status: &str, verb: &str) -> String {
    format!("response {status} {verb}")
}
