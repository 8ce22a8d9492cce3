//! Where the content of a copy is taken from.

use std::path::Path;

use serde_json::Value;

use super::Request;
use crate::bundle::bundle;
use crate::error::{Error, chain};
use crate::source::{Location, Network, ReadOptions, Source, digest_of};
use crate::sources::Pin;
use crate::workspace::Workspace;
use crate::yaml;

/// The first lines of a copy that is made from a canonical document.
const HEADER: &str = "\
# Our copy of a canonical document, bundled into one file by `cargo xtask sync`.
# Not edited by hand: names, prose and types of ours are in the overlay beside it.
";

/// What makes GitHub answer with the bare commit of a branch.
const REVISION_AS_TEXT: &str = "application/vnd.github.sha";
/// Longest answer that can be a revision, in bytes.
const MAX_REVISION: usize = 100;

/// The content of a copy, and what is to be recorded about it.
pub(super) struct Copy {
    pub(super) document: Value,
    pub(super) text: String,
    pub(super) pin: Pin,
    /// Where the content was taken from, for the report.
    pub(super) origin: String,
    /// What the source announces and does not have.
    pub(super) warnings: Vec<String>,
}

/// What a sync is to write: the source that is asked for, or else the pinned one. The committed copy
/// stands in for a source that is not to be read, and for a pinned revision that cannot be reached.
pub(super) fn for_sync(
    workspace: &Workspace,
    name: &str,
    pin: &Pin,
    request: &Request,
) -> Result<Copy, Error> {
    if let Some(copy) = asked_for(workspace, pin, request)? {
        return Ok(copy);
    }
    if request.offline {
        return committed(workspace, name, pin);
    }
    match pinned(workspace, pin, &request.read) {
        Ok(Some(copy)) => Ok(copy),
        Ok(None) => committed(workspace, name, pin),
        Err(error) if goes_by_digest(workspace, name, pin, &error) => {
            let mut copy = committed(workspace, name, pin)?;
            copy.warnings.push(format!("the source could not be read: {}", chain(&error)));
            Ok(copy)
        }
        Err(error) => Err(error),
    }
}

/// Whether the committed copy is known to be what a source gives that could not be reached.
pub(super) fn goes_by_digest(workspace: &Workspace, name: &str, pin: &Pin, error: &Error) -> bool {
    error.is_unreachable() && pin.is_immutable() && is_recorded(workspace, name, pin)
}

/// The source that the request names, if it names one.
pub(super) fn asked_for(
    workspace: &Workspace,
    pin: &Pin,
    request: &Request,
) -> Result<Option<Copy>, Error> {
    if let Some(from) = &request.from {
        let pin = Pin { revision: None, ..pin.clone() };
        return from_source(from, &Location::parse(from)?, &pin, &request.read).map(Some);
    }
    if !request.latest || pin.location.is_none() {
        return Ok(None);
    }
    let revision = newest(pin, &request.read)?;
    let pin = Pin { revision: revision.or_else(|| pin.revision.clone()), ..pin.clone() };
    let Some(location) = pin.location_at(pin.revision.as_deref()) else {
        return Err(Error::new("openapi/sources.toml does not say where the newest revision is")
            .mend("add `latest`, a URL that answers with the newest revision as text"));
    };
    from_source(&location, &place(workspace, &location)?, &pin, &request.read).map(Some)
}

/// The pinned source, if there is one.
pub(super) fn pinned(
    workspace: &Workspace,
    pin: &Pin,
    options: &ReadOptions,
) -> Result<Option<Copy>, Error> {
    let Some(location) = pin.location_at(pin.revision.as_deref()) else { return Ok(None) };
    let place = place(workspace, &location)?;
    let mut copy = from_source(&location, &place, pin, options)?;
    if pin.is_immutable() && pin.source_digest.is_some() && !has_source_of(&copy, pin) {
        let text = "the files of the pinned revision are not those that were recorded";
        copy.warnings.push(text.to_owned());
    }
    Ok(Some(copy))
}

/// Where a location of `sources.toml` is: a URL, or a path from the root of the workspace.
pub(crate) fn place(workspace: &Workspace, location: &str) -> Result<Location, Error> {
    match location.contains("://") {
        true => Location::parse(location),
        false => Location::from_path(&workspace.root().join(location)),
    }
}

/// Whether the copy was made of the files that are recorded.
pub(super) fn has_source_of(copy: &Copy, pin: &Pin) -> bool {
    copy.pin.source_digest == pin.source_digest
}

/// The copy as it is committed.
pub(super) fn committed(workspace: &Workspace, name: &str, pin: &Pin) -> Result<Copy, Error> {
    let path = workspace.copy(name);
    let root = Source::open(&Location::from_path(&path)?, ReadOptions::default())?.root();
    let pin = Pin { copy_digest: Some(digest_of(&root.text)), ..pin.clone() };
    Ok(Copy {
        document: root.value.clone(),
        text: root.text.clone(),
        pin,
        origin: format!("prepared from the committed copy {}", workspace.show(&path)),
        warnings: Vec::new(),
    })
}

/// Whether the committed copy is the one whose digest is recorded.
pub(super) fn is_recorded(workspace: &Workspace, name: &str, pin: &Pin) -> bool {
    let text = std::fs::read_to_string(workspace.copy(name)).ok();
    pin.copy_digest.is_some() && text.as_deref().map(digest_of) == pin.copy_digest
}

fn from_source(
    shown: &str,
    location: &Location,
    pin: &Pin,
    options: &ReadOptions,
) -> Result<Copy, Error> {
    let bundle = bundle(location, options)?;
    let text = format!("{HEADER}{}", yaml::write(&bundle.document)?);
    let pin = Pin {
        source_digest: Some(bundle.digest),
        copy_digest: Some(digest_of(&text)),
        ..pin.clone()
    };
    let files = bundle.files;
    let origin = format!("read {shown} ({files} {})", if files == 1 { "file" } else { "files" });
    Ok(Copy { document: bundle.document, text, pin, origin, warnings: bundle.warnings })
}

/// The newest revision, asked from the URL in `latest`.
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
        return Err(Error::new("the answer is not a revision")
            .in_document(latest)
            .mend("let `latest` answer with the revision and nothing else"));
    }
    Ok(Some(revision))
}

/// Whether a path is one of the files that a copy named `name` is made of.
pub(super) fn belongs_to(path: &Path, name: &str) -> bool {
    let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
    [".yaml", ".overlay.yaml", ".json"].iter().any(|end| file.strip_suffix(end) == Some(name))
}
