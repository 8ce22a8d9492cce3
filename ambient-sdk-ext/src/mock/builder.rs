//! The options of a server.

use std::{io, net::Ipv4Addr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, time::Instant};

use super::{
    access::{Access, Grant, Pass},
    life::Scripts,
    limit::RateLimit,
    load::Places,
    messages::{BUFFER, LateCommits},
    public_api::LargeAnswers,
    script::SessionScript,
    server::MockServer,
    state::{Shared, State},
    table::Table,
};

/// What random faults begin with, so that a test can be repeated.
const SEED: u64 = 7;

/// Sets up a [`MockServer`].
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
    scripts: Scripts,
    limit: Option<RateLimit>,
    connections: Option<usize>,
    late_commits: Duration,
    stream_buffer: usize,
    large_answers: Option<LargeAnswers>,
}

impl MockServerBuilder {
    pub(super) fn new() -> Self {
        Self {
            access: Access::default(),
            token: None,
            project: MockServer::PROJECT.to_owned(),
            is_admin: false,
            port: 0,
            scripts: Scripts::default(),
            limit: None,
            connections: None,
            late_commits: Duration::ZERO,
            stream_buffer: BUFFER,
            large_answers: None,
        }
    }

    /// Accepts a token, in the place of [`MockServer::TOKEN`]; several calls add up, and the first
    /// one is [`MockServer::token`].
    pub fn token(mut self, token: impl Into<String>) -> Self {
        let token = token.into();
        self.token.get_or_insert_with(|| token.clone());
        self.pass(token, Pass::default())
    }

    /// Refuses callers without a token that is good, as the services do in production: the API
    /// server with a 401 that says `Unauthorized` and no more. Without it any token will do, and the
    /// API server needs none, as one that runs for development.
    pub fn check_tokens(mut self) -> Self {
        self.access.checked = true;
        self
    }

    /// Accepts a token that may only read: anything else is a 403. Tokens are checked then.
    pub fn read_only_token(self, token: impl Into<String>) -> Self {
        let grant = Grant { read_only: true, ..Grant::default() };
        self.check_tokens().pass(token.into(), Pass { grant, until: None })
    }

    /// Accepts a service-account token that names a project: on the gateway the header may be left
    /// out, and one that disagrees is a 400. Tokens are checked then. A JWT whose subject is a
    /// service account needs no such call.
    pub fn project_token(self, token: impl Into<String>, project: impl Into<String>) -> Self {
        let grant = Grant { project: Some(project.into()), ..Grant::default() };
        self.check_tokens().pass(token.into(), Pass { grant, until: None })
    }

    /// Accepts a token for `lifetime` by tokio's clock; not at all when that is zero. Tokens are
    /// checked then. See [`MockServer::expire_token`] and [`MockServer::rotate_token`] for a server
    /// that runs.
    pub fn expiring_token(self, token: impl Into<String>, lifetime: Duration) -> Self {
        let until = Instant::now().checked_add(lifetime);
        self.check_tokens().pass(token.into(), Pass { until, ..Pass::default() })
    }

    /// Names the project of [`MockServer::project`], which exists from the start. `demo` by
    /// default.
    pub fn project(mut self, project: impl Into<String>) -> Self {
        self.project = project.into();
        self
    }

    /// Makes the caller an administrator of the platform, who may grant every role. By default it owns
    /// what it makes, and grants what an owner may grant.
    pub fn admin(mut self) -> Self {
        self.is_admin = true;
        self
    }

    /// Listens at this port. By default, and with 0, at one that is free.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Sets the script of every session that no rule and no call names another one for.
    pub fn session_script(mut self, script: SessionScript) -> Self {
        self.scripts.usual = script;
        self
    }

    /// Sets the script of sessions whose prompt or task satisfies `matches`; the first rule that
    /// does counts.
    pub fn script_when(
        mut self,
        matches: impl Fn(&str) -> bool + Send + Sync + 'static,
        script: SessionScript,
    ) -> Self {
        self.scripts.rules.push((Arc::new(matches), script));
        self
    }

    /// Limits the requests to the gateway, as the real one does with 100 a second and a burst of
    /// 200. No limit by default.
    pub fn rate_limit(mut self, per_second: u32, burst: u32) -> Self {
        self.limit = Some(RateLimit::new(per_second, burst));
        self
    }

    /// Has requests to the API server hang as on the real one, which hangs above 50 at once: give
    /// 50 for its number of database connections. Each request takes one while it lasts and needs a
    /// second one meanwhile; an open message stream keeps one. When all are taken by requests that
    /// wait for their second one, nobody is answered: reads until their callers give up, writes
    /// until the server stops. No limit by default.
    pub fn hangs_above(mut self, connections: usize) -> Self {
        self.connections = Some(connections);
        self
    }

    /// Has each pushed message seen by readers, and its push answered, only some time after its
    /// `seq` was given, at random within `up_to`: with several writers messages become visible out of
    /// the order of `seq`, as on the real server. The random numbers are the same in each run. See
    /// [`Fault::late_commit`](super::Fault::late_commit) for a single message.
    pub fn late_commits(mut self, up_to: Duration) -> Self {
        self.late_commits = up_to;
        self
    }

    /// Keeps at most so many messages for a stream that is read slowly; what comes beyond is lost to
    /// it without a sign. 512 by default, as on the real server.
    pub fn stream_buffer(mut self, messages: usize) -> Self {
        self.stream_buffer = messages;
        self
    }

    /// Has the gateway answer reads of more than `above` bytes with a 500, `share` of them at
    /// random, as the real one does: 7 of 20 reads of 52 KB failed. The random numbers are the same
    /// in each run.
    pub fn large_answers_fail(mut self, above: usize, share: f64) -> Self {
        let random = fastrand::Rng::with_seed(SEED);
        self.large_answers = Some(LargeAnswers { above, share, random });
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    /// When the port can't be bound on the loopback interface.
    pub async fn start(mut self) -> io::Result<MockServer> {
        let table = Table::bundled().map_err(io::Error::other)?;
        let token = match self.token.take() {
            Some(token) => token,
            None => MockServer::TOKEN.to_owned(),
        };
        self.access.passes.entry(token.clone()).or_default();
        let mut state = State::new(self.scripts, self.access, self.limit);
        state.messages.buffer = self.stream_buffer;
        state.messages.late = (!self.late_commits.is_zero()).then(|| LateCommits {
            up_to: self.late_commits,
            random: fastrand::Rng::with_seed(SEED),
        });
        state.large_answers = self.large_answers;
        let shared = Shared::new(table, self.connections.map(Places::new), state);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await?;
        let server = MockServer::run(shared, listener, token, self.project)?;
        server.seed(self.is_admin);
        Ok(server)
    }

    fn pass(mut self, token: String, pass: Pass) -> Self {
        self.access.passes.insert(token, pass);
        self
    }
}
