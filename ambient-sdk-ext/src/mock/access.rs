//! Who may call: the tokens that the server accepts, and what each allows.

use std::collections::BTreeMap;

use http::{HeaderMap, Method, header::AUTHORIZATION};

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

/// Why a caller is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is no token, or nothing that looks like one.
    Missing,
    /// There is a token that the server doesn't know.
    Unknown,
}

/// The tokens that the server accepts.
#[derive(Clone, Default)]
pub(super) struct Access {
    pub(super) grants: BTreeMap<String, Grant>,
    pub(super) any: bool,
}

impl Access {
    /// What the caller may do by its headers. `forwarded` also reads `X-Forwarded-Access-Token`,
    /// which stands in for a missing `Authorization` on the API server.
    pub(super) fn check(&self, headers: &HeaderMap, forwarded: bool) -> Result<Grant, Refusal> {
        let token = match bearer(headers) {
            None if forwarded => text(headers, "x-forwarded-access-token"),
            found => found,
        };
        let token = token.filter(|token| !token.is_empty());
        let token = token.ok_or(Refusal::Missing)?;
        match self.grants.get(token) {
            Some(grant) => Ok(grant.clone()),
            None if self.any => Ok(Grant::default()),
            None => Err(Refusal::Unknown),
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = text(headers, AUTHORIZATION.as_str())?.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    is_bearer.then(|| token.trim())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(
            http::HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )])
    }

    fn access() -> Access {
        let grants = BTreeMap::from([("good".to_owned(), Grant::default())]);
        Access { grants, any: false }
    }

    #[test]
    fn tells_a_missing_token_from_an_unknown_one() {
        let check = |name, value| access().check(&headers(name, value), false);
        assert_eq!(check("authorization", "Bearer good"), Ok(Grant::default()));
        assert_eq!(check("authorization", "bearer good"), Ok(Grant::default()));
        assert_eq!(check("authorization", "Bearer bad"), Err(Refusal::Unknown));
        assert_eq!(check("authorization", "Bearer "), Err(Refusal::Missing));
        assert_eq!(check("authorization", "Basic good"), Err(Refusal::Missing));
        assert_eq!(check("accept", "*/*"), Err(Refusal::Missing));
    }

    #[test]
    fn the_forwarded_token_counts_where_the_server_reads_it() {
        let headers = headers("x-forwarded-access-token", "good");
        assert_eq!(access().check(&headers, true), Ok(Grant::default()));
        assert_eq!(access().check(&headers, false), Err(Refusal::Missing));
    }

    #[test]
    fn a_token_may_be_for_reading_only() {
        let grant = Grant { read_only: true, ..Grant::default() };
        assert!(grant.allows(&Method::GET));
        assert!(!grant.allows(&Method::DELETE));
    }
}
