//! Messages, decoded from a frame of the stream or from the list.

use std::{borrow::Cow, fmt};

use ambient_sdk::{Timestamp, api_server::types};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::error::Category;

use crate::api_server::stream::frames::Frame;
use crate::error::{Error, ErrorKind};

pub use ambient_sdk::api_server::types::MessageEventType;

/// A message of a session's conversation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Message {
    /// The position in the order of the messages of all sessions; gaps within one session are
    /// normal.
    pub seq: i64,
    /// The type: `user`, `assistant`, the name of an AG-UI event, or an unknown value.
    pub event_type: MessageEventType,
    /// The content: plain text from a user; for other types, text or JSON.
    pub payload: String,
    /// The id; empty if the server omitted it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The id of the session; empty if the server omitted it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub session_id: String,
    /// The time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
}

/// A message on the wire, limited to the fields that describe the message.
#[derive(Deserialize)]
struct Wire<'a> {
    seq: Option<i64>,
    #[serde(default, borrow)]
    event_type: Cow<'a, str>,
    payload: Option<String>,
    id: Option<String>,
    session_id: Option<String>,
    created_at: Option<Timestamp>,
}

impl Message {
    /// Parses the payload as JSON.
    ///
    /// # Errors
    /// If the payload is not JSON, for example plain text from a user, or does not match `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.payload)
    }

    /// Decodes the message of a frame; its `seq` may also be in the frame's `id:`.
    pub(super) fn from_frame(frame: &Frame<'_>) -> Result<Self, Undecodable> {
        let refused = |reason: String| Undecodable {
            id: String::from_utf8_lossy(frame.id).into_owned(),
            text: String::from_utf8_lossy(frame.data).into_owned(),
            reason,
        };
        let wire: Wire<'_> =
            serde_json::from_slice(frame.data).map_err(|error| refused(why(&error)))?;
        let Some(seq) = numbered(wire.seq).or_else(|| seq_of(frame.id)) else {
            return Err(refused("the message has no seq".into()));
        };
        Ok(Self {
            seq,
            event_type: event_type(&wire.event_type),
            payload: wire.payload.unwrap_or_default(),
            id: wire.id.unwrap_or_default(),
            session_id: wire.session_id.unwrap_or_default(),
            created_at: wire.created_at,
        })
    }
}

/// Describes the error in the JSON of a frame, without its values, which may be secrets.
fn why(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        Category::Data => "JSON of an unexpected form",
        Category::Eof => "incomplete JSON",
        Category::Syntax | Category::Io => "invalid JSON",
    };
    format!("{what} at line {}, column {}", error.line(), error.column())
}

/// Parses an event type; the spec's default is `user`.
pub(crate) fn event_type(text: &str) -> MessageEventType {
    match text {
        "" => MessageEventType::User,
        text => text.into(),
    }
}

/// Parses the sequence number in the `id:` of a frame.
pub(super) fn seq_of(id: &[u8]) -> Option<i64> {
    numbered(str::from_utf8(id).ok()?.parse().ok())
}

/// Filters out 0, which stands for a missing number: numbers start at 1.
fn numbered(seq: Option<i64>) -> Option<i64> {
    seq.filter(|seq| *seq > 0)
}

impl TryFrom<types::SessionMessage> for Message {
    type Error = Error;

    /// Fails with [`Decode`](ErrorKind::Decode) if the message has no `seq`, because nothing could
    /// be listed or followed after it.
    fn try_from(raw: types::SessionMessage) -> Result<Self, Error> {
        let Some(seq) = numbered(raw.seq) else {
            let text = format!("cannot read message {:?}: the server sent no seq", raw.id);
            return Err(Error::new(ErrorKind::Decode, text));
        };
        Ok(Self {
            seq,
            event_type: raw.event_type,
            payload: raw.payload.unwrap_or_default(),
            id: raw.id,
            session_id: raw.session_id.unwrap_or_default(),
            created_at: raw.created_at,
        })
    }
}

/// A frame of the stream without a valid message. The stream continues after it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Undecodable {
    /// The `id:` of the frame, which is a `seq`; empty if it has none.
    pub id: String,
    /// The text of the frame; invalid UTF-8 is replaced.
    pub text: String,
    /// The reason why it could not be decoded, without values from the text.
    pub reason: String,
}

/// Omits the text, and an id that is not a `seq`, which can contain secrets.
impl fmt::Debug for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, text, reason } = self;
        let id = match seq_of(id.as_bytes()) {
            None if !id.is_empty() => "…",
            _ => id.as_str(),
        };
        f.debug_struct("Undecodable")
            .field("id", &id)
            .field("text", &format_args!("{} bytes", text.len()))
            .field("reason", reason)
            .finish()
    }
}

impl From<Undecodable> for Error {
    fn from(frame: Undecodable) -> Self {
        let Undecodable { id, reason, .. } = frame;
        let which = seq_of(id.as_bytes()).map_or_else(String::new, |seq| format!(" {seq}"));
        Self::new(ErrorKind::Decode, format!("cannot read message{which}: {reason}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(id: &str, data: &str) -> Result<Message, Undecodable> {
        Message::from_frame(&Frame { id: id.as_bytes(), data: data.as_bytes() })
    }

    #[test]
    fn reads_a_message() {
        let data = r#"{"id":"m","kind":"SessionMessage","session_id":"s","seq":7,
            "event_type":"tool_use","payload":"{\"a\":1}","created_at":"2026-01-01T00:00:00Z"}"#;
        let message = decode("7", data).unwrap();
        assert_eq!((message.seq, message.event_type.clone()), (7, MessageEventType::ToolUse));
        assert_eq!((message.id.as_str(), message.session_id.as_str()), ("m", "s"));
        assert_eq!(message.json::<serde_json::Value>().unwrap()["a"], 1);
    }

    #[test]
    fn omitted_and_null_fields_are_accepted() {
        let message = decode("9", r#"{"payload":null,"created_at":""}"#).unwrap();
        assert_eq!((message.seq, message.payload.as_str()), (9, ""));
        assert_eq!(message.event_type, MessageEventType::User);
        assert_eq!(decode("", r#"{"seq":1,"event_type":"novel"}"#).unwrap().event_type, "novel");
        assert_eq!(decode("7", r#"{"seq":0}"#).unwrap().seq, 7);
    }

    #[test]
    fn an_undecodable_frame_keeps_its_text() {
        for data in ["{", "[]", "hello", r#"{"seq":"x"}"#, r#"{"payload":"x"}"#, r#"{"seq":0}"#] {
            let frame = decode("", data).unwrap_err();
            assert_eq!(frame.text, data);
            assert!(!frame.reason.is_empty());
        }
    }
}
