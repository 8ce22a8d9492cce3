//! Kinds of change to the values that a schema allows: enums, defaults, null.

use super::{Case, Direction, Items, Rule, Wire};

kinds! { "Values";
    ENUM_VALUE_ADDED = "enum-value-added", mirror "enum-value-removed" {
        Request: Compatible "the values that programs send are still accepted";
        Response: Compatible "our enums are open: a program keeps a value that it does not know as text";
        @example "`provider` may be `jira`";
        @unless "`breaking` in responses for enums of numbers, and for null where it cannot be read: only enums of strings are open";
    }
    ENUM_VALUE_REMOVED = "enum-value-removed", mirror "enum-value-added" {
        Request: Breaking "programs that send this value are refused";
        Response: Compatible "everything that comes could be read before";
        @example "`provider` may no longer be `google`";
        @unless "`compatible` in requests where the values are only the known ones of an open list";
    }
    ENUM_ADDED = "enum-added", mirror "enum-removed" {
        Request: Breaking "values outside the list are no longer accepted";
        Response: Compatible "everything that comes could be read before";
        @example "`provider` is limited to a list of values";
        @unless "`compatible` in requests where the values are only the known ones of an open list";
    }
    ENUM_REMOVED = "enum-removed", mirror "enum-added" {
        Request: Compatible "everything that was accepted still is";
        Response: Compatible "our enums are open: a program keeps a value that it does not know as text";
        @example "`provider` may be any text";
        @unless "`breaking` in responses for enums of numbers: only enums of strings are open";
    }
    DEFAULT_ADDED = "default-added", mirror "default-removed" {
        Request: Compatible "the server now says what it takes where programs send nothing";
        Response: Compatible "the property may be missing as before";
        @example "`size` gets the default 100";
    }
    DEFAULT_REMOVED = "default-removed", mirror "default-added" {
        Request: Unknown "what the server takes where programs send nothing is no longer said";
        Response: Unknown "programs fill in a default that the server no longer promises";
        @example "`size` loses the default 100";
    }
    DEFAULT_CHANGED = "default-changed", mirror "default-changed" {
        Request: Breaking "programs that send nothing silently get something else";
        Response: Unknown "programs fill in the old default where the server sends nothing";
        @example "the default of `size` changes from 100 to 20";
    }
    BECAME_NULLABLE = "became-nullable", mirror "no-longer-nullable" {
        Request: Compatible "everything that was accepted still is";
        Response: Breaking "programs cannot read null there";
        @example "`role_id` may be null";
        @unless "`compatible` in responses for an optional property: null reads as absent, unless it is a plain list, a map or has a default, where null cannot be read";
    }
    NO_LONGER_NULLABLE = "no-longer-nullable", mirror "became-nullable" {
        Request: Breaking "programs that send null are refused";
        Response: Compatible "everything that comes could be read before";
        @example "`role_id` may not be null";
    }
}
