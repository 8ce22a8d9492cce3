//! The log of received requests.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header::AUTHORIZATION};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::table::Service;

/// A request that the server received, regardless of its response.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The service that serves the path, or `None` if neither does.
    pub service: Option<Service>,
    /// The operation id, such as `get_session`, or `None` if no operation has this path and method.
    pub operation: Option<String>,
    /// The HTTP method.
    pub method: Method,
    /// The path as it was sent, percent-encoded.
    pub path: String,
    /// The query as it was sent, percent-encoded. Empty if there is none.
    pub query: String,
    /// The headers. Tokens are replaced by `[redacted]`.
    pub headers: HeaderMap,
    /// The body. Empty if it is larger than 8 MiB.
    pub body: Bytes,
    /// The time of the request, by tokio's clock.
    pub at: Instant,
}

impl RecordedRequest {
    /// Deserializes the body from JSON.
    ///
    /// # Errors
    /// Returns an error if the body is not JSON, or if it can't be deserialized into `T`.
    pub fn json<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(&self.body)
    }

    /// Returns the first value of a query parameter, decoded.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    }

    /// Returns the value of a header, or `None` if it is missing or not visible ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The latest requests, and the number of all requests by operation.
#[derive(Debug, Default)]
pub(super) struct RequestLog {
    latest: VecDeque<RecordedRequest>,
    counts: BTreeMap<String, usize>,
    /// The total size of the bodies in `latest`, in bytes.
    bytes: usize,
}

impl RequestLog {
    /// The maximum number of requests to keep. Older ones are only counted.
    const MAX_REQUESTS: usize = 10_000;
    /// The maximum total size of the bodies to keep, in bytes.
    const MAX_BYTES: usize = 64 * 1024 * 1024;

    pub(super) fn record(&mut self, mut request: RecordedRequest) {
        redact(&mut request.headers);
        if let Some(operation) = &request.operation {
            *self.counts.entry(operation.clone()).or_default() += 1;
        }
        self.bytes += request.body.len();
        self.latest.push_back(request);
        while self.latest.len() > Self::MAX_REQUESTS || self.bytes > Self::MAX_BYTES {
            let oldest = self.latest.pop_front();
            self.bytes -= oldest.map_or(self.bytes, |oldest| oldest.body.len());
        }
    }

    pub(super) fn all(&self) -> Vec<RecordedRequest> {
        self.latest.iter().cloned().collect()
    }

    pub(super) fn of(&self, operation: &str) -> Vec<RecordedRequest> {
        let is_of = |request: &&RecordedRequest| request.operation.as_deref() == Some(operation);
        self.latest.iter().filter(is_of).cloned().collect()
    }

    pub(super) fn count(&self, operation: &str) -> usize {
        self.counts.get(operation).copied().unwrap_or_default()
    }
}

fn redact(headers: &mut HeaderMap) {
    for name in [AUTHORIZATION.as_str(), "x-forwarded-access-token"] {
        if let Some(value) = headers.get_mut(name) {
            *value = HeaderValue::from_static("[redacted]");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(operation: &str) -> RecordedRequest {
        let token = HeaderValue::from_static("Bearer hush");
        RecordedRequest {
            service: None,
            operation: Some(operation.into()),
            method: Method::GET,
            path: "/".into(),
            query: "a=1&search=name%20%3D%20%27x%27".into(),
            headers: HeaderMap::from_iter([(AUTHORIZATION, token)]),
            body: Bytes::from_static(b"[1]"),
            at: Instant::now(),
        }
    }

    #[test]
    fn keeps_no_token() {
        let mut log = RequestLog::default();
        log.record(request("get_session"));
        assert!(!format!("{:?}", log.all()).contains("hush"));
    }

    #[test]
    fn counts_requests_that_are_no_longer_kept() {
        let mut log = RequestLog::default();
        for _ in 0..=RequestLog::MAX_REQUESTS {
            log.record(request("get_session"));
        }
        log.record(request("get_role"));
        assert_eq!(log.count("get_session"), RequestLog::MAX_REQUESTS + 1);
        assert_eq!(log.all().len(), RequestLog::MAX_REQUESTS);
        assert_eq!(log.of("get_role").len(), 1);
    }

    #[test]
    fn large_bodies_limit_the_number_of_requests() {
        let mut log = RequestLog::default();
        for _ in 0..20 {
            let body = vec![0; RequestLog::MAX_BYTES / 10].into();
            log.record(RecordedRequest { body, ..request("create_role") });
        }
        assert_eq!((log.all().len(), log.count("create_role")), (10, 20));
    }

    #[test]
    fn reads_query_and_body() {
        let request = request("list_roles");
        assert_eq!(request.query_value("search").unwrap(), "name = 'x'");
        assert_eq!(request.query_value("page"), None);
        assert_eq!(request.json::<Vec<u8>>().unwrap(), [1]);
    }
}
