//! Failures of a single attempt.

use std::time::Duration;

use ambient_sdk::{BoxError, FailedResponse, Operation};
use http::{HeaderMap, StatusCode};
use reqwest::Url;

use super::Headers;
use crate::{
    error::{Error, connection},
    retry::Transient,
};

/// The failure of an attempt.
pub(super) enum Failure {
    /// A response with a failure status.
    Refused(Box<FailedResponse>),
    /// No response, or an incomplete one.
    Lost(Error, Transient),
    /// A failure that a retry cannot fix.
    Final(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

impl Failure {
    /// Converts the error of a carrier that has no response.
    pub(super) fn lost(error: BoxError, operation: &Operation, url: &Url) -> Self {
        let error = match error.downcast::<Error>() {
            Ok(ours) => return Self::Final(*ours),
            Err(error) => error,
        };
        let met = connection::Met::with(&*error);
        let error = Error::lost(error, Some((operation.method(), url)));
        match met {
            connection::Met::Invalid | connection::Met::BadHead => Self::Final(error),
            connection::Met::NoConnection { may_pass: true } => {
                Self::Lost(error, Transient::Unconnected)
            }
            connection::Met::NoConnection { may_pass: false } => {
                Self::Lost(error, Transient::NotProcessed)
            }
            connection::Met::NoAnswer => Self::Lost(error, Transient::Unclear),
        }
    }

    /// Appends a note to the text of the failure.
    pub(super) fn noted(self, note: String) -> Self {
        match self {
            Self::Refused(mut failed) => {
                failed.note = Some(note);
                Self::Refused(failed)
            }
            Self::Lost(error, transient) => Self::Lost(error.followed_by(&note), transient),
            Self::Final(error) => Self::Final(error.followed_by(&note)),
        }
    }

    pub(super) fn transient(&self) -> Option<Transient> {
        match self {
            Self::Refused(failed) => Transient::of_status(failed.status),
            Self::Lost(_, transient) => Some(*transient),
            Self::Final(_) => None,
        }
    }

    /// Returns status and headers of the response, if there is one.
    pub(super) fn response(&self) -> Option<(StatusCode, &HeaderMap)> {
        match self {
            Self::Refused(failed) => Some((failed.status, &failed.headers)),
            Self::Lost(error, _) | Self::Final(error) => Some((error.status()?, error.headers())),
        }
    }

    pub(super) fn asked(&self) -> Option<Duration> {
        match self {
            Self::Refused(failed) => failed.body.retry_after(),
            _ => None,
        }
    }

    /// Converts the failure for the raw client: a rejection to the error type of rejections, any
    /// other failure to `Error`.
    pub(super) fn into_error(self, headers: &Headers) -> BoxError {
        match self {
            Self::Refused(failed) => ambient_sdk::Error::Refused(failed).into(),
            Self::Lost(error, _) => error.passing().redacted(headers.tokens()).into(),
            Self::Final(error) => error.redacted(headers.tokens()).into(),
        }
    }
}
