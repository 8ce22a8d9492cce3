//! Finds the field at a position of a JSON text.

/// The longest field name that is shown, in bytes; a longer key can be a token.
const MAX_NAME: usize = 32;
/// The maximum nesting depth that is searched.
const MAX_DEPTH: usize = 32;

/// Returns the field that contains the position, for example `items[3].phase`; `None` at the top
/// level.
///
/// The text must be valid JSON up to the position, which holds for the position of a type error.
pub(super) fn field(text: &[u8], line: usize, column: usize) -> Option<String> {
    let before = text.get(..offset(text, line, column)?)?;
    let mut levels = Vec::new();
    let mut rest = before;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'{' => levels.push(Level::Object(None)),
            b'[' => levels.push(Level::Array(0)),
            b'}' | b']' => drop(levels.pop()),
            b',' => next(levels.last_mut()?),
            b'"' => {
                let end = end_of_string(after);
                name(levels.last_mut(), &after[..end]);
                rest = after.get(end + 1..).unwrap_or_default();
            }
            _ => {}
        }
        if levels.len() > MAX_DEPTH {
            return None;
        }
    }
    shown(&levels)
}

/// An object or array that encloses the position.
enum Level {
    /// An object with the current field name; `None` before the first name.
    Object(Option<String>),
    /// An array with the index of the current item.
    Array(usize),
}

/// Returns the number of bytes up to and including the position.
fn offset(text: &[u8], line: usize, column: usize) -> Option<usize> {
    let lines = text.split_inclusive(|byte| *byte == b'\n').take(line.checked_sub(1)?);
    Some(lines.map(<[u8]>::len).sum::<usize>() + column)
}

fn next(level: &mut Level) {
    match level {
        Level::Object(name) => *name = None,
        Level::Array(index) => *index += 1,
    }
}

/// Stores the first string of an entry as its name.
fn name(level: Option<&mut Level>, text: &[u8]) {
    let Some(Level::Object(name @ None)) = level else { return };
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let is_shown = text.len() <= MAX_NAME && text.iter().all(is_plain);
    *name = Some(if is_shown { String::from_utf8_lossy(text).into_owned() } else { "…".into() });
}

/// Returns the index of the closing quote, or the length of the text.
fn end_of_string(text: &[u8]) -> usize {
    let mut escaped = false;
    let end = text.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(text.len())
}

fn shown(levels: &[Level]) -> Option<String> {
    let mut path = String::new();
    for level in levels {
        match level {
            Level::Object(Some(name)) if path.is_empty() => path.push_str(name),
            Level::Object(Some(name)) => path.extend([".", name]),
            Level::Object(None) => {}
            Level::Array(index) => path.push_str(&format!("[{index}]")),
        }
    }
    Some(path).filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_position_belongs_to_the_enclosing_field() {
        let text = br#"{"a": {"b-c": [1, {"d": "}\"]"}, 2]}, "odd name": [[3]]}"#;
        let at = |part: &str| {
            let text = std::str::from_utf8(text).unwrap_or_default();
            field(text.as_bytes(), 1, text.find(part).unwrap_or_default() + 1)
        };
        assert_eq!(at("1").as_deref(), Some("a.b-c[0]"));
        assert_eq!(at("}\\").as_deref(), Some("a.b-c[1].d"));
        assert_eq!(at("2").as_deref(), Some("a.b-c[2]"));
        assert_eq!(at("3").as_deref(), Some("…[0][0]"));
        assert_eq!(field(text, 1, 1), None);
    }

    proptest! {
        #[test]
        fn any_text_and_position_are_accepted(
            text in proptest::collection::vec(any::<u8>(), 0..200), line in 0_usize..5, column in 0_usize..300,
        ) {
            let _ = field(&text, line, column);
        }
    }
}
