//! The values that a schema allows: enums, defaults, null.

use serde_json::Value;

use super::{
    Walk,
    composition::is_closed,
    constraint::is_fixed_size,
    flatten::Flat,
    schema::{Flats, Verdict},
    show,
};
use crate::drift::{
    finding::{At, Slot},
    kind::{Rule, value as kinds},
    verdict::{Direction, Wire},
};
use crate::prepare::is_mixed;

const OPEN_LIST: &str = "the list is open: it names the known values, others are accepted";
const MIXED: &str = "programs read anything where the values are of several types";
const CLOSED_TYPE: &str = "only enums of strings are open: programs cannot read another value";

impl<'a> Walk<'a> {
    pub(super) fn values(&mut self, flats: &Flats<'a>, at: At, slot: Slot) {
        self.enums(flats, at, slot);
        self.defaults(flats, at);
        self.nullability(flats, at, slot);
    }

    fn enums(&mut self, flats: &Flats<'a>, at: At, slot: Slot) {
        let key = enum_key(&flats.base, &flats.revision);
        let (old, new) = (list(&flats.base, key), list(&flats.revision, key));
        let mut tell = |rule: &'static Rule, what: String, value: Option<&Value>| {
            let verdict = enum_verdict(rule, (key, value), (&flats.base, slot), at);
            let subject = value.map(show).unwrap_or_default();
            self.record(at, flats.change(rule, key, what).subject(subject).maybe(verdict));
        };
        match (old, new) {
            (Some(old), Some(new)) => {
                for value in old.iter().filter(|value| !new.contains(value)) {
                    let what = format!("value {} removed", show(value));
                    tell(&kinds::ENUM_VALUE_REMOVED, what, Some(value));
                }
                for value in new.iter().filter(|value| !old.contains(value)) {
                    let what = format!("value {} added", show(value));
                    tell(&kinds::ENUM_VALUE_ADDED, what, Some(value));
                }
            }
            (None, Some(new)) => {
                tell(&kinds::ENUM_ADDED, format!("limited to {}", values(new)), None);
            }
            (Some(old), None) => {
                tell(&kinds::ENUM_REMOVED, format!("no longer limited to {}", values(old)), None);
            }
            (None, None) => {}
        }
    }

    fn defaults(&mut self, flats: &Flats<'a>, at: At) {
        let shown = |flat: &Flat<'a>| flat.get("default").map(show).unwrap_or_default();
        let (old, new) = (shown(&flats.base), shown(&flats.revision));
        let (rule, what) = match (flats.base.get("default"), flats.revision.get("default")) {
            (old_value, new_value) if old_value == new_value => return,
            (None, _) => (&kinds::DEFAULT_ADDED, format!("default {new} added")),
            (_, None) => (&kinds::DEFAULT_REMOVED, format!("default {old} removed")),
            _ => (&kinds::DEFAULT_CHANGED, format!("default {old} becomes {new}")),
        };
        self.record(at, flats.change(rule, "default", what));
    }

    fn nullability(&mut self, flats: &Flats<'a>, at: At, slot: Slot) {
        match (flats.base.flag("nullable"), flats.revision.flag("nullable")) {
            (false, true) => {
                let is_absent =
                    at.direction == Some(Direction::Response) && is_option(&flats.base, slot);
                let harmless = is_absent.then_some((Wire::Compatible, "null reads as absent"));
                let change =
                    flats.change(&kinds::BECAME_NULLABLE, "nullable", "may be null".to_owned());
                self.record(at, change.maybe(harmless));
            }
            (true, false) => {
                let what = "may not be null any more".to_owned();
                self.record(at, flats.change(&kinds::NO_LONGER_NULLABLE, "nullable", what));
            }
            _ => {}
        }
    }
}

/// Whether null reads as absent: what may be missing is an `Option`, unless something else stands for
/// it then.
fn is_option(flat: &Flat<'_>, slot: Slot) -> bool {
    slot == Slot::Optional && flat.get("default").is_none() && !is_collection(flat)
}

/// Whether an empty value stands for a missing one: a plain list, or a map.
fn is_collection(flat: &Flat<'_>) -> bool {
    let is_plain = flat.parts.is_empty() && flat.one_of.is_empty() && flat.any_of.is_empty();
    let is_collection = match flat.kind() {
        Some("array") => !flat.flag("uniqueItems") && !is_fixed_size(flat),
        Some("object") => flat.properties.is_empty() && !is_closed(flat),
        _ => false,
    };
    is_plain && is_collection
}

/// The verdict that the values of an enum ask for, and the keyword that lists them. `value` is the one
/// that comes or goes.
fn enum_verdict(
    rule: &Rule,
    (key, value): (&str, Option<&Value>),
    (base, slot): (&Flat<'_>, Slot),
    at: At,
) -> Verdict {
    let narrows = rule == &kinds::ENUM_ADDED || rule == &kinds::ENUM_VALUE_REMOVED;
    match at.direction {
        Some(Direction::Request) if narrows && key != "enum" => Some((Wire::Compatible, OPEN_LIST)),
        Some(Direction::Response) if !narrows && key == "enum" => match value {
            _ if base.kind().is_none() && list(base, "enum").is_some_and(is_mixed) => {
                Some((Wire::Compatible, MIXED))
            }
            Some(Value::Null) if base.flag("nullable") || is_option(base, slot) => None,
            Some(Value::Null) => Some((Wire::Breaking, "programs cannot read null there")),
            _ if base.kind() == Some("boolean") => {
                Some((Wire::Compatible, "programs read any boolean"))
            }
            _ if is_open(base) && value.is_none_or(Value::is_string) => None,
            _ => Some((Wire::Breaking, CLOSED_TYPE)),
        },
        _ => None,
    }
}

/// Whether the generated enum keeps values that it does not know: it is one of strings.
fn is_open(flat: &Flat<'_>) -> bool {
    let values = list(flat, "enum").unwrap_or_default();
    flat.kind().is_none_or(|kind| kind == "string")
        && values.iter().all(|value| value.is_string() || value.is_null())
}

/// `enum`, or the list of known values of an open one where neither has an `enum`.
fn enum_key(base: &Flat<'_>, revision: &Flat<'_>) -> &'static str {
    let is_closed = base.get("enum").is_some() || revision.get("enum").is_some();
    if is_closed { "enum" } else { "x-extensible-enum" }
}

fn list<'f>(flat: &'f Flat<'_>, key: &str) -> Option<&'f [Value]> {
    flat.get(key).and_then(Value::as_array).map(Vec::as_slice)
}

fn values(values: &[Value]) -> String {
    let shown: Vec<String> = values.iter().map(show).collect();
    shown.join(", ")
}
