//! Removes overlay actions that match nothing, which have no effect. The sync prints a warning for each.

use crate::error::Error;
use crate::overlay::{Overlay, Unmatched};
use crate::source::{Location, ReadOptions, Source};
use crate::workspace::Workspace;

/// Returns the actions that match nothing in the copy of that name.
///
/// # Errors
/// If overlay or copy can't be read.
pub(super) fn stale(workspace: &Workspace, name: &str) -> Result<Vec<Unmatched>, Error> {
    let path = workspace.overlay(name);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let copy = Location::from_path(&workspace.copy(name))?;
    let mut document = Source::open(&copy, ReadOptions::default())?.root().value.clone();
    Overlay::open(&path)?.apply(&mut document)
}

/// Returns the text without the list items that begin at these lines. An item ends at the next line that
/// is not indented more than its dash. Comments between items are kept.
pub(super) fn without(text: &str, lines: &[u64]) -> String {
    let all: Vec<&str> = text.split_inclusive('\n').collect();
    let mut kept = String::new();
    let mut at = 0;
    while let Some(line) = all.get(at) {
        let is_gone = lines.contains(&(at as u64 + 1)) && line.trim_start().starts_with('-');
        if is_gone {
            at = end_of_item(&all, at);
        } else {
            kept.push_str(line);
            at += 1;
        }
    }
    kept
}

/// Returns the line after the item that begins at a line. Blank lines after the item do not belong to
/// it.
fn end_of_item(lines: &[&str], start: usize) -> usize {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(lines[start]);
    let mut end = start + 1;
    for (at, line) in lines.iter().enumerate().skip(end) {
        if line.trim().is_empty() {
            continue;
        }
        if indent(line) <= own {
            break;
        }
        end = at + 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::without;

    const TEXT: &str = "actions:\n# First.\n- target: $.a\n  update:\n    description: |\n      One.\n\n      Two.\n\n\
                        # Second.\n- target: $.b\n  update: {summary: b}\n- target: $.c\n  remove: true\n";

    #[test]
    fn items_are_removed_and_comments_between_them_kept() {
        let first = without(TEXT, &[3]);
        assert!(first.starts_with("actions:\n# First.\n\n# Second.\n- target: $.b\n"), "{first}");
        let second = without(TEXT, &[11]);
        assert!(second.ends_with("\n# Second.\n- target: $.c\n  remove: true\n"), "{second}");
        let both = without(TEXT, &[11, 13]);
        assert!(both.ends_with("      Two.\n\n# Second.\n"), "{both}");
        assert_eq!(without(TEXT, &[]), TEXT);
    }

    #[test]
    fn indented_items_end_at_their_depth() {
        let text = "actions:\n  - target: $.a\n    update: {}\n  - target: $.b\nrest: 1\n";
        assert_eq!(without(text, &[4]), "actions:\n  - target: $.a\n    update: {}\nrest: 1\n");
    }
}
