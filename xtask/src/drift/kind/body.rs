//! Kinds of change to request bodies, responses, response headers and media types.

use super::{Case, Direction, Items, Rule, Wire};

kinds! { "Bodies, responses and headers";
    REQUIRED_REQUEST_BODY_ADDED = "required-request-body-added", mirror "required-request-body-removed" {
        Request: Breaking "existing clients send no body";
        @example "`POST /start` requires a JSON body";
        @items Body;
    }
    REQUIRED_REQUEST_BODY_REMOVED = "required-request-body-removed", mirror "required-request-body-added" {
        Request: Breaking "the server rejects or silently ignores the body that clients send";
        @example "`POST /start` no longer takes its required body";
        @items Body;
    }
    OPTIONAL_REQUEST_BODY_ADDED = "optional-request-body-added", mirror "optional-request-body-removed" {
        Request: Compatible "clients may omit it";
        @example "`POST /start` takes a JSON body";
        @items Body;
    }
    OPTIONAL_REQUEST_BODY_REMOVED = "optional-request-body-removed", mirror "optional-request-body-added" {
        Request: Breaking "the server rejects or silently ignores the body that clients send";
        @example "`POST /start` no longer takes a body";
        @items Body;
    }
    REQUEST_BODY_BECAME_REQUIRED = "request-body-became-required", mirror "request-body-became-optional" {
        Request: Breaking "the server rejects requests without a body";
        @example "the body of `POST /start` becomes required";
        @items Body;
    }
    REQUEST_BODY_BECAME_OPTIONAL = "request-body-became-optional", mirror "request-body-became-required" {
        Request: Compatible "the server still accepts requests with a body";
        @example "the body of `POST /start` becomes optional";
        @items Body;
    }
    REQUEST_MEDIA_TYPE_ADDED = "request-media-type-added", mirror "request-media-type-removed" {
        Request: Compatible "the server still accepts what clients send";
        @example "a body may also be `application/yaml`";
        @items Body;
    }
    REQUEST_MEDIA_TYPE_REMOVED = "request-media-type-removed", mirror "request-media-type-added" {
        Request: Breaking "the server rejects requests with this media type";
        @example "a body may no longer be `application/json`";
        @unless "`compatible` for a media type that clients do not send: they prefer JSON to forms, text, bytes and others";
        @items Body;
    }
    ENCODING_CHANGED = "encoding-changed", mirror "encoding-changed" {
        Request: Unknown "the document does not specify how the server reads parts in the old encoding";
        Response: Unknown "the document does not specify how the old and the new encoding relate";
        @example "the form field `file` gets another content type";
    }
    SUCCESS_STATUS_ADDED = "success-status-added", mirror "success-status-removed" {
        Response: Breaking "clients treat an unknown success status as a failure";
        @example "`POST /start` may also answer 201";
        @unless "not reported if a range of BASE covers the status, for example `2XX` covers 200";
        @items Result;
    }
    SUCCESS_STATUS_REMOVED = "success-status-removed", mirror "success-status-added" {
        Response: Compatible "clients know the remaining statuses";
        @example "`POST /start` no longer answers 201";
        @unless "`breaking` if no success status that clients know remains";
        @items Result;
    }
    ERROR_STATUS_ADDED = "error-status-added", mirror "error-status-removed" {
        Response: Compatible "clients read every failure as the same typed error, listed or not";
        @example "`GET /sessions` may answer 429";
        @items None;
    }
    ERROR_STATUS_REMOVED = "error-status-removed", mirror "error-status-added" {
        Response: Compatible "clients read every failure as the same typed error, listed or not";
        @example "`GET /sessions` no longer lists 401";
        @items None;
    }
    DEFAULT_RESPONSE_ADDED = "default-response-added", mirror "default-response-removed" {
        Response: Compatible "clients read every failure as the same typed error, listed or not";
        @example "a `default` response is listed";
        @items Result;
    }
    DEFAULT_RESPONSE_REMOVED = "default-response-removed", mirror "default-response-added" {
        Response: Compatible "clients read every failure as the same typed error, listed or not";
        @example "the `default` response is no longer listed";
        @unless "`breaking` if it was the only success";
        @items Result;
    }
    RESPONSE_BODY_ADDED = "response-body-added", mirror "response-body-removed" {
        Response: Compatible "clients do not read a body that they do not expect";
        @example "the response 204 gets a JSON body";
        @items Result;
    }
    RESPONSE_BODY_REMOVED = "response-body-removed", mirror "response-body-added" {
        Response: Breaking "clients expect a body that the server no longer sends";
        @example "the response 200 no longer has a body";
        @unless "`compatible` for a failure: clients read an error without a body as a typed error too";
        @items Result;
    }
    RESPONSE_MEDIA_TYPE_ADDED = "response-media-type-added", mirror "response-media-type-removed" {
        Response: Compatible "clients request the media type that they read";
        @example "the response 200 may also be `text/event-stream`";
        @items Result;
    }
    RESPONSE_MEDIA_TYPE_REMOVED = "response-media-type-removed", mirror "response-media-type-added" {
        Response: Breaking "clients that read this media type get another one or an error";
        @example "the response 200 is no longer `text/event-stream`";
        @unless "`compatible` for a failure, which clients read with any content, and for a media type that clients do not request";
        @items Result;
    }
    RESPONSE_HEADER_ADDED = "response-header-added", mirror "response-header-removed" {
        Response: Compatible "clients ignore unknown headers";
        @example "the response 200 sends `X-Total`";
        @items None;
    }
    RESPONSE_HEADER_REMOVED = "response-header-removed", mirror "response-header-added" {
        Response: Breaking "clients that read it silently lose its value";
        @example "the response 200 no longer sends `X-Total`";
        @unless "`compatible` for a failure, which clients read with any content";
        @items None;
    }
    RESPONSE_HEADER_BECAME_REQUIRED = "response-header-became-required", mirror "response-header-became-optional" {
        Response: Compatible "the server sends it at least as often as before";
        @example "`X-Total` is always sent";
        @items None;
    }
    RESPONSE_HEADER_BECAME_OPTIONAL = "response-header-became-optional", mirror "response-header-became-required" {
        Response: Breaking "clients that rely on it may not find it";
        @example "`X-Total` may be missing";
        @unless "`compatible` for a failure, which clients read with any content";
        @items None;
    }
    RESPONSE_HEADER_FORM_CHANGED = "response-header-form-changed", mirror "response-header-form-changed" {
        Response: Breaking "clients that read it know only the old form";
        @example "`X-Tags` gets `explode: true`";
        @unless "`compatible` for a failure, which clients read with any content";
        @items None;
    }
}
