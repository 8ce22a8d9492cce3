//! The tokens of a client: the current one, its renewal, and earlier ones to redact.

use std::{
    collections::VecDeque,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use ambient_sdk::{BoxError, FailedResponse};
use http::{HeaderValue, StatusCode};
use tokio::sync::Mutex;

use super::{Origin, Token, TokenForm, TokenSource};
use crate::error::{Error, ErrorKind, RequestOutcome, Result};

/// The number of tokens to redact. A server repeats the token of the request that it answers, so
/// the most recent ones are sufficient.
const REMEMBERED: usize = 16;

/// A token and its header.
#[derive(Debug)]
pub(crate) struct Credential {
    token: Token,
    pub(crate) header: HeaderValue,
}

impl Credential {
    fn new(token: Token) -> Result<Self> {
        let header = token.header().map_err(|error| {
            Error::new(ErrorKind::Configuration, error.to_string()).with_source(error)
        })?;
        Ok(Self { token, header })
    }

    /// Returns an error that explains why the token was rejected, if the reason is known.
    pub(crate) fn explain(&self, failed: &FailedResponse) -> Option<Error> {
        if failed.status != StatusCode::UNAUTHORIZED {
            return None;
        }
        let why = match self.token.expiry().filter(|expiry| *expiry < SystemTime::now()) {
            Some(expiry) => format!("the token expired at {}", httpdate::fmt_http_date(expiry)),
            None if self.is_of_wrong_form(failed) => {
                "the API server accepts only JWTs, and this token is not one".to_owned()
            }
            None => return None,
        };
        Some(Error::from(failed.clone()).followed_by(&why))
    }

    fn is_of_wrong_form(&self, failed: &FailedResponse) -> bool {
        let of_api_server = failed.request.path().contains("/api/ambient/v1/");
        of_api_server && self.token.form() != TokenForm::Jwt
    }

    fn is(&self, token: &Token) -> bool {
        self.token.expose() == token.expose()
    }
}

/// The tokens of a client and its clones.
pub(crate) struct Tokens {
    source: Option<Arc<dyn TokenSource>>,
    fixed: Option<Arc<Credential>>,
    /// The tokens in use so far, the current one last.
    used: RwLock<VecDeque<Arc<Credential>>>,
    /// Locked by the call that renews the token; the others wait for its result.
    renewal: Mutex<Option<Arc<Error>>>,
    renewals: AtomicU64,
}

impl Tokens {
    pub(crate) fn new(origin: Origin) -> Result<Self> {
        let (source, fixed) = match origin {
            Origin::Fixed(token) => (None, Some(Arc::new(Credential::new(token)?))),
            Origin::Source(source) => (Some(source), None),
        };
        let used = RwLock::new(fixed.iter().cloned().collect());
        let (renewal, renewals) = (Mutex::new(None), AtomicU64::new(0));
        Ok(Self { source, fixed, used, renewal, renewals })
    }

    /// Returns the credential if the token does not change.
    pub(crate) fn fixed(&self) -> Option<&Arc<Credential>> {
        self.fixed.as_ref()
    }

    /// Returns the credential to send.
    pub(crate) async fn current(&self) -> Result<Arc<Credential>> {
        match &self.source {
            Some(source) => self.adopt(source.token().await.map_err(unavailable)?),
            None => self.last().ok_or_else(|| unavailable("there is none".into())),
        }
    }

    /// Returns a credential that replaces `refused`, or `None` if there is no other.
    ///
    /// One call renews the token for all. Calls that wait in the meantime use its result, including
    /// a failure, so that not each of them calls a failing source.
    pub(crate) async fn renew(&self, refused: &Credential) -> Result<Option<Arc<Credential>>> {
        let Some(source) = &self.source else { return Ok(None) };
        let seen = self.renewals.load(Ordering::Acquire);
        let mut failed = self.renewal.lock().await;
        if let Some(current) = self.last().filter(|current| !current.is(&refused.token)) {
            return Ok(Some(current));
        }
        if self.renewals.load(Ordering::Acquire) == seen {
            let renewed = source.renew(&refused.token).await;
            let renewed = renewed.map_err(unavailable).and_then(|token| self.adopt(token));
            *failed = renewed.err().map(Arc::new);
            self.renewals.fetch_add(1, Ordering::Release);
        }
        match &*failed {
            Some(error) => Err(error.duplicate()),
            None => Ok(self.last().filter(|current| !current.is(&refused.token))),
        }
    }

    /// Returns `text` without any known token, or `None` if it contains none. If the text was
    /// `cut_off`, its end may be the beginning of a token.
    pub(crate) fn redact(&self, text: &str, cut_off: bool) -> Option<String> {
        let used = self.used.read().unwrap_or_else(PoisonError::into_inner);
        used.iter().fold(None, |redacted: Option<String>, credential| {
            let text = redacted.as_deref().unwrap_or(text);
            credential.token.redact(text, cut_off).or(redacted)
        })
    }

    /// Returns the length of the longest known token, in bytes.
    pub(crate) fn longest(&self) -> usize {
        let used = self.used.read().unwrap_or_else(PoisonError::into_inner);
        used.iter().map(|credential| credential.token.expose().len()).max().unwrap_or_default()
    }

    fn last(&self) -> Option<Arc<Credential>> {
        self.used.read().unwrap_or_else(PoisonError::into_inner).back().cloned()
    }

    /// Makes `token` the current one.
    fn adopt(&self, token: Token) -> Result<Arc<Credential>> {
        if let Some(current) = self.last().filter(|current| current.is(&token)) {
            return Ok(current);
        }
        let credential = Arc::new(Credential::new(token)?);
        let mut used = self.used.write().unwrap_or_else(PoisonError::into_inner);
        used.push_back(credential.clone());
        if used.len() > REMEMBERED {
            used.pop_front();
        }
        Ok(credential)
    }
}

fn unavailable(source: BoxError) -> Error {
    let text = format!("Authentication failed: there is no token to send: {source}");
    Error::new(ErrorKind::Authentication, text)
        .with_outcome(RequestOutcome::NotSent)
        .with_source(source)
}
