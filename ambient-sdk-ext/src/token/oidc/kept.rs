//! A token that is cached until shortly before it expires and renewed by one caller for all.

use std::{
    sync::{
        Mutex as StdMutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use tokio::{sync::Mutex, time::Instant};

use super::error::OidcError;
use crate::token::Token;

/// The maximum time before its expiry at which a token is renewed.
const MARGIN: Duration = Duration::from_secs(60);
/// The pause between attempts to renew a token that is still valid.
const AGAIN: Duration = Duration::from_secs(10);

/// A token and its validity.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) token: Token,
    /// The times at which it is renewed and at which it expires.
    ends: Option<(Instant, Instant)>,
}

impl Held {
    /// Creates a token that was requested at `asked`. Without a `lifetime`, a JWT is valid until
    /// the expiry that it contains, and any other token until it is rejected.
    pub(super) fn new(token: Token, asked: Instant, lifetime: Option<Duration>) -> Self {
        let by_itself =
            || Some(token.expiry()?.duration_since(SystemTime::now()).unwrap_or_default());
        let ends = lifetime.or_else(by_itself).and_then(|lifetime| {
            let renewal = lifetime - MARGIN.min(lifetime / 10);
            Some((asked.checked_add(renewal)?, asked.checked_add(lifetime)?))
        });
        Self { token, ends }
    }

    /// Creates a token that is used until it is rejected.
    pub(super) fn without_end(token: Token) -> Self {
        Self { token, ends: None }
    }

    pub(super) fn is_fresh(&self) -> bool {
        self.ends.is_none_or(|(renewal, _)| Instant::now() < renewal)
    }

    fn postponed(mut self) -> Option<Self> {
        let (renewal, end) = self.ends.as_mut()?;
        *renewal = Instant::now() + AGAIN;
        (Instant::now() < *end).then_some(self)
    }
}

#[derive(Default)]
pub(super) struct Kept {
    held: StdMutex<Option<Held>>,
    /// Locked by the caller that requests a token; the others wait, and share its failure.
    asking: Mutex<Option<OidcError>>,
    asked: AtomicU64,
}

impl Kept {
    /// Replaces the cached token.
    pub(super) fn put(&self, held: Held) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
    }

    fn held(&self) -> Option<Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the cached token, unless it was rejected or expires soon.
    pub(super) fn usable(&self, refused: Option<&Token>) -> Option<Held> {
        let held = self.held().filter(Held::is_fresh)?;
        let was_refused = refused.is_some_and(|refused| refused.expose() == held.token.expose());
        (!was_refused).then_some(held)
    }

    /// Returns the cached token, unless it was rejected or expires soon; otherwise the one that
    /// `ask` returns.
    ///
    /// A token that expires soon is used until its expiry while there is no other.
    pub(super) async fn token(
        &self,
        refused: Option<&Token>,
        ask: impl Future<Output = Result<Held, OidcError>>,
    ) -> Result<Token, OidcError> {
        if let Some(held) = self.usable(refused) {
            return Ok(held.token);
        }
        let seen = self.asked.load(Ordering::Acquire);
        let mut failed = self.asking.lock().await;
        if let Some(held) = self.usable(refused) {
            return Ok(held.token);
        }
        if self.asked.load(Ordering::Acquire) != seen
            && let Some(error) = &*failed
        {
            return Err(error.clone());
        }
        let given = ask.await;
        self.asked.fetch_add(1, Ordering::Release);
        *failed = given.as_ref().err().cloned();
        match given {
            Ok(held) => {
                self.put(held.clone());
                Ok(held.token)
            }
            Err(error) if refused.is_none() => self.until_its_end(error),
            Err(error) => Err(error),
        }
    }

    fn until_its_end(&self, error: OidcError) -> Result<Token, OidcError> {
        let Some(held) = self.held().and_then(Held::postponed) else { return Err(error) };
        tracing::warn!(%error, "the token expires soon and could not be renewed");
        self.put(held.clone());
        Ok(held.token)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;
    use crate::token::oidc::error::Problem;

    const HOUR: Duration = Duration::from_secs(3600);

    /// An issuer that provides tokens valid for an hour, or fails.
    #[derive(Default)]
    struct Issuer {
        kept: Kept,
        asked: AtomicU32,
        fails: std::sync::atomic::AtomicBool,
    }

    impl Issuer {
        async fn token(&self, refused: Option<&Token>) -> Result<String, OidcError> {
            let ask = async {
                let now = Instant::now();
                let number = self.asked.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_secs(1)).await;
                if self.fails.load(Ordering::SeqCst) {
                    return Err(Problem::Status(503).of("https://issuer.test"));
                }
                Ok(Held::new(numbered(number), now, Some(HOUR)))
            };
            self.kept.token(refused, ask).await.map(|token| token.expose().to_owned())
        }

        fn asked(&self) -> u32 {
            self.asked.load(Ordering::SeqCst)
        }
    }

    fn numbered(number: u32) -> Token {
        Token::new(format!("token-{number:020}")).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_used_until_shortly_before_its_end() {
        let issuer = Issuer::default();
        let first = issuer.token(None).await.unwrap();
        tokio::time::advance(HOUR - MARGIN - Duration::from_secs(2)).await;
        assert_eq!(issuer.token(None).await.unwrap(), first);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_ne!(issuer.token(None).await.unwrap(), first);
        assert_eq!(issuer.asked(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn one_caller_requests_the_token_for_all_and_shares_its_failure() {
        let issuer = Issuer::default();
        let all = || futures_util::future::join_all((0..20).map(|_| issuer.token(None)));
        let given = all().await;
        assert!(given.iter().all(|token| token == &given[0]) && given[0].is_ok());
        assert_eq!(issuer.asked(), 1);
        issuer.fails.store(true, Ordering::SeqCst);
        tokio::time::advance(HOUR).await;
        assert!(all().await.iter().all(Result::is_err));
        assert_eq!(issuer.asked(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn an_expiring_token_is_used_while_there_is_no_other() {
        let issuer = Issuer::default();
        let first = issuer.token(None).await.unwrap();
        issuer.fails.store(true, Ordering::SeqCst);
        tokio::time::advance(HOUR - MARGIN).await;
        for _ in 0..5 {
            assert_eq!(issuer.token(None).await.unwrap(), first);
        }
        assert_eq!(issuer.asked(), 2, "no request is sent for a while");
        tokio::time::advance(AGAIN).await;
        assert_eq!(issuer.token(None).await.unwrap(), first);
        assert_eq!(issuer.asked(), 3);
        tokio::time::advance(MARGIN).await;
        assert!(issuer.token(None).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_rejected_token_is_replaced_once() {
        let issuer = Issuer::default();
        let first = Token::new(issuer.token(None).await.unwrap()).unwrap();
        let renewed = issuer.token(Some(&first)).await.unwrap();
        assert_ne!(renewed, first.expose());
        assert_eq!(issuer.token(Some(&first)).await.unwrap(), renewed);
        assert_eq!(issuer.asked(), 2);
    }

    #[test]
    fn a_short_lifetime_has_a_short_margin_and_an_unknown_one_has_no_end() {
        let now = Instant::now();
        let held = Held::new(numbered(1), now, Some(Duration::from_secs(10)));
        assert_eq!(held.ends, Some((now + Duration::from_secs(9), now + Duration::from_secs(10))));
        assert!(Held::new(numbered(1), now, None).is_fresh());
        let expired = Token::new("eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjE3MDAwMDAwMDB9.c2lnbmF0dXJl");
        assert!(!Held::new(expired.unwrap(), now, None).is_fresh());
    }
}
