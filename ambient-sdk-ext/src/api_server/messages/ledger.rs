//! The record of received and yielded messages, which ensures that each is yielded exactly once.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use super::{Message, cursor::Cursor, held::Held, seqs::Seqs};

/// The number of parts of the window for which the largest `seq` is recorded.
const PARTS: u32 = 32;

/// A message to yield.
#[derive(Debug)]
pub(super) enum Next {
    /// The next message in the requested order.
    InOrder(Message),
    /// A message that arrived after the window in which it would have been in order.
    Late(Message),
}

/// The `seq` of received messages above a floor; all messages up to the floor were received.
#[derive(Debug)]
pub(super) struct Ledger {
    received: Cursor,
    /// The `seq` up to which no message can be missing; equal to the floor unless messages below it
    /// are held back.
    proven: i64,
    largest: i64,
    seen: VecDeque<Seen>,
    window: Duration,
    /// The `seq` of frames without a valid message that were already reported.
    reported: Seqs,
    held: Option<Held>,
}

/// The largest `seq` that was received by a given time.
#[derive(Debug)]
struct Seen {
    by: Instant,
    largest: i64,
}

impl Ledger {
    /// Creates a ledger. `order` is the time for which messages are held back to yield them in
    /// order; `None` to yield them as they arrive.
    pub(super) fn new(after: Cursor, window: Duration, order: Option<Duration>) -> Self {
        Self {
            proven: after.floor(),
            largest: after.largest(),
            received: after,
            seen: VecDeque::new(),
            window,
            reported: Seqs::default(),
            held: order.map(Held::new),
        }
    }

    pub(super) fn floor(&self) -> i64 {
        self.received.floor
    }

    pub(super) fn largest(&self) -> i64 {
        self.largest
    }

    pub(super) fn has(&self, seq: i64) -> bool {
        self.received.contains(seq)
    }

    /// Returns a cursor of the yielded messages; those held back are not included.
    pub(super) fn cursor(&self) -> Cursor {
        let mut yielded = self.received.clone();
        for seq in self.held.iter().flat_map(Held::seqs) {
            yielded.above.remove(seq);
        }
        yielded
    }

    /// Records a message; returns whether it is new.
    pub(super) fn receive(&mut self, seq: i64, now: Instant) -> bool {
        if seq <= self.received.floor || !self.received.above.insert(seq) {
            return false;
        }
        if seq > self.largest {
            self.largest = seq;
            self.remember(now);
        }
        true
    }

    /// Returns a new message if it is to be yielded now; `None` if it is held back.
    pub(super) fn place(
        &mut self,
        message: Message,
        is_history: bool,
        now: Instant,
    ) -> Option<Next> {
        match &mut self.held {
            None => Some(Next::InOrder(message)),
            Some(held) => held.place(message, is_history, now),
        }
    }

    /// Returns the next held-back message that is due.
    pub(super) fn release(&mut self, now: Instant) -> Option<Message> {
        let message = self.held.as_mut()?.release(now)?;
        self.raise();
        Some(message)
    }

    /// Returns when the next message that is held back is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.held.as_ref()?.due()
    }

    /// Records a frame without a valid message. Returns `true` the first time, when it is to be
    /// reported. Does not raise the floor, because the frame's `seq` may be invalid too.
    pub(super) fn report(&mut self, seq: i64) -> bool {
        seq > self.received.floor && self.reported.insert(seq)
    }

    /// Raises the floor after the list was read from the floor at `read`: every message below a
    /// `seq` that was received one window earlier was visible by then.
    pub(super) fn settle(&mut self, read: Instant) {
        while self.seen.front().is_some_and(|seen| seen.by + self.window <= read) {
            let seen = self.seen.pop_front().map_or(0, |seen| seen.largest);
            self.proven = self.proven.max(seen);
        }
        self.raise();
    }

    /// Raises the floor to `seq`: all messages up to it were received and no other can appear.
    pub(super) fn settle_through(&mut self, seq: i64) {
        self.proven = self.proven.max(seq);
        self.raise();
    }

    /// Raises the floor as far as is proven, but not above messages that are held back.
    fn raise(&mut self) {
        let held = self.held.as_ref().and_then(Held::smallest);
        let most = held.map_or(i64::MAX, |seq| seq - 1);
        self.received.settle(self.proven.min(most));
        self.reported.remove_through(self.received.floor);
    }

    fn remember(&mut self, now: Instant) {
        let Self { seen, largest, window, .. } = self;
        match seen.back_mut().filter(|last| last.by >= now) {
            Some(last) => last.largest = *largest,
            None => seen.push_back(Seen { by: now + *window / PARTS, largest: *largest }),
        }
        // Of the entries older than the window, only the last one is needed.
        while seen.get(1).is_some_and(|second| second.by + *window <= now) {
            seen.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn ledger(after: i64) -> Ledger {
        Ledger::new(after.into(), SECOND * 32, None)
    }

    #[test]
    fn a_number_is_new_once() {
        let now = Instant::now();
        let mut ledger = ledger(4);
        let new = [5, 9, 9, 7, 7, 5, 4, 3, 10].map(|seq| ledger.receive(seq, now));
        assert_eq!(new, [true, true, false, true, false, false, false, false, true]);
        assert_eq!((ledger.floor(), ledger.largest()), (4, 10));
        assert_eq!(ledger.cursor().to_string(), "4+1,2,2x2");
    }

    #[test]
    fn a_read_raises_the_floor_to_the_seq_of_one_window_earlier() {
        let start = Instant::now();
        let mut ledger = ledger(0);
        for (second, seq) in [(0, 5), (10, 7), (20, 6), (30, 9)] {
            ledger.receive(seq, start + SECOND * second);
        }
        let floors = [10, 33, 42, 43, 62, 63].map(|second| {
            ledger.settle(start + SECOND * second);
            ledger.floor()
        });
        assert_eq!(floors, [0, 5, 5, 7, 7, 9]);
        assert!(!ledger.receive(8, start + SECOND * 64));
        assert_eq!(ledger.cursor(), 9.into());
    }

    #[test]
    fn memory_is_limited_to_one_window() {
        let start = Instant::now();
        let mut ledger = ledger(0);
        for second in 0..100_000 {
            let now = start + SECOND * second;
            ledger.receive(i64::from(second) * 2, now);
            if second % 60 == 0 {
                ledger.settle(now);
            }
        }
        assert!(ledger.seen.len() <= PARTS as usize + 2, "{}", ledger.seen.len());
        assert!(ledger.received.above.runs().count() <= 2 * 32 + 60);
    }

    #[test]
    fn an_undecodable_frame_is_reported_once_and_keeps_the_floor() {
        let mut ledger = ledger(4);
        assert_eq!([9, 9, 3, 9].map(|seq| ledger.report(seq)), [true, false, false, false]);
        assert_eq!((ledger.floor(), ledger.largest()), (4, 4));
        assert!(ledger.receive(9, Instant::now()));
        ledger.settle_through(9);
        assert_eq!(ledger.reported.largest(), None);
    }
}
