//! Kinds of change to parameters. Changes of their schemas have the kinds of schemas.

use super::{Case, Direction, Items, Rule, Wire};

kinds! { "Parameters";
    REQUIRED_PARAMETER_ADDED = "required-parameter-added", mirror "required-parameter-removed" {
        Request: Breaking "existing clients do not send it";
        @example "`GET /sessions` requires the query parameter `project_id`";
    }
    REQUIRED_PARAMETER_REMOVED = "required-parameter-removed", mirror "required-parameter-added" {
        Request: Breaking "the server rejects or silently ignores the value that clients send";
        @example "`GET /sessions` no longer has the required query parameter `project_id`";
    }
    OPTIONAL_PARAMETER_ADDED = "optional-parameter-added", mirror "optional-parameter-removed" {
        Request: Compatible "clients may omit it";
        @example "`GET /sessions` takes `provider`";
    }
    OPTIONAL_PARAMETER_REMOVED = "optional-parameter-removed", mirror "optional-parameter-added" {
        Request: Breaking "the server rejects or silently ignores the value that clients send";
        @example "`GET /sessions` no longer takes `search`";
    }
    PARAMETER_BECAME_REQUIRED = "parameter-became-required", mirror "parameter-became-optional" {
        Request: Breaking "the server rejects requests without it";
        @example "`search` becomes required";
    }
    PARAMETER_BECAME_OPTIONAL = "parameter-became-optional", mirror "parameter-became-required" {
        Request: Compatible "the server still accepts requests with it";
        @example "`search` becomes optional";
    }
    PARAMETER_LOCATION_CHANGED = "parameter-location-changed", mirror "parameter-location-changed" {
        Request: Breaking "existing clients send it in the old location";
        @example "`project` moves from the query to a header";
    }
    PATH_PARAMETER_RENAMED = "path-parameter-renamed", mirror "path-parameter-renamed" {
        Request: None "path parameters are matched by position, and the name is not sent";
        @example "`/sessions/{id}` becomes `/sessions/{session_id}`";
    }
    PATH_PARAMETER_MOVED = "path-parameter-moved", mirror "path-parameter-moved" {
        Request: Breaking "existing clients send its value where the server reads another parameter";
        @example "`/a/{x}/b/{y}` becomes `/a/{y}/b/{x}`";
        @unless "`unknown` if the path also gains or loses a name: the parameters may be renamed, not moved";
    }
    PARAMETER_STYLE_CHANGED = "parameter-style-changed", mirror "parameter-style-changed" {
        Request: Breaking "existing clients serialize it in the old form";
        @example "`tags` changes from `form` to `pipeDelimited`";
    }
    PARAMETER_EXPLODE_CHANGED = "parameter-explode-changed", mirror "parameter-explode-changed" {
        Request: Breaking "existing clients serialize it in the old form";
        @example "`tags=a,b` becomes `tags=a&tags=b`";
        @unless "`compatible` for a parameter that is neither array nor object, and for an array in the style `simple`: both forms give the same text";
    }
    PARAMETER_ALLOW_RESERVED_CHANGED = "parameter-allow-reserved-changed", mirror "parameter-allow-reserved-changed" {
        Request: Unknown "the document does not specify whether the server reads escaped and plain characters alike";
        @example "`path` gets `allowReserved: true`";
    }
    PARAMETER_EMPTY_VALUE_ALLOWED = "parameter-empty-value-allowed", mirror "parameter-empty-value-refused" {
        Request: Compatible "the server accepts more than before";
        @example "`?verbose` without a value becomes valid";
    }
    PARAMETER_EMPTY_VALUE_REFUSED = "parameter-empty-value-refused", mirror "parameter-empty-value-allowed" {
        Request: Breaking "the server rejects requests with an empty value";
        @example "`?verbose` without a value is no longer valid";
    }
    PARAMETER_CONTENT_CHANGED = "parameter-content-changed", mirror "parameter-content-changed" {
        Request: Breaking "existing clients serialize it in the old form";
        @example "`filter` changes from a plain schema to `application/json` content";
    }
    PARAMETER_DEPRECATED = "parameter-deprecated", mirror "parameter-undeprecated" {
        Request: None "the server still reads it";
        @example "`fields` becomes deprecated";
        @items None;
    }
    PARAMETER_UNDEPRECATED = "parameter-undeprecated", mirror "parameter-deprecated" {
        Request: None "the server reads it as before";
        @example "`fields` is no longer deprecated";
        @items None;
    }
}
