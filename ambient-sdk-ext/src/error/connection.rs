//! Errors of requests without a response.
//!
//! The texts do not repeat the causes, which are available as sources.

use std::{borrow::Cow, error::Error as StdError, io};

use ambient_sdk::BoxError;
use reqwest::Url;

use super::{Error, ErrorKind, RequestOutcome, endpoint::shown};
use crate::tls;

/// The stage at which a request without a response failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Met {
    /// No request could be built.
    Invalid,
    /// No connection was made, so nothing was sent. A refused connection may succeed soon; an
    /// invalid name or certificate remains invalid.
    NoConnection { may_pass: bool },
    /// The head of the response is malformed, which a retry does not change.
    BadHead,
    /// The request was sent completely or partially.
    NoAnswer,
}

impl Met {
    pub(crate) fn with(error: &(dyn StdError + Send + Sync + 'static)) -> Self {
        match error.downcast_ref::<reqwest::Error>() {
            Some(error) if error.is_builder() => Self::Invalid,
            Some(error) if error.is_connect() => {
                let may_pass = error.is_timeout() || io_kind(error).is_some_and(may_pass);
                Self::NoConnection { may_pass }
            }
            Some(error) if head(error).is_some() => Self::BadHead,
            Some(_) => Self::NoAnswer,
            // A custom transport that reports a refused connection as an I/O error.
            None if io_kind(error) == Some(io::ErrorKind::ConnectionRefused) => {
                Self::NoConnection { may_pass: true }
            }
            None => Self::NoAnswer,
        }
    }
}

impl Error {
    /// Creates the error of a transport that has no response to a request of this method and URL.
    pub(crate) fn lost(error: BoxError, target: Option<(&str, &Url)>) -> Self {
        let target = target.map(|(method, url)| format!(" ({method} {})", shown(url)));
        let target = target.unwrap_or_default();
        let met = Met::with(&*error);
        let error = match error.downcast::<reqwest::Error>() {
            Ok(error) => Self::of_reqwest(error.without_url(), &target),
            Err(source) => {
                let text = format!("Failed to connect to API: {source}{target}");
                Self::new(ErrorKind::Connection, text).with_source(source)
            }
        };
        match met {
            Met::Invalid | Met::NoConnection { .. } => error.with_outcome(RequestOutcome::NotSent),
            Met::BadHead | Met::NoAnswer => error,
        }
    }

    fn of_reqwest(error: reqwest::Error, target: &str) -> Self {
        let (kind, text) = if error.is_builder() {
            (ErrorKind::InvalidRequest, "Invalid request: it can't be sent".to_owned())
        } else if error.is_timeout() && !error.is_connect() {
            (ErrorKind::Timeout, format!("Failed to connect to API: no response in time{target}"))
        } else if error.is_decode() {
            (ErrorKind::Decode, format!("cannot read the response: it can't be decoded{target}"))
        } else if let Some((kind, what)) = head(&error) {
            (kind, format!("cannot read the response: {what}{target}"))
        } else {
            let why = reason(&error);
            (ErrorKind::Connection, format!("Failed to connect to API: {why}{target}"))
        };
        Self::new(kind, text).with_source(error)
    }

    /// Creates the error of a response that ended early.
    pub(crate) fn broken_off(error: reqwest::Error) -> Self {
        let error = error.without_url();
        // A custom HTTP client can have its own timeout.
        let kind = if error.is_timeout() { ErrorKind::Timeout } else { ErrorKind::Decode };
        Self::new(kind, "cannot read the response: it ended early").with_source(error)
    }
}

/// Returns the problem with the head of a response. The HTTP client reports it only as text.
fn head(error: &reqwest::Error) -> Option<(ErrorKind, &'static str)> {
    let says = |text: &str| causes(error).any(|cause| cause.to_string().contains(text));
    if says("message head is too large") {
        return Some((
            ErrorKind::TooLarge,
            "its head has more than 100 headers, or more than 400 KiB",
        ));
    }
    let is_http = !says("invalid HTTP") && !says("invalid content-length");
    (!is_http).then_some((ErrorKind::Decode, "it is not HTTP/1.1"))
}

/// Returns why there is no response, and the remedy if the server's certificate is not trusted.
pub(crate) fn reason(error: &reqwest::Error) -> Cow<'static, str> {
    // The innermost cause may be less specific: with OpenSSL, it lacks the result of the verification.
    let advice = causes(error).find_map(tls::explain);
    advice.map_or_else(|| why(error).into(), Cow::Owned)
}

/// Returns why there is no response.
fn why(error: &reqwest::Error) -> &'static str {
    use io::ErrorKind as Kind;
    if !error.is_connect() {
        return "the connection broke before a response arrived";
    }
    if error.is_timeout() {
        return "the connection attempt timed out";
    }
    let says = |word: &str| causes(error).any(|cause| cause.to_string().contains(word));
    match io_kind(error) {
        Some(Kind::ConnectionRefused) => "the connection was refused",
        Some(Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown) => {
            "the host can't be reached"
        }
        Some(kind) if may_pass(kind) => "the connection was closed before it was established",
        _ if says("dns error") => "the name of the host can't be resolved",
        _ if says("certificate") => "the server's certificate was not accepted",
        Some(Kind::InvalidData) => "the TLS handshake failed",
        _ => "no connection was made",
    }
}

/// Returns whether a connection that failed with this kind may succeed soon.
fn may_pass(kind: io::ErrorKind) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        kind,
        Kind::ConnectionRefused
            | Kind::ConnectionReset
            | Kind::ConnectionAborted
            | Kind::BrokenPipe
            | Kind::UnexpectedEof
            | Kind::TimedOut
            | Kind::AddrNotAvailable
            | Kind::HostUnreachable
            | Kind::NetworkUnreachable
            | Kind::NetworkDown
    )
}

/// Returns the kind of the innermost I/O error.
fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).last().map(io::Error::kind)
}

/// Iterates over an error and its causes, outermost first.
pub(crate) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |cause: &&'a (dyn StdError + 'static)| (*cause).source())
}
