//! The login of the command-line client, renewed in the same way as by that client.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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

/// The pause before the file is read once more after a refused renewal: another process that has
/// just renewed the login may not have written it yet.
const MEANWHILE: Duration = Duration::from_millis(500);

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
///
/// Several processes can use the same file. The file is read before each renewal, and again if the
/// issuer refuses the refresh token, so that a login that another process has renewed is used.
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
    /// The file's last login.
    of_file: Option<Login>,
    /// The refresh token that replaces the file's.
    refresh_token: Option<Secret>,
}

impl Renewed {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn current(&self, refused: Option<&Token>) -> Result<Token, BoxError> {
        let token = match refused {
            None => self.file.current()?,
            Some(_) => self.file.read()?,
        };
        let is_known =
            |login: &Option<Login>| login.as_ref().is_some_and(|login| same(&login.token, &token));
        if !is_known(&self.state().of_file)
            && let Ok(login) = Login::read(&self.login.path)
        {
            self.adopt(login);
        }
        Ok(self.kept.token(refused, self.renewed(refused, token)).await?)
    }

    /// Uses the login of the file if it differs from the last one.
    fn adopt(&self, login: Login) {
        let mut state = self.state();
        let last = state.of_file.as_ref();
        if last.is_some_and(|last| last.is(&login)) {
            return;
        }
        // The other program may have written only a refresh token.
        if last.is_none_or(|last| !same(&last.token, &login.token)) {
            self.kept.put(match login.renewal() {
                Some(_) => Held::new(login.token.clone(), Instant::now(), None),
                // The server reports when it expired.
                None => Held::without_end(login.token.clone()),
            });
        }
        *state = State { of_file: Some(login), refresh_token: None };
    }

    /// Returns a token that replaces the expired or `refused` one. Without a readable file, that is
    /// the `last` one.
    ///
    /// Another process can renew the login at any time, and make its refresh token invalid. Its
    /// tokens are in the file, which is therefore read before a renewal, and again if the issuer
    /// refuses the refresh token.
    async fn renewed(&self, refused: Option<&Token>, last: Token) -> Result<Held, OidcError> {
        let Ok(login) = Login::read(&self.login.path) else { return Ok(Held::without_end(last)) };
        let error = match self.renew(&login, refused).await {
            Err(error) if error.code().is_some() => error,
            outcome => return outcome,
        };
        for pause in [Duration::ZERO, MEANWHILE] {
            tokio::time::sleep(pause).await;
            if let Ok(newer) = Login::read(&self.login.path)
                && !newer.is(&login)
            {
                return self.renew(&newer, refused).await;
            }
        }
        Err(error)
    }

    /// Returns the token of a login in the file if it is newer, and requests one otherwise.
    async fn renew(&self, login: &Login, refused: Option<&Token>) -> Result<Held, OidcError> {
        self.adopt(login.clone());
        if let Some(held) = self.kept.usable(refused) {
            return Ok(held);
        }
        match login.renewal() {
            Some(renewal) => self.ask(login, renewal).await,
            None => Ok(Held::without_end(login.token.clone())),
        }
    }

    /// Requests a token that replaces that of the login.
    async fn ask(&self, login: &Login, renewal: Renewal) -> Result<Held, OidcError> {
        let Renewal { refresh_token, issuer, client_id } = renewal;
        let name = crate::token::shown(&issuer);
        let url = format!("{}{TOKEN_ENDPOINT}", issuer.trim().trim_end_matches('/'));
        let url = checked_url("issuer_url", &url).map_err(|e| Problem::Setting(e).of(&name))?;
        let newer = self.state().refresh_token.clone();
        let refresh_token = newer.unwrap_or(refresh_token);
        let endpoint = Endpoint::new(self.http.clone(), Place::Token(url), self.login.timeout);
        let asked = Instant::now();
        let given = endpoint.ask(&client_id, Grant::Refresh(&refresh_token)).await?;
        self.keep(login, &given);
        Ok(Held::new(given.token, asked, given.lifetime))
    }

    /// Keeps the data for the next renewal in memory and, if enabled, in the file.
    fn keep(&self, before: &Login, given: &Given) {
        let Given { token, refresh_token, .. } = given;
        let mut state = self.state();
        if refresh_token.is_some() {
            state.refresh_token.clone_from(refresh_token);
        }
        if !self.login.write_back {
            return;
        }
        let path = &self.login.path;
        match cli_file::write_back(path, before, token, refresh_token.as_ref()) {
            // The file may contain another login, which is then used.
            Ok(()) => {
                let now = Login::read(path).ok().filter(|now| same(&now.token, token));
                state.of_file = now.or(state.of_file.take());
                let _token = self.file.read();
            }
            Err(error) => tracing::warn!(error, "cannot write the renewed token back"),
        }
    }
}

fn same(one: &Token, other: &Token) -> bool {
    one.expose() == other.expose()
}

impl TokenSource for Renewed {
    fn token(&self) -> BoxFuture<'_, Result<Token, BoxError>> {
        Box::pin(self.current(None))
    }

    fn renew<'a>(&'a self, refused: &'a Token) -> BoxFuture<'a, Result<Token, BoxError>> {
        Box::pin(self.current(Some(refused)))
    }
}
