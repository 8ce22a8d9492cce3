//! The server itself: its socket, and what its owner can ask and set.

use std::{convert::Infallible, fmt, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::Instant,
};

use crate::{Client, ClientBuilder, Result};

use super::{
    builder::MockServerBuilder,
    fault::Fault,
    local::LocalTransport,
    log::RecordedRequest,
    script::{Reply, SessionScript},
    service,
    sessions::KIND,
    state::Shared,
    store::Record,
};

/// How long no connection is accepted after one could not be.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// Both services of the platform in this process, on a loopback port, with state.
///
/// It stops when it is dropped. See the [module](super) for an example.
pub struct MockServer {
    pub(super) shared: Arc<Shared>,
    address: SocketAddr,
    token: String,
    project: String,
    accepting: JoinHandle<()>,
}

impl MockServer {
    /// The token that a server accepts when it is given no other.
    pub const TOKEN: &'static str = "sha256~mock-server-token-0123456789";
    /// The project that [`MockServer::project`] names when it is given no other.
    pub const PROJECT: &'static str = "demo";

    /// Starts a server with the defaults on a free port.
    ///
    /// # Errors
    /// When no loopback port can be bound.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Starts with options: tokens, project, port, scripts, rate limit.
    pub fn builder() -> MockServerBuilder {
        MockServerBuilder::new()
    }

    pub(super) fn run(
        shared: Arc<Shared>,
        listener: TcpListener,
        token: String,
        project: String,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let accepting = tokio::spawn(accept(listener, shared.clone()));
        Ok(Self { shared, address, token, project, accepting })
    }

