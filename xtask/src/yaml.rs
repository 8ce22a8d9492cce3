//! Reads YAML (and JSON, which is YAML) into a JSON value, and writes it.
//!
//! Reading is stricter than YAML: `yes`, `on` and dates stay strings, a duplicate key is an error, and
//! aliases are limited, so that a small file cannot expand to a large one.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::granit_parser::{Event, Parser};
use serde_saphyr::{DuplicateKeyPolicy, Error as ReadError, Location, Options, SerializerOptions};

use crate::error::{Error, Place};
use crate::pointer;

/// The line length at which the writer folds text.
const FOLD_AT: usize = 100;

/// Reads one YAML document; `name` is its name in errors.
pub fn read(text: &str, name: &str) -> Result<Value, Error> {
    let text = &*with_escapes(text);
    serde_saphyr::from_str_with_options(text, reader_options()).map_err(|error| {
        let location = error.location();
        let place = Place {
            document: name.to_owned(),
            line: location.map(|location| location.line()),
            pointer: String::new(),
        };
        match error.without_snippet() {
            ReadError::DuplicateMappingKey { key: Some(key), .. } => repeated(text, key, location),
            ReadError::NullIntoString { .. } => Error::new("a key is null")
                .with_help("write it in quotes, 'null', or remove it with its value"),
            ReadError::Unexpected { expected: "string scalar", .. } => {
                Error::new("a key is a list or a map").with_help("write it as text, in quotes")
            }
            ReadError::Budget { breach: BudgetBreach::Documents { .. }, .. } => {
                Error::new("the file contains several YAML documents")
                    .with_help("keep one of them; a line with `---` begins another")
            }
            error => Error::new("the document is not valid YAML")
                .with_help("correct the document at this line")
                .caused_by(error.to_string()),
        }
        .at(place)
    })
}

/// Escapes the characters in JSON that JSON allows in strings, but YAML doesn't allow. Lines stay the same.
fn with_escapes(text: &str) -> Cow<'_, str> {
    let is_forbidden =
        |c: char| matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    if !text.trim_start().starts_with(['{', '[']) || !text.contains(is_forbidden) {
        return text.into();
    }
    let escaped = |c: char| match is_forbidden(c) {
        true => format!("\\u{:04x}", u32::from(c)),
        false => c.to_string(),
    };
    text.chars().map(escaped).collect()
}

/// Returns the error for a key that a map has twice.
fn repeated(text: &str, key: &str, location: Option<Location>) -> Error {
    let first = location.and_then(|location| first_line(text, location));
    let first = first.map(|line| format!(", first in line {line}")).unwrap_or_default();
    Error::new(format!("the map has a duplicate key: `{key}` occurs twice{first}"))
        .with_help("remove or rename one of them, so that no value is lost")
}

/// Returns the line where the key at a location occurs first in its map.
fn first_line(text: &str, repeated: Location) -> Option<u64> {
    let mut cursor = Cursor::default();
    let mut lines = HashMap::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.ok()?;
        if !cursor.advance(&event) {
            continue;
        }
        let path: Vec<String> = cursor.path().map(str::to_owned).collect();
        let line = u64::try_from(span.start.line()).ok()?;
        if line >= repeated.line() && lines.contains_key(&path) {
            return lines.get(&path).copied();
        }
        lines.entry(path).or_insert(line);
    }
    None
}

fn reader_options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 20_000_000,
            max_nodes: 10_000_000,
            max_recorded_anchor_events: 50_000,
            max_depth: 200,
            max_documents: 1,
            // Many aliases of one anchor are common. Their expansion has a limit of its own.
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 50_000,
            max_replay_stack_depth: 32,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
    }
}

/// Writes a value as YAML: block style, two spaces, keys in the order of the value.
pub fn write(value: &Value) -> Result<String, Error> {
    serde_saphyr::to_string_with_options(value, writer_options())
        .map_err(|error| Error::new("the document cannot be written as YAML").caused_by(error))
}

fn writer_options() -> SerializerOptions {
    serde_saphyr::ser_options! {
        folded_wrap_chars: FOLD_AT,
    }
}

/// Returns the line, from 1, of the key or item at `pointer`; `None` if it does not exist.
///
/// This parses the text again, so it is meant for messages.
pub fn line_of(text: &str, pointer: &str) -> Option<u64> {
    if pointer.is_empty() {
        return Some(1);
    }
    let wanted: Vec<String> = pointer::segments(pointer).collect();
    let mut cursor = Cursor::default();
    for event in Parser::new_from_str(&with_escapes(text)) {
        let (event, span) = event.ok()?;
        if cursor.advance(&event) && cursor.path().eq(wanted.iter().map(String::as_str)) {
            return u64::try_from(span.start.line()).ok();
        }
    }
    None
}

/// Tracks the path of the current node through parser events.
#[derive(Default)]
struct Cursor {
    stack: Vec<Frame>,
}

/// An open collection, with the key or index of its current child.
enum Frame {
    Mapping { key: Option<String> },
    Sequence { index: String, next: usize },
}

impl Cursor {
    /// Processes an event. Returns whether it starts a place: a key, or an item of a sequence.
    fn advance(&mut self, event: &Event<'_>) -> bool {
        match event {
            Event::Scalar(text, ..) => self.node(Some(text), None),
            Event::Alias(..) => self.node(None, None),
            Event::MappingStart(..) => self.node(None, Some(Frame::Mapping { key: None })),
            Event::SequenceStart(..) => {
                self.node(None, Some(Frame::Sequence { index: String::new(), next: 0 }))
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.stack.pop();
                self.value_done();
                false
            }
            _ => false,
        }
    }

    fn node(&mut self, scalar: Option<&str>, opens: Option<Frame>) -> bool {
        let starts_place = match self.stack.last_mut() {
            Some(Frame::Mapping { key: key @ None }) => {
                *key = Some(scalar.unwrap_or_default().to_owned());
                return true;
            }
            Some(Frame::Sequence { index, next }) => {
                *index = next.to_string();
                *next += 1;
                true
            }
            _ => false,
        };
        match opens {
            Some(frame) => self.stack.push(frame),
            None => self.value_done(),
        }
        starts_place
    }

    fn value_done(&mut self) {
        if let Some(Frame::Mapping { key }) = self.stack.last_mut() {
            *key = None;
        }
    }

    fn path(&self) -> impl Iterator<Item = &str> {
        self.stack.iter().filter_map(|frame| match frame {
            Frame::Mapping { key } => key.as_deref(),
            Frame::Sequence { index, .. } if index.is_empty() => None,
            Frame::Sequence { index, .. } => Some(index.as_str()),
        })
    }
}
