//! Generates the client of a prepared document, like the build script.

mod culprit;
mod merging;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ambient_sdk_generator::{Generated, Options};
use serde_json::Value;

use crate::error::chain;
use crate::{deep, endless, nesting, quiet};
use culprit::Culprit;

/// The reason why the client cannot be generated, and the failing place.
#[derive(Debug)]
pub struct Refusal {
    /// The JSON pointer into the prepared document.
    pub pointer: String,
    /// The message of the generator.
    pub reason: String,
}

/// Like [`generate`], but finds the smallest part of the document that fails.
///
/// # Errors
/// If the generator rejects the document or panics.
pub fn generate_or_place(prepared: &Value, module: &str) -> Result<Generated, Refusal> {
    deep::run(|| {
        generate(prepared, module).map_err(|reason| {
            let failure = |document: &Value| generate(document, module).err();
            let Culprit { pointer, reason } = culprit::find(prepared, reason, &failure);
            Refusal { pointer, reason }
        })
    })
    .unwrap_or_else(|reason| Err(Refusal { pointer: String::new(), reason }))
}

/// Generates the client of a prepared document.
///
/// # Errors
/// If the generator rejects the document or panics; returns its message.
pub fn generate(prepared: &Value, module: &str) -> Result<Generated, String> {
    endless::check(prepared).map_err(|endless| endless.to_string())?;
    nesting::check(prepared).map_err(|deep| deep.to_string())?;
    merging::check(prepared).map_err(|endless| endless.to_string())?;
    let options = Options { module: module.to_owned(), schemars: false };
    let text = prepared.to_string();
    let generated = quiet::quietly(|| {
        catch_unwind(AssertUnwindSafe(|| ambient_sdk_generator::generate(&text, &options)))
    });
    match generated {
        Ok(generated) => generated.map_err(|error| chain(&error)),
        Err(panic) => Err(format!("the generator panicked: {}", message(&*panic))),
    }
}

/// Returns the message of a panic.
pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("(no message)").lines().next().unwrap_or_default().to_owned()
}
