//! The static description of an operation: its id, method, path and content types.

use std::borrow::Cow;

use percent_encoding::percent_decode;

/// An operation of a document, as listed in the tables `OPERATIONS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operation {
    pub(crate) id: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) accept: &'static str,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) stream: bool,
    pub(crate) authenticated: bool,
}

impl Operation {
    /// Returns the operation with this `id` from a table. Generated code evaluates it at compile
    /// time.
    #[allow(clippy::panic)] // Fails the build: the table and the id come from the same document.
    pub(crate) const fn named(operations: &'static [Self], id: &str) -> &'static Self {
        let mut at = 0;
        while at < operations.len() {
            if is_same(operations[at].id.as_bytes(), id.as_bytes()) {
                return &operations[at];
            }
            at += 1;
        }
        panic!("the table of operations has every operation")
    }

    /// Returns the `operationId`. The method of the raw client is its snake case form.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// Returns the HTTP method in upper case.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        self.method
    }

    /// Returns the path with its parameters in braces, for example `/v1/sessions/{id}`.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// Returns the `Accept` header that requests the documented content type.
    #[must_use]
    pub const fn accept(&self) -> &'static str {
        self.accept
    }

    /// Returns the `Content-Type` of the request body; `None` if the raw client's builder already
    /// sets the right one.
    #[must_use]
    pub const fn content_type(&self) -> Option<&'static str> {
        self.content_type
    }

    /// Returns whether the operation requires a token, according to the document's `security`.
    #[must_use]
    pub const fn is_authenticated(&self) -> bool {
        self.authenticated
    }

    /// Returns whether the response is a stream that stays open.
    #[must_use]
    pub const fn is_stream(&self) -> bool {
        self.stream
    }

    /// Returns whether `path`, below any base path, matches this operation on every server.
    ///
    /// The URL parser removes an id of `.` or `..`, and the API server decodes a path before it
    /// selects the route. An id that contains an escaped separator would therefore reach another
    /// endpoint.
    pub(crate) fn has_path(&self, path: &str) -> bool {
        let expected = self.path.split('?').next().unwrap_or_default();
        let mut segments = segments(path);
        self::segments(expected.trim_start_matches('/')).all(|expected| match segments.next() {
            Some(segment) if expected.contains(&b'{') => is_one_segment(segment),
            Some(segment) => segment == expected || decoded(segment) == decoded(expected),
            None => false,
        })
    }
}

/// Returns the segments of a path, the last one first.
// Segments are so short that splitting texts, which searches each with SIMD, takes longer.
fn segments(path: &str) -> impl Iterator<Item = &[u8]> {
    path.as_bytes().rsplit(|&byte| byte == b'/')
}

fn decoded(segment: &[u8]) -> Cow<'_, str> {
    percent_decode(segment).decode_utf8_lossy()
}

/// Returns whether every parser of the URL reads this segment as one segment.
///
/// A second decoding must not produce a separator either, so `%` is not allowed.
fn is_one_segment(segment: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    if !segment.is_empty() && segment.iter().all(plain) {
        return true;
    }
    let decoded = decoded(segment);
    !decoded.chars().all(|c| c == '.') && !decoded.contains(['/', '\\', '%', '?', '#'])
}

/// Compares two texts; `==` is not available in a constant.
const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: Operation = Operation {
        id: "get_agent",
        method: "GET",
        path: "/v1/projects/{id}/agents/{agent_id}",
        accept: "application/json",
        content_type: None,
        stream: false,
        authenticated: true,
    };

    #[test]
    fn a_path_matches_below_any_base_path() {
        assert!(GET.has_path("/v1/projects/demo/agents/a"));
        assert!(GET.has_path("/gateway/v1/projects/demo/agents/a%20b"));
        assert!(GET.has_path("/v1/projects/demo/agents/a.b"));
    }

    #[test]
    fn ids_with_separators_or_only_dots_do_not_match() {
        for id in
            ["a%2Fb", "a%2fb", "a%5Cb", "a\\b", "a%252Fb", "a%3Fb", "a%23b", "%2e", "%2E.", "..."]
        {
            assert!(!GET.has_path(&format!("/v1/projects/demo/agents/{id}")), "{id}");
            assert!(!GET.has_path(&format!("/v1/projects/{id}/agents/a")), "{id}");
        }
        let spaced = Operation { path: "/v1/a b/{id}?kind=x", ..GET };
        assert!(spaced.has_path("/v1/a%20b/1"));
        assert!(!spaced.has_path("/v1/ab/1"));
        let file = Operation { path: "/v1/files/f-{id}.json", ..GET };
        assert!(file.has_path("/v1/files/f-1.json"));
    }

    #[test]
    fn folded_and_empty_segments_do_not_match() {
        assert!(!GET.has_path("/v1/projects/agents/a"));
        assert!(!GET.has_path("/v1/projects/demo/"));
        assert!(!GET.has_path("/v1/projects/demo/agents/"));
        assert!(!GET.has_path("/v1/projects//agents/a"));
        assert!(!GET.has_path("/v1/agents/a"));
    }
}
