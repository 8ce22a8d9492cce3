//! The values that a schema allows: enums, defaults, null.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    PROSE, Walk,
    canonical::{are_equal, data},
    composition::is_closed,
    constraint::is_fixed_size,
    flag::{NULLABLE, Thing},
    flatten::Flat,
    format::fits_integer,
    schema::Flats,
    show,
};
use crate::drift::{
    finding::{At, Judgement, Slot, Verdict},
    kind::{Rule, value as kinds},
    verdict::{Direction, Wire},
};
use crate::extension::OPEN_ENUM;

const OPEN_LIST: Judgement =
    (Wire::Compatible, "the list is open: it names the known values, and others are accepted");
const ANY: Judgement =
    (Wire::Compatible, "clients read any value there, because not all values are strings");
const OF_TYPE: Judgement = (Wire::Compatible, "clients read any value of the type");
const OF_ANOTHER_TYPE: Judgement = (Wire::Breaking, "clients cannot read a value of another type");
const NO_NULL: Judgement = (Wire::Breaking, "clients cannot read null there");
const ABSENT: Judgement = (Wire::Compatible, "clients read null as absent");
const EMPTY: Judgement = (Wire::Compatible, "clients read null as an empty list or map");

/// Keywords that list values: the closed list, and the open one that only names known values.
const CLOSED: &str = "enum";
const OPEN: &str = OPEN_ENUM;

/// A kind of change of a list, and whether it allows fewer values.
struct ListRule {
    kind: &'static Rule,
    narrows: bool,
}

static VALUE_ADDED: ListRule = ListRule { kind: &kinds::ENUM_VALUE_ADDED, narrows: false };
static VALUE_REMOVED: ListRule = ListRule { kind: &kinds::ENUM_VALUE_REMOVED, narrows: true };
static LIST_ADDED: ListRule = ListRule { kind: &kinds::ENUM_ADDED, narrows: true };
static LIST_REMOVED: ListRule = ListRule { kind: &kinds::ENUM_REMOVED, narrows: false };

/// One change of a list of values.
struct ListChange<'v> {
    rule: &'static ListRule,
    what: String,
    /// The added or removed value; `None` for the list as a whole.
    value: Option<&'v Value>,
}

impl<'a> Walk<'_, 'a> {
    pub(super) fn values(&mut self, flats: &Flats<'a>, at: At, slot: Slot) {
        self.enums(flats, at, slot);
        self.defaults(flats, at);
        let toggle = flats.toggle(NULLABLE.keyword);
        let is_read = toggle.is_set() && at.is(Direction::Response);
        let verdict = if is_read { reading_of_null(&flats.base, slot) } else { None };
        let thing = Thing { verdict, ..Thing::at(flats.place(NULLABLE.keyword)) };
        self.flag(&NULLABLE, toggle, thing, at);
    }

    fn enums(&mut self, flats: &Flats<'a>, at: At, slot: Slot) {
        let key = enum_key(&flats.base, &flats.revision);
        for change in list_changes(list(&flats.base, key), list(&flats.revision, key)) {
            let verdict = match at.direction {
                Some(Direction::Request) if change.rule.narrows && key == OPEN => Some(OPEN_LIST),
                Some(Direction::Response) if !change.rule.narrows && key == CLOSED => {
                    reading(change.value, &flats.base, slot)
                }
                _ => None,
            };
            let subject = change.value.map(show).unwrap_or_default();
            let recorded = flats.change(change.rule.kind, key, change.what).subject(subject);
            self.record(at, recorded.maybe(verdict));
        }
    }

    fn defaults(&mut self, flats: &Flats<'a>, at: At) {
        let shown = |flat: &Flat<'a>| flat.get("default").map(show).unwrap_or_default();
        let (old, new) = (shown(&flats.base), shown(&flats.revision));
        let (rule, what) = match (flats.base.get("default"), flats.revision.get("default")) {
            (None, None) => return,
            (Some(old), Some(new)) if are_equal(old, new) => return,
            (None, _) => (&kinds::DEFAULT_ADDED, format!("default changes from none to {new}")),
            (_, None) => (&kinds::DEFAULT_REMOVED, format!("default changes from {old} to none")),
            _ => (&kinds::DEFAULT_CHANGED, format!("default changes from {old} to {new}")),
        };
        self.record(at, flats.change(rule, "default", what));
    }
}

