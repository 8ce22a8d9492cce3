//! The options of an embedded server.

use std::{io, net::Ipv4Addr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, time::Instant};

use crate::runtime;

use super::{
    access::{AcceptedToken, Access, Grant},
    life::Scripts,
    limit::RateLimit,
    load::ConnectionPool,
    messages::{BUFFER, LateCommits},
    public_api::LargeResponses,
    script::SessionScript,
    server::MockServer,
    state::{Shared, State},
    table::Table,
};

/// The seed of the random faults. It is fixed so that a test can be repeated.
const SEED: u64 = 7;

/// Configures and starts a [`MockServer`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use ambient_sdk_ext::mock::{MockServer, SessionScript};
///
/// let server = MockServer::builder()
///     .project("research")
///     .read_only_token("sha256~a-token-that-may-only-read")
///     .script_when(|task| task.contains("break"), SessionScript::fails("it broke"))
///     .start()
///     .await?;
/// assert!(server.url().starts_with("http://127.0.0.1:"));
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct MockServerBuilder {
    access: Access,
    token: Option<String>,
    project: String,
    is_admin: bool,
    port: u16,
    #[cfg(feature = "grpc")]
    grpc_port: u16,
    scripts: Scripts,
    limit: Option<RateLimit>,
    connections: Option<usize>,
    late_commits: Duration,
    stream_buffer: usize,
    large_responses: Option<LargeResponses>,
}

impl MockServerBuilder {
    pub(super) fn new() -> Self {
        Self {
            access: Access::default(),
            token: None,
            project: MockServer::PROJECT.to_owned(),
            is_admin: false,
            port: 0,
            #[cfg(feature = "grpc")]
            grpc_port: 0,
            scripts: Scripts::default(),
            limit: None,
            connections: None,
            late_commits: Duration::ZERO,
            stream_buffer: BUFFER,
            large_responses: None,
        }
    }

