//! A common form for all failed responses.
//!
//! The servers send full error objects, several shorter forms and plain text, some with a wrong
//! content type. Therefore the content type is ignored, the body is read once up to a limit, and
//! the original text is kept.

use std::{fmt, time::Duration};

use http::header::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::retry_after;

/// The body of a failed response.
///
/// [`Error::Refused`](crate::Error::Refused) contains it together with the headers. Decoding it
/// cannot fail.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct ErrorBody {
    /// The HTTP status.
    pub status: u16,
    /// The method of the request.
    pub method: String,
    /// The path of the request, without its query.
    pub path: String,
    /// The server's error code, for example `ambient-api-server-7` or `NOT_IMPLEMENTED`.
    pub code: Option<String>,
    /// The number of the error kind on the API server, for example `7` for "not found".
    pub id: Option<String>,
    /// The reason: `reason` of the API server, `error` of the gateway, or the plain text up to the
    /// limit of `body`.
    pub reason: Option<String>,
    /// The gateway's `message`, which supplements its `error`.
    pub message: Option<String>,
    /// The id under which the server logged the operation, from the body or `X-Operation-ID`.
    pub operation_id: Option<String>,
    /// The delay before a retry that the server requests, in milliseconds; from the headers, or
    /// from `retry_after` of the body.
    pub retry_after_ms: Option<u64>,
    /// The body as text, at most [`ErrorBody::MAX_BODY`] bytes.
    pub body: String,
    /// Whether `body` is incomplete.
    pub truncated: bool,
}

impl ErrorBody {
    /// The number of bytes of a failed response's body that are read and kept.
    pub const MAX_BODY: usize = 64 * 1024;

    /// Returns the delay before a retry that the server requests.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after_ms.map(Duration::from_millis)
    }

    /// Fills the fields from the text and headers that the server sent.
    pub(crate) fn with_sent(mut self, text: String, truncated: bool, headers: &HeaderMap) -> Self {
        match serde_json::from_str(&text) {
            Ok(Value::Object(object)) => self.take_object(&object),
            Ok(Value::String(reason)) => self.reason = non_empty(&reason),
            _ if !looks_like_markup(&text) => self.reason = non_empty(&text),
            _ => {}
        }
        let header = |name| headers.get(name)?.to_str().ok().map(str::to_owned);
        self.operation_id = self.operation_id.or_else(|| header("x-operation-id"));
        let delay = retry_after::from_headers(headers);
        self.retry_after_ms = delay.map(millis).or(self.retry_after_ms);
        Self { body: text, truncated, ..self }
    }

    fn take_object(&mut self, object: &Map<String, Value>) {
        let text = |key: &str| object.get(key).and_then(as_text);
        let message = text("message");
        self.code = text("code");
        self.id = text("id");
        self.reason = text("reason").or_else(|| text("error")).or_else(|| message.clone());
        self.message = message.filter(|message| Some(message) != self.reason.as_ref());
        self.operation_id = text("operation_id");
        self.retry_after_ms =
            object.get("retry_after").and_then(retry_after::from_json).map(millis);
    }
}

