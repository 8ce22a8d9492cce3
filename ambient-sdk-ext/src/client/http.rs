//! The default HTTP client.

use std::{env, time::Duration};

use reqwest::{NoProxy, Proxy, redirect::Policy};

use crate::{
    error::{Error, ErrorKind, Result},
    tls::Trust,
};

/// Loopback names and addresses, which are never reached through a proxy.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// Builds the client. It follows no redirects: the servers send none, and no other host may receive
/// the token, the project or the body.
pub(crate) fn client(connect_timeout: Duration, trust: Trust) -> Result<reqwest::Client> {
    let builder = reqwest::Client::builder()
        .connect_timeout(connect_timeout)
        .redirect(Policy::none())
        .no_proxy();
    let builder = proxies().into_iter().fold(builder, reqwest::ClientBuilder::proxy);
    let not_set_up = "the HTTP client could not be set up";
    let builder = trust.apply(builder).map_err(|e| {
        Error::new(ErrorKind::Configuration, format!("{not_set_up}: {e}")).with_source(e)
    })?;
    builder.build().map_err(|e| {
        let text = format!("{not_set_up} (TLS, proxy or name resolution)");
        Error::new(ErrorKind::Configuration, text).with_source(e)
    })
}

/// Returns the proxies of the environment, with loopback addresses excluded.
fn proxies() -> Vec<Proxy> {
    // In a CGI script, `HTTP_PROXY` may contain the `Proxy` header of the request.
    if env::var_os("REQUEST_METHOD").is_some() {
        return Vec::new();
    }
    let direct = first(["NO_PROXY", "no_proxy"]).map_or_else(String::new, |(_, hosts)| hosts + ",");
    let direct = NoProxy::from_string(&format!("{direct}{LOOPBACK}"));
    let of = |names: [&'static str; 2], proxy: fn(&str) -> reqwest::Result<Proxy>| {
        let (name, url) = first(names).or_else(|| first(["ALL_PROXY", "all_proxy"]))?;
        match proxy(&url) {
            Ok(proxy) => Some(proxy.no_proxy(direct.clone())),
            Err(_) => {
                tracing::warn!(name, "this variable is not a proxy URL, so no proxy is used");
                None
            }
        }
    };
    let http = of(["HTTP_PROXY", "http_proxy"], |url| Proxy::http(url));
    let https = of(["HTTPS_PROXY", "https_proxy"], |url| Proxy::https(url));
    http.into_iter().chain(https).collect()
}

/// Returns the first variable that is set, with its name.
fn first(names: [&'static str; 2]) -> Option<(&'static str, String)> {
    let mut set = names.into_iter().filter_map(|name| Some((name, env::var(name).ok()?)));
    set.find(|(_, text)| !text.trim().is_empty())
}
