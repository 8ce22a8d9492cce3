//! Every kind is found, alone, in each direction in which it occurs, with the verdict of its rule;
//! and its mirror when the documents swap places.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use xtask::drift::{
    Prepared, Report, Revision, compare,
    kind::{Items, Rule, rule, rules},
    verdict::{Direction, Wire},
};
use xtask::prepare::prepare;

use crate::{
    cases::{CASES, Case},
    document::{base, drift},
};

#[test]
fn every_kind_has_a_case() {
    let mut open: BTreeSet<&str> = rules().map(|rule| rule.id).collect();
    for case in CASES {
        let rule = rule(case.kind).unwrap_or_else(|| panic!("{} is no kind", case.kind));
        open.remove(rule.id);
        open.remove(rule.mirror);
    }
    assert!(open.is_empty(), "no case for {open:?}");
}

#[test]
fn ids_are_unique_and_mirrors_mirror() {
    let mut ids = BTreeSet::new();
    for one in rules() {
        assert!(ids.insert(one.id), "{} is there twice", one.id);
        let mirror = rule(one.mirror).unwrap_or_else(|| panic!("{} mirrors nothing", one.id));
        assert_eq!(mirror.mirror, one.id);
        assert_eq!(mirror.area, one.area);
    }
}

#[test]
fn every_case_is_its_kind_and_no_other_in_all_directions() {
    let mut wrong = Vec::new();
    for case in CASES {
        let (forth, back) = both_ways(case);
        let kind = rule(case.kind).unwrap();
        wrong.extend(complaints(kind, &forth));
        wrong.extend(complaints(rule(kind.mirror).unwrap(), &back));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn both_ways(case: &Case) -> (Report, Report) {
    let base = base();
    let mut changed = base.clone();
    (case.change)(&mut changed);
    (drift(&base, &changed), drift(&changed, &base))
}

/// Such cases are made together, since a client takes a while to generate.
#[test]
fn kinds_that_are_said_to_change_no_rust_items_change_none() {
    let generated = |document: &Value| {
        let prepared = prepare(document.clone(), None).unwrap().document;
        let (name, document) = (String::new(), document.clone());
        Revision {
            name,
            document,
            prepared: Prepared::Document(prepared),
            notes: Vec::new(),
            has_resources: false,
        }
    };
    let old = generated(&base());
    let without_items: Vec<&Case> =
        CASES.iter().filter(|case| rule(case.kind).unwrap().items == Items::None).collect();
    // Neighbours may change the same thing: only every third case is made in the same document.
    for first in 0..3 {
        let mut changed = base();
        without_items.iter().skip(first).step_by(3).for_each(|case| (case.change)(&mut changed));
        let report = compare(&old, &generated(&changed));
        assert_eq!(report.source_error, None);
        assert_eq!(report.summary.items, 0, "{:#?}", report.source_only);
    }
}

/// What is wrong with a report that should tell this kind alone, in every direction that its rule
/// knows, with the verdicts of the rule.
fn complaints(rule: &Rule, report: &Report) -> Vec<String> {
    let seen: Vec<_> =
        report.changes.iter().map(|change| (change.kind.as_str(), &change.what)).collect();
    if seen.is_empty() || seen.iter().any(|(kind, _)| *kind != rule.id) {
        return vec![format!("{}: saw {seen:?}", rule.id)];
    }
    let mut verdicts: BTreeMap<Direction, Wire> = BTreeMap::new();
    for change in &report.changes {
        for direction in &change.location.directions {
            let verdict = change.wire.by_direction.get(direction).unwrap_or(&change.wire.verdict);
            verdicts.insert(*direction, *verdict);
        }
    }
    let expected: BTreeMap<Direction, Wire> =
        rule.cases.iter().map(|case| (case.direction, case.verdict)).collect();
    // A schema is both sent and received in the base document, and so is seen in both directions.
    if verdicts == expected {
        return Vec::new();
    }
    vec![format!("{}: {verdicts:?}, not {expected:?}", rule.id)]
}
