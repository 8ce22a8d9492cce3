//! `cargo xtask refresh`: a sync, and the changelog, version and text of its pull request.
//!
//! The workflow `spec-drift.yml` runs it, and it can be run by hand. Changelog and version follow from all
//! changes since the last release, so that repeated runs give the same result.

mod body;
mod changelog;
mod overlay;
mod version;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::drift::{Report, compare, input};
use crate::error::Error;
use crate::files::Changes;
use crate::git;
use crate::overlay::{Overlay, Unmatched};
use crate::source::ReadOptions;
use crate::sync::{self, Outcome};
use crate::workspace::Workspace;
use body::Versions;
use changelog::Entries;
use version::Version;

/// The copy to refresh, and its options.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The name of the copy.
    pub name: String,
    /// The path or URL of a document to read instead of the newest one.
    pub from: Option<String>,
    /// The git revision that the pull request targets.
    pub base: String,
    /// The file for the text of the pull request; `None` to print it. Without changes there is no text.
    pub body: Option<PathBuf>,
    /// Compile the libraries, and undo all changes if they don't compile.
    pub build: bool,
    /// The limits for reading sources.
    pub read: ReadOptions,
}

/// Syncs a copy, and prepares changelog, version and the text of the pull request.
///
/// # Errors
/// If the copy can't be synced or a file can't be written. All changes are undone.
pub fn refresh(
    workspace: &Workspace,
    request: &Request,
    out: &mut dyn Write,
) -> Result<Outcome, Error> {
    let name = &request.name;
    let before = State::read(workspace, name)?;
    let since = git::newest_release(workspace.root())?.unwrap_or_else(|| request.base.clone());
    let earlier = changelog::entries(&report(workspace, request, &since)?, name);
    let output = synced(workspace, request)?;
    say(out, &output)?;
    if State::read(workspace, name)?.is_same(&before) {
        // Every commit of the canonical repository moves the pin, even without changes of the document.
        write(&workspace.sources(), &before.sources)?;
        say(out, "no changes: nothing to refresh\n")?;
        return Ok(Outcome::InSync);
    }
    let prepared = prepare(workspace, request, &before, &since, &earlier, &output);
    let (changes, body) = prepared.inspect_err(|_| before.restore(workspace, name))?;
    for path in changes.paths() {
        say(out, &format!("wrote {}\n", workspace.show(path)))?;
    }
    let proof = || if request.build { sync::prove(workspace) } else { Ok(()) };
    changes.commit_if(proof).inspect_err(|_| before.restore(workspace, name))?;
    match &request.body {
        Some(path) => write(path, &body),
        None => say(out, &format!("\n{body}")),
    }?;
    Ok(Outcome::InSync)
}

/// Plans changelog and version, and returns them with the text of the pull request.
fn prepare(
    workspace: &Workspace,
    request: &Request,
    before: &State,
    since: &str,
    earlier: &Entries,
    output: &str,
) -> Result<(Changes, String), Error> {
    let name = &request.name;
    let since_release = report(workspace, request, since)?;
    let entries = changelog::entries(&since_release, name);
    let mut changes = Changes::default();
    let changelog = changelog::with_entries(&before.changelog, earlier, &entries);
    changes.plan(changelog_of(workspace), changelog);
    let released = version::of_workspace(&git::show(workspace.root(), since, "Cargo.toml")?)?;
    let source = since_release.summary.source;
    let new = plan_version(workspace, &mut changes, source.map(|source| released.after(source)))?;
    let versions = Versions { released, since: since.to_owned(), new, source };
    let stale = overlay::stale(workspace, name)?;
    plan_overlay(workspace, name, &stale, &mut changes)?;
    let own = match since == request.base {
        true => since_release,
        false => report(workspace, request, &request.base)?,
    };
    Ok((changes, body::body(name, &own, &versions, &stale, output)))
}

/// Plans the overlay without the actions that match nothing.
fn plan_overlay(
    workspace: &Workspace,
    name: &str,
    stale: &[Unmatched],
    changes: &mut Changes,
) -> Result<(), Error> {
    if stale.is_empty() {
        return Ok(());
    }
    let path = workspace.overlay(name);
    let lines: Vec<u64> = stale.iter().filter_map(|action| action.line).collect();
    let text = overlay::without(&read(&path)?, &lines);
    // An overlay without actions is invalid, so the file is left unchanged for a maintainer to delete.
    if Overlay::parse(&text, &workspace.show(&path)).is_ok() {
        changes.plan(path, text);
    }
    Ok(())
}

