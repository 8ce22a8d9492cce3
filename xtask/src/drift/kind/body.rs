//! Kinds of change to request bodies, responses, response headers and media types.

use super::{Case, Direction, Items, Rule, Wire};

kinds! { "Bodies, responses and headers";
    REQUIRED_REQUEST_BODY_ADDED = "required-request-body-added", mirror "required-request-body-removed" {
        Request: Breaking "programs already built send no body";
        @example "`POST /start` requires a JSON body";
        @items Body;
    }
    REQUIRED_REQUEST_BODY_REMOVED = "required-request-body-removed", mirror "required-request-body-added" {
        Request: Breaking "what programs send is refused or silently ignored";
        @example "`POST /start` no longer takes its required body";
        @items Body;
    }
    OPTIONAL_REQUEST_BODY_ADDED = "optional-request-body-added", mirror "optional-request-body-removed" {
        Request: Compatible "it may be left out";
        @example "`POST /start` takes a JSON body";
        @items Body;
    }
    OPTIONAL_REQUEST_BODY_REMOVED = "optional-request-body-removed", mirror "optional-request-body-added" {
        Request: Breaking "what programs send is refused or silently ignored";
        @example "`POST /start` no longer takes a body";
        @items Body;
    }
    REQUEST_BODY_BECAME_REQUIRED = "request-body-became-required", mirror "request-body-became-optional" {
        Request: Breaking "requests without a body are refused";
        @example "the body of `POST /start` has to be given";
        @items Body;
    }
    REQUEST_BODY_BECAME_OPTIONAL = "request-body-became-optional", mirror "request-body-became-required" {
        Request: Compatible "requests with a body are still accepted";
        @example "the body of `POST /start` may be left out";
        @items Body;
    }
    REQUEST_MEDIA_TYPE_ADDED = "request-media-type-added", mirror "request-media-type-removed" {
        Request: Compatible "what programs send is still accepted";
        @example "a body may also be `application/yaml`";
        @items Body;
    }
    REQUEST_MEDIA_TYPE_REMOVED = "request-media-type-removed", mirror "request-media-type-added" {
        Request: Breaking "programs that send this media type are refused";
        @example "a body may no longer be `application/json`";
        @unless "`compatible` for one that programs do not send: JSON before forms, text, bytes and others";
        @items Body;
    }
    ENCODING_CHANGED = "encoding-changed", mirror "encoding-changed" {
        Request: Unknown "how the server reads parts in the old encoding is not said";
        Response: Unknown "how the old encoding relates to the new one is not said";
        @example "the form field `file` gets another content type";
    }
    SUCCESS_STATUS_ADDED = "success-status-added", mirror "success-status-removed" {
        Response: Breaking "a program takes a success status that it does not know for a failure";
        @example "`POST /start` may also answer 201";
        @unless "a status that a range of the base covers, as `2XX` does 200, is not new";
        @items Result;
    }
    SUCCESS_STATUS_REMOVED = "success-status-removed", mirror "success-status-added" {
        Response: Compatible "programs know the statuses that are left";
        @example "`POST /start` no longer answers 201";
        @unless "`breaking` when no success that programs know is left";
        @items Result;
    }
    ERROR_STATUS_ADDED = "error-status-added", mirror "error-status-removed" {
        Response: Compatible "every failure arrives as the same typed error, listed or not";
        @example "`GET /sessions` may answer 429";
        @items None;
    }
    ERROR_STATUS_REMOVED = "error-status-removed", mirror "error-status-added" {
        Response: Compatible "every failure arrives as the same typed error, listed or not";
        @example "`GET /sessions` no longer lists 401";
        @items None;
    }
    DEFAULT_RESPONSE_ADDED = "default-response-added", mirror "default-response-removed" {
        Response: Compatible "every failure arrives as the same typed error, listed or not";
        @example "a `default` response is listed";
        @items Result;
    }
    DEFAULT_RESPONSE_REMOVED = "default-response-removed", mirror "default-response-added" {
        Response: Compatible "every failure arrives as the same typed error, listed or not";
        @example "the `default` response is no longer listed";
        @unless "`breaking` when it was the only success";
        @items Result;
    }
    RESPONSE_BODY_ADDED = "response-body-added", mirror "response-body-removed" {
        Response: Compatible "programs do not read a body that they do not expect";
        @example "204 gets a JSON body";
        @items Result;
    }
    RESPONSE_BODY_REMOVED = "response-body-removed", mirror "response-body-added" {
        Response: Breaking "programs wait for a body that no longer comes";
        @example "200 has no body any more";
        @unless "`compatible` for a failure: an error without a body is a typed error too";
        @items Result;
    }
    RESPONSE_MEDIA_TYPE_ADDED = "response-media-type-added", mirror "response-media-type-removed" {
        Response: Compatible "programs ask for the media type that they read";
        @example "200 may also be `text/event-stream`";
        @items Result;
    }
    RESPONSE_MEDIA_TYPE_REMOVED = "response-media-type-removed", mirror "response-media-type-added" {
        Response: Breaking "programs that read this media type get another one, or an error";
        @example "200 is no longer `text/event-stream`";
        @unless "`compatible` for a failure, which is read whatever it holds, and for one that programs do not ask for";
        @items Result;
    }
    RESPONSE_HEADER_ADDED = "response-header-added", mirror "response-header-removed" {
        Response: Compatible "programs ignore headers that they do not know";
        @example "200 sends `X-Total`";
        @items None;
    }
    RESPONSE_HEADER_REMOVED = "response-header-removed", mirror "response-header-added" {
        Response: Breaking "programs that read it silently lose it";
        @example "200 no longer sends `X-Total`";
        @unless "`compatible` for a failure, which is read whatever it holds";
        @items None;
    }
    RESPONSE_HEADER_BECAME_REQUIRED = "response-header-became-required", mirror "response-header-became-optional" {
        Response: Compatible "it comes at least as often as before";
        @example "`X-Total` always comes";
        @items None;
    }
    RESPONSE_HEADER_BECAME_OPTIONAL = "response-header-became-optional", mirror "response-header-became-required" {
        Response: Breaking "programs that count on it may miss it";
        @example "`X-Total` may be missing";
        @unless "`compatible` for a failure, which is read whatever it holds";
        @items None;
    }
    RESPONSE_HEADER_FORM_CHANGED = "response-header-form-changed", mirror "response-header-form-changed" {
        Response: Breaking "programs that read it know only the old form";
        @example "`X-Tags` gets `explode: true`";
        @unless "`compatible` for a failure, which is read whatever it holds";
        @items None;
    }
}
