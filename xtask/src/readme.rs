//! The generated tables of the README files: the operations with their methods in the raw and the
//! high-level client, and the rules of prepare.

use std::fmt::Write as _;

use ambient_sdk_generator::resources::HighLevelCall;
use serde_json::Value;

use crate::error::Error;
use crate::grammar::is_method;

/// The README of the workspace, with the table of operations.
const README: Marks = Marks {
    document: "README.md",
    begin: "<!-- operations: written by `cargo xtask sync` -->",
    end: "<!-- end of the operations -->",
};
/// The README of the copies, with the table of rules.
const COPIES: Marks = Marks {
    document: "openapi/README.md",
    begin: "<!-- rules: written by `cargo xtask sync` -->",
    end: "<!-- end of the rules -->",
};
/// The common prefix of all paths, which the README omits.
const BASE: &str = "/api/ambient/v1";

/// Returns the README with the table of operations; unchanged if it has no marks for the table.
///
/// # Errors
/// If the end mark is missing.
pub fn with_operations(
    readme: &str,
    document: &Value,
    calls: &[HighLevelCall],
) -> Result<String, Error> {
    README.fill(readme, || table(document, calls))
}

/// Returns the README of the copies with the table of rules; unchanged if it has no marks for the
/// table.
///
/// # Errors
/// If the end mark is missing.
pub fn with_rules(readme: &str, table: impl FnOnce() -> String) -> Result<String, Error> {
    COPIES.fill(readme, table)
}

/// The lines before and after a table.
struct Marks {
    document: &'static str,
    begin: &'static str,
    end: &'static str,
}

impl Marks {
    /// Replaces the table in a text.
    fn fill(&self, text: &str, table: impl FnOnce() -> String) -> Result<String, Error> {
        let Self { document, begin, end } = self;
        let Some((before, rest)) = text.split_once(begin) else { return Ok(text.to_owned()) };
        let Some((_, after)) = rest.split_once(end) else {
            return Err(Error::new("the table has no end mark")
                .in_document(*document)
                .with_help(format!("add the line `{end}` after the table")));
        };
        Ok(format!("{before}{begin}\n\n{}\n{end}{after}", table()))
    }
}

fn table(document: &Value, calls: &[HighLevelCall]) -> String {
    let mut table = "| operation | raw | high-level |\n|---|---|---|\n".to_owned();
    let paths = document.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        let shown = path.split('#').next().unwrap_or_default();
        let shown = shown.strip_prefix(BASE).unwrap_or(shown);
        let operations = item.as_object().into_iter().flatten();
        for (method, operation) in operations.filter(|(key, _)| is_method(key)) {
            let Some(id) = operation["operationId"].as_str() else { continue };
            let call = calls.iter().find(|call| call.operation == id);
            let call = call.map_or_else(String::new, |call| format!("`{}`", call.expression));
            let method = method.to_uppercase();
            // Writing to a string does not fail.
            let _ = writeln!(table, "| `{method} {shown}` | `{id}` | {call} |");
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BEGIN: &str = README.begin;
    const END: &str = README.end;

    fn document() -> Value {
        json!({"paths": {"/api/ambient/v1/teams": {
            "get": {"operationId": "list_teams"},
            "post": {"operationId": "create_team"},
        }}})
    }

    #[test]
    fn the_table_is_written_between_its_marks() {
        let readme = format!("# Title\n\n{BEGIN}\nold\n{END}\n\nRest\n");
        let written = with_operations(&readme, &document(), &[]).unwrap();
        let expected = format!(
            "# Title\n\n{BEGIN}\n\n| operation | raw | high-level |\n|---|---|---|\n\
             | `GET /teams` | `list_teams` |  |\n| `POST /teams` | `create_team` |  |\n\n{END}\n\nRest\n"
        );
        assert_eq!(written, expected);
        assert_eq!(with_operations(&written, &document(), &[]).unwrap(), written);
    }

    #[test]
    fn a_readme_without_marks_is_unchanged_and_one_without_an_end_mark_is_rejected() {
        assert_eq!(with_operations("# Title\n", &document(), &[]).unwrap(), "# Title\n");
        let error = with_operations(BEGIN, &document(), &[]).unwrap_err();
        assert!(error.to_string().contains("no end mark"), "{error}");
    }
}
