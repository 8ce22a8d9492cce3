//! The outcome of a failed request.

use std::fmt;

use ambient_sdk::Operation;
use http::StatusCode;

use super::ErrorKind;

/// The outcome of a failed request: whether the server may have carried it out.
///
/// It matters for writes. A request that only reads changes nothing, regardless of its outcome.
///
/// ```
/// use ambient_sdk_ext::{Client, CreateSessionRequest, RequestOutcome};
///
/// # async fn example(client: Client) -> ambient_sdk_ext::Result<()> {
/// let request = CreateSessionRequest::new("Review this repository");
/// match client.create_session(request.clone()).await {
///     Err(error) if error.outcome() == RequestOutcome::NotSent => {
///         client.create_session(request).await?; // Safe to repeat.
///     }
///     Err(error) if error.outcome() == RequestOutcome::Unknown => {
///         // The session may exist: search for its task before you create it again.
///         let sessions = client.list_sessions().await?.items;
///         println!("{}", sessions.iter().any(|session| session.task == "Review this repository"));
///     }
///     other => println!("{}", other?.id),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestOutcome {
    /// Nothing was sent: the request was invalid, no connection was made, or the timeout expired
    /// first.
    NotSent,
    /// The server rejected the request and did nothing.
    Refused,
    /// The server may have carried out the request: there is no response, or one of a server
    /// failure (408, 500 and above except 501). Read the state before you repeat the request.
    Unknown,
    /// The server carried out the request, but its response could not be read.
    CarriedOut,
}

impl RequestOutcome {
    /// Determines the outcome from the status of a response, or from the kind of the error if there
    /// is none.
    pub(super) fn of_failure(status: Option<StatusCode>, kind: ErrorKind) -> Self {
        match (status.map(|status| status.as_u16()), kind) {
            (Some(200..=299), _) => Self::CarriedOut,
            (Some(501), _) => Self::Refused,
            (Some(408 | 500..), _) => Self::Unknown,
            (Some(_), _) => Self::Refused,
            (None, ErrorKind::Configuration | ErrorKind::InvalidRequest) => Self::NotSent,
            // The client itself rejects the request because of a state that it read.
            (None, ErrorKind::Conflict | ErrorKind::NotStarted) => Self::Refused,
            (None, _) => Self::Unknown,
        }
    }

    /// Returns the part of an error text that states the outcome and how to determine an unknown
    /// one; `None` for reads.
    pub(super) fn advice(self, operation: &Operation) -> Option<String> {
        match self {
            _ if operation.method() == "GET" => None,
            Self::Refused => None,
            Self::NotSent => Some(self.to_string()),
            Self::CarriedOut => Some(format!("{self}: {}", find_out(operation))),
            Self::Unknown => Some(format!("{self}; {}", find_out(operation))),
        }
    }
}

/// Returns how to determine the outcome of a request of this operation.
fn find_out(operation: &Operation) -> &'static str {
    match operation.id().split_once('_') {
        Some(("create", _)) => "search the list for it before you create it again",
        Some(("push" | "send", _)) => "search the list for it before you send it again",
        _ => "check the state before you repeat it",
    }
}

impl fmt::Display for RequestOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "nothing was sent",
            Self::Refused => "the server did not carry it out",
            Self::Unknown => "its outcome is unknown: the server may have carried it out",
            Self::CarriedOut => "the server carried it out",
        })
    }
}
