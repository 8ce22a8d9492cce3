//! Kinds of change to the values that a schema allows: enums, defaults, null.

use super::{Case, Direction, Items, Rule, Wire};

kinds! { "Values";
    ENUM_VALUE_ADDED = "enum-value-added", mirror "enum-value-removed" {
        Request: Compatible "the server still accepts the values that clients send";
        Response: Compatible "generated enums are open: clients keep an unknown value as text";
        @example "`provider` may be `jira`";
        @unless "`breaking` in responses for a value of another type than BASE declares, and for null if clients cannot read it";
    }
    ENUM_VALUE_REMOVED = "enum-value-removed", mirror "enum-value-added" {
        Request: Breaking "the server rejects requests with this value";
        Response: Compatible "clients can read every value that the server may send";
        @example "`provider` may no longer be `google`";
        @unless "`compatible` in requests if the list is open and names only the known values";
    }
    ENUM_ADDED = "enum-added", mirror "enum-removed" {
        Request: Breaking "the server rejects values outside the list";
        Response: Compatible "clients can read every value that the server may send";
        @example "`provider` is limited to a list of values";
        @unless "`compatible` in requests if the list is open and names only the known values";
    }
    ENUM_REMOVED = "enum-removed", mirror "enum-added" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Compatible "generated enums are open: clients keep an unknown value as text";
        @example "`provider` may be any text";
        @unless "`breaking` in responses if BASE lists only null";
    }
    DEFAULT_ADDED = "default-added", mirror "default-removed" {
        Request: Compatible "the document now states the value that the server uses if clients omit it";
        Response: Compatible "it may be missing as before";
        @example "`size` gets the default 100";
    }
    DEFAULT_REMOVED = "default-removed", mirror "default-added" {
        Request: Unknown "the document no longer states the value that the server uses if clients omit it";
        Response: Unknown "clients fill in a default that the document no longer guarantees";
        @example "`size` loses the default 100";
    }
    DEFAULT_CHANGED = "default-changed", mirror "default-changed" {
        Request: Breaking "clients that omit it silently get another value";
        Response: Unknown "clients fill in the old default if the server omits it";
        @example "the default of `size` changes from 100 to 20";
    }
    BECAME_NULLABLE = "became-nullable", mirror "no-longer-nullable" {
        Request: Compatible "the server still accepts every value that it accepted before";
        Response: Breaking "clients cannot read null there";
        @example "`role_id` may be null";
        @unless "`compatible` in responses for an optional property without a default, where clients read null as absent, and for a property with a plain list or map, where they read null as empty";
    }
    NO_LONGER_NULLABLE = "no-longer-nullable", mirror "became-nullable" {
        Request: Breaking "the server rejects requests with null";
        Response: Compatible "clients can read every value that the server may send";
        @example "`role_id` may not be null";
    }
}
