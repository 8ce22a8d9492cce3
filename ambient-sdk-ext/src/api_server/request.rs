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

use std::{collections::BTreeMap, fmt::Display};

use ambient_sdk::JsonText;
use serde::Serialize;

use super::fields::SessionRepo;
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
pub(crate) fn ready<B, R>(request: R) -> Result<B>
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

/// A map of texts on its way into a JSON object.
pub(crate) struct Pairs(BTreeMap<String, String>);

impl Pairs {
    pub(crate) fn new<K: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

impl TryFrom<Pairs> for Option<JsonText> {
    type Error = String;

    fn try_from(Pairs(pairs): Pairs) -> Result<Self, String> {
        json_text(&pairs).map(Some)
    }
}

/// Repositories on their way into a JSON array.
pub(crate) struct Repos(Vec<SessionRepo>);

impl Repos {
    pub(crate) fn new<R: Into<SessionRepo>>(repos: impl IntoIterator<Item = R>) -> Self {
        Self(repos.into_iter().map(Into::into).collect())
    }
}

impl TryFrom<Repos> for Option<JsonText> {
    type Error = String;

    fn try_from(Repos(repos): Repos) -> Result<Self, String> {
        for (at, repo) in repos.iter().enumerate() {
            repo.check(at).map_err(|error| error.to_string())?;
        }
        json_text(&repos).map(Some)
    }
}

/// Values on their way into a JSON array.
pub(crate) struct Items<T>(Vec<T>);

impl<T> Items<T> {
    pub(crate) fn new(items: impl IntoIterator<Item = T>) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T: Serialize> TryFrom<Items<T>> for Option<JsonText> {
    type Error = String;

    fn try_from(Items(items): Items<T>) -> Result<Self, String> {
        json_text(&items).map(Some)
    }
}

/// A builder of one request type, with a method per field that may be sent.
///
/// Each field has a kind, which says what its method takes and how it is sent: `text`, `clearable`
/// (text, or `CLEAR`), `key` (the same, cleared by null), `value(type)`, `map`, `repos`,
/// `list(type)`, `json`, `secret`.
macro_rules! request {
    (
        $(#[$doc:meta])*
        $name:ident for $raw:ident $(($($required:ident: $type:ty),+ $(; $preset:ident)?))?
        { $($kind:ident $(($value:ty))? $field:ident,)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        #[must_use]
        pub struct $name(types::builder::$raw);

        impl $name {
            super::request::request!(@new $raw $($($required: $type),+ $(; $preset)?)?);

            $(super::request::request!(@$kind $(($value))? $field $raw);)*

            /// The body as it will be sent.
            ///
            /// # Errors
            /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) when a value has no JSON form.
            pub fn to_json(&self) -> crate::Result<String> {
                let body: types::$raw = super::request::ready(self.clone())?;
                let text = super::request::json_text(&body).map_err(crate::Error::invalid)?;
                Ok(text.as_str().to_owned())
            }
        }

        super::request::request!(@default $name $($($required)+)?);

        impl TryFrom<$name> for types::$raw {
            type Error = types::error::ConversionError;

            fn try_from(request: $name) -> Result<Self, Self::Error> {
                request.0.try_into()
            }
        }
    };
    (@new $raw:ident) => {
        /// A change of nothing yet.
        pub fn new() -> Self {
            Self(types::$raw::builder())
        }
    };
    (@new $raw:ident $($required:ident: $type:ty),+ $(; $preset:ident)?) => {
        /// With what must be given. Everything else is left to the server unless it is set.
        pub fn new($($required: impl Into<$type>),+) -> Self {
            let request = types::$raw::builder()$(.$preset(""))?;
            Self(request$(.$required(Into::<$type>::into($required)))+)
        }
    };
    (@default $name:ident) => {
        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }
    };
    (@default $name:ident $($required:ident)+) => {};
    (@method $field:ident $raw:ident ($($argument:tt)*) $value:expr) => {
        #[doc = concat!(
            "Sets [`", stringify!($field), "`](types::", stringify!($raw), "::", stringify!($field),
            ")."
        )]
        pub fn $field(self, $($argument)*) -> Self {
            Self(self.0.$field($value))
        }
    };
    (@text $field:ident $raw:ident) => {
        super::request::request!(@method $field $raw (text: impl Into<String>) Some(text.into()));
    };
    (@clearable $field:ident $raw:ident) => {
        super::request::request!(
            @method $field $raw (text: impl Into<super::request::Change>) Some(text.into().text())
        );
    };
    (@key $field:ident $raw:ident) => {
        super::request::request!(
            @method $field $raw (id: impl Into<super::request::Change>) Some(id.into().key())
        );
    };
    (@value ($type:ty) $field:ident $raw:ident) => {
        super::request::request!(@method $field $raw (value: impl Into<$type>) Some(value.into()));
    };
    (@secret $field:ident $raw:ident) => {
        super::request::request!(
            @method $field $raw (secret: impl Into<ambient_sdk::Secret>) Some(secret.into())
        );
    };
    (@json $field:ident $raw:ident) => {
        super::request::request!(
            @method $field $raw (value: impl Into<serde_json::Value>)
            Some(ambient_sdk::JsonText::from(value.into().to_string()))
        );
    };
    (@map $field:ident $raw:ident) => {
        #[doc = concat!(
            "Sets [`", stringify!($field), "`](types::", stringify!($raw), "::", stringify!($field),
            "), all of them."
        )]
        pub fn $field<K: Into<String>, V: Into<String>>(
            self,
            pairs: impl IntoIterator<Item = (K, V)>,
        ) -> Self {
            Self(self.0.$field(super::request::Pairs::new(pairs)))
        }
    };
    (@repos $field:ident $raw:ident) => {
        #[doc = concat!(
            "Sets [`", stringify!($field), "`](types::", stringify!($raw), "::", stringify!($field),
            "), all of them."
        )]
        pub fn $field<R: Into<super::fields::SessionRepo>>(
            self,
            repos: impl IntoIterator<Item = R>,
        ) -> Self {
            Self(self.0.$field(super::request::Repos::new(repos)))
        }
    };
    (@list ($type:ty) $field:ident $raw:ident) => {
        #[doc = concat!(
            "Sets [`", stringify!($field), "`](types::", stringify!($raw), "::", stringify!($field),
            "), all of them."
        )]
        pub fn $field(self, items: impl IntoIterator<Item = $type>) -> Self {
            Self(self.0.$field(super::request::Items::new(items)))
        }
    };
}
pub(crate) use request;
