//! Sends marked secrets with every operation of both documents, and receives them in every part of
//! the response. No error, cause, `Debug` output or log may contain one.

// Helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod calls;
#[allow(dead_code)] // Other tests use the rest.
#[path = "../behaviour/common.rs"]
mod common;
mod documents;
#[path = "../support/log.rs"]
mod log;
mod refusals;
mod undecodable;

use std::{
    error::Error as StdError,
    sync::{Arc, Mutex},
};

use ambient_sdk::Transport;
use ambient_sdk_ext::{CallOptions, Capture, Client, Error, retry::RetryPolicy};
use common::{Script, response};
use log::Log;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::format::FmtSpan;

/// The secret in bodies, queries and extra headers.
const MARK: &str = "MARKED-by-a-test-0123456789abcdef-body";
/// The token, which is long enough to be accepted.
const TOKEN: &str = "MARKED-by-a-test-0123456789abcdef-token";
/// The common start of both secrets: a part of a secret must not be shown either.
const HALF: &str = "MARKED-by-a-test-01";

/// Records everything that this thread logs, at all levels.
fn begin_log() -> (Log, DefaultGuard) {
    Log::begin("trace", FmtSpan::FULL)
}

/// Returns all texts of an error and its causes.
fn printed(error: &Error) -> String {
    let mut text = format!("{error}\n{error:?}\n{error:#?}\n{:?}", error.body());
    text += &format!("{:?}{:?}{:?}", error.excerpt(), error.operation_id(), error.code());
    for first in [error.source(), error.cause()] {
        let mut next = first;
        while let Some(cause) = next {
            text += &format!("\n{cause}\n{cause:?}");
            next = cause.source();
        }
    }
    text
}

fn is_clean(text: &str, place: &str) {
    assert!(!text.contains(HALF), "{place}: {text}");
}

/// Returns a client, and its innermost transport, which can send any operation.
fn client(script: &Script) -> (Client, Arc<dyn Transport>) {
    let kept = Arc::new(Mutex::new(None));
    let keeper = kept.clone();
    let layer = move |inner: Arc<dyn Transport>| {
        *keeper.lock().unwrap() = Some(inner.clone());
        inner
    };
    let builder = script.builder().token(TOKEN).retry(RetryPolicy::none()).layer(layer);
    let client = builder.build().unwrap();
    let stack = kept.lock().unwrap().clone().unwrap();
    (client, stack)
}

#[tokio::test(start_paused = true)]
async fn options_and_captures_redact_secrets() {
    let script = Script::new([response(200, &[("x-echo", TOKEN)], "{\"items\":[],\"total\":0}")]);
    let (client, _) = client(&script);
    let capture = Capture::new();
    let options = CallOptions::new().header("x-secret", MARK).capture(&capture);
    is_clean(&format!("{options:?} {client:?}"), "the options");
    client.with(options).list_sessions().await.unwrap();
    is_clean(&format!("{capture:?} {:?}", capture.last()), "the capture");
}
