//! The report for a terminal. It contains colours; print it through `anstream`, which removes them if
//! the output is not a terminal or `NO_COLOR` is set.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{Group, groups, item_notes, pointer, reach, severity, source_word};
use crate::drift::{
    report::{Change, Report},
    verdict::{Source, Wire},
};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The number of notes shown; JSON lists all.
const MAX_NOTES: usize = 10;

/// Formats the report as text with terminal colours.
pub fn text(report: &Report) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{BOLD}drift{BOLD:#} {} → {}", report.base, report.revision);
    let _ = writeln!(text, "{}", report.summary.line);
    for group in groups(report) {
        write_group(&mut text, &group, has_source(report));
    }
    if !report.source_only.is_empty() {
        let _ = writeln!(text, "\n{BOLD}only in Rust{BOLD:#}");
        for delta in &report.source_only {
            let colour = source_style(delta.verdict);
            let _ =
                writeln!(text, "  {colour}{:<10}{colour:#} {}", delta.verdict.word(), delta.text());
        }
    }
    if let Some(why) = &report.source_error {
        let _ = writeln!(text, "\n{BOLD}Rust items could not be compared{BOLD:#}: {why}");
    }
    if !report.notes.is_empty() {
        let _ = writeln!(text, "\n{BOLD}notes{BOLD:#}");
        for note in report.notes.iter().take(MAX_NOTES) {
            let _ = writeln!(text, "  {note}");
        }
        if report.notes.len() > MAX_NOTES {
            let left = report.notes.len() - MAX_NOTES;
            let _ = writeln!(text, "  and {left} more; `--format json` lists all");
        }
    }
    text
}

/// Returns whether a comparison of Rust items was requested.
fn has_source(report: &Report) -> bool {
    report.summary.source.is_some() || report.source_error.is_some()
}

fn write_group(text: &mut String, group: &Group<'_>, has_source: bool) {
    let _ = writeln!(text, "\n{BOLD}{}{BOLD:#}", group.title);
    for change in &group.changes {
        write_change(text, change, has_source);
    }
}

fn write_change(text: &mut String, change: &Change, has_source: bool) {
    let style = wire_style(severity(change));
    let mark = mark(severity(change));
    let _ =
        writeln!(text, "  {style}{mark}{style:#} {} {DIM}[{}]{DIM:#}", change.what, change.kind);
    let wire = wire_style(change.wire.verdict);
    let _ = writeln!(
        text,
        "      wire   {wire}{}{wire:#}: {}",
        change.wire.verdict.word(),
        change.wire.why
    );
    if has_source {
        let source = change.source.verdict.map_or(DIM, source_style);
        let _ = writeln!(text, "      source {source}{}{source:#}", source_word(change));
    }
    for delta in &change.source.items {
        let _ = writeln!(text, "             {}", delta.text());
    }
    for note in item_notes(&change.source.items) {
        let _ = writeln!(text, "             {DIM}({note}){DIM:#}");
    }
    let _ = writeln!(
        text,
        "      {DIM}{} · {}{DIM:#}",
        pointer(&change.location),
        reach(&change.location)
    );
}

fn mark(verdict: Wire) -> &'static str {
    match verdict {
        Wire::None => "·",
        Wire::Compatible => "+",
        Wire::Unknown => "?",
        Wire::Breaking => "!",
    }
}

fn wire_style(verdict: Wire) -> Style {
    match verdict {
        Wire::None => DIM,
        Wire::Compatible => AnsiColor::Green.on_default(),
        Wire::Unknown => AnsiColor::Yellow.on_default(),
        Wire::Breaking => AnsiColor::Red.on_default(),
    }
}

fn source_style(verdict: Source) -> Style {
    match verdict {
        Source::Unchanged => DIM,
        Source::Additive => AnsiColor::Green.on_default(),
        Source::Breaking => AnsiColor::Red.on_default(),
    }
}
