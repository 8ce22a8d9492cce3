//! The login of the command-line client, renewed in the same way as by that client.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ambient_sdk::{BoxError, BoxFuture, Secret};
use tokio::time::Instant;

use super::{
    TIMEOUT, checked_url,
    cli_file::{self, Login, Renewal},
    endpoint::{Endpoint, Given, Grant, Place},
    error::{OidcError, Problem},
    kept::{Held, Kept},
};
use crate::token::{Token, TokenFile, TokenSource};

/// The path of the token endpoint below the issuer, as in the command-line client.
const TOKEN_ENDPOINT: &str = "/protocol/openid-connect/token";

/// The login that the command-line client stores in its configuration file (`acpctl login`), passed
/// to [`ClientBuilder::cli_login`](crate::ClientBuilder::cli_login).
///
/// Its access token is used until it expires or is rejected. A new one is then requested with the
/// refresh token, at the token endpoint of the issuer in the file, as the command-line client does.
/// If the file lacks the refresh token, the issuer or the client id, its token is used but not
/// renewed. The file is checked for changes at most every ten seconds, and after each 401; a newer
/// login in the file is used.
///
/// An issuer that returns a new refresh token with each renewal may invalidate the old one. The
/// login in the file then becomes invalid, unless the new one is [written back](Self::write_back).
#[derive(Clone, Debug)]
#[must_use]
pub struct CliLogin {
    path: PathBuf,
    write_back: bool,
    timeout: Duration,
}

impl CliLogin {
    /// Creates a source from the file at `path`. The command-line client uses
    /// `~/.config/ambient/config.json`, or the path in `AMBIENT_CONFIG`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), write_back: false, timeout: TIMEOUT }
    }

    /// Sets whether renewed tokens are written to the file. Default: `false`.
    ///
    /// The file is replaced as a whole by one that only its owner can read; its other content is
    /// kept. It is not changed if it contains another login in the meantime. If it cannot be
    /// written, a warning is logged and the tokens are used anyway.
    pub fn write_back(mut self, write_back: bool) -> Self {
        self.write_back = write_back;
        self
    }

    /// Sets the total time of a request to the issuer. Default: 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Returns the token source of this login, or the reason why the file has no token.
    pub(crate) fn source(self, http: reqwest::Client) -> Result<Arc<dyn TokenSource>, String> {
        let file = TokenFile::cli_config(&self.path);
        file.read().map_err(|error| error.to_string())?;
        let state = Mutex::default();
        Ok(Arc::new(Renewed { login: self, http, file, kept: Kept::default(), state }))
    }
}

/// The renewed tokens of a login.
struct Renewed {
    login: CliLogin,
    http: reqwest::Client,
    file: TokenFile,
    kept: Kept,
    state: Mutex<State>,
}

/// The state read from the file or renewed since.
#[derive(Default)]
struct State {
    /// The file's last access token.
    of_file: Option<Token>,
    /// The refresh token that replaces the file's.
    refresh_token: Option<Secret>,
}

impl Renewed {
    /// Uses the token of the file if it differs from the last one.
    fn adopt(&self, token: Token, renewable: impl FnOnce() -> bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.of_file.as_ref().is_some_and(|last| last.expose() == token.expose()) {
            return;
        }
        let held = match renewable() {
            true => Held::new(token.clone(), Instant::now(), None),
            // The server reports when it expired.
            false => Held::without_end(token.clone()),
        };
        *state = State { of_file: Some(token), refresh_token: None };
        self.kept.put(held);
    }

    fn renewal(&self) -> Option<Renewal> {
        Login::read(&self.login.path).ok()?.renewal()
    }

    async fn current(&self, refused: Option<&Token>) -> Result<Token, BoxError> {
        let token = match refused {
            None => self.file.current()?,
            Some(_) => self.file.read()?,
        };
        self.adopt(token.clone(), || self.renewal().is_some());
        let renewed = async {
            match self.renewal() {
                Some(renewal) => self.ask(token, renewal).await,
                None => Ok(Held::without_end(token)),
            }
        };
        Ok(self.kept.token(refused, renewed).await?)
    }

    /// Requests a token that replaces the file's.
    async fn ask(&self, of_file: Token, renewal: Renewal) -> Result<Held, OidcError> {
        let Renewal { refresh_token, issuer, client_id } = renewal;
        let name = crate::token::shown(&issuer);
        let url = format!("{}{TOKEN_ENDPOINT}", issuer.trim().trim_end_matches('/'));
        let url = checked_url("issuer_url", &url).map_err(|e| Problem::Setting(e).of(&name))?;
        let newer = self.state.lock().unwrap_or_else(PoisonError::into_inner).refresh_token.clone();
        let refresh_token = newer.unwrap_or(refresh_token);
        let endpoint = Endpoint::new(self.http.clone(), Place::Token(url), self.login.timeout);
        let asked = Instant::now();
        let given = endpoint.ask(&client_id, Grant::Refresh(&refresh_token)).await?;
        self.keep(of_file, &given);
        Ok(Held::new(given.token, asked, given.lifetime))
    }

    /// Keeps the data for the next renewal in memory and, if enabled, in the file.
    fn keep(&self, of_file: Token, given: &Given) {
        let Given { token, refresh_token, .. } = given;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if refresh_token.is_some() {
            state.refresh_token.clone_from(refresh_token);
        }
        if !self.login.write_back {
            return;
        }
        let path = &self.login.path;
        match cli_file::write_back(path, &of_file, token, refresh_token.as_ref()) {
            // The file may contain another login, which is then used.
            Ok(()) => {
                let now = self.file.read().ok().filter(|now| now.expose() == token.expose());
                state.of_file = now.or(state.of_file.take());
            }
            Err(error) => tracing::warn!(error, "cannot write the renewed token back"),
        }
    }
}

impl TokenSource for Renewed {
    fn token(&self) -> BoxFuture<'_, Result<Token, BoxError>> {
        Box::pin(self.current(None))
    }

    fn renew<'a>(&'a self, refused: &'a Token) -> BoxFuture<'a, Result<Token, BoxError>> {
        Box::pin(self.current(Some(refused)))
    }
}
