//! `cargo xtask refresh`: a sync, and the changelog, version and text of its pull request.
//!
//! The workflow `spec-drift.yml` runs it, and it can be run by hand. Changelog and version follow from all
//! changes since the last release, so that repeated runs have the same result.

mod body;
mod changelog;
mod overlay;
mod state;
mod version;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::drift::verdict::Source;
use crate::drift::{Report, compare, input, interface};
use crate::error::Error;
use crate::files::Changes;
use crate::git;
use crate::overlay::{Overlay, Unmatched};
use crate::source::ReadOptions;
use crate::sync::{self, Outcome};
use crate::workspace::Workspace;
use body::{Section, Versions};
use changelog::Entries;
use state::{Copy, State};
use version::Version;

/// The copies to refresh, and the options.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The names of the copies; all copies with a source if empty.
    pub names: Vec<String>,
    /// The path or URL of a source to read instead of the newest one.
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

/// Syncs copies, and prepares changelog, version and the text of the pull request.
///
/// # Errors
/// If a copy can't be synced or a file can't be written. All changes are undone.
pub fn refresh(
    workspace: &Workspace,
    request: &Request,
    out: &mut dyn Write,
) -> Result<Outcome, Error> {
    let copies = Copy::all(workspace, &request.names)?;
    let since = git::newest_release(workspace.root())?.unwrap_or_else(|| request.base.clone());
    let refresh = Refresh { workspace, request, copies, since };
    let before = State::read(workspace, &refresh.copies);
    let earlier = entries(&refresh.since_release()?);
    let output = refresh.sync()?;
    print(out, &output)?;
    let now = State::read(workspace, &refresh.copies);
    let changed = now.changed(&before, workspace, &refresh.copies);
    if changed.is_empty() {
        // Every commit of the canonical repository moves the pin, even without changes of the document.
        before.restore_one(&workspace.sources());
        print(out, "no changes: nothing to refresh\n")?;
        return Ok(Outcome::InSync);
    }
    let prepared = refresh.prepare(&changed, &earlier, &output);
    let (changes, body) = prepared.inspect_err(|_| before.restore())?;
    for path in changes.paths() {
        print(out, &format!("wrote {}\n", workspace.show(path)))?;
    }
    let proof = || if request.build { sync::prove(workspace) } else { Ok(()) };
    changes.commit_if(proof).inspect_err(|_| before.restore())?;
    match &request.body {
        Some(path) => write(path, &body),
        None => print(out, &format!("\n{body}")),
    }?;
    Ok(Outcome::InSync)
}

/// A refresh in progress.
struct Refresh<'a> {
    workspace: &'a Workspace,
    request: &'a Request,
    copies: Vec<Copy>,
    /// The newest release; the base if there is none.
    since: String,
}

impl Refresh<'_> {
    /// Runs the sync, and returns its output.
    fn sync(&self) -> Result<String, Error> {
        let sync = sync::Request {
            names: self.copies.iter().map(|copy| copy.name.clone()).collect(),
            from: self.request.from.clone(),
            latest: self.request.from.is_none(),
            read: self.request.read.clone(),
            ..sync::Request::default()
        };
        let mut output = Vec::new();
        sync::sync(self.workspace, &sync, &mut output)?;
        Ok(String::from_utf8_lossy(&output).into_owned())
    }

    /// Compares the copies with the last release. The report is missing for a copy that the release does
    /// not have: the changelog describes it as a whole.
    fn since_release(&self) -> Result<Vec<(&Copy, Option<Report>)>, Error> {
        let mut reports = Vec::new();
        for copy in &self.copies {
            let path = self.workspace.show(&copy.path);
            let is_new = git::show(self.workspace.root(), &self.since, &path).is_err();
            let report = if is_new { None } else { Some(self.report(copy, &self.since)?) };
            reports.push((copy, report));
        }
        Ok(reports)
    }

    /// Compares a copy at a git revision with the current one.
    fn report(&self, copy: &Copy, since: &str) -> Result<Report, Error> {
        let request = input::Request {
            base: format!("{}@{since}", copy.name),
            revision: Some(copy.name.clone()),
            ..input::Request::default()
        };
        if let Some(report) = interface::report(Some(self.workspace), &request)? {
            return Ok(report);
        }
        let sides = input::read(Some(self.workspace), &request)?;
        Ok(compare(&sides.base, &sides.revision))
    }

    /// Returns whether a copy belongs to the pull request: it has changed now, or in an earlier run.
    fn is_changed(&self, copy: &Copy, now: &[Copy]) -> bool {
        let path = self.workspace.show(&copy.path);
        let base = git::show(self.workspace.root(), &self.request.base, &path).ok();
        base != fs::read_to_string(&copy.path).ok() || now.iter().any(|one| one.name == copy.name)
    }

    /// Plans changelog, version and overlays, and returns them with the text of the pull request.
    fn prepare(
        &self,
        changed: &[Copy],
        earlier: &Entries,
        output: &str,
    ) -> Result<(Changes, String), Error> {
        let workspace = self.workspace;
        let mut since_release = self.since_release()?;
        let mut changes = Changes::default();
        let path = changelog_of(workspace);
        let changelog = read(&path)?;
        let changelog = changelog::with_entries(&changelog, earlier, &entries(&since_release));
        changes.plan(path, changelog);
        let released = git::show(workspace.root(), &self.since, "Cargo.toml")?;
        let released = version::of_workspace(&released)?;
        let source = worst(&since_release);
        let new =
            plan_version(workspace, &mut changes, source.map(|source| released.after(source)))?;
        let versions = Versions { released, since: self.since.clone(), new, source };
        let mut sections = Vec::new();
        for copy in self.copies.iter().filter(|copy| self.is_changed(copy, changed)) {
            let stale = overlay::stale(workspace, &copy.name)?;
            plan_overlay(workspace, &copy.name, &stale, &mut changes)?;
            let known = since_release.iter_mut().find(|(one, _)| one.name == copy.name);
            let known = known.filter(|_| self.since == self.request.base);
            let report = match known.and_then(|(_, report)| report.take()) {
                Some(report) => report,
                None => self.report(copy, &self.request.base)?,
            };
            let path = workspace.show(&copy.path);
            sections.push(Section { name: copy.name.clone(), path, report, stale });
        }
        Ok((changes, body::body(&sections, &versions, output)))
    }
}

/// Returns the changelog entries for the changes since a release.
fn entries(since_release: &[(&Copy, Option<Report>)]) -> Entries {
    let known = since_release.iter().filter_map(|(copy, report)| Some((copy, report.as_ref()?)));
    known.flat_map(|(copy, report)| changelog::entries(report, &copy.name)).collect()
}

/// Returns the effect of all changes on Rust code; `None` if some could not be compared.
fn worst(since_release: &[(&Copy, Option<Report>)]) -> Option<Source> {
    let sources = since_release.iter().map(|(_, report)| match report {
        Some(report) => report.summary.source,
        None => Some(Source::Additive),
    });
    sources.into_iter().try_fold(Source::Unchanged, |worst, source| Some(worst.max(source?)))
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

fn print(out: &mut dyn Write, text: &str) -> Result<(), Error> {
    out.write_all(text.as_bytes())
        .map_err(|error| Error::new("the report cannot be written").caused_by(error))
}
