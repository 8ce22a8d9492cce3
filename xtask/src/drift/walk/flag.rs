//! Boolean keywords, as a table: the change that is reported if one is set or cleared.

use super::Walk;
use crate::drift::{
    finding::{At, Change, Spot, Verdict},
    kind::{
        Rule, body as bodies, constraint as constraints, operation as operations,
        parameter as parameters, property as properties, schema as schemas, value as values,
    },
};

/// A boolean keyword.
pub(super) struct Flag {
    pub(super) keyword: &'static str,
    set: FlagChange,
    cleared: FlagChange,
}

/// The kind of a change and its description.
struct FlagChange {
    rule: &'static Rule,
    what: &'static str,
}

const fn change(rule: &'static Rule, what: &'static str) -> FlagChange {
    FlagChange { rule, what }
}

const fn flag(keyword: &'static str, set: FlagChange, cleared: FlagChange) -> Flag {
    Flag { keyword, set, cleared }
}

/// The flags, by the objects that have them.
pub(super) static OPERATION_DEPRECATED: Flag = flag(
    "deprecated",
    change(&operations::OPERATION_DEPRECATED, "deprecated"),
    change(&operations::OPERATION_UNDEPRECATED, "no longer deprecated"),
);
pub(super) static BODY_REQUIRED: Flag = flag(
    "required",
    change(&bodies::REQUEST_BODY_BECAME_REQUIRED, "request body became required"),
    change(&bodies::REQUEST_BODY_BECAME_OPTIONAL, "request body became optional"),
);
pub(super) static HEADER_REQUIRED: Flag = flag(
    "required",
    change(&bodies::RESPONSE_HEADER_BECAME_REQUIRED, "became required"),
    change(&bodies::RESPONSE_HEADER_BECAME_OPTIONAL, "became optional"),
);
pub(super) static PARAMETER_REQUIRED: Flag = flag(
    "required",
    change(&parameters::PARAMETER_BECAME_REQUIRED, "became required"),
    change(&parameters::PARAMETER_BECAME_OPTIONAL, "became optional"),
);
pub(super) static PARAMETER_FLAGS: [Flag; 3] = [
    flag(
        "allowReserved",
        change(
            &parameters::PARAMETER_ALLOW_RESERVED_CHANGED,
            "allowReserved changes from false to true",
        ),
        change(
            &parameters::PARAMETER_ALLOW_RESERVED_CHANGED,
            "allowReserved changes from true to false",
        ),
    ),
    flag(
        "allowEmptyValue",
        change(&parameters::PARAMETER_EMPTY_VALUE_ALLOWED, "may be empty"),
        change(&parameters::PARAMETER_EMPTY_VALUE_REFUSED, "may not be empty"),
    ),
    flag(
        "deprecated",
        change(&parameters::PARAMETER_DEPRECATED, "deprecated"),
        change(&parameters::PARAMETER_UNDEPRECATED, "no longer deprecated"),
    ),
];
pub(super) static SCHEMA_FLAGS: [Flag; 2] = [
    flag(
        "deprecated",
        change(&schemas::SCHEMA_DEPRECATED, "deprecated"),
        change(&schemas::SCHEMA_UNDEPRECATED, "no longer deprecated"),
    ),
    flag(
        "uniqueItems",
        change(&constraints::UNIQUE_ITEMS_ADDED, "items must differ"),
        change(&constraints::UNIQUE_ITEMS_REMOVED, "items may repeat"),
    ),
];
pub(super) static NULLABLE: Flag = flag(
    "nullable",
    change(&values::BECAME_NULLABLE, "may be null"),
    change(&values::NO_LONGER_NULLABLE, "may no longer be null"),
);
pub(super) static READ_ONLY: Flag = flag(
    "readOnly",
    change(&properties::BECAME_READ_ONLY, "became read-only"),
    change(&properties::NO_LONGER_READ_ONLY, "no longer read-only"),
);
pub(super) static WRITE_ONLY: Flag = flag(
    "writeOnly",
    change(&properties::BECAME_WRITE_ONLY, "became write-only"),
    change(&properties::NO_LONGER_WRITE_ONLY, "no longer write-only"),
);

/// The old and the new value of a flag.
#[derive(Clone, Copy)]
pub(super) struct Toggle {
    pub(super) old: bool,
    pub(super) new: bool,
}

impl Toggle {
    pub(super) fn is_set(self) -> bool {
        !self.old && self.new
    }
}

impl<'a> Walk<'_, 'a> {
    /// Records a changed flag of `thing`.
    pub(super) fn flag(&mut self, flag: &Flag, toggle: Toggle, thing: Thing<'_, 'a>, at: At) {
        let change = match (toggle.old, toggle.new) {
            (false, true) => &flag.set,
            (true, false) => &flag.cleared,
            _ => return,
        };
        let what = format!("{}{}", thing.prefix, change.what);
        let change = Change::new(change.rule, thing.spot, what).subject(thing.subject);
        self.record(at, change.maybe(thing.verdict));
    }
}

/// The object that has a flag.
pub(super) struct Thing<'t, 'a> {
    pub(super) spot: Spot<'a>,
    /// The start of the sentence.
    pub(super) prefix: &'t str,
    pub(super) subject: &'t str,
    /// A verdict other than the rule's.
    pub(super) verdict: Verdict,
}

impl<'a> Thing<'_, 'a> {
    /// Creates a thing whose place is enough to identify it.
    pub(super) fn at(spot: Spot<'a>) -> Self {
        Self { spot, prefix: "", subject: "", verdict: None }
    }
}
