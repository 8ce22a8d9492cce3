//! Changing some labels or annotations without losing the others.
//!
//! The servers keep all labels of an object in one text, and a change replaces it whole. A
//! [`Merge`] reads them, changes what it says, writes them back and looks whether that held.
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
//! # What someone else writes meanwhile
//! The servers offer no way to write only what wasn't changed since it was read. So the write
//! follows the read at once, and afterwards the object is read again: when someone else's write has
//! undone this change, it is made again on top of theirs, up to 4 times. What someone else writes
//! between the read and the write of one round is lost; nothing short of the server can prevent it.

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

/// How often a change is made again that someone else has undone.
const ROUNDS: u32 = 5;

/// Which labels or annotations to set and which to remove; the others stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Merge(BTreeMap<String, Option<String>>);

impl Merge {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets one, new or not.
    pub fn set(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(key.into(), Some(value.into()));
        self
    }

    /// Removes one, if it is there.
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

/// Reads, changes and writes until the change holds; the object as it was read last.
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
        format!("the change was made {ROUNDS} times, and someone else has undone it each time");
    Err(Error::new(ErrorKind::Conflict, text))
}

impl<R: Labelled> Handle<R> {
    /// Sets some labels and removes others; the rest stays. See
    /// [`merge`](crate::api_server::merge) for what someone else writes meanwhile.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] when the labels are no JSON object of texts; nothing is written then.
    /// [`ErrorKind::Conflict`] when someone else keeps undoing the change. When
    /// [`Error::outcome`](crate::Error::outcome) is [`Unknown`](crate::RequestOutcome::Unknown), the
    /// change may be made; the same merge can be made again.
    pub async fn merge_labels(&self, id: impl AsRef<str>, change: Merge) -> Result<R::Item> {
        let id = id.as_ref();
        let put = |text| async { self.update(id, R::with_labels(text)?).await };
        merge(&change, R::labels, || self.get(id), put).await
    }
}

impl<R: Annotated> Handle<R> {
    /// Sets some annotations and removes others; as [`merge_labels`](Self::merge_labels).
    ///
    /// # Errors
    /// As those of [`merge_labels`](Self::merge_labels).
    pub async fn merge_annotations(&self, id: impl AsRef<str>, change: Merge) -> Result<R::Item> {
        let id = id.as_ref();
        let put = |text| async { self.update(id, R::with_annotations(text)?).await };
        merge(&change, R::annotations, || self.get(id), put).await
    }
}
