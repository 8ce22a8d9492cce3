//! What happens to Rust code: both revisions are generated, and their public items compared.
//!
//! Nothing is guessed from the documents. The generator runs with the settings of the build script.

mod compare;
mod items;
mod signature;
mod tie;

use std::{
    any::Any,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    thread::{self, ScopedJoinHandle},
};

use serde_json::Value;

use super::deep;
use crate::{endless, error::chain};

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
    endless::check(prepared).map_err(|endless| endless.to_string())?;
    let options = ambient_sdk_generator::Options { module: MODULE.to_owned(), schemars: false };
    let text = prepared.to_string();
    let generated = super::quiet::quietly(|| {
        catch_unwind(AssertUnwindSafe(|| ambient_sdk_generator::generate(&text, &options)))
    });
    let source = match generated {
        Ok(source) => source.map_err(|error| chain(&error))?,
        Err(panic) => return Err(format!("the generator panicked: {}", said(&*panic))),
    };
    syn::parse_file(&source).map_err(|error| format!("the generated code does not parse: {error}"))
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

/// The message of a panic.
pub(super) fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("(no message)").lines().next().unwrap_or_default().to_owned()
}