/// Writes the known fields, and only the length of the body, which can contain secrets.
impl fmt::Debug for ErrorBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, code, reason, message, operation_id, body, truncated, .. } = self;
        f.debug_struct("ErrorBody")
            .field("status", status)
            .field("code", code)
            .field("reason", reason)
            .field("message", message)
            .field("operation_id", operation_id)
            .field("body", &format_args!("{} bytes", body.len()))
            .field("truncated", truncated)
            .finish_non_exhaustive()
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn non_empty(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Returns whether the text is markup, for example a proxy's error page. It is kept in `body` but is
/// not a useful reason.
fn looks_like_markup(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

fn millis(delay: Duration) -> u64 {
    u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::FailedResponse;

    static GET: crate::Operation = crate::Operation {
        id: "get_session",
        method: "GET",
        path: "/v1/sessions/{id}",
        accept: "application/json",
        content_type: None,
        stream: false,
        authenticated: true,
    };

    fn read(
        status: u16,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> FailedResponse {
        let mut response = http::Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let mut response = response.body(body.into()).unwrap().into();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let request = crate::RequestInfo::new(&GET, "/v1/sessions/x");
        runtime.block_on(FailedResponse::read(&mut response, request, std::future::pending()))
    }

    fn body(status: u16, body: &'static str) -> ErrorBody {
        read(status, &[], body).body
    }

    #[test]
    fn reads_the_full_form_of_the_api_server() {
        let error = body(
            404,
            r#"{"id":"7","kind":"Error","code":"ambient-api-server-7","reason":"Session with id='foo' not found","operation_id":"op"}"#,
        );
        assert_eq!(error.status, 404);
        assert_eq!((error.method.as_str(), error.path.as_str()), ("GET", "/v1/sessions/x"));
        assert_eq!(error.id.as_deref(), Some("7"));
        assert_eq!(error.code.as_deref(), Some("ambient-api-server-7"));
        assert_eq!(error.reason.as_deref(), Some("Session with id='foo' not found"));
        assert_eq!(error.operation_id.as_deref(), Some("op"));
    }

    #[test]
    fn reads_the_shorter_forms() {
        assert_eq!(
            body(403, r#"{"kind":"Error","reason":"Forbidden"}"#).reason.unwrap(),
            "Forbidden"
        );
        assert_eq!(body(401, "Unauthorized\n").reason.unwrap(), "Unauthorized");
        assert_eq!(body(500, r#""broken""#).reason.unwrap(), "broken");
        let gateway = body(502, r#"{"error":"Backend unavailable","message":"try later"}"#);
        assert_eq!(gateway.reason.unwrap(), "Backend unavailable");
        assert_eq!(gateway.message.unwrap(), "try later");
        let only_message = body(500, r#"{"message":"no"}"#);
        assert_eq!((only_message.reason.unwrap(), only_message.message), ("no".into(), None));
    }

    #[test]
    fn markup_is_kept_but_is_not_a_reason() {
        let error = body(502, "<html><body>Bad gateway</body></html>");
        assert_eq!(error.reason, None);
        assert!(error.body.contains("Bad gateway"));
    }

    #[test]
    fn the_delay_in_a_header_takes_precedence_over_the_body() {
        let text = r#"{"error":"Rate limit exceeded","retry_after":"1s"}"#;
        assert_eq!(body(429, text).retry_after(), Some(Duration::from_secs(1)));
        let both = read(429, &[("retry-after", "3")], text);
        assert_eq!(both.body.retry_after(), Some(Duration::from_secs(3)));
    }

    #[test]
    fn the_operation_id_is_taken_from_the_header_if_the_body_has_none() {
        let failed = read(404, &[("x-operation-id", "abc")], "session not found");
        assert_eq!(failed.body.operation_id.as_deref(), Some("abc"));
    }

    #[test]
    fn a_large_body_is_truncated_at_the_limit() {
        let error = read(500, &[], "x".repeat(3 * ErrorBody::MAX_BODY)).body;
        assert_eq!(error.body.len(), ErrorBody::MAX_BODY);
        assert!(error.truncated);
        assert_eq!(error.reason.unwrap().len(), ErrorBody::MAX_BODY);
    }

    #[test]
    fn the_received_part_of_a_broken_body_is_kept() {
        let parts = [Ok("{\"error\":"), Err(std::io::Error::other("reset"))];
        let stream = reqwest::Body::wrap_stream(futures_util::stream::iter(parts));
        let error = read(500, &[], stream).body;
        assert_eq!(error.body, "{\"error\":");
        assert!(error.truncated);
    }

    proptest! {
        #[test]
        fn any_bytes_are_accepted(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let length = bytes.len();
            let error = read(500, &[], bytes).body;
            prop_assert!(!error.truncated);
            prop_assert!(error.body.len() >= length.min(1));
        }
    }
}
