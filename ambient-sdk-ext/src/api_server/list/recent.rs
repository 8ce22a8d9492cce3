//! The items of the last pages, so that an item that moved to the next page is not returned twice.

use std::collections::{HashSet, VecDeque};

/// The minimum number of previous items in which a repetition is detected.
const REACH: usize = 1_000;

/// The ids of the last pages: of the previous page, and of as many more as hold [`REACH`] items.
#[derive(Default)]
pub(super) struct Recent {
    pages: VecDeque<HashSet<Box<str>>>,
    held: usize,
}

impl Recent {
    pub(super) fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// Removes the items that were on one of the last pages, records the ids of this page, and
    /// returns the number of removed items. Items without an id are kept.
    pub(super) fn sift<T>(&mut self, items: &mut Vec<T>, id: fn(&T) -> &str) -> usize {
        let before = items.len();
        let ids = items.iter().map(id).filter(|id| !id.is_empty()).map(Into::into).collect();
        items.retain(|item| !self.pages.iter().any(|page| page.contains(id(item))));
        self.remember(ids);
        before - items.len()
    }

    fn remember(&mut self, ids: HashSet<Box<str>>) {
        self.held += ids.len();
        self.pages.push_back(ids);
        while let Some(oldest) = self.pages.front()
            && self.pages.len() > 1
            && self.held - oldest.len() >= REACH
        {
            self.held -= oldest.len();
            self.pages.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sifted(recent: &mut Recent, items: &[&'static str]) -> Vec<&'static str> {
        let mut items = items.to_vec();
        recent.sift(&mut items, |item| item);
        items
    }

    #[test]
    fn items_of_the_last_pages_are_removed() {
        let mut recent = Recent::default();
        assert_eq!(sifted(&mut recent, &["a", "b", ""]), ["a", "b", ""]);
        assert_eq!(sifted(&mut recent, &["b", "c"]), ["c"]);
        assert_eq!(sifted(&mut recent, &["a", "c", "d", "", ""]), ["d", "", ""]);
    }

    #[test]
    fn old_pages_are_forgotten_when_newer_ones_hold_enough_items() {
        let mut recent = Recent::default();
        sifted(&mut recent, &["old"]);
        for page in 0..10 {
            assert!(recent.pages[0].contains("old"));
            let mut items: Vec<String> = (0..100).map(|item| format!("{page}-{item}")).collect();
            recent.sift(&mut items, |item| item);
            assert_eq!(items.len(), 100);
        }
        assert_eq!((recent.pages.len(), recent.held), (10, 1000));
        assert_eq!(sifted(&mut recent, &["old"]), ["old"]);
    }
}
