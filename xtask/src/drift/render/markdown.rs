//! The report for a pull request: the summary first, each operation folded, within the size that a
//! comment may have.

use std::fmt::Write as _;

use super::{Group, groups, pointer, reach, remarks, severity, source_word};
use crate::drift::{
    report::{Change, Report},
    verdict::Wire,
};

/// A comment on GitHub holds 65,536 characters; this leaves room for what stands around the report.
const MOST: usize = 60_000;

/// Items of one change that are shown; JSON has them all.
const MOST_ITEMS: usize = 12;

/// The report as Markdown, at most 60,000 bytes: what does not fit is counted.
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
    let mut sections: Vec<String> = groups(report).iter().map(section).collect();
    sections.extend(source_only(report));
    sections.extend(notes(report));
    add_what_fits(&mut text, &sections);
    text
}

fn add_what_fits(text: &mut String, sections: &[String]) {
    for (index, section) in sections.iter().enumerate() {
        if text.len() + section.len() > MOST {
            let left = sections.len() - index;
            let _ = write!(
                text,
                "\n{left} more sections do not fit here; `--format json` has them all.\n"
            );
            return;
        }
        text.push_str(section);
    }
}

fn section(group: &Group<'_>) -> String {
    let worst = group.changes.iter().map(|change| severity(change)).max().unwrap_or(Wire::None);
    let mut text = format!(
        "\n<details><summary>{} <code>{}</code>: {}</summary>\n\n",
        sign(worst),
        html(&group.title),
        counts(&group.changes)
    );
    text.push_str("| change | wire | source |\n|---|---|---|\n");
    for change in &group.changes {
        row(&mut text, change);
    }
    text.push_str("\n</details>\n");
    text
}

fn row(text: &mut String, change: &Change) {
    let mut items: Vec<String> =
        change.source.items.iter().take(MOST_ITEMS).map(|delta| code(&delta.text())).collect();
    if change.source.items.len() > MOST_ITEMS {
        items.push(format!("and {} more", change.source.items.len() - MOST_ITEMS));
    }
    items.extend(
        remarks(&change.source.items).iter().map(|remark| format!("<sub>{}</sub>", escape(remark))),
    );
    let items = items.iter().map(|item| format!("<br>{item}")).collect::<String>();
    let _ = writeln!(
        text,
        "| {} {}<br><sub>{} · {} · {}</sub> | **{}**: {} | **{}**{items} |",
        sign(severity(change)),
        escape(&change.what),
        change.kind,
        code(pointer(&change.location)),
        escape(&reach(&change.location)),
        change.wire.verdict.word(),
        escape(&change.wire.why),
        source_word(change),
    );
}

fn source_only(report: &Report) -> Option<String> {
    if report.source_only.is_empty() {
        return None;
    }
    let count = report.source_only.len();
    let mut text = format!("\n<details><summary>In Rust alone: {count}</summary>\n\n");
    for delta in &report.source_only {
        let _ = writeln!(text, "- **{}** {}", delta.verdict.word(), code(&delta.text()));
    }
    text.push_str("\n</details>\n");
    Some(text)
}

fn notes(report: &Report) -> Option<String> {
    if report.notes.is_empty() {
        return None;
    }
    let mut text = format!("\n<details><summary>Notes: {}</summary>\n\n", report.notes.len());
    for note in &report.notes {
        let _ = writeln!(text, "- {}", escape(note));
    }
    text.push_str("\n</details>\n");
    Some(text)
}

fn counts(changes: &[&Change]) -> String {
    let verdicts = [Wire::Breaking, Wire::Unknown, Wire::Compatible, Wire::None];
    let parts: Vec<String> = verdicts
        .into_iter()
        .map(|verdict| {
            (verdict, changes.iter().filter(|change| severity(change) == verdict).count())
        })
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

/// Text that Markdown and tables leave as it is; code spans in it stay code.
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
    use super::{MOST, add_what_fits, code, escape};

    #[test]
    fn what_markdown_would_read_is_escaped() {
        assert_eq!(escape("a_b | `c_d | e`\nf"), "a\\_b \\| `c_d \\| e` f");
        assert_eq!(code("Option<A | B>"), "<code>Option&lt;A &#124; B&gt;</code>");
    }

    #[test]
    fn a_comment_stays_within_its_size() {
        let sections: Vec<String> = (0..100).map(|_| "x".repeat(1000)).collect();
        let mut text = String::new();
        add_what_fits(&mut text, &sections);
        assert!(text.len() < MOST + 100);
        assert!(
            text.ends_with("40 more sections do not fit here; `--format json` has them all.\n")
        );
    }
}