    /// Accepts a token instead of [`MockServer::TOKEN`]. Each call adds a token, and
    /// [`MockServer::token`] returns the first one.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        let token = token.into();
        self.token.get_or_insert_with(|| token.clone());
        self.accept(token, AcceptedToken::default())
    }

    /// Rejects requests without a valid token, as the services do in production. The API server
    /// answers 401 with the body `Unauthorized`. By default any token is accepted, and the API
    /// server requires none, like a server for development.
    pub fn check_tokens(mut self) -> Self {
        self.access.checked = true;
        self
    }

    /// Accepts a token that may only read. Other requests with it fail with 403. Implies
    /// [`check_tokens`](Self::check_tokens).
    pub fn read_only_token(self, token: impl Into<String>) -> Self {
        let grant = Grant { read_only: true, ..Grant::default() };
        self.check_tokens().accept(token.into(), AcceptedToken { grant, expires_at: None })
    }

    /// Accepts a service-account token that belongs to a project. On the gateway such a request may
    /// omit the project header, and fails with 400 if the header names another project. Implies
    /// [`check_tokens`](Self::check_tokens). A JWT whose subject is a service account belongs to its
    /// project without this call.
    pub fn project_token(self, token: impl Into<String>, project: impl Into<String>) -> Self {
        let grant = Grant { project: Some(project.into()), ..Grant::default() };
        self.check_tokens().accept(token.into(), AcceptedToken { grant, expires_at: None })
    }

    /// Accepts a token for `lifetime` by tokio's clock. With a lifetime of zero it is expired from
    /// the start. Implies [`check_tokens`](Self::check_tokens). For a running server see
    /// [`MockServer::expire_token`] and [`MockServer::rotate_token`].
    pub fn expiring_token(self, token: impl Into<String>, lifetime: Duration) -> Self {
        let expires_at = Instant::now().checked_add(lifetime);
        self.check_tokens()
            .accept(token.into(), AcceptedToken { expires_at, ..AcceptedToken::default() })
    }

    /// Sets the name of the initial project, which [`MockServer::project`] returns. The default is
    /// [`MockServer::PROJECT`].
    pub fn project(mut self, project: impl Into<String>) -> Self {
        self.project = project.into();
        self
    }

    /// Makes the caller a platform administrator, who may grant every role. By default the caller
    /// owns the projects that it creates, and may grant the roles that an owner may grant.
    pub fn admin(mut self) -> Self {
        self.is_admin = true;
        self
    }

    /// Sets the port to listen on. The default is 0, which selects a free port.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Sets the port of the API server's gRPC interface. The default is 0, which selects a free port.
    ///
    /// Clients expect gRPC on port 9000 of the API server's host. For another port, they need
    /// `AMBIENT_GRPC_URL` or [`ClientBuilder::grpc_url`](crate::ClientBuilder::grpc_url).
    /// [`MockServer::client_builder`] sets it.
    #[cfg(feature = "grpc")]
    pub fn grpc_port(mut self, port: u16) -> Self {
        self.grpc_port = port;
        self
    }

    /// Sets the script of sessions for which neither [`script_when`](Self::script_when) nor
    /// [`MockServer::script_next_session`] provides one.
    pub fn session_script(mut self, script: SessionScript) -> Self {
        self.scripts.default = script;
        self
    }

    /// Adds a rule that sets the script of sessions whose prompt or task satisfies `matches`. The
    /// first rule that matches is used.
    pub fn script_when(
        mut self,
        matches: impl Fn(&str) -> bool + Send + Sync + 'static,
        script: SessionScript,
    ) -> Self {
        self.scripts.rules.push((Arc::new(matches), script));
        self
    }

    /// Limits the rate of requests to the gateway. The real gateway allows 100 a second with a burst
    /// of 200. There is no limit by default.
    pub fn rate_limit(mut self, per_second: u32, burst: u32) -> Self {
        self.limit = Some(RateLimit::new(per_second, burst));
        self
    }

    /// Sets the number of database connections of the API server, and makes requests hang if they
    /// run out, as on the real server. The real server has 50.
    ///
    /// Each request holds one connection and needs a second one to complete; an open message stream
    /// holds one. If every connection is held by a request that waits for its second one, all of
    /// them hang: reads until their callers give up, writes until the server stops. There is no
    /// limit by default.
    pub fn hang_above(mut self, connections: usize) -> Self {
        self.connections = Some(connections);
        self
    }

    /// Delays the commit of each pushed message by a random time of at most `up_to`. The message
    /// gets its `seq` immediately, but readers see it, and its push is answered, only after the
    /// commit.
    /// With several writers, messages therefore become visible out of the order of `seq`, as on the
    /// real server. The random numbers are the same in each run. For a single message see
    /// [`Fault::late_commit`](super::Fault::late_commit).
    pub fn late_commits(mut self, up_to: Duration) -> Self {
        self.late_commits = up_to;
        self
    }

    /// Sets how many messages are buffered for a message stream that is read slowly. Further
    /// messages are dropped from the stream without notice. The default is 512, as on the real
    /// server.
    pub fn stream_buffer(mut self, messages: usize) -> Self {
        self.stream_buffer = messages;
        self
    }

    /// Makes the gateway answer a share of the reads larger than `above` bytes with 500. `share` is
    /// between 0 and 1. On the real gateway, 7 of 20 reads of 52 KB failed. The random numbers are
    /// the same in each run.
    pub fn fail_large_responses(mut self, above: usize, share: f64) -> Self {
        let random = fastrand::Rng::with_seed(SEED);
        self.large_responses = Some(LargeResponses { above, share, random });
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    /// Returns an error if the port can't be bound on the loopback interface, or outside a tokio
    /// runtime.
    pub async fn start(mut self) -> io::Result<MockServer> {
        runtime::check().map_err(io::Error::other)?;
        let table = Table::bundled().map_err(io::Error::other)?;
        let token = match self.token.take() {
            Some(token) => token,
            None => MockServer::TOKEN.to_owned(),
        };
        self.access.tokens.entry(token.clone()).or_default();
        let mut state = State::new(self.scripts, self.access, self.limit);
        state.messages.buffer = self.stream_buffer;
        state.messages.late = (!self.late_commits.is_zero()).then(|| LateCommits {
            up_to: self.late_commits,
            random: fastrand::Rng::with_seed(SEED),
        });
        state.large_responses = self.large_responses;
        let shared = Shared::new(table, self.connections.map(ConnectionPool::new), state);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await?;
        #[cfg(feature = "grpc")]
        let grpc = TcpListener::bind((Ipv4Addr::LOCALHOST, self.grpc_port)).await?;
        let server = MockServer::run(
            shared,
            listener,
            token,
            self.project,
            #[cfg(feature = "grpc")]
            grpc,
        )?;
        server.seed(self.is_admin);
        Ok(server)
    }

    fn accept(mut self, token: String, accepted: AcceptedToken) -> Self {
        self.access.tokens.insert(token, accepted);
        self
    }
}
