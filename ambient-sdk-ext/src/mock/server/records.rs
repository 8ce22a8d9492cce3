//! Direct access to records, without the checks of the API.

use serde_json::Value;
use tokio::time::Instant;

use super::{MockError, MockServer};
use crate::mock::{sessions::KIND, store::Record};

impl MockServer {
    /// Stores a record of a kind (`Session`, `Project`, `Agent`, …) without any checks and returns
    /// its id. The server sets the id, the times and its other own fields.
    ///
    /// # Errors
    /// Returns an error if the API server has no such kind, or if `fields` is not a JSON object.
    pub fn insert(&self, kind: &str, fields: Value) -> Result<String, MockError> {
        let info = self.shared.table.kinds.get(kind);
        let info = info.ok_or_else(|| MockError::UnknownKind(kind.to_owned()))?;
        let Value::Object(fields) = fields else {
            return Err(MockError::NotAnObject);
        };
        let record = Record { fields, ..Record::default() };
        let mut state = self.shared.now();
        let now = Instant::now();
        Ok(match kind {
            KIND => state.create_session(record, now),
            _ => state.add(kind, &info.flat_address(), record, now),
        })
    }

    /// Overwrites fields of a record without any checks, including fields that only the server
    /// sets. Use it to imitate anything that a real server might send. A session is also found by
    /// its id on the gateway.
    ///
    /// # Errors
    /// Returns an error if there is no such record, or if `fields` is not a JSON object.
    pub fn edit(&self, kind: &str, id: &str, fields: Value) -> Result<(), MockError> {
        let Value::Object(fields) = fields else {
            return Err(MockError::NotAnObject);
        };
        let mut state = self.shared.now();
        let session = state.session_id(id).filter(|_| kind == KIND);
        let id = session.unwrap_or_else(|| id.to_owned());
        let found = state.store.change(kind, &id, |record| record.fields.extend(fields));
        found.then_some(()).ok_or_else(|| MockError::not_found(kind, &id))
    }

    /// Returns the fields of a record, or `None` if there is no such record.
    #[must_use]
    pub fn record(&self, kind: &str, id: &str) -> Option<Value> {
        let state = self.shared.now();
        let record = state.store.get(kind, id)?;
        Some(Value::Object(record.fields.clone()))
    }
}
