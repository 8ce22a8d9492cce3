//! Reads documents at a git revision, without touching the work tree.

use std::collections::HashSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::error::{Error, chain};
use crate::git::git;
use crate::source::ReadOptions;
use crate::yaml;

/// Names of the root document in a folder.
const ROOT_NAMES: [&str; 3] = ["openapi.yaml", "openapi.yml", "openapi.json"];

/// Files of a revision in a temporary folder.
#[derive(Debug)]
pub(super) struct Export {
    folder: TempDir,
    /// The top folder of the repository.
    top: PathBuf,
    /// The requested document in the temporary folder.
    pub(super) root: PathBuf,
}

impl Export {
    /// Returns the path in the work tree of an exported file.
    pub(super) fn in_work_tree(&self, file: &Path) -> Option<PathBuf> {
        let folder = self.folder.path().canonicalize().ok()?;
        file.strip_prefix(folder).ok().map(|inside| self.top.join(inside))
    }

    /// Replaces the temporary folder in an error by the argument that the user gave.
    pub(super) fn explain(&self, argument: &str, error: &Error) -> Error {
        let mut why = chain(error);
        let folder = self.folder.path();
        for folder in [Some(folder.to_owned()), folder.canonicalize().ok()].into_iter().flatten() {
            why = why.replace(&format!("{}/", folder.display()), "");
        }
        Error::new(format!("`{argument}` cannot be read")).caused_by(why)
    }
}

/// Copies a document, or the root document of a folder, with all files that it refers to, out of a
/// revision.
///
/// # Errors
/// If the file is outside a repository, does not exist at the revision, or exceeds the size limits.
pub(super) fn export(file: &str, revision: &str, options: &ReadOptions) -> Result<Export, Error> {
    let repository = Repository::around(Path::new(file), revision)?;
    let folder = tempfile::tempdir().map_err(|error| {
        Error::new("a temporary folder cannot be created")
            .with_help("set TMPDIR to a writable folder")
            .caused_by(error)
    })?;
    let first = repository.root(options)?;
    let root = folder.path().join(&first);
    let mut met = HashSet::from([first.clone()]);
    let mut waiting = vec![first];
    let mut left = options.max_total_bytes;
    while let Some(path) = waiting.pop() {
        // A missing file is reported later, at the reference to it. The first file exists.
        let Some(text) = repository.text(&path, left.min(options.max_bytes))? else { continue };
        left -= text.len().min(left);
        write(&folder.path().join(&path), &text)?;
        let found = yaml::read(&text, &path.display().to_string()).unwrap_or_default();
        for reference in files_of(&found) {
            let named = path.parent().map(|folder| folder.join(reference)).and_then(plain);
            let is_new = named.as_ref().is_some_and(|named| met.insert(named.clone()));
            if is_new && met.len() <= options.max_documents {
                waiting.extend(named);
            }
        }
    }
    Ok(Export { folder, top: repository.top, root })
}

/// A file of a repository at a revision.
struct Repository<'r> {
    top: PathBuf,
    /// The file, relative to `top`.
    path: PathBuf,
    revision: &'r str,
    /// The file as the user named it.
    named: String,
}

impl<'r> Repository<'r> {
    fn around(file: &Path, revision: &'r str) -> Result<Self, Error> {
        let named = file.display().to_string();
        let failed = |why: String| {
            Error::new(format!("`{named}` is not in a git repository"))
                .with_help("run the command inside the repository, or name a file in it")
                .caused_by(why)
        };
        let absolute = std::path::absolute(file).map_err(|error| failed(error.to_string()))?;
        // The file may exist only at the revision, so the path starts at its nearest existing folder.
        let folder = absolute.ancestors().find(|folder| folder.is_dir());
        let folder = folder.and_then(|folder| folder.canonicalize().ok());
        let folder = folder.ok_or_else(|| failed("the folder does not exist".to_owned()))?;
        let output = git(&folder, &["rev-parse", "--show-prefix", "--show-toplevel"])?;
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (prefix, top) = text.split_once('\n').unwrap_or_default();
        let depth = absolute.ancestors().position(|folder| folder.is_dir()).unwrap_or_default();
        let components: Vec<Component<'_>> = absolute.components().collect();
        let rest: PathBuf = components[components.len() - depth..].iter().collect();
        let path = Path::new(prefix).join(rest);
        Ok(Self { top: PathBuf::from(top.trim_end()), path, revision, named })
    }

