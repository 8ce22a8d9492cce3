//! The text of the pull request: a summary, the version, and the report.

use std::fmt::Write as _;

use crate::drift::Report;
use crate::drift::render::markdown;
use crate::drift::verdict::{Source, Wire};
use crate::overlay::Unmatched;

use super::version::Version;

/// The maximum number of bytes of the text. GitHub accepts 65,536 characters.
const MAX_BYTES: usize = 64_000;

/// The maximum number of overlay actions that are listed; the diff has them all.
const MAX_ACTIONS: usize = 20;

/// The old and the new version.
pub(super) struct Versions {
    /// The version of the last release, or of the base if there is none.
    pub(super) released: Version,
    /// The tag or branch of that version.
    pub(super) since: String,
    pub(super) new: Version,
    /// The source verdict of all changes since then; `None` if they could not be compared.
    pub(super) source: Option<Source>,
}

/// A copy that changed.
pub(super) struct Section {
    pub(super) name: String,
    /// The path of the copy in the repository.
    pub(super) path: String,
    /// The changes of the pull request.
    pub(super) report: Report,
    /// The overlay actions that match nothing any more.
    pub(super) stale: Vec<Unmatched>,
}

/// Formats the text for the changed copies; `output` is that of the sync.
pub(super) fn body(sections: &[Section], versions: &Versions, output: &str) -> String {
    let paths: Vec<String> = sections.iter().map(|section| format!("`{}`", section.path)).collect();
    let mut body = format!(
        "Refreshes {} from the canonical source, and all files generated from it.\n\n| | |\n|---|---|\n",
        paths.join(" and "),
    );
    for section in sections {
        let of = match sections {
            [_] => String::new(),
            _ => format!(" ({})", section.name),
        };
        let (clients, code) = (clients(&section.report), rust_code(&section.report));
        let _ = write!(
            body,
            "| **existing clients**{of} | {clients} |\n| **Rust code**{of} | {code} |\n"
        );
    }
    let _ = write!(
        body,
        "| **version** | {} |\n\n\
         `CHANGELOG.md` and the version are updated. You can add commits to this branch: the next refresh \
         keeps them and adds its own.\n",
        version(versions),
    );
    for Section { name, path, report, stale } in sections {
        if sections.len() > 1 {
            let _ = write!(body, "\n## {path}\n");
        }
        body.push_str(&removed_actions(name, stale));
        let report = markdown(report);
        let _ = write!(body, "\n{report}");
    }
    body.push_str(&details(output, MAX_BYTES.saturating_sub(body.len())));
    body
}

/// Lists the overlay actions that were removed, for a maintainer to check.
fn removed_actions(name: &str, stale: &[Unmatched]) -> String {
    if stale.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\nThese actions of `openapi/{name}.overlay.yaml` match nothing any more and were removed. If \
         something was renamed or moved, restore its action with the new target:\n\n"
    );
    for action in stale.iter().take(MAX_ACTIONS) {
        let _ = writeln!(text, "- [ ] `{}`", action.target);
        if let Some(call) = &action.by_hand {
            let _ = writeln!(
                text,
                "  - `server.{call}` is hand-written for it and must be removed too"
            );
        }
    }
    if stale.len() > MAX_ACTIONS {
        let _ = writeln!(text, "- and {} more", stale.len() - MAX_ACTIONS);
    }
    text
}

fn clients(report: &Report) -> String {
    let counted = |verdict| report.summary.wire_counts.get(&verdict).copied().unwrap_or(0);
    let breaking = counted(Wire::Breaking);
    match report.summary.wire {
        Wire::Breaking => format!("🔴 {breaking} of {} changes are breaking", report.changes.len()),
        Wire::Unknown => "🟡 unknown: the documents do not contain enough information".to_owned(),
        Wire::Compatible => "🟢 keep working".to_owned(),
        Wire::None => "⚪ not affected".to_owned(),
    }
}

fn rust_code(report: &Report) -> String {
    let counted = |verdict| report.summary.source_counts.get(&verdict).copied().unwrap_or(0);
    match report.summary.source {
        None => "🟡 could not be compared: review the copy".to_owned(),
        Some(Source::Breaking) => {
            format!("🔴 {} changes are breaking", counted(Source::Breaking))
        }
        Some(Source::Additive) => "🟢 has new items; existing code still compiles".to_owned(),
        Some(Source::Unchanged) => "⚪ not affected".to_owned(),
    }
}

fn version(versions: &Versions) -> String {
    let Versions { released, since, new, source } = versions;
    match source {
        None => {
            format!("unchanged at {new}, because Rust code could not be compared: set it by hand")
        }
        Some(source) => {
            format!("{released} (`{since}`) → {new}: {}", released.rule(*source))
        }
    }
}

/// Formats the output of the sync in whole lines, as far as they fit.
fn details(output: &str, room: usize) -> String {
    let (head, tail) =
        ("\n<details><summary>Output of the sync</summary>\n\n~~~~\n", "~~~~\n\n</details>\n");
    let mut left = room.saturating_sub(head.len() + tail.len() + "…\n".len());
    let mut kept = String::new();
    for line in output.lines() {
        if line.len() + 1 > left {
            kept.push_str("…\n");
            break;
        }
        left -= line.len() + 1;
        kept.push_str(line);
        kept.push('\n');
    }
    format!("{head}{kept}{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_of_the_sync_is_cut_at_a_line() {
        let output = "a long line\n".repeat(100);
        let text = details(&output, 300);
        assert!(text.len() <= 300 && text.contains("a long line\n…\n~~~~"), "{text}");
        assert!(details("one\n", 1000).contains("~~~~\none\n~~~~"));
    }

    #[test]
    fn the_version_has_its_reason() {
        let versions = |source| Versions {
            released: "0.1.0".parse().unwrap(),
            since: "v0.1.0".to_owned(),
            new: "0.2.0".parse().unwrap(),
            source,
        };
        let text = version(&versions(Some(Source::Breaking)));
        assert!(text.contains("0.1.0 (`v0.1.0`) → 0.2.0") && text.contains("before 1.0"), "{text}");
        assert!(version(&versions(None)).contains("by hand"));
    }
}
