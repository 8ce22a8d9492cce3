//! A server for the message routes that loses, delays and reorders messages like the real one.
//!
//! All sessions share one sequence of `seq`. A number is assigned when a push begins. Later the
//! message is sent to the open streams, and it becomes visible in lists only when the push ends.
//! Messages are therefore received, and become visible, out of order. A stream begins with the
//! visible messages and continues with those above the last of them. It buffers 512 messages for a
//! slow reader and drops the rest. Connections end and lists fail at random.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime},
};

use ambient_sdk::{BoxError, BoxFuture, Operation, Response, Transport};
use ambient_sdk_ext::{Client, ClientBuilder};
use futures_util::stream;
use serde_json::json;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};

/// The number of messages that the server buffers for a connection.
const HELD: usize = 512;

/// The faults of the server and their frequency.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    /// The maximum time until a message is visible: for most messages, and for one in 50.
    pub(crate) commits: (Duration, Duration),
    /// The maximum lifetime of a connection, or `None` if connections don't end.
    pub(crate) connections: Option<Duration>,
    /// The number of lists in 1000 that fail.
    pub(crate) failed_lists: u32,
    /// Whether streams get a message during its push instead of at its start.
    pub(crate) late_frames: bool,
    /// The maximum duration of a list.
    pub(crate) latency: Duration,
}

/// Counts of the server's requests and of the messages that streams left out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) lists: u64,
    pub(crate) listed: u64,
    pub(crate) connections: u64,
    pub(crate) replayed: u64,
    pub(crate) open: usize,
    pub(crate) most_open: usize,
    pub(crate) at_once: usize,
    pub(crate) most_at_once: usize,
    /// Messages that were dropped because the buffer of a stream was full.
    pub(crate) dropped: u64,
    /// Messages that a stream left out because they were not above its history.
    pub(crate) skipped: u64,
}

#[derive(Clone)]
pub(crate) struct LossyServer {
    state: Arc<Mutex<State>>,
    faults: Faults,
}

struct State {
    seq: i64,
    sessions: HashMap<String, Session>,
    random: fastrand::Rng,
    seen: Seen,
    started: (Instant, SystemTime),
}

#[derive(Default)]
struct Session {
    visible: BTreeMap<i64, Arc<str>>,
    readers: Vec<mpsc::Sender<(i64, Arc<str>)>>,
}

impl LossyServer {
    pub(crate) fn new(seed: u64, faults: Faults) -> Self {
        let state = State {
            seq: 0,
            sessions: HashMap::new(),
            random: fastrand::Rng::with_seed(seed),
            seen: Seen::default(),
            started: (Instant::now(), SystemTime::now()),
        };
        Self { state: Arc::new(Mutex::new(state)), faults }
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        let builder = Client::builder().token("sha256~0123456789abcdef").project("demo");
        builder.transport(Arc::new(self.clone()))
    }

    pub(crate) fn seen(&self) -> Seen {
        self.now().seen
    }

    /// Returns the number of visible messages of a session.
    pub(crate) fn count(&self, session: &str) -> usize {
        self.now().session(session).visible.len()
    }

    /// Pushes a message, and returns when it is committed.
    pub(crate) async fn push(&self, session: &str, payload: &str) -> i64 {
        let (seq, message, until_sent, until_visible) = self.begin(session, payload);
        sleep(until_sent).await;
        self.send_to_streams(session, seq, &message);
        sleep(until_visible).await;
        self.now().session(session).visible.insert(seq, message);
        seq
    }

    fn begin(&self, session: &str, payload: &str) -> (i64, Arc<str>, Duration, Duration) {
        let mut state = self.now();
        state.seq += 1;
        let (seq, created) = (state.seq, state.time());
        let message = json!({
            "id": format!("m{seq}"), "kind": "SessionMessage", "session_id": session, "seq": seq,
            "event_type": "assistant", "payload": payload,
            "created_at": ambient_sdk::Timestamp::from(created),
        });
        let (most, rare) = self.faults.commits;
        let longest = if state.random.u32(0..50) == 0 { rare } else { most };
        let push = longest.mul_f64(state.random.f64());
        let until_sent = match self.faults.late_frames {
            true => push.mul_f64(state.random.f64()),
            false => Duration::ZERO,
        };
        (seq, message.to_string().into(), until_sent, push - until_sent)
    }

    fn send_to_streams(&self, session: &str, seq: i64, message: &Arc<str>) {
        let mut state = self.now();
        let mut dropped = 0;
        state.session(session).readers.retain(|reader| {
            match reader.try_send((seq, message.clone())) {
                Ok(()) => true,
                Err(mpsc::error::TrySendError::Full(_)) => {
                    dropped += 1;
                    true
                }
                Err(mpsc::error::TrySendError::Closed(_)) => false,
            }
        });
        state.seen.dropped += dropped;
    }

