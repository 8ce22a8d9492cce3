//! The values that a schema allows: enums, defaults, null.

use serde_json::Value;

use super::{
    Walk,
    flatten::Flat,
    schema::{Flats, Slot},
    show,
};
use crate::drift::{
    finding::{At, Change, Place},
    kind::{Rule, value as kinds},
    verdict::{Direction, Wire},
};

const OPEN_LIST: &str = "the list is open: it names the known values, others are accepted";
const CLOSED_TYPE: &str = "only enums of strings are open: programs cannot read another value";

impl<'a> Walk<'a> {
    pub(super) fn values(&mut self, flats: &Flats<'a>, at: At, slot: Slot) {
        self.enums(flats, at);
        self.defaults(flats, at);
        self.nullability(flats, at, slot);
    }

    fn enums(&mut self, flats: &Flats<'a>, at: At) {
        let key = enum_key(&flats.base, &flats.revision);
        let (old, new) = (list(&flats.base, key), list(&flats.revision, key));
        match (old, new) {
            (Some(old), Some(new)) => self.enum_values(flats, key, (old, new), at),
            (None, Some(new)) => {
                let what = format!("limited to {}", values(new));
                self.record(
                    at,
                    enum_change(&kinds::ENUM_ADDED, flats.place(key), what, (key, new), at),
                );
            }
            (Some(old), None) => {
                let what = format!("no longer limited to {}", values(old));
                self.record(
                    at,
                    enum_change(&kinds::ENUM_REMOVED, flats.place(key), what, (key, old), at),
                );
            }
            (None, None) => {}
        }
    }

    fn enum_values(
        &mut self,
        flats: &Flats<'a>,
        key: &str,
        (old, new): (&[Value], &[Value]),
        at: At,
    ) {
        for value in old.iter().filter(|value| !new.contains(value)) {
            let what = format!("value {} removed", show(value));
            let one = std::slice::from_ref(value);
            let change =
                enum_change(&kinds::ENUM_VALUE_REMOVED, flats.place(key), what, (key, one), at);
            self.record(at, change.subject(show(value)));
        }
        for value in new.iter().filter(|value| !old.contains(value)) {
            let what = format!("value {} added", show(value));
            let one = std::slice::from_ref(value);
            let change =
                enum_change(&kinds::ENUM_VALUE_ADDED, flats.place(key), what, (key, one), at);
            self.record(at, change.subject(show(value)));
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
                let is_absent = at.direction == Some(Direction::Response)
                    && slot == Slot::Optional
                    && flats.base.get("default").is_none();
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

/// The change of an enum, with the verdict that its values and its keyword ask for.
fn enum_change(
    rule: &'static Rule,
    place: Place,
    what: String,
    (key, values): (&str, &[Value]),
    at: At,
) -> Change {
    let narrows = rule == &kinds::ENUM_ADDED || rule == &kinds::ENUM_VALUE_REMOVED;
    let is_text = values.iter().all(Value::is_string);
    let verdict = match at.direction {
        Some(Direction::Request) if narrows && key != "enum" => Some((Wire::Compatible, OPEN_LIST)),
        Some(Direction::Response) if !narrows && !is_text => Some((Wire::Breaking, CLOSED_TYPE)),
        _ => None,
    };
    Change::new(rule, place, what).maybe(verdict)
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
