//! Kinds of change to the properties of objects: existence, requiredness, mutability.

use super::{Case, Direction, Items, Rule, Wire};

kinds! { "Properties: existence, requiredness, mutability";
    REQUIRED_PROPERTY_ADDED = "required-property-added", mirror "required-property-removed" {
        Request: Breaking "programs already built do not send it";
        Response: Compatible "programs ignore properties that they do not know";
        @example "`Agent` requires `owner`";
        @unless "`none` in requests for a `readOnly` one, `none` in responses for a `writeOnly` one: it does not travel that way; `breaking` in responses where the base has `additionalProperties: false`, which programs enforce";
        @items Property;
    }
    REQUIRED_PROPERTY_REMOVED = "required-property-removed", mirror "required-property-added" {
        Request: Breaking "the server refuses or silently drops what programs send in it";
        Response: Breaking "programs cannot read a response without it";
        @example "`Agent` loses its required `owner`";
        @unless "`none` in requests for a `readOnly` one, `none` in responses for a `writeOnly` one: it does not travel that way";
        @items Property;
    }
    OPTIONAL_PROPERTY_ADDED = "optional-property-added", mirror "optional-property-removed" {
        Request: Compatible "it may be left out";
        Response: Compatible "programs ignore properties that they do not know";
        @example "`Session` gets `prompt`";
        @unless "`none` in requests for a `readOnly` one, `none` in responses for a `writeOnly` one: it does not travel that way; `breaking` in responses where the base has `additionalProperties: false`, which programs enforce";
        @items Property;
    }
    OPTIONAL_PROPERTY_REMOVED = "optional-property-removed", mirror "optional-property-added" {
        Request: Breaking "the server refuses or silently drops what programs send in it";
        Response: Breaking "programs silently lose it";
        @example "`Session` loses `interactive`";
        @unless "`none` in requests for a `readOnly` one, `none` in responses for a `writeOnly` one: it does not travel that way";
        @items Property;
    }
    PROPERTY_BECAME_REQUIRED = "property-became-required", mirror "property-became-optional" {
        Request: Breaking "requests that leave it out are refused";
        Response: Compatible "it comes at least as often as before";
        @example "`Session.name` has to be given";
        @unless "`none` in requests for a `readOnly` one, which programs never send, and in responses for a `writeOnly` one";
        @items Property;
    }
    PROPERTY_BECAME_OPTIONAL = "property-became-optional", mirror "property-became-required" {
        Request: Compatible "requests that give it are still accepted";
        Response: Breaking "programs cannot read a response without it";
        @example "`Session.name` may be left out";
        @unless "`none` in requests for a `readOnly` one, and in responses for a `writeOnly` one; `compatible` in responses where the base may be null: a missing value reads as null";
        @items Property;
    }
    BECAME_READ_ONLY = "became-read-only", mirror "no-longer-read-only" {
        Request: Breaking "what programs send in it is refused or silently ignored";
        Response: None "it comes as before";
        @example "`Session.phase` is set by the server alone";
    }
    NO_LONGER_READ_ONLY = "no-longer-read-only", mirror "became-read-only" {
        Request: Compatible "it may be sent now";
        Response: None "it comes as before";
        @example "`Session.phase` may be sent";
        @unless "`breaking` in requests when it is required: programs do not send it";
    }
    BECAME_WRITE_ONLY = "became-write-only", mirror "no-longer-write-only" {
        Request: None "it is sent as before";
        Response: Breaking "programs lose it: it no longer comes";
        @example "`Credential.token` is never sent back";
    }
    NO_LONGER_WRITE_ONLY = "no-longer-write-only", mirror "became-write-only" {
        Request: None "it is sent as before";
        Response: Compatible "programs ignore properties that they do not know";
        @example "`Credential.token` is sent back";
    }
}
