//! The constraints of the server's database, with its error messages.

use serde_json::Value;

use super::{
    kinds::{Reference, Rules, Unique},
    problem::Problem,
    state::State,
    store::{Fields, Record},
};

/// The error of the database for a text with a NUL.
pub(super) const NUL: &str = "invalid byte sequence for encoding \"UTF8\": 0x00";

/// A row to be written.
pub(super) struct Write<'a> {
    kind: &'a str,
    rules: &'static Rules,
    table: &'a str,
    /// The record before an update, or `None` for a create.
    earlier: Option<&'a Record>,
}

impl<'a> Write<'a> {
    pub(super) fn create(kind: &'a str, rules: &'static Rules, table: &'a str) -> Self {
        Self { kind, rules, table, earlier: None }
    }

    pub(super) fn update(
        kind: &'a str,
        rules: &'static Rules,
        table: &'a str,
        earlier: &'a Record,
    ) -> Self {
        Self { kind, rules, table, earlier: Some(earlier) }
    }

    fn conflict(&self) -> Problem {
        let kind = self.kind;
        Problem::conflict(match self.earlier {
            None => format!("This {kind} already exists"),
            Some(_) => format!("Changes to {kind} conflict with existing records"),
        })
    }

    fn failure(&self, cause: &str) -> Problem {
        let verb = if self.earlier.is_some() { "update" } else { "create" };
        Problem::general(format!("Unable to {verb} {}: pq: {cause}", self.kind))
    }

    /// Returns the value that a column will have.
    fn column<'v>(&'v self, fields: &'v Fields, name: &str) -> Option<&'v Value> {
        // Some kinds take the id of a new record from another field. An update of that field
        // doesn't change the id.
        let name = match (name, self.rules.id_from, self.earlier) {
            ("id", Some(field), None) => field,
            _ => name,
        };
        let given = fields.get(name);
        let earlier = || self.earlier.and_then(|record| record.fields.get(name));
        given.or_else(earlier).filter(|value| !value.is_null())
    }
}

/// Checks the fields of a create, or the changed fields of an update.
pub(super) fn check(state: &State, write: &Write<'_>, fields: &Fields) -> Result<(), Problem> {
    if write.rules.in_memory {
        return Ok(());
    }
    if fields.values().any(|value| value.as_str().is_some_and(|text| text.contains('\0'))) {
        return Err(write.failure(NUL));
    }
    if write.rules.unique.iter().any(|unique| is_taken(state, write, fields, unique)) {
        return Err(write.conflict());
    }
    let mut references = write.rules.references.iter();
    match references.find(|reference| dangles(state, fields, reference)) {
        Some(Reference { constraint, .. }) => Err(write.failure(&format!(
            "insert or update on table \"{}\" violates foreign key constraint \"{constraint}\"",
            write.table
        ))),
        None => Ok(()),
    }
}

fn is_taken(state: &State, write: &Write<'_>, fields: &Fields, unique: &Unique) -> bool {
    let own = write.earlier.map(|record| record.id.as_str());
    let is_like = |record: &Record| {
        let mut names = unique.fields.iter();
        names.all(|name| write.column(fields, name) == record.column(name))
    };
    let others = state.store.all(write.kind).filter(|record| Some(record.id.as_str()) != own);
    let deleted = state.store.deleted(write.kind).filter(|_| unique.includes_deleted);
    others.chain(deleted).any(is_like)
}

fn dangles(state: &State, fields: &Fields, reference: &Reference) -> bool {
    let id = fields.get(reference.field).and_then(Value::as_str);
    id.is_some_and(|id| !state.store.has_ever_existed(reference.kind, id))
}
