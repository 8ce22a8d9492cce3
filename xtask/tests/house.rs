//! The documentation of the workspace is correct: its paths exist, and each variable is documented.
#![allow(clippy::unwrap_used, clippy::panic)] // A panic fails the test.

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
fn every_path_in_contributing_exists() {
    let text = read("CONTRIBUTING.md");
    let folders = ["ambient-sdk", "xtask", "openapi/", "docs/", ".ci", ".github"];
    let paths: Vec<&str> = code_in_tables(&text)
        .filter(|code| code.contains('/') && folders.iter().any(|folder| code.starts_with(folder)))
        .filter(|code| !code.contains([' ', '<']))
        .collect();
    assert!(paths.len() > 20, "{paths:?}");
    let missing: Vec<_> = paths.iter().filter(|path| !root().join(path).exists()).collect();
    assert!(missing.is_empty(), "CONTRIBUTING.md names missing paths: {missing:?}");
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

/// Words to avoid, with their replacements.
const WORDS: [(&str, &str); 9] = [
    ("mend", "help, fix"),
    ("mends", "fixes"),
    ("told", "said, reported"),
    ("pleasant", "readable"),
    ("heir", "subtype"),
    ("heirs", "subtypes"),
    ("time-out", "timeout"),
    ("for ever", "forever, or without end"),
    ("as in `", "for example `"),
];
/// Files that quote these words.
const QUOTES: [&str; 2] = ["xtask/tests/house.rs", "CONTRIBUTING.md"];

#[test]
fn no_text_contains_a_word_to_avoid() {
    let mut found = Vec::new();
    for path in texts(&root()) {
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        if QUOTES.contains(&name.as_str()) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for (at, line) in text.lines().enumerate() {
            let line = line.to_lowercase();
            for (word, instead) in WORDS.iter().filter(|(word, _)| has_word(&line, word)) {
                found.push(format!("{name}:{}: `{word}`: write {instead}", at + 1));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Whether a line contains a word that is not part of another word.
fn has_word(line: &str, word: &str) -> bool {
    let is_part =
        |next: Option<char>| next.is_some_and(|next| next.is_alphanumeric() || next == '_');
    line.match_indices(word).any(|(at, _)| {
        let ends_open = word.ends_with(|last: char| !last.is_alphanumeric());
        !is_part(line[..at].chars().next_back())
            && (ends_open || !is_part(line[at + word.len()..].chars().next()))
    })
}

/// Returns the text files below a folder, except recordings and build output.
fn texts(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if entry.file_type().unwrap().is_dir() {
            if !["target", ".git", "recordings"].contains(&name.as_str()) {
                files.extend(texts(&path));
            }
        } else if [".rs", ".md", ".yml", ".toml", ".overlay.yaml"]
            .iter()
            .any(|end| name.ends_with(end))
        {
            files.push(path);
        }
    }
    files
}
