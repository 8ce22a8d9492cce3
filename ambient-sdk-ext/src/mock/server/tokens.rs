//! Tokens that come and go while the server runs.

use std::time::Duration;

use tokio::time::Instant;

use super::{MockError, MockServer};
use crate::mock::access::Pass;

/// All of these have the server check tokens from then on, as
/// [`MockServerBuilder::check_tokens`](crate::mock::MockServerBuilder::check_tokens) does.
impl MockServer {
    /// Accepts one more token.
    pub fn accept_token(&self, token: impl Into<String>) {
        let mut state = self.shared.now();
        state.access.checked = true;
        state.access.passes.insert(token.into(), Pass::default());
    }

    /// Refuses a token when `delay` has passed by tokio's clock; at once for a delay of zero.
    /// Streams that are open then go on: a service looks at a token only as a request begins.
    ///
    /// # Errors
    /// When the server doesn't know the token.
    pub fn expire_token(&self, token: &str, delay: Duration) -> Result<(), MockError> {
        let mut state = self.shared.now();
        state.access.checked = true;
        let pass = state.access.passes.get_mut(token).ok_or(MockError::UnknownToken)?;
        // One beyond all clocks never comes.
        pass.until = Instant::now().checked_add(delay);
        Ok(())
    }

    /// Accepts `new` with all that `old` allows, and refuses `old` when `grace` has passed: what an
    /// issuer does that rotates a token.
    ///
    /// # Errors
    /// When the server doesn't know the old token.
    pub fn rotate_token(
        &self,
        old: &str,
        new: impl Into<String>,
        grace: Duration,
    ) -> Result<(), MockError> {
        let mut state = self.shared.now();
        let pass = state.access.passes.get(old).ok_or(MockError::UnknownToken)?;
        let pass = Pass { grant: pass.grant.clone(), until: None };
        state.access.passes.insert(new.into(), pass);
        drop(state);
        self.expire_token(old, grace)
    }
}
