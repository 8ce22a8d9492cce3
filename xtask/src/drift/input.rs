//! Reads what the arguments name: a document, a committed copy, or a copy at a git revision.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{Revision, references};
use crate::bundle::bundle;
use crate::error::{Error, chain};
use crate::overlay::Overlay;
use crate::prepare::{as_3_0, prepare};
use crate::source::{Location, ReadOptions, Source};
use crate::sources::{Pin, Sources};
use crate::workspace::Workspace;
use crate::{openapi, sync, yaml};

/// What to compare.
#[derive(Debug, Default)]
pub struct Request {
    /// Path, URL, name of a copy, or `NAME@GIT-REVISION`.
    pub base: String,
    /// The same; none to compare the copy `base` with its source.
    pub revision: Option<String>,
    /// Compare with the newest source instead of the pinned one; only without `revision`.
    pub latest: bool,
    /// Overlay for documents that are no copies; by default that of the copy which they are like.
    pub overlay: Option<PathBuf>,
    /// How documents are read.
    pub read: ReadOptions,
}

/// A document before its overlay.
struct Raw {
    name: String,
    document: Value,
    /// Which overlay belongs to it, where that is known.
    overlay: Option<Overlay>,
    notes: Vec<String>,
}

/// What an argument names.
enum Named<'t> {
    Copy(&'t str),
    CopyAt(&'t str, &'t str),
    Document(&'t str),
}

/// Reads both documents, applies their overlays and prepares them.
///
/// # Errors
/// When one of them cannot be read or is not OpenAPI, or an overlay cannot be applied. A document
/// that is read and cannot be prepared is no error here: the report says that its Rust items could
/// not be compared.
pub fn read(workspace: &Workspace, request: &Request) -> Result<(Revision, Revision), Error> {
    let sources = Sources::open(&workspace.sources())?;
    let reader = Reader { workspace, sources: &sources, request, copies: OnceCell::new() };
    reader.refuse_overlay_of_copies()?;
    let base = reader.raw(&request.base)?;
    let revision = match &request.revision {
        Some(revision) => reader.raw(revision)?,
        None => reader.source()?,
    };
    Ok((reader.finish(base)?, reader.finish(revision)?))
}

struct Reader<'r> {
    workspace: &'r Workspace,
    sources: &'r Sources,
    request: &'r Request,
    /// The copies by their names, read when they are first needed.
    copies: OnceCell<Vec<(String, Value)>>,
}

