//! Kinds of change to paths and operations.

use super::{Case, Direction, Items, Rule, Wire};

kinds! { "Paths and operations";
    OPERATION_ADDED = "operation-added", mirror "operation-removed" {
        Whole: Compatible "programs already built do not call it";
        @example "`POST /sessions/{id}/start` appears";
        @items Operation;
    }
    OPERATION_REMOVED = "operation-removed", mirror "operation-added" {
        Whole: Breaking "programs that call it get an error";
        @example "`DELETE /users/{id}` is gone";
        @items Operation;
    }
    OPERATION_MOVED = "operation-moved", mirror "operation-moved" {
        Whole: Breaking "programs already built call the old method and path";
        @example "`list_roles` moves from `/roles` to `/access/roles`";
        @items Operation;
    }
    OPERATION_ID_CHANGED = "operation-id-changed", mirror "operation-id-changed" {
        Whole: None "the id is never sent";
        @example "`listRoles` becomes `list_roles`";
        @items Operation;
    }
    OPERATION_DEPRECATED = "operation-deprecated", mirror "operation-undeprecated" {
        Whole: None "it is still served";
        @example "`GET /projects/{id}/home` becomes deprecated";
        @items None;
    }
    OPERATION_UNDEPRECATED = "operation-undeprecated", mirror "operation-deprecated" {
        Whole: None "it was and is served";
        @example "`GET /projects/{id}/home` is no longer deprecated";
        @items None;
    }
    CALLBACK_ADDED = "callback-added", mirror "callback-removed" {
        Whole: Compatible "programs do not ask for it";
        @example "`POST /start` can call back when the session is `finished`";
        @items None;
    }
    CALLBACK_REMOVED = "callback-removed", mirror "callback-added" {
        Whole: Breaking "programs that ask for it wait for a request that never comes";
        @example "`POST /start` no longer calls back when the session is `finished`";
        @items None;
    }
    CALLBACK_CHANGED = "callback-changed", mirror "callback-changed" {
        Whole: Unknown "programs that receive it are not generated, so what they rely on is not known";
        @example "the callback `finished` gets another URL, parameter or status";
        @items None;
    }
    WEBHOOK_ADDED = "webhook-added", mirror "webhook-removed" {
        Whole: Compatible "programs did not register for it";
        @example "the webhook `session.finished` appears";
        @items None;
    }
    WEBHOOK_REMOVED = "webhook-removed", mirror "webhook-added" {
        Whole: Breaking "programs that registered for it wait for a request that never comes";
        @example "the webhook `session.finished` is gone";
        @items None;
    }
    WEBHOOK_CHANGED = "webhook-changed", mirror "webhook-changed" {
        Whole: Unknown "programs that receive it are not generated, so what they rely on is not known";
        @example "the webhook `session.finished` gets another parameter or status";
        @items None;
    }
    LINK_CHANGED = "link-changed", mirror "link-changed" {
        Response: None "links describe how operations relate; they are not sent";
        @example "the response 201 gets a link `read`";
        @items None;
    }
}
