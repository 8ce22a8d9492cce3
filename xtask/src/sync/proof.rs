//! Checks that the build will succeed: the client is generated before anything is written.

use std::process::Command;

use ambient_sdk_generator::Generated;

use super::entry::Entry;
use super::snapshot::Snapshot;
use crate::error::{Error, Place};
use crate::generation::{self, Refusal};
use crate::prepare::Prepared;
use crate::workspace::Workspace;

/// Generates the client of a prepared document.
///
/// # Errors
/// If the generator rejects the document. The error contains the place in the canonical document.
pub(super) fn generate(
    entry: &Entry<'_>,
    snapshot: &mut Snapshot,
    prepared: &Prepared,
) -> Result<Generated, Error> {
    generation::generate_or_place(&prepared.document, &entry.module()).map_err(|refusal| {
        let Refusal { pointer, reason } = refusal;
        let pointer = prepared.source_pointer(&pointer);
        let error = Error::new(format!("no client can be generated: {reason}"))
            .at(Place { pointer, ..Place::default() })
            .with_help(format!(
                "correct it in the canonical document, or in {}",
                entry.workspace.show(&entry.workspace.overlay(&entry.name))
            ));
        snapshot.locate(error)
    })
}

/// Compiles both crates from the written files, with the feature `grpc`.
///
/// # Errors
/// If they do not compile.
pub(crate) fn build(workspace: &Workspace) -> Result<(), Error> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(workspace.root())
        .args(["check", "--quiet", "--package", "ambient-sdk-ext", "--features", "grpc"])
        .status()
        .map_err(|error| Error::new("cargo cannot be run").caused_by(error))?;
    match status.success() {
        true => Ok(()),
        false => Err(Error::new("the generated code does not compile")
            .with_help("see the compiler errors above")),
    }
}
