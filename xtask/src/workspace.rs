//! Where the committed files are.

use std::path::{Path, PathBuf};

use crate::error::Error;

/// The copy that `ambient-sdk-ext` has a resource layer of, and whose operations the README lists.
pub const API_SERVER: &str = "api-server";

/// The folder that holds `openapi/sources.toml` and everything that is made from it.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The workspace at a folder.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The workspace around the current folder, or else the one that this crate belongs to.
    pub fn find() -> Result<Self, Error> {
        let here = std::env::current_dir().ok();
        let own = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        [here, own]
            .iter()
            .flatten()
            .flat_map(|folder| folder.ancestors())
            .map(Self::at)
            .find(|workspace| workspace.sources().is_file())
            .ok_or_else(|| {
                Error::new("there is no openapi/sources.toml in this folder or above")
                    .mend("run the command inside the repository")
            })
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where each copy comes from.
    pub fn sources(&self) -> PathBuf {
        self.copies().join("sources.toml")
    }

    /// The folder of the copies and their overlays.
    pub fn copies(&self) -> PathBuf {
        self.root.join("openapi")
    }

    /// The folder of the prepared documents.
    pub fn prepared_folder(&self) -> PathBuf {
        self.root.join("ambient-sdk").join("spec")
    }

    /// The copy of that name.
    pub fn copy(&self, name: &str) -> PathBuf {
        self.copies().join(format!("{name}.yaml"))
    }

    /// The overlay of the copy of that name.
    pub fn overlay(&self, name: &str) -> PathBuf {
        self.copies().join(format!("{name}.overlay.yaml"))
    }

    /// The prepared document of the copy of that name.
    pub fn prepared(&self, name: &str) -> PathBuf {
        self.prepared_folder().join(format!("{name}.json"))
    }

    /// The copy of that name, when it is of a gRPC interface.
    pub fn interface(&self, name: &str) -> PathBuf {
        self.copies().join(name).join("interface.proto")
    }

    /// What is built of the gRPC interface of that name.
    pub fn built_interface(&self, name: &str) -> PathBuf {
        self.prepared_folder().join(format!("{name}.proto"))
    }

    /// The manifest of the raw crate.
    pub fn manifest(&self) -> PathBuf {
        self.root.join("ambient-sdk").join("Cargo.toml")
    }

    /// The README, which lists the operations.
    pub fn readme(&self) -> PathBuf {
        self.root.join("README.md")
    }

    /// A path as messages show it: relative to the workspace.
    pub fn show(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}
