//! Compares the committed files with their sources, without writing.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::entry::Entry;
use super::snapshot::Snapshot;
use super::{Outcome, Request, print, proof, rules};
use crate::error::{Error, chain};
use crate::files::Changes;
use crate::prepare::to_text;
use crate::sources::{Format, Sources};
use crate::workspace::Workspace;

/// Compares every selected copy with its source, and every prepared document with its copy.
///
/// Without the network, a copy is compared with its recorded digest, and the report states this. A
/// source that cannot be read is reported, and the check continues.
pub fn check(
    workspace: &Workspace,
    request: &Request,
    out: &mut dyn Write,
) -> Result<Outcome, Error> {
    let sources = Sources::open(&workspace.sources())?;
    let mut report = Report { out, outcome: Outcome::InSync };
    for name in request.chosen(&sources)? {
        let entry = Entry::open(workspace, &sources, &name, request)?;
        let path = entry.copy();
        if !path.exists() {
            report.drift(format_args!("{name}: {} is missing", workspace.show(&path)))?;
            continue;
        }
        let compared = check_copy(&entry, &mut report);
        report.record_failure(&name, compared)?;
        let prepared = check_prepared(&entry, &mut report);
        report.record_failure(&name, prepared)?;
    }
    let compared = check_rules(workspace, &sources, &mut report);
    report.record_failure("the rules", compared)?;
    check_unknown_files(workspace, &sources, &mut report)?;
    check_tracked(workspace, &mut report)?;
    Ok(report.outcome)
}

struct Report<'a> {
    out: &'a mut dyn Write,
    outcome: Outcome,
}

impl Report<'_> {
    fn fine(&mut self, line: std::fmt::Arguments<'_>) -> Result<(), Error> {
        print(self.out, line)
    }

    fn unknown(&mut self, line: std::fmt::Arguments<'_>) -> Result<(), Error> {
        self.outcome = self.outcome.max(Outcome::Unknown);
        print(self.out, format_args!("unknown: {line}"))
    }

    /// Reports why a part of the check failed.
    fn record_failure(&mut self, name: &str, part: Result<(), Error>) -> Result<(), Error> {
        match part {
            Ok(()) => Ok(()),
            Err(error) => self.unknown(format_args!("{name}: {}", chain(&error))),
        }
    }

    fn drift(&mut self, line: std::fmt::Arguments<'_>) -> Result<(), Error> {
        self.outcome = self.outcome.max(Outcome::Drift);
        print(self.out, format_args!("drift: {line}"))
    }
}

fn check_copy(entry: &Entry<'_>, report: &mut Report<'_>) -> Result<(), Error> {
    let name = &entry.name;
    if let Some(source) = entry.requested()? {
        return compare(entry, &source, report).map(drop);
    }
    if entry.pin.copy_digest.is_none() {
        report.unknown(format_args!(
            "{name}: no digest of the copy is recorded; run `cargo xtask sync`"
        ))?;
    } else if !entry.is_recorded() {
        report.drift(format_args!("{name}: the copy does not match its recorded digest"))?;
    }
    if entry.pin.location.is_none() {
        return report.fine(format_args!("{name}: edited by hand, no source to compare with"));
    }
    if entry.request.offline {
        return report
            .fine(format_args!("{name}: source not read (--offline); compared the digest"));
    }
    check_pinned(entry, report)
}

fn check_pinned(entry: &Entry<'_>, report: &mut Report<'_>) -> Result<(), Error> {
    let name = &entry.name;
    match entry.pinned() {
        Ok(Some(source)) => {
            let same = compare(entry, &source, report)?;
            if same && source.pin.source_digest != entry.pin.source_digest {
                report.drift(format_args!(
                    "{name}: the source does not match its recorded digest; run `cargo xtask sync`"
                ))?;
            }
            Ok(())
        }
        Ok(None) => report.unknown(format_args!(
            "{name}: no revision is pinned; pin one with `cargo xtask sync {name} --latest`, or \
             compare with --latest or --from"
        )),
        Err(error) if entry.is_verified_by_digest(&error) => report.fine(format_args!(
            "{name}: the source could not be read, compared the digest: {}",
            chain(&error)
        )),
        Err(error) => Err(error),
    }
}

/// Returns whether the committed copy matches its source.
fn compare(entry: &Entry<'_>, source: &Snapshot, report: &mut Report<'_>) -> Result<bool, Error> {
    let (workspace, name) = (entry.workspace, &entry.name);
    for warning in &source.warnings {
        report.fine(format_args!("{name}: warning: {warning}"))?;
    }
    let path = entry.copy();
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let same = committed == source.text;
    if same {
        report.fine(format_args!("{name}: {}: the copy is up to date", source.shown))?;
    } else {
        let line = first_difference(&committed, &source.text);
        report.drift(format_args!(
            "{name}: {}: {} differs from line {line} on; run `{}`",
            source.shown,
            workspace.show(&path),
            entry.request.refresh(name)
        ))?;
    }
    Ok(same)
}

