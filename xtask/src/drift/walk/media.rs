//! Which media types of a body the generated client sends and reads; the others matter to no program.

use crate::drift::verdict::Direction;
use crate::media_type::{best_json, best_to_send, is_stream};

const NOT_SENT: &str = "programs send another media type of this body";
const NOT_READ: &str = "programs ask for JSON";

/// Why nothing that happens to `media` is noticed, where that is so. `all` are those of the base.
pub(super) fn unused(
    media: &str,
    all: &[&str],
    direction: Option<Direction>,
) -> Option<&'static str> {
    match direction {
        Some(Direction::Request) => {
            (best_to_send(all.iter().copied()) != Some(media)).then_some(NOT_SENT)
        }
        Some(Direction::Response) => {
            let json = best_json(all.iter().copied());
            let is_read = is_stream(media) || json.is_none_or(|json| json == media);
            (!is_read).then_some(NOT_READ)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Direction, unused};

    #[test]
    fn json_is_sent_and_read_before_others() {
        let all = ["application/yaml", "application/json", "text/event-stream"];
        let used = |direction| all.map(|media| unused(media, &all, Some(direction)).is_none());
        assert_eq!(used(Direction::Request), [false, true, false]);
        assert_eq!(used(Direction::Response), [false, true, true]);
    }

    #[test]
    fn without_json_the_others_count() {
        let all = ["text/csv", "text/plain"];
        let used = |direction| all.map(|media| unused(media, &all, Some(direction)).is_none());
        assert_eq!(used(Direction::Request), [false, true]);
        assert_eq!(used(Direction::Response), [true, true]);
    }
}
