//! The report for a pull request: the summary, then one folded section per operation, within the size
//! limit of a comment.

use std::fmt::Write as _;

use super::{groups, item_notes, pointer, reach, severity, source_severity, source_word};
use crate::drift::{
    report::{Change, Report},
    source::Delta,
    verdict::Wire,
};

/// The limit of the report. A GitHub comment can have 65,536 characters, including the text around
/// the report.
const MAX_BYTES: usize = 60_000;

/// Room for the line that counts omitted changes.
const LEFT_OUT: usize = 200;

/// The number of Rust items shown per change; JSON lists all.
const MAX_ITEMS: usize = 12;

/// All verdicts, most severe first.
const VERDICTS: [Wire; 4] = [Wire::Breaking, Wire::Unknown, Wire::Compatible, Wire::None];

/// A folded part of the report.
struct Section {
    /// The text before the rows.
    head: String,
    rows: Vec<Row>,
    tail: &'static str,
}

/// A line of a section.
struct Row {
    severity: Wire,
    text: String,
}

/// The rows of a section that fit.
struct Kept {
    rows: Vec<bool>,
    /// Whether any row fits, so that head and tail are counted.
    is_begun: bool,
}

impl Kept {
    fn nothing_of(section: &Section) -> Self {
        Self { rows: vec![false; section.rows.len()], is_begun: false }
    }
}

/// Formats the report as Markdown of at most 60,000 bytes, most severe changes first. The rest is counted.
pub fn markdown(report: &Report) -> String {
    let mut text = format!(
        "### Drift: {} → {}\n\n{}\n",
        escape(&report.base),
        escape(&report.revision),
        escape(&report.summary.line)
    );
    if let Some(why) = &report.source_error {
        let _ = write!(text, "\n**Rust items could not be compared:** {}\n", escape(why));
    }
    let mut sections: Vec<Section> =
        groups(report).iter().map(|group| section(&group.title, &group.changes)).collect();
    sections.extend(source_only(report));
    sections.sort_by_key(|section| std::cmp::Reverse(section.severity()));
    sections.extend(notes(report));
    add_what_fits(&mut text, sections);
    text
}

/// Adds the rows that fit, more severe ones of any section first, and counts the rest.
fn add_what_fits(text: &mut String, mut sections: Vec<Section>) {
    let mut room = MAX_BYTES.saturating_sub(text.len() + LEFT_OUT);
    let mut left_out = [0; VERDICTS.len()];
    let mut kept: Vec<Kept> = sections.iter().map(Kept::nothing_of).collect();
    // All sections are visited once per verdict, so that the limit omits the least severe rows of any
    // section. The head and tail of a section are counted with its first row.
    for (verdict, left_out) in VERDICTS.iter().zip(&mut left_out) {
        for (section, kept) in sections.iter().zip(&mut kept) {
            for (index, row) in section.rows.iter().enumerate() {
                if row.severity != *verdict {
                    continue;
                }
                let frame = if kept.is_begun { 0 } else { section.frame() };
                match room.checked_sub(row.text.len() + frame) {
                    Some(left) => {
                        room = left;
                        (kept.is_begun, kept.rows[index]) = (true, true);
                    }
                    None => *left_out += 1,
                }
            }
        }
    }
    for (section, kept) in sections.iter_mut().zip(kept) {
        let mut kept = kept.rows.into_iter();
        section.rows.retain(|_| kept.next().unwrap_or_default());
        section.write(text);
    }
    if left_out.iter().any(|count| *count > 0) {
        let left_out = words(VERDICTS.into_iter().zip(left_out));
        let _ = writeln!(text, "\nNot shown: {left_out}; `--format json` lists all changes.");
    }
}

impl Section {
    fn severity(&self) -> Wire {
        self.rows.iter().map(|row| row.severity).max().unwrap_or(Wire::None)
    }

    /// Returns the number of bytes of head and tail.
    fn frame(&self) -> usize {
        self.head.len() + self.tail.len()
    }

    fn write(&self, text: &mut String) {
        if self.rows.is_empty() {
            return;
        }
        text.push_str(&self.head);
        for verdict in VERDICTS {
            let rows = self.rows.iter().filter(|row| row.severity == verdict);
            rows.for_each(|row| text.push_str(&row.text));
        }
        text.push_str(self.tail);
    }
}

fn section(title: &str, changes: &[&Change]) -> Section {
    let rows: Vec<Row> = changes.iter().map(|change| row(change)).collect();
    let worst = rows.iter().map(|row| row.severity).max().unwrap_or(Wire::None);
    let head = format!(
        "\n<details><summary>{} <code>{}</code>: {}</summary>\n\n\
         | change | wire | source |\n|---|---|---|\n",
        sign(worst),
        html(title),
        counts(changes)
    );
    Section { head, rows, tail: "\n</details>\n" }
}

