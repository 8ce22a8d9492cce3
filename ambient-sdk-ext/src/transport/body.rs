//! Reading response bodies to their end, within limits of size and time.
//!
//! Callers need the whole body of a success, so a response that ends early or stalls is a failure
//! of the call.

use std::{pin::pin, task::Poll, time::Duration};

use ambient_sdk::Response;
use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use tokio::time::{Instant, timeout_at};

use super::{Failure, Settings, name_in};
use crate::{
    error::{Error, ErrorKind},
    retry::Transient,
};

/// The number of bytes read or copied before the task yields; this takes less than a millisecond.
const A_TURN: usize = 512 * 1024;

/// Reads the body of a response into memory.
///
/// Fails if no data arrives for the client's read timeout, or if the body has more bytes than the
/// client allows. The caller drops the future at `deadline`.
pub(super) async fn read(
    response: &mut Response,
    settings: &Settings,
    deadline: Instant,
) -> Result<(), Failure> {
    let status = response.status();
    let most = settings.max_response;
    is_plain(response)?;
    let expected = response.content_length().unwrap_or(0);
    if expected > most as u64 {
        return Err(Failure::Final(too_large(most).with_status(Some(status))));
    }
    let (mut first, mut rest) = (None, Vec::new());
    let (mut length, mut this_turn) = (0, 0);
    loop {
        let next = next(response, settings, deadline).await;
        let Some(chunk) = next.map_err(|failure| failure.with_status(status))? else { break };
        length += chunk.len();
        if length > most {
            return Err(Failure::Final(too_large(most).with_status(Some(status))));
        }
        this_turn += chunk.len();
        match first {
            None => first = Some(chunk),
            Some(_) => rest.push(chunk),
        }
        take_break(&mut this_turn).await;
    }
    let first = first.unwrap_or_default();
    let whole = match rest.is_empty() {
        true => first,
        // Boxed to keep the future of a call small.
        false => Box::pin(joined(first, rest, length)).await,
    };
    *response = Response::new(status, std::mem::take(response.headers_mut()), whole);
    Ok(())
}

/// Joins the chunks of a body.
///
/// They are joined at the end, since a buffer that grows while they arrive would have to be copied
/// as a whole several times.
async fn joined(first: Bytes, rest: Vec<Bytes>, length: usize) -> Bytes {
    let (mut whole, mut this_turn) = (Vec::with_capacity(length), 0);
    for chunk in std::iter::once(first).chain(rest) {
        for part in chunk.chunks(A_TURN) {
            whole.extend_from_slice(part);
            this_turn += part.len();
            take_break(&mut this_turn).await;
        }
    }
    whole.into()
}

/// Lets other tasks run after the bytes of a turn.
async fn take_break(this_turn: &mut usize) {
    if *this_turn >= A_TURN {
        *this_turn = 0;
        tokio::task::yield_now().await;
    }
}

/// Rejects a compressed response, which no request asks for.
fn is_plain(response: &Response) -> Result<(), Failure> {
    let coding = response.headers().get(CONTENT_ENCODING);
    match coding.filter(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        None => Ok(()),
        Some(coding) => {
            let text = format!(
                "cannot read the response: it is compressed ({:?}), which the request did not accept; \
                 a proxy must not compress responses",
                name_in(coding)
            );
            let error = Error::new(ErrorKind::Decode, text);
            Err(Failure::Final(error.with_status(Some(response.status()))))
        }
    }
}

/// Returns the next chunk of the body, if it arrives in time.
///
/// A timer is created only for a chunk that is not available immediately and may end before the
/// call does. It is boxed to keep the future of a call small.
async fn next(
    response: &mut Response,
    settings: &Settings,
    deadline: Instant,
) -> Result<Option<Bytes>, Failure> {
    let mut chunk = pin!(response.chunk());
    if let Poll::Ready(chunk) = futures_util::poll!(chunk.as_mut()) {
        return chunk.map_err(cut_off);
    }
    let end = Instant::now().checked_add(settings.read_timeout);
    let chunk = match end.filter(|end| *end < deadline) {
        Some(end) => Box::pin(timeout_at(end, chunk)).await,
        None => Ok(chunk.await),
    };
    chunk.map_err(|_| silent(settings.read_timeout))?.map_err(cut_off)
}

fn too_large(most: usize) -> Error {
    let text = format!(
        "cannot read the response: it has more than {most} bytes; raise max_response_bytes"
    );
    Error::new(ErrorKind::TooLarge, text)
}

fn cut_off(error: reqwest::Error) -> Failure {
    Failure::Lost(Error::broken_off(error), Transient::Unclear)
}

fn silent(silence: Duration) -> Failure {
    let seconds = silence.as_secs_f64();
    let text = format!("cannot read the response: no data arrived for {seconds} seconds");
    Failure::Lost(Error::new(ErrorKind::Timeout, text), Transient::Unclear)
}

impl Failure {
    fn with_status(self, status: http::StatusCode) -> Self {
        match self {
            Self::Lost(error, transient) => Self::Lost(error.with_status(Some(status)), transient),
            other => other,
        }
    }
}
