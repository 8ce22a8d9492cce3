//! Each message once, in the order of the sequence numbers.

use std::collections::VecDeque;

/// How many sequence numbers are remembered to tell what is repeated from what is new.
const REMEMBERED: usize = 1024;

/// What a message is to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// After all of them.
    Next,
    /// One of them, or older than what is remembered.
    Repeated,
    /// Before some of them, but none of them.
    Late,
}

/// The sequence numbers that were yielded, in order; those of late messages among them.
pub(super) struct Order {
    cursor: i64,
    recent: VecDeque<i64>,
    /// The numbers of frames that hold no message, as they came.
    told: VecDeque<i64>,
}

impl Order {
    pub(super) fn after(cursor: i64) -> Self {
        Self { cursor, recent: VecDeque::new(), told: VecDeque::new() }
    }

    /// The largest number so far.
    pub(super) fn cursor(&self) -> i64 {
        self.cursor
    }

    /// Takes note of a message and says whether it is to be yielded.
    pub(super) fn place(&mut self, seq: i64) -> Place {
        if seq > self.cursor {
            self.cursor = seq;
            self.remember(self.recent.len(), seq);
            return Place::Next;
        }
        match self.recent.binary_search(&seq) {
            Err(at) if at > 0 => {
                self.remember(at, seq);
                Place::Late
            }
            _ => Place::Repeated,
        }
    }

    /// Takes note of a frame that holds no message, and says whether it is to be told of, which it
    /// is once. It moves no cursor: its number may be as broken as the rest of it.
    pub(super) fn tell(&mut self, seq: i64) -> bool {
        if self.told.contains(&seq) {
            return false;
        }
        self.told.push_back(seq);
        if self.told.len() > REMEMBERED {
            self.told.pop_front();
        }
        true
    }

    fn remember(&mut self, at: usize, seq: i64) {
        self.recent.insert(at, seq);
        if self.recent.len() > REMEMBERED {
            self.recent.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Place::*, *};

    #[test]
    fn a_message_is_next_repeated_or_late() {
        let mut order = Order::after(4);
        let places = [5, 9, 9, 7, 7, 5, 4, 3, 10].map(|seq| order.place(seq));
        assert_eq!(
            places,
            [Next, Next, Repeated, Late, Repeated, Repeated, Repeated, Repeated, Next]
        );
        assert_eq!(order.cursor(), 10);
    }

    #[test]
    fn a_frame_without_a_message_is_told_once_and_moves_nothing() {
        let mut order = Order::after(4);
        assert_eq!([9, 9, 3, 9].map(|seq| order.tell(seq)), [true, false, true, false]);
        assert_eq!((order.cursor(), order.place(5), order.place(9)), (4, Next, Next));
        (0..5000).for_each(|seq| _ = order.tell(seq));
        assert_eq!(order.told.len(), REMEMBERED);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut order = Order::after(0);
        (1..10_000).for_each(|seq| assert_eq!(order.place(2 * seq), Next));
        assert_eq!(order.recent.len(), REMEMBERED);
        assert_eq!(order.place(3), Repeated);
        assert_eq!((0..500).filter(|n| order.place(19_001 + 2 * n) == Late).count(), 499);
        assert_eq!(order.recent.len(), REMEMBERED);
    }
}
