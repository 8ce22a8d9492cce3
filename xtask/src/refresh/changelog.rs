//! Generates changelog entries from a drift report.
//!
//! The entries are in the section "Unreleased", one per line. A later refresh removes its entries that no
//! longer apply, and adds new ones. Entries that somebody has edited or deleted are left unchanged.

use std::collections::BTreeMap;

use crate::drift::Report;
use crate::drift::source::Delta;
use crate::drift::verdict::{Source, Wire};

/// The heading of the unreleased section.
const UNRELEASED: &str = "## Unreleased";

/// The parts of a section, in order. Breaking changes are in "Changed".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Added,
    Changed,
}

impl Part {
    fn heading(self) -> &'static str {
        match self {
            Part::Added => "### Added",
            Part::Changed => "### Changed",
        }
    }
}

/// Lines with their parts.
pub(super) type Entries = Vec<(Part, String)>;

/// Returns the entries for a report of the copy `name`.
pub(super) fn entries(report: &Report, name: &str) -> Entries {
    let module = name.replace('-', "_");
    let items = || {
        let tied = report.changes.iter().flat_map(|change| &change.source.items);
        tied.chain(&report.source_only)
    };
    let mut entries = wire(report, name);
    let by_owner = |verdict| owners(items().filter(|delta| delta.verdict == verdict), &module);
    for (owner, members) in by_owner(Source::Breaking) {
        let line = format!("- **Breaking**, `{owner}`: {}.", members.join(", "));
        entries.push((Part::Changed, line));
    }
    for (owner, members) in by_owner(Source::Additive) {
        entries.push((Part::Added, format!("- `{owner}`: {}.", members.join(", "))));
    }
    entries
}

/// Returns the entries for changes that break existing clients.
fn wire(report: &Report, name: &str) -> Entries {
    let breaking = report.changes.iter().filter(|change| change.wire.verdict == Wire::Breaking);
    let line = |what: &str, operations: &[String], why: &str| {
        let of = match operations {
            [] => String::new(),
            [one] => format!(" (`{one}`)"),
            [one, rest @ ..] => format!(" (`{one}` and {} more)", rest.len()),
        };
        format!("- **Breaking for existing clients**, {name}{of}: {what}; {why}.")
    };
    let lines = breaking.map(|change| {
        let operations = &change.location.operations;
        let shown = operations.iter().map(|operation| match &operation.id {
            Some(id) => id.clone(),
            None => format!("{} {}", operation.method, operation.path),
        });
        let shown: Vec<String> = shown.collect();
        (Part::Changed, line(&change.what, &shown, &change.wire.why))
    });
    lines.collect()
}

/// Returns the changed members by their owners, without duplicates.
fn owners<'d>(
    deltas: impl Iterator<Item = &'d Delta>,
    module: &str,
) -> BTreeMap<String, Vec<String>> {
    let mut owners: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for delta in deltas.filter(|delta| !follows(delta)) {
        // The path of an implemented trait follows a colon.
        let path = delta.item.split(": ").next().unwrap_or(&delta.item);
        let owner = path.rsplit_once("::").map_or("", |(owner, _)| owner);
        let member = delta.item[owner.len()..].trim_start_matches(':');
        let owner = match owner.strip_prefix("api_server") {
            Some(rest) => format!("ambient_sdk_ext::api_server{rest}"),
            None if owner.is_empty() => format!("ambient_sdk::{module}"),
            None => format!("ambient_sdk::{module}::{owner}"),
        };
        let member = match (&delta.before, &delta.after) {
            (Some(before), Some(after)) => format!("`{member}` ({})", changed(before, after)),
            (Some(_), None) => format!("`{member}` removed"),
            _ if delta.verdict == Source::Breaking => match &delta.note {
                Some(note) => format!("`{member}` added ({note})"),
                None => format!("`{member}` added"),
            },
            _ => format!("`{member}`"),
        };
        let members = owners.entry(owner).or_default();
        if !members.contains(&member) {
            members.push(member);
        }
    }
    owners.values_mut().for_each(|members| members.sort());
    owners
}

fn changed(before: &str, after: &str) -> String {
    format!("`{before}` → `{after}`")
}

/// Returns whether an item belongs to another listed one: the builder of a type or operation.
fn follows(delta: &Delta) -> bool {
    let is_of_type = delta.item.starts_with("types::builder::");
    let is_whole = delta.item.strip_prefix("builder::").is_some_and(|name| !name.contains("::"));
    is_of_type || is_whole
}

