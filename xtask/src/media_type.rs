//! What the names of media types mean to the generated client.

/// The one name of JSON that the generator knows.
pub(crate) const JSON: &str = "application/json";
/// What the client can send, best first.
const SENDABLE: [&str; 5] = [
    JSON,
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
    "application/octet-stream",
];
/// Media types whose bodies go on: a client reads them as they come.
const STREAMS: [&str; 5] = [
    "text/event-stream",
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/json-seq",
];

/// A media type without its parameters.
pub(crate) fn essence(name: &str) -> String {
    name.split(';').next().unwrap_or(name).trim().to_ascii_lowercase()
}

/// Whether a media type is JSON under any of its names, as `application/problem+json`.
pub(crate) fn is_json(name: &str) -> bool {
    let essence = essence(name);
    essence == JSON || essence.ends_with("+json") || essence == "*/*"
}

/// Whether bodies of that media type go on.
pub(crate) fn is_stream(name: &str) -> bool {
    STREAMS.contains(&essence(name).as_str())
}

/// The name that the generator knows a media type by, or its own without parameters.
pub(crate) fn plain_name(name: &str) -> String {
    if is_json(name) { JSON.to_owned() } else { essence(name) }
}

/// Whether the client can send that media type under its name.
pub(crate) fn is_sendable(name: &str) -> bool {
    SENDABLE.contains(&plain_name(name).as_str())
}

/// The media type that a request body is sent as, of those that it may be sent as.
pub(crate) fn best_to_send<'m>(names: impl IntoIterator<Item = &'m str>) -> Option<&'m str> {
    let rank = |name: &str| {
        let plain = plain_name(name);
        SENDABLE.iter().position(|known| *known == plain).unwrap_or(SENDABLE.len())
    };
    names.into_iter().min_by_key(|name| rank(name))
}

/// The media type that a response is asked for as, of those that it may have: one that is JSON, or one
/// that is not.
pub(crate) fn best_to_read<'m>(
    names: impl IntoIterator<Item = &'m str>,
    json: bool,
) -> Option<&'m str> {
    let wanted = names.into_iter().filter(|name| is_json(name) == json);
    wanted.min_by_key(|name| rank_to_read(name))
}

/// Plain JSON before other JSON, a stream before what else is no JSON.
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
    fn names_mean_the_same_whatever_their_parameters() {
        for json in ["application/json; charset=utf-8", "application/problem+json", "*/*"] {
            assert!(is_json(json) && plain_name(json) == JSON, "{json}");
        }
        assert!(is_stream("text/event-stream; charset=utf-8") && is_stream("application/x-ndjson"));
        assert!(is_sendable("Text/Plain") && !is_sendable("application/yaml"));
    }

    #[test]
    fn json_is_chosen_before_others() {
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
