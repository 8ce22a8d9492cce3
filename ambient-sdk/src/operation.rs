//! What is known of an operation before it is called: its id, method, path, and the forms of its bodies.

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
    /// The `operationId`, which is also the name of the method of the raw client.
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

    /// Whether `path`, below any base path, is one of this operation's.
    ///
    /// An id of `.` or `..` is folded away by the URL parser and would reach another endpoint.
    pub(crate) fn has_path(&self, path: &str) -> bool {
        let mut segments = path.rsplit('/');
        let expected = self.path.trim_start_matches('/');
        expected.rsplit('/').all(|expected| match segments.next() {
            Some(segment) if expected.starts_with('{') => !segment.is_empty(),
            Some(segment) => segment == expected,
            None => false,
        })
    }
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
        assert!(GET.has_path("/gateway/v1/projects/demo/agents/a%2Fb"));
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
