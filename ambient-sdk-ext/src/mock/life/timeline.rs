//! The planned actions of all sessions, by time.
//!
//! No task runs in the background. Each access to the server's state first applies all actions that
//! are due, with their planned times, so that the times of a script are exact no matter when it is
//! read.

use std::collections::BTreeMap;

use tokio::time::Instant;

use crate::mock::messages::Message;

/// A planned change of a session.
#[derive(Clone, Debug)]
pub(in crate::mock) enum Action {
    /// The session enters a phase.
    Phase(String),
    /// The agent sends a message.
    Say {
        /// The message's `event_type`.
        event_type: String,
        /// The message's text.
        payload: String,
    },
    /// A message that already has its number becomes visible.
    Commit(Message),
}

/// A planned action of a session. If it has a generation, it is cancelled once the session's
/// execution has a later one.
#[derive(Debug)]
pub(in crate::mock) struct Entry {
    pub(in crate::mock) at: Instant,
    pub(in crate::mock) session: String,
    pub(in crate::mock) generation: Option<u64>,
    pub(in crate::mock) action: Action,
}

/// The planned actions, ordered by time and then by insertion.
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

    /// Whether an action is planned for a session.
    pub(in crate::mock) fn has_planned(&self, session: &str) -> bool {
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
        Entry {
            at,
            session: session.into(),
            generation: None,
            action: Action::Phase("Running".into()),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn returns_due_actions_by_time_then_by_insertion() {
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
        assert!(timeline.has_planned("c") && !timeline.has_planned("a"));
        timeline.forget("c");
        assert_eq!(timeline.next_due(), None);
    }
}
