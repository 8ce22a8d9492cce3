//! Converts records to messages of the gRPC interface.

use ambient_sdk::grpc;
use serde_json::Value;

use crate::mock::{messages::Message, store::Record};

/// Sets the fields that the record and the message have.
macro_rules! shared {
    ($record:ident [$($shared:ident)*] $_others:tt) => {
        grpc::Session {
            $($shared: Field::read($record, stringify!($shared)),)*
            ..grpc::Session::default()
        }
    };
}

pub(super) fn session(record: &Record) -> grpc::Session {
    let metadata = grpc::ObjectReference {
        id: record.id.clone(),
        created_at: Field::read(record, "created_at"),
        updated_at: Field::read(record, "updated_at"),
        kind: Field::read(record, "kind"),
        href: Field::read(record, "href"),
    };
    let session = ambient_sdk::grpc_fields!(Session, shared! record);
    grpc::Session { metadata: Some(metadata), ..session }
}

pub(super) fn message(message: &Message) -> grpc::SessionMessage {
    grpc::SessionMessage {
        id: message.id.clone(),
        session_id: message.session_id.clone(),
        seq: message.seq,
        event_type: message.event_type.clone(),
        payload: message.payload.clone(),
        created_at: time(&message.created_at),
    }
}

/// The value of a field of a message.
trait Field: Sized {
    /// Reads the field from a record. The result is empty if the record doesn't have it.
    fn read(record: &Record, name: &str) -> Self;
}

impl Field for String {
    fn read(record: &Record, name: &str) -> Self {
        Option::<String>::read(record, name).unwrap_or_default()
    }
}

/// Reads optional fields from the JSON of their values.
macro_rules! optional {
    ($($ty:ty: $read:expr;)*) => {
        $(impl Field for Option<$ty> {
            fn read(record: &Record, name: &str) -> Self {
                record.fields.get(name).and_then($read)
            }
        })*
    };
}

optional! {
    String: |value| value.as_str().map(str::to_owned);
    bool: Value::as_bool;
    f64: Value::as_f64;
    i32: |value| value.as_i64().and_then(|number| number.try_into().ok());
    i64: Value::as_i64;
    prost_types::Timestamp: |value| value.as_str().and_then(time);
}

/// Parses a time. Returns `None` if the text is invalid.
fn time(text: &str) -> Option<prost_types::Timestamp> {
    let time: jiff::Timestamp = text.parse().ok()?;
    let (seconds, nanos) = (time.as_second(), time.subsec_nanosecond());
    Some(match nanos {
        0.. => prost_types::Timestamp { seconds, nanos },
        // For times before 1970 jiff's fraction is negative, but that of a `Timestamp` never is.
        _ => prost_types::Timestamp { seconds: seconds - 1, nanos: nanos + 1_000_000_000 },
    })
}

#[cfg(test)]
mod tests {
    use ambient_sdk::api_server::types;
    use serde_json::{Map, json};

    use super::*;

    macro_rules! names {
        ([$($shared:ident)*] $_others:tt) => {
            [$(stringify!($shared)),*]
        };
    }

    /// Returns a value that the field of a session can have.
    fn value_of(field: &str) -> Value {
        let values = [json!("2026-01-02T03:04:05.123Z"), json!(7), json!(0.5), json!(true)];
        let mut fitting = values.into_iter().filter(|value| {
            let session = serde_json::from_value::<types::Session>(json!({
                "id": "1", "name": "a", field: value,
            }));
            let written = session.map(serde_json::to_value);
            matches!(written, Ok(Ok(written)) if written[field] == *value)
        });
        fitting.next().unwrap_or_else(|| panic!("add a value that {field} can have"))
    }

    #[test]
    fn a_pushed_session_equals_a_read_one_in_every_field_that_both_interfaces_have() {
        let shared = ambient_sdk::grpc_fields!(Session, names!);
        let metadata = ["kind", "href", "created_at", "updated_at"];
        let names = shared.into_iter().chain(metadata);
        let mut fields: Map<String, Value> =
            names.map(|name| (name.to_owned(), value_of(name))).collect();
        fields.insert("id".to_owned(), json!("1"));
        let record = Record { id: "1".to_owned(), fields: fields.clone(), ..Record::default() };
        let pushed = crate::grpc::convert::session(session(&record));
        let read: types::Session = serde_json::from_value(Value::Object(fields)).unwrap();
        assert_eq!(pushed, read);
    }
}
