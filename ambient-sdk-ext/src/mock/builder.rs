//! The options of a server.

use std::{io, net::Ipv4Addr, sync::Arc};

use tokio::net::TcpListener;

use super::{
    access::{Access, Grant},
    limit::RateLimit,
    script::SessionScript,
    server::MockServer,
    state::{Scripts, Shared, State},
    table::Table,
};

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
    port: u16,
    scripts: Scripts,
    limit: Option<RateLimit>,
}

impl MockServerBuilder {
    pub(super) fn new() -> Self {
        Self {
            access: Access::default(),
            token: None,
            project: MockServer::PROJECT.to_owned(),
            port: 0,
            scripts: Scripts::default(),
            limit: None,
        }
    }

    /// Accepts a token, in the place of [`MockServer::TOKEN`]; several calls add up.
    pub fn token(self, token: impl Into<String>) -> Self {
        self.grant(token.into(), Grant::default())
    }

    /// Accepts a token that may only read: anything else is a 403.
    pub fn read_only_token(self, token: impl Into<String>) -> Self {
        let grant = Grant { read_only: true, ..Grant::default() };
        self.grant_beside(token.into(), grant)
    }

    /// Accepts a service-account token that names a project: on the gateway the header may be left
    /// out, and one that disagrees is a 400.
    pub fn project_token(self, token: impl Into<String>, project: impl Into<String>) -> Self {
        let grant = Grant { project: Some(project.into()), ..Grant::default() };
        self.grant_beside(token.into(), grant)
    }

    /// Accepts every token that isn't empty.
    pub fn any_token(mut self) -> Self {
        self.access.any = true;
        self
    }

    /// Names the project of [`MockServer::project`], which exists from the start. `demo` by
    /// default.
    pub fn project(mut self, project: impl Into<String>) -> Self {
        self.project = project.into();
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
        self.access.grants.entry(token.clone()).or_default();
        let state = State::new(self.scripts, self.limit);
        let shared = Shared::new(table, self.access, state);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await?;
        let server = MockServer::run(shared, listener, token, self.project)?;
        server.seed();
        Ok(server)
    }

    fn grant(mut self, token: String, grant: Grant) -> Self {
        self.token.get_or_insert_with(|| token.clone());
        self.grant_beside(token, grant)
    }

    fn grant_beside(mut self, token: String, grant: Grant) -> Self {
        self.access.grants.insert(token, grant);
        self
    }
}
