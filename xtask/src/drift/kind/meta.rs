//! Kinds of change to documentation, and kinds for unclassified changes.

use super::{Case, Direction, Items, Rule, Wire};

kinds! { "Documentation and unclassified changes";
    DOCUMENTATION_CHANGED = "documentation-changed", mirror "documentation-changed" {
        Request: None "documentation is not sent";
        Response: None "documentation is not sent";
        Whole: None "documentation is not sent";
        @example "a description, summary, title, tag or example changes";
        @items None;
    }
    INFO_CHANGED = "info-changed", mirror "info-changed" {
        Whole: None "the document's own title and version are not sent";
        @example "`info.version` changes from 1.0.0 to 1.1.0";
        @items None;
    }
    OPENAPI_VERSION_CHANGED = "openapi-version-changed", mirror "openapi-version-changed" {
        Whole: None "the OpenAPI version is not sent";
        @example "`openapi` changes from 3.0.0 to 3.0.3";
        @items None;
    }
    EXTENSION_CHANGED = "extension-changed", mirror "extension-changed" {
        Request: None "an `x-` keyword is not sent; it can only affect generated code";
        Response: None "an `x-` keyword is not sent; it can only affect generated code";
        Whole: None "an `x-` keyword is not sent; it can only affect generated code";
        @example "`x-internal: true` is added";
    }
    REARRANGED = "rearranged", mirror "rearranged" {
        Whole: None "the documents differ in form only: every operation has the same meaning";
        @example "an inline parameter becomes a component";
        @unless "`unknown` if Rust items change nevertheless";
    }
    UNRECOGNISED_CHANGE = "unrecognised-change", mirror "unrecognised-change" {
        Request: Unknown "OpenAPI 3.0 does not define the keyword, or this form of it";
        Response: Unknown "OpenAPI 3.0 does not define the keyword, or this form of it";
        Whole: Unknown "OpenAPI 3.0 does not define the keyword, or this form of it";
        @example "a schema gets `dependentRequired`";
    }
}
