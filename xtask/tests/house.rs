//! The documentation of the workspace is correct: its paths exist, and each variable is documented.
#![allow(clippy::unwrap_used, clippy::panic)] // A failed expectation is a failed test.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the texts in backticks in the rows of tables.
fn code_in_tables(text: &str) -> impl Iterator<Item = &str> {
    let rows = text.lines().filter(|line| line.starts_with('|'));
    rows.flat_map(|row| row.split('`').skip(1).step_by(2))
}

#[test]
fn every_path_that_contributing_names_is_there() {
    let text = read("CONTRIBUTING.md");
    let folders = ["ambient-sdk", "xtask", "openapi/", "docs/", ".ci", ".github"];
    let paths: Vec<&str> = code_in_tables(&text)
        .filter(|code| code.contains('/') && folders.iter().any(|folder| code.starts_with(folder)))
        .filter(|code| !code.contains([' ', '<']))
        .collect();
    assert!(paths.len() > 20, "{paths:?}");
    let missing: Vec<_> = paths.iter().filter(|path| !root().join(path).exists()).collect();
    assert!(missing.is_empty(), "CONTRIBUTING.md names what is not there: {missing:?}");
}

#[test]
fn every_variable_of_a_client_is_documented_and_unset_by_the_checks() {
    let config = read("ambient-sdk-ext/src/config.rs");
    let variables: Vec<&str> = config
        .lines()
        .filter(|line| line.contains("const ") && line.contains(": &str = \"AMBIENT_"))
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    assert!(variables.len() >= 7, "{variables:?}");
    let guide = read("ambient-sdk-ext/src/guide/configuration.md");
    let docs = read("ambient-sdk-ext/src/client.rs");
    let checks = read(".ci/run");
    for variable in variables {
        let named = format!("`{variable}`");
        assert!(guide.contains(&named), "{variable}: the guide on configuration");
        assert!(docs.contains(&named), "{variable}: the docs of `from_env`");
        let prefix = variable.split('_').next().unwrap();
        assert!(checks.contains(&format!("({prefix}|")), "{variable}: .ci/run does not unset it");
    }
}
