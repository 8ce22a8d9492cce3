//! The files that a sync writes, to compare and restore them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::sources::{Format, Sources};
use crate::workspace::{API_SERVER, Workspace};

/// A copy, and the file that is built from it.
#[derive(Debug, Clone)]
pub(super) struct Copy {
    pub(super) name: String,
    pub(super) path: PathBuf,
    built: PathBuf,
}

impl Copy {
    /// Returns the copies of these names; without names, all that have a source.
    ///
    /// # Errors
    /// If there is no copy of a name.
    pub(super) fn all(workspace: &Workspace, names: &[String]) -> Result<Vec<Self>, Error> {
        let sources = Sources::open(&workspace.sources())?;
        let has_source = |name: &String| sources.pin(name).is_ok_and(|pin| pin.location.is_some());
        let names = match names {
            [] => sources.names().into_iter().filter(has_source).collect(),
            names => names.to_vec(),
        };
        let copy = |name: String| {
            let (path, built) = match sources.pin(&name)?.format {
                Format::OpenApi => (workspace.copy(&name), workspace.prepared(&name)),
                Format::Protobuf => (workspace.interface(&name), workspace.built_interface(&name)),
            };
            Ok(Self { name, path, built })
        };
        names.into_iter().map(copy).collect()
    }
}

/// The contents of the files; `None` for a missing file.
pub(super) struct State(BTreeMap<PathBuf, Option<String>>);

impl State {
    pub(super) fn read(workspace: &Workspace, copies: &[Copy]) -> Self {
        let of_copies = copies.iter().flat_map(|copy| [copy.path.clone(), copy.built.clone()]);
        let shared = [workspace.sources(), workspace.readme(), workspace.manifest()];
        let text = |path: PathBuf| {
            let text = fs::read_to_string(&path).ok();
            (path, text)
        };
        Self(of_copies.chain(shared).map(text).collect())
    }

    /// Returns the copies with a difference. The README belongs to one of them.
    pub(super) fn changed(
        &self,
        before: &Self,
        workspace: &Workspace,
        copies: &[Copy],
    ) -> Vec<Copy> {
        let differs = |path: &Path| self.0.get(path) != before.0.get(path);
        let is_changed = |copy: &&Copy| {
            let readme = copy.name == API_SERVER && differs(&workspace.readme());
            readme || differs(&copy.path) || differs(&copy.built)
        };
        copies.iter().filter(is_changed).cloned().collect()
    }

    /// Restores the files. Failures are ignored: the error that caused this is reported.
    pub(super) fn restore(&self) {
        for path in self.0.keys() {
            self.restore_one(path);
        }
    }

    /// Restores one of the files.
    pub(super) fn restore_one(&self, path: &Path) {
        let _ = match self.0.get(path) {
            Some(Some(text)) => fs::write(path, text),
            Some(None) => fs::remove_file(path),
            None => Ok(()),
        };
    }
}
