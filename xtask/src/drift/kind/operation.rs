//! Kinds of change to paths and operations.

use super::{Case, Direction, Items, Rule, Wire};

kinds! { "Paths and operations";
    OPERATION_ADDED = "operation-added", mirror "operation-removed" {
        Whole: Compatible "existing clients do not call it";
        @example "`POST /sessions/{id}/start` is added";
        @items Operation;
    }
    OPERATION_REMOVED = "operation-removed", mirror "operation-added" {
        Whole: Breaking "clients that call it get an error";
        @example "`DELETE /users/{id}` is removed";
        @items Operation;
    }
    OPERATION_MOVED = "operation-moved", mirror "operation-moved" {
        Whole: Breaking "existing clients call the old method and path";
        @example "`list_roles` moves from `/roles` to `/access/roles`";
        @items Operation;
    }
    OPERATION_ID_CHANGED = "operation-id-changed", mirror "operation-id-changed" {
        Whole: None "the id is never sent";
        @example "`listRoles` becomes `list_roles`";
        @items Operation;
    }
    OPERATION_DEPRECATED = "operation-deprecated", mirror "operation-undeprecated" {
        Whole: None "the server still serves it";
        @example "`GET /projects/{id}/home` becomes deprecated";
        @items None;
    }
    OPERATION_UNDEPRECATED = "operation-undeprecated", mirror "operation-deprecated" {
        Whole: None "the server serves it as before";
        @example "`GET /projects/{id}/home` is no longer deprecated";
        @items None;
    }
    CALLBACK_ADDED = "callback-added", mirror "callback-removed" {
        Whole: Compatible "existing clients do not request it";
        @example "`POST /start` gets the callback `finished`";
        @items None;
    }
    CALLBACK_REMOVED = "callback-removed", mirror "callback-added" {
        Whole: Breaking "clients that request it wait for a call that the server never makes";
        @example "`POST /start` loses the callback `finished`";
        @items None;
    }
    CALLBACK_CHANGED = "callback-changed", mirror "callback-changed" {
        Whole: Unknown "receivers are not generated, so their requirements are unknown";
        @example "the callback `finished` gets another URL, parameter or status";
        @items None;
    }
    WEBHOOK_ADDED = "webhook-added", mirror "webhook-removed" {
        Whole: Compatible "existing clients did not register for it";
        @example "the webhook `session.finished` is added";
        @items None;
    }
    WEBHOOK_REMOVED = "webhook-removed", mirror "webhook-added" {
        Whole: Breaking "clients that registered for it wait for a call that the server never makes";
        @example "the webhook `session.finished` is removed";
        @items None;
    }
    WEBHOOK_CHANGED = "webhook-changed", mirror "webhook-changed" {
        Whole: Unknown "receivers are not generated, so their requirements are unknown";
        @example "the webhook `session.finished` gets another parameter or status";
        @items None;
    }
    LINK_CHANGED = "link-changed", mirror "link-changed" {
        Response: None "links describe how operations relate; they are not sent";
        @example "the response 201 gets a link `read`";
        @items None;
    }
}
