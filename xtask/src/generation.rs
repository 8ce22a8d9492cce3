//! The client of a prepared document, generated as a build would.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ambient_sdk_generator::{Generated, Options};
use serde_json::Value;

use crate::error::chain;
use crate::{endless, quiet};

/// Generates the client of a prepared document.
///
/// # Errors
/// When the generator refuses the document or panics at it, what it said.
pub fn generate(prepared: &Value, module: &str) -> Result<Generated, String> {
    endless::check(prepared).map_err(|endless| endless.to_string())?;
    let options = Options { module: module.to_owned(), schemars: false };
    let text = prepared.to_string();
    let generated = quiet::quietly(|| {
        catch_unwind(AssertUnwindSafe(|| ambient_sdk_generator::generate(&text, &options)))
    });
    match generated {
        Ok(generated) => generated.map_err(|error| chain(&error)),
        Err(panic) => Err(format!("the generator panicked: {}", said(&*panic))),
    }
}

/// The message of a panic.
pub(crate) fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("(no message)").lines().next().unwrap_or_default().to_owned()
}
