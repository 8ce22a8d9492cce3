//! The accepted tokens, with their expiry and permissions.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, Method, header::AUTHORIZATION};
use serde_json::Value;
use tokio::time::Instant;

/// The permissions of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Grant {
    /// The project of a service-account token.
    pub(super) project: Option<String>,
    /// Whether the token permits reads only.
    pub(super) read_only: bool,
}

impl Grant {
    pub(super) fn allows(&self, method: &Method) -> bool {
        !self.read_only || method == Method::GET
    }
}

/// An accepted token.
#[derive(Clone, Debug, Default)]
pub(super) struct AcceptedToken {
    pub(super) grant: Grant,
    /// The expiry time, or `None` if the token doesn't expire.
    pub(super) expires_at: Option<Instant>,
}

/// The caller has no valid token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unauthorized;

/// The tokens that the server accepts.
#[derive(Clone, Debug, Default)]
pub(super) struct Access {
    pub(super) tokens: BTreeMap<String, AcceptedToken>,
    /// Whether a caller must present a valid token. The real services don't check tokens
    /// themselves; a proxy before them or a backend behind them does.
    pub(super) checked: bool,
}

impl Access {
    /// Returns the permissions of a caller of the API server. The scheme must be exactly `Bearer`.
    pub(super) fn check_api_server(
        &self,
        headers: &HeaderMap,
        now: Instant,
    ) -> Result<Grant, Unauthorized> {
        match bearer(headers) {
            Some(token) => self.grant(token, now),
            None if self.checked => Err(Unauthorized),
            None => Ok(Grant::default()),
        }
    }

    /// Returns the permissions of a caller of the gateway. A token is always required, but it may
    /// also be in the header of a proxy that forwards it.
    pub(super) fn check_gateway(
        &self,
        headers: &HeaderMap,
        now: Instant,
    ) -> Result<Grant, Unauthorized> {
        let forwarded = || text(headers, "x-forwarded-access-token");
        let token = bearer(headers).or_else(forwarded).filter(|token| !token.is_empty());
        let token = token.ok_or(Unauthorized)?;
        let mut grant = self.grant(token, now)?;
        if grant.project.is_none() {
            grant.project = service_account_project(token);
        }
        Ok(grant)
    }

    fn grant(&self, token: &str, now: Instant) -> Result<Grant, Unauthorized> {
        let accepted = self.tokens.get(token);
        let valid = accepted
            .is_some_and(|accepted| accepted.expires_at.is_none_or(|expires_at| now < expires_at));
        match accepted {
            _ if self.checked && !valid => Err(Unauthorized),
            Some(accepted) => Ok(accepted.grant.clone()),
            None => Ok(Grant::default()),
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    text(headers, AUTHORIZATION.as_str())?.strip_prefix("Bearer ")
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Returns the project of a service account's token, whose subject is
/// `system:serviceaccount:<project>:<name>`. The signature is not checked.
fn service_account_project(token: &str) -> Option<String> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).or_else(|_| BASE64_STANDARD.decode(claims));
    let claims: Value = serde_json::from_slice(&claims.ok()?).ok()?;
    let account = claims["sub"].as_str()?.strip_prefix("system:serviceaccount:")?;
    let project = account.split(':').next()?;
    (!project.is_empty()).then(|| project.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let value = HeaderValue::from_str(value).unwrap();
        HeaderMap::from_iter([(HeaderName::from_static(name), value)])
    }

    fn access(checked: bool) -> Access {
        let tokens = BTreeMap::from([("good".to_owned(), AcceptedToken::default())]);
        Access { tokens, checked }
    }

    #[test]
    fn the_api_server_accepts_a_token_only_in_its_exact_form() {
        let check = |name, value| {
            let headers = headers(name, value);
            access(true).check_api_server(&headers, Instant::now())
        };
        assert_eq!(check("authorization", "Bearer good"), Ok(Grant::default()));
        for refused in ["bearer good", "Bearer bad", "Bearer", "Bearer  good", "Basic good"] {
            assert_eq!(check("authorization", refused), Err(Unauthorized), "{refused}");
        }
        assert_eq!(check("x-forwarded-access-token", "good"), Err(Unauthorized));
        assert_eq!(check("accept", "*/*"), Err(Unauthorized));
    }

    #[test]
    fn without_checks_the_api_server_accepts_every_caller() {
        let check = |value| {
            access(false).check_api_server(&headers("authorization", value), Instant::now())
        };
        assert!(check("Bearer bad").is_ok() && check("nonsense").is_ok());
    }

    #[test]
    fn the_gateway_accepts_any_token_and_a_forwarded_one() {
        let check = |name, value| {
            let headers = headers(name, value);
            access(false).check_gateway(&headers, Instant::now())
        };
        assert!(check("authorization", "Bearer whatever").is_ok());
        assert!(check("x-forwarded-access-token", "whatever").is_ok());
        assert_eq!(check("authorization", "bearer whatever"), Err(Unauthorized));
        assert_eq!(check("authorization", "Bearer"), Err(Unauthorized));
        assert_eq!(check("accept", "*/*"), Err(Unauthorized));
        let checked = access(true);
        let unknown = headers("x-forwarded-access-token", "whatever");
        assert_eq!(checked.check_gateway(&unknown, Instant::now()), Err(Unauthorized));
    }

    #[test]
    fn a_token_is_valid_until_it_expires() {
        let now = Instant::now();
        let mut access = access(true);
        let expires_at = Some(now + Duration::from_secs(60));
        access
            .tokens
            .insert("short".into(), AcceptedToken { expires_at, ..AcceptedToken::default() });
        let headers = headers("authorization", "Bearer short");
        let check =
            |seconds| access.check_api_server(&headers, now + Duration::from_secs(seconds)).is_ok();
        assert_eq!([check(0), check(59), check(60)], [true, true, false]);
    }

    #[test]
    fn a_service_accounts_token_names_its_project() {
        let token = |subject: &str| {
            let claims = BASE64_URL_SAFE_NO_PAD.encode(format!(r#"{{"sub":"{subject}"}}"#));
            format!("e30.{claims}.c2ln")
        };
        let of = |subject: &str| service_account_project(&token(subject));
        assert_eq!(of("system:serviceaccount:research:robot").as_deref(), Some("research"));
        assert_eq!(of("system:serviceaccount:research").as_deref(), Some("research"));
        assert_eq!(of("system:serviceaccount:"), None);
        assert_eq!(of("somebody"), None);
        assert_eq!(service_account_project("sha256~opaque"), None);
    }

    #[test]
    fn a_read_only_token_permits_only_gets() {
        let grant = Grant { read_only: true, ..Grant::default() };
        assert!(grant.allows(&Method::GET));
        assert!(!grant.allows(&Method::DELETE));
    }
}
