//! A set of sequence numbers, stored as runs: the only session of a server needs only one run.

use std::collections::BTreeMap;

/// Maps the first number of each run to its last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seqs(BTreeMap<i64, i64>);

impl Seqs {
    pub(super) fn contains(&self, seq: i64) -> bool {
        self.run_at(seq).is_some()
    }

    /// Adds a number; returns `false` if the set had it.
    pub(super) fn insert(&mut self, seq: i64) -> bool {
        if self.contains(seq) {
            return false;
        }
        self.insert_run(seq, seq);
        true
    }

    /// Adds a run that shares no number with the set.
    pub(super) fn insert_run(&mut self, first: i64, last: i64) {
        let last = last.checked_add(1).and_then(|next| self.0.remove(&next)).unwrap_or(last);
        let before = self.0.range_mut(..first).next_back();
        match before {
            Some((_, end)) if end.checked_add(1) == Some(first) => *end = last,
            _ => _ = self.0.insert(first, last),
        }
    }

    /// Removes a number, if the set has it.
    pub(super) fn remove(&mut self, seq: i64) {
        let Some((first, last)) = self.run_at(seq) else { return };
        self.0.remove(&first);
        if first < seq {
            self.0.insert(first, seq - 1);
        }
        if seq < last {
            self.0.insert(seq + 1, last);
        }
    }

    /// Removes all numbers up to `seq`.
    pub(super) fn remove_through(&mut self, seq: i64) {
        while let Some(run) = self.0.first_entry().filter(|run| *run.key() <= seq) {
            let last = run.remove();
            if last > seq {
                self.0.insert(seq + 1, last);
            }
        }
    }

    pub(super) fn largest(&self) -> Option<i64> {
        self.0.last_key_value().map(|(_, last)| *last)
    }

    /// Returns the first and the last number of each run, in order.
    pub(super) fn runs(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.0.iter().map(|(first, last)| (*first, *last))
    }

    fn run_at(&self, seq: i64) -> Option<(i64, i64)> {
        let (first, last) = self.0.range(..=seq).next_back()?;
        (seq <= *last).then_some((*first, *last))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn adjacent_numbers_form_one_run() {
        let mut seqs = Seqs::default();
        assert!([3, 5, 4, 9, i64::MAX].iter().all(|seq| seqs.insert(*seq)));
        assert!(!seqs.insert(4));
        assert_eq!(seqs.runs().collect::<Vec<_>>(), [(3, 5), (9, 9), (i64::MAX, i64::MAX)]);
        assert_eq!(seqs.largest(), Some(i64::MAX));
    }

    proptest! {
        #[test]
        fn behaves_like_a_set(steps in proptest::collection::vec((0_u8..4, 1_i64..40), 0..120)) {
            let (mut seqs, mut plain) = (Seqs::default(), BTreeSet::new());
            for (step, seq) in steps {
                match step {
                    0 | 1 => prop_assert_eq!(seqs.insert(seq), plain.insert(seq)),
                    2 => {
                        seqs.remove(seq);
                        plain.remove(&seq);
                    }
                    _ => {
                        seqs.remove_through(seq / 4);
                        plain = plain.split_off(&(seq / 4 + 1));
                    }
                }
                let all: BTreeSet<i64> = seqs.runs().flat_map(|(first, last)| first..=last).collect();
                prop_assert_eq!(&all, &plain);
                let touching = seqs.runs().zip(seqs.runs().skip(1)).any(|(a, b)| a.1 + 1 >= b.0);
                prop_assert!(!touching);
            }
        }
    }
}
