//! What is known of an operation before it is called: its id, method, path, and the forms of its bodies.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// One operation of a document, as the tables `OPERATIONS` list them.
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
    /// The operation of `id` in a table; the generated code looks each up as it is compiled.
    #[allow(clippy::panic)] // Fails the build, as the table is of the same document.
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

    /// The `operationId`; the method of the raw client has this name in snake case.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// The HTTP method, in capitals.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        self.method
    }

    /// The path with its parameters in braces, as in `/v1/sessions/{id}`.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// The value of the `Accept` header that gets the documented form.
    #[must_use]
    pub const fn accept(&self) -> &'static str {
        self.accept
    }

    /// The `Content-Type` of the request's body, where it is not the one that the method of the raw
    /// client writes.
    #[must_use]
    pub const fn content_type(&self) -> Option<&'static str> {
        self.content_type
    }

    /// Whether the operation wants a token, by the document's `security`.
    #[must_use]
    pub const fn is_authenticated(&self) -> bool {
        self.authenticated
    }

    /// Whether the operation answers with a stream that stays open.
    #[must_use]
    pub const fn is_stream(&self) -> bool {
        self.stream
    }

    /// Whether `path`, below any base path, is one of this operation's, and stays so on a server.
    ///
    /// The URL parser folds an id of `.` or `..` away, and the API server decodes a path before it
    /// chooses the route: an id that holds an escaped separator reaches another endpoint.
    pub(crate) fn has_path(&self, path: &str) -> bool {
        let mut segments = path.rsplit('/');
        let expected = self.path.split('?').next().unwrap_or_default();
        let expected = expected.trim_start_matches('/');
        expected.rsplit('/').all(|expected| match segments.next() {
            Some(segment) if expected.contains('{') => is_one_segment(segment),
            Some(segment) => segment == expected || decoded(segment) == decoded(expected),
            None => false,
        })
    }
}

fn decoded(segment: &str) -> Cow<'_, str> {
    percent_decode_str(segment).decode_utf8_lossy()
}

/// Whether a segment, as it stands in a URL, is one segment for every reader of the URL.
///
/// A second decoding must not find a separator either, so `%` is none of the characters.
fn is_one_segment(segment: &str) -> bool {
    let decoded = decoded(segment);
    !decoded.chars().all(|c| c == '.') && !decoded.contains(['/', '\\', '%', '?', '#'])
}

/// `==` of texts, which can't be used in a constant.
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
    fn a_path_is_its_own_below_any_base_path() {
        assert!(GET.has_path("/v1/projects/demo/agents/a"));
        assert!(GET.has_path("/gateway/v1/projects/demo/agents/a%20b"));
        assert!(GET.has_path("/v1/projects/demo/agents/a.b"));
    }

    #[test]
    fn an_id_that_holds_a_separator_or_is_made_of_dots_reaches_another_endpoint() {
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
    fn a_folded_or_empty_segment_is_another_endpoint() {
        assert!(!GET.has_path("/v1/projects/agents/a"));
        assert!(!GET.has_path("/v1/projects/demo/"));
        assert!(!GET.has_path("/v1/projects/demo/agents/"));
        assert!(!GET.has_path("/v1/projects//agents/a"));
        assert!(!GET.has_path("/v1/agents/a"));
    }
}
