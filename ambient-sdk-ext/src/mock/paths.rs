//! How the API server reads a path: decoded before a route is chosen, so that `%2F` separates.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Where the API server's own paths begin. What is elsewhere is the gateway's here.
const ROOT: &str = "/api/ambient";
/// What a redirect writes as it is; everything else is escaped.
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

/// A path as the API server understands it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Path {
    /// Without a slash at its end.
    Plain(String),
    /// It has dots or two slashes in a row; this is the better one, escaped.
    Moved(String),
}

/// Reads a path of the API server; none when it is not one.
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

/// The path without dots and repeated slashes. A slash at its end stays.
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
    fn a_path_is_decoded_and_loses_one_slash() {
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
    fn other_paths_are_not_the_api_servers() {
        for path in ["/v1/sessions", "/", "/api/ambientx", "/version"] {
            assert_eq!(read(path), None, "{path}");
        }
    }
}
