//! A file in a multipart body.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name under which a file is handed to the serializer of forms; no other serializer knows it.
pub(super) const FILE: &str = "$ambient_sdk::FilePart";

/// A file to send in a multipart body: its bytes, and what the server is told of it.
///
/// ```
/// use ambient_sdk::FilePart;
///
/// let file = FilePart::new("a,b\n1,2\n").with_name("table.csv").with_content_type("text/csv");
/// assert_eq!(file.name(), Some("table.csv"));
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct FilePart {
    name: Option<String>,
    content_type: Option<String>,
    bytes: Bytes,
}

impl FilePart {
    /// A file of these bytes, called `file` and of the type `application/octet-stream`.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), ..Self::default() }
    }

    /// The same file under a name.
    #[must_use]
    pub fn with_name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// The same file with a media type; what ends a line is left out of it.
    #[must_use]
    pub fn with_content_type(self, name: impl Into<String>) -> Self {
        let name: String = name.into();
        Self { content_type: Some(name.replace(['\r', '\n'], "")), ..self }
    }

    /// The name that the server is told, if there is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The media type.
    #[must_use]
    pub fn content_type(&self) -> &str {
        self.content_type.as_deref().unwrap_or("application/octet-stream")
    }

    /// The content.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// The file out of what [`Serialize`] makes of it.
    pub(super) fn unframed(frame: &[u8]) -> Option<Self> {
        let (name, rest) = unframed_text(frame)?;
        let (content_type, bytes) = unframed_text(rest)?;
        Some(Self { name, content_type, bytes: Bytes::copy_from_slice(bytes) })
    }
}

/// Whether there is a text, its length and itself.
fn frame_text(text: Option<&str>, frame: &mut Vec<u8>) {
    frame.push(text.is_some().into());
    let text = text.unwrap_or_default();
    frame.extend_from_slice(&(text.len() as u64).to_be_bytes());
    frame.extend_from_slice(text.as_bytes());
}

fn unframed_text(frame: &[u8]) -> Option<(Option<String>, &[u8])> {
    let (is_there, rest) = frame.split_first()?;
    let (length, rest) = rest.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
    let (text, rest) = rest.split_at_checked(length)?;
    let text = std::str::from_utf8(text).ok()?;
    Some(((*is_there == 1).then(|| text.to_owned()), rest))
}

impl<T: Into<Bytes>> From<T> for FilePart {
    fn from(bytes: T) -> Self {
        Self::new(bytes)
    }
}

impl fmt::Debug for FilePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilePart")
            .field("name", &self.name)
            .field("content_type", &self.content_type())
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// Bytes for the serializer of forms.
struct Frame(Vec<u8>);

impl Serialize for Frame {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl Serialize for FilePart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut frame = Vec::with_capacity(self.bytes.len() + 64);
        frame_text(self.name.as_deref(), &mut frame);
        frame_text(self.content_type.as_deref(), &mut frame);
        frame.extend_from_slice(&self.bytes);
        serializer.serialize_newtype_struct(FILE, &Frame(frame))
    }
}

impl<'de> Deserialize<'de> for FilePart {
    /// From a text: what a server answers with is never multipart.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(feature = "schemars")]
crate::open_enum::text_schema!(FilePart);
