//! Where a client's token comes from, when it changes while the client lives.

use std::fmt;

use ambient_sdk::{BoxError, BoxFuture};

use super::Token;

/// A source of tokens for a client that outlives one of them.
///
/// The client asks at each attempt of a call, so [`token`](Self::token) should answer from memory
/// while the token is good. When the server answers 401, it asks [`renew`](Self::renew) once for all
/// calls that wait, and repeats each of them once with the new token.
///
/// ```
/// use ambient_sdk_ext::{Client, Token, TokenSource, ambient_sdk::{BoxError, BoxFuture}};
///
/// struct Vault;
///
/// impl TokenSource for Vault {
///     fn token(&self) -> BoxFuture<'_, Result<Token, BoxError>> {
///         Box::pin(async { Ok(Token::new("sha256~0123456789abcdef")?) })
///     }
/// }
///
/// let client = Client::builder().token_source(Vault).project("demo").build()?;
/// # Ok::<(), ambient_sdk_ext::Error>(())
/// ```
pub trait TokenSource: Send + Sync + 'static {
    /// The token to send now.
    ///
    /// # Errors
    /// Why there is none. The call fails with the kind
    /// [`Authentication`](crate::ErrorKind::Authentication), and nothing is sent.
    fn token(&self) -> BoxFuture<'_, Result<Token, BoxError>>;

    /// A token in place of `refused`, which the server answered with 401. By default this asks
    /// [`token`](Self::token) again. When it gives the same token, the call fails with the 401.
    ///
    /// # Errors
    /// Why there is none. All calls that wait for it fail with this reason.
    fn renew<'a>(&'a self, refused: &'a Token) -> BoxFuture<'a, Result<Token, BoxError>> {
        let _ = refused;
        self.token()
    }
}

/// What a client was given: one token, or a source of them.
#[derive(Clone)]
pub(crate) enum Origin {
    Fixed(Token),
    Source(std::sync::Arc<dyn TokenSource>),
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(token) => token.fmt(f),
            Self::Source(_) => f.write_str("TokenSource"),
        }
    }
}
