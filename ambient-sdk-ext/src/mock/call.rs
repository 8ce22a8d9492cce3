//! The call of an operation.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use tokio::time::Instant;

use super::{access::Grant, table::Route};

/// An authorized request to an operation.
pub(super) struct Call<'a> {
    pub(super) route: &'a Route,
    pub(super) path: &'a str,
    /// The pairs of collection and id in the path.
    pub(super) pairs: Vec<(String, String)>,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: Bytes,
    pub(super) grant: Grant,
    pub(super) now: Instant,
    /// The delay until a pushed message is visible, if a fault sets one.
    pub(super) commit_delay: Option<Duration>,
}

impl Call<'_> {
    /// Returns the first value of a query parameter.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter();
        pairs.find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    /// Returns the value of a header, or `None` if it is missing, empty or not visible ASCII.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.get(name)?.to_str().ok()?;
        (!value.is_empty()).then_some(value)
    }

    /// Returns the project from the project header.
    pub(super) fn project(&self) -> Option<&str> {
        self.header("x-ambient-project")
    }

    /// Returns the last id in the path, which is that of the called record or of its parent.
    pub(super) fn target(&self) -> &str {
        self.pairs.last().map_or("", |(_, id)| id.as_str())
    }
}

/// Parses a query into decoded pairs of name and value.
pub(super) fn parse_query(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}
