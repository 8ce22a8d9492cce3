//! Applies faults to gRPC calls.

use std::future::pending;

use futures_util::{StreamExt, stream};
use http::StatusCode;
use tokio::time::sleep;
use tonic::{Code, Status};

use super::Messages;
use crate::mock::fault::{Effect, Fault, Verdict};

/// Applies the delay of a fault, and returns its error if it replaces the response.
pub(super) async fn before(fault: Option<&Fault>) -> Result<(), Status> {
    let Some(fault) = fault else { return Ok(()) };
    sleep(fault.initial_delay()).await;
    match fault.verdict() {
        Verdict::Serve => Ok(()),
        Verdict::Status(status, _) => Err(Status::new(code(status), "injected fault")),
        Verdict::RateLimit(_) => Err(Status::resource_exhausted("injected fault")),
        Verdict::Cut => Err(Status::unavailable("injected fault: the connection was cut")),
        Verdict::Hang => pending().await,
    }
}

/// Applies the effects of a fault to a stream of messages. Each message counts as a frame.
pub(super) fn after<T: Send + 'static>(
    fault: Option<&Fault>,
    messages: Messages<T>,
) -> Messages<T> {
    let effects = fault.map(Fault::effects).unwrap_or_default();
    effects.iter().fold(messages, |messages, effect| match *effect {
        Effect::EndAfterFrames(count) => messages.take(count).boxed(),
        Effect::StallAfterFrames(count) => messages.take(count).chain(stream::pending()).boxed(),
        Effect::CutAfterFrames(count) => {
            let cut = Status::unavailable("injected fault: the connection was cut");
            messages.take(count).chain(stream::iter([Err(cut)])).boxed()
        }
        Effect::DropFrames(every) => {
            let kept = messages.enumerate().filter_map(move |(at, message)| {
                let is_lost = (at + 1).is_multiple_of(every.max(1));
                std::future::ready((!is_lost).then_some(message))
            });
            kept.boxed()
        }
        Effect::CutAfterBytes(_) | Effect::Insert(..) => messages,
    })
}

/// Returns the gRPC code that corresponds to an HTTP status.
fn code(status: StatusCode) -> Code {
    match status.as_u16() {
        400 => Code::InvalidArgument,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::NotFound,
        409 => Code::FailedPrecondition,
        429 => Code::ResourceExhausted,
        501 => Code::Unimplemented,
        503 => Code::Unavailable,
        504 => Code::DeadlineExceeded,
        _ => Code::Internal,
    }
}
