//! A second comparison, by the `drift` crate, for what the walk may have missed.
//!
//! It panics at some documents, so it runs shielded: when it does, the operations are halved until
//! the one that it panics at stands alone, and the opinion on that one is lost. It says "unhandled"
//! of much that the walk tells exactly, so only what the walk is silent about is taken over, and then
//! as unknown, never as a verdict. Where both are silent and the documents differ, that is unknown too.

mod excerpt;
mod known;
mod opinion;
mod places;

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

use serde_json::Value;

pub(super) use self::opinion::{Extra, Opinion};
use self::{
    excerpt::Excerpts,
    known::Known,
    places::{direction, place, reached},
};
use super::{
    document::Operation,
    finding::{Finding, Place},
    quiet::quietly,
    source::said,
    walk::{Matched, Walked},
};
use crate::endless;

/// So many operations that it cannot compare are looked for one by one.
const MOST_FAILURES: usize = 8;

/// Kinds at which it is known to panic.
const STOPS_AT: [&str; 6] = [
    "request-media-type-added",
    "request-media-type-removed",
    "response-media-type-added",
    "response-media-type-removed",
    "schema-specified",
    "schema-unspecified",
];

/// An operation that both documents have under the same path.
#[derive(Clone, Copy)]
struct Both<'w> {
    index: usize,
    base: &'w Operation<'w>,
    revision: &'w Operation<'w>,
}

impl Both<'_> {
    fn title(&self) -> String {
        format!("{} {}", self.base.method.to_uppercase(), self.base.path)
    }
}

/// Compares every operation that both documents have under the same path.
pub(super) fn second_opinion(base: &Value, revision: &Value, walked: &Walked<'_>) -> Opinion {
    let mut second = Second {
        documents: (base, revision),
        excerpts: (
            Excerpts::of(base, &walked.renamed),
            Excerpts::of(revision, &Default::default()),
        ),
        told: reached_by(walked.findings.iter().filter(|finding| Known::counts(finding))),
        known: Known::of(&walked.findings),
        failures: 0,
        left: Vec::new(),
        opinion: Opinion::default(),
    };
    let stops = reached_by(walked.findings.iter().filter(|one| STOPS_AT.contains(&one.rule.id)));
    let both = comparable(walked);
    let (left_out, compared): (Vec<Both<'_>>, Vec<Both<'_>>) =
        both.into_iter().partition(|both| stops.contains(&both.index));
    second.operations(&compared);
    second.give_up();
    second.opinion.note("whose media types or their schemas come or go", &left_out);
    second.opinion
}

fn comparable<'w>(walked: &'w Walked<'w>) -> Vec<Both<'w>> {
    let both = |(index, matched): (usize, &'w Matched<'w>)| {
        let (base, revision) = (matched.base.as_ref()?, matched.revision.as_ref()?);
        let is_same = (base.method, base.route()) == (revision.method, revision.route());
        is_same.then_some(Both { index, base, revision })
    };
    walked.operations.iter().enumerate().filter_map(both).collect()
}

fn reached_by<'f>(findings: impl Iterator<Item = &'f Finding>) -> BTreeSet<usize> {
    findings.flat_map(|finding| finding.operations.iter().copied()).collect()
}

struct Second<'w> {
    documents: (&'w Value, &'w Value),
    excerpts: (Excerpts<'w>, Excerpts<'w>),
    /// The operations in which the walk found something beside prose.
    told: BTreeSet<usize>,
    known: Known,
    failures: usize,
    /// The operations that were not looked at any more.
    left: Vec<Both<'w>>,
    opinion: Opinion,
}

