//! Changes to the accepted tokens while the server runs.

use std::time::Duration;

use tokio::time::Instant;

use super::{MockError, MockServer};
use crate::mock::access::AcceptedToken;

/// # Tokens
/// After a call of any of these methods the server checks tokens, as with
/// [`MockServerBuilder::check_tokens`](crate::mock::MockServerBuilder::check_tokens).
impl MockServer {
    /// Accepts an additional token.
    pub fn accept_token(&self, token: impl Into<String>) {
        let mut state = self.shared.now();
        state.access.checked = true;
        state.access.tokens.insert(token.into(), AcceptedToken::default());
    }

    /// Rejects a token once `delay` has passed by tokio's clock, or immediately if `delay` is zero.
    /// Open streams continue, because a service checks the token only at the start of a request.
    ///
    /// # Errors
    /// Returns [`MockError::UnknownToken`] if the server doesn't accept the token.
    pub fn expire_token(&self, token: &str, delay: Duration) -> Result<(), MockError> {
        let mut state = self.shared.now();
        state.access.checked = true;
        let accepted = state.access.tokens.get_mut(token).ok_or(MockError::UnknownToken)?;
        // If the time is beyond the range of the clock, the token never expires.
        accepted.expires_at = Instant::now().checked_add(delay);
        Ok(())
    }

    /// Rotates a token as an issuer does: accepts `new` with the permissions of `old`, and rejects
    /// `old` once `grace` has passed.
    ///
    /// # Errors
    /// Returns [`MockError::UnknownToken`] if the server doesn't accept the old token.
    pub fn rotate_token(
        &self,
        old: &str,
        new: impl Into<String>,
        grace: Duration,
    ) -> Result<(), MockError> {
        let mut state = self.shared.now();
        let accepted = state.access.tokens.get(old).ok_or(MockError::UnknownToken)?;
        let accepted = AcceptedToken { grant: accepted.grant.clone(), expires_at: None };
        state.access.tokens.insert(new.into(), accepted);
        drop(state);
        self.expire_token(old, grace)
    }
}
