//! Tells things apart that would get one name in Rust, in the document that the generator reads.
//!
//! The wire stays as it is: see [`marks`](crate::marks).

mod fields;
mod inline;
mod operations;
mod parameters;
mod schemas;
mod tags;

use serde_json::Value;

use crate::marks::Marks;

/// Something that has another name in Rust than the generator would give it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// JSON pointer into the prepared document.
    pub pointer: String,
    /// What has which name, and why.
    pub text: String,
}

/// What came of telling things apart.
#[derive(Debug, Default)]
pub(crate) struct Apart {
    pub(crate) notes: Vec<Note>,
    pub(crate) marks: Marks,
}

impl Apart {
    fn note(&mut self, pointer: impl Into<String>, text: impl Into<String>) {
        self.notes.push(Note { pointer: pointer.into(), text: text.into() });
    }
}

/// Gives every operation a method name that the client does not use itself.
pub(crate) fn operations(document: &mut Value, apart: &mut Apart) {
    operations::tell_apart(document, apart);
}

/// Tells everything else apart: schemas, parameters, properties, and schemas that stand in others.
pub(crate) fn all_others(document: &mut Value, apart: &mut Apart) {
    schemas::tell_apart(document, apart);
    parameters::tell_apart(document, apart);
    tags::tell_apart(document, apart);
    fields::tell_apart(document, apart);
    inline::tell_apart(document, apart);
}
