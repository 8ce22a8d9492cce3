//! Validation of base URLs.

use url::{Host, Url};

use crate::token;

/// Checks that a base URL is http or https, has a host, and contains nothing that would leak or
/// break paths.
///
/// The path prefix of the calls is removed from the URL. Over plain http, the host must be this
/// machine unless `plain_http` is allowed, since the token is sent to it.
pub(super) fn base_url(variable: &str, text: &str, plain_http: bool) -> Result<String, String> {
    let wrong = |what: &str| Err(format!("{variable} {what}"));
    let Ok(url) = Url::parse(text.trim()) else {
        return wrong(&format!("is not a URL: {:?}", token::shown(text)));
    };
    match url.scheme() {
        _ if !url.username().is_empty() || url.password().is_some() => {
            wrong("must not contain a user or password; use a token")
        }
        "http" | "https" if url.query().is_some() || url.fragment().is_some() => {
            wrong("must not contain a query or fragment")
        }
        "http" if !plain_http && !is_this_machine(&url) => wrong(&format!(
            "would send the token to {} over plain http, where anyone on the network path can read \
             it: use https, or allow it with `allow_plain_http` or {}=true",
            url.host_str().unwrap_or_default(),
            super::ALLOW_PLAIN_HTTP,
        )),
        "http" | "https" => Ok(without_version(&url).to_owned()),
        scheme => wrong(&format!("must begin with http:// or https://, not {scheme}:")),
    }
}

fn without_version(url: &Url) -> &str {
    let (whole, path) = (url.as_str(), url.path().trim_end_matches('/'));
    let base = path.strip_suffix("/api/ambient/v1").or_else(|| path.strip_suffix("/v1"));
    let left_out = url.path().len() - base.unwrap_or(path).len();
    whole[..whole.len() - left_out].trim_end_matches('/')
}

/// Returns whether requests to `url` stay on this machine.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
