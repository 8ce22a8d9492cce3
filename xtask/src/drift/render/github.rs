//! The report as annotations of a GitHub workflow, at file and line of each change.

use std::fmt::Write as _;

use super::{reach, severity};
use crate::drift::{
    input::{Line, Origin},
    report::{Change, Report},
    verdict::Wire,
};

/// The number of annotations of one level that GitHub shows for a step.
const MAX_SHOWN: usize = 10;

/// The levels of annotations, most severe first, with their verdicts.
const LEVELS: [Level; 3] = [
    Level { command: "error", severity: Wire::Breaking },
    Level { command: "warning", severity: Wire::Unknown },
    Level { command: "notice", severity: Wire::Compatible },
];

/// A level of annotations.
struct Level {
    command: &'static str,
    severity: Wire,
}

/// Formats the report as workflow commands: at most ten of each level, the limit of GitHub, then the
/// summary. Changes with the verdict `none` are not annotated.
pub fn github(report: &Report, origin: Option<&Origin>) -> String {
    let mut text = String::new();
    for level in LEVELS {
        let changes: Vec<&Change> =
            report.changes.iter().filter(|change| severity(change) == level.severity).collect();
        let shown = &changes[..changes.len().min(MAX_SHOWN - 1)];
        let pointers: Vec<&str> = shown.iter().map(|change| pointer(change)).collect();
        let lines = origin.map(|origin| origin.lines(&pointers));
        let lines = lines.unwrap_or_else(|| vec![None; shown.len()]);
        for (change, line) in shown.iter().zip(lines) {
            annotation(&mut text, &level, change, line.as_ref());
        }
        if changes.len() > shown.len() {
            let left = changes.len() - shown.len();
            let more = format!("{left} more of this level; `--format json` lists all");
            let _ = writeln!(text, "::{} title=drift::{}", level.command, data(&more));
        }
    }
    if let Some(why) = &report.source_error {
        let why = format!("Rust items could not be compared: {why}");
        let _ = writeln!(text, "::warning title=drift::{}", data(&why));
    }
    let _ = writeln!(text, "{} → {}: {}", report.base, report.revision, report.summary.line);
    text
}

fn annotation(text: &mut String, level: &Level, change: &Change, line: Option<&Line>) {
    let place = line.map(|line| format!("file={},line={},", property(&line.file), line.line));
    let title = format!("drift: {}", change.kind);
    let wire = &change.wire;
    let mut message = format!("{}\nwire {}: {}", change.what, wire.verdict.word(), wire.why);
    for item in &change.source.items {
        let _ = write!(message, "\n{}: {}", item.verdict.word(), item.text());
    }
    let _ = write!(message, "\n{}", reach(&change.location));
    let _ = writeln!(
        text,
        "::{} {}title={}::{}",
        level.command,
        place.unwrap_or_default(),
        property(&title),
        data(&message)
    );
}

/// Returns the pointer of a change in the revision, or in the base if the value was removed.
fn pointer(change: &Change) -> &str {
    let location = &change.location;
    location.revision.as_deref().or(location.base.as_deref()).unwrap_or("#")
}

/// Escapes the message of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn separators_are_escaped() {
        assert_eq!(data("100%\na: b, c"), "100%25%0Aa: b, c");
        assert_eq!(property("a: b, c"), "a%3A b%2C c");
    }
}
