//! Request bodies, and the media types that request bodies and responses share.

use super::{
    Existence, Pair, Walk,
    flag::{self, Thing, Toggle},
    media::{Use, media_types},
};
use crate::drift::{
    document::{Node, Operation},
    finding::{At, Change, Slot, Spot},
    kind::{Rule, body as kinds, schema as schema_kinds},
    verdict::Direction,
};

static REQUIRED_BODY: Existence = Existence {
    added: &kinds::REQUIRED_REQUEST_BODY_ADDED,
    removed: &kinds::REQUIRED_REQUEST_BODY_REMOVED,
};
static OPTIONAL_BODY: Existence = Existence {
    added: &kinds::OPTIONAL_REQUEST_BODY_ADDED,
    removed: &kinds::OPTIONAL_REQUEST_BODY_REMOVED,
};
static SENT: Existence = Existence {
    added: &kinds::REQUEST_MEDIA_TYPE_ADDED,
    removed: &kinds::REQUEST_MEDIA_TYPE_REMOVED,
};
static SCHEMA: Existence = Existence {
    added: &schema_kinds::SCHEMA_SPECIFIED,
    removed: &schema_kinds::SCHEMA_UNSPECIFIED,
};

/// Returns the kinds for a request body that is added or removed.
fn existence(body: &Node<'_>) -> &'static Existence {
    if body.flag("required") { &REQUIRED_BODY } else { &OPTIONAL_BODY }
}

impl<'a> Walk<'_, 'a> {
    pub(super) fn request_body(&mut self, base: &Operation<'a>, revision: &Operation<'a>, at: At) {
        let (old, new) = (base.node.child("requestBody"), revision.node.child("requestBody"));
        if self.are_same(old.as_ref(), new.as_ref()) {
            return;
        }
        let at = at.going(Direction::Request);
        let old = old.map(|node| self.base.resolve(node));
        let new = new.map(|node| self.revision.resolve(node));
        match (old, new) {
            (Some(base), Some(revision)) => self.both_bodies(Pair { base, revision }, at),
            (Some(base), None) => {
                let rule = existence(&base).removed;
                self.record(at, Change::new(rule, Spot::base(&base), "request body removed"));
            }
            (None, Some(revision)) => {
                let rule = existence(&revision).added;
                self.record(at, Change::new(rule, Spot::revision(&revision), "request body added"));
            }
            (None, None) => {}
        }
    }

    fn both_bodies(&mut self, pair: Pair<'a>, at: At) {
        let Pair { base, revision } = &pair;
        let toggle = Toggle { old: base.flag("required"), new: revision.flag("required") };
        self.flag(&flag::BODY_REQUIRED, toggle, Thing::at(pair.spot()), at);
        self.other_keywords(base, revision, &["$ref", "required", "content"], at);
        self.content(&pair, &SENT, Use::Sent, at);
    }

    /// Compares the media types under `content` of two bodies.
    pub(super) fn content(&mut self, pair: &Pair<'a>, rules: &Existence, used: Use, at: At) {
        let (old, new) = (media_types(&pair.base), media_types(&pair.revision));
        let all: Vec<&str> = old.iter().map(|media| media.identity.as_str()).collect();
        for media in &old {
            let at = at.within(used.unused(&media.identity, &all));
            let range = || media.covering(&new).filter(|_| matches!(used, Use::Sent));
            if let Some(other) = media.find(&new).or_else(range) {
                self.media_type(media.name, &media.node, &other.node, at);
            } else {
                let what = format!("media type `{}` removed", media.name);
                let change = Change::new(rules.removed, Spot::base(&media.node), what);
                self.record(at, change.subject(&media.identity));
            }
        }
        for media in new.iter().filter(|media| media.find(&old).is_none()) {
            let what = format!("media type `{}` added", media.name);
            let change = Change::new(rules.added, Spot::revision(&media.node), what);
            self.record(at, change.subject(&media.identity));
        }
    }

    fn media_type(&mut self, media: &str, base: &Node<'a>, revision: &Node<'a>, at: At) {
        self.optional_schema(base, revision, &format!("`{media}`"), at);
        if !super::are_alike("encoding", base.get("encoding"), revision.get("encoding")) {
            let what = format!("`{media}`: encoding changed");
            let spot = Spot::both(base, revision);
            self.record(at, Change::new(&kinds::ENCODING_CHANGED, spot, what));
        }
        self.other_keywords(base, revision, &["schema", "encoding"], at);
    }

    /// Compares the schemas of two things whose schema is optional.
    pub(super) fn optional_schema(
        &mut self,
        base: &Node<'a>,
        revision: &Node<'a>,
        title: &str,
        at: At,
    ) {
        let (rule, what): (&'static Rule, _) =
            match (base.child("schema"), revision.child("schema")) {
                (Some(base), Some(revision)) => {
                    return self.schema(Pair { base, revision }, at, Slot::Alone);
                }
                (None, Some(_)) => (SCHEMA.added, "schema added"),
                (Some(_), None) => (SCHEMA.removed, "schema removed"),
                (None, None) => return,
            };
        let change = Change::new(rule, Spot::both(base, revision), format!("{title}: {what}"));
        self.record(at, change);
    }
}
