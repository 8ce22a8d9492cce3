//! The error of a token request to an issuer.

use std::fmt;

use ambient_sdk::Secret;

use crate::token::REDACTED;

/// The maximum length of an issuer's text in an error, in characters.
const MAX_TEXT: usize = 300;

/// The error of an issuer that provided no token. It never contains a secret that was sent.
///
/// It is the [cause](crate::Error::cause) of the error of the call, whose kind is
/// [`Authentication`](crate::ErrorKind::Authentication).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcError {
    issuer: String,
    problem: Problem,
}

/// The problem with a token request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    #[error("{code}{}", .description.as_ref().map(|text| format!(" ({text})")).unwrap_or_default())]
    Refused { code: String, description: Option<String> },
    #[error("status {0}")]
    Status(u16),
    #[error("status {0}, a redirect, which is not followed")]
    Redirect(u16),
    #[error("no connection: {0}")]
    Connection(String),
    #[error("no response within {} seconds", .0.as_secs_f64())]
    Timeout(std::time::Duration),
    #[error("the response has more than {0} bytes")]
    TooLarge(usize),
    #[error("the response is not {0}")]
    Unreadable(&'static str),
    #[error("the token has the type {0:?} instead of bearer")]
    Type(String),
    #[error("the token can't be used: {0}")]
    Token(super::super::TokenError),
    #[error("{0}")]
    Setting(String),
}

impl Problem {
    pub(super) fn of(self, issuer: &str) -> OidcError {
        OidcError { issuer: issuer.to_owned(), problem: self }
    }
}

impl OidcError {
    /// Returns the URL of the issuer or of its token endpoint.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the field `error` of the issuer's response, for example `invalid_client`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match &self.problem {
            Problem::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Returns the field `error_description` of the issuer's response, shortened to 300 characters.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        match &self.problem {
            Problem::Refused { description, .. } => description.as_deref(),
            _ => None,
        }
    }
}

impl fmt::Display for OidcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            Problem::Setting(what) => {
                write!(f, "the issuer {} can't be used: {what}", self.issuer)
            }
            problem => write!(f, "the issuer {} returned no token: {problem}", self.issuer),
        }
    }
}

impl std::error::Error for OidcError {}

/// Returns an issuer's text in the form that an error may contain.
pub(super) fn shown_text(text: &str, secrets: &[&Secret]) -> String {
    let secrets = secrets.iter().map(|secret| secret.expose()).filter(|secret| !secret.is_empty());
    let text = secrets.fold(text.to_owned(), |text, secret| text.replace(secret, REDACTED));
    let shown = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    shown.take(MAX_TEXT).collect()
}
