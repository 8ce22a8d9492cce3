//! Settings from the builder and the environment, validated together.
//!
//! A builder value takes precedence over its variable, and a variable over the default. One error
//! lists all problems, each with its remedy, so that they can be fixed in one pass.

#[cfg(feature = "oidc")]
mod oidc;
mod problem;
mod tls;
mod token;
mod url;
#[cfg(not(feature = "oidc"))]
mod without_oidc;

use std::{ffi::OsString, fmt, time::Duration};

use crate::{
    names,
    tls::{GivenTls, Trust},
    token::{CliConfig, Origin, shown},
};
use problem::keep;
pub use problem::{ConfigError, Problem};
pub(crate) use token::GivenToken;
use token::{Variable, cli_config};
use url::base_url;
#[cfg(any(feature = "grpc", feature = "oidc"))]
pub(crate) use url::is_this_machine;
#[cfg(not(feature = "oidc"))]
use without_oidc as oidc;

/// The default base URL of every SDK of the platform.
pub(crate) const DEFAULT_URL: &str = "http://localhost:8080";
/// The default total time of a call in every SDK of the platform.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) const API_URL: &str = "AMBIENT_API_URL";
pub(crate) const API_SERVER_URL: &str = "AMBIENT_API_SERVER_URL";
const TOKEN: &str = "AMBIENT_TOKEN";
const CLI_CONFIG: &str = "AMBIENT_CONFIG";
const PROJECT: &str = "AMBIENT_PROJECT";
const REQUEST_TIMEOUT: &str = "AMBIENT_REQUEST_TIMEOUT";
pub(crate) const ALLOW_PLAIN_HTTP: &str = "AMBIENT_ALLOW_PLAIN_HTTP";

/// The maximum timeout: one day.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

/// The settings as given to the builder; each may be missing.
#[derive(Clone, Default)]
pub(crate) struct Given {
    pub(crate) url: Option<String>,
    pub(crate) api_server_url: Option<String>,
    pub(crate) token: GivenToken,
    pub(crate) project: Option<String>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) plain_http: Option<bool>,
    pub(crate) tls: GivenTls,
}

