//! Settings from the builder and the environment, checked together.
//!
//! A value of the builder wins over its variable, a variable over the default. Everything that is
//! wrong is told at once, each with its mend, so that nobody mends one variable a run.

use std::{ffi::OsString, fmt, sync::Arc, time::Duration};

use ambient_sdk::Secret;
use url::Url;

use crate::{
    names,
    token::{self, CliConfig, Origin, Token, TokenFile, TokenSource},
};

/// The base URL that every SDK of the platform falls back to.
pub(crate) const DEFAULT_URL: &str = "http://localhost:8080";
/// The total time of a call that every SDK of the platform falls back to.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) const API_URL: &str = "AMBIENT_API_URL";
pub(crate) const API_SERVER_URL: &str = "AMBIENT_API_SERVER_URL";
const TOKEN: &str = "AMBIENT_TOKEN";
const TOKEN_FILE: &str = "AMBIENT_TOKEN_FILE";
const CLI_CONFIG: &str = "AMBIENT_CONFIG";
const PROJECT: &str = "AMBIENT_PROJECT";
const REQUEST_TIMEOUT: &str = "AMBIENT_REQUEST_TIMEOUT";

/// The longest time-out that is accepted: a day.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

/// Everything that is wrong with the settings of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

/// One setting that is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The environment variable, which is also the name of the setting.
    pub variable: &'static str,
    /// What is wrong with it.
    pub message: String,
    /// How to set it.
    pub advice: &'static str,
}

