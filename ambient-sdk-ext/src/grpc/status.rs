//! Conversion of gRPC failures to errors, with the same kinds as over HTTP.

use std::error::Error as _;

use tonic::{Code, Status};

use crate::{
    error::{Error, ErrorKind},
    token::Tokens,
};

/// Returns the error of a call with a status other than OK. Its text contains no tokens.
pub(crate) fn error(method: &str, status: &Status, tokens: &Tokens) -> Error {
    let kind = kind_of(status);
    let message = match status.message() {
        "" => status.code().description(),
        message => message,
    };
    let text = match kind {
        ErrorKind::Connection => {
            format!("Failed to connect to API: {method} by gRPC: {}", root(status))
        }
        ErrorKind::Authentication => format!("Authentication failed: {message} ({method} by gRPC)"),
        ErrorKind::NoSuchEndpoint => {
            format!(
                "{method} by gRPC is not served: {message}; set AMBIENT_GRPC_URL to the address \
                     of the API server's gRPC endpoint"
            )
        }
        _ => format!("API error ({:?}): {message} ({method} by gRPC)", status.code()),
    };
    Error::new(kind, text).with_source(status.clone()).redacted(tokens)
}

/// Returns whether the server sent a status. A broken connection is also reported as one, with the
/// cause as its source.
pub(super) fn is_of_server(status: &Status) -> bool {
    status.source().is_none()
}

/// Returns the kind of a status.
fn kind_of(status: &Status) -> ErrorKind {
    if !is_of_server(status) {
        return ErrorKind::Connection;
    }
    match status.code() {
        Code::Unauthenticated => ErrorKind::Authentication,
        Code::PermissionDenied => ErrorKind::Permission,
        Code::NotFound => ErrorKind::NotFound,
        Code::Unimplemented => ErrorKind::NoSuchEndpoint,
        Code::InvalidArgument | Code::OutOfRange => ErrorKind::InvalidRequest,
        Code::AlreadyExists | Code::FailedPrecondition | Code::Aborted => ErrorKind::Conflict,
        Code::ResourceExhausted => ErrorKind::RateLimited,
        Code::DeadlineExceeded => ErrorKind::Timeout,
        Code::Cancelled | Code::Unavailable => ErrorKind::Connection,
        Code::Internal | Code::Unknown | Code::DataLoss => ErrorKind::Server,
        Code::Ok => ErrorKind::Api,
    }
}

/// Returns the text of the innermost cause, which is the most useful one.
fn root(status: &Status) -> String {
    let mut text = status.message().to_owned();
    let mut next = status.source();
    while let Some(cause) = next {
        text = cause.to_string();
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::token::{Origin, Token};

    const TOKEN: &str = "sha256~0123456789abcdef";

    fn of(status: &Status) -> Error {
        let tokens = Tokens::new(Origin::Fixed(Token::new(TOKEN).unwrap())).unwrap();
        error("watch_sessions", status, &tokens)
    }

    #[test]
    fn a_status_has_the_kind_of_its_http_counterpart() {
        for (code, kind, passes) in [
            (Code::Unauthenticated, ErrorKind::Authentication, false),
            (Code::PermissionDenied, ErrorKind::Permission, false),
            (Code::NotFound, ErrorKind::NotFound, false),
            (Code::Unimplemented, ErrorKind::NoSuchEndpoint, false),
            (Code::ResourceExhausted, ErrorKind::RateLimited, true),
            (Code::Unavailable, ErrorKind::Connection, true),
            (Code::Internal, ErrorKind::Server, true),
        ] {
            let error = of(&Status::new(code, "why"));
            assert_eq!((error.kind(), error.is_transient()), (kind, passes), "{code:?}");
            assert!(error.to_string().contains("why"), "{error}");
        }
    }

    #[test]
    fn a_broken_call_is_a_connection_error_with_its_cause() {
        let mut status = Status::unknown("transport error");
        status.set_source(Arc::new(std::io::Error::other("connection reset")));
        let error = of(&status);
        assert!(error.is_connection() && error.to_string().contains("connection reset"), "{error}");
    }

    #[test]
    fn a_token_in_a_rejection_is_not_shown() {
        let error = of(&Status::unauthenticated(format!("bad token {TOKEN}")));
        assert!(!format!("{error:?} {error}").contains(TOKEN), "{error}");
    }
}
