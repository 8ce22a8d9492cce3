//! The command line of all tasks: help, completions, quiet runs and errors.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may panic")]

use std::process::{Command, Output};

fn xtask(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn help_has_examples_and_no_colours_in_a_pipe() {
    for task in [&[][..], &["sync"], &["drift"], &["refresh"], &["completions"]] {
        let (code, help, _) = xtask(&[task, &["--help"]].concat());
        assert_eq!(code, Some(0), "{task:?}");
        assert!(help.contains("\nExamples:\n  "), "{task:?}: {help}");
        assert!(help.contains("cargo xtask"), "{task:?}: {help}");
        assert!(!help.contains('\u{1b}'), "{task:?}: {help}");
    }
}

#[test]
fn completions_exist_for_all_shells() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (code, script, stderr) = xtask(&["completions", shell]);
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{shell}");
        assert!(script.contains("no-source") && script.contains("drift"), "{shell}: {script}");
    }
    let (code, script, stderr) = xtask(&["completions", "cmd"]);
    assert_eq!((code, script.as_str()), (Some(2), ""));
    assert!(stderr.contains("possible values: bash"), "{stderr}");
}

#[test]
fn bash_completes_tasks_and_options() {
    let (_, script, _) = xtask(&["completions", "bash"]);
    for (words, expected) in [("dr", "drift"), ("drift --no-s", "--no-source")] {
        let last = words.rsplit(' ').next().unwrap();
        let count = words.split(' ').count();
        let test = format!(
            "{script}\nCOMP_WORDS=(xtask {words}); COMP_CWORD={count}\n\
             _xtask xtask '{last}' xtask\necho \"${{COMPREPLY[*]}}\""
        );
        let output = Command::new("bash").args(["--norc", "-c", &test]).output().unwrap();
        let found = String::from_utf8(output.stdout).unwrap();
        assert_eq!(found.trim_end(), expected, "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_quiet_check_prints_nothing() {
    let check = ["sync", "public-api", "--check", "--offline"];
    let (code, stdout, _) = xtask(&check);
    assert_eq!(code, Some(0), "{stdout}");
    assert_ne!(stdout, "");
    let (code, stdout, stderr) = xtask(&[&check[..], &["--quiet"]].concat());
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (Some(0), "", ""));
}

#[test]
fn an_error_has_a_help_line_and_exit_code_2() {
    let (code, stdout, stderr) = xtask(&["drift", "public-api", "--no-source", "--deny", "source"]);
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
    assert_eq!(
        stderr,
        "error: `--deny source` conflicts with `--no-source`\n  help: omit one of them\n"
    );
}