fn row(change: &Change) -> Row {
    let mut items: Vec<String> =
        change.source.items.iter().take(MAX_ITEMS).map(|delta| code(&delta.text())).collect();
    if change.source.items.len() > MAX_ITEMS {
        items.push(format!("and {} more", change.source.items.len() - MAX_ITEMS));
    }
    items.extend(
        item_notes(&change.source.items).iter().map(|note| format!("<sub>{}</sub>", escape(note))),
    );
    let items = items.iter().map(|item| format!("<br>{item}")).collect::<String>();
    let text = format!(
        "| {} {}<br><sub>{} · {} · {}</sub> | **{}**: {} | **{}**{items} |\n",
        sign(severity(change)),
        escape(&change.what),
        change.kind,
        code(pointer(&change.location)),
        escape(&reach(&change.location)),
        change.wire.verdict.word(),
        escape(&change.wire.why),
        source_word(change),
    );
    Row { severity: severity(change), text }
}

fn source_only(report: &Report) -> Option<Section> {
    let row = |delta: &Delta| Row {
        severity: source_severity(delta.verdict),
        text: format!("- **{}** {}\n", delta.verdict.word(), code(&delta.text())),
    };
    let rows: Vec<Row> = report.source_only.iter().map(row).collect();
    folded("Only in Rust", rows)
}

fn notes(report: &Report) -> Option<Section> {
    let row = |note: &String| Row { severity: Wire::None, text: format!("- {}\n", escape(note)) };
    folded("Notes", report.notes.iter().map(row).collect())
}

/// Creates a section with a list; `None` if the list is empty.
fn folded(title: &str, rows: Vec<Row>) -> Option<Section> {
    let head = format!("\n<details><summary>{title}: {}</summary>\n\n", rows.len());
    (!rows.is_empty()).then_some(Section { head, rows, tail: "\n</details>\n" })
}

fn counts(changes: &[&Change]) -> String {
    words(VERDICTS.into_iter().map(|verdict| {
        (verdict, changes.iter().filter(|change| severity(change) == verdict).count())
    }))
}

/// Formats counts: `2 breaking, 1 none`.
fn words(counts: impl Iterator<Item = (Wire, usize)>) -> String {
    let parts: Vec<String> = counts
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| format!("{count} {}", verdict.word()))
        .collect();
    parts.join(", ")
}

fn sign(verdict: Wire) -> &'static str {
    match verdict {
        Wire::None => "⚪",
        Wire::Compatible => "🟢",
        Wire::Unknown => "🟡",
        Wire::Breaking => "🔴",
    }
}

/// Escapes text for Markdown and its tables; code spans are kept.
fn escape(text: &str) -> String {
    let mut is_code = false;
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '`' => is_code = !is_code,
            '\n' | '\r' => {
                escaped.push(' ');
                continue;
            }
            '|' => escaped.push('\\'),
            '*' | '_' | '<' | '>' | '[' | ']' | '\\' if !is_code => escaped.push('\\'),
            _ => {}
        }
        escaped.push(c);
    }
    escaped
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", html(text))
}

fn html(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('|', "&#124;").replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, Row, Section, Wire, add_what_fits, code, escape};

    #[test]
    fn markdown_syntax_is_escaped() {
        assert_eq!(escape("a_b | `c_d | e`\nf"), "a\\_b \\| `c_d \\| e` f");
        assert_eq!(code("Option<A | B>"), "<code>Option&lt;A &#124; B&gt;</code>");
    }

    #[test]
    fn the_least_severe_changes_are_omitted_at_the_size_limit() {
        let row = |severity, size| Row { severity, text: "x".repeat(size) };
        let section = |rows: Vec<Row>| Section { head: "head ".to_owned(), rows, tail: " tail\n" };
        let mut harmless: Vec<Row> = (0..100).map(|_| row(Wire::None, 1000)).collect();
        harmless.push(row(Wire::Unknown, 100_000));
        let mut urgent = row(Wire::Breaking, 500);
        urgent.text.push_str(" urgent");
        let mut text = String::new();
        add_what_fits(&mut text, vec![section(harmless), section(vec![urgent])]);
        assert!(text.len() < MAX_BYTES, "{}", text.len());
        assert!(text.contains(" urgent tail\n"));
        let end = "\nNot shown: 1 unknown, 41 none; `--format json` lists all changes.\n";
        assert!(text.ends_with(end), "{}", &text[text.len() - 100..]);
    }

    #[test]
    fn a_section_without_rows_that_fit_is_omitted() {
        let rows = vec![Row { severity: Wire::None, text: "x".repeat(MAX_BYTES) }];
        let mut text = String::new();
        add_what_fits(&mut text, vec![Section { head: "head".to_owned(), rows, tail: "" }]);
        assert_eq!(text, "\nNot shown: 1 none; `--format json` lists all changes.\n");
    }
}
