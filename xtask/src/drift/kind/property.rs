//! Kinds of change to the properties of objects: added or removed, `required`, `readOnly`, `writeOnly`.

use super::{Case, Direction, Items, Rule, Wire};

kinds! { "Properties";
    REQUIRED_PROPERTY_ADDED = "required-property-added", mirror "required-property-removed" {
        Request: Breaking "existing clients do not send it";
        Response: Compatible "clients ignore unknown properties";
        @example "`Agent` requires `owner`";
        @unless "`none` in requests if it is `readOnly` and in responses if it is `writeOnly`: it is not sent in that direction; `breaking` in responses if BASE has `additionalProperties: false`, which clients enforce, and in both directions if BASE declares its additional properties differently";
        @items Property;
    }
    REQUIRED_PROPERTY_REMOVED = "required-property-removed", mirror "required-property-added" {
        Request: Breaking "the server rejects or silently drops the value that clients send";
        Response: Breaking "clients cannot read a response without it";
        @example "`Agent` loses its required `owner`";
        @unless "`none` in requests if it is `readOnly` and in responses if it is `writeOnly`: it is not sent in that direction";
        @items Property;
    }
    OPTIONAL_PROPERTY_ADDED = "optional-property-added", mirror "optional-property-removed" {
        Request: Compatible "clients may omit it";
        Response: Compatible "clients ignore unknown properties";
        @example "`Session` gets `prompt`";
        @unless "`none` in requests if it is `readOnly` and in responses if it is `writeOnly`: it is not sent in that direction; `breaking` in responses if BASE has `additionalProperties: false`, which clients enforce, and in both directions if BASE declares its additional properties differently";
        @items Property;
    }
    OPTIONAL_PROPERTY_REMOVED = "optional-property-removed", mirror "optional-property-added" {
        Request: Breaking "the server rejects or silently drops the value that clients send";
        Response: Breaking "clients silently lose its value";
        @example "`Session` loses `interactive`";
        @unless "`none` in requests if it is `readOnly` and in responses if it is `writeOnly`: it is not sent in that direction";
        @items Property;
    }
    PROPERTY_BECAME_REQUIRED = "property-became-required", mirror "property-became-optional" {
        Request: Breaking "the server rejects requests without it";
        Response: Compatible "the server sends it at least as often as before";
        @example "`Session.name` becomes required";
        @unless "`none` in requests if it is `readOnly`, because clients never send it, and in responses if it is `writeOnly`";
        @items Property;
    }
    PROPERTY_BECAME_OPTIONAL = "property-became-optional", mirror "property-became-required" {
        Request: Compatible "the server still accepts requests with it";
        Response: Breaking "clients cannot read a response without it";
        @example "`Session.name` becomes optional";
        @unless "`none` in requests if it is `readOnly` and in responses if it is `writeOnly`; `compatible` in responses if it may be null in BASE: clients read a missing value as null";
        @items Property;
    }
    BECAME_READ_ONLY = "became-read-only", mirror "no-longer-read-only" {
        Request: Breaking "the server rejects or silently ignores the value that clients send";
        Response: None "the server sends it as before";
        @example "only the server sets `Session.phase`";
    }
    NO_LONGER_READ_ONLY = "no-longer-read-only", mirror "became-read-only" {
        Request: Compatible "clients may send it";
        Response: None "the server sends it as before";
        @example "clients may set `Session.phase`";
        @unless "`breaking` in requests if it is required: existing clients do not send it";
    }
    BECAME_WRITE_ONLY = "became-write-only", mirror "no-longer-write-only" {
        Request: None "clients send it as before";
        Response: Breaking "clients lose its value: the server no longer sends it";
        @example "the server no longer returns `Credential.token`";
    }
    NO_LONGER_WRITE_ONLY = "no-longer-write-only", mirror "became-write-only" {
        Request: None "clients send it as before";
        Response: Compatible "clients ignore unknown properties";
        @example "the server returns `Credential.token`";
    }
}
