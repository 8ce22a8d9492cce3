//! Validation of ids and names before they are used in a URL or a header.

use crate::token;

/// The maximum length of a Kubernetes name, in bytes; all its characters are ASCII.
const MAX_KUBERNETES: usize = 63;
/// The maximum length of any id, in bytes; ids are KSUIDs (27) or names (63).
pub(crate) const MAX_ID: usize = 253;

/// The error of a text that is not a valid id or name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} {problem}: {value:?}")]
#[non_exhaustive]
pub struct NameError {
    /// The kind of the value, for example `session id`.
    pub what: &'static str,
    /// The reason why the text is invalid, and what is valid.
    pub problem: &'static str,
    /// The text, shortened; `[redacted]` if it looks like a token.
    pub value: String,
}

impl NameError {
    fn new(what: &'static str, problem: &'static str, value: &str) -> Self {
        Self { what, problem, value: token::shown(value) }
    }
}

/// Checks a Kubernetes name: lowercase letters, digits and `-`, at most 63 characters, without `-`
/// at either end.
pub(crate) fn kubernetes(what: &'static str, value: &str) -> Result<(), NameError> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let problem = match value {
        "" => "is empty",
        _ if value.len() > MAX_KUBERNETES => "has more than 63 characters",
        _ if !value.bytes().all(allowed) => "may contain only lowercase letters, digits and `-`",
        _ if value.starts_with('-') || value.ends_with('-') => "may not begin or end with `-`",
        _ => return Ok(()),
    };
    Err(NameError::new(what, problem, value))
}

/// Checks a project of the API server, which is either its name or its id. An id also contains
/// capitals.
pub(crate) fn project(value: &str) -> Result<(), NameError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let problem = match value {
        "" => "is empty",
        _ if value.len() > MAX_KUBERNETES => "has more than 63 characters",
        _ if !value.bytes().all(allowed) => "may contain only letters, digits, `-` and `_`",
        _ => return Ok(()),
    };
    Err(NameError::new("project", problem, value))
}

/// Checks an id of any server: it must be exactly one segment of a path.
///
/// The API server decodes a path before it chooses the route, so an escaped separator still
/// separates: deleting the project `demo/agents/<id>` would delete the agent.
pub(crate) fn id(what: &'static str, value: &str) -> Result<(), NameError> {
    // Almost every id.
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let problem = match value {
        "" => "is empty",
        _ if value.len() <= MAX_ID && value.bytes().all(plain) => return Ok(()),
        _ if value.bytes().all(|b| b == b'.') => "would name another endpoint",
        _ if value.len() > MAX_ID => "has more than 253 bytes",
        _ if value.contains(['/', '\\', '%', '?', '#']) => {
            "may not contain `/`, `\\`, `%`, `?` or `#`, which would name another endpoint"
        }
        _ if value.bytes().all(|b| b.is_ascii_graphic()) => return Ok(()),
        _ if value.chars().any(char::is_control) => "contains control characters",
        _ if value.chars().any(char::is_whitespace) => "contains white space",
        _ => return Ok(()),
    };
    Err(NameError::new(what, problem, value))
}

/// Returns the id if it can be a segment of a path.
pub(crate) fn checked<'a>(what: &'static str, value: &'a str) -> Result<&'a str, NameError> {
    id(what, value).map(|()| value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn kubernetes_names() {
        for name in ["a", "demo", "my-project-2", &"a".repeat(63)] {
            assert_eq!(kubernetes("project", name), Ok(()), "{name}");
        }
        for name in ["", "Demo", "a_b", "-a", "a-", "a.b", "ä", &"a".repeat(64), "a\n"] {
            assert!(kubernetes("project", name).is_err(), "{name}");
        }
    }

    #[test]
    fn projects() {
        for ok in ["demo", "2abcDEFghiJKLmnoPQRstuVWXyz"] {
            assert_eq!(project(ok), Ok(()), "{ok}");
        }
        for bad in ["", "a b", "a\n", "ä", &"a".repeat(64)] {
            assert!(project(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ids() {
        for ok in ["2abcDEF", "a_b", "é", "x..y"] {
            assert_eq!(id("session id", ok), Ok(()), "{ok}");
        }
        for bad in ["", ".", "..", "...", "a\0", "a b", "a\r\nX: y", &"a".repeat(254)] {
            assert!(id("session id", bad).is_err(), "{bad}");
        }
        for bad in ["a/b", "a\\b", "a%2Fb", "a?b", "a#b"] {
            let error = id("session id", bad).unwrap_err();
            assert!(error.to_string().contains("another endpoint"), "{error}");
        }
    }

    #[test]
    fn the_error_has_kind_reason_and_value() {
        let error = kubernetes("project", "Demo").unwrap_err();
        let text = "project may contain only lowercase letters, digits and `-`: \"Demo\"";
        assert_eq!(error.to_string(), text);
        assert_eq!(kubernetes("project", "sha256~0123").unwrap_err().value, "[redacted]");
    }

    proptest! {
        #[test]
        fn an_accepted_id_stays_one_segment_of_the_url(value in "\\PC{1,40}") {
            prop_assume!(id("id", &value).is_ok());
            let mut url = url::Url::parse("http://h/v1/sessions/x/start").unwrap();
            url.path_segments_mut().unwrap().pop().pop().push(&value).push("start");
            prop_assert_eq!(url.path_segments().unwrap().count(), 4);
        }
    }
}
