//! Media types of a body: which ones are the same, and which ones the generated client sends and reads.
//! Clients do not notice changes of the others.

use crate::drift::{document::Node, finding::Limit, verdict::Wire};
use crate::media_type::{best_to_read, best_to_send, essence, is_json, is_stream};

const NOT_SENT: Limit = compatible("clients send another media type of this body");
const NOT_READ: Limit = compatible("clients request another media type");

/// Charsets that equal the default, UTF-8.
const UTF_8: [&str; 3] = ["utf-8", "utf8", "us-ascii"];

const fn compatible(why: &'static str) -> Limit {
    Limit { verdict: Wire::Compatible, why }
}

/// A media type of a body.
pub(super) struct Media<'a> {
    /// The name in the document.
    pub(super) name: &'a str,
    /// The normalized name, equal for all media types with the same meaning.
    pub(super) identity: String,
    pub(super) node: Node<'a>,
}

impl Media<'_> {
    /// Finds the media type with the same name, or else one with the same meaning.
    pub(super) fn find<'m, 'a>(&self, among: &'m [Media<'a>]) -> Option<&'m Media<'a>> {
        let same = among.iter().find(|other| other.name == self.name);
        same.or_else(|| among.iter().find(|other| other.identity == self.identity))
    }

    /// Finds the narrowest range that covers this media type: `text/*` or `*/*`.
    pub(super) fn covering<'m, 'a>(&self, among: &'m [Media<'a>]) -> Option<&'m Media<'a>> {
        let (class, _) = self.identity.split_once('/')?;
        let ranges = [format!("{class}/*"), "*/*".to_owned()];
        ranges.iter().find_map(|range| among.iter().find(|other| other.identity == *range))
    }
}

/// Returns the media types of a body.
pub(super) fn media_types<'a>(body: &Node<'a>) -> Vec<Media<'a>> {
    let entries = body.child("content").into_iter().flat_map(|content| content.entries());
    entries.map(|(name, node)| Media { name, identity: identity(name), node }).collect()
}

/// Normalizes a media type: case, the order and quoting of its parameters, and a charset that is the
/// default. JSON has no charset.
pub(super) fn identity(name: &str) -> String {
    let mut parts: Vec<String> =
        split(name).skip(1).filter_map(|part| parameter(name, part)).collect();
    parts.sort_unstable();
    parts.insert(0, essence(name));
    parts.join(";")
}

/// Splits at semicolons outside quotes.
fn split(name: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    name.split(move |c| {
        is_quoted ^= c == '"';
        c == ';' && !is_quoted
    })
}

/// Returns a normalized parameter of a media type; `None` if it has no effect.
fn parameter(media: &str, part: &str) -> Option<String> {
    let (key, value) = part.split_once('=').unwrap_or((part, ""));
    let (key, value) = (key.trim().to_ascii_lowercase(), value.trim().trim_matches('"').trim());
    let is_charset = key == "charset";
    let is_default = is_json(media) || UTF_8.contains(&value.to_ascii_lowercase().as_str());
    match key.is_empty() || (is_charset && is_default) {
        true => None,
        false if is_charset => Some(format!("{key}={}", value.to_ascii_lowercase())),
        false => Some(format!("{key}={value}")),
    }
}

/// The use of a body of BASE by clients.
#[derive(Clone, Copy)]
pub(super) enum Use {
    Sent,
    /// With `json`, a success response of the operation is JSON, so clients read only JSON and streams.
    Read {
        json: bool,
    },
}

impl Use {
    /// Returns the limit for a media type that clients do not use. `all` are the media types of BASE.
    pub(super) fn unused(self, media: &str, all: &[&str]) -> Option<Limit> {
        let all = all.iter().copied();
        match self {
            Self::Sent => (best_to_send(all) != Some(media)).then_some(NOT_SENT),
            Self::Read { json } => {
                // If there is JSON too, the stream is a separate method.
                let streams = all.clone().filter(|name| json && is_stream(name));
                let read = [best_to_read(all, json), best_to_read(streams, false)];
                (!read.contains(&Some(media))).then_some(NOT_READ)
            }
        }
    }

    /// Returns the limit for a body if clients use none of its media types.
    pub(super) fn unused_limit(self, all: &[&str]) -> Option<Limit> {
        let reasons: Option<Vec<_>> = all.iter().map(|media| self.unused(media, all)).collect();
        reasons?.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{Use, identity};

    #[test]
    fn default_charset_case_and_quotes_are_ignored() {
        let json = [
            "application/json",
            "Application/JSON",
            "application/json;charset=UTF-8",
            "application/json ; Charset = \"utf-8\"",
            "application/json; charset=iso-8859-1",
        ];
        for name in json {
            assert_eq!(identity(name), "application/json", "{name}");
        }
        assert_eq!(identity("text/plain; charset=utf8"), "text/plain");
    }

    #[test]
    fn other_parameters_are_compared() {
        let version = identity("application/json; version=2; charset=utf-8");
        assert_eq!(version, identity("application/json;Version=\"2\""));
        assert_ne!(version, identity("application/json; version=3"));
        assert_ne!(identity("text/plain; charset=latin1"), identity("text/plain"));
        assert_eq!(identity("a/b; y=1; x=\"p;q\""), "a/b;x=p;q;y=1");
    }

    fn used<const N: usize>(how: Use, all: [&str; N]) -> [bool; N] {
        all.map(|media| how.unused(media, &all).is_none())
    }

    #[test]
    fn json_is_preferred_and_a_stream_is_read_too() {
        let all =
            ["application/yaml", "application/json", "text/event-stream", "application/x-ndjson"];
        assert_eq!(used(Use::Sent, all), [false, true, false, false]);
        assert_eq!(used(Use::Read { json: true }, all), [false, true, true, false]);
    }

    #[test]
    fn without_json_the_best_other_media_type_is_used() {
        assert_eq!(used(Use::Sent, ["text/csv", "text/plain"]), [false, true]);
        let read = Use::Read { json: false };
        assert_eq!(used(read, ["text/csv", "text/plain"]), [true, false]);
        assert_eq!(used(read, ["text/csv", "text/event-stream"]), [false, true]);
    }

    #[test]
    fn other_media_types_are_not_read_if_another_success_is_json() {
        let read = Use::Read { json: true };
        assert_eq!(used(read, ["text/csv", "text/plain"]), [false, false]);
        assert!(read.unused_limit(&["text/csv"]).is_some());
        assert!(read.unused_limit(&["text/csv", "text/event-stream"]).is_none());
        assert!(read.unused_limit(&[]).is_none());
    }
}
