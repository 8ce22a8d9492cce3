//! The items that the generated code uses.

#![allow(dead_code, unused_imports, reason = "the document determines which items are used")]

use std::{collections::BTreeMap, fmt::Display};

use ambient_sdk::{JsonText, Secret};
use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::Value;

pub(super) use super::{
    Annotated, Creatable, Deletable, Ensurable, Handle, Labelled, Named, Readable, Resource,
    Updatable,
};
use crate::error::Error;
pub(super) use crate::{
    api_server::{
        ApiServer,
        fields::{self, Entry, read},
        list::{Fetched, List, ListKind, OfProject, Orders, PageQuery, Searches},
        patch::{Change, body, json_text},
    },
    error::Result,
    names::checked,
};

/// Sends a call of a raw builder, which the block creates from the raw client. Returns the value
/// boxed, as the call does.
macro_rules! send {
    ($server:expr, |$raw:ident| $request:expr) => {{
        let $raw = $server.raw();
        match $request.send().await {
            Ok(response) => Ok(response.into_boxed()),
            Err(error) => Err($crate::Error::from(error)),
        }
    }};
}
pub(crate) use send;

/// A body to send.
///
/// A body that must be completed or checked before it is sent has an inherent method `ready`, which
/// takes precedence over the one of [`Unchecked`].
pub(super) struct Body<T>(pub(super) T);

/// A body that is sent unchanged.
pub(super) trait Unchecked {
    #[allow(clippy::unnecessary_wraps)]
    fn ready(&mut self) -> Result<()> {
        Ok(())
    }
}

impl<T> Unchecked for Body<T> {}

/// Returns a JSON value as text.
pub(super) fn json(value: Value) -> JsonText {
    JsonText::from(value.to_string())
}

/// Creates a map with strings as keys.
pub(super) fn map<V>(
    pairs: impl IntoIterator<Item = (impl Into<String>, impl Into<V>)>,
) -> BTreeMap<String, V> {
    pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect()
}

/// Returns a request as the JSON that is sent.
pub(super) fn to_json<B: Serialize, R>(request: R) -> Result<String>
where
    R: TryInto<B>,
    R::Error: Display,
{
    let body = body(request)?;
    Secret::exposed(|| serde_json::to_string(&body))
        .map_err(|why| Error::invalid(format!("Invalid request: {why}")))
}

/// Serializes a request as its body.
pub(super) fn serialize<B: Serialize, S: Serializer>(
    request: impl TryInto<B, Error: Display>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    request.try_into().map_err(S::Error::custom)?.serialize(serializer)
}

/// A map of strings to be converted into a JSON object.
pub(super) struct Pairs(BTreeMap<String, String>);

impl Pairs {
    pub(super) fn new(
        pairs: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

impl TryFrom<Pairs> for JsonText {
    type Error = String;

    fn try_from(Pairs(pairs): Pairs) -> std::result::Result<Self, String> {
        json_text(&pairs)
    }
}

impl TryFrom<Pairs> for Option<JsonText> {
    type Error = String;

    fn try_from(pairs: Pairs) -> std::result::Result<Self, String> {
        pairs.try_into().map(Some)
    }
}

/// Entries to be converted into a JSON array.
pub(super) struct Entries<T>(Vec<T>);

impl<T> Entries<T> {
    pub(super) fn new(entries: impl IntoIterator<Item = impl Into<T>>) -> Self {
        Self(entries.into_iter().map(Into::into).collect())
    }
}

impl<T: Entry> TryFrom<Entries<T>> for JsonText {
    type Error = String;

    fn try_from(Entries(entries): Entries<T>) -> std::result::Result<Self, String> {
        for (at, entry) in entries.iter().enumerate() {
            entry.check(at).map_err(|error| error.to_string())?;
        }
        json_text(&entries)
    }
}

impl<T: Entry> TryFrom<Entries<T>> for Option<JsonText> {
    type Error = String;

    fn try_from(entries: Entries<T>) -> std::result::Result<Self, String> {
        entries.try_into().map(Some)
    }
}
