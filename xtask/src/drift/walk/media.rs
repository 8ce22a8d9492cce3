//! Which media types of a body the generated client sends and reads; the others matter to no program.

use crate::drift::verdict::Direction;

const NOT_SENT: &str = "programs send another media type of this body";
const NOT_READ: &str = "programs ask for JSON";

/// What can be sent, best first; the same order as when documents are prepared.
const SENT: [&str; 4] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "text/plain",
    "application/octet-stream",
];

/// Why nothing that happens to `media` is noticed, where that is so. `all` are those of the base.
pub(super) fn unused(
    media: &str,
    all: &[&str],
    direction: Option<Direction>,
) -> Option<&'static str> {
    match direction {
        Some(Direction::Request) => (sent(all) != Some(media)).then_some(NOT_SENT),
        Some(Direction::Response) => {
            let is_read = is_stream(media) || read_json(all).is_none_or(|json| json == media);
            (!is_read).then_some(NOT_READ)
        }
        _ => None,
    }
}

fn sent<'m>(all: &[&'m str]) -> Option<&'m str> {
    let rank = |media: &str| {
        let plain = if is_json(media) { SENT[0] } else { essence(media) };
        SENT.iter().position(|known| *known == plain).unwrap_or(SENT.len())
    };
    all.iter().copied().min_by_key(|media| rank(media))
}

fn read_json<'m>(all: &[&'m str]) -> Option<&'m str> {
    let json = all.iter().copied().filter(|media| is_json(media));
    json.min_by_key(|media| *media != SENT[0])
}

fn is_json(media: &str) -> bool {
    let essence = essence(media);
    essence == SENT[0] || essence.ends_with("+json") || essence == "*/*"
}

fn is_stream(media: &str) -> bool {
    essence(media) == "text/event-stream"
}

fn essence(media: &str) -> &str {
    media.split(';').next().unwrap_or(media).trim()
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
