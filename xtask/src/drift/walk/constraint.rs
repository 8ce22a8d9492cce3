//! Constraints: bounds, lengths, counts, patterns.

use serde_json::Value;

use super::{
    Walk,
    flatten::Flat,
    schema::{Flats, Verdict},
    show,
};
use crate::drift::{
    finding::At,
    kind::{Rule, constraint as kinds},
    verdict::{Direction, Wire},
};

/// A keyword that bounds something from below or above.
struct Bound {
    keyword: &'static str,
    /// The flag that makes the bound itself illegal, where there is one.
    exclusive: Option<&'static str>,
    is_upper: bool,
    tightened: &'static Rule,
    loosened: &'static Rule,
}

static BOUNDS: [Bound; 8] = [
    Bound {
        keyword: "minimum",
        exclusive: Some("exclusiveMinimum"),
        is_upper: false,
        tightened: &kinds::MINIMUM_TIGHTENED,
        loosened: &kinds::MINIMUM_LOOSENED,
    },
    Bound {
        keyword: "maximum",
        exclusive: Some("exclusiveMaximum"),
        is_upper: true,
        tightened: &kinds::MAXIMUM_TIGHTENED,
        loosened: &kinds::MAXIMUM_LOOSENED,
    },
    Bound {
        keyword: "minLength",
        exclusive: None,
        is_upper: false,
        tightened: &kinds::MIN_LENGTH_TIGHTENED,
        loosened: &kinds::MIN_LENGTH_LOOSENED,
    },
    Bound {
        keyword: "maxLength",
        exclusive: None,
        is_upper: true,
        tightened: &kinds::MAX_LENGTH_TIGHTENED,
        loosened: &kinds::MAX_LENGTH_LOOSENED,
    },
    Bound {
        keyword: "minItems",
        exclusive: None,
        is_upper: false,
        tightened: &kinds::MIN_ITEMS_TIGHTENED,
        loosened: &kinds::MIN_ITEMS_LOOSENED,
    },
    Bound {
        keyword: "maxItems",
        exclusive: None,
        is_upper: true,
        tightened: &kinds::MAX_ITEMS_TIGHTENED,
        loosened: &kinds::MAX_ITEMS_LOOSENED,
    },
    Bound {
        keyword: "minProperties",
        exclusive: None,
        is_upper: false,
        tightened: &kinds::MIN_PROPERTIES_TIGHTENED,
        loosened: &kinds::MIN_PROPERTIES_LOOSENED,
    },
    Bound {
        keyword: "maxProperties",
        exclusive: None,
        is_upper: true,
        tightened: &kinds::MAX_PROPERTIES_TIGHTENED,
        loosened: &kinds::MAX_PROPERTIES_LOOSENED,
    },
];

/// A bound's value: how far it lets values go; an exclusive one lets them go less far.
type Limit = Option<(f64, bool)>;

impl<'a> Walk<'a> {
    pub(super) fn constraints(&mut self, flats: &Flats<'a>, at: At) {
        for bound in &BOUNDS {
            self.bound(bound, flats, at);
        }
        self.pattern(flats, at);
        self.multiple_of(flats, at);
        match (flats.base.flag("uniqueItems"), flats.revision.flag("uniqueItems")) {
            (false, true) => {
                let what = "items must differ".to_owned();
                self.record(at, flats.change(&kinds::UNIQUE_ITEMS_ADDED, "uniqueItems", what));
            }
            (true, false) => {
                let what = "items may repeat".to_owned();
                self.record(at, flats.change(&kinds::UNIQUE_ITEMS_REMOVED, "uniqueItems", what));
            }
            _ => {}
        }
    }

    fn bound(&mut self, bound: &Bound, flats: &Flats<'a>, at: At) {
        let (old, new) = (limit(&flats.base, bound), limit(&flats.revision, bound));
        if old == new {
            return;
        }
        let rule = if allows(new, old, bound.is_upper) { bound.loosened } else { bound.tightened };
        let what = format!("{} {} becomes {}", bound.keyword, shown(old), shown(new));
        let is_loose = rule == bound.loosened && at.direction == Some(Direction::Response);
        let verdict = is_loose.then(|| loosened(bound, &flats.base)).flatten();
        self.record(at, flats.change(rule, bound.keyword, what).maybe(verdict));
    }

