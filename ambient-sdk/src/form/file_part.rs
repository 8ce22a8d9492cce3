//! A file in a multipart body.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The newtype name that identifies a file to the form serializer; other serializers ignore it.
pub(super) const FILE: &str = "$ambient_sdk::FilePart";

/// A file in a multipart body: its content, name and media type.
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
    /// Creates a file with the given content. It is sent with the name `file` and the type
    /// `application/octet-stream` unless they are set.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), ..Self::default() }
    }

    /// Sets the file name.
    #[must_use]
    pub fn with_name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Sets the media type. Line breaks in it are removed.
    #[must_use]
    pub fn with_content_type(self, name: impl Into<String>) -> Self {
        let name: String = name.into();
        Self { content_type: Some(name.replace(['\r', '\n'], "")), ..self }
    }

    /// Returns the file name; `None` if it is not set.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the media type.
    #[must_use]
    pub fn content_type(&self) -> &str {
        self.content_type.as_deref().unwrap_or("application/octet-stream")
    }

    /// Returns the content.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// Restores a file from the bytes that [`Serialize`] writes for it.
    pub(super) fn unframed(frame: &[u8]) -> Option<Self> {
        let (name, rest) = unframed_text(frame)?;
        let (content_type, bytes) = unframed_text(rest)?;
        Some(Self { name, content_type, bytes: Bytes::copy_from_slice(bytes) })
    }
}

/// Writes whether there is a text, its length, and the text.
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

/// Bytes for the form serializer.
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
    /// Deserializes a string; servers never respond with multipart bodies.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(feature = "schemars")]
crate::open_enum::text_schema!(FilePart);
