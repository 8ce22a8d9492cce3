//! Sources of a client's token, for tokens that change during its lifetime.

use std::fmt;

use ambient_sdk::{BoxError, BoxFuture};

use super::Token;

/// A source of tokens, for a client that runs longer than a token is valid.
///
/// The client calls [`token`](Self::token) at each attempt of a call, so the method should return a
/// cached token while it is valid. If the server answers 401, the client calls
/// [`renew`](Self::renew) once for all waiting calls, and repeats each of them once with the new
/// token.
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
    /// Returns the token to send.
    ///
    /// # Errors
    /// Returns the reason why there is no token. The call fails with an error of the kind
    /// [`Authentication`](crate::ErrorKind::Authentication), and nothing is sent.
    fn token(&self) -> BoxFuture<'_, Result<Token, BoxError>>;

    /// Returns a token that replaces `refused`, which the server answered with 401. The default
    /// implementation calls [`token`](Self::token) again. If it returns the same token, the call
    /// fails with the 401.
    ///
    /// # Errors
    /// Returns the reason why there is no token. All waiting calls fail with this reason.
    fn renew<'a>(&'a self, refused: &'a Token) -> BoxFuture<'a, Result<Token, BoxError>> {
        let _ = refused;
        self.token()
    }
}

/// The origin of the token: one fixed token, or a source.
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
