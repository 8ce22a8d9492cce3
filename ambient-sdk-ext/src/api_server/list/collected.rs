//! A list collected in memory.

use std::{
    ops::{Deref, DerefMut},
    slice, vec,
};

use serde::{Serialize, Serializer};

/// The collected items of a list. Dereferences to a `Vec`, and records whether some items may be
/// missing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Collected<T> {
    items: Vec<T>,
    may_be_incomplete: bool,
}

impl<T> Collected<T> {
    pub(super) fn new(items: Vec<T>, may_be_incomplete: bool) -> Self {
        Self { items, may_be_incomplete }
    }

    /// Returns whether the list changed while it was read, so that items may be missing; see
    /// [the module](super#completeness).
    #[must_use]
    pub fn may_be_incomplete(&self) -> bool {
        self.may_be_incomplete
    }

    /// Returns the items as a `Vec`.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.items
    }
}

impl<T> Deref for Collected<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.items
    }
}

impl<T> DerefMut for Collected<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.items
    }
}

impl<T: Serialize> Serialize for Collected<T> {
    /// Serializes the items as a sequence.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.items.serialize(serializer)
    }
}

impl<T> From<Collected<T>> for Vec<T> {
    fn from(collected: Collected<T>) -> Self {
        collected.items
    }
}

impl<T> IntoIterator for Collected<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Collected<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collected_list_serializes_as_a_json_list() {
        let read = Collected::new(vec![1, 2], true);
        assert_eq!(serde_json::to_string(&read).unwrap(), "[1,2]");
    }
}
