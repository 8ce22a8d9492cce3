//! How failures of the layers below become an [`Error`].

use ambient_sdk::{ErrorBody, FailedResponse, transport::RefusedRequest};
use http::StatusCode;
use std::error::Error as StdError;

use super::{Error, ErrorKind, Request};
use crate::{
    names::NameError,
    token::{self, REDACTED, Token},
};

/// How much of a response that could not be read is kept, in characters.
const EXCERPT: usize = 200;
/// How much of a server's reason an error's text repeats, in characters.
const MAX_REASON: usize = 500;
/// Words beside which a secret may stand, in lowercase.
const SECRETIVE: [&str; 5] = ["token", "authorization", "bearer", "password", "secret"];

type Raw = ambient_sdk::public_api::Error<ErrorBody>;

impl From<Raw> for Error {
    /// From an error of a raw builder of either service.
    fn from(error: Raw) -> Self {
        match error {
            Raw::ErrorResponse(response) => {
                let (status, headers) = (response.status(), response.headers().clone());
                Self::refused(status, headers, response.into_inner())
            }
            Raw::CommunicationError(e) | Raw::ResponseBodyError(e) | Raw::InvalidUpgrade(e) => {
                Self::transport(e)
            }
            Raw::InvalidResponsePayload(body, e) => Self::undecodable(&body, e, None),
            Raw::UnexpectedResponse(response) => {
                let status = response.status();
                let text =
                    format!("API error ({}): this status is not documented", status.as_u16());
                Self::new(ErrorKind::Api, text)
                    .with_status(Some(status))
                    .with_headers(response.headers().clone())
            }
            Raw::InvalidRequest(text) | Raw::Custom(text) => {
                Self::invalid(format!("Invalid request: {text}"))
            }
        }
    }
}

impl From<FailedResponse> for Error {
    fn from(failed: FailedResponse) -> Self {
        Self::refused(failed.status, failed.headers, failed.body)
    }
}

impl From<NameError> for Error {
    fn from(error: NameError) -> Self {
        Self::invalid(format!("Invalid request: {error}")).with_source(error)
    }
}

impl Error {
    /// From a response with a failure status.
    pub(crate) fn refused(status: StatusCode, headers: http::HeaderMap, body: ErrorBody) -> Self {
        let kind = kind_of(status, &body);
        let request = Request { method: body.method.clone(), path: body.path.clone() };
        Self::new(kind, text_of(kind, status, &body))
            .with_request(request)
            .with_status(Some(status))
            .with_headers(headers)
            .with_body(body)
    }

    /// From a request that has no response, or whose response broke off.
    ///
    /// An error of our own layers comes wrapped into one of the HTTP client; it is taken out.
    pub(crate) fn transport(mut error: reqwest::Error) -> Self {
        if let Some(ours) = take_ours(&mut error) {
            return ours;
        }
        let error = error.without_url();
        let refused = causes(&error).find_map(|e| e.downcast_ref::<RefusedRequest>()).copied();
        match refused {
            Some(refused) => Self::invalid(format!("Invalid request: {refused}")),
            None if error.is_builder() => {
                Self::invalid(format!("Invalid request: {}", root(&error)))
            }
            None if error.is_timeout() && !error.is_connect() => Self::new(
                ErrorKind::Timeout,
                format!("Failed to connect to API: timed out ({})", root(&error)),
            ),
            None if error.is_decode() => {
                Self::new(ErrorKind::Decode, format!("cannot read the response: {}", root(&error)))
            }
            None => Self::new(
                ErrorKind::Connection,
                format!("Failed to connect to API: {}", root(&error)),
            ),
        }
        .with_source(error)
    }
}

impl Error {
    /// From a response that is no JSON, or JSON of another form.
    ///
    /// Without the token there is no telling whether the body repeats it, so nothing of it is shown.
    pub(crate) fn undecodable(
        body: &[u8],
        error: serde_json::Error,
        token: Option<&Token>,
    ) -> Self {
        let excerpt = token.map(|token| excerpt(body, token));
        let begins = match &excerpt {
            _ if body.is_empty() => "; it is empty".to_owned(),
            Some(excerpt) => format!("; it begins with {excerpt:?}"),
            None => String::new(),
        };
        let what = match error.classify() {
            serde_json::error::Category::Data => "JSON of an unexpected form",
            serde_json::error::Category::Eof => "JSON that breaks off",
            _ => "no JSON",
        };
        let (line, column) = (error.line(), error.column());
        let text =
            format!("cannot read the response: {what} at line {line}, column {column}{begins}");
        let undecodable = Self::new(ErrorKind::Decode, text);
        match excerpt {
            // The text of a data error can repeat a value of the response.
            Some(excerpt) if may_hold_secret(body) => undecodable.with_excerpt(excerpt),
            Some(excerpt) => undecodable.with_excerpt(excerpt).with_source(error),
            None => undecodable,
        }
    }
}

/// Carries an [`Error`] through the HTTP client's own error; it is taken out on the way back.
#[derive(Debug)]
pub(crate) struct Carried(std::sync::Mutex<Option<Error>>);

impl Carried {
    pub(crate) fn new(error: Error) -> Self {
        Self(std::sync::Mutex::new(Some(error)))
    }
}

impl std::fmt::Display for Carried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.lock().as_deref() {
            Ok(Some(error)) => error.fmt(f),
            _ => f.write_str("the call failed"),
        }
    }
}

impl StdError for Carried {}

fn take_ours(error: &mut reqwest::Error) -> Option<Error> {
    let carried = causes(error).find_map(|cause| cause.downcast_ref::<Carried>())?;
    carried.0.lock().ok()?.take()
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}

/// The innermost cause, which is what a reader can act on.
pub(crate) fn root(error: &reqwest::Error) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

fn kind_of(status: StatusCode, body: &ErrorBody) -> ErrorKind {
    let project = |reason: &str| reason.starts_with("Project required");
    match status.as_u16() {
        400 if body.reason.as_deref().is_some_and(project) => ErrorKind::ProjectRequired,
        400 | 422 => ErrorKind::InvalidRequest,
        401 => ErrorKind::Authentication,
        403 if body.code.as_deref() == Some("ambient-api-server-1") => ErrorKind::Authentication,
        403 => ErrorKind::Permission,
        404 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        429 => ErrorKind::RateLimited,
        500.. => ErrorKind::Server,
        _ => ErrorKind::Api,
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

/// The session that a path such as `/v1/sessions/{id}/start` is about.
fn session_of(path: &str) -> Option<&str> {
    let (before, id) = path.split_once("/sessions/")?;
    let id = id.split('/').next()?;
    (!id.is_empty() && !before.contains("/projects/")).then_some(id)
}

/// The beginning of a body without the token, or a note in its place where it may hold a secret.
fn excerpt(body: &[u8], token: &Token) -> String {
    let enough = body.len().min(4 * EXCERPT + token.expose().len());
    let text = String::from_utf8_lossy(&body[..enough]);
    let text = token.redact(&text, enough < body.len()).unwrap_or_else(|| text.into_owned());
    match may_hold_secret(text.as_bytes()) {
        true => REDACTED.to_owned(),
        false => text.chars().take(EXCERPT).collect(),
    }
}

fn may_hold_secret(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let lower = text.to_ascii_lowercase();
    SECRETIVE.iter().any(|word| lower.contains(word)) || token::looks_like_one(&text)
}
