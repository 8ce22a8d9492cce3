//! A server that plays a recording back. It answers each request with the recorded response to its
//! method and path, from the current step on.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::{calls::is_same, placeholders::FilledStep};

pub(super) struct Player {
    address: SocketAddr,
    state: Arc<Mutex<PlayerState>>,
    serving: JoinHandle<()>,
}

struct PlayerState {
    steps: Vec<FilledStep>,
    at: usize,
    /// Whether the request of the current step was received.
    played: bool,
    mismatches: Vec<String>,
}

impl Player {
    pub(super) async fn start(steps: Vec<FilledStep>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = PlayerState { steps, at: 0, played: false, mismatches: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let serving = tokio::spawn(serve(listener, state.clone()));
        Self { address, state, serving }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sets the current step.
    pub(super) fn set_step(&self, at: usize) {
        let mut state = self.state.lock().unwrap();
        (state.at, state.played) = (at, false);
    }

    /// Whether the request of the current step was received.
    pub(super) fn played(&self) -> bool {
        self.state.lock().unwrap().played
    }

    /// Returns the errors in the requests since the last call.
    pub(super) fn mismatches(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().mismatches)
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, state: Arc<Mutex<PlayerState>>) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let state = state.clone();
        tokio::spawn(async move {
            if let Some(request) = ReceivedRequest::read(&mut stream).await {
                let answer = state.lock().unwrap().answer(&request);
                // The client may close the connection before it has read the whole response.
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
    }
}

/// A received request.
struct ReceivedRequest {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    body: Option<Value>,
}

impl ReceivedRequest {
    async fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut read = Vec::new();
        let end = loop {
            if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut read).await.ok()? == 0 {
                return None;
            }
        };
        let mut body = read.split_off(end);
        let head = String::from_utf8(read).unwrap();
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        while body.len() < length.unwrap_or(0) {
            stream.read_buf(&mut body).await.ok()?;
        }
        let mut words = head.split(' ');
        let method = words.next()?.to_owned();
        let (path, query) = target(words.next()?);
        Some(Self { method, path, query, body: serde_json::from_slice(&body).ok() })
    }
}

/// Returns the decoded path and query pairs of a request target.
fn target(text: &str) -> (String, Vec<(String, String)>) {
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let query = query.replace('+', "%2B");
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let pairs = pairs.map(|(name, value)| (unescaped(name), unescaped(value)));
    (unescaped(path), pairs.collect())
}

fn unescaped(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8().unwrap().replace('\u{2b}', " ")
}

impl PlayerState {
    fn answer(&mut self, request: &ReceivedRequest) -> String {
        let here = self.at;
        let ahead = (here..self.steps.len()).chain((0..here).rev());
        let found = ahead.into_iter().find(|at| is_for(&self.steps[*at].request, request));
        let Some(found) = found else {
            let ReceivedRequest { method, path, query, .. } = request;
            self.mismatches.push(format!("no response is recorded for {method} {path} {query:?}"));
            return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                .into();
        };
        let step = &self.steps[found];
        if found == here {
            self.played = true;
            let recorded = step.request.get("body");
            if !is_same_body(recorded, request.body.as_ref()) {
                let text = |body: Option<&Value>| body.map_or("nothing".into(), Value::to_string);
                let (recorded, sent) = (text(recorded), text(request.body.as_ref()));
                self.mismatches.push(format!("recorded body {recorded}, received {sent}"));
            }
        }
        written(&step.response)
    }
}

/// The fields that the client adds to some bodies, with their value if it is fixed.
const ADDED: [(&str, Option<&str>); 4] =
    [("event_type", Some("user")), ("project_id", None), ("agent_id", None), ("enabled", None)];

/// Whether a body is the recorded one, except for the fields that the client adds.
fn is_same_body(recorded: Option<&Value>, sent: Option<&Value>) -> bool {
    let (Some(Value::Object(recorded)), Some(Value::Object(sent))) = (recorded, sent) else {
        return recorded == sent;
    };
    let is_added = |key: &str, value: &Value| {
        let mut added = ADDED.iter();
        added.any(|(name, only)| *name == key && only.is_none_or(|only| value == only))
    };
    recorded.iter().all(|(key, value)| sent.get(key).is_some_and(|sent| is_same(value, sent)))
        && sent.iter().all(|(key, value)| recorded.contains_key(key) || is_added(key, value))
}

fn is_for(recorded: &Value, request: &ReceivedRequest) -> bool {
    let (path, query) = target(recorded["path"].as_str().unwrap());
    recorded["method"] == request.method.as_str()
        && path == request.path
        && query.iter().all(|pair| request.query.contains(pair) || is_default(pair))
}

/// Whether a query parameter has its default value, so that the client may omit it.
fn is_default((name, value): &(String, String)) -> bool {
    name == "after_seq" && value == "0"
}

/// Serializes a recorded response. Returns an empty text if the server sent no response.
fn written(response: &Value) -> String {
    let status = response["status"].as_u64().unwrap();
    if status == 0 {
        return String::new();
    }
    let body = match response.get("body") {
        Some(body) => body.to_string(),
        None => response["text"].as_str().unwrap_or_default().to_owned(),
    };
    let mut text = format!("HTTP/1.1 {status} Recorded\r\nConnection: close\r\n");
    for (name, value) in response["headers"].as_object().unwrap() {
        text += &format!("{name}: {}\r\n", value.as_str().unwrap());
    }
    if status != 204 {
        text += &format!("Content-Length: {}\r\n", body.len());
    }
    text + "\r\n" + &body
}
