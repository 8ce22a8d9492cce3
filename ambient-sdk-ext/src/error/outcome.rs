//! What became of a request that failed.

use std::fmt;

use ambient_sdk::Operation;
use http::StatusCode;

use super::ErrorKind;

/// What became of a request that failed: whether the server may have acted on it.
///
/// It matters for what writes. A request that only reads changes nothing, whatever became of it.
///
/// ```
/// use ambient_sdk_ext::{Client, CreateSessionRequest, RequestOutcome};
///
/// # async fn example(client: Client) -> ambient_sdk_ext::Result<()> {
/// let request = CreateSessionRequest::new("Review this repository");
/// match client.create_session(request.clone()).await {
///     Err(error) if error.outcome() == RequestOutcome::NotSent => {
///         client.create_session(request).await?; // Nothing was done: safe to repeat.
///     }
///     Err(error) if error.outcome() == RequestOutcome::Unknown => {
///         // It may exist. Look for it by its task before it is created again.
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
    /// The server never got it: it was not valid, no connection was made, or the client's time ran
    /// out before it was sent.
    NotSent,
    /// The server answered that it did not do it.
    Refused,
    /// The server may have done it: there is no answer, or one of a failure on its side (408, 500
    /// and above, but 501). Read before you repeat it.
    Unknown,
    /// The server did it, and its answer could not be read.
    CarriedOut,
}

impl RequestOutcome {
    /// What the status of a response tells, and the kind of an error where there was none.
    pub(super) fn told_by(status: Option<StatusCode>, kind: ErrorKind) -> Self {
        match (status.map(|status| status.as_u16()), kind) {
            (Some(200..=299), _) => Self::CarriedOut,
            (Some(501), _) => Self::Refused,
            (Some(408 | 500..), _) => Self::Unknown,
            (Some(_), _) => Self::Refused,
            (None, ErrorKind::Configuration | ErrorKind::InvalidRequest) => Self::NotSent,
            // What the client itself says of things that it has read.
            (None, ErrorKind::Conflict | ErrorKind::NotStarted) => Self::Refused,
            (None, _) => Self::Unknown,
        }
    }

    /// What the text of an error says of it besides, and how to find out what isn't known. Of what
    /// only reads there is nothing to say.
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

/// How to find out what became of a request of this operation.
fn find_out(operation: &Operation) -> &'static str {
    match operation.id().split_once('_') {
        Some(("create", _)) => "look for it in the list before you create it again",
        Some(("push" | "send", _)) => "look for it in the list before you send it again",
        _ => "look at the state before you repeat it",
    }
}

impl fmt::Display for RequestOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "nothing was sent",
            Self::Refused => "the server did not do it",
            Self::Unknown => "its outcome is unknown: the server may have done it",
            Self::CarriedOut => "the server did it",
        })
    }
}
