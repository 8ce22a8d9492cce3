//! Reads the arguments: a document, a committed copy, or one of them at a git revision.

mod convert;
mod git;
mod named;
mod origin;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::thread;

use serde_json::Value;

use self::named::Named;
pub use self::origin::{Line, Origin};
use super::assemble::{Prepared, Revision};
use super::references;
use crate::bundle::bundle;
use crate::deep;
use crate::error::{Error, chain};
pub(super) use crate::git::show;
use crate::overlay::Overlay;
use crate::prepare::prepare;
use crate::source::{Location, ReadOptions, Source};
use crate::sources::{Pin, Sources};
use crate::workspace::{API_SERVER, Workspace};
use crate::{openapi, sync, yaml};

/// The documents to compare.
#[derive(Debug, Default)]
pub struct Request {
    /// A path, a URL, the name of a copy, or a path or name at a git revision: `FILE@REV`.
    pub base: String,
    /// The same; `None` to compare the copy `base` with its source.
    pub revision: Option<String>,
    /// Compare with the newest source instead of the pinned one. Only without `revision`.
    pub latest: bool,
    /// The overlay of documents that are not copies; by default that of the most similar copy.
    pub overlay: Option<PathBuf>,
    /// Skip the comparison of Rust items: nothing is prepared for the generator.
    pub without_source: bool,
    /// The limits for reading documents.
    pub read: ReadOptions,
}

/// Both documents.
#[derive(Debug)]
pub struct Sides {
    /// The document that existing clients are built from.
    pub base: Revision,
    /// The document of the new server version.
    pub revision: Revision,
    /// The location of the revision, to find line numbers; `None` for a URL.
    pub origin: Option<Origin>,
}

/// A document before its overlay.
struct Raw {
    name: String,
    document: Value,
    /// The overlay, if there is one.
    overlay: Option<Overlay>,
    /// The copy that it is, or is most like.
    copy: Option<String>,
    notes: Vec<String>,
    origin: Option<Origin>,
}

/// Reads both documents, applies their overlays and prepares them. Without a workspace there are no
/// copies, and the only overlay is the one in the request.
///
/// # Errors
/// If a document cannot be read or is not OpenAPI, or if an overlay cannot be applied. A document that
/// cannot be prepared is not an error: the report states that its Rust items could not be compared.
pub fn read(workspace: Option<&Workspace>, request: &Request) -> Result<Sides, Error> {
    let home = workspace.map(Home::open).transpose()?;
    let reader = Reader { home: home.as_ref(), request };
    reader.reject_overlay_of_copies()?;
    let (base, revision) = thread::scope(|scope| {
        let base = deep::spawn(scope, || reader.side(Some(&request.base)));
        let revision = reader.side(request.revision.as_deref());
        let base = base.map_err(|error| {
            Error::new("the thread that reads a document cannot be started").caused_by(error)
        });
        let base = base
            .and_then(|base| base.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        (base, revision)
    });
    let ((base, _), (revision, origin)) = (base?, revision?);
    Ok(Sides { base, revision, origin })
}

/// A workspace with its copies.
struct Home<'w> {
    workspace: &'w Workspace,
    sources: Sources,
    /// The copies by name, read on first use.
    copies: OnceLock<Vec<(String, Value)>>,
}

impl<'w> Home<'w> {
    fn open(workspace: &'w Workspace) -> Result<Self, Error> {
        let sources = Sources::open(&workspace.sources())?;
        Ok(Self { workspace, sources, copies: OnceLock::new() })
    }

    /// Opens the overlay of a copy, if it has one.
    fn overlay(&self, name: &str) -> Result<Option<Overlay>, Error> {
        let path = self.workspace.overlay(name);
        if path.exists() { Overlay::open(&path).map(Some) } else { Ok(None) }
    }

