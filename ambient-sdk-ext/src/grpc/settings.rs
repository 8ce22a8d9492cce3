//! The address and TLS settings of the gRPC endpoint, from the builder and the environment.

use std::{ffi::OsString, path::PathBuf};

use url::Url;

use crate::{
    config::{ALLOW_PLAIN_HTTP, ConfigError, Problem, is_this_machine},
    tls::{Pem, Trust},
};

const URL: &str = "AMBIENT_GRPC_URL";
const USE_TLS: &str = "AMBIENT_GRPC_USE_TLS";
const CA_CERT_FILE: &str = "AMBIENT_GRPC_CA_CERT_FILE";

/// The port of the API server's gRPC endpoint.
const PORT: u16 = 9000;
/// Parts of the host names of OpenShift routes, which use port 443 and one route per protocol.
const ROUTES: [&str; 4] = ["apps.rosa", "apps.ocp", "apps.openshift", "paas.redhat.com"];
/// The name of the API server in the host name of a route.
const SERVICE: &str = "ambient-api-server";

/// The settings as given to the builder; each may be missing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    pub(crate) url: Option<String>,
    pub(crate) tls: Option<bool>,
    pub(crate) ca_cert_file: Option<PathBuf>,
    /// Whether gRPC is disabled.
    pub(crate) off: bool,
}

/// The settings for HTTP that gRPC uses too.
pub(crate) struct OfHttp<'a> {
    /// The URL of the API server.
    pub(crate) api_server: &'a str,
    /// Whether the token may be sent to other machines without TLS.
    pub(crate) plain_http: bool,
    pub(crate) trust: Trust,
}

/// The resolved settings.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The URL; its scheme determines whether TLS is used.
    pub(crate) url: String,
    /// The TLS settings of the client; an authority for gRPC replaces its authorities.
    pub(crate) trust: Trust,
    /// Whether no gRPC setting was given, so that a client without gRPC is acceptable.
    pub(crate) is_derived: bool,
}

impl Given {
    /// Resolves the settings: missing ones are taken from `environment`, or from the settings for
    /// HTTP.
    pub(crate) fn resolve(
        self,
        http: OfHttp<'_>,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Settings, ConfigError> {
        let OfHttp { api_server, plain_http, mut trust } = http;
        let variable = |name| text(name, environment(name));
        let url = self.url.map_or_else(|| variable(URL), |url| Ok(Some(url)));
        let url = url.map_err(|text| problem(URL, text))?;
        let tls = match self.tls {
            Some(tls) => Some(tls),
            None => variable(USE_TLS)
                .and_then(|text| text.map(|text| is_on(&text)).transpose())
                .map_err(|text| problem(USE_TLS, text))?,
        };
        let file = match self.ca_cert_file {
            Some(file) => Some(file),
            None => variable(CA_CERT_FILE)
                .map_err(|text| problem(CA_CERT_FILE, text))?
                .map(|path| PathBuf::from(path.trim())),
        };
        let is_derived = url.is_none() && tls.is_none() && file.is_none();
        if let Some(file) = file {
            let roots = Pem::File(file).roots();
            let why = |why| problem(CA_CERT_FILE, format!("{CA_CERT_FILE} is not usable: {why}"));
            trust.roots = roots.map_err(why)?;
        }
        let url = match url {
            Some(url) => address(url.trim(), tls, api_server).map_err(|e| problem(URL, e))?,
            None => derived(api_server, tls).map_err(|e| problem(URL, e))?,
        };
        if !plain_http {
            check_secrecy(&url).map_err(|text| problem(ALLOW_PLAIN_HTTP, text))?;
        }
        Ok(Settings { url, trust, is_derived })
    }
}

fn problem(variable: &'static str, message: String) -> ConfigError {
    let advice = match variable {
        URL => "set it to host and port, for example api.example.org:9000",
        USE_TLS => "set it to true or false",
        ALLOW_PLAIN_HTTP => "leave it unset, or set it to true in a trusted network",
        _ => "set it to the path of a PEM file",
    };
    ConfigError { problems: vec![Problem { variable, message, advice }] }
}

/// Returns the text of a variable; an empty variable counts as unset.
fn text(variable: &str, value: Option<OsString>) -> Result<Option<String>, String> {
    let text = value.map(OsString::into_string).transpose();
    let text = text.map_err(|_| format!("{variable} is not valid UTF-8"))?;
    Ok(text.filter(|text| !text.trim().is_empty()))
}

fn is_on(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Ok(true),
        "false" | "0" | "no" => Ok(false),
        _ => Err(format!("{USE_TLS} is neither true nor false")),
    }
}

/// Checks that the token is not sent to another machine without TLS.
fn check_secrecy(url: &str) -> Result<(), String> {
    let url = Url::parse(url).map_err(|error| format!("{URL} is not a URL: {error}"))?;
    if url.scheme() == "https" || is_this_machine(&url) {
        return Ok(());
    }
    Err(format!(
        "gRPC would send the token to {} without TLS, where anyone on the network path can read it: \
         set {USE_TLS} or `grpc_tls` to true, or allow it with `allow_plain_http` or {ALLOW_PLAIN_HTTP}=true",
        url.host_str().unwrap_or_default(),
    ))
}

