//! Conversion of gRPC messages to the types of the HTTP interface.

use std::time::{Duration, UNIX_EPOCH};

use ambient_sdk::{Timestamp, api_server::types, grpc};

use crate::api_server::{Message, messages::event_type};

/// Sets the fields that both interfaces have; the others get their defaults.
macro_rules! shared {
    ($message:ident [$($shared:ident)*] [$($other:ident)*]) => {
        types::Session {
            $($shared: $message.$shared.converted(),)*
            $($other: Default::default(),)*
        }
    };
}

/// Converts a session. The result equals that of a read over HTTP.
pub(crate) fn session(mut session: grpc::Session) -> types::Session {
    let metadata = session.metadata.take().unwrap_or_default();
    types::Session {
        id: metadata.id,
        kind: metadata.kind.converted(),
        href: metadata.href.converted(),
        created_at: metadata.created_at.converted(),
        updated_at: metadata.updated_at.converted(),
        ..ambient_sdk::grpc_fields!(Session, shared! session)
    }
}

/// Converts a message of a session; `None` if it has no `seq`, which starts at 1.
pub(crate) fn message(message: grpc::SessionMessage) -> Option<Message> {
    (message.seq > 0).then(|| Message {
        seq: message.seq,
        event_type: event_type(&message.event_type),
        payload: message.payload,
        id: message.id,
        session_id: message.session_id,
        created_at: message.created_at.converted(),
    })
}

/// The conversion of a field to its type in the HTTP interface.
trait Converted<T> {
    fn converted(self) -> T;
}

macro_rules! unchanged {
    ($($ty:ty),*) => {
        $(impl Converted<$ty> for $ty {
            fn converted(self) -> $ty {
                self
            }
        })*
    };
}

unchanged!(String, Vec<String>, Option<bool>, Option<f64>, Option<i32>, Option<i64>);

impl<T: From<String>> Converted<Option<T>> for Option<String> {
    fn converted(self) -> Option<T> {
        self.map(T::from)
    }
}

/// A text that is not marked as optional is empty if it is missing.
impl<T: From<String>> Converted<Option<T>> for String {
    fn converted(self) -> Option<T> {
        (!self.is_empty()).then(|| self.into())
    }
}

impl Converted<Option<i64>> for Option<i32> {
    fn converted(self) -> Option<i64> {
        self.map(i64::from)
    }
}

impl Converted<Option<Timestamp>> for Option<prost_types::Timestamp> {
    fn converted(self) -> Option<Timestamp> {
        self.map(time)
    }
}

fn time(time: prost_types::Timestamp) -> Timestamp {
    let seconds = Duration::from_secs(time.seconds.unsigned_abs());
    let whole = match time.seconds {
        0.. => UNIX_EPOCH.checked_add(seconds),
        _ => UNIX_EPOCH.checked_sub(seconds),
    };
    let nanos = Duration::from_nanos(u64::try_from(time.nanos).unwrap_or_default());
    whole.and_then(|whole| whole.checked_add(nanos)).map(Timestamp::from).unwrap_or_default()
}
