//! Options that override a client's settings for single calls.

use std::time::Duration;

use ambient_sdk::{Operation, public_api};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{
    capture::Capture,
    error::{Error, Result},
    names,
    retry::RetryPolicy,
};

/// The header with the project of a request.
pub(crate) const PROJECT: HeaderName = HeaderName::from_static("x-ambient-project");
/// Headers with a dedicated setting.
const OWN: [HeaderName; 3] = [header::AUTHORIZATION, header::HOST, PROJECT];
/// The header with the event after which a stream resumes.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Headers that control the encoding of bodies, the connection and the resumption of streams.
const FRAMING: [HeaderName; 10] = [
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::EXPECT,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    LAST_EVENT_ID,
];

/// Settings for single calls, passed to [`Client::with`](crate::Client::with).
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
    /// Whether the project header is omitted; takes precedence over `project`.
    pub(crate) all_projects: bool,
    pub(crate) timeout: Option<Duration>,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) capture: Option<Capture>,
    headers: HeaderMap,
    refused: Option<String>,
}

impl CallOptions {
    /// Creates options that override nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Overrides the client's project. The API server also accepts the id of a project.
    pub fn project(mut self, project: impl Into<String>) -> Self {
        self.project = Some(project.into());
        self.all_projects = false;
        self
    }

    /// Sends no project, so that the API server lists the sessions and project settings of all
    /// projects that the token can access. A resource created this way belongs to no project unless
    /// the request names one.
    ///
    /// The gateway accepts this only from service accounts, whose tokens name a project.
    pub fn all_projects(mut self) -> Self {
        self.all_projects = true;
        self
    }

    /// Overrides the client's timeout: the total time of a call, including retries and the response
    /// body. A call with a timeout of zero fails.
    ///
    /// For a stream, this is the time until the stream begins.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Overrides the client's retry policy.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = Some(retry);
        self
    }

    /// Adds a header. It replaces the client's headers of that name; repeated calls with one name
    /// add further values. The value is never shown in `Debug` or in errors.
    ///
    /// The call fails if the name or the value is not a valid header, or if the header has a
    /// dedicated setting (`Authorization`, `X-Ambient-Project`, `Host`) or is part of the protocol
    /// between client and server (`Accept`, `Accept-Encoding`, `Content-Type` and similar,
    /// `Last-Event-ID`).
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        match extra_header(name.as_ref(), value.as_ref()) {
            Ok((name, value)) => {
                self.headers.append(name, value);
            }
            Err(why) => self.refused = Some(why),
        }
        self
    }

    /// Resumes a stream of events after the event with this number.
    pub(crate) fn after_event(mut self, seq: i64) -> Self {
        self.headers.insert(LAST_EVENT_ID, seq.into());
        self
    }

    /// Stores the status, headers and attempts of the responses in `capture`.
    pub fn capture(mut self, capture: &Capture) -> Self {
        self.capture = Some(capture.clone());
        self
    }

    /// Merges these options with those of `base`; these take precedence.
    pub(crate) fn over(self, base: &Self) -> Self {
        let mut headers = base.headers.clone();
        headers.extend(self.headers);
        Self {
            all_projects: self.all_projects || (self.project.is_none() && base.all_projects),
            project: self.project.or_else(|| base.project.clone()),
            timeout: self.timeout.or(base.timeout),
            retry: self.retry.or_else(|| base.retry.clone()),
            capture: self.capture.or_else(|| base.capture.clone()),
            headers,
            refused: self.refused.or_else(|| base.refused.clone()),
        }
    }

    /// Checks that the options are valid for the operation.
    pub(crate) fn check(&self, operation: &Operation) -> Result<()> {
        if let Some(why) = &self.refused {
            return Err(Error::invalid(format!("Invalid request: {why}")));
        }
        if self.timeout == Some(Duration::ZERO) {
            return Err(Error::invalid("Invalid request: the timeout is zero"));
        }
        match &self.project {
            Some(project) if is_gateway(operation) => names::kubernetes("project", project)?,
            Some(project) => names::project(project)?,
            None => {}
        }
        Ok(())
    }

    /// Returns the extra headers.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }
}

/// Returns whether the operation is part of the public API.
fn is_gateway(operation: &Operation) -> bool {
    public_api::OPERATIONS.contains(operation)
}

fn extra_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let parsed =
        HeaderName::try_from(name).map_err(|_| format!("{name:?} is not a valid header name"))?;
    if OWN.contains(&parsed) {
        return Err(format!("the header {parsed} has a dedicated setting"));
    }
    if FRAMING.contains(&parsed) {
        return Err(format!("the header {parsed} is part of the protocol and set by the client"));
    }
    let mut value = HeaderValue::try_from(value).map_err(|_| {
        format!("the value of the header {parsed} contains characters that are not allowed")
    })?;
    value.set_sensitive(true);
    Ok((parsed, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: Operation = public_api::OPERATIONS[0];

    #[test]
    fn headers_with_a_dedicated_setting_are_rejected() {
        for name in ["Authorization", "host", "X-Ambient-Project"] {
            let error = CallOptions::new().header(name, "x").check(&LIST).unwrap_err();
            assert!(error.is_invalid_request() && error.to_string().contains("dedicated setting"));
        }
    }

    #[test]
    fn headers_of_the_protocol_are_rejected() {
        for name in
            ["Accept", "content-type", "Accept-Encoding", "Transfer-Encoding", "Last-Event-ID"]
        {
            let error = CallOptions::new().header(name, "x").check(&LIST).unwrap_err();
            assert!(error.to_string().contains("set by the client"), "{error}");
        }
    }

    #[test]
    fn the_value_of_a_header_is_not_shown() {
        let options = CallOptions::new().header("x-forwarded-access-token", "hush");
        assert!(!format!("{options:?}").contains("hush"));
    }

    #[test]
    fn a_timeout_of_zero_is_rejected() {
        let options = CallOptions::new().timeout(Duration::ZERO);
        assert!(options.check(&LIST).unwrap_err().is_invalid_request());
    }

    #[test]
    fn headers_that_cannot_be_sent_are_rejected() {
        for (name, value) in [("a b", "x"), ("", "x"), ("x-a", "one\r\nx-b: two")] {
            let options = CallOptions::new().header(name, value);
            assert!(options.check(&LIST).unwrap_err().is_invalid_request(), "{name}: {value}");
        }
    }

    #[test]
    fn unset_options_come_from_the_base() {
        let base = CallOptions::new().project("base").header("x-a", "1");
        let over =
            CallOptions::new().timeout(Duration::from_secs(1)).header("x-b", "2").over(&base);
        assert_eq!(over.project.as_deref(), Some("base"));
        assert_eq!(over.timeout, Some(Duration::from_secs(1)));
        assert_eq!(over.headers().len(), 2);
    }

    #[test]
    fn the_last_project_option_wins() {
        let all = CallOptions::new().project("a").all_projects();
        assert!(all.all_projects && CallOptions::new().over(&all).all_projects);
        assert!(!CallOptions::new().project("b").over(&all).all_projects);
        assert!(!all.project("c").all_projects);
    }
}
