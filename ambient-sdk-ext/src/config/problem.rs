//! Problems with settings: all of them in one error, each with its remedy.

use std::fmt;

/// The error of invalid or missing settings, with all problems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    pub(crate) problems: Vec<Problem>,
}

/// A setting that is missing or invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The environment variable, which is also the name of the setting.
    pub variable: &'static str,
    /// The description of the problem.
    pub message: String,
    /// How to correct the setting, for example by setting it to a file that exists.
    pub advice: &'static str,
}

impl ConfigError {
    /// Returns the problems in this order: the command-line client's configuration, TLS, URLs,
    /// token, project, timeout. Never empty.
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

/// Returns the value, or adds its error to `problems`.
pub(super) fn keep<T>(
    problems: &mut Vec<Problem>,
    variable: &'static str,
    value: Result<T, String>,
) -> Option<T> {
    let advice = super::advice(variable);
    value.map_err(|message| problems.push(Problem { variable, message, advice })).ok()
}
