//! One request on its way to the part of the server that answers it.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use tokio::time::Instant;

use super::{access::Grant, table::Route};

/// A request that has an operation and was let in.
pub(super) struct Call<'a> {
    pub(super) route: &'a Route,
    pub(super) path: &'a str,
    /// The pairs of a collection and an id in the path.
    pub(super) pairs: Vec<(String, String)>,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: Bytes,
    pub(super) grant: Grant,
    pub(super) now: Instant,
    /// How long a message that it pushes takes to be seen, if a fault says so.
    pub(super) commit_delay: Option<Duration>,
}

impl Call<'_> {
    /// The first value of a query parameter.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter();
        pairs.find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    /// A header that is text and not empty.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.get(name)?.to_str().ok()?;
        (!value.is_empty()).then_some(value)
    }

    /// The project that the header names.
    pub(super) fn project(&self) -> Option<&str> {
        self.header("x-ambient-project")
    }

    /// The id of the record that the path ends with, or is below.
    pub(super) fn target(&self) -> &str {
        self.pairs.last().map_or("", |(_, id)| id.as_str())
    }
}

/// The pairs of a query, unescaped.
pub(super) fn parse_query(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}