/// Parses the configured address: host and port, or an http or https URL.
fn address(text: &str, tls: Option<bool>, api_server: &str) -> Result<String, String> {
    let is_tls = || tls.unwrap_or_else(|| api_server.starts_with("https:"));
    let (text, is_tls) = match text.split_once("://") {
        Some(("http", rest)) => (rest, tls.unwrap_or(false)),
        Some(("https", rest)) => (rest, tls.unwrap_or(true)),
        Some((scheme, _)) => return Err(format!("{URL} has the unknown scheme {scheme}:")),
        None => (text, is_tls()),
    };
    let url = Url::parse(&format!("{}://{text}", scheme(is_tls)))
        .map_err(|_| format!("{URL} is not a host and port: {:?}", crate::token::shown(text)))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("{URL} must not contain a user or password; use a token"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(format!("{URL} has more than host and port"));
    }
    let host = url.host_str().unwrap_or_default();
    // `Url` drops the default port of a scheme.
    let is_named = text.trim_end_matches('/').ends_with(&format!(":{}", default_port(is_tls)));
    let default = if is_named { default_port(is_tls) } else { PORT };
    Ok(format!("{}://{host}:{}", scheme(is_tls), url.port().unwrap_or(default)))
}

/// Derives the address from the URL of the API server.
fn derived(api_server: &str, tls: Option<bool>) -> Result<String, String> {
    let url = Url::parse(api_server).map_err(|error| format!("{URL} can't be derived: {error}"))?;
    let host = url.host_str().unwrap_or_default();
    let is_tls = tls.unwrap_or(url.scheme() == "https");
    if host.contains(SERVICE) && ROUTES.iter().any(|route| host.contains(route)) {
        let host = host.replacen(SERVICE, &format!("{SERVICE}-grpc"), 1);
        return Ok(format!("{}://{host}:443", scheme(is_tls)));
    }
    Ok(format!("{}://{host}:{PORT}", scheme(is_tls)))
}

fn scheme(is_tls: bool) -> &'static str {
    if is_tls { "https" } else { "http" }
}

fn default_port(is_tls: bool) -> u16 {
    if is_tls { 443 } else { 80 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(
        given: Given,
        server: &str,
        variables: &[(&str, &str)],
    ) -> Result<Settings, ConfigError> {
        let http = OfHttp { api_server: server, plain_http: true, trust: Trust::default() };
        given.resolve(http, |name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| value.into())
        })
    }

    fn url(server: &str, variables: &[(&str, &str)]) -> String {
        resolve(Given::default(), server, variables).unwrap().url
    }

    #[test]
    fn without_a_setting_the_address_follows_the_api_server() {
        assert_eq!(url("http://localhost:8000", &[]), "http://localhost:9000");
        assert_eq!(url("https://api.example.org", &[]), "https://api.example.org:9000");
        assert_eq!(url("http://[::1]:8000/base", &[]), "http://[::1]:9000");
        let route = "https://ambient-api-server-demo.apps.rosa.example.org";
        let grpc = "https://ambient-api-server-grpc-demo.apps.rosa.example.org:443";
        assert_eq!(url(route, &[]), grpc);
        assert_eq!(url("https://h", &[(USE_TLS, "false")]), "http://h:9000");
        let derived =
            |variables| resolve(Given::default(), "https://h", variables).unwrap().is_derived;
        assert!(derived(&[]) && !derived(&[(USE_TLS, "true")]) && !derived(&[(URL, "h")]));
    }

    #[test]
    fn an_address_is_a_host_with_a_port_or_a_url() {
        let of = |text| url("https://server", &[(URL, text)]);
        assert_eq!(of("h:7000"), "https://h:7000");
        assert_eq!(of(" h "), "https://h:9000");
        assert_eq!(of("http://h:7000/"), "http://h:7000");
        assert_eq!(of("https://h:443"), "https://h:443");
        let tls = [(URL, "h:7000"), (USE_TLS, "yes")];
        assert_eq!(url("http://server", &tls), "https://h:7000");
        let given = Given { url: Some("mine:1".into()), tls: Some(false), ..Given::default() };
        assert_eq!(resolve(given, "https://server", &tls).unwrap().url, "http://mine:1");
    }

    #[test]
    fn without_tls_the_token_is_sent_to_this_machine_only() {
        let plain = |server, url: Option<&str>, tls| {
            let given = Given { url: url.map(Into::into), tls, ..Given::default() };
            let http = OfHttp { api_server: server, plain_http: false, trust: Trust::default() };
            given.resolve(http, |_| None).map_err(|error| error.problems()[0].message.clone())
        };
        let loopback = ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:8000"];
        assert!(loopback.iter().all(|server| plain(server, None, None).is_ok()));
        assert!(plain("https://api.test", None, None).is_ok());
        for (url, tls) in [(Some("http://other.test"), None), (None, Some(false))] {
            let refused = plain("https://api.test", url, tls).unwrap_err();
            assert!(refused.contains("token to ") && refused.contains(USE_TLS), "{refused}");
        }
        assert!(plain("https://api.test", Some("localhost"), Some(false)).is_ok());
    }

    #[test]
    fn problems_name_the_variable_and_show_no_token() {
        let wrong = |variables: &[(&str, &str)]| {
            let error = resolve(Given::default(), "http://server", variables).unwrap_err();
            error.problems()[0].message.clone()
        };
        assert!(wrong(&[(URL, "ftp://h")]).contains("unknown scheme ftp:"));
        assert!(wrong(&[(URL, "h:1/path")]).contains("more than host and port"));
        assert!(wrong(&[(URL, "user:pass@h:1")]).contains("user or password"));
        assert!(wrong(&[(USE_TLS, "maybe")]).contains(USE_TLS));
        assert!(wrong(&[(CA_CERT_FILE, "/nowhere/ca.pem")]).contains("/nowhere/ca.pem"));
        let token = "sha256~0123456789abcdef";
        // Two words are not a host.
        assert!(!wrong(&[(URL, &format!("{token} {token}"))]).contains(token));
    }
}
