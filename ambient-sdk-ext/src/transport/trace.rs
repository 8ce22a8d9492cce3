//! One span per call: what was called, for which project, and how it ended. Never a token, a
//! header, a query or a body. A call that was dropped has attempts and duration, and no outcome.

use std::time::Duration;

use ambient_sdk::{Operation, Response};
use http::{HeaderMap, StatusCode};
use tracing::{Span, field::Empty};

use super::Failure;

pub(super) fn span(operation: &Operation, project: &str) -> Span {
    tracing::info_span!(
        "ambient.call",
        operation = operation.id(),
        method = operation.method(),
        path = operation.path(),
        project,
        status = Empty,
        attempts = Empty,
        waited_ms = Empty,
        duration_ms = Empty,
        operation_id = Empty,
        error = Empty,
    )
}

pub(super) fn retry(attempts: u32, pause: Duration) {
    tracing::debug!(attempts, pause_ms = pause.as_millis() as u64, "will try again");
}

/// Records what a call took, however it ended, and how much of that it waited for its turn.
pub(super) fn spent(span: &Span, attempts: u32, waited: Duration, duration: Duration) {
    span.record("attempts", attempts);
    span.record("waited_ms", waited.as_millis() as u64);
    span.record("duration_ms", duration.as_millis() as u64);
}

pub(super) fn finish(span: &Span, outcome: &Result<Response, Failure>) {
    match outcome {
        Ok(response) => answered(span, response.status(), response.headers()),
        Err(Failure::Refused(failed)) => answered(span, failed.status, &failed.headers),
        Err(Failure::Lost(error, _) | Failure::Final(error)) => {
            span.record("error", tracing::field::debug(error.kind()));
            if let Some(status) = error.status() {
                span.record("status", status.as_u16());
            }
            tracing::debug!("failed");
        }
    }
}

fn answered(span: &Span, status: StatusCode, headers: &HeaderMap) {
    span.record("status", status.as_u16());
    let id = headers.get("x-operation-id").and_then(|id| id.to_str().ok());
    if let Some(id) = id {
        span.record("operation_id", id);
    }
    tracing::debug!("answered");
}
