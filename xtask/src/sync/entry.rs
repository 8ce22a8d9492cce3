//! A copy to sync, and the source of its content.

use std::path::PathBuf;

use ambient_sdk_generator::Generated;
use serde_json::Value;

use super::Request;
use super::feature::with_feature;
use super::snapshot::Snapshot;
use crate::error::{Error, chain};
use crate::files::Changes;
use crate::overlay::Overlay;
use crate::prepare::{Prepared, prepare};
use crate::readme;
use crate::source::{Location, Network, ReadOptions, digest_of};
use crate::sources::{Format, Pin, Sources};
use crate::workspace::{API_SERVER, Workspace};

/// The media type for which GitHub returns only the commit of a branch.
const REVISION_AS_TEXT: &str = "application/vnd.github.sha";
/// The maximum length of a response with a revision, in bytes.
const MAX_REVISION: usize = 100;

/// A copy of `openapi/sources.toml`, and the request.
pub(super) struct Entry<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) name: String,
    pub(super) pin: Pin,
    pub(super) request: &'a Request,
}

impl<'a> Entry<'a> {
    /// Returns the entry of that name.
    pub(super) fn open(
        workspace: &'a Workspace,
        sources: &Sources,
        name: &str,
        request: &'a Request,
    ) -> Result<Self, Error> {
        Ok(Self { workspace, name: name.to_owned(), pin: sources.pin(name)?, request })
    }

    /// Returns the content for a sync: from the requested source, or else from the pinned one. The
    /// committed copy is used if the source must not be read, or if a pinned revision cannot be reached.
    pub(super) fn for_sync(&self) -> Result<Snapshot, Error> {
        if let Some(snapshot) = self.requested()? {
            return Ok(snapshot);
        }
        if self.request.offline {
            return self.committed();
        }
        match self.pinned() {
            Ok(Some(snapshot)) => Ok(snapshot),
            Ok(None) => self.committed(),
            Err(error) if self.is_verified_by_digest(&error) => {
                let mut snapshot = self.committed()?;
                let warning = format!("the source could not be read: {}", chain(&error));
                snapshot.warnings.push(warning);
                Ok(snapshot)
            }
            Err(error) => Err(error),
        }
    }

    /// Returns whether the committed copy is known to match a source that cannot be reached.
    pub(super) fn is_verified_by_digest(&self, error: &Error) -> bool {
        error.is_unreachable() && self.pin.is_immutable() && self.is_recorded()
    }

    /// Returns the source that the request names; `None` if it names none.
    pub(super) fn requested(&self) -> Result<Option<Snapshot>, Error> {
        let read = &self.request.read;
        if let Some(from) = &self.request.from {
            let pin = Pin { revision: None, ..self.pin.clone() };
            return match pin.format {
                Format::OpenApi => Snapshot::from_source(from, &Location::parse(from)?, &pin, read),
                Format::Protobuf => Snapshot::of_interface(from, from, &pin, read),
            }
            .map(Some);
        }
        if !self.request.latest || self.pin.location.is_none() {
            return Ok(None);
        }
        let revision = newest(&self.pin, read)?;
        let revision = revision.or_else(|| self.pin.revision.clone());
        let pin = Pin { revision, ..self.pin.clone() };
        let Some(location) = pin.location_at(pin.revision.as_deref()) else {
            return Err(Error::new("openapi/sources.toml has no URL of the newest revision")
                .with_help("add `latest`, a URL that returns the newest revision as text"));
        };
        self.read(&location, &pin).map(Some)
    }

    /// Returns the pinned source; `None` if there is none.
    pub(super) fn pinned(&self) -> Result<Option<Snapshot>, Error> {
        let pin = &self.pin;
        let Some(location) = pin.location_at(pin.revision.as_deref()) else { return Ok(None) };
        let mut snapshot = self.read(&location, pin)?;
        let is_known = snapshot.pin.source_digest == pin.source_digest;
        if pin.is_immutable() && pin.source_digest.is_some() && !is_known {
            let text = "the files of the pinned revision do not match their recorded digest";
            snapshot.warnings.push(text.to_owned());
        }
        Ok(Some(snapshot))
    }

    /// Returns the committed copy.
    pub(super) fn committed(&self) -> Result<Snapshot, Error> {
        let path = self.copy();
        let shown = self.workspace.show(&path);
        match self.pin.format {
            Format::OpenApi => Snapshot::committed(&path, shown, &self.pin),
            Format::Protobuf => Snapshot::committed_interface(&path, shown, &self.pin),
        }
    }

