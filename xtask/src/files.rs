//! Writes several files: either all of them change, or none.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::Error;

/// Files with a new content.
#[derive(Debug, Default)]
pub struct Changes {
    files: Vec<(PathBuf, String)>,
}

impl Changes {
    /// Plans the content of a file, unless the file already has it.
    pub fn plan(&mut self, path: PathBuf, content: String) {
        self.files.retain(|(planned, _)| *planned != path);
        if fs::read(&path).ok().as_deref() != Some(content.as_bytes()) {
            self.files.push((path, content));
        }
    }

    /// Returns the planned content of a file.
    pub fn content(&self, path: &Path) -> Option<&str> {
        self.files.iter().find(|(planned, _)| planned == path).map(|(_, content)| content.as_str())
    }

    /// Returns the files that will change.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(path, _)| path.as_path())
    }

    /// Like [`Changes::commit_if`], without a condition.
    pub fn commit(self) -> Result<(), Error> {
        self.commit_if(|| Ok(()))
    }

    /// Writes all files to temporary ones, then moves them into place and runs `proof`. If a move or
    /// `proof` fails, the old files are restored.
    pub fn commit_if(self, proof: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        let mut staged = Vec::with_capacity(self.files.len());
        for (path, content) in &self.files {
            let old = fs::read(path).ok();
            staged.push((path, old, stage(path, content).map_err(|e| unwritable(path, e))?));
        }
        let mut done: Vec<(&Path, Option<Vec<u8>>)> = Vec::new();
        for (path, old, file) in staged {
            if let Err(error) = file.persist(path) {
                undo(done);
                return Err(unwritable(path, error.error));
            }
            done.push((path, old));
        }
        proof().inspect_err(|_| undo(done))
    }
}

fn stage(path: &Path, content: &str) -> std::io::Result<NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o644));
    }
    let mut file = builder.prefix(".sync-").tempfile_in(folder)?;
    file.write_all(content.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn undo(done: Vec<(&Path, Option<Vec<u8>>)>) {
    for (path, old) in done {
        // The first failure is reported. A failure to restore a file cannot be handled.
        let _ = match old {
            Some(bytes) => fs::write(path, bytes),
            None => fs::remove_file(path),
        };
    }
}

fn unwritable(path: &Path, error: std::io::Error) -> Error {
    Error::new("the file cannot be written; nothing was changed")
        .in_document(path.display().to_string())
        .with_help("check the permissions and the free space")
        .caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_and_folders_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut changes = Changes::default();
        changes.plan(folder.path().join("a.txt"), "a".into());
        changes.plan(folder.path().join("new/b.txt"), "b".into());
        changes.commit().unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("new/b.txt")).unwrap(), "b");
        let mut again = Changes::default();
        again.plan(folder.path().join("a.txt"), "a".into());
        assert_eq!(again.paths().count(), 0);
    }

    #[test]
    fn a_failed_proof_restores_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        fs::write(&old, "old").unwrap();
        let mut changes = Changes::default();
        changes.plan(old.clone(), "changed".into());
        changes.plan(new.clone(), "made".into());
        let proof = || {
            assert_eq!(fs::read_to_string(&old).unwrap(), "changed");
            Err(Error::new("no"))
        };
        assert!(changes.commit_if(proof).is_err());
        assert_eq!(fs::read_to_string(&old).unwrap(), "old");
        assert!(!new.exists());
    }

    #[test]
    fn nothing_is_written_if_one_file_is_not_writable() {
        let folder = tempfile::tempdir().unwrap();
        let (first, blocked) = (folder.path().join("a.txt"), folder.path().join("taken"));
        fs::write(&first, "old").unwrap();
        fs::create_dir_all(blocked.join("inside")).unwrap();
        let mut changes = Changes::default();
        changes.plan(first.clone(), "new".into());
        changes.plan(blocked, "a folder has this path".into());
        assert!(changes.commit().is_err());
        assert_eq!(fs::read_to_string(&first).unwrap(), "old");
        let left = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 2, "no temporary file is left");
    }
}
