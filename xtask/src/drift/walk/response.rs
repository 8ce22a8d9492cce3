//! Responses: statuses, bodies, headers, links.

use indexmap::IndexMap;

use super::{
    Existence, Pair, Walk, are_alike,
    flag::{HEADER_REQUIRED, Thing, Toggle},
    media::{Use, media_types},
};
use crate::drift::{
    document::{Document, Node, Operation},
    finding::{At, Change, Judgement, Limit, Spot},
    kind::{body as kinds, operation as operation_kinds},
    verdict::{Direction, Wire},
};
use crate::media_type::is_json;

const FAILURE: Limit = Limit {
    verdict: Wire::Compatible,
    why: "clients read every failure as a typed error, with any content",
};
const NONE_LEFT: Judgement = (Wire::Breaking, "no success status that clients know remains");

static SUCCESS: Existence =
    Existence { added: &kinds::SUCCESS_STATUS_ADDED, removed: &kinds::SUCCESS_STATUS_REMOVED };
static ERROR: Existence =
    Existence { added: &kinds::ERROR_STATUS_ADDED, removed: &kinds::ERROR_STATUS_REMOVED };
static DEFAULT: Existence =
    Existence { added: &kinds::DEFAULT_RESPONSE_ADDED, removed: &kinds::DEFAULT_RESPONSE_REMOVED };
static READ: Existence = Existence {
    added: &kinds::RESPONSE_MEDIA_TYPE_ADDED,
    removed: &kinds::RESPONSE_MEDIA_TYPE_REMOVED,
};
static BODY: Existence =
    Existence { added: &kinds::RESPONSE_BODY_ADDED, removed: &kinds::RESPONSE_BODY_REMOVED };
static HEADER: Existence =
    Existence { added: &kinds::RESPONSE_HEADER_ADDED, removed: &kinds::RESPONSE_HEADER_REMOVED };

/// The keywords that define the serialization of a header.
const HEADER_FORM: [&str; 3] = ["style", "explode", "content"];

/// A response by its status or range of statuses.
struct Answer<'a> {
    status: &'a str,
    node: Node<'a>,
    is_success: bool,
    /// The use of the body by clients.
    used: Use,
}

impl Answer<'_> {
    fn existence(&self) -> &'static Existence {
        match self.status {
            "default" => &DEFAULT,
            _ if self.is_success => &SUCCESS,
            _ => &ERROR,
        }
    }

    /// Returns whether both cover the same statuses. Without another success, `default` is any success.
    fn is_same(&self, other: &Self) -> bool {
        let is_any = |one: &Self| {
            one.is_success && (one.status.eq_ignore_ascii_case("2XX") || one.status == "default")
        };
        self.is_success == other.is_success
            && (self.status.eq_ignore_ascii_case(other.status) || (is_any(self) && is_any(other)))
    }

    /// Returns whether clients that know this response know the other one too.
    fn covers(&self, other: &Self) -> bool {
        let class = |status: &str| status.chars().next();
        let is_range = self.status.to_ascii_uppercase().ends_with("XX");
        self.is_same(other)
            || (is_range && class(self.status) == class(other.status))
            || (self.status == "default" && self.is_success && other.is_success)
    }
}

