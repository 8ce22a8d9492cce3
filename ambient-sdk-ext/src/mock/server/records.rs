//! Records that are put in, changed and read past every check.

use serde_json::Value;
use tokio::time::Instant;

use super::{MockError, MockServer};
use crate::mock::{sessions::KIND, store::Record};

impl MockServer {
    /// Stores a record of a kind (`Session`, `Project`, `Agent`, …) without any check; gives its
    /// id. What the server sets by itself, as id and times, is set.
    ///
    /// # Errors
    /// When the API server has no such kind, or `fields` is no JSON object.
    pub fn insert(&self, kind: &str, fields: Value) -> Result<String, MockError> {
        let info = self.shared.table.kinds.get(kind);
        let info = info.ok_or_else(|| MockError::NoKind(kind.to_owned()))?;
        let Value::Object(fields) = fields else {
            return Err(MockError::NoObject);
        };
        let record = Record { fields, ..Record::default() };
        let mut state = self.shared.now();
        let now = Instant::now();
        Ok(match kind {
            KIND => state.create_session(record, now),
            _ => state.add(kind, &info.flat_address(), record, now),
        })
    }

    /// Overwrites fields of a record without any check, also those that only the server sets: to
    /// imitate what a real server might send. A session is found by its id on the gateway, too.
    ///
    /// # Errors
    /// When there is no such record, or `fields` is no JSON object.
    pub fn edit(&self, kind: &str, id: &str, fields: Value) -> Result<(), MockError> {
        let Value::Object(fields) = fields else {
            return Err(MockError::NoObject);
        };
        let mut state = self.shared.now();
        let session = state.session_id(id).filter(|_| kind == KIND);
        let id = session.unwrap_or_else(|| id.to_owned());
        let found = state.store.change(kind, &id, |record| record.fields.extend(fields));
        found.then_some(()).ok_or_else(|| MockError::no_record(kind, &id))
    }

    /// The fields of a record; none when there is no such record.
    #[must_use]
    pub fn record(&self, kind: &str, id: &str) -> Option<Value> {
        let state = self.shared.now();
        let record = state.store.get(kind, id)?;
        Some(Value::Object(record.fields.clone()))
    }
}