/// Returns the changes of a list of values; the order is ignored.
fn list_changes<'v>(old: Option<&'v [Value]>, new: Option<&'v [Value]>) -> Vec<ListChange<'v>> {
    let whole = |rule, what| vec![ListChange { rule, what, value: None }];
    let (old, new) = match (old, new) {
        (None, None) => return Vec::new(),
        (None, Some(new)) => return whole(&LIST_ADDED, format!("limited to {}", values(new))),
        (Some(old), None) => {
            return whole(&LIST_REMOVED, format!("no longer limited to {}", values(old)));
        }
        (Some(old), Some(new)) => (old, new),
    };
    let (known, kept): (HashSet<Value>, HashSet<Value>) =
        (old.iter().map(data).collect(), new.iter().map(data).collect());
    let removed = old.iter().filter(|value| !kept.contains(&data(value))).map(|value| ListChange {
        rule: &VALUE_REMOVED,
        what: format!("value {} removed", show(value)),
        value: Some(value),
    });
    let added = new.iter().filter(|value| !known.contains(&data(value))).map(|value| ListChange {
        rule: &VALUE_ADDED,
        what: format!("value {} added", show(value)),
        value: Some(value),
    });
    removed.chain(added).collect()
}

/// Returns the verdict on clients that read null where `base` does not allow it.
fn reading_of_null(base: &Flat<'_>, slot: Slot) -> Verdict {
    // A collection that is a component has a type of its own, which does not read null.
    let is_named = base.owners.first().is_some_and(|owner| owner.node.pointer.is_start());
    match slot {
        _ if is_option(base, slot) => Some(ABSENT),
        Slot::Required | Slot::Optional if is_collection(base) && !is_named => Some(EMPTY),
        _ => None,
    }
}

/// Returns whether clients read null as absent: an optional property is an `Option`, unless it has a
/// default or is a collection.
fn is_option(flat: &Flat<'_>, slot: Slot) -> bool {
    slot == Slot::Optional && flat.get("default").is_none() && !is_collection(flat)
}

/// Returns whether clients read a missing value as an empty one: a plain list, or a map.
fn is_collection(flat: &Flat<'_>) -> bool {
    let is_plain = flat.parts.is_empty() && flat.one_of.is_empty() && flat.any_of.is_empty();
    let is_collection = match flat.kind() {
        Some("array") => !flat.flag("uniqueItems") && !is_fixed_size(flat),
        Some("object") => flat.properties.is_empty() && !is_closed(flat),
        _ => false,
    };
    is_plain && is_collection
}

/// Returns the verdict on clients built from `base` that read a value outside its list; `None` for the
/// rule's verdict. Clients check the values of no list, only their type.
fn reading(value: Option<&Value>, base: &Flat<'_>, slot: Slot) -> Verdict {
    let is_only_null = list(base, CLOSED).is_some_and(|list| list.iter().all(Value::is_null));
    let is_null = value.is_some_and(Value::is_null);
    match base.kind() {
        _ if is_only_null => Some(OF_ANOTHER_TYPE),
        None if says_only_values(base) => Some(ANY),
        None => Some(OF_ANOTHER_TYPE),
        _ if is_null && (base.flag(NULLABLE.keyword) || is_option(base, slot)) => None,
        _ if is_null => Some(NO_NULL),
        Some(kind) if value.is_some_and(|value| !is_of(kind, value, base)) => Some(OF_ANOTHER_TYPE),
        Some("string") => None,
        Some(_) => Some(OF_TYPE),
    }
}

/// Returns whether a schema consists of a list of values and documentation. Clients read any value there,
/// because no Rust enum has values other than strings.
fn says_only_values(flat: &Flat<'_>) -> bool {
    let is_plain = flat.parts.is_empty() && flat.one_of.is_empty() && flat.any_of.is_empty();
    let mut keywords = flat.keywords.keys();
    is_plain
        && keywords.all(|key| {
            [CLOSED, NULLABLE.keyword].contains(key) || PROSE.contains(key) || key.starts_with("x-")
        })
}

/// Returns whether clients that read the type `kind` can read a value.
fn is_of(kind: &str, value: &Value, base: &Flat<'_>) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.as_f64().is_some_and(|n| n.fract() == 0.0 && fits_integer(base, n)),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        // The items and properties of a value in a list are not compared with their schemas.
        _ => false,
    }
}

/// Returns `enum`, or the keyword of an open list if neither schema has an `enum`.
fn enum_key(base: &Flat<'_>, revision: &Flat<'_>) -> &'static str {
    let is_closed = base.get(CLOSED).is_some() || revision.get(CLOSED).is_some();
    if is_closed { CLOSED } else { OPEN }
}

fn list<'f>(flat: &'f Flat<'_>, key: &str) -> Option<&'f [Value]> {
    flat.get(key).and_then(Value::as_array).map(Vec::as_slice)
}

fn values(values: &[Value]) -> String {
    let shown: Vec<String> = values.iter().map(show).collect();
    shown.join(", ")
}
