//! Finds the field at a position of a JSON text.

/// The maximum nesting depth that is searched.
const MAX_DEPTH: usize = 32;

/// Returns the field that contains the position, for example `items[3].phase`; `None` at the top
/// level. A key is shown if `is_name` accepts it.
///
/// The text must be valid JSON up to the position, which holds for the position of a type error.
pub(super) fn field(
    text: &[u8],
    (line, column): (usize, usize),
    is_name: impl Fn(&str) -> bool,
) -> Option<String> {
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
                name(levels.last_mut(), &after[..end], &is_name);
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
fn name(level: Option<&mut Level>, text: &[u8], is_name: impl Fn(&str) -> bool) {
    let Some(Level::Object(name @ None)) = level else { return };
    let shown = std::str::from_utf8(text).ok().filter(|text| is_name(text));
    *name = Some(shown.unwrap_or("…").to_owned());
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
            let place = (1, text.find(part).unwrap_or_default() + 1);
            field(text.as_bytes(), place, |name| name != "odd name")
        };
        assert_eq!(at("1").as_deref(), Some("a.b-c[0]"));
        assert_eq!(at("}\\").as_deref(), Some("a.b-c[1].d"));
        assert_eq!(at("2").as_deref(), Some("a.b-c[2]"));
        assert_eq!(at("3").as_deref(), Some("…[0][0]"));
        assert_eq!(field(text, (1, 1), |_| true), None);
    }

    proptest! {
        #[test]
        fn any_text_and_position_are_accepted(
            text in proptest::collection::vec(any::<u8>(), 0..200), line in 0_usize..5, column in 0_usize..300,
        ) {
            let _ = field(&text, (line, column), |_| true);
        }
    }
}
