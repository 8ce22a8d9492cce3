//! A server that plays a recording back: it answers each request with the next recorded answer to its
//! method and path, from the step that is being played on.

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

use super::{calls::is_same, cast::Part};

pub(super) struct Player {
    address: SocketAddr,
    stage: Arc<Mutex<Stage>>,
    serving: JoinHandle<()>,
}

struct Stage {
    parts: Vec<Part>,
    at: usize,
    /// Whether the step that is being played was asked for.
    played: bool,
    complaints: Vec<String>,
}

impl Player {
    pub(super) async fn start(parts: Vec<Part>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let stage = Stage { parts, at: 0, played: false, complaints: Vec::new() };
        let stage = Arc::new(Mutex::new(stage));
        let serving = tokio::spawn(serve(listener, stage.clone()));
        Self { address, stage, serving }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes a step the one that is being played.
    pub(super) fn turn_to(&self, at: usize) {
        let mut stage = self.stage.lock().unwrap();
        (stage.at, stage.played) = (at, false);
    }

    /// Whether the step was asked for.
    pub(super) fn played(&self) -> bool {
        self.stage.lock().unwrap().played
    }

    /// What was wrong with the requests since it was asked last.
    pub(super) fn complaints(&self) -> Vec<String> {
        std::mem::take(&mut self.stage.lock().unwrap().complaints)
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, stage: Arc<Mutex<Stage>>) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let stage = stage.clone();
        tokio::spawn(async move {
            if let Some(asked) = Asked::read(&mut stream).await {
                let answer = stage.lock().unwrap().answer(&asked);
                // A client may have what it wants and leave.
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
    }
}

/// A request as it came.
struct Asked {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    body: Option<Value>,
}

impl Asked {
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

/// The path and the pairs of the query of a target, unescaped.
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

impl Stage {
    fn answer(&mut self, asked: &Asked) -> String {
        let here = self.at;
        let ahead = (here..self.parts.len()).chain((0..here).rev());
        let found = ahead.into_iter().find(|at| is_for(&self.parts[*at].request, asked));
        let Some(found) = found else {
            let Asked { method, path, query, .. } = asked;
            self.complaints.push(format!("nothing is recorded for {method} {path} {query:?}"));
            return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                .into();
        };
        let part = &self.parts[found];
        if found == here {
            self.played = true;
            let recorded = part.request.get("body");
            if !is_same_body(recorded, asked.body.as_ref()) {
                let text = |body: Option<&Value>| body.map_or("nothing".into(), Value::to_string);
                let (recorded, sent) = (text(recorded), text(asked.body.as_ref()));
                self.complaints.push(format!("{recorded} was recorded, {sent} sent"));
            }
        }
        written(&part.response)
    }
}

/// What the client adds to some bodies by itself.
const ADDED: [(&str, Option<&str>); 4] =
    [("event_type", Some("user")), ("project_id", None), ("agent_id", None), ("enabled", None)];

/// Whether a body was sent as it was recorded, but for what the client adds.
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

fn is_for(recorded: &Value, asked: &Asked) -> bool {
    let (path, query) = target(recorded["path"].as_str().unwrap());
    recorded["method"] == asked.method.as_str()
        && path == asked.path
        && query.iter().all(|pair| asked.query.contains(pair) || is_default(pair))
}

/// What a client need not say.
fn is_default((name, value): &(String, String)) -> bool {
    name == "after_seq" && value == "0"
}

/// A recorded answer as it goes over the wire; nothing where the server gave none.
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