fn check_prepared(entry: &Entry<'_>, report: &mut Report<'_>) -> Result<(), Error> {
    let (workspace, name) = (entry.workspace, &entry.name);
    let mut snapshot = entry.committed()?;
    if entry.pin.format == Format::Protobuf {
        let path = workspace.built_interface(name);
        return check_generated(name, workspace, &path, &snapshot.text, "the copy", report);
    }
    let prepared = entry.prepare(&mut snapshot)?;
    let generated = proof::generate(entry, &mut snapshot, &prepared)?;
    let readme = entry.readme(&prepared, &generated)?;
    if readme.is_some_and(|text| fs::read_to_string(workspace.readme()).ok() != Some(text)) {
        report.drift(format_args!(
            "{name}: the operations in README.md are outdated; run `cargo xtask sync`"
        ))?;
    }
    let manifest = entry.manifest(&Changes::default(), &prepared)?;
    if manifest.is_some_and(|(path, text)| fs::read_to_string(path).is_ok_and(|old| old != text)) {
        report.drift(format_args!(
            "{name}: ambient-sdk/Cargo.toml has no feature for it; run `cargo xtask sync`"
        ))?;
    }
    // An action without a match has no effect, and must not block a refresh.
    for action in &prepared.unmatched {
        report.fine(format_args!("{name}: warning: {action}"))?;
    }
    let expected = to_text(&prepared.document);
    let path = workspace.prepared(name);
    check_generated(name, workspace, &path, &expected, "copy and overlay", report)
}

/// Compares a file that is generated from a copy with its expected content.
fn check_generated(
    name: &str,
    workspace: &Workspace,
    path: &Path,
    expected: &str,
    source: &str,
    report: &mut Report<'_>,
) -> Result<(), Error> {
    let shown = workspace.show(path);
    match fs::read_to_string(path) {
        Ok(text) if text == expected => {
            report.fine(format_args!("{name}: {shown} matches {source}"))
        }
        Ok(text) => report.drift(format_args!(
            "{name}: {shown} differs from line {} on; run `cargo xtask sync`",
            first_difference(&text, expected)
        )),
        Err(_) => report.drift(format_args!("{name}: {shown} is missing; run `cargo xtask sync`")),
    }
}

/// Compares the table of rules in the README of the copies.
fn check_rules(
    workspace: &Workspace,
    sources: &Sources,
    report: &mut Report<'_>,
) -> Result<(), Error> {
    let readme = rules::readme(workspace, sources, &Changes::default())?;
    let path = workspace.copies_readme();
    match readme.is_some_and(|text| fs::read_to_string(&path).ok() != Some(text)) {
        true => report.drift(format_args!(
            "{} lists other rules; run `cargo xtask sync`",
            workspace.show(&path)
        )),
        false => Ok(()),
    }
}

/// Reports the files that belong to no copy.
fn check_unknown_files(
    workspace: &Workspace,
    sources: &Sources,
    report: &mut Report<'_>,
) -> Result<(), Error> {
    let names = sources.names();
    let mut folders = vec![workspace.copies(), workspace.prepared_folder()];
    let mut interfaces = Vec::new();
    for name in &names {
        if sources.pin(name)?.format == Format::Protobuf {
            let copy = workspace.interface(name);
            folders.extend(copy.parent().map(Path::to_owned));
            interfaces.extend([copy, workspace.built_interface(name)]);
        }
    }
    for path in documents_in(&folders) {
        let is_document = || names.iter().any(|name| belongs_to(&path, name));
        if !interfaces.contains(&path) && !is_document() {
            report.drift(format_args!(
                "{} belongs to no copy in openapi/sources.toml",
                workspace.show(&path)
            ))?;
        }
    }
    Ok(())
}

/// Returns whether a path is one of the files of the copy of that name.
fn belongs_to(path: &Path, name: &str) -> bool {
    let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
    [".yaml", ".overlay.yaml", ".json"].iter().any(|end| file.strip_suffix(end) == Some(name))
}

fn documents_in(folders: &[PathBuf]) -> BTreeSet<PathBuf> {
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|end| ["yaml", "yml", "json", "proto"].iter().any(|e| end == *e))
        })
        .collect()
}

/// Reports the files that git does not track: a fresh clone would not contain them.
fn check_tracked(workspace: &Workspace, report: &mut Report<'_>) -> Result<(), Error> {
    let folders = [workspace.copies(), workspace.prepared_folder()];
    let listing = Command::new("git")
        .arg("-C")
        .arg(workspace.root())
        .args(["ls-files", "--others", "--"])
        .args(folders.iter().filter(|folder| folder.exists()))
        .output();
    let Some(listing) = listing.ok().filter(|listing| listing.status.success()) else {
        return report
            .fine(format_args!("not in a git repository: untracked files were not checked"));
    };
    for path in String::from_utf8_lossy(&listing.stdout).lines() {
        let path = workspace.show(Path::new(path));
        report.drift(format_args!("{path} is not tracked by git; add it"))?;
    }
    Ok(())
}

/// Returns the first line, from 1, that differs between two texts.
fn first_difference(a: &str, b: &str) -> usize {
    a.lines().zip(b.lines()).take_while(|(a, b)| a == b).count() + 1
}
