//! One span per call, with the operation, the project and the result.
//!
//! The fields follow the semantic conventions of OpenTelemetry for gRPC clients. Fields that the
//! span of an HTTP call has too have the same names and meanings. The span ends with the stream,
//! because the server sends the status at its end. The span of a dropped call has attempts and
//! duration, and no result.

use tokio::time::Instant;
use tonic::{Code, Status};
use tracing::{Span, field::Empty};
use url::Url;

use super::status;
use crate::error::Error;

/// The service of all calls.
const SERVICE: &str = "ambient.v1.SessionService";

/// A method of the service.
#[derive(Clone, Copy)]
pub(super) struct Method {
    /// The name in the protobuf file.
    pub(super) name: &'static str,
    /// The name in this crate.
    pub(super) operation: &'static str,
}

/// A call in progress.
pub(super) struct Call {
    pub(super) method: Method,
    span: Span,
    begun: Instant,
    attempts: u32,
}

impl Call {
    pub(super) fn begin(method: Method, server: &Url, project: &str) -> Self {
        let Method { name, operation } = method;
        let span = tracing::info_span!(
            "ambient.call",
            otel.name = %format_args!("{SERVICE}/{name}"),
            otel.kind = "client",
            otel.status_code = Empty,
            rpc.system = "grpc",
            rpc.service = SERVICE,
            rpc.method = name,
            rpc.grpc.status_code = Empty,
            server.address = server.host_str(),
            server.port = server.port_or_known_default(),
            "error.type" = Empty,
            ambient.operation = operation,
            ambient.project = project,
            ambient.attempts = Empty,
            ambient.duration_ms = Empty,
        );
        Self { method, span, begun: Instant::now(), attempts: 0 }
    }

    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Counts an attempt.
    pub(super) fn attempt(&mut self) {
        self.attempts += 1;
    }

    /// Records that the server ended the stream without an error.
    pub(super) fn ended(&self) {
        self.span.record("rpc.grpc.status_code", Code::Ok as i32);
        self.span.in_scope(|| tracing::debug!("ended"));
    }

    /// Records the status of a call that failed, and its error.
    pub(super) fn failed(&self, status: Option<&Status>, error: &Error) {
        self.span.record("otel.status_code", "ERROR");
        // The status of a broken connection is not the server's.
        match status.filter(|status| status::is_of_server(status)) {
            Some(status) => {
                self.span.record("rpc.grpc.status_code", status.code() as i32);
                self.span.record("error.type", name(status.code()));
            }
            None => {
                self.span.record("error.type", error.kind().as_str());
            }
        }
        self.span.in_scope(|| tracing::debug!("failed"));
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.span.record("ambient.attempts", self.attempts);
        self.span.record("ambient.duration_ms", self.begun.elapsed().as_millis() as u64);
    }
}

/// Returns the name of a code in the specification of gRPC.
fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
