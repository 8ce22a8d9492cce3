//! Sends recorded requests byte for byte, because an HTTP client would normalise their paths.

use std::{net::SocketAddr, time::Duration};

use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// The timeout of a response that is not a stream.
const PATIENCE: Duration = Duration::from_secs(20);
/// The time for which a stream is read. The frames in a recording are sent immediately.
const STREAM: Duration = Duration::from_millis(300);
/// The headers that are recorded.
const KEPT: [&str; 7] = [
    "content-type",
    "retry-after",
    "location",
    "www-authenticate",
    "x-operation-id",
    "cache-control",
    "allow",
];

/// Sends a recorded request with additional `headers`. Returns the response in the form of a
/// recording.
pub(crate) async fn send(address: SocketAddr, request: &Value, headers: &[(&str, &str)]) -> Value {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&bytes_of(address, request, headers)).await.unwrap();
    let (head, mut body) = match timeout(PATIENCE, read_head(&mut stream)).await {
        Err(_) => return no_answer("no answer in 20 s"),
        Ok(None) => return no_answer("closed without an answer"),
        Ok(Some(answer)) => answer,
    };
    let (status, fields) = parse_head(&head);
    let field = |name: &str| fields.iter().find(|(known, _)| known == name);
    let is_stream = field("content-type").is_some_and(|(_, kind)| kind == "text/event-stream");
    let length = field("content-length").map(|(_, length)| length.parse().unwrap());
    let patience = if is_stream { STREAM } else { PATIENCE };
    let rest = read_body(&mut stream, &mut body, length);
    let in_time = timeout(patience, rest).await.is_ok();
    assert!(in_time || is_stream, "the body of {request} does not end");
    if field("transfer-encoding").is_some() {
        body = without_chunks(&body);
    }
    recorded_form(status, &fields, &String::from_utf8_lossy(&body))
}

fn no_answer(how: &str) -> Value {
    json!({"status": 0, "headers": {}, "text": how})
}

fn bytes_of(address: SocketAddr, request: &Value, more: &[(&str, &str)]) -> Vec<u8> {
    let method = request["method"].as_str().unwrap();
    let body = match (request.get("text"), request.get("body")) {
        (Some(text), _) => Some(text.as_str().unwrap().to_owned()),
        (None, Some(body)) => Some(body.to_string()),
        (None, None) => None,
    };
    let mut headers = Map::new();
    headers.extend(more.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    let own = request["headers"].as_object().into_iter().flatten();
    for (name, value) in own {
        // Null removes a header that other requests have.
        headers.retain(|known, _| !known.eq_ignore_ascii_case(name));
        headers.insert(name.clone(), value.clone());
    }
    headers.retain(|_, value| !value.is_null());
    let is_typed = headers.keys().any(|name| name.eq_ignore_ascii_case("content-type"));
    if body.is_some() && !is_typed {
        headers.insert("Content-Type".into(), json!("application/json"));
    }
    if body.is_some() || method != "GET" {
        let length = body.as_ref().map_or(0, String::len);
        headers.insert("Content-Length".into(), json!(length.to_string()));
    }
    let path = request["path"].as_str().unwrap();
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {}\r\n", value.as_str().unwrap());
    }
    text += "\r\n";
    text += &body.unwrap_or_default();
    text.into_bytes()
}

/// Reads the head of the response and the bytes that were received with it. Returns `None` if there
/// is no response.
async fn read_head(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let body = read.split_off(end + 4);
            return Some((String::from_utf8(read).unwrap(), body));
        }
        match stream.read_buf(&mut read).await {
            Ok(0) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

fn parse_head(head: &str) -> (u16, Vec<(String, String)>) {
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let field = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    (status, lines.filter_map(field).collect())
}

async fn read_body(stream: &mut TcpStream, body: &mut Vec<u8>, length: Option<usize>) {
    while length.is_none_or(|length| body.len() < length) {
        if !matches!(stream.read_buf(body).await, Ok(1..)) {
            return;
        }
    }
}

/// Decodes the received part of a chunked body.
fn without_chunks(mut raw: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = raw.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&raw[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        let start = end + 2;
        let stop = raw.len().min(start + size);
        body.extend_from_slice(&raw[start..stop]);
        raw = &raw[raw.len().min(stop + 2)..];
    }
    body
}

/// Converts a response to the form of a recording. Its `body` is valid JSON with the content type of
/// JSON; anything else is `text`.
fn recorded_form(status: u16, fields: &[(String, String)], text: &str) -> Value {
    let kept = fields.iter().filter(|(name, _)| KEPT.contains(&name.as_str()));
    let headers: Map<_, _> = kept.map(|(name, value)| (name.clone(), json!(value))).collect();
    let kind = headers.get("content-type").and_then(Value::as_str).unwrap_or_default();
    let body = serde_json::from_str::<Value>(text).ok();
    let body = body.filter(|_| kind.starts_with("application/json"));
    match body {
        Some(body) => json!({"status": status, "headers": headers, "body": body}),
        None => json!({"status": status, "headers": headers, "text": text}),
    }
}
