//! Builders for the bodies of create and update requests, which contain only fields that may be
//! sent.
//!
//! A field that is not set is omitted from the request: on creation the server chooses its value,
//! on update the field is unchanged. To clear a field, set it to [`CLEAR`]:
//!
//! ```
//! use ambient_sdk_ext::api_server::{AgentPatch, CLEAR, RoleBindingPatch};
//!
//! // Text is cleared with an empty string, because the servers ignore null.
//! let patch = AgentPatch::new().prompt("Review pull requests").description(CLEAR);
//! assert_eq!(patch.to_json()?, r#"{"description":"","prompt":"Review pull requests"}"#);
//!
//! // The keys of a role binding are the exception: null clears them.
//! let patch = RoleBindingPatch::new().user_id("user-1").agent_id(CLEAR);
//! assert_eq!(patch.to_json()?, r#"{"agent_id":null,"user_id":"user-1"}"#);
//! # Ok::<(), ambient_sdk_ext::Error>(())
//! ```
//!
//! Maps and lists are cleared with an empty one. Numbers and booleans cannot be cleared, only set.

pub mod merge;

use std::fmt::Display;

use ambient_sdk::JsonText;
use serde::Serialize;

use crate::error::{Error, Result};

/// Clears a field of a patch; see [the module](self).
pub const CLEAR: Clear = Clear(());

/// The type of [`CLEAR`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clear(());

/// A change of a text field: a new value, or [`CLEAR`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change(Option<String>);

impl Change {
    /// Converts to the value of a text field, which an empty string clears.
    pub(crate) fn text(self) -> String {
        self.0.unwrap_or_default()
    }

    /// Converts to the value of a role binding's key, which null clears.
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

/// Converts a caller's request into the body.
pub(crate) fn body<B, R>(request: R) -> Result<B>
where
    R: TryInto<B>,
    R::Error: Display,
{
    request.try_into().map_err(|why| Error::invalid(format!("Invalid request: {why}")))
}

/// Serializes a value as JSON text.
pub(crate) fn json_text(value: &impl Serialize) -> Result<JsonText, String> {
    JsonText::from_value(value).map_err(|why| why.to_string())
}
