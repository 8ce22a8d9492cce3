//! Who may call: the tokens that the server accepts, how long each is good, and what it allows.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, Method, header::AUTHORIZATION};
use serde_json::Value;
use tokio::time::Instant;

/// What a token allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Grant {
    /// The project inside a service-account token.
    pub(super) project: Option<String>,
    /// Whether it may only read.
    pub(super) read_only: bool,
}

impl Grant {
    pub(super) fn allows(&self, method: &Method) -> bool {
        !self.read_only || method == Method::GET
    }
}

/// A token that is accepted, for now.
#[derive(Clone, Debug, Default)]
pub(super) struct Pass {
    pub(super) grant: Grant,
    /// When it is no longer good; none is never.
    pub(super) until: Option<Instant>,
}

/// The caller has no token, or none that is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused;

/// The tokens that the server knows.
#[derive(Clone, Debug, Default)]
pub(super) struct Access {
    pub(super) passes: BTreeMap<String, Pass>,
    /// Whether a caller must have one of them. The services themselves don't look at tokens: what
    /// stands before or behind them does.
    pub(super) checked: bool,
}

impl Access {
    /// What a caller of the API server may do: its token counts only in the exact form.
    pub(super) fn of_api_server(
        &self,
        headers: &HeaderMap,
        now: Instant,
    ) -> Result<Grant, Refused> {
        match bearer(headers) {
            Some(token) => self.grant(token, now),
            None if self.checked => Err(Refused),
            None => Ok(Grant::default()),
        }
    }

    /// What a caller of the gateway may do. Some token there must be, and one that a proxy has
    /// forwarded will do.
    pub(super) fn of_gateway(&self, headers: &HeaderMap, now: Instant) -> Result<Grant, Refused> {
        let forwarded = || text(headers, "x-forwarded-access-token");
        let token = bearer(headers).or_else(forwarded).filter(|token| !token.is_empty());
        let token = token.ok_or(Refused)?;
        let mut grant = self.grant(token, now)?;
        if grant.project.is_none() {
            grant.project = service_account_project(token);
        }
        Ok(grant)
    }

    fn grant(&self, token: &str, now: Instant) -> Result<Grant, Refused> {
        let pass = self.passes.get(token);
        let good = pass.is_some_and(|pass| pass.until.is_none_or(|until| now < until));
        match pass {
            _ if self.checked && !good => Err(Refused),
            Some(pass) => Ok(pass.grant.clone()),
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

/// The project inside a service account's token, whose subject is
/// `system:serviceaccount:<project>:<name>`. Nobody looks at the signature.
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
        let passes = BTreeMap::from([("good".to_owned(), Pass::default())]);
        Access { passes, checked }
    }

    #[test]
    fn the_api_server_takes_a_token_in_its_exact_form_only() {
        let check = |name, value| {
            let headers = headers(name, value);
            access(true).of_api_server(&headers, Instant::now())
        };
        assert_eq!(check("authorization", "Bearer good"), Ok(Grant::default()));
        for refused in ["bearer good", "Bearer bad", "Bearer", "Bearer  good", "Basic good"] {
            assert_eq!(check("authorization", refused), Err(Refused), "{refused}");
        }
        assert_eq!(check("x-forwarded-access-token", "good"), Err(Refused));
        assert_eq!(check("accept", "*/*"), Err(Refused));
    }

    #[test]
    fn without_checks_the_api_server_lets_everybody_in() {
        let check =
            |value| access(false).of_api_server(&headers("authorization", value), Instant::now());
        assert!(check("Bearer bad").is_ok() && check("nonsense").is_ok());
    }

    #[test]
    fn the_gateway_takes_any_token_and_a_forwarded_one() {
        let check = |name, value| {
            let headers = headers(name, value);
            access(false).of_gateway(&headers, Instant::now())
        };
        assert!(check("authorization", "Bearer whatever").is_ok());
        assert!(check("x-forwarded-access-token", "whatever").is_ok());
        assert_eq!(check("authorization", "bearer whatever"), Err(Refused));
        assert_eq!(check("authorization", "Bearer"), Err(Refused));
        assert_eq!(check("accept", "*/*"), Err(Refused));
        let checked = access(true);
        let unknown = headers("x-forwarded-access-token", "whatever");
        assert_eq!(checked.of_gateway(&unknown, Instant::now()), Err(Refused));
    }

    #[test]
    fn a_token_is_good_until_it_expires() {
        let now = Instant::now();
        let mut access = access(true);
        let until = Some(now + Duration::from_secs(60));
        access.passes.insert("short".into(), Pass { until, ..Pass::default() });
        let headers = headers("authorization", "Bearer short");
        let check =
            |seconds| access.of_api_server(&headers, now + Duration::from_secs(seconds)).is_ok();
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
    fn a_token_may_be_for_reading_only() {
        let grant = Grant { read_only: true, ..Grant::default() };
        assert!(grant.allows(&Method::GET));
        assert!(!grant.allows(&Method::DELETE));
    }
}
