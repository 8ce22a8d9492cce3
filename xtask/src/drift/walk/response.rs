//! Responses: statuses, bodies, headers, links.

use super::{
    Pair, Walk,
    body::{MediaRules, media_types},
    media::Use,
};
use crate::drift::{
    document::{Document, Node, Operation},
    finding::{At, Change, Place, Slot},
    kind::{Rule, body as kinds, operation as operation_kinds, schema as schema_kinds},
    verdict::{Direction, Wire},
};
use crate::media_type::is_json;

const FAILURE: &str = "every failure is read as a typed error, whatever it holds";

/// A status, or a range of them, with what is answered.
struct Answer<'a> {
    status: &'a str,
    node: Node<'a>,
    is_success: bool,
    /// What programs read of it.
    used: Use,
}

impl Answer<'_> {
    /// Whether both stand for the same statuses. Alone, `default` is any success.
    fn is_same(&self, other: &Self) -> bool {
        let is_any = |one: &Self| one.is_success && matches!(one.status, "2XX" | "default");
        self.is_success == other.is_success
            && (self.status == other.status || (is_any(self) && is_any(other)))
    }

    /// Whether programs that know this one know the other too.
    fn covers(&self, other: &Self) -> bool {
        let class = |status: &str| status.chars().next();
        let is_range = self.status.ends_with("XX");
        self.is_same(other)
            || (is_range && class(self.status) == class(other.status))
            || (self.status == "default" && self.is_success && other.is_success)
    }
}

impl<'a> Walk<'a> {
    pub(super) fn responses(&mut self, base: &Operation<'a>, revision: &Operation<'a>, at: At) {
        let at = At { direction: Some(Direction::Response), ..at };
        let (old, new) = (answers(self.base, &base.node), answers(self.revision, &revision.node));
        for base in &old {
            match new.iter().find(|other| base.is_same(other)) {
                Some(revision) => self.response(base, revision, at),
                None => self.lone_answer(base, &old, &new, at),
            }
        }
        for revision in new.iter().filter(|one| !old.iter().any(|other| one.is_same(other))) {
            match old.iter().find(|other| other.covers(revision)) {
                Some(base) => self.response(base, revision, at),
                None => self.status_added(revision, &old, at),
            }
        }
        if let (Some(base), Some(revision)) =
            (base.node.child("responses"), revision.node.child("responses"))
        {
            let statuses: Vec<&str> = old.iter().chain(&new).map(|one| one.status).collect();
            self.other_keywords(&base, &revision, &statuses, at);
        }
    }

    /// An answer that the revision does not list as it stands: it may have become part of a range.
    fn lone_answer(&mut self, base: &Answer<'a>, old: &[Answer<'a>], new: &[Answer<'a>], at: At) {
        if let Some(revision) = new.iter().find(|other| other.covers(base)) {
            self.response(base, revision, at);
        } else if !new.iter().any(|other| other.status == base.status) {
            self.status_removed(base, old, new, at);
        }
    }

    fn status_added(&mut self, revision: &Answer<'a>, old: &[Answer<'a>], at: At) {
        if old.iter().any(|other| other.status == revision.status) {
            return;
        }
        let rule = by_status(
            revision,
            [
                &kinds::SUCCESS_STATUS_ADDED,
                &kinds::ERROR_STATUS_ADDED,
                &kinds::DEFAULT_RESPONSE_ADDED,
            ],
        );
        let place = Place::revision(&revision.node.pointer);
        let change = Change::new(rule, place, listed(revision.status, "added"));
        self.record(at, change.subject(revision.status));
    }

    fn status_removed(
        &mut self,
        base: &Answer<'a>,
        old: &[Answer<'a>],
        new: &[Answer<'a>],
        at: At,
    ) {
        let rule = by_status(
            base,
            [
                &kinds::SUCCESS_STATUS_REMOVED,
                &kinds::ERROR_STATUS_REMOVED,
                &kinds::DEFAULT_RESPONSE_REMOVED,
            ],
        );
        let is_known = |one: &&Answer<'a>| old.iter().any(|other| other.covers(one));
        let was_last =
            base.is_success && !new.iter().filter(is_known).any(|known| known.is_success);
        let none_left =
            was_last.then_some((Wire::Breaking, "no success that programs know is left"));
        let place = Place::base(&base.node.pointer);
        let change = Change::new(rule, place, listed(base.status, "removed"));
        self.record(at, change.subject(base.status).maybe(none_left));
    }

    fn response(&mut self, base: &Answer<'a>, revision: &Answer<'a>, at: At) {
        let status = base.status;
        let (used, failure) = (base.used, (!base.is_success).then_some(FAILURE));
        let pair = self.resolved(Pair { base: base.node.clone(), revision: revision.node.clone() });
        let Pair { base, revision } = &pair;
        let media = media_types(base);
        let all: Vec<&str> = media.iter().map(|(media, _)| media.as_str()).collect();
        let at = At { harmless: failure.or_else(|| used.passed_over(&all)), ..at };
        let has_content = |node: &Node<'a>| {
            node.child("content").is_some_and(|content| !content.entries().is_empty())
        };
        let place = Place::both(&base.pointer, &revision.pointer);
        match (has_content(base), has_content(revision)) {
            (true, true) => {
                let rules = MediaRules {
                    added: &kinds::RESPONSE_MEDIA_TYPE_ADDED,
                    removed: &kinds::RESPONSE_MEDIA_TYPE_REMOVED,
                };
                self.content(pair.clone(), &rules, used, at);
            }
            (false, true) => {
                let what = format!("response {status} gets a body");
                self.record(at, Change::new(&kinds::RESPONSE_BODY_ADDED, place.clone(), what));
            }
            (true, false) => {
                let what = format!("response {status} has no body any more");
                self.record(at, Change::new(&kinds::RESPONSE_BODY_REMOVED, place.clone(), what));
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

fn answers<'a>(document: Document<'a>, operation: &Node<'a>) -> Vec<Answer<'a>> {
    let mut responses = operation.child("responses").map(|node| node.entries()).unwrap_or_default();
    responses.retain(|(status, _)| !status.starts_with("x-"));
    let has_success = responses.iter().any(|(status, _)| status.starts_with('2'));
    let is_success =
        |status: &str| status.starts_with('2') || (status == "default" && !has_success);
    let mut successes = responses.iter().filter(|(status, _)| is_success(status));
    let has_json = |node: &Node<'a>| {
        media_types(&document.resolve(node.clone())).iter().any(|(media, _)| is_json(media))
    };
    let used = Use::Read { json: successes.any(|(_, node)| has_json(node)) };
    let answer = |(status, node): (&'a str, Node<'a>)| Answer {
        status,
        node,
        is_success: is_success(status),
        used,
    };
    responses.into_iter().map(answer).collect()
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

/// The kind for a success, an error or the default response.
fn by_status(answer: &Answer<'_>, [success, error, default]: [&'static Rule; 3]) -> &'static Rule {
    match answer.status {
        "default" => default,
        _ if answer.is_success => success,
        _ => error,
    }
}

fn listed(status: &str, verb: &str) -> String {
    format!("response {status} {verb}")
}
