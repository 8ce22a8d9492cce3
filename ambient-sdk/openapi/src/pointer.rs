//! JSON pointers (RFC 6901): construction, splitting and single steps.

use serde_json::Value;

/// Escapes one segment: `~` becomes `~0`, `/` becomes `~1`.
pub fn escape(segment: &str) -> String {
    if segment.contains(['~', '/']) {
        segment.replace('~', "~0").replace('/', "~1")
    } else {
        segment.to_owned()
    }
}

/// Undoes [`escape`].
pub fn unescape(segment: &str) -> String {
    if segment.contains('~') {
        segment.replace("~1", "/").replace("~0", "~")
    } else {
        segment.to_owned()
    }
}

/// Returns `pointer` extended by one segment.
pub fn join(pointer: &str, segment: &str) -> String {
    let mut joined = String::with_capacity(pointer.len() + segment.len() + 1);
    joined.push_str(pointer);
    joined.push('/');
    joined.push_str(&escape(segment));
    joined
}

/// Runs `step` with `at` extended by one segment, then restores `at`.
pub fn nested<T>(at: &mut String, segment: &str, step: impl FnOnce(&mut String) -> T) -> T {
    let length = at.len();
    at.push('/');
    if segment.contains(['~', '/']) {
        at.push_str(&escape(segment));
    } else {
        at.push_str(segment);
    }
    let result = step(at);
    at.truncate(length);
    result
}

/// Returns the unescaped segments of a pointer, in order.
pub fn segments(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer.split('/').skip(1).map(unescape)
}

/// Returns the child of a value that `segment` names.
pub fn step<'a>(value: &'a Value, segment: &str) -> Option<&'a Value> {
    match value {
        Value::Object(map) => map.get(segment),
        Value::Array(list) => list.get(segment.parse::<usize>().ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_unescapes_both_special_characters() {
        let pointer = join("/paths", "/a~b/{id}");
        assert_eq!(pointer, "/paths/~1a~0b~1{id}");
        assert_eq!(segments(&pointer).collect::<Vec<_>>(), ["paths", "/a~b/{id}"]);
    }

    #[test]
    fn an_escaped_tilde_before_a_one_is_not_a_slash() {
        assert_eq!(unescape(&escape("~1")), "~1");
    }

    #[test]
    fn the_empty_pointer_has_no_segments() {
        assert_eq!(segments("").count(), 0);
    }
}
