//! The text of the pull request: what changes for whom, the version, and the report.

use std::fmt::Write as _;

use crate::drift::Report;
use crate::drift::render::markdown;
use crate::drift::verdict::{Source, Wire};
use crate::overlay::UNMATCHED;

use super::version::Version;

/// Most bytes of a text on GitHub, which holds 65,536 characters.
const MOST: usize = 64_000;

/// What the version is, and what it comes to be.
pub(super) struct Versions {
    /// Of the last release, or of the base where there is none.
    pub(super) released: Version,
    /// What it is compared with: a tag or a branch.
    pub(super) since: String,
    pub(super) new: Version,
    /// What everything since then does to Rust code; none if it could not be compared.
    pub(super) source: Option<Source>,
}

/// The text for a change of the copy of that name; `said` is what the sync reported.
pub(super) fn body(name: &str, report: &Report, versions: &Versions, said: &str) -> String {
    let mut body = format!(
        "Refreshes `openapi/{name}.yaml` from its canonical document, and everything that is made from it.\n\n\
         | | |\n|---|---|\n| **programs in use** | {} |\n| **Rust callers** | {} |\n| **version** | {} |\n\n\
         `CHANGELOG.md` and the version are prepared. Commits that you add to this branch stay: the next \
         refresh adds one of its own.\n",
        programs(report),
        callers(report),
        version(versions),
    );
    let stale = said.lines().filter(|line| line.contains(UNMATCHED));
    for line in stale {
        let _ = writeln!(body, "\n- [ ] {line}");
    }
    let report = markdown(report);
    let _ = write!(body, "\n{report}");
    body.push_str(&details(said, MOST.saturating_sub(body.len())));
    body
}

fn programs(report: &Report) -> String {
    let counted = |verdict| report.summary.wire_counts.get(&verdict).copied().unwrap_or(0);
    let breaking = counted(Wire::Breaking);
    match report.summary.wire {
        Wire::Breaking => format!("🔴 {breaking} of {} changes break them", report.changes.len()),
        Wire::Unknown => "🟡 the documents do not say enough to tell".to_owned(),
        Wire::Compatible => "🟢 go on working".to_owned(),
        Wire::None => "⚪ notice nothing".to_owned(),
    }
}

fn callers(report: &Report) -> String {
    let counted = |verdict| report.summary.source_counts.get(&verdict).copied().unwrap_or(0);
    match report.summary.source {
        None => "🟡 could not be compared: review the copy itself".to_owned(),
        Some(Source::Breaking) => {
            format!("🔴 {} changes break code that is compiled anew", counted(Source::Breaking))
        }
        Some(Source::Additive) => "🟢 get new items; code that compiled still does".to_owned(),
        Some(Source::Unchanged) => "⚪ notice nothing".to_owned(),
    }
}

fn version(versions: &Versions) -> String {
    let Versions { released, since, new, source } = versions;
    match source {
        None => format!("stays {new}, since nothing is known for Rust callers: decide by hand"),
        Some(source) => {
            format!("{released} (`{since}`) → {new}: since then {}", released.rule(*source))
        }
    }
}

/// What the sync said, in whole lines, as far as there is room.
fn details(said: &str, room: usize) -> String {
    let (head, tail) =
        ("\n<details><summary>What the sync said</summary>\n\n~~~~\n", "~~~~\n\n</details>\n");
    let mut left = room.saturating_sub(head.len() + tail.len() + "and more\n".len());
    let mut kept = String::new();
    for line in said.lines() {
        if line.len() + 1 > left {
            kept.push_str("and more\n");
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
    fn what_the_sync_said_is_cut_at_a_line() {
        let said = "a long line\n".repeat(100);
        let text = details(&said, 300);
        assert!(text.len() <= 300 && text.contains("a long line\nand more\n~~~~"), "{text}");
        assert!(details("one\n", 1000).contains("~~~~\none\n~~~~"));
    }

    #[test]
    fn the_version_says_its_rule() {
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
