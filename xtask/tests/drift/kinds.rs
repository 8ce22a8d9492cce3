//! Each case is reported as its kind alone, in every direction of the kind and with the verdicts of its
//! rule. With the documents swapped, it is reported as the mirror of the kind.

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
        let rule = rule(case.kind).unwrap_or_else(|| panic!("{} is not a kind", case.kind));
        open.remove(rule.id);
        open.remove(rule.mirror);
    }
    assert!(open.is_empty(), "no case for {open:?}");
}

#[test]
fn ids_are_unique_and_mirrors_are_symmetric() {
    let mut ids = BTreeSet::new();
    for one in rules() {
        assert!(ids.insert(one.id), "{} is not unique", one.id);
        let mirror =
            rule(one.mirror).unwrap_or_else(|| panic!("the mirror of {} does not exist", one.id));
        assert_eq!(mirror.mirror, one.id);
        assert_eq!(mirror.area, one.area);
    }
}

#[test]
fn each_case_is_reported_as_its_kind_alone() {
    let mut wrong = Vec::new();
    for case in CASES {
        let (forth, back) = both_ways(case);
        let kind = rule(case.kind).unwrap();
        wrong.extend(failures(kind, &forth));
        wrong.extend(failures(rule(kind.mirror).unwrap(), &back));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn both_ways(case: &Case) -> (Report, Report) {
    let base = base();
    let mut changed = base.clone();
    (case.change)(&mut changed);
    (drift(&base, &changed), drift(&changed, &base))
}

/// These cases are combined, because generating a client is slow.
#[test]
fn kinds_without_rust_items_change_no_rust_items() {
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
    // Adjacent cases may change the same value, so a document gets only every third case.
    for first in 0..3 {
        let mut changed = base();
        without_items.iter().skip(first).step_by(3).for_each(|case| (case.change)(&mut changed));
        let report = compare(&old, &generated(&changed));
        assert_eq!(report.source_error, None);
        assert_eq!(report.summary.items, 0, "{:#?}", report.source_only);
    }
}

/// Checks that a report has only this kind, in every direction and with the verdicts of its rule.
fn failures(rule: &Rule, report: &Report) -> Vec<String> {
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
    // The base document sends and receives the schema, so its changes have both directions.
    if verdicts == expected {
        return Vec::new();
    }
    vec![format!("{}: {verdicts:?}, not {expected:?}", rule.id)]
}
