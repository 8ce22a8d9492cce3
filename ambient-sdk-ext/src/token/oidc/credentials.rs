//! Tokens for the client credentials of a service.

use std::{fmt, sync::Arc, time::Duration};

use ambient_sdk::{BoxError, BoxFuture, Secret};
use tokio::time::Instant;

use super::{
    TIMEOUT, checked_url,
    endpoint::{Endpoint, Grant, Place},
    error::OidcError,
    kept::{Held, Kept},
};
use crate::token::{Token, TokenSource};

/// The client credentials of a service at an OpenID Connect issuer, passed to
/// [`ClientBuilder::client_credentials`](crate::ClientBuilder::client_credentials).
///
/// The first call requests a token. It is used until one minute before it expires (a tenth of its
/// lifetime if that is less), or until the server rejects it. One call requests the token for all
/// waiting calls. If the issuer provides no new token, the old one is used until it expires; after
/// that, calls fail with [`Authentication`](crate::ErrorKind::Authentication) and an [`OidcError`]
/// as the [cause](crate::Error::cause).
///
/// ```
/// use ambient_sdk_ext::{Client, ClientCredentials};
///
/// let credentials = ClientCredentials::new(
///     "https://sso.example.org/realms/ambient",
///     "my-service",
///     "the-secret-of-my-service",
/// );
/// let client = Client::builder()
///     .base_url("https://api.example.org")
///     .client_credentials(credentials.scope("openid"))
///     .project("demo")
///     .build()?;
/// # Ok::<(), ambient_sdk_ext::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct ClientCredentials {
    issuer: String,
    is_endpoint: bool,
    id: String,
    secret: Secret,
    scopes: Vec<String>,
    audience: Option<String>,
    timeout: Duration,
}

impl ClientCredentials {
    /// Creates credentials for an issuer whose metadata (`/.well-known/openid-configuration`)
    /// contains its token endpoint. The URL must be https, except on this machine.
    pub fn new(
        issuer: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
    ) -> Self {
        Self {
            issuer: issuer.into(),
            is_endpoint: false,
            id: client_id.into(),
            secret: client_secret.into(),
            scopes: Vec::new(),
            audience: None,
            timeout: TIMEOUT,
        }
    }

    /// Creates credentials for a token endpoint, for an issuer without metadata. The secret is sent
    /// in the body of the request, as the platform's own services do.
    pub fn at_token_endpoint(
        url: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
    ) -> Self {
        Self { is_endpoint: true, ..Self::new(url, client_id, client_secret) }
    }

    /// Adds a scope to the token requests.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.push(scope.into());
        self
    }

    /// Sets the audience of the tokens, for issuers that require it.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Sets the total time of a request to the issuer. Default: 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Returns the token source of these credentials, or the reason why they are invalid.
    pub(crate) fn source(self, http: reqwest::Client) -> Result<Arc<dyn TokenSource>, String> {
        let what = if self.is_endpoint { "the token endpoint" } else { "the issuer" };
        let url = checked_url(what, &self.issuer)?;
        let missing = |what| Err(format!("the {what} of the client is empty"));
        if self.id.trim().is_empty() {
            return missing("id");
        }
        if self.secret.expose().trim().is_empty() {
            return missing("secret");
        }
        let place = if self.is_endpoint { Place::Token(url) } else { Place::Issuer(url) };
        let endpoint = Endpoint::new(http, place, self.timeout);
        Ok(Arc::new(Issued { endpoint, credentials: self, kept: Kept::default() }))
    }
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials")
            .field("issuer", &crate::token::shown(&self.issuer))
            .field("client_id", &self.id)
            .field("scopes", &self.scopes)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

/// The tokens that an issuer provides for credentials.
struct Issued {
    endpoint: Endpoint,
    credentials: ClientCredentials,
    kept: Kept,
}

impl Issued {
    async fn ask(&self) -> Result<Held, OidcError> {
        let ClientCredentials { id, secret, scopes, audience, .. } = &self.credentials;
        let asked = Instant::now();
        let grant = Grant::Credentials { secret, scopes, audience: audience.as_deref() };
        let given = self.endpoint.ask(id.trim(), grant).await?;
        Ok(Held::new(given.token, asked, given.lifetime))
    }
}

impl TokenSource for Issued {
    fn token(&self) -> BoxFuture<'_, Result<Token, BoxError>> {
        Box::pin(async { Ok(self.kept.token(None, self.ask()).await?) })
    }

    fn renew<'a>(&'a self, refused: &'a Token) -> BoxFuture<'a, Result<Token, BoxError>> {
        Box::pin(async { Ok(self.kept.token(Some(refused), self.ask()).await?) })
    }
}
