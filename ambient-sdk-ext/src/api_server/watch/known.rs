//! The sessions that a watch has yielded: each state once, and none older than one already yielded.

use std::{
    collections::{HashMap, HashSet},
    time::SystemTime,
};

use ambient_sdk::api_server::types::{Session, SessionPhase};
use tokio::time::Instant;

use super::WatchEvent;

/// The sessions that a watch selects.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    /// The project; `None` for all.
    pub(super) project: Option<String>,
    /// The phases; empty for all.
    pub(super) phases: Vec<SessionPhase>,
}

impl Filter {
    fn is_for(&self, session: &Session) -> bool {
        self.project.as_deref().is_none_or(|project| session.project_id.as_deref() == Some(project))
            && (self.phases.is_empty()
                || session.phase.as_ref().is_some_and(|phase| self.phases.contains(phase)))
    }
}

/// The sessions known to a watch.
#[derive(Debug, Default)]
pub(super) struct Known {
    filter: Filter,
    sessions: HashMap<String, Seen>,
    /// The times of deletion, so that an older list does not bring sessions back.
    deleted: HashMap<String, Instant>,
}

#[derive(Debug)]
struct Seen {
    changed_at: Option<SystemTime>,
    /// The local time at which the session was first seen: a list started earlier may lack it.
    since: Instant,
    /// Whether the last known state matches the filter.
    is_wanted: bool,
    /// Whether a state of the session was yielded.
    is_yielded: bool,
}

impl Known {
    pub(super) fn new(filter: Filter) -> Self {
        Self { filter, ..Self::default() }
    }

    /// Processes a session from an event, or from a list requested at `asked`; returns an event if
    /// its state is new.
    pub(super) fn take(&mut self, session: Session, asked: Instant) -> Option<WatchEvent> {
        let changed_at = session.updated_at.as_ref().and_then(|time| time.to_system_time());
        if self.deleted.get(&session.id).is_some_and(|deleted| *deleted >= asked) {
            return None;
        }
        let is_wanted = self.filter.is_for(&session);
        let seen = self.sessions.get(&session.id);
        if seen.is_some_and(|seen| changed_at.is_some() && changed_at <= seen.changed_at) {
            return None;
        }
        let is_yielded = seen.is_some_and(|seen| seen.is_yielded);
        let since = seen.map_or_else(Instant::now, |seen| seen.since);
        let seen = Seen { changed_at, since, is_wanted, is_yielded: is_yielded || is_wanted };
        self.sessions.insert(session.id.clone(), seen);
        match (is_wanted, is_yielded) {
            (false, _) => None,
            (true, false) => Some(WatchEvent::Created(Box::new(session))),
            (true, true) => Some(WatchEvent::Updated(Box::new(session))),
        }
    }

    /// Processes the deletion of a session.
    pub(super) fn delete(&mut self, id: &str) -> Option<WatchEvent> {
        self.deleted.insert(id.to_owned(), Instant::now());
        let seen = self.sessions.remove(id)?;
        seen.is_yielded.then(|| WatchEvent::Deleted(id.to_owned()))
    }

    /// Returns the known sessions that are missing in a list started at `begun`.
    pub(super) fn missing(&self, listed: &HashSet<String>, begun: Instant) -> Vec<String> {
        let expected = self.sessions.iter().filter(|(id, seen)| {
            seen.is_wanted && seen.since < begun && !listed.contains(id.as_str())
        });
        expected.map(|(id, _)| id.clone()).collect()
    }

    /// Forgets deletions that only a list started before this one could undo.
    pub(super) fn listed(&mut self, begun: Instant) {
        self.deleted.retain(|_, deleted| *deleted >= begun);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn session(id: &str, second: u32, phase: &str) -> Session {
        let time = format!("2026-01-01T00:00:{second:02}Z");
        let value = serde_json::json!({
            "id": id, "name": "n", "updated_at": time, "project_id": "demo", "phase": phase,
        });
        serde_json::from_value(value).unwrap()
    }

    fn known(phases: &[&str]) -> Known {
        let phases = phases.iter().map(|phase| (*phase).into()).collect();
        Known::new(Filter { project: Some("demo".into()), phases })
    }

    fn kind(event: Option<WatchEvent>) -> char {
        match event {
            None => '-',
            Some(WatchEvent::Created(_)) => 'c',
            Some(WatchEvent::Updated(_)) => 'u',
            Some(WatchEvent::Deleted(_)) => 'd',
        }
    }

    #[test]
    fn each_state_is_yielded_once_and_older_ones_never() {
        let (mut known, now) = (known(&[]), Instant::now());
        let mut take = |second| kind(known.take(session("a", second, "Running"), now));
        assert_eq!([1, 1, 3, 2, 3, 4].map(&mut take), ['c', '-', 'u', '-', '-', 'u']);
        assert_eq!(kind(known.delete("a")), 'd');
        assert_eq!(kind(known.delete("a")), '-');
    }

    #[test]
    fn only_states_that_match_the_filter_are_yielded() {
        let (mut known, now) = (known(&["Failed"]), Instant::now());
        let mut take = |second, phase: &str| kind(known.take(session("a", second, phase), now));
        assert_eq!([take(1, "Running"), take(2, "Failed"), take(3, "Pending")], ['-', 'c', '-']);
        assert_eq!(take(4, "Failed"), 'u');
        let other = Session { project_id: Some("other".into()), ..session("b", 1, "Failed") };
        assert_eq!(kind(known.take(other, now)), '-');
        assert_eq!(kind(known.delete("b")), '-', "it was never shown");
    }

    #[test]
    fn an_older_list_neither_restores_nor_removes_sessions() {
        let mut known = known(&[]);
        let begun = Instant::now() - Duration::from_secs(1);
        known.take(session("new", 1, "Running"), Instant::now());
        assert!(known.missing(&HashSet::new(), begun).is_empty());
        let later = Instant::now() + Duration::from_secs(1);
        assert_eq!(known.missing(&HashSet::new(), later), ["new"]);
        known.delete("new");
        assert_eq!(kind(known.take(session("new", 2, "Running"), begun)), '-');
        known.listed(later);
        assert_eq!(kind(known.take(session("new", 2, "Running"), begun)), 'c');
    }
}
