//! Request bodies, and the media types that request bodies and responses share.

use super::{Pair, Walk, media::Use};
use crate::drift::{
    document::{Node, Operation},
    finding::{At, Change, Place, Slot},
    kind::{Rule, body as kinds, schema as schema_kinds},
    verdict::Direction,
};

/// The kinds that tell of media types of one direction.
pub(super) struct MediaRules {
    pub(super) added: &'static Rule,
    pub(super) removed: &'static Rule,
}

impl<'a> Walk<'a> {
    pub(super) fn request_body(&mut self, base: &Operation<'a>, revision: &Operation<'a>, at: At) {
        let at = At { direction: Some(Direction::Request), ..at };
        let old = base.node.child("requestBody").map(|node| self.base.resolve(node));
        let new = revision.node.child("requestBody").map(|node| self.revision.resolve(node));
        let is_required = |node: &Node<'a>| node.flag("required").unwrap_or(false);
        match (old, new) {
            (Some(base), Some(revision)) => self.both_bodies(base, revision, at),
            (Some(base), None) => {
                let rules =
                    [&kinds::OPTIONAL_REQUEST_BODY_REMOVED, &kinds::REQUIRED_REQUEST_BODY_REMOVED];
                let rule = rules[usize::from(is_required(&base))];
                let place = Place::base(&base.pointer);
                self.record(at, Change::new(rule, place, "request body removed"));
            }
            (None, Some(revision)) => {
                let rules =
                    [&kinds::OPTIONAL_REQUEST_BODY_ADDED, &kinds::REQUIRED_REQUEST_BODY_ADDED];
                let rule = rules[usize::from(is_required(&revision))];
                let place = Place::revision(&revision.pointer);
                self.record(at, Change::new(rule, place, "request body added"));
            }
            (None, None) => {}
        }
    }

    fn both_bodies(&mut self, base: Node<'a>, revision: Node<'a>, at: At) {
        let place = Place::both(&base.pointer, &revision.pointer);
        let is_required = |node: &Node<'a>| node.flag("required").unwrap_or(false);
        match (is_required(&base), is_required(&revision)) {
            (false, true) => {
                let rule = &kinds::REQUEST_BODY_BECAME_REQUIRED;
                self.record(at, Change::new(rule, place, "request body became required"));
            }
            (true, false) => {
                let rule = &kinds::REQUEST_BODY_BECAME_OPTIONAL;
                self.record(at, Change::new(rule, place, "request body became optional"));
            }
            _ => {}
        }
        let rules = MediaRules {
            added: &kinds::REQUEST_MEDIA_TYPE_ADDED,
            removed: &kinds::REQUEST_MEDIA_TYPE_REMOVED,
        };
        self.other_keywords(&base, &revision, &["$ref", "required", "content"], at);
        self.content(Pair { base, revision }, &rules, Use::Sent, at);
    }

    /// The media types under `content` of two bodies.
    pub(super) fn content(&mut self, pair: Pair<'a>, rules: &MediaRules, used: Use, at: At) {
        let (old, new) = (media_types(&pair.base), media_types(&pair.revision));
        let all: Vec<&str> = old.iter().map(|(media, _)| media.as_str()).collect();
        for (media, base) in &old {
            let harmless = at.harmless.or_else(|| used.unused(media, &all));
            let at = At { harmless, ..at };
            if let Some((_, revision)) = new.iter().find(|(other, _)| other == media) {
                self.media_type(media, base, revision, at);
            } else {
                let what = format!("media type `{media}` removed");
                let change = Change::new(rules.removed, Place::base(&base.pointer), what);
                self.record(at, change.subject(media));
            }
        }
        for (media, revision) in &new {
            if !old.iter().any(|(other, _)| other == media) {
                let what = format!("media type `{media}` added");
                let change = Change::new(rules.added, Place::revision(&revision.pointer), what);
                self.record(at, change.subject(media));
            }
        }
    }

    fn media_type(&mut self, media: &str, base: &Node<'a>, revision: &Node<'a>, at: At) {
        let place = Place::both(&base.pointer, &revision.pointer);
        match (base.child("schema"), revision.child("schema")) {
            (Some(base), Some(revision)) => self.schema(Pair { base, revision }, at, Slot::Alone),
            (None, Some(_)) => {
                let what = format!("`{media}` gets a schema");
                self.record(at, Change::new(&schema_kinds::SCHEMA_SPECIFIED, place.clone(), what));
            }
            (Some(_), None) => {
                let what = format!("`{media}` has no schema any more");
                self.record(
                    at,
                    Change::new(&schema_kinds::SCHEMA_UNSPECIFIED, place.clone(), what),
                );
            }
            (None, None) => {}
        }
        if base.value.get("encoding") != revision.value.get("encoding") {
            let what = format!("the encoding of `{media}` changed");
            self.record(at, Change::new(&kinds::ENCODING_CHANGED, place, what));
        }
        self.other_keywords(base, revision, &["schema", "encoding"], at);
    }
}

/// The media types of a body; their names know no case.
pub(super) fn media_types<'a>(body: &Node<'a>) -> Vec<(String, Node<'a>)> {
    let content = body.child("content").map(|content| content.entries()).unwrap_or_default();
    content.into_iter().map(|(media, node)| (media.to_lowercase(), node)).collect()
}
