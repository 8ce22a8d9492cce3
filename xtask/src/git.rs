//! Runs git: files at a revision, and releases.

use std::path::Path;
use std::process::{Command, Output};

use crate::error::Error;

/// Runs git in a folder.
///
/// # Errors
/// If git cannot be run. The output of a failed command is not an error.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> Result<Output, Error> {
    let mut command = Command::new("git");
    let output = command.arg("-C").arg(folder).args(arguments).output();
    output
        .map_err(|error| Error::new("git cannot be run").with_help("install git").caused_by(error))
}

/// Returns the text of a file at a revision; the path is relative to `folder`.
///
/// # Errors
/// If the file does not exist at the revision.
pub(crate) fn show(folder: &Path, revision: &str, path: &str) -> Result<String, Error> {
    let failed = || {
        Error::new(format!("`{path}` does not exist at the git revision `{revision}`"))
            .with_help("name a commit, branch or tag that contains it")
    };
    // Git would parse these as an option, or as another path.
    if revision.is_empty() || revision.starts_with('-') || revision.contains(':') {
        return Err(failed());
    }
    let output = git(folder, &["show", "--end-of-options", &format!("{revision}:./{path}")])?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(failed().caused_by(why));
    }
    String::from_utf8(output.stdout).map_err(|error| failed().caused_by(error))
}

/// Returns the tag of the newest release that `HEAD` contains: `v` and a version.
///
/// # Errors
/// If git cannot be run.
pub(crate) fn newest_release(folder: &Path) -> Result<Option<String>, Error> {
    let list = ["tag", "--list", "v[0-9]*.[0-9]*.[0-9]*", "--merged", "HEAD", "--sort=-v:refname"];
    let output = git(folder, &list)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut releases = text.lines().filter(|tag| {
        let numbers = tag.trim_start_matches('v').split('.');
        numbers.clone().count() == 3 && numbers.into_iter().all(|one| one.parse::<u64>().is_ok())
    });
    Ok(releases.next().map(str::to_owned))
}
