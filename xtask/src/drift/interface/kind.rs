//! The kinds of change of a gRPC interface, with their wire verdicts and reasons.

use std::fmt::Write as _;

use crate::drift::verdict::Wire;

/// The area of these kinds.
pub(super) const AREA: &str = "gRPC";

/// One kind of change.
#[derive(Debug, PartialEq)]
pub struct Kind {
    /// The stable name, in kebab-case.
    pub id: &'static str,
    /// The effect on existing clients.
    pub wire: Wire,
    /// The reason.
    pub why: &'static str,
    /// An example, in words.
    pub example: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $id:literal, $wire:ident, $why:literal, $example:literal;)+) => {
        $(pub(super) static $name: Kind =
            Kind { id: $id, wire: Wire::$wire, why: $why, example: $example };)+
        /// All kinds.
        pub static KINDS: &[&Kind] = &[$(&$name),+];
    };
}

kinds! {
    PACKAGE_CHANGED = "grpc-package-changed", Breaking, "the path of every call contains the package", "`ambient.v1` becomes `ambient.v2`";
    METHOD_ADDED = "grpc-method-added", Compatible, "existing clients do not call it", "`SessionService` gets `Archive`";
    METHOD_REMOVED = "grpc-method-removed", Breaking, "clients that call it get `UNIMPLEMENTED`", "`SessionService` loses `WatchSessions`";
    METHOD_CHANGED = "grpc-method-changed", Breaking, "clients and server read each other's messages as another type", "`WatchSessions` streams another message, or no longer streams";
    MESSAGE_ADDED = "grpc-message-added", None, "the name of a message is not sent", "the message `Archive` is added";
    MESSAGE_REMOVED = "grpc-message-removed", None, "the name of a message is not sent; changes where it was used are listed separately", "the message `Archive` is removed";
    FIELD_ADDED = "grpc-field-added", Compatible, "clients skip unknown field numbers", "`Session` gets `archived = 33`";
    FIELD_REMOVED = "grpc-field-removed", Breaking, "clients silently lose its value, and the server ignores the value that they send", "`Session` loses `agent_id`";
    FIELD_RENAMED = "grpc-field-renamed", None, "fields are sent by number", "`llm_model = 11` becomes `model = 11`";
    FIELD_RENUMBERED = "grpc-field-number-changed", Breaking, "clients and server use different numbers for it", "`phase = 21` becomes `phase = 40`";
    NUMBER_REUSED = "grpc-field-number-reused", Breaking, "clients read the new field as the old one", "number 21 was `string phase` and is `int32 priority`";
    TYPE_CHANGED = "grpc-field-type-changed", Breaking, "the value is encoded differently", "`string phase = 21` becomes `int32 phase = 21`";
    TYPE_WIDENED = "grpc-field-type-kin", Unknown, "the encoding is the same, but some values are read as other values", "`int32 timeout = 10` becomes `int64 timeout = 10`";
    REPEATED_CHANGED = "grpc-field-repeated-changed", Breaking, "one side reads only the last value, or a single value as a list", "`string repos = 8` becomes `repeated string repos = 8`";
    PRESENCE_CHANGED = "grpc-field-presence-changed", Compatible, "the bytes are the same; only the information whether it was set changes", "`string phase = 21` becomes `optional string phase = 21`";
    ONEOF_CHANGED = "grpc-field-oneof-changed", Unknown, "setting one field of a group clears the others", "`phase` moves into `oneof state`";
    VALUE_ADDED = "grpc-value-added", Compatible, "clients keep unknown numbers", "`EventType` gets `EVENT_TYPE_MOVED = 4`";
    VALUE_REMOVED = "grpc-value-removed", Breaking, "the server does not know the value that clients send", "`EventType` loses `EVENT_TYPE_DELETED`";
    VALUE_RENAMED = "grpc-value-renamed", None, "values are sent by number", "`EVENT_TYPE_DELETED = 3` becomes `EVENT_TYPE_GONE = 3`";
    VALUE_RENUMBERED = "grpc-value-number-changed", Breaking, "clients and server use different numbers for it", "`EVENT_TYPE_DELETED = 3` becomes `= 5`";
}

/// Formats every kind with its verdict and an example as Markdown.
pub fn table() -> String {
    let mut text = String::from("| kind | wire | example |\n|---|---|---|\n");
    for Kind { id, wire, why, example } in KINDS {
        let _ = writeln!(text, "| `{id}` | **{}** ({why}) | {example} |", wire.word());
    }
    text
}