/// Replaces the entries of an earlier refresh in the changelog.
pub(super) fn with_entries(changelog: &str, earlier: &Entries, entries: &Entries) -> String {
    if earlier == entries {
        return changelog.to_owned();
    }
    let [before, section, after] = unreleased(changelog);
    let gone = |line: &str| {
        let is_line = |entry: &&(Part, String)| entry.1 == line;
        earlier.iter().any(|entry| is_line(&entry)) && !entries.iter().any(|entry| is_line(&entry))
    };
    let mut lines: Vec<&str> = section.lines().filter(|line| !gone(line)).collect();
    for part in [Part::Changed, Part::Added] {
        let new = entries.iter().filter(|entry| entry.0 == part && !earlier.contains(entry));
        let new: Vec<&str> = new.map(|(_, line)| line.as_str()).collect();
        let new: Vec<&str> = new.into_iter().filter(|line| !lines.contains(line)).collect();
        insert(&mut lines, part, &new);
    }
    let section = lines.join("\n");
    let gap = if after.is_empty() { "" } else { "\n" };
    format!("{before}{}\n{gap}{after}", section.trim_end())
}

/// Adds lines at the end of their part, which is created if it is missing.
fn insert<'t>(lines: &mut Vec<&'t str>, part: Part, new: &[&'t str]) {
    if new.is_empty() {
        return;
    }
    let heading = part.heading();
    let Some(at) = lines.iter().position(|line| *line == heading) else {
        let first = lines.iter().position(|line| line.starts_with("### ")).unwrap_or(lines.len());
        let at = if part == Part::Added { first } else { lines.len() };
        let gap = at == 0 || !lines[at - 1].is_empty();
        let block = gap.then_some("").into_iter().chain([heading]);
        let block: Vec<&str> = block.chain(new.iter().copied()).chain([""]).collect();
        lines.splice(at..at, block);
        return;
    };
    let rest = &lines[at + 1..];
    let end = rest.iter().position(|line| line.starts_with("### ")).unwrap_or(rest.len());
    let filled = rest[..end].iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    let at = at + 1 + filled;
    lines.splice(at..at, new.iter().copied());
}

/// Splits the changelog before, in and after the unreleased section, which is created if it is missing.
fn unreleased(changelog: &str) -> [String; 3] {
    let heading = format!("{UNRELEASED}\n");
    let whole = match changelog.contains(&heading) {
        true => changelog.to_owned(),
        // A release has renamed the section.
        false => match changelog.split_once("\n## ") {
            Some((before, released)) => format!("{before}\n{heading}\n## {released}"),
            None => format!("{}\n\n{heading}", changelog.trim_end()),
        },
    };
    let start = whole.find(&heading).map_or(whole.len(), |at| at + heading.len());
    let end = whole[start..].find("\n## ").map_or(whole.len(), |end| start + end + 1);
    [&whole[..start], &whole[start..end], &whole[end..]].map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "# Changelog\n\n## Unreleased\n\n### Added\n- By hand,\n  on two lines.\n\n### Changed\n- Else.\n\n## 0.1.0\n\n### Added\n- All.\n";

    fn entry(part: Part, line: &str) -> (Part, String) {
        (part, line.to_owned())
    }

    #[test]
    fn entries_are_added_to_their_part_and_releases_are_unchanged() {
        let entries = vec![entry(Part::Changed, "- C."), entry(Part::Added, "- A.")];
        let new = with_entries(OLD, &Vec::new(), &entries);
        let expected = OLD
            .replace("  on two lines.\n", "  on two lines.\n- A.\n")
            .replace("- Else.\n", "- Else.\n- C.\n");
        assert_eq!(new, expected);
        assert_eq!(with_entries(&new, &entries, &entries), new);
    }

    #[test]
    fn a_section_without_parts_gets_them_in_order() {
        let entries = vec![entry(Part::Changed, "- C."), entry(Part::Added, "- A.")];
        let new = with_entries("# C\n\n## Unreleased\n", &Vec::new(), &entries);
        assert_eq!(new, "# C\n\n## Unreleased\n\n### Added\n- A.\n\n### Changed\n- C.\n");
    }

    #[test]
    fn a_later_refresh_replaces_only_its_own_lines() {
        let first = vec![
            entry(Part::Added, "- A."),
            entry(Part::Added, "- B."),
            entry(Part::Added, "- C."),
        ];
        let written = with_entries(OLD, &Vec::new(), &first);
        let edited = written.replace("- B.\n", "- B, in better words.\n");
        let second = vec![
            entry(Part::Added, "- B."),
            entry(Part::Added, "- C."),
            entry(Part::Added, "- D."),
        ];
        let new = with_entries(&edited, &first, &second);
        assert!(!new.contains("- A.\n") && !new.contains("- B.\n"), "{new}");
        assert!(new.contains("- B, in better words.\n- C.\n- D.\n"), "{new}");
    }

    #[test]
    fn a_changelog_after_a_release_gets_a_section() {
        let released = OLD.replace("## Unreleased", "## 0.2.0");
        let entries = vec![entry(Part::Added, "- A.")];
        let new = with_entries(&released, &Vec::new(), &entries);
        assert!(
            new.contains("# Changelog\n\n## Unreleased\n\n### Added\n- A.\n\n## 0.2.0\n"),
            "{new}"
        );
        assert_eq!(
            with_entries("# C\n", &Vec::new(), &entries),
            "# C\n\n## Unreleased\n\n### Added\n- A.\n"
        );
        assert_eq!(with_entries(&released, &Vec::new(), &Vec::new()), released);
    }
}