impl<'a> Walk<'_, 'a> {
    pub(super) fn responses(&mut self, base: &Operation<'a>, revision: &Operation<'a>, at: At) {
        let (listed, relisted) = (base.node.child("responses"), revision.node.child("responses"));
        if self.are_same(listed.as_ref(), relisted.as_ref()) {
            return;
        }
        let at = at.going(Direction::Response);
        let old = answers(self.base, listed.as_ref());
        let new = answers(self.revision, relisted.as_ref());
        for base in &old {
            match new.iter().find(|other| base.is_same(other)) {
                Some(revision) => self.response(base, revision, at),
                None => self.unlisted(base, &old, &new, at),
            }
        }
        for revision in new.iter().filter(|one| !old.iter().any(|other| one.is_same(other))) {
            match old.iter().find(|other| other.covers(revision)) {
                Some(base) => self.response(base, revision, at),
                None => self.status_added(revision, &old, at),
            }
        }
        if let (Some(base), Some(revision)) = (listed, relisted) {
            let statuses: Vec<&str> = old.iter().chain(&new).map(|one| one.status).collect();
            self.other_keywords(&base, &revision, &statuses, at);
        }
    }

    /// Compares a response whose status REVISION does not list; a range may cover it.
    fn unlisted(&mut self, base: &Answer<'a>, old: &[Answer<'a>], new: &[Answer<'a>], at: At) {
        if let Some(revision) = new.iter().find(|other| other.covers(base)) {
            self.response(base, revision, at);
        } else if !new.iter().any(|other| other.status.eq_ignore_ascii_case(base.status)) {
            self.status_removed(base, old, new, at);
        }
    }

    fn status_added(&mut self, revision: &Answer<'a>, old: &[Answer<'a>], at: At) {
        if old.iter().any(|other| other.status.eq_ignore_ascii_case(revision.status)) {
            return;
        }
        let what = format!("response {} added", revision.status);
        let rule = revision.existence().added;
        let change = Change::new(rule, Spot::revision(&revision.node), what);
        self.record(at, change.subject(revision.status));
    }

    fn status_removed(
        &mut self,
        base: &Answer<'a>,
        old: &[Answer<'a>],
        new: &[Answer<'a>],
        at: At,
    ) {
        let is_known = |one: &&Answer<'a>| old.iter().any(|other| other.covers(one));
        let was_last =
            base.is_success && !new.iter().filter(is_known).any(|known| known.is_success);
        let what = format!("response {} removed", base.status);
        let change = Change::new(base.existence().removed, Spot::base(&base.node), what);
        self.record(at, change.subject(base.status).maybe(was_last.then_some(NONE_LEFT)));
    }

    fn response(&mut self, base: &Answer<'a>, revision: &Answer<'a>, at: At) {
        if self.unaffected.are_same(&base.node, &revision.node) {
            return;
        }
        let (status, used) = (base.status, base.used);
        let failure = (!base.is_success).then_some(FAILURE);
        let pair = self.resolved(&base.node, &revision.node);
        let Pair { base, revision } = &pair;
        let media = media_types(base);
        let all: Vec<&str> = media.iter().map(|media| media.identity.as_str()).collect();
        let at = at.within(failure.or_else(|| used.unused_limit(&all)));
        let has_content = |node: &Node<'a>| {
            node.child("content").is_some_and(|content| content.entries().next().is_some())
        };
        match (has_content(base), has_content(revision)) {
            (true, true) => self.content(&pair, &READ, used, at),
            (false, true) => {
                let what = format!("response {status}: body added");
                self.record(at, Change::new(BODY.added, pair.spot(), what));
            }
            (true, false) => {
                let what = format!("response {status}: body removed");
                self.record(at, Change::new(BODY.removed, pair.spot(), what));
            }
            (false, false) => {}
        }
        self.headers(base, revision, at);
        if base.get("links") != revision.get("links") {
            let what = format!("response {status}: links changed");
            self.record(at, Change::new(&operation_kinds::LINK_CHANGED, pair.spot(), what));
        }
        self.other_keywords(base, revision, &["$ref", "content", "headers", "links"], at);
    }

    fn headers(&mut self, base: &Node<'a>, revision: &Node<'a>, at: At) {
        let (old, new) = (headers_of(base), headers_of(revision));
        for (name, base) in &old {
            if let Some(revision) = new.get(name) {
                let pair = self.resolved(base, revision);
                self.header(name, &pair, at);
            } else {
                let what = format!("header `{name}` removed");
                self.record(at, Change::new(HEADER.removed, Spot::base(base), what).subject(name));
            }
        }
        for (name, revision) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
            let what = format!("header `{name}` added");
            self.record(
                at,
                Change::new(HEADER.added, Spot::revision(revision), what).subject(name),
            );
        }
    }

    fn header(&mut self, name: &str, pair: &Pair<'a>, at: At) {
        let Pair { base, revision } = pair;
        let title = format!("header `{name}`");
        let prefix = format!("{title} ");
        let toggle = Toggle { old: base.flag("required"), new: revision.flag("required") };
        let thing = Thing { prefix: &prefix, subject: name, ..Thing::at(pair.spot()) };
        self.flag(&HEADER_REQUIRED, toggle, thing, at);
        if HEADER_FORM.iter().any(|key| !are_alike(key, base.get(key), revision.get(key))) {
            let what = format!("{title}: serialization changed");
            let rule = &kinds::RESPONSE_HEADER_FORM_CHANGED;
            self.record(at, Change::new(rule, pair.spot(), what).subject(name));
        }
        self.optional_schema(base, revision, &title, at);
        let compared = ["$ref", "required", "schema", "style", "explode", "content"];
        self.other_keywords(base, revision, &compared, at);
    }
}

fn answers<'a>(document: &Document<'a>, listed: Option<&Node<'a>>) -> Vec<Answer<'a>> {
    let listed = listed.into_iter().flat_map(|node| node.entries());
    let responses: Vec<_> = listed.filter(|(status, _)| !status.starts_with("x-")).collect();
    let has_success = responses.iter().any(|(status, _)| status.starts_with('2'));
    let is_success =
        |status: &str| status.starts_with('2') || (status == "default" && !has_success);
    let mut successes = responses.iter().filter(|(status, _)| is_success(status));
    let has_json = |node: &Node<'a>| {
        media_types(&document.resolve(node.clone())).iter().any(|media| is_json(media.name))
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

/// Returns the headers of a response, with names in lower case. OpenAPI ignores `Content-Type` here.
fn headers_of<'a>(response: &Node<'a>) -> IndexMap<String, Node<'a>> {
    let headers = response.child("headers").into_iter().flat_map(|node| node.entries());
    let headers = headers.map(|(name, node)| (name.to_lowercase(), node));
    headers.filter(|(name, _)| name != "content-type").collect()
}
