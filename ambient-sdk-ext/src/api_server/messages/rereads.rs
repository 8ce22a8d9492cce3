//! The schedule of list reads that supplement a stream or polls.
//!
//! The documentation of [`messages`](super) explains why they are needed.

use std::time::{Duration, SystemTime};

use ambient_sdk::Timestamp;
use tokio::time::Instant;

use super::ledger::Ledger;

/// The number of messages that the server buffers for a connection.
const HELD: u32 = 512;
/// The time after connecting at which most of the missed messages are visible.
const SOON: Duration = Duration::from_secs(1);
/// The minimum time after a possible loss within which received messages are settled by the same
/// read.
const GRACE: Duration = Duration::from_secs(1);
/// The length of the prefix of an RFC 3339 time that is compared: up to the seconds.
const SECONDS: usize = "2026-01-01T00:00:00".len();

/// The schedule of one session.
#[derive(Debug)]
pub(super) struct Rereads {
    window: Duration,
    /// The live messages of the connection since the last list read; its history is not counted.
    live: u32,
    history: Option<History>,
    /// Whether the connection started at the floor, so that its history raises the floor.
    from_floor: bool,
    /// Whether a read failed, so that the next connection has to cover its messages.
    failed: bool,
    /// The largest `seq` at the read before last, and at the last read.
    marks: [i64; 2],
    soon: Option<Instant>,
    settle: Option<Instant>,
    /// The last time at which a message may have been missed.
    doubted: Option<Instant>,
}

/// A list read in progress.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read {
    pub(super) after: i64,
    pub(super) begun: Instant,
    /// Whether the read starts at the floor and so covers all messages that are not settled.
    pub(super) settles: bool,
}

impl Rereads {
    pub(super) fn new(window: Duration, floor: i64) -> Self {
        Self {
            window,
            live: 0,
            history: None,
            from_floor: false,
            failed: false,
            marks: [floor; 2],
            soon: None,
            settle: None,
            doubted: None,
        }
    }

    /// Returns where a connection starts: at the largest `seq` of the read before last, or at the
    /// floor if it has to replace a failed read.
    pub(super) fn connect_after(&mut self, ledger: &Ledger) -> i64 {
        let after = if self.failed { ledger.floor() } else { self.recent(ledger) };
        self.from_floor = after == ledger.floor();
        after
    }

    /// Records a new connection and its start time on the server's clock, if known. A message that
    /// was being pushed at that moment may be in neither the history nor the live part.
    pub(super) fn connected(&mut self, opened: Option<SystemTime>, largest: i64, now: Instant) {
        self.live = 0;
        self.failed = false;
        self.history = History::until(opened, self.window);
        self.mark(largest);
        self.soon = Some(now + SOON.min(self.window));
        self.doubt(now);
    }

    /// Records that a message may have been missed by now; it is visible one window later.
    pub(super) fn doubt(&mut self, now: Instant) {
        self.doubted = Some(now);
        self.settle.get_or_insert(now + self.settled_after());
    }

    /// Records a message of the connection, new or not. Returns whether it is so old that every
    /// earlier message of the history was received before it and none can follow.
    pub(super) fn record(&mut self, created: Option<&Timestamp>) -> bool {
        let age = self.history.as_ref().zip(created).map(|(history, created)| history.age(created));
        match age {
            Some(Age::Settled) => return self.from_floor,
            Some(Age::Recent) => return false,
            Some(Age::Live) | None => {}
        }
        self.history = None;
        self.live += 1;
        false
    }

    /// Returns whether a message may be missing before the next one of the connection.
    pub(super) fn may_have_gaps(&self) -> bool {
        self.live >= HELD
    }

    /// Returns when the list is to be read.
    pub(super) fn due(&self) -> Option<Instant> {
        [self.soon, self.settle].into_iter().flatten().min()
    }

    /// Returns whether the list read is long overdue because the connection never paused.
    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.settle.is_some_and(|settle| settle + self.window <= now)
    }

    /// Starts a read: from the floor if that is due, otherwise of the messages since the read
    /// before last.
    pub(super) fn begin(&mut self, ledger: &Ledger, now: Instant) -> Read {
        if self.may_have_gaps() {
            self.doubt(now);
        }
        let floor = ledger.floor();
        let is_due = self.settle.is_some_and(|settle| settle <= now);
        let after = if is_due { floor } else { self.recent(ledger) };
        self.mark(ledger.largest());
        self.live = 0;
        self.soon = self.soon.filter(|soon| *soon > now);
        Read { after, begun: now, settles: after == floor }
    }

    /// Records that a read failed.
    pub(super) fn failed(&mut self) {
        self.failed = true;
    }

    fn recent(&self, ledger: &Ledger) -> i64 {
        self.marks[0].max(ledger.floor())
    }

    /// Records that a read succeeded.
    pub(super) fn finished(&mut self, read: Read) {
        if !read.settles {
            return;
        }
        let after = self.settled_after();
        self.settle = self.doubted.map(|doubted| doubted + after).filter(|due| *due > read.begun);
        self.doubted = self.doubted.filter(|_| self.settle.is_some());
    }

    fn settled_after(&self) -> Duration {
        self.window + GRACE.max(self.window / 16).min(self.window)
    }

    fn mark(&mut self, largest: i64) {
        self.marks = [self.marks[1], largest];
    }
}

