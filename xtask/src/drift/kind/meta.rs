//! Kinds of change that say nothing of the wire, and those that could not be understood.

use super::{Case, Direction, Items, Rule, Wire};

kinds! { "Prose, and what could not be told";
    DOCUMENTATION_CHANGED = "documentation-changed", mirror "documentation-changed" {
        Request: None "prose is not sent";
        Response: None "prose is not sent";
        Whole: None "prose is not sent";
        @example "a description, summary, title, tag or example changes";
        @items None;
    }
    INFO_CHANGED = "info-changed", mirror "info-changed" {
        Whole: None "the document's own title and version are not sent";
        @example "`info.version` changes from 1.0.0 to 1.1.0";
        @items None;
    }
    OPENAPI_VERSION_CHANGED = "openapi-version-changed", mirror "openapi-version-changed" {
        Whole: None "the version of the notation is not sent";
        @example "`openapi` changes from 3.0.0 to 3.0.3";
        @items None;
    }
    EXTENSION_CHANGED = "extension-changed", mirror "extension-changed" {
        Request: None "an `x-` keyword is not sent; what the generator makes of it shows in the source verdict";
        Response: None "an `x-` keyword is not sent; what the generator makes of it shows in the source verdict";
        Whole: None "an `x-` keyword is not sent; what the generator makes of it shows in the source verdict";
        @example "`x-internal: true` appears";
    }
    REARRANGED = "rearranged", mirror "rearranged" {
        Whole: None "the documents differ in form only: every operation means the same";
        @example "an inline parameter becomes a component";
        @unless "`unknown` when Rust items change all the same";
    }
    UNRECOGNISED_CHANGE = "unrecognised-change", mirror "unrecognised-change" {
        Request: Unknown "the keyword, or this form of it, is not one of OpenAPI 3.0";
        Response: Unknown "the keyword, or this form of it, is not one of OpenAPI 3.0";
        Whole: Unknown "the keyword, or this form of it, is not one of OpenAPI 3.0";
        @example "a schema gets `propertyNames`";
    }
}
