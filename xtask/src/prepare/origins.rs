//! The origins of values that the rules have moved.

use std::collections::BTreeMap;

use crate::error::{Error, Place};

/// The pointer in the bundled document for each moved value.
#[derive(Debug, Clone, Default)]
pub(super) struct Origins(BTreeMap<String, String>);

impl Origins {
    /// Records that the value at `new` comes from `old`.
    pub(super) fn moved(&mut self, new: impl Into<String>, old: impl Into<String>) {
        self.0.insert(new.into(), old.into());
    }

    /// Returns the pointer into the bundled document.
    pub(super) fn of(&self, pointer: &str) -> String {
        let mut here = pointer.to_owned();
        // A moved value may have been moved before, by an earlier rule.
        for _ in 0..8 {
            match self.step(&here) {
                Some(next) if next != here => here = next,
                _ => break,
            }
        }
        here
    }

    fn step(&self, pointer: &str) -> Option<String> {
        let mut end = pointer.len();
        loop {
            let (around, below) = pointer.split_at(end);
            if let Some(old) = self.0.get(around) {
                return Some(format!("{old}{below}"));
            }
            end = around.rfind('/')?;
        }
    }

    /// Replaces the pointer of an error with the pointer into the bundled document.
    pub(super) fn translate(&self, error: Error) -> Error {
        error.located(|pointer| Place { pointer: self.of(pointer), ..Place::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_are_combined_and_the_nearest_applies() {
        let mut origins = Origins::default();
        origins.moved("/a/b", "/x");
        origins.moved("/c", "/a/b/d");
        assert_eq!(origins.of("/a/b/e"), "/x/e");
        assert_eq!(origins.of("/a/bc"), "/a/bc");
        assert_eq!(origins.of("/c/e"), "/x/d/e");
    }
}
