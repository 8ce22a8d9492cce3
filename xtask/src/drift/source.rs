//! What happens to Rust code: both revisions are generated, and their public items compared.
//!
//! Nothing is guessed from the documents. The generator runs with the settings of the build script.

mod compare;
mod items;
mod signature;
mod tie;

use std::{
    io,
    thread::{self, ScopedJoinHandle},
};

use serde_json::Value;

use super::deep;
use crate::generation;
pub(super) use crate::generation::said;

pub use compare::Delta;
pub(super) use tie::tie;

/// The generated module's name; the same for both, so that it never shows as a change.
const MODULE: &str = "api";

/// The changes of the public items between two prepared documents, or why one of them cannot be
/// generated.
pub(super) fn deltas(base: &Value, revision: &Value) -> Result<Vec<Delta>, String> {
    let (old, new) = thread::scope(|scope| {
        let (old, new) = [base, revision].map(|side| deep::spawn(scope, || items_of(side))).into();
        (joined(old), joined(new))
    });
    let old = old.map_err(|why| format!("base: {why}"))?;
    let new = new.map_err(|why| format!("revision: {why}"))?;
    Ok(compare::compare(&old, &new))
}

/// Generates the client of a prepared document.
///
/// # Errors
/// When the generator refuses the document or panics at it, what it said.
pub fn generate(prepared: &Value) -> Result<syn::File, String> {
    let source = generation::generate(prepared, MODULE)?;
    syn::parse_file(&source.source)
        .map_err(|error| format!("the generated code does not parse: {error}"))
}

/// What a thread found, or why there is nothing.
pub(super) fn joined<T>(
    thread: io::Result<ScopedJoinHandle<'_, Result<T, String>>>,
) -> Result<T, String> {
    match thread {
        Ok(thread) => thread.join().unwrap_or_else(|panic| Err(said(&*panic))),
        Err(error) => Err(format!("no thread for it: {error}")),
    }
}

fn items_of(prepared: &Value) -> Result<items::Items, String> {
    generate(prepared).map(|file| items::collect(&file))
}
