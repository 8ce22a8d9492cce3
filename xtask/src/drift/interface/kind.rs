//! Every kind of change of a gRPC interface, with its wire verdict and why.

use std::fmt::Write as _;

use crate::drift::verdict::Wire;

/// The area of these kinds.
pub(super) const AREA: &str = "gRPC";

/// One kind of change.
#[derive(Debug, PartialEq)]
pub struct Kind {
    /// Stable name, kebab-case.
    pub id: &'static str,
    /// What happens to programs already built.
    pub wire: Wire,
    /// Why.
    pub why: &'static str,
    /// An example, in words.
    pub example: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $id:literal, $wire:ident, $why:literal, $example:literal;)+) => {
        $(pub(super) static $name: Kind =
            Kind { id: $id, wire: Wire::$wire, why: $why, example: $example };)+
        /// All of them.
        pub static KINDS: &[&Kind] = &[$(&$name),+];
    };
}

kinds! {
    PACKAGE_CHANGED = "grpc-package-changed", Breaking, "the path of every call has the package in it", "`ambient.v1` becomes `ambient.v2`";
    METHOD_ADDED = "grpc-method-added", Compatible, "programs already built do not call it", "`SessionService` gets `Archive`";
    METHOD_REMOVED = "grpc-method-removed", Breaking, "programs that call it get `UNIMPLEMENTED`", "`SessionService` loses `WatchSessions`";
    METHOD_CHANGED = "grpc-method-changed", Breaking, "the two sides read each other's messages as others", "`WatchSessions` streams another message, or no longer streams";
    MESSAGE_ADDED = "grpc-message-added", None, "a message travels without its name", "the message `Archive` appears";
    MESSAGE_REMOVED = "grpc-message-removed", None, "a message travels without its name; what used it is listed by itself", "the message `Archive` is gone";
    FIELD_ADDED = "grpc-field-added", Compatible, "programs skip numbers that they do not know", "`Session` gets `archived = 33`";
    FIELD_REMOVED = "grpc-field-removed", Breaking, "programs silently lose it, and what they send in it is ignored", "`Session` loses `agent_id`";
    FIELD_RENAMED = "grpc-field-renamed", None, "fields travel by their numbers", "`llm_model = 11` becomes `model = 11`";
    FIELD_RENUMBERED = "grpc-field-number-changed", Breaking, "each side looks for it under another number", "`phase = 21` becomes `phase = 40`";
    NUMBER_REUSED = "grpc-field-number-reused", Breaking, "programs read the new field as the old one", "number 21 was `string phase` and is `int32 priority`";
    TYPE_CHANGED = "grpc-field-type-changed", Breaking, "the value is encoded in another way", "`string phase = 21` becomes `int32 phase = 21`";
    TYPE_WIDENED = "grpc-field-type-kin", Unknown, "the encoding is the same, and some values are read as others", "`int32 timeout = 10` becomes `int64 timeout = 10`";
    REPEATED_CHANGED = "grpc-field-repeated-changed", Breaking, "one side reads the last of many, or one as many", "`string repos = 8` becomes `repeated string repos = 8`";
    PRESENCE_CHANGED = "grpc-field-presence-changed", Compatible, "the bytes are the same; whether it was set is told or not", "`string phase = 21` becomes `optional string phase = 21`";
    ONEOF_CHANGED = "grpc-field-oneof-changed", Unknown, "setting one field of a group clears the others", "`phase` moves into `oneof state`";
    VALUE_ADDED = "grpc-value-added", Compatible, "programs keep numbers that they do not know", "`EventType` gets `EVENT_TYPE_MOVED = 4`";
    VALUE_REMOVED = "grpc-value-removed", Breaking, "the server does not know what programs send", "`EventType` loses `EVENT_TYPE_DELETED`";
    VALUE_RENAMED = "grpc-value-renamed", None, "values travel by their numbers", "`EVENT_TYPE_DELETED = 3` becomes `EVENT_TYPE_GONE = 3`";
    VALUE_RENUMBERED = "grpc-value-number-changed", Breaking, "each side means another value by the number", "`EVENT_TYPE_DELETED = 3` becomes `= 5`";
}

/// Every kind with its verdict and an example, as Markdown.
pub fn table() -> String {
    let mut text = String::from("| kind | wire | example |\n|---|---|---|\n");
    for Kind { id, wire, why, example } in KINDS {
        let _ = writeln!(text, "| `{id}` | **{}** ({why}) | {example} |", wire.word());
    }
    text
}
