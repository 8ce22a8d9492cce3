//! A response with a failure status, read up to a limit.

use std::{fmt, future::Future, pin::pin};

use futures_util::future::{Either, select};
use http::{HeaderMap, StatusCode, header::CONTENT_ENCODING};

use crate::{ErrorBody, RequestInfo, Response};

/// A failed response with its status, headers, and decoded body.
#[derive(Clone)]
#[non_exhaustive]
pub struct FailedResponse {
    /// The operation and path of the request that failed.
    pub request: RequestInfo,
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers as received.
    pub headers: HeaderMap,
    /// The decoded body.
    pub body: ErrorBody,
    /// A remark from the transport, for example the reason why it did not retry.
    pub note: Option<String>,
}

impl FailedResponse {
    /// Reads a failed response until its end, the limit of [`ErrorBody::MAX_BODY`] bytes, or the
    /// completion of `end`.
    ///
    /// If the connection breaks, the part of the body received so far is kept. A compressed body is
    /// ignored.
    pub async fn read(
        response: &mut Response,
        request: RequestInfo,
        end: impl Future<Output = ()>,
    ) -> Self {
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let (text, truncated) = match is_compressed(&headers) {
            // The request did not accept compression, and this crate cannot decompress the body.
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

/// Returns the text read so far, and whether it is incomplete.
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

/// Omits the headers, which can contain secrets.
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
