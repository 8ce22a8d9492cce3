//! Resolves name conflicts in the document that the generator reads: renames items that would
//! otherwise have the same name in Rust.
//!
//! The wire format does not change; see [`marks`](crate::marks).

mod fields;
mod inline;
mod operations;
mod parameters;
mod schemas;
mod tags;

use serde_json::Value;

use crate::marks::Marks;

/// An item that was renamed in Rust.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The JSON pointer into the prepared document.
    pub pointer: String,
    /// The item, its new name, and the reason.
    pub text: String,
}

/// The result of the renaming.
#[derive(Debug, Default)]
pub(crate) struct Renames {
    pub(crate) notes: Vec<Note>,
    pub(crate) marks: Marks,
}

impl Renames {
    fn note(&mut self, pointer: impl Into<String>, text: impl Into<String>) {
        self.notes.push(Note { pointer: pointer.into(), text: text.into() });
    }
}

/// Renames operations whose method names the client uses itself.
pub(crate) fn operations(document: &mut Value, renames: &mut Renames) {
    operations::rename_conflicts(document, renames);
}

/// Renames all other items: schemas, parameters, tags, properties, and inline schemas.
pub(crate) fn all_others(document: &mut Value, renames: &mut Renames) {
    schemas::rename_conflicts(document, renames);
    parameters::rename_conflicts(document, renames);
    tags::rename_conflicts(document, renames);
    fields::rename_conflicts(document, renames);
    inline::rename_conflicts(document, renames);
}
