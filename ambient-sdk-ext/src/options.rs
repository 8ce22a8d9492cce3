//! What one call does differently from its client, and what it gives back besides its value.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::{
    error::{Error, Result},
    names,
    retry::RetryPolicy,
};

/// Settings of single calls: give them to [`Client::with`](crate::Client::with).
///
/// ```
/// use std::time::Duration;
/// use ambient_sdk_ext::{CallOptions, Capture, Client};
///
/// # async fn example(client: Client) -> ambient_sdk_ext::Result<()> {
/// let capture = Capture::new();
/// let options = CallOptions::new()
///     .project("other")
///     .timeout(Duration::from_secs(5))
///     .header("x-request-id", "42")
///     .capture(&capture);
/// let sessions = client.with(options).list_sessions().await?;
/// if let Some(response) = capture.last() {
///     println!("{}: {} sessions", response.status(), sessions.total);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct CallOptions {
    pub(crate) project: Option<String>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) capture: Option<Capture>,
    headers: HeaderMap,
    refused: Option<String>,
}

impl CallOptions {
    /// Nothing different.
    pub fn new() -> Self {
        Self::default()
    }

    /// The project, in place of the client's; a Kubernetes name.
    pub fn project(mut self, project: impl Into<String>) -> Self {
        self.project = Some(project.into());
        self
    }

    /// How long a call may take in all, retries and body included, in place of the client's time.
    ///
    /// For a stream it is the time until the stream begins.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// When and how often calls are repeated, in place of the client's policy.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = Some(retry);
        self
    }

    /// One more header. A name or value that no header can have is an error of the call; so are
    /// `Authorization`, `Host` and `X-Ambient-Project`, which have their own settings.
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        match extra_header(name.as_ref(), value.as_ref()) {
            Ok((name, value)) => {
                self.headers.append(name, value);
            }
            Err(why) => self.refused = Some(why),
        }
        self
    }

    /// Keeps status, headers and attempts of the responses in `capture`.
    pub fn capture(mut self, capture: &Capture) -> Self {
        self.capture = Some(capture.clone());
        self
    }

    /// These options, and where they say nothing, those of `base`.
    pub(crate) fn over(self, base: &Self) -> Self {
        let mut headers = base.headers.clone();
        headers.extend(self.headers);
        Self {
            project: self.project.or_else(|| base.project.clone()),
            timeout: self.timeout.or(base.timeout),
            retry: self.retry.or_else(|| base.retry.clone()),
            capture: self.capture.or_else(|| base.capture.clone()),
            headers,
            refused: self.refused.or_else(|| base.refused.clone()),
        }
    }

    /// The extra headers, if these options can be used at all.
    pub(crate) fn checked(&self) -> Result<&HeaderMap> {
        if let Some(why) = &self.refused {
            return Err(Error::invalid(format!("Invalid request: {why}")));
        }
        if let Some(project) = &self.project {
            names::kubernetes("project", project)?;
        }
        Ok(&self.headers)
    }
}

fn extra_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let parsed =
        HeaderName::try_from(name).map_err(|_| format!("no header has the name {name:?}"))?;
    let own = [header::AUTHORIZATION, header::HOST, crate::transport::PROJECT];
    if own.contains(&parsed) {
        return Err(format!("the header {parsed} has a setting of its own"));
    }
    let value = HeaderValue::try_from(value).map_err(|_| {
        format!("the value of the header {parsed} holds characters no header can carry")
    })?;
    Ok((parsed, value))
}

/// Keeps what is known of the last response of the calls it was given to.
#[derive(Clone, Debug, Default)]
pub struct Capture(Arc<Mutex<Option<ResponseInfo>>>);

impl Capture {
    /// Nothing kept yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The last response, or `None` while there was none.
    #[must_use]
    pub fn last(&self) -> Option<ResponseInfo> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn keep(&self, info: ResponseInfo) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(info);
    }
}

/// What is known of a response besides its value.
#[derive(Clone)]
pub struct ResponseInfo {
    pub(crate) operation: &'static str,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
}

impl ResponseInfo {
    /// The operation's name in the OpenAPI document, as in `get_session`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The method of the request.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path of the request, without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The id under which the server logged the operation (`X-Operation-ID`).
    #[must_use]
    pub fn operation_id(&self) -> Option<&str> {
        self.headers.get("x-operation-id")?.to_str().ok()
    }

    /// How often the request was sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// From the first attempt to the end of the response (of a stream: to its beginning).
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

impl fmt::Debug for ResponseInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseInfo")
            .field("operation", &self.operation)
            .field("request", &format_args!("{} {}", self.method, self.path))
            .field("status", &self.status.as_u16())
            .field("attempts", &self.attempts)
            .field("elapsed", &self.elapsed)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_with_a_setting_of_their_own_are_refused() {
        for name in ["Authorization", "host", "X-Ambient-Project"] {
            let error = CallOptions::new().header(name, "x").checked().unwrap_err();
            assert!(error.is_invalid_request() && error.to_string().contains("setting of its own"));
        }
    }

    #[test]
    fn headers_that_cannot_be_sent_are_refused() {
        for (name, value) in [("a b", "x"), ("", "x"), ("x-a", "one\r\nx-b: two")] {
            let options = CallOptions::new().header(name, value);
            assert!(options.checked().unwrap_err().is_invalid_request(), "{name}: {value}");
        }
    }

    #[test]
    fn what_is_not_said_comes_from_below() {
        let base = CallOptions::new().project("base").header("x-a", "1");
        let over =
            CallOptions::new().timeout(Duration::from_secs(1)).header("x-b", "2").over(&base);
        assert_eq!(over.project.as_deref(), Some("base"));
        assert_eq!(over.timeout, Some(Duration::from_secs(1)));
        assert_eq!(over.checked().unwrap().len(), 2);
    }
}
