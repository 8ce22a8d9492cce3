//! The content of a copy at one time, and the origin of each part.

use std::path::Path;

use serde_json::Value;

use crate::bundle::{Origin, bundle};
use crate::error::{Error, Place};
use crate::proto::{Folder, Interface};
use crate::source::{Location, ReadOptions, Source, digest_of};
use crate::sources::Pin;
use crate::yaml;

/// The first lines of a copy that is generated from a canonical document.
const HEADER: &str = "\
# A copy of a canonical document, bundled into one file by `cargo xtask sync`.
# Do not edit it: our names, descriptions and types are in the overlay next to it.
";

/// The content of a copy, and the data to record about it.
pub(super) struct Snapshot {
    pub(super) document: Value,
    pub(super) text: String,
    pub(super) pin: Pin,
    /// The source of the content, for the report.
    pub(super) shown: String,
    /// References to path items that do not exist in the source.
    pub(super) warnings: Vec<String>,
    places: Places,
}

/// The files in which a reader can find and change a place.
enum Places {
    /// The canonical files.
    Canonical(Origin),
    /// The committed copy, with its name in messages.
    Copy(String),
}

impl Snapshot {
    /// Reads the canonical document at a location.
    pub(super) fn from_source(
        shown: &str,
        location: &Location,
        pin: &Pin,
        options: &ReadOptions,
    ) -> Result<Self, Error> {
        let bundle = bundle(location, options)?;
        let text = format!("{HEADER}{}", yaml::write(&bundle.document)?);
        let pin = Pin {
            source_digest: Some(bundle.digest),
            copy_digest: Some(digest_of(&text)),
            ..pin.clone()
        };
        let files = bundle.files;
        let unit = if files == 1 { "file" } else { "files" };
        Ok(Self {
            document: bundle.document,
            text,
            pin,
            shown: format!("read {shown} ({files} {unit})"),
            warnings: bundle.warnings,
            places: Places::Canonical(bundle.origin),
        })
    }

    /// Reads the protobuf files of a folder.
    pub(super) fn of_interface(
        shown: &str,
        place: &str,
        pin: &Pin,
        options: &ReadOptions,
    ) -> Result<Self, Error> {
        let folder = Folder::read(place, options)?;
        let text = Interface::of(&folder)?.to_text()?;
        let pin = Pin {
            source_digest: Some(folder.digest()),
            copy_digest: Some(digest_of(&text)),
            ..pin.clone()
        };
        let files = folder.files.len();
        let unit = if files == 1 { "file" } else { "files" };
        Ok(Self {
            shown: format!("read {shown} ({files} {unit})"),
            ..Self::without_document(text, pin)
        })
    }

    /// Reads the committed copy of a gRPC interface.
    pub(super) fn committed_interface(
        path: &Path,
        shown: String,
        pin: &Pin,
    ) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::new("the copy cannot be read").in_document(&shown).caused_by(error)
        })?;
        Interface::parse(&shown, &text)?;
        let pin = Pin { copy_digest: Some(digest_of(&text)), ..pin.clone() };
        let shown = format!("taken from the committed copy {shown}");
        Ok(Self { shown, ..Self::without_document(text, pin) })
    }

    fn without_document(text: String, pin: Pin) -> Self {
        Self {
            document: Value::Null,
            text,
            pin,
            shown: String::new(),
            warnings: Vec::new(),
            places: Places::Copy(String::new()),
        }
    }

    /// Reads the committed copy at a path.
    pub(super) fn committed(path: &Path, shown: String, pin: &Pin) -> Result<Self, Error> {
        let root = Source::open(&Location::from_path(path)?, ReadOptions::default())?.root();
        Ok(Self {
            document: root.value.clone(),
            text: root.text.clone(),
            pin: Pin { copy_digest: Some(digest_of(&root.text)), ..pin.clone() },
            shown: format!("prepared from the committed copy {shown}"),
            warnings: Vec::new(),
            places: Places::Copy(shown),
        })
    }

    /// Returns the place of a pointer of the document in the file that a reader can change.
    pub(super) fn place(&mut self, pointer: &str) -> Place {
        match &mut self.places {
            Places::Canonical(origin) => origin.place(pointer),
            Places::Copy(shown) => {
                let mut here = pointer;
                while self.document.pointer(here).is_none() {
                    here = here.rsplit_once('/').map_or("", |(around, _)| around);
                }
                let line = yaml::line_of(&self.text, here);
                Place { document: shown.clone(), line, pointer: here.to_owned() }
            }
        }
    }

    /// Replaces the place of an error with the place in the file that a reader can change.
    pub(super) fn locate(&mut self, error: Error) -> Error {
        error.located(|pointer| self.place(pointer))
    }
}
