//! The media types that the generated client supports.

/// The only media type that the generator supports for JSON.
pub(crate) const JSON: &str = "application/json";
/// The media types that the client can send, preferred ones first.
const SENDABLE: [&str; 5] = [
    JSON,
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
    "application/octet-stream",
];
/// Media types of streams, whose bodies the client reads incrementally.
const STREAMS: [&str; 5] = [
    "text/event-stream",
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/json-seq",
];

/// Returns a media type without its parameters.
pub(crate) fn essence(name: &str) -> String {
    name.split(';').next().unwrap_or(name).trim().to_ascii_lowercase()
}

/// Returns whether a media type is JSON, for example `application/problem+json`.
pub(crate) fn is_json(name: &str) -> bool {
    let essence = essence(name);
    essence == JSON || essence.ends_with("+json") || essence == "*/*"
}

/// Returns whether a media type is a stream.
pub(crate) fn is_stream(name: &str) -> bool {
    STREAMS.contains(&essence(name).as_str())
}

/// Returns the generator's name of a media type, or its own name without parameters.
pub(crate) fn plain_name(name: &str) -> String {
    if is_json(name) { JSON.to_owned() } else { essence(name) }
}

/// Returns whether the client can send a media type.
pub(crate) fn is_sendable(name: &str) -> bool {
    SENDABLE.contains(&plain_name(name).as_str())
}

/// Returns the media type that the client sends, of those that the server accepts.
pub(crate) fn best_to_send<'m>(names: impl IntoIterator<Item = &'m str>) -> Option<&'m str> {
    let rank = |name: &str| {
        let plain = plain_name(name);
        SENDABLE.iter().position(|known| *known == plain).unwrap_or(SENDABLE.len())
    };
    names.into_iter().min_by_key(|name| rank(name))
}

/// Returns the media type that the client requests, of those that the server offers: a JSON one if `json`
/// is set, otherwise another one.
pub(crate) fn best_to_read<'m>(
    names: impl IntoIterator<Item = &'m str>,
    json: bool,
) -> Option<&'m str> {
    let wanted = names.into_iter().filter(|name| is_json(name) == json);
    wanted.min_by_key(|name| rank_to_read(name))
}

/// Ranks plain JSON before other JSON, and streams before other media types.
fn rank_to_read(name: &str) -> u8 {
    match essence(name).as_str() {
        JSON => 0,
        _ if is_stream(name) => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_ignored() {
        for json in ["application/json; charset=utf-8", "application/problem+json", "*/*"] {
            assert!(is_json(json) && plain_name(json) == JSON, "{json}");
        }
        assert!(is_stream("text/event-stream; charset=utf-8") && is_stream("application/x-ndjson"));
        assert!(is_sendable("Text/Plain") && !is_sendable("application/yaml"));
    }

    #[test]
    fn json_is_preferred() {
        let all = ["application/yaml", "text/plain", "application/merge-patch+json", JSON];
        assert_eq!(best_to_read(all, true), Some(JSON));
        assert_eq!(best_to_send(all[..2].iter().copied()), Some("text/plain"));
        assert_eq!(best_to_send(all), Some("application/merge-patch+json"));
        assert_eq!(best_to_read(["text/plain"], true), None);
        assert_eq!(
            best_to_read(["text/plain", "text/event-stream"], false),
            Some("text/event-stream")
        );
    }
}