impl<'w> Second<'w> {
    fn operations(&mut self, operations: &[Both<'w>]) {
        if operations.is_empty() {
            return;
        }
        if self.failures >= MOST_FAILURES {
            self.left.extend(operations);
            return;
        }
        let (old, new) = self.excerpt(operations);
        match compare(&old, &new) {
            Ok(changes) => self.take(changes, operations),
            Err(_) if operations.len() > 1 => {
                let (left, right) = operations.split_at(operations.len() / 2);
                self.operations(left);
                self.operations(right);
            }
            Err(why) => self.fail(&operations[0], &why, old != new),
        }
    }

    /// The two documents that have these operations alone.
    fn excerpt(&self, operations: &[Both<'w>]) -> (Value, Value) {
        let (old, new) = &self.excerpts;
        (
            old.with(operations.iter().map(|both| both.base)),
            new.with(operations.iter().map(|both| both.revision)),
        )
    }

    fn fail(&mut self, both: &Both<'w>, why: &str, differs: bool) {
        self.failures += 1;
        let title = both.title();
        self.opinion.notes.push(format!("no second opinion on {title}: {why}"));
        if differs && !self.told.contains(&both.index) {
            let (base, revision) = (&both.base.node.pointer, &both.revision.node.pointer);
            let operations = BTreeSet::from([both.index]);
            self.opinion.untold(Place::both(base, revision), title, operations);
        }
    }

    /// What is left after too many failures.
    fn give_up(&mut self) {
        let left = std::mem::take(&mut self.left);
        self.opinion.note("that are left after too many failures", &left);
        let is_silent = |both: &Both<'w>| !self.told.contains(&both.index);
        let silent: Vec<Both<'w>> = left.into_iter().filter(is_silent).collect();
        if silent.is_empty() {
            return;
        }
        let (old, new) = self.excerpt(&silent);
        if old != new {
            let what = format!("{} operations", silent.len());
            let operations = silent.iter().map(|both| both.index).collect();
            self.opinion.untold(Place::both("#/paths", "#/paths"), what, operations);
        }
    }

    /// Takes over what no finding covers, each place once.
    fn take(&mut self, changes: Vec<drift::Change>, operations: &[Both<'w>]) {
        for change in changes {
            let Some(path) = change.paths.first() else { continue };
            for info in &change.changes {
                let place = place(self.documents, path, info);
                if !self.known.covers(&place) {
                    let direction = direction(path.comparison);
                    let reached = reached(&change, operations);
                    self.opinion.add(place, direction, &info.message, reached);
                }
            }
        }
    }
}

fn compare(old: &Value, new: &Value) -> Result<Vec<drift::Change>, String> {
    for document in [old, new] {
        endless::check(document).map_err(|endless| endless.to_string())?;
    }
    let compared = quietly(|| catch_unwind(AssertUnwindSafe(|| drift::compare(old, new))));
    match compared {
        Ok(changes) => changes.map_err(|error| format!("{error:#}")),
        Err(panic) => Err(format!("the comparison panicked: {}", said(&*panic))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::{MOST_FAILURES, second_opinion};
    use crate::drift::walk::{Walked, walk};

    fn responding(responses: Value) -> Value {
        json!({
            "openapi": "3.0.3",
            "info": {"title": "Made up", "version": "1"},
            "paths": {"/things": {"get": {"responses": responses}}},
        })
    }

    fn document(content: Value) -> Value {
        responding(json!({"200": {"description": "OK", "content": content}}))
    }

    /// What the walk would say if it were blind.
    fn blind(walked: Walked<'_>) -> Walked<'_> {
        Walked { findings: Vec::new(), ..walked }
    }

    #[test]
    fn what_the_crate_stops_at_is_left_out_and_noted() {
        let base = document(json!({"application/json": {"schema": {"type": "string"}}}));
        let revision = document(json!({"text/plain": {"schema": {"type": "string"}}}));
        let walked = walk(&base, &revision);
        let opinion = second_opinion(&base, &revision, &walked);
        let note = "no second opinion on operations whose media types or their schemas come or go: GET /things";
        assert_eq!(opinion.notes, [note]);
        assert!(opinion.extras.is_empty(), "{opinion:?}");
        assert_eq!(walked.findings.len(), 2);
    }

    #[test]
    fn a_panic_where_the_walk_is_silent_is_unknown() {
        let base = document(json!({"application/json": {"schema": {"type": "string"}}}));
        let revision = document(json!({"text/plain": {"schema": {"type": "string"}}}));
        let opinion = second_opinion(&base, &revision, &blind(walk(&base, &revision)));
        assert!(opinion.notes[0].starts_with("no second opinion on GET /things: the comparison"));
        assert_eq!(opinion.extras.len(), 1, "{opinion:?}");
        assert_eq!(opinion.extras[0].operations, BTreeSet::from([0]));
    }

    #[test]
    fn after_too_many_failures_the_rest_is_summed_up() {
        let many = |media: &str| {
            let content = json!({media: {"schema": {"type": "string"}}});
            let operation =
                json!({"responses": {"200": {"description": "OK", "content": content}}});
            let paths: serde_json::Map<String, Value> =
                (0..40).map(|index| (format!("/t{index}"), json!({"get": operation}))).collect();
            json!({"openapi": "3.0.3", "info": {"title": "Made up", "version": "1"}, "paths": paths})
        };
        let (base, revision) = (many("application/json"), many("text/plain"));
        let opinion = second_opinion(&base, &revision, &blind(walk(&base, &revision)));
        assert_eq!(opinion.notes.len(), MOST_FAILURES + 1);
        let told: usize = opinion.extras.iter().map(|extra| extra.operations.len()).sum();
        assert_eq!((opinion.extras.len(), told), (MOST_FAILURES + 1, 40));
    }

    #[test]
    fn what_the_walk_knows_is_not_repeated_and_what_it_does_not_is_taken() {
        let base = document(json!({"application/json": {"schema": {"type": "string"}}}));
        let revision = document(json!({"application/json": {"schema": {"type": "integer"}}}));
        let walked = walk(&base, &revision);
        let opinion = second_opinion(&base, &revision, &walked);
        assert!(opinion.extras.is_empty(), "{opinion:?}");
        let opinion = second_opinion(&base, &revision, &blind(walked));
        assert_eq!(opinion.extras.len(), 1, "{opinion:?}");
        let pointer = "#/paths/~1things/get/responses/200/content/application~1json/schema";
        assert_eq!(opinion.extras[0].place.base.as_deref(), Some(pointer));
    }

    #[test]
    fn an_id_or_prose_explains_nothing() {
        let with = |kind: &str, title: &str| {
            let mut document = document(json!({"application/json": {"schema": {"type": kind}}}));
            document["info"]["title"] = json!(title);
            document["paths"]["/things"]["get"]["operationId"] = json!(title);
            document
        };
        let (base, revision) = (with("string", "one"), with("integer", "two"));
        let mut walked = walk(&base, &revision);
        walked.findings.retain(|finding| finding.rule.id != "type-changed");
        assert_eq!(walked.findings.len(), 2);
        assert_eq!(second_opinion(&base, &revision, &walked).extras.len(), 1);
    }

    #[test]
    fn a_request_body_is_found_where_the_document_has_it() {
        let with = |kind: &str| {
            let mut document = responding(json!({"204": {"description": "Done"}}));
            let part = json!({"allOf": [{"type": kind}]});
            document["paths"]["/things"]["get"]["requestBody"] =
                json!({"content": {"application/json": {"schema": part}}});
            document
        };
        let (base, revision) = (with("string"), with("integer"));
        let opinion = second_opinion(&base, &revision, &blind(walk(&base, &revision)));
        let pointer = "#/paths/~1things/get/requestBody/content/application~1json/schema/allOf/0";
        assert_eq!(opinion.extras[0].place.base.as_deref(), Some(pointer));
    }
}