    /// Returns the requested document: the file, or the root document of the folder.
    fn root(&self, options: &ReadOptions) -> Result<PathBuf, Error> {
        let candidates = ROOT_NAMES.iter().map(|name| self.path.join(name));
        for path in std::iter::once(self.path.clone()).chain(candidates) {
            if self.text(&path, options.max_bytes)?.is_some() {
                return Ok(path);
            }
        }
        Err(Error::new(format!(
            "`{}` does not exist at the git revision `{}`",
            self.named, self.revision
        ))
        .with_help("name a commit, branch or tag that contains it"))
    }

    /// Returns the text of a file; `None` if the revision does not have it.
    fn text(&self, path: &Path, max_bytes: usize) -> Result<Option<String>, Error> {
        if self.revision.starts_with('-') || self.revision.contains(':') {
            return Ok(None);
        }
        let object = format!("{}:{}", self.revision, path.display());
        let output = git(&self.top, &["cat-file", "-s", "--end-of-options", &object])?;
        let size = String::from_utf8_lossy(&output.stdout).trim().parse::<usize>();
        let kind = git(&self.top, &["cat-file", "-t", "--end-of-options", &object])?;
        let (Ok(size), b"blob\n") = (size, kind.stdout.as_slice()) else { return Ok(None) };
        if size > max_bytes {
            return Err(Error::new(format!("the document is larger than {max_bytes} bytes"))
                .in_document(path.display().to_string())
                .with_help("check that this is the right document"));
        }
        let output = git(&self.top, &["cat-file", "blob", "--end-of-options", &object])?;
        let text = String::from_utf8(output.stdout).map_err(|error| {
            Error::new("the document is not UTF-8 text")
                .in_document(path.display().to_string())
                .with_help("save it as UTF-8")
                .caused_by(error.utf8_error())
        })?;
        Ok(output.status.success().then_some(text))
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).and_then(|()| fs::write(path, text)).map_err(|error| {
        Error::new("a temporary file cannot be written")
            .in_document(path.display().to_string())
            .with_help("free some space in the folder for temporary files")
            .caused_by(error)
    })
}

/// Returns the relative files that a document refers to.
fn files_of(document: &Value) -> Vec<&str> {
    let (mut found, mut open) = (Vec::new(), vec![document]);
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                let target = members.get("$ref").and_then(Value::as_str).unwrap_or_default();
                let file = target.split('#').next().unwrap_or_default();
                found.extend((!file.is_empty() && !file.contains("://")).then_some(file));
                open.extend(members.values());
            }
            _ => {}
        }
    }
    found
}

/// Returns a path without `.` and `..`; `None` if it leads out of the repository.
fn plain(path: PathBuf) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if plain.pop() => {}
            Component::Normal(name) => plain.push(name),
            _ => return None,
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use serde_json::json;

    use super::{files_of, plain};

    #[test]
    fn only_relative_files_are_exported() {
        let document =
            json!({"a": [{"$ref": "b.yaml#/c"}, {"$ref": "#/d"}], "e": {"$ref": "https://x/y"}});
        assert_eq!(files_of(&document), ["b.yaml"]);
    }

    #[test]
    fn a_path_stays_inside_the_repository() {
        assert_eq!(plain("a/../b/./c".into()), Some(PathBuf::from("b/c")));
        assert_eq!(plain("a/../../b".into()), None);
        assert_eq!(plain("/etc/x".into()), None);
    }
}
