//! What will happen and when: the scripted future of all sessions.
//!
//! Nothing runs in the background. Whoever looks at the server's state first lets everything happen
//! that is due by then, each at its own time, so that a script is exact however late it is read.

use std::collections::BTreeMap;

use tokio::time::Instant;

use crate::mock::messages::Message;

/// Something that happens to a session.
#[derive(Clone, Debug)]
pub(in crate::mock) enum Action {
    /// The session comes into a phase.
    Phase(String),
    /// Its agent says something.
    Say {
        /// The message's `event_type`.
        event_type: String,
        /// The message's text.
        payload: String,
    },
    /// A message that was numbered earlier is seen from now on.
    Commit(Message),
}

/// An action with its session; void once the session's course was changed since, if it has one.
#[derive(Debug)]
pub(in crate::mock) struct Entry {
    pub(in crate::mock) at: Instant,
    pub(in crate::mock) session: String,
    pub(in crate::mock) course: Option<u64>,
    pub(in crate::mock) action: Action,
}

/// The entries in the order in which they fall due.
#[derive(Debug, Default)]
pub(in crate::mock) struct Timeline {
    entries: BTreeMap<(Instant, u64), Entry>,
    planned: u64,
}

impl Timeline {
    pub(in crate::mock) fn plan(&mut self, entry: Entry) {
        self.planned += 1;
        self.entries.insert((entry.at, self.planned), entry);
    }

    pub(in crate::mock) fn take_due(&mut self, now: Instant) -> Option<Entry> {
        let first = self.entries.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    pub(in crate::mock) fn next_due(&self) -> Option<Instant> {
        self.entries.first_key_value().map(|((at, _), _)| *at)
    }

    /// Whether something is to happen to a session.
    pub(in crate::mock) fn holds(&self, session: &str) -> bool {
        self.entries.values().any(|entry| entry.session == session)
    }

    pub(in crate::mock) fn forget(&mut self, session: &str) {
        self.entries.retain(|_, entry| entry.session != session);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn entry(at: Instant, session: &str) -> Entry {
        Entry { at, session: session.into(), course: None, action: Action::Phase("Running".into()) }
    }

    #[tokio::test(start_paused = true)]
    async fn gives_what_is_due_in_order_of_time_then_of_planning() {
        let now = Instant::now();
        let later = now + Duration::from_secs(1);
        let mut timeline = Timeline::default();
        for (at, session) in [(later, "c"), (now, "a"), (now, "b")] {
            timeline.plan(entry(at, session));
        }
        assert_eq!(timeline.take_due(now).unwrap().session, "a");
        assert_eq!(timeline.take_due(now).unwrap().session, "b");
        assert!(timeline.take_due(now).is_none());
        assert_eq!(timeline.next_due(), Some(later));
        assert!(timeline.holds("c") && !timeline.holds("a"));
        timeline.forget("c");
        assert_eq!(timeline.next_due(), None);
    }
}
