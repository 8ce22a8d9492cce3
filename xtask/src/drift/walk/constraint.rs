//! Constraints: bounds, lengths, counts, patterns.

use serde_json::Value;

use super::{Walk, canonical::are_equal, flatten::Flat, format::fits_integer, schema::Flats, show};
use crate::drift::{
    finding::{At, Judgement, Verdict},
    kind::{Rule, constraint as kinds},
    verdict::{Direction, Wire},
};

/// A keyword that sets a lower or upper bound.
struct Bound {
    keyword: &'static str,
    /// The flag that makes the bound exclusive, if there is one.
    exclusive: Option<&'static str>,
    side: Side,
    /// Whether the keyword bounds the number of items of a list.
    counts_items: bool,
    tightened: &'static Rule,
    loosened: &'static Rule,
}

/// The side of a bound.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Lower,
    Upper,
}

const fn bound(
    keyword: &'static str,
    side: Side,
    tightened: &'static Rule,
    loosened: &'static Rule,
) -> Bound {
    Bound { keyword, exclusive: None, side, counts_items: false, tightened, loosened }
}

static BOUNDS: [Bound; 8] = [
    Bound {
        exclusive: Some("exclusiveMinimum"),
        ..bound("minimum", Side::Lower, &kinds::MINIMUM_TIGHTENED, &kinds::MINIMUM_LOOSENED)
    },
    Bound {
        exclusive: Some("exclusiveMaximum"),
        ..bound("maximum", Side::Upper, &kinds::MAXIMUM_TIGHTENED, &kinds::MAXIMUM_LOOSENED)
    },
    bound("minLength", Side::Lower, &kinds::MIN_LENGTH_TIGHTENED, &kinds::MIN_LENGTH_LOOSENED),
    bound("maxLength", Side::Upper, &kinds::MAX_LENGTH_TIGHTENED, &kinds::MAX_LENGTH_LOOSENED),
    Bound {
        counts_items: true,
        ..bound("minItems", Side::Lower, &kinds::MIN_ITEMS_TIGHTENED, &kinds::MIN_ITEMS_LOOSENED)
    },
    Bound {
        counts_items: true,
        ..bound("maxItems", Side::Upper, &kinds::MAX_ITEMS_TIGHTENED, &kinds::MAX_ITEMS_LOOSENED)
    },
    bound(
        "minProperties",
        Side::Lower,
        &kinds::MIN_PROPERTIES_TIGHTENED,
        &kinds::MIN_PROPERTIES_LOOSENED,
    ),
    bound(
        "maxProperties",
        Side::Upper,
        &kinds::MAX_PROPERTIES_TIGHTENED,
        &kinds::MAX_PROPERTIES_LOOSENED,
    ),
];

const EVERY_MULTIPLE: Judgement =
    (Wire::Compatible, "every multiple of the old factor is a multiple of the new one");
const FIXED_SIZE: Judgement =
    (Wire::Breaking, "clients read exactly the number of items that BASE requires");
const TOO_WIDE: Judgement =
    (Wire::Breaking, "the new bound does not fit the integer type that clients read");

/// The value of a bound, and whether the bound excludes it.
#[derive(Clone, Copy, PartialEq)]
struct Reach {
    value: f64,
    is_exclusive: bool,
}

impl Reach {
    /// Returns the last integer that the bound allows.
    fn end(self, side: Side) -> f64 {
        match (self.is_exclusive, side) {
            (false, _) => self.value,
            (true, Side::Lower) => self.value + 1.0,
            (true, Side::Upper) => self.value - 1.0,
        }
    }
}

