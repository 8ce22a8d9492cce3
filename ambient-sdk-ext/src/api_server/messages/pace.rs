//! Whether the server may have dropped messages.
//!
//! The server holds 512 messages for a connection that doesn't take them as fast as they come, and
//! drops what comes then, without a sign. At that moment those 512 have yet to be read, so that each
//! gap has at least 512 messages before it, and whoever reads the list after every 512th fills the
//! gap before it is reached. A pause in between says nothing: it may be the network that stalls. So
//! the price is one call for 512 messages, of which most answer with an empty list.
//! Stored messages, which a connection begins with, don't go through that buffer.

use std::time::SystemTime;

use ambient_sdk::Timestamp;

/// How many messages the server holds.
const HELD: u32 = 512;
/// How much of a time in RFC 3339 is compared: up to the seconds.
const SECONDS: usize = "2026-01-01T00:00:00".len();

/// What came since it was last known to be complete.
#[derive(Default)]
pub(super) struct Pace {
    live: u32,
    /// When the connection was made, until a message is seen that is not older.
    opened: Option<Timestamp>,
}

impl Pace {
    /// On a connection that was made at this time of the server's clock, if it is known.
    pub(super) fn since(opened: Option<SystemTime>) -> Self {
        Self { opened: opened.map(Timestamp::from), ..Self::default() }
    }

    /// A message came, whether it was yielded or not.
    pub(super) fn count(&mut self, created: Option<&Timestamp>) {
        if let (Some(opened), Some(created)) = (&self.opened, created)
            && is_earlier(created, opened)
        {
            return;
        }
        self.opened = None;
        self.live += 1;
    }

    /// Whether what comes next may be after a gap.
    pub(super) fn is_doubtful(&self) -> bool {
        self.live >= HELD
    }

    /// What came so far is known to be complete.
    pub(super) fn restart(&mut self) {
        self.live = 0;
    }
}

/// By the text, which is faster than reading it. Both are in UTC, or the answer is no.
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
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn earlier_is_by_the_second_and_in_utc_only() {
        let earlier = |one: &str, other: &str| is_earlier(&one.into(), &other.into());
        assert!(earlier("1970-01-01T00:00:00.999Z", "1970-01-01T00:00:01Z"));
        assert!(!earlier("1970-01-01T00:00:01Z", "1970-01-01T00:00:01.5Z"));
        assert!(!earlier("1970-01-01T00:00:00+01:00", "1970-01-01T00:00:01Z"));
        assert!(!earlier("", "1970-01-01T00:00:01Z"));
        assert!(!earlier("Z", "1970-01-01T00:00:01Z"));
    }

    #[test]
    fn only_what_comes_after_the_connection_counts() {
        let mut pace = Pace::since(Some(UNIX_EPOCH + Duration::from_secs(9)));
        (0..5000).for_each(|_| pace.count(Some(&"1970-01-01T00:00:08Z".into())));
        assert!(!pace.is_doubtful());
        (0..511).for_each(|_| pace.count(Some(&"1970-01-01T00:00:09Z".into())));
        assert!(!pace.is_doubtful());
        pace.count(Some(&"1970-01-01T00:00:08Z".into()));
        assert!(pace.is_doubtful());
        pace.restart();
        assert!(!pace.is_doubtful());
    }
}