/// Raises the version to at least `least`, and returns the version of the workspace.
fn plan_version(
    workspace: &Workspace,
    changes: &mut Changes,
    least: Option<Version>,
) -> Result<Version, Error> {
    let root = workspace.root();
    let manifest = read(&root.join("Cargo.toml"))?;
    let old = version::of_workspace(&manifest)?;
    let Some(new) = least.filter(|least| *least > old) else { return Ok(old) };
    changes.plan(root.join("Cargo.toml"), version::in_manifest(&manifest, old, new)?);
    let lock = root.join("Cargo.lock");
    if lock.exists() {
        changes.plan(lock.clone(), version::in_lock(&read(&lock)?, old, new)?);
    }
    let readme = workspace.readme();
    if readme.exists() {
        let text = version::in_readme(&read(&readme)?, &manifest, old, new);
        changes.plan(readme, text);
    }
    Ok(new)
}

/// The contents of the files that a sync writes, to compare and restore them, and of the changelog.
struct State {
    copy: Option<String>,
    prepared: Option<String>,
    sources: String,
    readme: Option<String>,
    manifest: Option<String>,
    changelog: String,
}

impl State {
    fn read(workspace: &Workspace, name: &str) -> Result<Self, Error> {
        let maybe = |path: PathBuf| fs::read_to_string(path).ok();
        Ok(Self {
            copy: maybe(workspace.copy(name)),
            prepared: maybe(workspace.prepared(name)),
            sources: read(&workspace.sources())?,
            readme: maybe(workspace.readme()),
            manifest: maybe(workspace.manifest()),
            changelog: read(&changelog_of(workspace))?,
        })
    }

    fn is_same(&self, other: &Self) -> bool {
        (&self.copy, &self.prepared, &self.readme) == (&other.copy, &other.prepared, &other.readme)
    }

    /// Restores the files. Failures are ignored: the error that caused this is reported.
    fn restore(&self, workspace: &Workspace, name: &str) {
        let files = [
            (workspace.copy(name), self.copy.as_ref()),
            (workspace.prepared(name), self.prepared.as_ref()),
            (workspace.sources(), Some(&self.sources)),
            (workspace.readme(), self.readme.as_ref()),
            (workspace.manifest(), self.manifest.as_ref()),
        ];
        for (path, text) in files {
            let _ = match text {
                Some(text) => fs::write(path, text),
                None => fs::remove_file(path),
            };
        }
    }
}

/// Runs the sync, and returns its output.
fn synced(workspace: &Workspace, request: &Request) -> Result<String, Error> {
    let sync = sync::Request {
        names: vec![request.name.clone()],
        from: request.from.clone(),
        latest: request.from.is_none(),
        read: request.read.clone(),
        ..sync::Request::default()
    };
    let mut output = Vec::new();
    sync::sync(workspace, &sync, &mut output)?;
    Ok(String::from_utf8_lossy(&output).into_owned())
}

/// Compares the copy at a git revision with the current copy.
fn report(workspace: &Workspace, request: &Request, since: &str) -> Result<Report, Error> {
    let request = input::Request {
        base: format!("{}@{since}", request.name),
        revision: Some(request.name.clone()),
        ..input::Request::default()
    };
    let sides = input::read(Some(workspace), &request)?;
    Ok(compare(&sides.base, &sides.revision))
}

fn changelog_of(workspace: &Workspace) -> PathBuf {
    workspace.root().join("CHANGELOG.md")
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|error| {
        Error::new("the file cannot be read")
            .in_document(path.display().to_string())
            .with_help("run the command inside the repository")
            .caused_by(error)
    })
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(|error| {
        Error::new("the file cannot be written")
            .in_document(path.display().to_string())
            .with_help("check the path and the permissions")
            .caused_by(error)
    })
}

fn say(out: &mut dyn Write, text: &str) -> Result<(), Error> {
    out.write_all(text.as_bytes())
        .map_err(|error| Error::new("the report cannot be written").caused_by(error))
}
