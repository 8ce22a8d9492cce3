//! Media types: which of a body are the same, and which ones the generated client sends and reads. The
//! others matter to no program.

use crate::drift::{document::Node, finding::Limit, verdict::Wire};
use crate::media_type::{best_to_read, best_to_send, essence, is_json, is_stream};

const NOT_SENT: Limit = compatible("programs send another media type of this body");
const NOT_READ: Limit = compatible("programs ask for another media type");

/// Ways to say that text is in UTF-8, which it is without a word.
const UTF_8: [&str; 3] = ["utf-8", "utf8", "us-ascii"];

const fn compatible(why: &'static str) -> Limit {
    Limit { verdict: Wire::Compatible, why }
}

/// A media type of a body.
pub(super) struct Media<'a> {
    /// As it stands in the document.
    pub(super) name: &'a str,
    /// What it shares with all media types that mean the same.
    pub(super) identity: String,
    pub(super) node: Node<'a>,
}

impl Media<'_> {
    /// Whether two media types are written alike, or at least mean the same.
    pub(super) fn find<'m, 'a>(&self, among: &'m [Media<'a>]) -> Option<&'m Media<'a>> {
        let same = among.iter().find(|other| other.name == self.name);
        same.or_else(|| among.iter().find(|other| other.identity == self.identity))
    }
}

/// The media types of a body.
pub(super) fn media_types<'a>(body: &Node<'a>) -> Vec<Media<'a>> {
    let entries = body.child("content").into_iter().flat_map(|content| content.entries());
    entries.map(|(name, node)| Media { name, identity: identity(name), node }).collect()
}

/// A media type without what means nothing: case, the order and quoting of its parameters, and a charset
/// that holds anyway. JSON has no charset.
pub(super) fn identity(name: &str) -> String {
    let mut parts: Vec<String> =
        split(name).skip(1).filter_map(|part| parameter(name, part)).collect();
    parts.sort_unstable();
    parts.insert(0, essence(name));
    parts.join(";")
}

/// The parts between semicolons; those inside quotes separate nothing.
fn split(name: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    name.split(move |c| {
        is_quoted ^= c == '"';
        c == ';' && !is_quoted
    })
}

/// A parameter of a media type, if it means anything.
fn parameter(media: &str, part: &str) -> Option<String> {
    let (key, value) = part.split_once('=').unwrap_or((part, ""));
    let (key, value) = (key.trim().to_ascii_lowercase(), value.trim().trim_matches('"').trim());
    let is_charset = key == "charset";
    let holds_anyway = is_json(media) || UTF_8.contains(&value.to_ascii_lowercase().as_str());
    match key.is_empty() || (is_charset && holds_anyway) {
        true => None,
        false if is_charset => Some(format!("{key}={}", value.to_ascii_lowercase())),
        false => Some(format!("{key}={value}")),
    }
}

/// What programs do with a body of the base.
#[derive(Clone, Copy)]
pub(super) enum Use {
    Sent,
    /// `json`: some success of the operation is JSON, and so all that are read are JSON or streams.
    Read {
        json: bool,
    },
}

impl Use {
    /// Why nothing that happens to `media` is noticed, where that is so. `all` are those of the base.
    pub(super) fn unused(self, media: &str, all: &[&str]) -> Option<Limit> {
        let all = all.iter().copied();
        match self {
            Self::Sent => (best_to_send(all) != Some(media)).then_some(NOT_SENT),
            Self::Read { json } => {
                // Beside JSON, streams are an operation of their own.
                let streams = all.clone().filter(|name| json && is_stream(name));
                let read = [best_to_read(all, json), best_to_read(streams, false)];
                (!read.contains(&Some(media))).then_some(NOT_READ)
            }
        }
    }

    /// Why nothing that happens to a body is noticed, where none of its media types is used.
    pub(super) fn passed_over(self, all: &[&str]) -> Option<Limit> {
        let reasons: Option<Vec<_>> = all.iter().map(|media| self.unused(media, all)).collect();
        reasons?.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{Use, identity};

    #[test]
    fn a_charset_that_holds_anyway_case_and_quotes_mean_nothing() {
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
    fn other_parameters_mean_something() {
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
    fn json_is_sent_and_read_before_others_and_a_stream_beside_it() {
        let all =
            ["application/yaml", "application/json", "text/event-stream", "application/x-ndjson"];
        assert_eq!(used(Use::Sent, all), [false, true, false, false]);
        assert_eq!(used(Use::Read { json: true }, all), [false, true, true, false]);
    }

    #[test]
    fn without_json_the_best_of_the_others_counts() {
        assert_eq!(used(Use::Sent, ["text/csv", "text/plain"]), [false, true]);
        let read = Use::Read { json: false };
        assert_eq!(used(read, ["text/csv", "text/plain"]), [true, false]);
        assert_eq!(used(read, ["text/csv", "text/event-stream"]), [false, true]);
    }

    #[test]
    fn what_is_no_json_is_not_read_where_another_success_is() {
        let read = Use::Read { json: true };
        assert_eq!(used(read, ["text/csv", "text/plain"]), [false, false]);
        assert!(read.passed_over(&["text/csv"]).is_some());
        assert!(read.passed_over(&["text/csv", "text/event-stream"]).is_none());
        assert!(read.passed_over(&[]).is_none());
    }
}
