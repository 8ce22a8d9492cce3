//! Kinds of change to paths and operations.

use super::{Case, Direction, Rule, Wire};

kinds! { "Paths and operations";
    OPERATION_ADDED = "operation-added", mirror "operation-removed" {
        Whole: Compatible "programs already built do not call it";
        @example "`POST /sessions/{id}/start` appears";
    }
    OPERATION_REMOVED = "operation-removed", mirror "operation-added" {
        Whole: Breaking "programs that call it get an error";
        @example "`DELETE /users/{id}` is gone";
    }
    OPERATION_MOVED = "operation-moved", mirror "operation-moved" {
        Whole: Breaking "programs already built call the old method and path";
        @example "`list_roles` moves from `/roles` to `/access/roles`";
    }
    OPERATION_ID_CHANGED = "operation-id-changed", mirror "operation-id-changed" {
        Whole: None "the id is never sent";
        @example "`listRoles` becomes `list_roles`";
    }
    OPERATION_DEPRECATED = "operation-deprecated", mirror "operation-undeprecated" {
        Whole: None "it is still served";
        @example "`GET /projects/{id}/home` becomes deprecated";
    }
    OPERATION_UNDEPRECATED = "operation-undeprecated", mirror "operation-deprecated" {
        Whole: None "it was and is served";
        @example "`GET /projects/{id}/home` is no longer deprecated";
    }
    CALLBACK_CHANGED = "callback-changed", mirror "callback-changed" {
        Whole: Unknown "a callback is a request that the server sends; nothing generated receives it";
        @example "the callback `finished` gets another URL";
    }
    LINK_CHANGED = "link-changed", mirror "link-changed" {
        Response: None "links describe how operations relate; they are not sent";
        @example "the response 201 gets a link `read`";
    }
}
