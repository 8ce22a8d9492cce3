//! Converts a bundled document to the form that the generator reads.
//!
//! The overlay is applied first, then the table of `rules`. Each rule handles one construct that the
//! generator cannot read or would turn into poor Rust. Each rule is a small function in a separate
//! file, which begins with the reason. No other code repairs documents. The notes of the result list
//! the lost information.

mod all_of;
mod anchors;
mod answers;
mod arrays;
mod bodiless;
mod choices;
mod defaults;
mod directions;
mod enums;
mod errors;
mod exclusions;
mod inline;
mod keywords;
mod list_or_object;
mod media_types;
mod nullable;
mod numbers;
mod omissions;
mod openapi_3_1;
mod operation_ids;
mod origins;
mod parameters;
mod path_parameters;
mod rules;
mod shapes;
mod streams;
mod strings;
mod successes;
mod texts;
mod tree;
mod untyped;

use std::convert::Infallible;

use serde_json::{Value, json};

pub(crate) use self::openapi_3_1::only_pattern_as_map;
use self::origins::Origins;
use self::rules::RULES;
use self::tree::Object;
use crate::error::Error;
use crate::grammar::{Kind, walk_mut};
use crate::openapi;
use crate::overlay::{Overlay, Unmatched};

/// The OpenAPI version of the prepared document.
const PREPARED_VERSION: &str = "3.0.3";

/// A prepared document, with its warnings and notes.
#[derive(Debug)]
pub struct Prepared {
    /// The document.
    pub document: Value,
    /// Overlay actions that match nothing.
    pub unmatched: Vec<Unmatched>,
    /// The choices of the rules and the information that they dropped, each with its place.
    pub notes: Vec<Note>,
    origins: Origins,
}

impl Prepared {
    /// Returns the pointer into the bundled document for a pointer into the prepared one.
    pub fn source_pointer(&self, pointer: &str) -> String {
        self.origins.of(pointer)
    }
}

/// A choice of a rule, or information that it dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The JSON pointer into the bundled document.
    pub pointer: String,
    /// The description of the change.
    pub text: String,
}

/// A document that the rules are being applied to.
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

    /// Calls `change` with each schema that is a map, and its pointer. Adds the notes that it returns.
    fn change_schemas<N: IntoIterator<Item = String>>(
        &mut self,
        mut change: impl FnMut(&mut Object, &str) -> N,
    ) {
        let Self { document, notes, .. } = self;
        let done: Result<(), Infallible> =
            walk_mut(document, Kind::Document, &mut |value, kind, at| {
                if let Some(schema) = value.as_object_mut().filter(|_| kind == Kind::Schema) {
                    let texts = change(schema, at).into_iter();
                    notes.extend(texts.map(|text| Note { pointer: at.to_owned(), text }));
                }
                Ok(())
            });
        let Ok(()) = done;
    }

    /// Adds the notes that a rule collected while it borrowed the document: pairs of pointer and text.
    fn note_all(&mut self, notes: Vec<(String, String)>) {
        self.notes.extend(notes.into_iter().map(|(pointer, text)| Note { pointer, text }));
    }
}

/// Applies the overlay, if there is one, and all rules.
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

/// Returns the table of rules as Markdown, with the rules that affect one of the documents marked.
pub fn table_of_rules(documents: Vec<(Value, Option<Overlay>)>) -> Result<String, Error> {
    let mut overlaid = Vec::new();
    for (mut document, overlay) in documents {
        overlay.map(|overlay| overlay.apply(&mut document)).transpose()?;
        overlaid.push(document);
    }
    Ok(rules::table(overlaid))
}

/// Converts an OpenAPI 3.1 document to 3.0, without any other rule; returns a 3.0 document unchanged.
///
/// # Errors
/// If a schema uses a construct that 3.0 cannot express, because a comparison must not lose it.
pub fn as_3_0(document: Value) -> Result<Value, Error> {
    let mut draft = Draft::of(document);
    openapi_3_1::rewrite_3_1_as_3_0(&mut draft)?;
    let aside = ["/webhooks", "/components/securitySchemes"];
    match draft.notes.into_iter().find(|note| !aside.contains(&note.pointer.as_str())) {
        Some(lost) => Err(tree::reject(lost.pointer, lost.text)),
        None => Ok(draft.document),
    }
}

/// Returns the committed form of a prepared document: indented JSON with a final newline.
pub fn to_text(document: &Value) -> String {
    format!("{document:#}\n")
}

#[cfg(test)]
mod testing {
    //! Small documents for the tests of the rules.

    use super::*;

    /// Returns a draft of a document that has only the given keys.
    pub(super) fn draft(document: Value) -> Draft {
        Draft::of(document)
    }

    /// Returns an operation of a draft.
    pub(super) fn operation<'a>(draft: &'a Draft, path: &str, method: &str) -> &'a Value {
        &draft.document["paths"][path][method]
    }
}
