//! What is sent to create or change something: builders that hold only what may be sent.
//!
//! A field that isn't set is left out of the request: the server chooses on creation, and leaves
//! alone on a change. To clear a field, set it to [`CLEAR`]:
//!
//! ```
//! use ambient_sdk_ext::api_server::{AgentPatch, CLEAR, RoleBindingPatch};
//!
//! // Text is cleared with the empty text, as the servers read null as "leave alone".
//! let patch = AgentPatch::new().prompt("Review pull requests").description(CLEAR);
//! assert_eq!(patch.to_json()?, r#"{"description":"","prompt":"Review pull requests"}"#);
//!
//! // The keys of a role binding are the exception: null clears them.
//! let patch = RoleBindingPatch::new().user_id("user-1").agent_id(CLEAR);
//! assert_eq!(patch.to_json()?, r#"{"agent_id":null,"user_id":"user-1"}"#);
//! # Ok::<(), ambient_sdk_ext::Error>(())
//! ```
//!
//! Maps and lists are cleared with an empty one. Numbers and switches can't be cleared, only set.

pub mod merge;

use std::fmt::Display;

use ambient_sdk::JsonText;
use serde::Serialize;

use crate::error::{Error, Result};

/// Clears a field of a patch: see [the module](self).
pub const CLEAR: Clear = Clear(());

/// The type of [`CLEAR`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clear(());

/// What becomes of a field: a new text, or [`CLEAR`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change(Option<String>);

impl Change {
    /// As the text fields take it: nothing is the empty text.
    pub(crate) fn text(self) -> String {
        self.0.unwrap_or_default()
    }

    /// As the keys of role bindings take it.
    pub(crate) fn key(self) -> ambient_sdk::Clearable {
        self.0.map_or(ambient_sdk::Clearable::Clear, ambient_sdk::Clearable::Set)
    }
}

impl From<&str> for Change {
    fn from(text: &str) -> Self {
        Self(Some(text.to_owned()))
    }
}

impl From<String> for Change {
    fn from(text: String) -> Self {
        Self(Some(text))
    }
}

impl From<&String> for Change {
    fn from(text: &String) -> Self {
        Self(Some(text.clone()))
    }
}

impl From<Clear> for Change {
    fn from(_: Clear) -> Self {
        Self(None)
    }
}

/// The body that a caller's request stands for.
pub(crate) fn body<B, R>(request: R) -> Result<B>
where
    R: TryInto<B>,
    R::Error: Display,
{
    request.try_into().map_err(|why| Error::invalid(format!("Invalid request: {why}")))
}

/// A value as JSON text.
pub(crate) fn json_text(value: &impl Serialize) -> Result<JsonText, String> {
    JsonText::from_value(value).map_err(|why| why.to_string())
}