impl ConfigError {
    /// What is wrong, in the order: the command-line client's
    /// configuration, URL, token, project, timeout. Never empty.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            let line = if at == 0 { "" } else { "\n" };
            write!(f, "{line}{} ({})", problem.message, problem.advice)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// Settings as they were given; each may be missing.
#[derive(Clone, Default)]
pub(crate) struct Given {
    pub(crate) url: Option<String>,
    pub(crate) api_server_url: Option<String>,
    pub(crate) token: Option<Secret>,
    pub(crate) token_source: Option<Arc<dyn TokenSource>>,
    pub(crate) project: Option<String>,
    pub(crate) timeout: Option<Duration>,
}

/// Settings that a client can be built of.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) url: String,
    pub(crate) api_server_url: String,
    pub(crate) token: Origin,
    pub(crate) project: String,
    pub(crate) timeout: Duration,
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given")
            .field("url", &self.url)
            .field("api_server_url", &self.api_server_url)
            .field("token", &self.token)
            .field("project", &self.project)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Given {
    /// The settings with what is missing taken from `environment` and the defaults.
    pub(crate) fn resolve(
        self,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Config, ConfigError> {
        let variable = |name| text(name, environment(name));
        let mut problems = Vec::new();
        let config = keep(&mut problems, CLI_CONFIG, variable(CLI_CONFIG).and_then(cli_config));
        let config = config.flatten();
        let configured = |entry: fn(&CliConfig) -> &Option<String>| {
            config.as_ref().and_then(|(_, config)| entry(config).clone())
        };
        let given = |value: Option<String>, name| value.map_or_else(|| variable(name), present);
        let url = given(self.url, API_URL).and_then(|url| {
            let url = url.or_else(|| configured(|config| &config.api_url));
            base_url(API_URL, url.as_deref().unwrap_or(DEFAULT_URL))
        });
        let server = given(self.api_server_url, API_SERVER_URL)
            .and_then(|url| url.map(|url| base_url(API_SERVER_URL, &url)).transpose());
        let token = match (self.token_source, self.token) {
            (Some(source), _) => Ok(Origin::Source(source)),
            (None, Some(token)) => accepted(token),
            (None, None) => {
                let file = config.as_ref().map(|(path, _)| path.as_str());
                token_of(variable(TOKEN), variable(TOKEN_FILE), file)
            }
        };
        let project = given(self.project, PROJECT).and_then(|text| {
            required(PROJECT, text.or_else(|| configured(|config| &config.project)))
        });
        let timeout = match self.timeout {
            Some(timeout) => in_bounds(timeout),
            None => variable(REQUEST_TIMEOUT)
                .and_then(|text| text.map_or(Ok(DEFAULT_TIMEOUT), |text| seconds(&text))),
        };
        let url = keep(&mut problems, API_URL, url);
        let server = keep(&mut problems, API_SERVER_URL, server);
        let token = keep(&mut problems, TOKEN, token);
        let project = keep(&mut problems, PROJECT, project.and_then(named));
        let timeout = keep(&mut problems, REQUEST_TIMEOUT, timeout);
        match (url, server, token, project, timeout) {
            (Some(url), Some(server), Some(token), Some(project), Some(timeout)) => Ok(Config {
                api_server_url: server.unwrap_or_else(|| url.clone()),
                url,
                token,
                project,
                timeout,
            }),
            _ => Err(ConfigError { problems }),
        }
    }
}

/// The text of a variable; an empty one counts as not set.
fn text(variable: &str, value: Option<OsString>) -> Result<Option<String>, String> {
    let text = value.map(OsString::into_string).transpose();
    let text = text.map_err(|_| format!("{variable} holds bytes that are no text (UTF-8)"))?;
    Ok(text.filter(|text| !text.trim().is_empty()))
}

fn present<T>(value: T) -> Result<Option<T>, String> {
    Ok(Some(value))
}

/// The value, or nothing and one more problem.
fn keep<T>(
    problems: &mut Vec<Problem>,
    variable: &'static str,
    value: Result<T, String>,
) -> Option<T> {
    value
        .map_err(|message| problems.push(Problem { variable, message, advice: advice(variable) }))
        .ok()
}

fn advice(variable: &str) -> &'static str {
    match variable {
        API_URL | API_SERVER_URL => "give the URL of the API, as in https://api.example.org",
        TOKEN => "set it to a token, as from `oc whoami -t`",
        CLI_CONFIG => "set it to the path of the command-line client's config.json",
        PROJECT => "set it to the name of your project, as in my-project",
        _ => "set it to a number of seconds, as in 30",
    }
}

fn required<T>(variable: &str, value: Option<T>) -> Result<T, String> {
    value.ok_or_else(|| format!("{variable} environment variable is required"))
}

fn accepted(token: Secret) -> Result<Origin, String> {
    let token = Token::new(token).map_err(|e| format!("{TOKEN} is not usable: {e}"))?;
    Ok(Origin::Fixed(token))
}

/// The token of the environment: of its variable, else of the file that one names, else of the
/// command-line client's configuration at the path `config`.
fn token_of(
    text: Result<Option<String>, String>,
    file: Result<Option<String>, String>,
    config: Option<&str>,
) -> Result<Origin, String> {
    if let Some(text) = text? {
        return accepted(text.into());
    }
    let (variable, file) = match (file?, config) {
        (Some(path), _) => (TOKEN_FILE, TokenFile::new(path.trim())),
        (None, Some(path)) => (CLI_CONFIG, TokenFile::cli_config(path)),
        (None, None) => {
            let none = format!("{TOKEN} environment variable is required");
            return Err(format!("{none}; {TOKEN_FILE} and {CLI_CONFIG} give no token either"));
        }
    };
    file.read().map_err(|error| format!("{variable} gives no token: {error}"))?;
    Ok(Origin::Source(Arc::new(file)))
}

/// The command-line client's configuration, with its path.
fn cli_config(path: Option<String>) -> Result<Option<(String, CliConfig)>, String> {
    let Some(path) = path.map(|path| path.trim().to_owned()) else { return Ok(None) };
    let text =
        token::file_text(path.as_ref()).map_err(|e| format!("{CLI_CONFIG} is not usable: {e}"))?;
    let config = CliConfig::parse(&text);
    let config = config.map_err(|e| format!("{CLI_CONFIG} is not usable: {path}: {e}"))?;
    Ok(Some((path, config)))
}

fn named(project: String) -> Result<String, String> {
    let project = project.trim();
    names::kubernetes(PROJECT, project).map(|()| project.to_owned()).map_err(|e| e.to_string())
}

/// An http or https URL with a host, without what would leak or break paths.
///
/// The path that every call begins with is left out of a URL that was given with it.
fn base_url(variable: &str, text: &str) -> Result<String, String> {
    let wrong = |what: &str| Err(format!("{variable} {what}"));
    let Ok(url) = Url::parse(text.trim()) else {
        return wrong(&format!("is not a URL: {:?}", token::shown(text)));
    };
    match url.scheme() {
        _ if !url.username().is_empty() || url.password().is_some() => {
            wrong("holds a user or password, which belong in the token")
        }
        "http" | "https" if url.query().is_some() || url.fragment().is_some() => {
            wrong("holds a query or fragment, which a base URL can't have")
        }
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

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.trim().parse().ok();
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let number = format!("{REQUEST_TIMEOUT} is not a number of seconds: {:?}", token::shown(text));
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
mod tests {
    use super::*;

    const GOOD: &str = "sha256~0123456789abcdef";

    fn resolve(given: Given, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        given.resolve(|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| value.into())
        })
    }

    fn problem(variables: &[(&str, &str)]) -> String {
        let mut all = vec![(TOKEN, GOOD), (PROJECT, "demo")];
        all.retain(|(name, _)| !variables.iter().any(|(other, _)| other == name));
        all.extend(variables);
        let error = resolve(Given::default(), &all).unwrap_err();
        assert_eq!(error.problems().len(), 1, "{error}");
        error.problems()[0].message.clone()
    }

    #[test]
    fn the_defaults_are_those_of_the_other_sdks() {
        let config = resolve(Given::default(), &[(TOKEN, GOOD), (PROJECT, "demo")]).unwrap();
        assert_eq!(config.url, "http://localhost:8080");
        assert_eq!(config.api_server_url, config.url);
        assert_eq!(config.timeout, Duration::from_secs(30));
    }

    #[test]
    fn a_given_value_wins_over_its_variable() {
        let given = Given { project: Some("mine".into()), ..Given::default() };
        let variables = [(TOKEN, GOOD), (PROJECT, "theirs"), (REQUEST_TIMEOUT, "2.5")];
        let config = resolve(given, &variables).unwrap();
        assert_eq!(config.project, "mine");
        assert_eq!(config.timeout, Duration::from_millis(2500));
    }

    #[test]
    fn the_api_server_can_have_a_url_of_its_own() {
        let variables = [(TOKEN, GOOD), (PROJECT, " demo\n"), (API_SERVER_URL, "https://server/")];
        let config = resolve(Given::default(), &variables).unwrap();
        assert_eq!(
            (config.url.as_str(), config.api_server_url.as_str()),
            (DEFAULT_URL, "https://server")
        );
        assert_eq!(config.project, "demo", "without the white space around it");
        let given = Given { api_server_url: Some("https://mine".into()), ..Given::default() };
        assert_eq!(resolve(given, &variables).unwrap().api_server_url, "https://mine");
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_no_text_is_not_taken_for_missing() {
        use std::os::unix::ffi::OsStringExt;
        let error = Given { token: Some(GOOD.into()), ..Given::default() }
            .resolve(|name| (name != API_SERVER_URL).then(|| OsString::from_vec(vec![0xff])))
            .unwrap_err();
        let named: Vec<_> = error.problems().iter().map(|problem| problem.variable).collect();
        assert_eq!(named, [CLI_CONFIG, API_URL, PROJECT, REQUEST_TIMEOUT]);
        assert!(error.to_string().contains("no text (UTF-8)"), "{error}");
    }

    #[test]
    fn a_token_in_the_wrong_variable_is_not_shown() {
        for variable in [API_URL, PROJECT, REQUEST_TIMEOUT] {
            assert!(problem(&[(variable, GOOD)]).contains("[redacted]"), "{variable}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let variables = [(API_URL, "ftp://x"), (PROJECT, " "), (REQUEST_TIMEOUT, "soon")];
        let error = resolve(Given::default(), &variables).unwrap_err();
        let text = error.to_string();
        assert_eq!(error.problems().len(), 4);
        for expected in [
            "AMBIENT_API_URL must begin with http:// or https://, not ftp:",
            "AMBIENT_TOKEN environment variable is required",
            "AMBIENT_PROJECT environment variable is required",
            "AMBIENT_REQUEST_TIMEOUT is not a number of seconds: \"soon\"",
        ] {
            assert!(text.contains(expected), "{text}");
        }
    }

    #[test]
    fn a_url_is_one_that_paths_can_follow() {
        let variables = [(API_URL, "https://h/base/"), (TOKEN, GOOD), (PROJECT, "demo")];
        assert_eq!(resolve(Given::default(), &variables).unwrap().url, "https://h/base");
        assert!(problem(&[(API_URL, "localhost:8080")]).contains("must begin with http"));
        assert!(problem(&[(API_URL, "not a url")]).contains("is not a URL"));
        assert!(problem(&[(API_URL, "http://u:p@h")]).contains("user or password"));
        assert!(problem(&[(API_URL, "http://h/?a=b")]).contains("query"));
    }

    #[test]
    fn a_url_that_was_given_with_the_path_of_the_calls_is_taken_without_it() {
        for given in ["https://h/v1", "https://h/v1/", "https://h/api/ambient/v1", "https://h//"] {
            let variables = [(API_SERVER_URL, given), (TOKEN, GOOD), (PROJECT, "demo")];
            let config = resolve(Given::default(), &variables).unwrap();
            assert_eq!(config.api_server_url, "https://h", "{given}");
        }
        let variables = [(API_URL, "https://h/base/v1"), (TOKEN, GOOD), (PROJECT, "demo")];
        assert_eq!(resolve(Given::default(), &variables).unwrap().url, "https://h/base");
        let variables = [(API_URL, "https://v1"), (TOKEN, GOOD), (PROJECT, "demo")];
        assert_eq!(resolve(Given::default(), &variables).unwrap().url, "https://v1");
    }

    #[test]
    fn bad_values_are_named_but_no_token_is_shown() {
        assert!(problem(&[(TOKEN, "YOUR_TOKEN_HERE")]).contains("placeholder"));
        assert!(!problem(&[(TOKEN, "s3cr3t")]).contains("s3cr3t"));
        assert!(problem(&[(PROJECT, "My Project")]).contains("lowercase"));
        assert!(problem(&[(REQUEST_TIMEOUT, "0")]).contains("zero"));
        assert!(problem(&[(REQUEST_TIMEOUT, "100000")]).contains("a day"));
    }
}
