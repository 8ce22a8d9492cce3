//! What a watch has yielded: each state once, and none that is older than one that was yielded.

use std::{
    collections::{HashMap, HashSet},
    time::SystemTime,
};

use ambient_sdk::api_server::types::{Session, SessionPhase};
use tokio::time::Instant;

use super::WatchEvent;

/// Which sessions a watch is about.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    /// The project; none for all.
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

/// The sessions that a watch knows of.
#[derive(Debug, Default)]
pub(super) struct Known {
    filter: Filter,
    sessions: HashMap<String, Seen>,
    /// When sessions were deleted, so that an older list does not bring them back.
    deleted: HashMap<String, Instant>,
}

#[derive(Debug)]
struct Seen {
    changed_at: Option<SystemTime>,
    /// When it was seen first, by our clock: a list that was begun before need not have it.
    since: Instant,
    /// Whether the state that was seen last is one that the watch is about.
    is_wanted: bool,
    /// Whether a state of it was yielded.
    is_yielded: bool,
}

impl Known {
    pub(super) fn new(filter: Filter) -> Self {
        Self { filter, ..Self::default() }
    }

    /// Takes a session as an event or a list shows it, which was `asked` for at a time: what is new of
    /// it, if anything is.
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

    /// Takes the end of a session.
    pub(super) fn delete(&mut self, id: &str) -> Option<WatchEvent> {
        self.deleted.insert(id.to_owned(), Instant::now());
        let seen = self.sessions.remove(id)?;
        seen.is_yielded.then(|| WatchEvent::Deleted(id.to_owned()))
    }

    /// The sessions that a list should have had which was begun at a time.
    pub(super) fn missing(&self, listed: &HashSet<String>, begun: Instant) -> Vec<String> {
        let expected = self.sessions.iter().filter(|(id, seen)| {
            seen.is_wanted && seen.since < begun && !listed.contains(id.as_str())
        });
        expected.map(|(id, _)| id.clone()).collect()
    }

    /// Forgets what only a list could have brought back that was begun before this one.
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
    fn each_state_is_yielded_once_and_none_that_is_older() {
        let (mut known, now) = (known(&[]), Instant::now());
        let mut take = |second| kind(known.take(session("a", second, "Running"), now));
        assert_eq!([1, 1, 3, 2, 3, 4].map(&mut take), ['c', '-', 'u', '-', '-', 'u']);
        assert_eq!(kind(known.delete("a")), 'd');
        assert_eq!(kind(known.delete("a")), '-');
    }

    #[test]
    fn only_states_of_interest_are_yielded() {
        let (mut known, now) = (known(&["Failed"]), Instant::now());
        let mut take = |second, phase: &str| kind(known.take(session("a", second, phase), now));
        assert_eq!([take(1, "Running"), take(2, "Failed"), take(3, "Pending")], ['-', 'c', '-']);
        assert_eq!(take(4, "Failed"), 'u');
        let other = Session { project_id: Some("other".into()), ..session("b", 1, "Failed") };
        assert_eq!(kind(known.take(other, now)), '-');
        assert_eq!(kind(known.delete("b")), '-', "it was never shown");
    }

    #[test]
    fn a_list_that_was_begun_before_brings_nothing_back_and_takes_nothing_away() {
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