    /// The base URL of both services, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address that it listens at.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A token that it accepts.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The project that it was set up with.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.project
    }

    /// The server as a tower service without a socket, to call or to nest.
    ///
    /// A cut connection shows as a body that breaks off: a service has no connection to cut.
    pub fn router(&self) -> Router {
        let shared = self.shared.clone();
        Router::new().fallback(move |request: Request<Body>| {
            let shared = shared.clone();
            async move {
                let response = service::serve(shared, request).await;
                Ok::<_, Infallible>(response.unwrap_or_else(|cut| {
                    let body = futures_util::stream::iter([Err::<bytes::Bytes, _>(cut)]);
                    http::Response::new(Body::from_stream(body))
                }))
            }
        })
    }

    /// A transport that reaches the server without a socket, so that tokio's paused clock can jump
    /// over every wait.
    #[must_use]
    pub fn transport(&self) -> LocalTransport {
        LocalTransport::new(self.shared.clone())
    }

    /// A client of this server over its socket, with the server's token and project. No proxy that
    /// the environment names stands between the two.
    ///
    /// # Errors
    /// When the server was set up with a token or project that no client takes.
    pub fn client(&self) -> Result<Client> {
        self.client_builder().build()
    }

    /// A client of this server without a socket: see [`MockServer::transport`].
    ///
    /// # Errors
    /// When the server was set up with a token or project that no client takes.
    pub fn local_client(&self) -> Result<Client> {
        let transport = Arc::new(self.transport());
        self.client_builder().transport(transport).build()
    }

    /// The settings of [`MockServer::client`], to add to. They bring an HTTP client of their own,
    /// so that [`connect_timeout`](ClientBuilder::connect_timeout) changes nothing.
    pub fn client_builder(&self) -> ClientBuilder {
        let builder = Client::builder().base_url(self.url());
        let builder = builder.token(self.token.as_str()).project(&self.project);
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none());
        match http.build() {
            Ok(http) => builder.http_client(http),
            // The client's own can't be set up either then, and its error says why.
            Err(_) => builder,
        }
    }

    /// Has something go wrong when an operation is called.
    ///
    /// `operation` is an operation id, as in `get_session`, for both services; with `public_api/`
    /// or `api_server/` before it for one of them; or `*` for every operation. Faults of one
    /// operation come in the order in which they were set.
    ///
    /// # Errors
    /// When no operation has this name.
    pub fn fault(&self, operation: &str, fault: Fault) -> std::result::Result<(), MockError> {
        let known = |name: &str| {
            let mut routes = self.shared.table.operations();
            routes.any(|route| route.names().iter().any(|known| known == name))
        };
        if operation != "*" && !known(operation) {
            return Err(MockError::UnknownOperation(operation.to_owned()));
        }
        self.shared.now().faults.set(operation, fault);
        Ok(())
    }

    /// Takes back every fault.
    pub fn clear_faults(&self) {
        self.shared.now().faults.clear();
    }

    /// The requests that came, oldest first; of many, the latest 10,000 or 64 MiB of bodies.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.now().log.all()
    }

    /// The requests of one operation, oldest first, among those that
    /// [`requests`](Self::requests) gives.
    #[must_use]
    pub fn requests_of(&self, operation: &str) -> Vec<RecordedRequest> {
        self.shared.now().log.of(operation)
    }

    /// How often an operation was called, on both services.
    #[must_use]
    pub fn request_count(&self, operation: &str) -> usize {
        self.shared.now().log.count(operation)
    }

    /// Forgets the requests that came so far, and their counts.
    pub fn clear_requests(&self) {
        self.shared.now().log = Default::default();
    }

    /// Sets the script of the next session that starts; several calls line up.
    pub fn script_next_session(&self, script: SessionScript) {
        self.shared.now().scripts.next.push_back(script);
    }

    /// Sets the script of sessions whose prompt or task satisfies `matches`. The first rule that
    /// does counts, and the script of a next session comes before every rule.
    pub fn script_when(
        &self,
        matches: impl Fn(&str) -> bool + Send + Sync + 'static,
        script: SessionScript,
    ) {
        let rule = (Arc::new(matches) as _, script);
        self.shared.now().scripts.rules.push(rule);
    }

    /// Sets what is answered to the next user message that is answered at all, which is one to a
    /// session in `Pending`, `Creating` or `Running`; several calls line up.
    pub fn reply_next(&self, reply: Reply) {
        self.shared.now().scripts.next_replies.push_back(reply);
    }

    /// Puts a session into any phase by hand, which ends what its script had planned. The agent
    /// doesn't answer the prompt then; user messages it does in `Pending`, `Creating` and `Running`.
    ///
    /// # Errors
    /// When there is no session with this id, neither on the API server nor on the gateway.
    pub fn set_phase(&self, session: &str, phase: &str) -> std::result::Result<(), MockError> {
        self.with_session(session, |state, id| {
            state.force_phase(id, phase, Instant::now());
        })
    }

    /// Records a message of a session as if its agent had sent it.
    ///
    /// # Errors
    /// When there is no session with this id, neither on the API server nor on the gateway.
    pub fn push_message(
        &self,
        session: &str,
        event_type: &str,
        payload: &str,
    ) -> std::result::Result<(), MockError> {
        self.with_session(session, |state, id| {
            state.say(id, event_type, payload, Instant::now());
        })
    }

    /// Ends every open stream in good order, as a server does that shuts down.
    pub fn disconnect_streams(&self) {
        self.shared.now().messages.disconnect();
    }

    /// Stores a record of a kind (`Session`, `Project`, `Agent`, …) without any check; gives its
    /// id. What the server sets by itself, as id and times, is set.
    ///
    /// # Errors
    /// When the API server has no such kind, or `fields` is no JSON object.
    pub fn insert(&self, kind: &str, fields: Value) -> std::result::Result<String, MockError> {
        let info = self.shared.table.kinds.get(kind);
        let info = info.ok_or_else(|| MockError::NoKind(kind.to_owned()))?;
        let Value::Object(fields) = fields else {
            return Err(MockError::NoObject);
        };
        let record = Record { fields, ..Record::default() };
        let mut state = self.shared.now();
        let now = Instant::now();
        Ok(match kind {
            KIND => state.create_session(record, now),
            _ => state.add(kind, &info.path, record, now),
        })
    }

    /// Overwrites fields of a record without any check, also those that only the server sets: to
    /// imitate what a real server might send. A session is found by its id on the gateway, too.
    ///
    /// # Errors
    /// When there is no such record, or `fields` is no JSON object.
    pub fn edit(&self, kind: &str, id: &str, fields: Value) -> std::result::Result<(), MockError> {
        let Value::Object(fields) = fields else {
            return Err(MockError::NoObject);
        };
        let mut state = self.shared.now();
        let session = state.session_id(id).filter(|_| kind == KIND);
        let id = session.unwrap_or_else(|| id.to_owned());
        let found = state.store.change(kind, &id, |record| record.fields.extend(fields));
        found.then_some(()).ok_or_else(|| MockError::no_record(kind, &id))
    }

    /// The fields of a record; none when there is no such record.
    #[must_use]
    pub fn record(&self, kind: &str, id: &str) -> Option<Value> {
        let state = self.shared.now();
        let record = state.store.get(kind, id)?;
        Some(Value::Object(record.fields.clone()))
    }

    /// Stores the project that the server was set up with.
    pub(super) fn seed(&self) {
        // The kind is one of the document's own; without it there is nothing to seed.
        let _ = self.insert("Project", json!({"name": self.project}));
    }

    fn with_session(
        &self,
        name: &str,
        change: impl FnOnce(&mut super::state::State, &str),
    ) -> std::result::Result<(), MockError> {
        let mut state = self.shared.now();
        let id = state.session_id(name);
        let id = id.ok_or_else(|| MockError::no_record(KIND, name))?;
        change(&mut state, &id);
        drop(state);
        self.shared.announce();
        Ok(())
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.accepting.abort();
        self.shared.close();
    }
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServer")
            .field("address", &self.address)
            .field("project", &self.project)
            .finish_non_exhaustive()
    }
}

/// What the owner of a server asked for and it doesn't have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MockError {
    /// No operation has this name.
    #[error("no operation is named `{0}`; use an operationId of the documents, or `*` for all")]
    UnknownOperation(String),
    /// The API server keeps no records of this kind.
    #[error(
        "the API server has no records of the kind `{0}`; kinds are schema names, as `Session`"
    )]
    NoKind(String),
    /// There is no such record.
    #[error("the server has no {kind} with the id `{id}`")]
    NoRecord {
        /// The kind that was asked for.
        kind: String,
        /// The id that was asked for.
        id: String,
    },
    /// Fields were given as something else than a JSON object.
    #[error("the fields of a record must be a JSON object")]
    NoObject,
}

impl MockError {
    fn no_record(kind: &str, id: &str) -> Self {
        Self::NoRecord { kind: kind.to_owned(), id: id.to_owned() }
    }
}

/// Accepts connections until it is aborted, which ends them all.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, shared.clone()));
            }
            // The peer left already, or the process is out of file handles: trying again at once
            // could go on for as long as that lasts.
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    // Without it a small frame waits for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        service::serve(shared.clone(), request.map(Body::new))
    });
    // An error is a peer that left, or a cut that a fault asked for: both end the connection.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
