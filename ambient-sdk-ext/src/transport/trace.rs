//! One span per call, with the operation, the project and the result, but never a token, a header,
//! a query or a body. The span of a dropped call has attempts and duration, and no result.
//!
//! The fields follow the semantic conventions of OpenTelemetry for HTTP clients; additional fields
//! begin with `ambient.`. [`guide::telemetry`](crate::guide::telemetry) lists them.

use std::{borrow::Cow, fmt, time::Duration};

use ambient_sdk::{Operation, Response};
use http::{HeaderMap, HeaderName, StatusCode};
use reqwest::Url;
use tracing::{Span, field::Empty};

use super::Failure;
use crate::token::Tokens;

const OPERATION_ID: HeaderName = HeaderName::from_static("x-operation-id");

pub(super) fn span(operation: &Operation, url: &Url, project: &str) -> Span {
    tracing::info_span!(
        "ambient.call",
        otel.name = %format_args!("{} {}", operation.method(), operation.path()),
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = operation.method(),
        http.request.resend_count = Empty,
        http.response.status_code = Empty,
        server.address = url.host_str(),
        server.port = url.port_or_known_default(),
        url.full = %PublicUrl(url),
        url.template = operation.path(),
        "error.type" = Empty,
        ambient.operation = operation.id(),
        ambient.project = project,
        ambient.attempts = Empty,
        ambient.waited_ms = Empty,
        ambient.duration_ms = Empty,
        ambient.operation_id = Empty,
    )
}

impl Failure {
    /// Returns the reason for the failure as one word: the status of a response, or the kind of
    /// another error.
    pub(super) fn error_type(&self) -> Cow<'static, str> {
        match self {
            Self::Refused(failed) => failed.status.as_str().to_owned().into(),
            Self::Lost(error, _) | Self::Final(error) => error.kind().as_str().into(),
        }
    }
}

/// Displays a URL without its private parts: user, password, query and fragment.
struct PublicUrl<'a>(&'a Url);

impl fmt::Display for PublicUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(url) = self;
        write!(f, "{}://{}", url.scheme(), url.host_str().unwrap_or_default())?;
        if let Some(port) = url.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(url.path())
    }
}

pub(super) fn retry(attempts: u32, pause: Duration) {
    tracing::debug!(
        ambient.attempts = attempts,
        ambient.pause_ms = pause.as_millis() as u64,
        "will try again"
    );
}

/// Records the attempts and the duration of a call, and how much of it was spent waiting for a
/// place.
pub(super) fn spent(span: &Span, attempts: u32, waited: Duration, duration: Duration) {
    if attempts > 1 {
        span.record("http.request.resend_count", attempts - 1);
    }
    span.record("ambient.attempts", attempts);
    span.record("ambient.waited_ms", waited.as_millis() as u64);
    span.record("ambient.duration_ms", duration.as_millis() as u64);
}

pub(super) fn finish(span: &Span, outcome: &Result<Response, Failure>, tokens: &Tokens) {
    match outcome {
        Ok(response) => answered(span, response.status(), response.headers(), tokens),
        Err(failure) => {
            span.record("otel.status_code", "ERROR");
            span.record("error.type", &*failure.error_type());
            match failure {
                Failure::Refused(failed) => answered(span, failed.status, &failed.headers, tokens),
                Failure::Lost(error, _) | Failure::Final(error) => {
                    if let Some(status) = error.status() {
                        span.record("http.response.status_code", status.as_u16());
                    }
                    tracing::debug!("failed");
                }
            }
        }
    }
}

fn answered(span: &Span, status: StatusCode, headers: &HeaderMap, tokens: &Tokens) {
    span.record("http.response.status_code", status.as_u16());
    if !span.is_disabled() {
        let id = headers.get(OPERATION_ID).and_then(|id| id.to_str().ok());
        if let Some(id) = id.filter(|id| tokens.redact(id, false).is_none()) {
            span.record("ambient.operation_id", id);
        }
    }
    tracing::debug!("answered");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_omits_private_parts() {
        for (url, public) in [
            ("https://user:secret@h:8443/v1/x?token=y#z", "https://h:8443/v1/x"),
            ("http://[::1]/v1", "http://[::1]/v1"),
        ] {
            assert_eq!(PublicUrl(&Url::parse(url).unwrap()).to_string(), public);
        }
    }
}