impl Reader<'_> {
    fn refuse_overlay_of_copies(&self) -> Result<(), Error> {
        let is_document = |argument: &String| matches!(self.named(argument), Named::Document(_));
        let mut arguments = [Some(&self.request.base), self.request.revision.as_ref()].into_iter();
        if self.request.overlay.is_none() || arguments.any(|one| one.is_some_and(is_document)) {
            return Ok(());
        }
        Err(Error::new("`--overlay` is for documents that are no copies, and none is compared")
            .mend("leave it out: a copy and its source have the overlay of the copy"))
    }

    fn raw(&self, argument: &str) -> Result<Raw, Error> {
        match self.named(argument) {
            Named::Copy(name) => self.copy(name),
            Named::CopyAt(name, revision) => self.copy_at(name, revision),
            Named::Document(document) => self.document(document),
        }
    }

    fn named<'t>(&self, argument: &'t str) -> Named<'t> {
        let names = self.sources.names();
        if names.iter().any(|name| name == argument) {
            return Named::Copy(argument);
        }
        match argument.split_once('@') {
            Some((name, revision)) if names.iter().any(|copy| copy == name) => {
                Named::CopyAt(name, revision)
            }
            _ => Named::Document(argument),
        }
    }

    fn copy(&self, name: &str) -> Result<Raw, Error> {
        let location = Location::from_path(&self.workspace.copy(name))?;
        let document = bundle(&location, &ReadOptions::default())?.document;
        let overlay = self.overlay(name)?;
        Ok(Raw { name: name.to_owned(), document, overlay, notes: Vec::new() })
    }

    /// The overlay of a copy, if it has one.
    fn overlay(&self, name: &str) -> Result<Option<Overlay>, Error> {
        let path = self.workspace.overlay(name);
        if path.exists() { Overlay::open(&path).map(Some) } else { Ok(None) }
    }

    /// A copy as git has it, with the overlay of that time.
    fn copy_at(&self, name: &str, revision: &str) -> Result<Raw, Error> {
        let shown = format!("{name}@{revision}");
        let text = self.show(revision, &self.workspace.copy(name))?;
        let document = yaml::read(&text, &shown)?;
        openapi::version(&document).map_err(|error| error.in_document(&shown))?;
        let overlay = match self.show(revision, &self.workspace.overlay(name)) {
            Ok(text) => Some(Overlay::parse(&text, &format!("overlay of {shown}"))?),
            Err(_) => None,
        };
        Ok(Raw { name: shown, document, overlay, notes: Vec::new() })
    }

    fn show(&self, revision: &str, path: &Path) -> Result<String, Error> {
        let path = self.workspace.show(path);
        let failed = || {
            Error::new(format!("git has no {path} at `{revision}`"))
                .mend("name a commit, branch or tag that has it")
        };
        if revision.is_empty() || revision.starts_with('-') || revision.contains(':') {
            return Err(failed());
        }
        let output = Command::new("git")
            .arg("-C")
            .arg(self.workspace.root())
            .args(["show", "--end-of-options", &format!("{revision}:./{path}")])
            .output()
            .map_err(|error| {
                Error::new("git cannot be run").mend("install git").caused_by(error)
            })?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(failed().caused_by(why));
        }
        String::from_utf8(output.stdout).map_err(|error| failed().caused_by(error))
    }

    /// The source of the copy that the only argument names.
    fn source(&self) -> Result<Raw, Error> {
        let Named::Copy(name) = self.named(&self.request.base) else {
            return Err(Error::new(format!(
                "`{}` is no copy, so it has no source",
                self.request.base
            ))
            .mend("name the document to compare it with"));
        };
        let pin = self.sources.pin(name)?;
        let location = self.location(name, &pin)?;
        let place = sync::place(self.workspace, &location)?;
        let bundle = bundle(&place, &self.request.read)?;
        let overlay = self.overlay(name)?;
        Ok(Raw { name: location, document: bundle.document, overlay, notes: bundle.warnings })
    }

    /// The pinned location; the newest one when it is asked for, or nothing is pinned.
    fn location(&self, name: &str, pin: &Pin) -> Result<String, Error> {
        let pinned = pin.location_at(pin.revision.as_deref()).filter(|_| !self.request.latest);
        let location = match pinned {
            Some(location) => Some(location),
            None => pin.location_at(sync::newest(pin, &self.request.read)?.as_deref()),
        };
        location.ok_or_else(|| {
            Error::new(format!("openapi/sources.toml does not say where `{name}` comes from"))
                .mend("name the document to compare it with")
        })
    }

    fn document(&self, argument: &str) -> Result<Raw, Error> {
        let bundle = bundle(&Location::parse(argument)?, &self.request.read)?;
        let overlay = match &self.request.overlay {
            Some(path) => Some(Overlay::open(path)?),
            None => self.likely_overlay(&bundle.document)?,
        };
        let name = argument.to_owned();
        Ok(Raw { name, document: bundle.document, overlay, notes: bundle.warnings })
    }

    /// The overlay of the copy that serves most of the document's paths.
    fn likely_overlay(&self, document: &Value) -> Result<Option<Overlay>, Error> {
        let alike = self.copies()?.iter().map(|(name, copy)| (common_paths(copy, document), name));
        match alike.filter(|(common, _)| *common > 0).rev().max_by_key(|(common, _)| *common) {
            Some((_, name)) => self.overlay(name),
            None => Ok(None),
        }
    }

    fn copies(&self) -> Result<&[(String, Value)], Error> {
        if let Some(copies) = self.copies.get() {
            return Ok(copies);
        }
        let read = |name: String| {
            let location = Location::from_path(&self.workspace.copy(&name))?;
            let copy = Source::open(&location, ReadOptions::default())?.root();
            Ok((name, copy.value.clone()))
        };
        let copies: Result<Vec<_>, Error> = self.sources.names().into_iter().map(read).collect();
        let copies = copies?;
        Ok(self.copies.get_or_init(|| copies))
    }

    fn finish(&self, raw: Raw) -> Result<Revision, Error> {
        let Raw { name, mut document, overlay, mut notes } = raw;
        if let Some(overlay) = &overlay {
            let unmatched = overlay.apply(&mut document)?;
            notes.extend(unmatched.iter().map(ToString::to_string));
        }
        references::check(&mut document).map_err(|error| error.in_document(&name))?;
        let prepared = prepare(document.clone(), None);
        let document = as_3_0(document.clone()).unwrap_or_else(|error| {
            notes.push(format!("compared in the words of OpenAPI 3.1: {}", chain(&error)));
            document
        });
        let prepared = prepared.map(|prepared| prepared.document).map_err(|error| chain(&error));
        Ok(Revision { name, document, prepared, notes })
    }
}

fn common_paths(copy: &Value, document: &Value) -> usize {
    let paths = copy.get("paths").and_then(Value::as_object).into_iter().flatten();
    paths.filter(|(path, _)| document["paths"].get(path.as_str()).is_some()).count()
}
