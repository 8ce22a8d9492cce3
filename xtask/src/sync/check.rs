//! Tells whether the committed files are what their sources give; writes nothing.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::read::{self, Copy};
use super::{Outcome, Request, prepare_copy, say};
use crate::error::{Error, chain};
use crate::prepare::to_text;
use crate::sources::{Pin, Sources};
use crate::workspace::Workspace;

/// Compares every chosen copy with its source, and every prepared document with its copy.
///
/// Without the network, a copy is held against the digest that was recorded when it was made, and the
/// report says so. What cannot be read is reported, and ends nothing.
pub fn check(
    workspace: &Workspace,
    request: &Request,
    out: &mut dyn Write,
) -> Result<Outcome, Error> {
    let sources = Sources::open(&workspace.sources())?;
    let mut report = Report { out, outcome: Outcome::InSync };
    for name in request.chosen(&sources)? {
        let pin = sources.pin(&name)?;
        let path = workspace.copy(&name);
        if !path.exists() {
            report.drift(format_args!("{name}: {} is missing", workspace.show(&path)))?;
            continue;
        }
        let compared = check_copy(workspace, &name, &pin, request, &mut report);
        report.unless_done(&name, compared)?;
        let prepared = check_prepared(workspace, &name, &pin, &mut report);
        report.unless_done(&name, prepared)?;
    }
    check_strangers(workspace, &sources, &mut report)?;
    check_tracked(workspace, &mut report)?;
    Ok(report.outcome)
}

struct Report<'a> {
    out: &'a mut dyn Write,
    outcome: Outcome,
}

impl Report<'_> {
    fn fine(&mut self, line: std::fmt::Arguments<'_>) -> Result<(), Error> {
        say(self.out, line)
    }

    fn unknown(&mut self, line: std::fmt::Arguments<'_>) -> Result<(), Error> {
        self.outcome = self.outcome.max(Outcome::Unknown);
        say(self.out, format_args!("could not tell: {line}"))
    }

    /// Reports why a part of the check could not be done.
    fn unless_done(&mut self, name: &str, part: Result<(), Error>) -> Result<(), Error> {
        match part {
            Ok(()) => Ok(()),
            Err(error) => self.unknown(format_args!("{name}: {}", chain(&error))),
        }
    }

    fn drift(&mut self, line: std::fmt::Arguments<'_>) -> Result<(), Error> {
        self.outcome = self.outcome.max(Outcome::Drift);
        say(self.out, format_args!("drift: {line}"))
    }
}

fn check_copy(
    workspace: &Workspace,
    name: &str,
    pin: &Pin,
    request: &Request,
    report: &mut Report<'_>,
) -> Result<(), Error> {
    if let Some(source) = read::asked_for(workspace, pin, request)? {
        return compare(workspace, name, &source, request, report).map(drop);
    }
    let recorded = read::is_recorded(workspace, name, pin);
    if pin.copy_digest.is_none() {
        report.unknown(format_args!(
            "{name}: no digest of the copy is recorded; run `cargo xtask sync`"
        ))?;
    } else if !recorded {
        report.drift(format_args!("{name}: the copy is not the one that was recorded"))?;
    }
    if pin.location.is_none() {
        return report.fine(format_args!("{name}: written here, no source to compare with"));
    }
    if request.offline {
        return report
            .fine(format_args!("{name}: source not read (--offline); went by the digest"));
    }
    match read::pinned(workspace, pin, &request.read) {
        Ok(Some(source)) => {
            let same = compare(workspace, name, &source, request, report)?;
            if same && !read::has_source_of(&source, pin) {
                report.drift(format_args!(
                    "{name}: the source is not the one that was recorded; run `cargo xtask sync`"
                ))?;
            }
            Ok(())
        }
        Ok(None) => report.unknown(format_args!(
            "{name}: no revision is pinned; pin one with `cargo xtask sync {name} --latest`, or \
             compare with --latest or --from"
        )),
        Err(error) if read::goes_by_digest(workspace, name, pin, &error) => {
            report.fine(format_args!(
                "{name}: the source could not be read, went by the digest: {}",
                chain(&error)
            ))
        }
        Err(error) => Err(error),
    }
}

/// Whether the committed copy is what the source gives.
fn compare(
    workspace: &Workspace,
    name: &str,
    source: &Copy,
    request: &Request,
    report: &mut Report<'_>,
) -> Result<bool, Error> {
    for warning in &source.warnings {
        report.fine(format_args!("{name}: warning: {warning}"))?;
    }
    let path = workspace.copy(name);
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let same = committed == source.text;
    if same {
        report.fine(format_args!("{name}: {}: the copy is up to date", source.origin))?;
    } else {
        let line = first_difference(&committed, &source.text);
        report.drift(format_args!(
            "{name}: {}: {} differs from line {line} on; run `{}`",
            source.origin,
            workspace.show(&path),
            request.refresh(name)
        ))?;
    }
    Ok(same)
}

fn check_prepared(
    workspace: &Workspace,
    name: &str,
    pin: &Pin,
    report: &mut Report<'_>,
) -> Result<(), Error> {
    let copy = read::committed(workspace, name, pin)?;
    let prepared = prepare_copy(workspace, name, copy.document, &copy.text)?;
    for action in &prepared.unmatched {
        report.drift(format_args!("{name}: {action}"))?;
    }
    let path = workspace.prepared(name);
    let shown = workspace.show(&path);
    let expected = to_text(&prepared.document);
    match fs::read_to_string(&path) {
        Ok(text) if text == expected => {
            report.fine(format_args!("{name}: {shown} is what copy and overlay give"))
        }
        Ok(text) => report.drift(format_args!(
            "{name}: {shown} differs from line {} on; run `cargo xtask sync`",
            first_difference(&text, &expected)
        )),
        Err(_) => report.drift(format_args!("{name}: {shown} is missing; run `cargo xtask sync`")),
    }
}

/// Files that no copy accounts for.
fn check_strangers(
    workspace: &Workspace,
    sources: &Sources,
    report: &mut Report<'_>,
) -> Result<(), Error> {
    let names = sources.names();
    for path in documents_in(&[workspace.copies(), workspace.prepared_folder()]) {
        if !names.iter().any(|name| read::belongs_to(&path, name)) {
            report.drift(format_args!(
                "{} belongs to no copy in openapi/sources.toml",
                workspace.show(&path)
            ))?;
        }
    }
    Ok(())
}

fn documents_in(folders: &[PathBuf]) -> BTreeSet<PathBuf> {
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|e| end == *e))
        })
        .collect()
}

/// Files that git does not know: a fresh clone would not have them.
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
            .fine(format_args!("not in a git repository: untracked files were not looked for"));
    };
    for path in String::from_utf8_lossy(&listing.stdout).lines() {
        let path = workspace.show(Path::new(path));
        report.drift(format_args!("{path} is not tracked by git; add it"))?;
    }
    Ok(())
}

/// The first line, from 1, in which two texts differ.
fn first_difference(a: &str, b: &str) -> usize {
    a.lines().zip(b.lines()).take_while(|(a, b)| a == b).count() + 1
}