    fn now(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    async fn list(self, session: String, after: i64) -> http::Response<reqwest::Body> {
        let (latency, fails) = {
            let mut state = self.now();
            let latency = self.faults.latency.mul_f64(state.random.f64());
            (latency, state.random.u32(0..1000) < self.faults.failed_lists)
        };
        sleep(latency).await;
        let mut state = self.now();
        state.seen.lists += 1;
        if fails {
            return respond(503, "text/plain", state.time(), "busy");
        }
        let found: Vec<_> = state.after(&session, after).map(|(_, message)| message).collect();
        state.seen.listed += found.len() as u64;
        let body = format!("[{}]", found.join(","));
        respond(200, "application/json", state.time(), body)
    }

    fn stream(&self, session: &str, after: i64) -> http::Response<reqwest::Body> {
        let mut state = self.now();
        let (sender, live) = mpsc::channel(HELD);
        state.session(session).readers.push(sender);
        let history: Vec<_> = state.after(session, after).collect();
        state.seen.connections += 1;
        state.seen.replayed += history.len() as u64;
        state.seen.open += 1;
        state.seen.most_open = state.seen.most_open.max(state.seen.open);
        let random = state.random.f64();
        let ends = self.faults.connections.map(|most| Instant::now() + most.mul_f64(random));
        let connection = Connection {
            server: self.clone(),
            replayed: history.last().map_or(0, |(seq, _)| *seq),
            history: history.into_iter(),
            live,
            ends,
        };
        let body = stream::unfold(connection, |mut connection| async {
            let frame = connection.next().await?;
            Some((frame, connection))
        });
        respond(200, "text/event-stream", state.time(), reqwest::Body::wrap_stream(body))
    }
}

impl State {
    fn session(&mut self, id: &str) -> &mut Session {
        self.sessions.entry(id.to_owned()).or_default()
    }

    fn after(&mut self, id: &str, seq: i64) -> impl Iterator<Item = (i64, Arc<str>)> + use<> {
        let found = self.session(id).visible.range(seq + 1..);
        let found: Vec<_> = found.map(|(seq, message)| (*seq, message.clone())).collect();
        found.into_iter()
    }

    fn time(&self) -> SystemTime {
        self.started.1 + self.started.0.elapsed()
    }
}

struct Connection {
    server: LossyServer,
    history: std::vec::IntoIter<(i64, Arc<str>)>,
    replayed: i64,
    live: mpsc::Receiver<(i64, Arc<str>)>,
    ends: Option<Instant>,
}

impl Connection {
    async fn next(&mut self) -> Option<Result<String, BoxError>> {
        let frame = |(seq, message)| Ok(format!("id: {seq}\ndata: {message}\n\n"));
        if let Some(message) = self.history.next() {
            return Some(frame(message));
        }
        let ends = self.ends;
        let ends = async {
            match ends {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(ends);
        loop {
            tokio::select! {
                message = self.live.recv() => match message? {
                    (seq, _) if seq <= self.replayed => self.server.now().seen.skipped += 1,
                    message => return Some(frame(message)),
                },
                () = &mut ends => return Some(Err("connection reset by peer".into())),
                () = sleep(Duration::from_secs(30)) => return Some(Ok(": ping\n\n".into())),
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.server.now().seen.open -= 1;
    }
}

impl LossyServer {
    /// Answers an operation of a session.
    pub(crate) async fn answer(
        &self,
        operation: &str,
        url: &reqwest::Url,
    ) -> Result<http::Response<reqwest::Body>, BoxError> {
        let segments = url.path().split('/');
        let session = segments.skip_while(|part| *part != "sessions").nth(1).unwrap().to_owned();
        let after = url.query_pairs().find(|(name, _)| name == "after_seq");
        let after = after.map_or(0, |(_, seq)| seq.parse().unwrap());
        let _at_once = AtOnce::enter(self.clone());
        match operation {
            "stream_session_messages" => Ok(self.stream(&session, after)),
            "list_session_messages" => Ok(self.clone().list(session, after).await),
            "get_session" => {
                let found = json!({ "id": session, "name": "talk", "phase": "Running" });
                Ok(respond(200, "application/json", self.now().time(), found.to_string()))
            }
            other => Err(format!("{other} is not served").into()),
        }
    }
}

impl Transport for LossyServer {
    fn send(
        &self,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        Box::pin(async move { Ok(self.answer(operation.id(), request.url()).await?.into()) })
    }
}

/// Counts a request as long as it is being answered.
struct AtOnce(LossyServer);

impl AtOnce {
    fn enter(server: LossyServer) -> Self {
        let mut state = server.now();
        state.seen.at_once += 1;
        state.seen.most_at_once = state.seen.most_at_once.max(state.seen.at_once);
        drop(state);
        Self(server)
    }
}

impl Drop for AtOnce {
    fn drop(&mut self) {
        self.0.now().seen.at_once -= 1;
    }
}

fn respond(
    status: u16,
    form: &str,
    time: SystemTime,
    body: impl Into<reqwest::Body>,
) -> http::Response<reqwest::Body> {
    let response = http::Response::builder().status(status).header("content-type", form);
    let response = response.header("date", httpdate::fmt_http_date(time));
    response.body(body.into()).unwrap()
}
