//! The records of all kinds, one table per kind, like the database of the real server.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

/// The fields of a record or a body, by name.
pub(super) type Fields = Map<String, Value>;

/// One stored object.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    pub(super) id: String,
    /// The fields in responses.
    pub(super) fields: Fields,
    /// The fields that are stored and never returned, such as the token of a credential.
    pub(super) hidden: Fields,
}

impl Record {
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field)?.as_str()
    }

    /// Returns the value of a date-time field, for comparisons: the texts do not sort by time.
    pub(super) fn time(&self, field: &str) -> Option<Timestamp> {
        self.text(field)?.parse().ok()
    }

    pub(super) fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.fields.insert(field.to_owned(), value.into());
    }

    /// Returns the value of a column, or `None` if it is null or missing.
    pub(super) fn column(&self, name: &str) -> Option<&Value> {
        let value = self.fields.get(name).or_else(|| self.hidden.get(name));
        value.filter(|value| !value.is_null())
    }
}

/// The records by kind. A kind is the name of a schema.
#[derive(Debug, Default)]
pub(super) struct Store {
    kinds: BTreeMap<String, Kind>,
    #[cfg(feature = "grpc")]
    pub(super) watchers: super::grpc::Watchers,
}

/// The records of a kind, ordered by their last write. An unordered query of the real database
/// tends to return this order: a changed row moves, and pages without an order shift.
#[derive(Debug, Default)]
struct Kind {
    writes: u64,
    order: BTreeMap<u64, String>,
    records: BTreeMap<String, (u64, Record)>,
    /// Deleted rows. They stay in their table, where unique and foreign-key constraints still see
    /// them.
    deleted: BTreeMap<String, Record>,
}

impl Store {
    /// Adds a record, or replaces the one with the same id.
    pub(super) fn put(&mut self, kind: &str, record: Record) {
        #[cfg(feature = "grpc")]
        self.watchers.changed(kind, &record.id, self.get(kind, &record.id).is_none());
        let kind = self.kinds.entry(kind.to_owned()).or_default();
        kind.writes += 1;
        kind.order.insert(kind.writes, record.id.clone());
        let id = record.id.clone();
        if let Some((earlier, _)) = kind.records.insert(id, (kind.writes, record)) {
            kind.order.remove(&earlier);
        }
    }

    pub(super) fn get(&self, kind: &str, id: &str) -> Option<&Record> {
        self.kinds.get(kind)?.records.get(id).map(|(_, record)| record)
    }

    /// Changes a record with `change`. Returns `false` if it doesn't exist.
    pub(super) fn change(
        &mut self,
        kind: &str,
        id: &str,
        change: impl FnOnce(&mut Record),
    ) -> bool {
        let Some(mut record) = self.get(kind, id).cloned() else {
            return false;
        };
        change(&mut record);
        self.put(kind, record);
        true
    }

    pub(super) fn remove(&mut self, kind: &str, id: &str) -> Option<Record> {
        #[cfg(feature = "grpc")]
        self.watchers.deleted(kind, id);
        let kind = self.kinds.get_mut(kind)?;
        let (write, record) = kind.records.remove(id)?;
        kind.order.remove(&write);
        kind.deleted.insert(id.to_owned(), record.clone());
        Some(record)
    }

    /// Returns the deleted records of a kind.
    pub(super) fn deleted(&self, kind: &str) -> impl Iterator<Item = &Record> {
        self.kinds.get(kind).into_iter().flat_map(|kind| kind.deleted.values())
    }

    /// Whether a record with this id exists or was deleted.
    pub(super) fn has_ever_existed(&self, kind: &str, id: &str) -> bool {
        let kind = self.kinds.get(kind);
        kind.is_some_and(|kind| kind.records.contains_key(id) || kind.deleted.contains_key(id))
    }

    /// Returns the records of a kind, least recently written first.
    pub(super) fn all(&self, kind: &str) -> impl Iterator<Item = &Record> {
        self.kinds.get(kind).into_iter().flat_map(|kind| {
            let ids = kind.order.values();
            ids.filter_map(|id| kind.records.get(id).map(|(_, record)| record))
        })
    }

    /// Returns the record of a kind whose `field` is `text`.
    pub(super) fn find(&self, kind: &str, field: &str, text: &str) -> Option<&Record> {
        self.all(kind).find(|record| record.text(field) == Some(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str) -> Record {
        Record { id: id.into(), ..Record::default() }
    }

    fn ids(store: &Store) -> Vec<&str> {
        store.all("Role").map(|record| record.id.as_str()).collect()
    }

    #[test]
    fn a_changed_record_moves_to_the_end() {
        let mut store = Store::default();
        for id in ["a", "b", "c"] {
            store.put("Role", record(id));
        }
        assert!(store.change("Role", "a", |role| role.set("name", "admin")));
        assert_eq!(ids(&store), ["b", "c", "a"]);
        assert_eq!(store.find("Role", "name", "admin").unwrap().id, "a");
        assert!(!store.change("User", "a", |_| ()));
    }

    #[test]
    fn a_removed_record_is_listed_only_as_deleted() {
        let mut store = Store::default();
        store.put("Role", record("a"));
        assert!(store.remove("Role", "a").is_some());
        assert!(store.remove("Role", "a").is_none());
        assert!(ids(&store).is_empty());
        assert!(store.has_ever_existed("Role", "a"));
        assert_eq!(store.deleted("Role").count(), 1);
    }
}