/// The stored messages at the beginning of a response, dated by the server's clock.
#[derive(Debug)]
pub(super) struct History {
    /// The start of the response.
    opened: Timestamp,
    /// A message created before this time was visible at the start of the response, and so was
    /// every message with a smaller `seq`: neither its push nor the pushes that overlapped with it
    /// take longer than the window.
    settled: Timestamp,
}

/// The part of the response that a message belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    Settled,
    Recent,
    Live,
}

impl History {
    pub(super) fn until(opened: Option<SystemTime>, window: Duration) -> Option<Self> {
        let opened = opened?;
        let settled = opened.checked_sub(window.checked_mul(2)?)?;
        Some(Self { opened: opened.into(), settled: settled.into() })
    }

    pub(super) fn age(&self, created: &Timestamp) -> Age {
        match (is_earlier(created, &self.settled), is_earlier(created, &self.opened)) {
            (true, _) => Age::Settled,
            (false, true) => Age::Recent,
            (false, false) => Age::Live,
        }
    }
}

/// Compares the texts, which is faster than parsing. Returns `false` unless both are in UTC.
fn is_earlier(one: &Timestamp, other: &Timestamp) -> bool {
    match (seconds(one.as_str()), seconds(other.as_str())) {
        (Some(one), Some(other)) => one < other,
        _ => false,
    }
}

fn seconds(time: &str) -> Option<&str> {
    time.get(..SECONDS).filter(|_| time.ends_with('Z'))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const WINDOW: Duration = Duration::from_secs(30);

    fn ledger() -> Ledger {
        Ledger::new(0.into(), WINDOW, None)
    }

    #[test]
    fn times_are_compared_by_second_and_in_utc_only() {
        let earlier = |one: &str, other: &str| is_earlier(&one.into(), &other.into());
        assert!(earlier("1970-01-01T00:00:00.999Z", "1970-01-01T00:00:01Z"));
        assert!(!earlier("1970-01-01T00:00:01Z", "1970-01-01T00:00:01.5Z"));
        assert!(!earlier("1970-01-01T00:00:00+01:00", "1970-01-01T00:00:01Z"));
        assert!(!earlier("", "1970-01-01T00:00:01Z"));
        assert!(!earlier("Z", "1970-01-01T00:00:01Z"));
    }

    #[test]
    fn only_messages_after_the_history_count() {
        let mut rereads = Rereads::new(WINDOW, 0);
        assert_eq!(rereads.connect_after(&ledger()), 0);
        rereads.connected(Some(UNIX_EPOCH + SECOND * 90), 0, Instant::now());
        let ages = ["00:00:29Z", "00:00:30Z", "00:01:29Z"];
        let settled = ages.map(|age| rereads.record(Some(&format!("1970-01-01T{age}").into())));
        assert_eq!(settled, [true, false, false]);
        (0..5000).for_each(|_| _ = rereads.record(Some(&"1970-01-01T00:01:00Z".into())));
        assert!(!rereads.may_have_gaps());
        (0..511).for_each(|_| _ = rereads.record(Some(&"1970-01-01T00:01:30Z".into())));
        assert!(!rereads.may_have_gaps());
        assert!(!rereads.record(Some(&"1970-01-01T00:00:08Z".into())));
        assert!(rereads.may_have_gaps());
        rereads.begin(&ledger(), Instant::now());
        assert!(!rereads.may_have_gaps());
    }

    #[test]
    fn the_list_is_read_soon_after_a_connect_and_after_the_window() {
        let (start, ledger) = (Instant::now(), ledger());
        let mut rereads = Rereads::new(WINDOW, 0);
        assert_eq!(rereads.due(), None);
        rereads.connected(None, 0, start);
        let mut reads = Vec::new();
        while let Some(due) = rereads.due() {
            reads.push((due - start).as_secs());
            let read = rereads.begin(&ledger, due);
            rereads.finished(read);
        }
        assert_eq!(reads, [1, 31]);
    }

    #[test]
    fn a_connection_starts_at_the_read_before_last_or_at_the_floor() {
        let (start, mut ledger) = (Instant::now(), ledger());
        let mut rereads = Rereads::new(WINDOW, 0);
        for seq in [10, 20, 30] {
            ledger.receive(seq, start);
            let read = rereads.begin(&ledger, start);
            rereads.finished(read);
        }
        assert_eq!(rereads.connect_after(&ledger), 20);
        rereads.failed();
        assert_eq!(rereads.connect_after(&ledger), 0);
        rereads.connected(None, 30, start);
        assert_eq!(rereads.connect_after(&ledger), 30);
    }

    #[test]
    fn several_possible_losses_share_one_read_from_the_floor() {
        let (start, ledger) = (Instant::now(), ledger());
        let mut rereads = Rereads::new(WINDOW, 0);
        let mut reads = Vec::new();
        for second in 0..200 {
            let now = start + SECOND * second;
            if second < 100 {
                rereads.doubt(now);
            }
            if rereads.due().is_some_and(|due| due <= now) {
                reads.push(second);
                let read = rereads.begin(&ledger, now);
                rereads.finished(read);
            }
        }
        assert_eq!(reads, [32, 64, 96, 128, 131]);
    }
}
