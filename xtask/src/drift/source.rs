//! The effect on Rust code: generates both revisions, and compares their public items.
//!
//! Nothing is estimated from the documents. The generator runs with the settings of the build script.

mod compare;
mod exchange;
mod items;
mod layer;
mod signature;
mod tie;
mod wire;

use std::{
    io,
    thread::{self, ScopedJoinHandle},
};

use serde_json::Value;

use super::deep;
use crate::generation;
pub(super) use crate::generation::message;

pub use compare::Delta;
pub(super) use compare::Found;
pub(super) use tie::tie;

/// The name of the generated module. It is the same for both, so that it is never a change.
const MODULE: &str = "api";

/// Returns the changes of the public items between two prepared documents, including the resource layer
/// if there is one; or the reason why one of them cannot be generated.
pub(super) fn deltas(
    base: &Value,
    revision: &Value,
    with_resources: bool,
) -> Result<Vec<Found>, String> {
    let (old, new) = thread::scope(|scope| {
        let items = |side| deep::spawn(scope, move || items_of(side, with_resources));
        let (old, new) = [base, revision].map(items).into();
        (joined(old), joined(new))
    });
    let old = old.map_err(|why| format!("base: {why}"))?;
    let new = new.map_err(|why| format!("revision: {why}"))?;
    let mut found = compare::compare(&old, &new);
    found.extend(exchange::methods((base, &old), (revision, &new)));
    found.extend(exchange::members(&old, &new));
    Ok(found)
}

/// Returns the changes of the public items between two Rust files.
pub(super) fn deltas_of(base: &syn::File, revision: &syn::File) -> Vec<Delta> {
    let found = compare::compare(&items::collect(base), &items::collect(revision));
    found.into_iter().map(|found| found.delta).collect()
}

/// Generates the client of a prepared document.
///
/// # Errors
/// If the generator rejects the document or panics; returns its message.
pub fn generate(prepared: &Value) -> Result<syn::File, String> {
    parsed(&generation::generate(prepared, MODULE)?.source)
}

fn parsed(source: &str) -> Result<syn::File, String> {
    syn::parse_file(source).map_err(|error| format!("the generated code does not parse: {error}"))
}

/// Returns the result of a thread, or the reason why there is none.
pub(super) fn joined<T>(
    thread: io::Result<ScopedJoinHandle<'_, Result<T, String>>>,
) -> Result<T, String> {
    match thread {
        Ok(thread) => thread.join().unwrap_or_else(|panic| Err(message(&*panic))),
        Err(error) => Err(format!("the thread cannot be started: {error}")),
    }
}

fn items_of(prepared: &Value, with_resources: bool) -> Result<items::Items, String> {
    let generated = generation::generate(prepared, MODULE)?;
    let mut items = items::collect(&parsed(&generated.source)?);
    if with_resources {
        items.append(&mut layer::collect(&generated.resources)?);
    }
    Ok(items)
}