    fn pattern(&mut self, flats: &Flats<'a>, at: At) {
        let (old, new) = (patterns(&flats.base), patterns(&flats.revision));
        let is_within = |inner: &[&str], outer: &[&str]| inner.iter().all(|p| outer.contains(p));
        let title = |patterns: &[&str]| patterns.join("` and `");
        let (rule, what) = match (is_within(&old, &new), is_within(&new, &old)) {
            (true, true) => return,
            (true, false) => (&kinds::PATTERN_ADDED, format!("must match `{}`", title(&new))),
            (false, true) => {
                (&kinds::PATTERN_REMOVED, format!("need not match `{}` any more", title(&old)))
            }
            (false, false) => {
                let what = format!("pattern `{}` becomes `{}`", title(&old), title(&new));
                (&kinds::PATTERN_CHANGED, what)
            }
        };
        self.record(at, flats.change(rule, "pattern", what));
    }

    fn multiple_of(&mut self, flats: &Flats<'a>, at: At) {
        let (old, new) = (flats.base.get("multipleOf"), flats.revision.get("multipleOf"));
        let (rule, what) = match (old, new) {
            (None, Some(new)) => {
                (&kinds::MULTIPLE_OF_ADDED, format!("must be a multiple of {}", show(new)))
            }
            (Some(old), None) => (
                &kinds::MULTIPLE_OF_REMOVED,
                format!("need not be a multiple of {} any more", show(old)),
            ),
            (Some(old), Some(new)) if old != new => {
                let what = format!("must be a multiple of {}, was {}", show(new), show(old));
                (&kinds::MULTIPLE_OF_CHANGED, what)
            }
            _ => return,
        };
        let is_request = at.direction == Some(Direction::Request);
        let is_loosened = is_request && rule == &kinds::MULTIPLE_OF_CHANGED && divides(new, old);
        let verdict = is_loosened
            .then_some((Wire::Compatible, "every multiple of the old factor is one of the new"));
        self.record(at, flats.change(rule, "multipleOf", what).maybe(verdict));
    }
}

/// What a looser bound does to programs that read, where it is not what the rule says.
fn loosened(bound: &Bound, base: &Flat<'_>) -> Verdict {
    if bound.keyword.ends_with("Items") && is_fixed_size(base) {
        return Some((Wire::Breaking, "programs read exactly as many items as the base has"));
    }
    let is_number = bound.exclusive.is_some() && base.kind() == Some("number");
    is_number.then_some((Wire::Compatible, "programs do not check the bounds of such numbers"))
}

/// Whether a list becomes an array of Rust, whose length is part of its type.
pub(super) fn is_fixed_size(flat: &Flat<'_>) -> bool {
    let count = |key: &str| flat.get(key).and_then(Value::as_u64).filter(|count| *count > 0);
    let is_fixed = count("minItems").is_some() && count("minItems") == count("maxItems");
    is_fixed && !flat.flag("uniqueItems")
}

/// All patterns that hold; the same one declared twice is one.
fn patterns<'f>(flat: &'f Flat<'_>) -> Vec<&'f str> {
    let declared = flat.declared("pattern").iter();
    let mut patterns: Vec<&str> = declared.filter_map(|node| node.value.as_str()).collect();
    patterns.sort_unstable();
    patterns.dedup();
    patterns
}

/// Whether every multiple of `other` is one of `factor`.
fn divides(factor: Option<&Value>, other: Option<&Value>) -> bool {
    let number = |value: Option<&Value>| value.and_then(Value::as_f64);
    let (Some(factor), Some(other)) = (number(factor), number(other)) else { return false };
    let times = other / factor;
    times.is_finite() && (times - times.round()).abs() < 1e-9
}

/// The limit that a schema states; a lower bound of nothing is none.
fn limit(flat: &Flat<'_>, bound: &Bound) -> Limit {
    let value = flat.get(bound.keyword).and_then(Value::as_f64)?;
    let is_count = bound.exclusive.is_none();
    if is_count && !bound.is_upper && value == 0.0 {
        return None;
    }
    Some((value, bound.exclusive.is_some_and(|flag| flat.flag(flag))))
}

/// Whether `one` allows all that `other` does.
fn allows(one: Limit, other: Limit, is_upper: bool) -> bool {
    match (one, other) {
        (None, _) => true,
        (_, None) => false,
        (Some((one, _)), Some((other, _))) if one != other => (one > other) == is_upper,
        (Some((_, is_exclusive)), Some(_)) => !is_exclusive,
    }
}

fn shown(limit: Limit) -> String {
    match limit {
        None => "none".to_owned(),
        Some((value, false)) => value.to_string(),
        Some((value, true)) => format!("{value} (exclusive)"),
    }
}
