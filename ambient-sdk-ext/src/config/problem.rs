//! What is wrong with settings: all of it at once, each with how to set it.

use std::fmt;

/// Everything that is wrong with the settings of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    pub(crate) problems: Vec<Problem>,
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
    /// What is wrong, in the order: the command-line client's configuration, TLS, URLs, token,
    /// project, timeout. Never empty.
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

/// The value, or nothing and one more problem.
pub(super) fn keep<T>(
    problems: &mut Vec<Problem>,
    variable: &'static str,
    value: Result<T, String>,
) -> Option<T> {
    let advice = super::advice(variable);
    value.map_err(|message| problems.push(Problem { variable, message, advice })).ok()
}