/// The resolved settings of a client.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) url: String,
    pub(crate) api_server_url: String,
    pub(crate) token: Origin,
    pub(crate) project: String,
    pub(crate) timeout: Duration,
    pub(crate) trust: Trust,
    /// Whether the token may be sent to other machines over plain http.
    #[cfg(feature = "grpc")]
    pub(crate) plain_http: bool,
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given")
            .field("url", &self.url)
            .field("api_server_url", &self.api_server_url)
            .field("project", &self.project)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Given {
    /// Resolves the settings: missing ones are taken from `environment` and the defaults.
    pub(crate) fn resolve(
        self,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Config, ConfigError> {
        let variable = |name| text(name, environment(name));
        let mut problems = Vec::new();
        let config = keep(&mut problems, CLI_CONFIG, variable(CLI_CONFIG).and_then(cli_config));
        let config = config.flatten();
        let trust = self.tls.resolve(variable, &mut problems);
        let configured = |entry: fn(&CliConfig) -> &Option<String>| {
            config.as_ref().and_then(|(_, config)| entry(config).clone())
        };
        let plain_http = flag(self.plain_http, ALLOW_PLAIN_HTTP, variable);
        let plain_http = keep(&mut problems, ALLOW_PLAIN_HTTP, plain_http);
        // An invalid `plain_http` switch must not make a valid URL invalid.
        let base_url = |name, url: &str| base_url(name, url, plain_http.unwrap_or(true));
        let given = |value: Option<String>, name| value.map_or_else(|| variable(name), present);
        let url = given(self.url, API_URL).and_then(|url| {
            let url = url.or_else(|| configured(|config| &config.api_url));
            base_url(API_URL, url.as_deref().unwrap_or(DEFAULT_URL))
        });
        let server = given(self.api_server_url, API_SERVER_URL)
            .and_then(|url| url.map(|url| base_url(API_SERVER_URL, &url)).transpose());
        let file = config.as_ref().map(|(path, _)| path.as_str());
        let token = self.token.origin(variable, file, trust.as_ref());
        let project = given(self.project, PROJECT).and_then(|text| {
            required(PROJECT, text.or_else(|| configured(|config| &config.project)))
        });
        let url = keep(&mut problems, API_URL, url);
        let server = keep(&mut problems, API_SERVER_URL, server);
        let source = token.as_ref().map_or_else(|(variable, _)| *variable, |_| TOKEN);
        let token = keep(&mut problems, source, token.map_err(|(_, message)| message));
        let project = keep(&mut problems, PROJECT, project.and_then(named));
        let timeout = keep(&mut problems, REQUEST_TIMEOUT, timeout(self.timeout, variable));
        let urls = url.zip(server);
        let config = Config::complete(urls, token, project, timeout, trust, plain_http);
        config.filter(|_| problems.is_empty()).ok_or(ConfigError { problems })
    }
}

impl Config {
    /// Returns the settings, if none of them is missing.
    #[cfg_attr(not(feature = "grpc"), allow(unused_variables))]
    fn complete(
        urls: Option<(String, Option<String>)>,
        token: Option<Origin>,
        project: Option<String>,
        timeout: Option<Duration>,
        trust: Option<Trust>,
        plain_http: Option<bool>,
    ) -> Option<Self> {
        let (url, server) = urls?;
        Some(Self {
            api_server_url: server.unwrap_or_else(|| url.clone()),
            url,
            token: token?,
            project: project?,
            timeout: timeout?,
            trust: trust?,
            #[cfg(feature = "grpc")]
            plain_http: plain_http?,
        })
    }
}

fn timeout(
    given: Option<Duration>,
    variable: impl Fn(&'static str) -> Variable,
) -> Result<Duration, String> {
    match given {
        Some(timeout) => in_bounds(timeout),
        None => variable(REQUEST_TIMEOUT)?.map_or(Ok(DEFAULT_TIMEOUT), |text| seconds(&text)),
    }
}

/// Returns a boolean setting. Default: `false`.
fn flag(
    given: Option<bool>,
    name: &'static str,
    variable: impl Fn(&'static str) -> Variable,
) -> Result<bool, String> {
    match given {
        Some(value) => Ok(value),
        None => switch(name, variable(name)?.as_deref()),
    }
}

/// Returns the text of a variable; an empty variable counts as unset.
fn text(variable: &str, value: Option<OsString>) -> Result<Option<String>, String> {
    let text = value.map(OsString::into_string).transpose();
    let text = text.map_err(|_| format!("{variable} is not valid UTF-8"))?;
    Ok(text.filter(|text| !text.trim().is_empty()))
}

fn present<T>(value: T) -> Result<Option<T>, String> {
    Ok(Some(value))
}

fn advice(variable: &str) -> &'static str {
    match variable {
        API_URL | API_SERVER_URL => "set it to the API's URL, for example https://api.example.org",
        TOKEN => "set it to a token, for example from `oc whoami -t`",
        token::TOKEN_FILE => "set it to the path of a file that contains only a token",
        oidc::ISSUER => "set issuer, client id and client secret, or another source of tokens",
        CLI_CONFIG => "set it to the path of the command-line client's config.json",
        tls::CA_CERT_FILE => "set it to the path of a file with certificates in PEM",
        tls::CLIENT_CERT_FILE | tls::CLIENT_KEY_FILE => {
            "set both to paths of PEM files, or the first to a file with certificate and key"
        }
        ALLOW_PLAIN_HTTP => "leave it unset, or set it to true in a trusted network",
        tls::ACCEPT_INVALID_CERTS => "leave it unset, or set it to true in a test",
        tls::MIN_TLS_VERSION => "set it to 1.2 or 1.3",
        PROJECT => "set it to the name of your project, for example my-project",
        _ => "set it to a number of seconds, for example 30",
    }
}

/// Parses a boolean variable; unset is `false`.
fn switch(variable: &str, text: Option<&str>) -> Result<bool, String> {
    match text.map(|text| text.trim().to_ascii_lowercase()).as_deref() {
        None | Some("false" | "0" | "no") => Ok(false),
        Some("true" | "1" | "yes") => Ok(true),
        Some(_) => Err(format!("{variable} is neither true nor false")),
    }
}

fn required<T>(variable: &str, value: Option<T>) -> Result<T, String> {
    value.ok_or_else(|| format!("{variable} environment variable is required"))
}

fn named(project: String) -> Result<String, String> {
    let project = project.trim();
    names::kubernetes(PROJECT, project).map(|()| project.to_owned()).map_err(|e| e.to_string())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.trim().parse().ok();
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let number = format!("{REQUEST_TIMEOUT} is not a number of seconds: {:?}", shown(text));
    duration.ok_or(number).and_then(in_bounds)
}

fn in_bounds(timeout: Duration) -> Result<Duration, String> {
    match timeout {
        Duration::ZERO => Err(format!("{REQUEST_TIMEOUT} is zero, so every call would fail")),
        _ if timeout > MAX_TIMEOUT => Err(format!("{REQUEST_TIMEOUT} is more than a day")),
        _ => Ok(timeout),
    }
}

#[cfg(test)]
mod tests;
