//! Every canonical revision syncs, generates and compiles without manual changes, except for the overlay.
//!
//! `XTASK_CANONICAL` is a folder with a folder of canonical files for each revision of the API server's
//! document. If it is not set, nothing is tested.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // A panic fails the test.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use toml_edit::{DocumentMut, value};
use xtask::bundle::bundle;
use xtask::drift::source::generate;
use xtask::overlay::Overlay;
use xtask::prepare::{prepare, to_text};
use xtask::source::{Location, ReadOptions};

/// The prepared document in the raw crate.
const SPEC: &str = "spec/api-server.json";

#[test]
fn every_canonical_revision_syncs_generates_and_compiles() {
    let Some(folder) = env::var_os("XTASK_CANONICAL").filter(|folder| !folder.is_empty()) else {
        println!("skipped: XTASK_CANONICAL names no folder of canonical revisions");
        return;
    };
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut revisions: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    revisions.sort();
    assert!(!revisions.is_empty());
    let raw = RawCrate::copied();
    let committed = fs::read_to_string(root().join("ambient-sdk").join(SPEC)).unwrap();
    for revision in revisions {
        println!("{}", revision.display());
        let document = prepared(&revision);
        // The workspace itself compiles the committed document.
        if document != committed {
            raw.compile(&revision, &document);
        }
    }
}

/// Prepares and generates a revision, and returns its prepared document.
fn prepared(revision: &Path) -> String {
    let location = Location::from_path(revision).unwrap();
    let document = bundle(&location, &ReadOptions::default()).unwrap().document;
    let overlay = Overlay::open(&root().join("openapi/api-server.overlay.yaml")).unwrap();
    let prepared = prepare(document, Some(&overlay)).unwrap();
    generate(&prepared.document).unwrap();
    to_text(&prepared.document)
}

/// The folder of the copy. Cargo takes crates in the same folder of two workspaces for the same crate if
/// they share a target folder, so it would build the real one no longer.
const CRATE: &str = "copied/ambient-sdk";

/// A copy of the raw crate in a workspace of its own.
struct RawCrate {
    workspace: PathBuf,
}

impl RawCrate {
    fn copied() -> Self {
        let workspace = Path::new(env!("CARGO_TARGET_TMPDIR")).join("canonical");
        let _ = fs::remove_dir_all(&workspace); // It does not exist in the first run.
        copy(&root().join("ambient-sdk"), &workspace.join(CRATE));
        fs::copy(root().join("Cargo.lock"), workspace.join("Cargo.lock")).unwrap();
        let mut manifest: DocumentMut =
            fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
        manifest["workspace"]["members"] = value(toml_edit::Array::from_iter([CRATE]));
        for (name, folder) in [("openapi", "/openapi"), ("generator", "/generator")] {
            let dependency =
                &mut manifest["workspace"]["dependencies"][format!("ambient-sdk-{name}")];
            dependency["path"] = value(format!("{CRATE}{folder}"));
        }
        fs::write(workspace.join("Cargo.toml"), manifest.to_string()).unwrap();
        Self { workspace }
    }

    /// Checks the crate with this document of the API server. The dependencies are those of other
    /// builds of the raw client with this feature alone, so they share a target folder.
    fn compile(&self, revision: &Path, document: &str) {
        fs::write(self.workspace.join(CRATE).join(SPEC), document).unwrap();
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let status = Command::new(env!("CARGO"))
            .current_dir(&self.workspace)
            .env("CARGO_TARGET_DIR", target)
            .args(["check", "--quiet", "--offline", "--package", "ambient-sdk"])
            .args(["--no-default-features", "--features", "api-server"])
            .status();
        assert!(status.unwrap().success(), "{}", revision.display());
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
