//! A transport that answers each request with the next response of a script.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use ambient_sdk::{BoxError, BoxFuture, Operation, Response, Transport};
use ambient_sdk_ext::{Client, ClientBuilder};

pub(crate) const TOKEN: &str = "sha256~0123456789abcdef";

/// One answer of a script.
pub(crate) enum Answer {
    Response(http::Response<reqwest::Body>),
    Late(Duration, Box<Answer>),
    Broken,
    Never,
}

pub(crate) fn json(status: u16, body: impl ToString) -> Answer {
    let response = http::Response::builder().status(status);
    let response = response.header("content-type", "application/json");
    Answer::Response(response.body(body.to_string().into()).unwrap())
}

pub(crate) fn response(
    status: u16,
    headers: &[(&str, &str)],
    body: impl Into<reqwest::Body>,
) -> Answer {
    let response = http::Response::builder().status(status);
    let response = headers.iter().fold(response, |r, (name, value)| r.header(*name, *value));
    Answer::Response(response.body(body.into()).unwrap())
}

pub(crate) fn session(status: &str) -> Answer {
    json(
        200,
        serde_json::json!({
            "id": "s1", "status": status, "task": "a task", "createdAt": "2026-01-01T00:00:00Z",
        }),
    )
}

/// A sent request.
#[derive(Clone, Debug)]
pub(crate) struct SentRequest {
    pub(crate) operation: &'static str,
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
    pub(crate) at: tokio::time::Instant,
}

#[derive(Clone, Default)]
pub(crate) struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    own: Arc<Mutex<HashMap<&'static str, Own>>>,
    requests: Arc<Mutex<Vec<SentRequest>>>,
}

/// The responses to one operation, and the response after they are used up.
struct Own {
    answers: VecDeque<Answer>,
    then: fn() -> Answer,
}

impl Script {
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        Self { answers, ..Self::default() }
    }

    /// Sets separate responses for an operation: first `answers` in order, then always `then`.
    pub(crate) fn answers(
        self,
        operation: &'static str,
        answers: impl IntoIterator<Item = Answer>,
        then: fn() -> Answer,
    ) -> Self {
        let own = Own { answers: answers.into_iter().collect(), then };
        self.own.lock().unwrap().insert(operation, own);
        self
    }

    /// Returns the requests to an operation.
    pub(crate) fn requests_of(&self, operation: &str) -> Vec<SentRequest> {
        self.requests().into_iter().filter(|request| request.operation == operation).collect()
    }

    fn answer(&self, operation: &Operation) -> Answer {
        if let Some(own) = self.own.lock().unwrap().get_mut(operation.id()) {
            return own.answers.pop_front().unwrap_or_else(own.then);
        }
        let answer = self.answers.lock().unwrap().pop_front();
        answer.expect("the script has no response for this request")
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        Client::builder().token(TOKEN).project("demo").transport(Arc::new(self.clone()))
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<SentRequest> {
        self.requests.lock().unwrap().clone()
    }
}

impl Transport for Script {
    fn send(
        &self,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
        self.requests.lock().unwrap().push(SentRequest {
            operation: operation.id(),
            method: request.method().to_string(),
            url: request.url().to_string(),
            headers: request.headers().clone(),
            body: String::from_utf8(body.to_vec()).unwrap(),
            at: tokio::time::Instant::now(),
        });
        let mut answer = self.answer(operation);
        Box::pin(async move {
            loop {
                answer = match answer {
                    Answer::Response(response) => return Ok(response.into()),
                    Answer::Broken => return Err("connection reset by peer".into()),
                    Answer::Never => std::future::pending().await,
                    Answer::Late(delay, then) => {
                        tokio::time::sleep(delay).await;
                        *then
                    }
                }
            }
        })
    }
}

/// Creates a body of `chunks`, which ends with `error` if there is one.
pub(crate) fn chunks(
    chunks: &'static [&'static str],
    error: Option<&'static str>,
) -> reqwest::Body {
    let parts = chunks.iter().map(|chunk| Ok(*chunk)).chain(error.map(Err));
    let parts: Vec<Result<&str, BoxError>> = parts.map(|part| part.map_err(Into::into)).collect();
    reqwest::Body::wrap_stream(futures_util::stream::iter(parts))
}

/// Returns a port without a listener. No other process gets it while the socket is held.
pub(crate) fn quiet_port() -> (u16, tokio::net::TcpSocket) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    (socket.local_addr().unwrap().port(), socket)
}
