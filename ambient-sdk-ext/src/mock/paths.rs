//! The paths of the API server. It decodes a path before it selects the route, so `%2F` separates
//! segments.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The prefix of the API server's paths. Other paths belong to the gateway.
const ROOT: &str = "/api/ambient";
/// The characters that are escaped in the target of a redirect.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');

/// A decoded path of the API server.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Path {
    /// A path without a trailing slash.
    Plain(String),
    /// The target of the redirect, escaped. The path contains `.` or `..` segments or repeated
    /// slashes.
    Moved(String),
}

/// Decodes a path of the API server. Returns `None` for other paths.
pub(super) fn read(raw: &str) -> Option<Path> {
    let decoded = percent_decode_str(raw).decode_utf8_lossy();
    let path = decoded.strip_suffix('/').unwrap_or(&decoded);
    let rest = path.strip_prefix(ROOT)?;
    if !(rest.is_empty() || rest.starts_with('/')) {
        return None;
    }
    let clean = clean(path);
    Some(match clean == path {
        true => Path::Plain(clean),
        false => Path::Moved(utf8_percent_encode(&clean, ESCAPED).to_string()),
    })
}

/// Removes dot segments and repeated slashes from a path, and keeps a trailing slash.
fn clean(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    let end = if path.ends_with('/') && !segments.is_empty() { "/" } else { "" };
    format!("/{}{end}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_without_one_trailing_slash() {
        let read = |path: &str| read(&format!("/api/ambient/v1/{path}"));
        let plain = |path: &str| Some(Path::Plain(format!("/api/ambient/v1/{path}")));
        let moved = |path: &str| Some(Path::Moved(format!("/api/ambient/v1/{path}")));
        assert_eq!(read("sessions/a%2Fb"), plain("sessions/a/b"));
        assert_eq!(read("sessions/"), plain("sessions"));
        assert_eq!(read("sessions//"), plain("sessions/"));
        assert_eq!(read("sessions/%25"), plain("sessions/%"));
        assert_eq!(read("sessions/..%2Fprojects%2Fp"), moved("projects/p"));
        assert_eq!(read("sessions//a b"), moved("sessions/a%20b"));
        assert_eq!(read("./roles"), moved("roles"));
    }

    #[test]
    fn other_paths_are_not_of_the_api_server() {
        for path in ["/v1/sessions", "/", "/api/ambientx", "/version"] {
            assert_eq!(read(path), None, "{path}");
        }
    }
}