impl<'a> Walk<'_, 'a> {
    pub(super) fn constraints(&mut self, flats: &Flats<'a>, at: At) {
        for bound in &BOUNDS {
            self.bound(bound, flats, at);
        }
        self.pattern(flats, at);
        self.multiple_of(flats, at);
    }

    fn bound(&mut self, bound: &Bound, flats: &Flats<'a>, at: At) {
        let (old, new) = (limit(&flats.base, bound), limit(&flats.revision, bound));
        if old == new {
            return;
        }
        let is_loosened = allows(new, old, bound.side);
        let rule = if is_loosened { bound.loosened } else { bound.tightened };
        let what = format!("{} changes from {} to {}", bound.keyword, shown(old), shown(new));
        let is_read = is_loosened && at.is(Direction::Response);
        let verdict = is_read.then(|| loosened(bound, new, &flats.base)).flatten();
        self.record(at, flats.change(rule, bound.keyword, what).maybe(verdict));
    }

    fn pattern(&mut self, flats: &Flats<'a>, at: At) {
        let (old, new) = (patterns(&flats.base), patterns(&flats.revision));
        let is_within = |inner: &[&str], outer: &[&str]| inner.iter().all(|p| outer.contains(p));
        let title = |patterns: &[&str]| patterns.join("` and `");
        let (rule, what) = match (is_within(&old, &new), is_within(&new, &old)) {
            (true, true) => return,
            (true, false) => {
                (&kinds::PATTERN_ADDED, format!("pattern changes from none to `{}`", title(&new)))
            }
            (false, true) => {
                (&kinds::PATTERN_REMOVED, format!("pattern changes from `{}` to none", title(&old)))
            }
            (false, false) => {
                let what = format!("pattern changes from `{}` to `{}`", title(&old), title(&new));
                (&kinds::PATTERN_CHANGED, what)
            }
        };
        self.record(at, flats.change(rule, "pattern", what));
    }

    fn multiple_of(&mut self, flats: &Flats<'a>, at: At) {
        let (old, new) = (flats.base.get("multipleOf"), flats.revision.get("multipleOf"));
        let (rule, what) = match (old, new) {
            (None, Some(new)) => (
                &kinds::MULTIPLE_OF_ADDED,
                format!("multipleOf changes from none to {}", show(new)),
            ),
            (Some(old), None) => (
                &kinds::MULTIPLE_OF_REMOVED,
                format!("multipleOf changes from {} to none", show(old)),
            ),
            (Some(old), Some(new)) if !are_equal(old, new) => {
                let what = format!("multipleOf changes from {} to {}", show(old), show(new));
                (&kinds::MULTIPLE_OF_CHANGED, what)
            }
            _ => return,
        };
        let is_loosened = at.is(Direction::Request) && divides(new, old);
        let verdict = is_loosened.then_some(EVERY_MULTIPLE);
        self.record(at, flats.change(rule, "multipleOf", what).maybe(verdict));
    }
}

/// Returns the verdict on a loosened bound in responses, if it differs from the rule's.
fn loosened(bound: &Bound, new: Option<Reach>, base: &Flat<'_>) -> Verdict {
    if bound.counts_items {
        return is_fixed_size(base).then_some(FIXED_SIZE);
    }
    let is_of_integers = bound.exclusive.is_some() && base.kind() == Some("integer");
    let end = new.filter(|_| is_of_integers).map(|reach| reach.end(bound.side));
    end.is_some_and(|end| !fits_integer(base, end)).then_some(TOO_WIDE)
}

/// Returns whether a list is generated as a Rust array, whose length is part of its type.
pub(super) fn is_fixed_size(flat: &Flat<'_>) -> bool {
    let count = |key: &str| flat.get(key).and_then(Value::as_u64).filter(|count| *count > 0);
    let is_fixed = count("minItems").is_some() && count("minItems") == count("maxItems");
    is_fixed && !flat.flag("uniqueItems")
}

/// Returns all patterns, sorted and without duplicates.
fn patterns<'f>(flat: &'f Flat<'_>) -> Vec<&'f str> {
    let declared = flat.declared("pattern").iter();
    let mut patterns: Vec<&str> = declared.filter_map(|node| node.value.as_str()).collect();
    patterns.sort_unstable();
    patterns.dedup();
    patterns
}

/// Returns whether every multiple of `other` is a multiple of `factor`.
fn divides(factor: Option<&Value>, other: Option<&Value>) -> bool {
    let number = |value: Option<&Value>| value.and_then(Value::as_f64);
    let (Some(factor), Some(other)) = (number(factor), number(other)) else { return false };
    let times = other / factor;
    times.is_finite() && (times - times.round()).abs() < 1e-9
}

/// Returns the bound that a schema states. A lower bound of 0 for a count is no bound.
fn limit(flat: &Flat<'_>, bound: &Bound) -> Option<Reach> {
    let value = flat.get(bound.keyword).and_then(Value::as_f64)?;
    let is_count = bound.exclusive.is_none();
    if is_count && bound.side == Side::Lower && value == 0.0 {
        return None;
    }
    Some(Reach { value, is_exclusive: bound.exclusive.is_some_and(|flag| flat.flag(flag)) })
}

/// Returns whether `one` allows every value that `other` allows.
fn allows(one: Option<Reach>, other: Option<Reach>, side: Side) -> bool {
    match (one, other) {
        (None, _) => true,
        (_, None) => false,
        (Some(one), Some(other)) if one.value != other.value => {
            (one.value > other.value) == (side == Side::Upper)
        }
        (Some(one), Some(_)) => !one.is_exclusive,
    }
}

fn shown(limit: Option<Reach>) -> String {
    match limit {
        None => "none".to_owned(),
        Some(Reach { value, is_exclusive: false }) => value.to_string(),
        Some(Reach { value, is_exclusive: true }) => format!("{value} (exclusive)"),
    }
}
