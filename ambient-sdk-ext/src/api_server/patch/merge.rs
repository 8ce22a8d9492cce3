//! Changes some labels or annotations and keeps the others.
//!
//! The servers store all labels of an object in one text, and an update replaces the whole text. A
//! [`Merge`] reads the labels, applies its changes, writes them and checks whether they persisted.
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::Merge;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let sessions = client.api_server().sessions();
//! let change = Merge::new().set("reviewed", "yes").remove("needs-review");
//! let session = sessions.merge_labels("2abcDEFghiJKLmnoPQRstuVWXyz", change).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Concurrent writes
//! The servers do not support conditional writes. Therefore the write immediately follows the read,
//! and afterwards the object is read again: if another writer has undone this change, it is applied
//! again on top of the other writer's labels, up to 4 times. Changes that another writer stores
//! between the read and the write of one round are lost; only the server could prevent this.

use std::{collections::BTreeMap, future::Future};

use ambient_sdk::JsonText;

use super::json_text;
use crate::{
    api_server::{
        fields::TextMap,
        resource::{Annotated, Handle, Labelled},
    },
    error::{Error, ErrorKind, Result},
};

/// The maximum number of times that a change is applied.
const ROUNDS: u32 = 5;

/// A change of labels or annotations: which to set and which to remove. The others are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Merge(BTreeMap<String, Option<String>>);

impl Merge {
    /// Creates an empty change.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a label or annotation, whether or not it exists.
    pub fn set(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(key.into(), Some(value.into()));
        self
    }

    /// Removes a label or annotation, if it exists.
    pub fn remove(mut self, key: impl Into<String>) -> Self {
        self.0.insert(key.into(), None);
        self
    }

    fn apply(&self, map: &mut TextMap) {
        for (key, value) in &self.0 {
            match value {
                Some(value) => {
                    map.insert(key.clone(), value.clone());
                }
                None => {
                    map.remove(key);
                }
            }
        }
    }

    fn holds(&self, map: &TextMap) -> bool {
        self.0.iter().all(|(key, value)| map.get(key) == value.as_ref())
    }
}

/// Reads, changes and writes until the change persists; returns the object that was read last.
async fn merge<T, U, Get, Put>(
    change: &Merge,
    map_of: fn(&T) -> Result<TextMap>,
    get: impl Fn() -> Get,
    put: impl Fn(JsonText) -> Put,
) -> Result<T>
where
    Get: Future<Output = Result<T>>,
    Put: Future<Output = Result<U>>,
{
    let mut object = get().await?;
    for _ in 0..ROUNDS {
        let mut map = map_of(&object)?;
        if change.holds(&map) {
            return Ok(object);
        }
        change.apply(&mut map);
        put(json_text(&map).map_err(Error::invalid)?).await?;
        object = get().await?;
    }
    if change.holds(&map_of(&object)?) {
        return Ok(object);
    }
    let text =
        format!("the change was made {ROUNDS} times, and another writer undid it every time");
    Err(Error::new(ErrorKind::Conflict, text))
}

impl<R: Labelled> Handle<R> {
    /// Sets some labels and removes others; the rest is kept. See
    /// [`merge`](crate::api_server::merge) for concurrent writes.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if the labels are not a JSON object of texts; nothing is written then.
    /// [`ErrorKind::Conflict`] if another writer keeps undoing the change. If
    /// [`Error::outcome`](crate::Error::outcome) is [`Unknown`](crate::RequestOutcome::Unknown),
    /// the change may have been made; the merge can be repeated.
    pub async fn merge_labels(&self, id: impl AsRef<str>, change: Merge) -> Result<R::Item> {
        let id = id.as_ref();
        let put = |text| async { self.update(id, R::with_labels(text)?).await };
        merge(&change, R::labels, || self.get(id), put).await
    }
}

impl<R: Annotated> Handle<R> {
    /// Sets some annotations and removes others, like [`merge_labels`](Self::merge_labels).
    ///
    /// # Errors
    /// The errors of [`merge_labels`](Self::merge_labels).
    pub async fn merge_annotations(&self, id: impl AsRef<str>, change: Merge) -> Result<R::Item> {
        let id = id.as_ref();
        let put = |text| async { self.update(id, R::with_annotations(text)?).await };
        merge(&change, R::annotations, || self.get(id), put).await
    }
}
