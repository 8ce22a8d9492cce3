//! Claims of JSON Web Tokens. They are not verified, which is the server's task.

use std::time::{Duration, SystemTime};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

#[derive(Deserialize)]
struct Claims {
    exp: Option<f64>,
}

/// Returns the expiry time, if the token contains one.
pub(super) fn expiry(token: &str) -> Option<SystemTime> {
    let claims = token.split('.').nth(1)?.trim_end_matches('=');
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    let since_epoch = Duration::try_from_secs_f64(claims.exp?).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(since_epoch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn the_expiry_is_read_and_invalid_tokens_have_none() {
        let expected = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        assert_eq!(expiry(&token(r#"{"exp":1700000000}"#)), Some(expected));
        for claims in [r#"{"exp":"soon"}"#, r#"{"exp":-1}"#, r#"{"exp":1e300}"#, "{}", "[", ""] {
            assert_eq!(expiry(&token(claims)), None, "{claims}");
        }
        assert_eq!(expiry("sha256~0123456789abcdef"), None);
    }
}