    /// Returns the copy that has most of the document's paths.
    fn likely_copy(&self, document: &Value) -> Result<Option<String>, Error> {
        let alike = self.copies()?.iter().map(|(name, copy)| (common_paths(copy, document), name));
        let alike = alike.filter(|(common, _)| *common > 0).rev();
        Ok(alike.max_by_key(|(common, _)| *common).map(|(_, name)| name.clone()))
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
        let copies: Result<Vec<_>, Error> =
            self.sources.documents().into_iter().map(read).collect();
        let copies = copies?;
        Ok(self.copies.get_or_init(|| copies))
    }
}

fn common_paths(copy: &Value, document: &Value) -> usize {
    let paths = copy.get("paths").and_then(Value::as_object).into_iter().flatten();
    paths.filter(|(path, _)| document["paths"].get(path.as_str()).is_some()).count()
}

struct Reader<'r> {
    home: Option<&'r Home<'r>>,
    request: &'r Request,
}

impl Reader<'_> {
    /// Reads one side; without an argument, the source of the copy that is the base.
    fn side(&self, argument: Option<&str>) -> Result<(Revision, Option<Origin>), Error> {
        let raw = match argument {
            Some(argument) => self.raw(argument)?,
            None => self.source()?,
        };
        self.finish(raw)
    }

    fn reject_overlay_of_copies(&self) -> Result<(), Error> {
        let is_document = |argument: &String| {
            matches!(self.named(argument), Named::Document(_) | Named::DocumentAt { .. })
        };
        let mut arguments = [Some(&self.request.base), self.request.revision.as_ref()].into_iter();
        if self.request.overlay.is_none() || arguments.any(|one| one.is_some_and(is_document)) {
            return Ok(());
        }
        Err(Error::new("`--overlay` applies only to documents that are not copies")
            .with_help("omit it: a copy and its source always use the overlay of the copy"))
    }

    fn named<'t>(&self, argument: &'t str) -> Named<'t> {
        let names = self.home.map(|home| home.sources.documents()).unwrap_or_default();
        Named::of(argument, &names)
    }

    fn raw(&self, argument: &str) -> Result<Raw, Error> {
        match (self.named(argument), self.home) {
            (Named::Copy(name), Some(home)) => self.copy(name, home),
            (Named::CopyAt { name, revision }, Some(home)) => copy_at(name, revision, home),
            (Named::DocumentAt { file, revision }, _) => self.document_at(argument, file, revision),
            _ => self.document(argument),
        }
    }

    fn copy(&self, name: &str, home: &Home<'_>) -> Result<Raw, Error> {
        let location = Location::from_path(&home.workspace.copy(name))?;
        let document = bundle(&location, &self.request.read)?.document;
        let (overlay, origin) = (home.overlay(name)?, Origin::at(&location));
        let copy = Some(name.to_owned());
        Ok(Raw { name: name.to_owned(), document, overlay, copy, notes: Vec::new(), origin })
    }

    /// Reads the source of the copy that is the only argument.
    fn source(&self) -> Result<Raw, Error> {
        let (Named::Copy(name), Some(home)) = (self.named(&self.request.base), self.home) else {
            return Err(Error::new(format!(
                "`{}` is not a committed copy, so there is no source to compare it with",
                self.request.base
            ))
            .with_help("pass a second document"));
        };
        let pin = home.sources.pin(name)?;
        let location = self.location(name, &pin)?;
        let place = sync::place(home.workspace, &location)?;
        let bundle = bundle(&place, &self.request.read)?;
        let (overlay, origin) = (home.overlay(name)?, Origin::at(&place));
        let copy = Some(name.to_owned());
        let (name, document, notes) = (location, bundle.document, bundle.warnings);
        Ok(Raw { name, document, overlay, copy, notes, origin })
    }

    /// Returns the pinned location; the newest one with `--latest` or without a pin.
    fn location(&self, name: &str, pin: &Pin) -> Result<String, Error> {
        let pinned = pin.location_at(pin.revision.as_deref()).filter(|_| !self.request.latest);
        let location = match pinned {
            Some(location) => Some(location),
            None => pin.location_at(sync::newest(pin, &self.request.read)?.as_deref()),
        };
        location.ok_or_else(|| {
            Error::new(format!("openapi/sources.toml has no location for `{name}`"))
                .with_help("add `location`, or pass a second document")
        })
    }

    fn document(&self, argument: &str) -> Result<Raw, Error> {
        let location = Location::parse(argument)?;
        let bundle = bundle(&location, &self.request.read)?;
        let (copy, overlay) = self.copy_and_overlay_for(&bundle.document)?;
        let (name, origin) = (argument.to_owned(), Origin::at(&location));
        Ok(Raw { name, document: bundle.document, overlay, copy, notes: bundle.warnings, origin })
    }

    /// Reads a document at a git revision, with the files that it refers to.
    fn document_at(&self, argument: &str, file: &str, revision: &str) -> Result<Raw, Error> {
        let export = git::export(file, revision, &self.request.read)?;
        let bundle = Location::from_path(&export.root)
            .and_then(|location| bundle(&location, &self.request.read))
            .map_err(|error| export.explain(argument, &error))?;
        let (copy, overlay) = self.copy_and_overlay_for(&bundle.document)?;
        let origin = Origin::exported(export);
        let (name, notes) = (argument.to_owned(), bundle.warnings);
        Ok(Raw { name, document: bundle.document, overlay, copy, notes, origin })
    }

    /// Returns the most similar copy, and the overlay of `--overlay` or that of the copy.
    fn copy_and_overlay_for(
        &self,
        document: &Value,
    ) -> Result<(Option<String>, Option<Overlay>), Error> {
        let copy = self.home.map(|home| home.likely_copy(document)).transpose()?.flatten();
        let overlay = match (&self.request.overlay, self.home, &copy) {
            (Some(path), ..) => Some(Overlay::open(path)?),
            (None, Some(home), Some(copy)) => home.overlay(copy)?,
            _ => None,
        };
        Ok((copy, overlay))
    }

    fn finish(&self, raw: Raw) -> Result<(Revision, Option<Origin>), Error> {
        let Raw { name, mut document, overlay, copy, mut notes, origin } = raw;
        if let Some(overlay) = &overlay {
            let unmatched = overlay.apply(&mut document)?;
            notes.extend(unmatched.iter().map(ToString::to_string));
        }
        references::check(&mut document).map_err(|error| error.in_document(&name))?;
        let prepared = if self.request.without_source {
            Prepared::Skipped
        } else {
            match prepare(document.clone(), None) {
                Ok(prepared) => Prepared::Document(prepared.document),
                Err(error) => Prepared::Failed(chain(&error)),
            }
        };
        let document = convert::to_3_0(document, &mut notes);
        let has_resources = copy.as_deref() == Some(API_SERVER);
        Ok((Revision { name, document, prepared, notes, has_resources }, origin))
    }
}

/// Reads a copy at a git revision, with its overlay at that revision.
fn copy_at(name: &str, revision: &str, home: &Home<'_>) -> Result<Raw, Error> {
    let workspace = home.workspace;
    let shown = format!("{name}@{revision}");
    let path = workspace.copy(name);
    let text = show(workspace.root(), revision, &workspace.show(&path))?;
    let document = yaml::read(&text, &shown)?;
    openapi::version(&document).map_err(|error| error.in_document(&shown))?;
    let overlay = workspace.show(&workspace.overlay(name));
    let overlay = match show(workspace.root(), revision, &overlay) {
        Ok(text) => Some(Overlay::parse(&text, &format!("overlay of {shown}"))?),
        Err(_) => None,
    };
    let origin = Location::from_path(&path).ok().and_then(|location| Origin::at(&location));
    let copy = Some(name.to_owned());
    Ok(Raw { name: shown, document, overlay, copy, notes: Vec::new(), origin })
}
