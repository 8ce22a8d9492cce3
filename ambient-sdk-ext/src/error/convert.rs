//! Conversion of errors of the lower layers to [`Error`].

use ambient_sdk::{BoxError, ErrorBody, FailedResponse, Problem, RequestInfo, Unreadable};
use http::StatusCode;

use super::{Error, ErrorKind, endpoint};
use crate::names::NameError;

/// The maximum length of a server's reason in the text of an error, in characters.
const MAX_REASON: usize = 500;

impl From<ambient_sdk::Error> for Error {
    /// Converts an error of a raw builder of either service.
    fn from(error: ambient_sdk::Error) -> Self {
        use ambient_sdk::Error as Raw;
        match error {
            Raw::Refused(failed) => (*failed).into(),
            Raw::Unreadable(response) => Self::unreadable(*response),
            Raw::Transport { request, source, .. } => Self::of_transport(request, source),
            Raw::Invalid { operation, reason, source, .. } => {
                let invalid = Self::invalid(format!("Invalid request: {reason}"));
                let invalid = invalid.with_operation(operation);
                source.into_iter().fold(invalid, Self::with_source)
            }
            other => Self::new(ErrorKind::Api, other.to_string()).with_source(other),
        }
    }
}

impl From<FailedResponse> for Error {
    fn from(failed: FailedResponse) -> Self {
        let FailedResponse { request, status, headers, body, note, .. } = failed;
        let kind = kind_of(status, &body);
        let mut text = text_of(kind, status, &body);
        if kind == ErrorKind::Server {
            text.push_str(&endpoint::foreign(request.operation(), &body));
        }
        if let Some(note) = note {
            text.push_str("; ");
            text.push_str(&note);
        }
        Self::new(kind, text)
            .with_request(request)
            .with_status(Some(status))
            .with_headers(headers)
            .with_body(body)
    }
}

impl From<NameError> for Error {
    fn from(error: NameError) -> Self {
        Self::invalid(format!("Invalid request: {error}")).with_source(error)
    }
}

impl Error {
    /// Converts a response that the operation does not define.
    fn unreadable(response: Unreadable) -> Self {
        let Unreadable { request, status, headers, excerpt, problem, .. } = response;
        let error = match problem {
            Problem::Status => {
                let text =
                    format!("API error ({}): this status is not documented", status.as_u16());
                Self::new(ErrorKind::Api, text)
            }
            Problem::Body(error) => {
                let begins = excerpt.iter().map(|text| format!("; it begins with {text:?}"));
                let begins = begins.collect::<String>();
                let text = format!("cannot read the response: {error}{begins}");
                Self::new(ErrorKind::Decode, text).with_source(error)
            }
            Problem::BrokenOff(error) => Self::broken_off(error),
            other => Self::new(ErrorKind::Decode, format!("cannot read the response: {other}")),
        };
        let error = error.with_request(request).with_status(Some(status)).with_headers(headers);
        excerpt.into_iter().fold(error, Self::with_excerpt)
    }

    /// Converts the error of a transport, either the SDK's own or a custom one.
    fn of_transport(request: RequestInfo, source: BoxError) -> Self {
        let error = match source.downcast::<Self>() {
            Ok(ours) => *ours,
            Err(source) => Self::lost(source, None),
        };
        error.with_request(request)
    }
}

fn kind_of(status: StatusCode, body: &ErrorBody) -> ErrorKind {
    let project = |reason: &str| reason.starts_with("Project required");
    match status.as_u16() {
        400 if body.reason.as_deref().is_some_and(project) => ErrorKind::ProjectRequired,
        403 if body.code.as_deref() == Some("ambient-api-server-1") => ErrorKind::Authentication,
        _ => status.into(),
    }
}

fn text_of(kind: ErrorKind, status: StatusCode, body: &ErrorBody) -> String {
    let reason = match &body.reason {
        Some(reason) => shortened(reason),
        None => status.canonical_reason().unwrap_or("no reason given"),
    };
    match (kind, session_of(&body.path)) {
        (ErrorKind::Authentication, _) => format!("Authentication failed: {reason}"),
        (ErrorKind::NotFound, Some(id)) => format!("session not found: {id}"),
        _ => {
            let more = body.message.iter().map(|message| format!(" - {}", shortened(message)));
            format!("API error ({}): {reason}{}", status.as_u16(), more.collect::<String>())
        }
    }
}

fn shortened(text: &str) -> &str {
    text.char_indices().nth(MAX_REASON).map_or(text, |(end, _)| &text[..end])
}

/// Returns the session in a path such as `/v1/sessions/{id}/start`.
fn session_of(path: &str) -> Option<&str> {
    let (before, id) = path.split_once("/sessions/")?;
    let id = id.split('/').next()?;
    (!id.is_empty() && !before.contains("/projects/")).then_some(id)
}
