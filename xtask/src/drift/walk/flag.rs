//! Keywords that are true or false, as a table: what it means that one is set or cleared.

use super::Walk;
use crate::drift::{
    finding::{At, Change, Spot, Verdict},
    kind::{
        Rule, body as bodies, constraint as constraints, operation as operations,
        parameter as parameters, property as properties, schema as schemas, value as values,
    },
};

/// A keyword that is true or false.
pub(super) struct Flag {
    pub(super) keyword: &'static str,
    set: Told,
    cleared: Told,
}

/// How a change is told: its kind, and what is said of the thing.
struct Told {
    rule: &'static Rule,
    what: &'static str,
}

const fn told(rule: &'static Rule, what: &'static str) -> Told {
    Told { rule, what }
}

const fn flag(keyword: &'static str, set: Told, cleared: Told) -> Flag {
    Flag { keyword, set, cleared }
}

/// The flags that are told wherever their thing is, with the things that have them.
pub(super) static OPERATION_DEPRECATED: Flag = flag(
    "deprecated",
    told(&operations::OPERATION_DEPRECATED, "deprecated"),
    told(&operations::OPERATION_UNDEPRECATED, "no longer deprecated"),
);
pub(super) static BODY_REQUIRED: Flag = flag(
    "required",
    told(&bodies::REQUEST_BODY_BECAME_REQUIRED, "request body became required"),
    told(&bodies::REQUEST_BODY_BECAME_OPTIONAL, "request body became optional"),
);
pub(super) static HEADER_REQUIRED: Flag = flag(
    "required",
    told(&bodies::RESPONSE_HEADER_BECAME_REQUIRED, "became required"),
    told(&bodies::RESPONSE_HEADER_BECAME_OPTIONAL, "became optional"),
);
pub(super) static PARAMETER_REQUIRED: Flag = flag(
    "required",
    told(&parameters::PARAMETER_BECAME_REQUIRED, "became required"),
    told(&parameters::PARAMETER_BECAME_OPTIONAL, "became optional"),
);
pub(super) static PARAMETER_FLAGS: [Flag; 3] = [
    flag(
        "allowReserved",
        told(&parameters::PARAMETER_ALLOW_RESERVED_CHANGED, "allowReserved becomes true"),
        told(&parameters::PARAMETER_ALLOW_RESERVED_CHANGED, "allowReserved becomes false"),
    ),
    flag(
        "allowEmptyValue",
        told(&parameters::PARAMETER_EMPTY_VALUE_ALLOWED, "may be empty"),
        told(&parameters::PARAMETER_EMPTY_VALUE_REFUSED, "may not be empty"),
    ),
    flag(
        "deprecated",
        told(&parameters::PARAMETER_DEPRECATED, "deprecated"),
        told(&parameters::PARAMETER_UNDEPRECATED, "no longer deprecated"),
    ),
];
pub(super) static SCHEMA_FLAGS: [Flag; 2] = [
    flag(
        "deprecated",
        told(&schemas::SCHEMA_DEPRECATED, "deprecated"),
        told(&schemas::SCHEMA_UNDEPRECATED, "no longer deprecated"),
    ),
    flag(
        "uniqueItems",
        told(&constraints::UNIQUE_ITEMS_ADDED, "items must differ"),
        told(&constraints::UNIQUE_ITEMS_REMOVED, "items may repeat"),
    ),
];
pub(super) static NULLABLE: Flag = flag(
    "nullable",
    told(&values::BECAME_NULLABLE, "may be null"),
    told(&values::NO_LONGER_NULLABLE, "may not be null any more"),
);
pub(super) static READ_ONLY: Flag = flag(
    "readOnly",
    told(&properties::BECAME_READ_ONLY, "became read-only"),
    told(&properties::NO_LONGER_READ_ONLY, "no longer read-only"),
);
pub(super) static WRITE_ONLY: Flag = flag(
    "writeOnly",
    told(&properties::BECAME_WRITE_ONLY, "became write-only"),
    told(&properties::NO_LONGER_WRITE_ONLY, "no longer write-only"),
);

/// What a flag was and is.
#[derive(Clone, Copy)]
pub(super) struct Turn {
    pub(super) old: bool,
    pub(super) new: bool,
}

impl Turn {
    pub(super) fn is_set(self) -> bool {
        !self.old && self.new
    }
}

impl<'a> Walk<'_, 'a> {
    /// Records what became of a flag. `thing` names what has it, where the place does not.
    pub(super) fn flag(&mut self, flag: &Flag, turn: Turn, thing: Thing<'_, 'a>, at: At) {
        let told = match (turn.old, turn.new) {
            (false, true) => &flag.set,
            (true, false) => &flag.cleared,
            _ => return,
        };
        let what = format!("{}{}", thing.prefix, told.what);
        let change = Change::new(told.rule, thing.spot, what).subject(thing.subject);
        self.record(at, change.maybe(thing.verdict));
    }
}

/// What has a flag.
pub(super) struct Thing<'t, 'a> {
    pub(super) spot: Spot<'a>,
    /// What the sentence begins with.
    pub(super) prefix: &'t str,
    pub(super) subject: &'t str,
    /// A verdict other than the rule's.
    pub(super) verdict: Verdict,
}

impl<'a> Thing<'_, 'a> {
    /// A thing that its place names well enough.
    pub(super) fn at(spot: Spot<'a>) -> Self {
        Self { spot, prefix: "", subject: "", verdict: None }
    }
}