    /// Returns the path of the copy.
    pub(super) fn copy(&self) -> PathBuf {
        match self.pin.format {
            Format::OpenApi => self.workspace.copy(&self.name),
            Format::Protobuf => self.workspace.interface(&self.name),
        }
    }

    /// Reads a location of `sources.toml`.
    fn read(&self, location: &str, pin: &Pin) -> Result<Snapshot, Error> {
        let read = &self.request.read;
        match pin.format {
            Format::OpenApi => {
                Snapshot::from_source(location, &place(self.workspace, location)?, pin, read)
            }
            Format::Protobuf => {
                let place = folder(self.workspace, location);
                Snapshot::of_interface(location, &place, pin, read)
            }
        }
    }

    /// Returns whether the committed copy matches its recorded digest.
    pub(super) fn is_recorded(&self) -> bool {
        let text = std::fs::read_to_string(self.copy()).ok();
        self.pin.copy_digest.is_some() && text.as_deref().map(digest_of) == self.pin.copy_digest
    }

    /// Returns the README with the operations of this document; `None` if it does not exist or lists
    /// another copy.
    ///
    /// # Errors
    /// If the end mark of the list is missing.
    pub(super) fn readme(
        &self,
        prepared: &Prepared,
        generated: &Generated,
    ) -> Result<Option<String>, Error> {
        let readme = std::fs::read_to_string(self.workspace.readme()).ok();
        let readme = readme.filter(|_| self.name == API_SERVER);
        let with =
            |text: String| readme::with_operations(&text, &prepared.document, &generated.calls);
        readme.map(with).transpose()
    }

    /// Returns the prepared document of a snapshot, with the committed overlay.
    ///
    /// # Errors
    /// If the document cannot be prepared. The error contains the place in the canonical document.
    pub(super) fn prepare(&self, snapshot: &mut Snapshot) -> Result<Prepared, Error> {
        let path = self.workspace.overlay(&self.name);
        let overlay = if path.exists() { Some(Overlay::open(&path)?) } else { None };
        prepare(snapshot.document.clone(), overlay.as_ref()).map_err(|error| snapshot.locate(error))
    }

    /// Returns the manifest of the raw crate with a feature for the copy; `None` if there is no crate.
    pub(super) fn manifest(
        &self,
        changes: &Changes,
        prepared: &Prepared,
    ) -> Result<Option<(PathBuf, String)>, Error> {
        let path = self.workspace.manifest();
        let planned = changes.content(&path).map(str::to_owned);
        let Some(manifest) = planned.or_else(|| std::fs::read_to_string(&path).ok()) else {
            return Ok(None);
        };
        let title = prepared.document.pointer("/info/title").and_then(Value::as_str);
        let manifest = with_feature(&manifest, &self.name, title.unwrap_or(&self.name))
            .map_err(|error| error.in_document(self.workspace.show(&path)))?;
        Ok(Some((path, manifest)))
    }

    /// Returns the name of the module that the raw crate generates from the copy.
    pub(super) fn module(&self) -> String {
        self.name.replace('-', "_")
    }
}

/// Resolves a location of `sources.toml`: a URL, or a path relative to the root of the workspace.
pub(crate) fn place(workspace: &Workspace, location: &str) -> Result<Location, Error> {
    match location.contains("://") {
        true => Location::parse(location),
        false => Location::from_path(&workspace.root().join(location)),
    }
}

/// Resolves a folder of `sources.toml`: a URL, or a path relative to the root of the workspace.
pub(crate) fn folder(workspace: &Workspace, location: &str) -> String {
    match location.contains("://") {
        true => location.to_owned(),
        false => workspace.root().join(location).display().to_string(),
    }
}

/// Returns the newest revision, from the URL in `latest`.
pub(crate) fn newest(pin: &Pin, options: &ReadOptions) -> Result<Option<String>, Error> {
    let Some(latest) = &pin.latest else { return Ok(None) };
    let url = url::Url::parse(latest).map_err(|error| {
        Error::new("`latest` is not a URL").in_document(latest).caused_by(error)
    })?;
    let (answer, _) = Network::open(&url, options)
        .and_then(|network| network.get(&url, Some(REVISION_AS_TEXT), MAX_REVISION))
        .map_err(|error| error.in_document(latest))?;
    let revision = String::from_utf8_lossy(&answer).trim().to_owned();
    let plausible = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if revision.is_empty() || !revision.chars().all(plausible) {
        return Err(Error::new("the response is not a revision")
            .in_document(latest)
            .with_help("set `latest` to a URL that returns only the revision"));
    }
    Ok(Some(revision))
}
