//! Small canonical documents in temporary folders.
#![allow(dead_code)] // Every test binary uses a part of this.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use xtask::bundle::{Bundle, bundle};
use xtask::error::Error;
use xtask::source::{Location, ReadOptions};

/// Creates a folder with these files.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Bundles the `openapi.yaml` in a folder.
pub(crate) fn bundle_in(folder: &Path) -> Result<Bundle, Error> {
    bundle(&Location::from_path(&folder.join("openapi.yaml"))?, &ReadOptions::default())
}

/// Returns the bundled document of these files.
pub(crate) fn bundled(files: &[(&str, &str)]) -> Value {
    bundle_in(folder(files).path()).unwrap().document
}

/// Returns the error of bundling these files.
pub(crate) fn refusal(files: &[(&str, &str)]) -> String {
    let error = bundle_in(folder(files).path()).unwrap_err();
    xtask::error::chain(&error)
}

/// Returns an OpenAPI 3.0 document with this content under `paths` and `components`.
pub(crate) fn document(rest: &str) -> String {
    format!("openapi: 3.0.3\ninfo: {{title: Pets, version: '1'}}\n{rest}")
}
