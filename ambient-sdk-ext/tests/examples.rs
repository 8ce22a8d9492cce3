//! Runs every example without settings, and compares its output with the README.
//!
//! The README shows an example and its output as a console block that begins with
//! `$ cargo run --example <name>`.

#![allow(clippy::unwrap_used)] // A panic fails the test.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// The examples that this test does not run: one serves until it is stopped, and one needs the
/// feature `grpc`.
const SKIPPED: [&str; 2] = ["mock_server", "watch_sessions"];
const README: &str = include_str!("../../README.md");

#[test]
fn every_example_prints_the_output_in_the_readme() {
    let names = names();
    let folder = built(&names);
    let mut shown = shown();
    // Examples mostly wait, so they run at the same time.
    let started: Vec<_> = names.iter().map(|name| (name, start(&folder.join(name)))).collect();
    for (name, example) in started {
        let run = example.wait_with_output().unwrap();
        let output = String::from_utf8(run.stdout).unwrap();
        let errors = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{name} ended with {}:\n{output}{errors}", run.status);
        if let Some(shown) = shown.remove(name.as_str()) {
            assert_eq!(output, shown, "the output of {name} differs from the README");
        }
    }
    assert!(shown.is_empty(), "the README runs examples that don't exist: {:?}", shown.keys());
}

#[test]
fn the_readme_contains_the_code_of_the_first_session() {
    let example = fs::read_to_string(examples().join("first_session.rs")).unwrap();
    let (_, code) = example.split_once("use std::").unwrap();
    assert!(README.contains(code.trim_end()), "README.md does not show examples/first_session.rs");
}

/// Starts an example without the settings of this process.
fn start(program: &Path) -> Child {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os().filter(|(name, _)| is_setting(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Returns the names of the examples that this test runs.
fn names() -> Vec<String> {
    let files = fs::read_dir(examples()).unwrap().map(|file| file.unwrap().path());
    let sources = files.filter(|file| file.extension().is_some_and(|name| name == "rs"));
    let names = sources.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned());
    let mut names: Vec<_> = names.filter(|name| !SKIPPED.contains(&name.as_str())).collect();
    names.sort();
    names
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// Returns the folder of the built examples. `cargo test` builds them; if this test is run alone,
/// they may be missing and are built here.
fn built(names: &[String]) -> PathBuf {
    let test = env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap().join("examples");
    if names.iter().any(|name| !folder.join(name).exists()) {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--examples", "--manifest-path"]);
        build.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
        assert!(build.status().unwrap().success(), "the examples don't build");
    }
    folder
}

/// Whether a variable would send an example to another server.
fn is_setting(name: &str) -> bool {
    name.starts_with("AMBIENT_")
}

/// Returns the outputs in the README by the name of the example.
fn shown() -> BTreeMap<&'static str, String> {
    let blocks = README.split("```console\n").skip(1).filter_map(|rest| rest.split_once("```"));
    let runs = blocks.filter_map(|(block, _)| {
        let (command, output) = block.split_once('\n')?;
        Some((command.strip_prefix("$ cargo run --example ")?, output.to_owned()))
    });
    runs.collect()
}
