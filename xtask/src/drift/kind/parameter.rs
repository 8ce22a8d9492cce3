//! Kinds of change to parameters; their schemas change by the kinds of schemas, in requests.

use super::{Case, Direction, Items, Rule, Wire};

kinds! { "Parameters";
    REQUIRED_PARAMETER_ADDED = "required-parameter-added", mirror "required-parameter-removed" {
        Request: Breaking "programs already built do not send it";
        @example "`GET /sessions` requires the query parameter `project_id`";
    }
    REQUIRED_PARAMETER_REMOVED = "required-parameter-removed", mirror "required-parameter-added" {
        Request: Breaking "what programs send in it is refused or silently ignored";
        @example "`GET /sessions` no longer knows the required query parameter `project_id`";
    }
    OPTIONAL_PARAMETER_ADDED = "optional-parameter-added", mirror "optional-parameter-removed" {
        Request: Compatible "it may be left out";
        @example "`GET /sessions` takes `provider`";
    }
    OPTIONAL_PARAMETER_REMOVED = "optional-parameter-removed", mirror "optional-parameter-added" {
        Request: Breaking "what programs send in it is refused or silently ignored";
        @example "`GET /sessions` no longer takes `search`";
    }
    PARAMETER_BECAME_REQUIRED = "parameter-became-required", mirror "parameter-became-optional" {
        Request: Breaking "requests that leave it out are refused";
        @example "`search` has to be given";
    }
    PARAMETER_BECAME_OPTIONAL = "parameter-became-optional", mirror "parameter-became-required" {
        Request: Compatible "requests that give it are still accepted";
        @example "`search` may be left out";
    }
    PARAMETER_LOCATION_CHANGED = "parameter-location-changed", mirror "parameter-location-changed" {
        Request: Breaking "programs already built send it where the server no longer looks";
        @example "`project` moves from the query to a header";
    }
    PATH_PARAMETER_RENAMED = "path-parameter-renamed", mirror "path-parameter-renamed" {
        Request: None "in a path the position counts, not the name";
        @example "`/sessions/{id}` becomes `/sessions/{session_id}`";
    }
    PATH_PARAMETER_MOVED = "path-parameter-moved", mirror "path-parameter-moved" {
        Request: Breaking "programs already built send its value where another one is read now";
        @example "`/a/{x}/b/{y}` becomes `/a/{y}/b/{x}`";
        @unless "`unknown` when a name of the path is new or gone: the others may be the old places under other names";
    }
    PARAMETER_STYLE_CHANGED = "parameter-style-changed", mirror "parameter-style-changed" {
        Request: Breaking "programs already built write it in the old form";
        @example "`tags` changes from `form` to `pipeDelimited`";
    }
    PARAMETER_EXPLODE_CHANGED = "parameter-explode-changed", mirror "parameter-explode-changed" {
        Request: Breaking "programs already built write it in the old form";
        @example "`tags=a,b` becomes `tags=a&tags=b`";
        @unless "`compatible` for a parameter that is neither array nor object: both forms are the same text";
    }
    PARAMETER_ALLOW_RESERVED_CHANGED = "parameter-allow-reserved-changed", mirror "parameter-allow-reserved-changed" {
        Request: Unknown "whether the server reads escaped and plain characters alike is not said";
        @example "`path` gets `allowReserved: true`";
    }
    PARAMETER_EMPTY_VALUE_ALLOWED = "parameter-empty-value-allowed", mirror "parameter-empty-value-refused" {
        Request: Compatible "more is accepted than before";
        @example "`?verbose` without a value becomes legal";
    }
    PARAMETER_EMPTY_VALUE_REFUSED = "parameter-empty-value-refused", mirror "parameter-empty-value-allowed" {
        Request: Breaking "requests with an empty value are refused";
        @example "`?verbose` without a value is no longer legal";
    }
    PARAMETER_CONTENT_CHANGED = "parameter-content-changed", mirror "parameter-content-changed" {
        Request: Breaking "programs already built write it in the old form";
        @example "`filter` changes from a plain schema to `application/json` content";
    }
    PARAMETER_DEPRECATED = "parameter-deprecated", mirror "parameter-undeprecated" {
        Request: None "it is still read";
        @example "`fields` becomes deprecated";
        @items None;
    }
    PARAMETER_UNDEPRECATED = "parameter-undeprecated", mirror "parameter-deprecated" {
        Request: None "it was and is read";
        @example "`fields` is no longer deprecated";
        @items None;
    }
}
