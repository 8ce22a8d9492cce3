//! The table of kinds for the documentation, generated from the rules of the comparison.

use std::fmt::Write as _;

use super::kind::{Rule, rules};

/// Formats every kind with its verdicts and an example as Markdown, area by area.
pub fn kinds() -> String {
    let mut text = String::new();
    let mut area = "";
    for rule in rules() {
        if rule.area != area {
            area = rule.area;
            let gap = if text.is_empty() { "" } else { "\n" };
            let _ = write!(text, "{gap}### {area}\n\n| kind | wire | example |\n|---|---|---|\n");
        }
        row(&mut text, rule);
    }
    text
}

fn row(text: &mut String, rule: &Rule) {
    let cases: Vec<String> = rule
        .cases
        .iter()
        .map(|case| {
            let direction = match rule.cases.len() {
                1 => String::new(),
                _ => format!("{}: ", case.direction.word()),
            };
            format!("{direction}**{}** ({})", case.verdict.word(), case.why)
        })
        .collect();
    let unless = rule.unless.iter().map(|unless| format!("<br>{unless}")).collect::<String>();
    let _ = writeln!(text, "| `{}` | {}{unless} | {} |", rule.id, cases.join("<br>"), rule.example);
}
