//! The paths of the committed files.

use std::path::{Path, PathBuf};

use crate::error::Error;

/// The copy with a resource layer in `ambient-sdk-ext`, whose operations the README lists.
pub const API_SERVER: &str = "api-server";

/// The folder with `openapi/sources.toml` and all files generated from it.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Creates the workspace at a folder.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Finds the workspace around the current folder, or else the workspace of this crate.
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
                Error::new("no openapi/sources.toml found in this folder or its parents")
                    .with_help("run the command inside the repository")
            })
    }

    /// Returns the folder of the workspace.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the path of the list of sources.
    pub fn sources(&self) -> PathBuf {
        self.copies().join("sources.toml")
    }

    /// Returns the folder of the copies and their overlays.
    pub fn copies(&self) -> PathBuf {
        self.root.join("openapi")
    }

    /// Returns the folder of the prepared documents.
    pub fn prepared_folder(&self) -> PathBuf {
        self.root.join("ambient-sdk").join("spec")
    }

    /// Returns the path of a copy.
    pub fn copy(&self, name: &str) -> PathBuf {
        self.copies().join(format!("{name}.yaml"))
    }

    /// Returns the path of the overlay of a copy.
    pub fn overlay(&self, name: &str) -> PathBuf {
        self.copies().join(format!("{name}.overlay.yaml"))
    }

    /// Returns the path of the prepared document of a copy.
    pub fn prepared(&self, name: &str) -> PathBuf {
        self.prepared_folder().join(format!("{name}.json"))
    }

    /// Returns the path of a copy of a gRPC interface.
    pub fn interface(&self, name: &str) -> PathBuf {
        self.copies().join(name).join("interface.proto")
    }

    /// Returns the path of the gRPC interface that is built.
    pub fn built_interface(&self, name: &str) -> PathBuf {
        self.prepared_folder().join(format!("{name}.proto"))
    }

    /// Returns the path of the manifest of the raw crate.
    pub fn manifest(&self) -> PathBuf {
        self.root.join("ambient-sdk").join("Cargo.toml")
    }

    /// Returns the path of the README, which lists the operations.
    pub fn readme(&self) -> PathBuf {
        self.root.join("README.md")
    }

    /// Returns the path of the README of the copies, which lists the rules of prepare.
    pub fn copies_readme(&self) -> PathBuf {
        self.copies().join("README.md")
    }

    /// Formats a path for messages: relative to the workspace.
    pub fn show(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}
