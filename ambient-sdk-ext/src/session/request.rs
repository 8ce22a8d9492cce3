//! The request that creates a session, validated before it is sent.

use ambient_sdk::public_api::types;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The maximum length of a task in the platform's written contract, in characters.
const MAX_TASK: usize = 50_000;
/// The maximum length of a repository URL, in characters.
const MAX_URL: usize = 2_048;

/// The request for a session: a task for an agent, and the model and repositories that it uses.
///
/// ```
/// use ambient_sdk_ext::{CreateSessionRequest, Repo};
///
/// let request = CreateSessionRequest::new("Write unit tests for the parser")
///     .model("claude-sonnet-4-6")
///     .repo(Repo::new("https://github.com/ambient-code/platform").branch("main"));
/// ```
///
/// The JSON form is that of the public API's request body. The request is validated when it is
/// sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[must_use]
pub struct CreateSessionRequest {
    pub(crate) task: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) repos: Vec<Repo>,
}

impl CreateSessionRequest {
    /// Creates a request for `task`, the instructions for the agent, of 1 to 50,000 characters.
    /// (The written contract requires at least 10; the servers accept any task that is not empty.)
    pub fn new(task: impl Into<String>) -> Self {
        Self { task: task.into(), model: None, repos: Vec::new() }
    }

    /// Sets the model. The server chooses one by default.
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Adds a repository.
    pub fn repo(mut self, repo: impl Into<Repo>) -> Self {
        self.repos.push(repo.into());
        self
    }

    /// Adds repositories.
    pub fn repos<R: Into<Repo>>(mut self, repos: impl IntoIterator<Item = R>) -> Self {
        self.repos.extend(repos.into_iter().map(Into::into));
        self
    }

    fn check(&self) -> Result<()> {
        self.problem().map_err(|what| Error::invalid(format!("Invalid request: {what}")))
    }

    /// Returns the first reason why the request cannot be sent.
    pub(crate) fn problem(&self) -> Result<(), String> {
        check_task(&self.task).map_err(|what| format!("task {what}"))?;
        if self.model.as_ref().is_some_and(|model| model.trim().is_empty()) {
            return Err("model is empty; omit it to use the server's default".into());
        }
        let mut repos = self.repos.iter().enumerate();
        repos.try_for_each(|(at, repo)| repo_problem(&repo.url, repo.branch.as_deref(), at))
    }

    pub(crate) fn into_raw(self) -> Result<types::CreateSessionRequest> {
        self.check()?;
        Ok(types::CreateSessionRequest {
            task: self.task,
            model: self.model,
            repos: self.repos.into_iter().map(Repo::into_raw).collect(),
        })
    }
}

/// A repository of a session (`RepoHTTP` in the other SDKs).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[must_use]
pub struct Repo {
    pub(crate) url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) branch: Option<String>,
}

impl Repo {
    /// Creates a repository with the URL `https://`, `http://`, `ssh://` or `git://`, or
    /// `user@host:path`.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), branch: None }
    }

    /// Sets the branch. The server uses the repository's default branch otherwise.
    pub fn branch(mut self, branch: impl Into<String>) -> Self {
        self.branch = Some(branch.into());
        self
    }

    fn into_raw(self) -> types::RepoHttp {
        types::RepoHttp { url: self.url, branch: self.branch }
    }
}

impl From<&str> for Repo {
    fn from(url: &str) -> Self {
        Self::new(url)
    }
}

impl From<String> for Repo {
    fn from(url: String) -> Self {
        Self::new(url)
    }
}

fn check_task(task: &str) -> Result<(), &'static str> {
    match task {
        _ if task.trim().is_empty() => Err("is empty"),
        _ if task.chars().count() > MAX_TASK => Err("has more than 50,000 characters"),
        _ => Ok(()),
    }
}

/// Checks that a repository can be sent; `at` is its index in the list.
pub(crate) fn check_repo(url: &str, branch: Option<&str>, at: usize) -> Result<()> {
    let problem = repo_problem(url, branch, at);
    problem.map_err(|what| Error::invalid(format!("Invalid request: {what}")))
}

fn repo_problem(url: &str, branch: Option<&str>, at: usize) -> Result<(), String> {
    check_url(url).map_err(|what| format!("repos[{at}].url {what}"))?;
    match branch {
        Some(branch) if branch.trim().is_empty() || branch.chars().any(char::is_control) => {
            Err(format!("repos[{at}].branch is empty or contains control characters"))
        }
        _ => Ok(()),
    }
}

fn check_url(text: &str) -> Result<(), &'static str> {
    const FORMS: &str = "is not a repository URL (https, http, ssh, git, or user@host:path)";
    if text.len() > MAX_URL {
        return Err("has more than 2,048 characters");
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(FORMS);
    }
    match url::Url::parse(text) {
        Ok(url) if !matches!(url.scheme(), "https" | "http" | "ssh" | "git") => Err(FORMS),
        Ok(url) if url.host_str().is_none_or(str::is_empty) => Err(FORMS),
        Ok(url) if url.password().is_some() => {
            Err("contains a password; store it in a credential of the project")
        }
        Ok(_) => Ok(()),
        Err(_) if is_scp_like(text) => Ok(()),
        Err(_) => Err(FORMS),
    }
}

/// Returns whether the text has git's short form of ssh URLs: `git@github.com:org/repo.git`.
fn is_scp_like(text: &str) -> bool {
    let parts = text.split_once('@').and_then(|(user, rest)| Some((user, rest.split_once(':')?)));
    parts.is_some_and(|(user, (host, path))| {
        ![user, host, path].iter().any(|part| part.is_empty()) && !user.contains(['/', ':'])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(request: CreateSessionRequest) -> String {
        let error = request.into_raw().unwrap_err();
        assert!(error.is_invalid_request());
        error.to_string()
    }

    #[test]
    fn a_task_is_neither_empty_nor_too_long() {
        let raw = CreateSessionRequest::new("x".repeat(50_000)).into_raw().unwrap();
        assert_eq!(raw.task.len(), 50_000);
        assert_eq!(refusal(CreateSessionRequest::new(" \n")), "Invalid request: task is empty");
        let long = refusal(CreateSessionRequest::new("é".repeat(50_001)));
        assert_eq!(long, "Invalid request: task has more than 50,000 characters");
    }

    #[test]
    fn the_forms_of_repository_urls() {
        for url in [
            "https://github.com/ambient-code/platform",
            "http://git.internal:3000/x.git",
            "ssh://git@github.com/org/repo.git",
            "git://host/repo",
            "git@github.com:org/repo.git",
        ] {
            assert_eq!(check_url(url), Ok(()), "{url}");
        }
        for url in ["", "repo", "ftp://h/x", "file:///etc/passwd", "https://", "a b", "/x@y:z"] {
            assert!(check_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_bad_repository_is_named_by_its_index_and_its_password_is_not_shown() {
        let request = CreateSessionRequest::new("task")
            .repos(["https://github.com/a/b", "https://u:hunter2@github.com/a/b"]);
        let text = refusal(request);
        assert!(text.starts_with("Invalid request: repos[1].url contains a password"), "{text}");
        assert!(!text.contains("hunter2"));
        let branch = CreateSessionRequest::new("t").repo(Repo::new("git@h:p").branch(""));
        assert!(refusal(branch).contains("repos[0].branch"));
    }

    #[test]
    fn empty_optional_fields_are_omitted() {
        let raw = CreateSessionRequest::new("task").into_raw().unwrap();
        assert_eq!(serde_json::to_string(&raw).unwrap(), r#"{"task":"task"}"#);
    }
}
