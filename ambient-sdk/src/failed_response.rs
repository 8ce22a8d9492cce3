//! A response with a failure status, read within bounds.

use std::{fmt, future::Future, pin::pin};

use futures_util::future::{Either, select};
use http::{HeaderMap, StatusCode, header::CONTENT_ENCODING};

use crate::{ErrorBody, RequestInfo, Response};

/// A failed response that was read: status, headers, and the body in its one form.
#[derive(Clone)]
#[non_exhaustive]
pub struct FailedResponse {
    /// What was asked.
    pub request: RequestInfo,
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers as they were sent.
    pub headers: HeaderMap,
    /// What the server said.
    pub body: ErrorBody,
    /// What a transport adds for the reader, for example why it did not try again.
    pub note: Option<String>,
}

impl FailedResponse {
    /// Reads a failed response to its end or the limit of [`ErrorBody::MAX_BODY`], or until `end`.
    ///
    /// A body that breaks off is kept as far as it came. One that is compressed is left out.
    pub async fn read(
        response: &mut Response,
        request: RequestInfo,
        end: impl Future<Output = ()>,
    ) -> Self {
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let (text, truncated) = match is_compressed(&headers) {
            // Nobody asked for that, and what it says can't be told.
            true => (String::new(), true),
            false => read_bounded(response, end).await,
        };
        let body = ErrorBody {
            status: status.as_u16(),
            method: request.method().to_owned(),
            path: request.path().to_owned(),
            ..ErrorBody::default()
        };
        let body = body.with_sent(text, truncated, &headers);
        Self { request, status, headers, body, note: None }
    }
}

fn is_compressed(headers: &HeaderMap) -> bool {
    let coding = headers.get(CONTENT_ENCODING);
    coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// The text as far as it came, and whether that is less than was sent.
async fn read_bounded(response: &mut Response, end: impl Future<Output = ()>) -> (String, bool) {
    let mut read = Vec::new();
    let mut end = pin!(end);
    let complete = loop {
        let chunk = match select(pin!(response.chunk()), end.as_mut()).await {
            Either::Left((Ok(chunk), _)) => chunk,
            Either::Left((Err(_), _)) | Either::Right(_) => break false,
        };
        let Some(chunk) = chunk else { break true };
        let room = ErrorBody::MAX_BODY - read.len();
        read.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            break false;
        }
    };
    (String::from_utf8_lossy(&read).into_owned(), !complete)
}

/// Without headers, which can hold secrets.
impl fmt::Debug for FailedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request, status, body, note, .. } = self;
        f.debug_struct("FailedResponse")
            .field("request", &format_args!("{request}"))
            .field("status", &status.as_u16())
            .field("body", body)
            .field("note", note)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for FailedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request, status, body, note, .. } = self;
        write!(f, "the server refused {request} ({})", status.as_u16())?;
        if let Some(reason) = &body.reason {
            write!(f, ": {}", reason.chars().take(500).collect::<String>())?;
        }
        match note {
            Some(note) => write!(f, "; {note}"),
            None => Ok(()),
        }
    }
}
