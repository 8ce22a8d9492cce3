//! Turns a bundled document into what the generator can read.
//!
//! Our overlay comes first, then the table of [`rules`]: one for each thing that the generator cannot read
//! or would turn into poor Rust. A rule is a small function in a file of its own that says why it is there.
//! Nothing else repairs documents: what a rule gives up is listed in the notes of the result.

mod all_of;
mod alternatives;
mod answers;
mod defaults;
mod directions;
mod discriminators;
mod enums;
mod errors;
mod exclusions;
mod inline;
mod media_types;
mod nullable;
mod numbers;
mod openapi_3_1;
mod operation_ids;
mod origins;
mod parameters;
mod path_parameters;
mod rules;
mod shape;
mod streams;
mod strings;
mod successes;
mod texts;
mod tree;

use serde_json::{Value, json};

pub(crate) use self::enums::is_mixed;
use self::origins::Origins;
use self::rules::RULES;
use crate::error::Error;
use crate::openapi;
use crate::overlay::{Overlay, Unmatched};

/// Version of OpenAPI that the prepared document declares.
const PREPARED_VERSION: &str = "3.0.3";

/// What the generator reads, and what was noticed while making it.
#[derive(Debug)]
pub struct Prepared {
    /// The document.
    pub document: Value,
    /// Overlay actions that found nothing to act on.
    pub unmatched: Vec<Unmatched>,
    /// What the rules chose or gave up, each with its place.
    pub notes: Vec<Note>,
    origins: Origins,
}

impl Prepared {
    /// The pointer into the bundled document for what stands at a pointer of the prepared one.
    pub fn source_pointer(&self, pointer: &str) -> String {
        self.origins.of(pointer)
    }
}

/// Something a rule chose or gave up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// JSON pointer into the bundled document.
    pub pointer: String,
    /// What was done there.
    pub text: String,
}

/// A document on its way through the rules.
#[derive(Debug, Default)]
struct Draft {
    document: Value,
    notes: Vec<Note>,
    origins: Origins,
}

impl Draft {
    fn of(document: Value) -> Self {
        Self { document, ..Self::default() }
    }

    fn note(&mut self, pointer: impl Into<String>, text: impl Into<String>) {
        self.notes.push(Note { pointer: pointer.into(), text: text.into() });
    }

    /// Adds what a rule noted while it had the document: pairs of pointer and text.
    fn note_all(&mut self, notes: Vec<(String, String)>) {
        self.notes.extend(notes.into_iter().map(|(pointer, text)| Note { pointer, text }));
    }
}

/// Applies the overlay, if there is one, and every rule.
pub fn prepare(bundle: Value, overlay: Option<&Overlay>) -> Result<Prepared, Error> {
    openapi::version(&bundle)?;
    let mut draft = Draft::of(bundle);
    let unmatched = match overlay {
        Some(overlay) => overlay.apply(&mut draft.document)?,
        None => Vec::new(),
    };
    for rule in RULES {
        (rule.apply)(&mut draft).map_err(|error| draft.origins.translate(error))?;
    }
    draft.document["openapi"] = json!(PREPARED_VERSION);
    let Draft { document, mut notes, origins } = draft;
    notes.iter_mut().for_each(|note| note.pointer = origins.of(&note.pointer));
    Ok(Prepared { document, unmatched, notes, origins })
}

/// An OpenAPI 3.1 document in the words of 3.0, without any other rule; a 3.0 document as it is.
///
/// # Errors
/// When a schema says what 3.0 has no words for: a comparison must not lose it.
pub fn as_3_0(document: Value) -> Result<Value, Error> {
    let mut draft = Draft::of(document);
    openapi_3_1::rewrite_3_1_as_3_0(&mut draft)?;
    let aside = ["/webhooks", "/components/securitySchemes"];
    match draft.notes.into_iter().find(|note| !aside.contains(&note.pointer.as_str())) {
        Some(lost) => Err(tree::refuse(lost.pointer, lost.text)),
        None => Ok(draft.document),
    }
}

/// The committed form of a prepared document: indented JSON with a newline at its end.
pub fn to_text(document: &Value) -> String {
    format!("{document:#}\n")
}

#[cfg(test)]
mod testing {
    //! Small documents for the tests of the rules.

    use super::*;

    /// A draft of a document that has nothing but the given keys.
    pub(super) fn draft(document: Value) -> Draft {
        Draft::of(document)
    }

    /// An operation of a draft.
    pub(super) fn operation<'a>(draft: &'a Draft, path: &str, method: &str) -> &'a Value {
        &draft.document["paths"][path][method]
    }
}
