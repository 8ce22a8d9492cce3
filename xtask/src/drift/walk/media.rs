//! Which media types of a body the generated client sends and reads; the others matter to no program.

use crate::media_type::{best_to_read, best_to_send, is_stream};

const NOT_SENT: &str = "programs send another media type of this body";
const NOT_READ: &str = "programs ask for another media type";

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
    pub(super) fn unused(self, media: &str, all: &[&str]) -> Option<&'static str> {
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
    pub(super) fn passed_over(self, all: &[&str]) -> Option<&'static str> {
        let reasons: Option<Vec<_>> = all.iter().map(|media| self.unused(media, all)).collect();
        reasons?.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::Use;

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
