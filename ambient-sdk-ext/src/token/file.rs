//! Tokens in files that others renew: mounted secrets, and the configuration of the command-line client.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use ambient_sdk::{BoxError, BoxFuture, Secret};
use tokio::time::Instant;

use super::{CliConfig, Token, TokenSource};

/// How often a file is checked for changes.
const CHECK: Duration = Duration::from_secs(10);
/// The largest file that is read, in bytes.
pub(crate) const MAX_BYTES: u64 = 256 * 1024;

/// A file that holds a token, read again when it changes.
///
/// It is checked at most every ten seconds, and after each 401. A file that is a symbolic link is
/// followed, so that mounted secrets work, which are replaced as a whole. While a changed file can't
/// be read, the last token stays in use; a 401 then fails with the reason.
#[derive(Debug)]
pub struct TokenFile {
    path: PathBuf,
    format: Format,
    read: Mutex<Option<Read_>>,
}

#[derive(Clone, Copy, Debug)]
enum Format {
    Text,
    CliConfig,
}

/// What was read last.
#[derive(Clone, Debug)]
struct Read_ {
    token: Token,
    version: Option<(SystemTime, u64)>,
    checked: Instant,
}

/// Why a file gives no token.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {problem}")]
pub(crate) struct FileError {
    path: String,
    problem: String,
    source: Option<BoxError>,
}

impl TokenFile {
    /// A file whose text is a token; white space around it is left out.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), format: Format::Text, read: Mutex::default() }
    }

    /// The configuration file of the command-line client, which holds the token as `access_token`.
    pub fn cli_config(path: impl Into<PathBuf>) -> Self {
        Self { format: Format::CliConfig, ..Self::new(path) }
    }

    /// The token as the file has it now.
    pub(crate) fn read(&self) -> Result<Token, FileError> {
        // The version comes first: a change during the reading is then seen at the next check.
        let version = version(&self.path);
        let text = text(&self.path, MAX_BYTES)?;
        let token = match self.format {
            Format::Text => Token::new(text),
            Format::CliConfig => {
                let config = CliConfig::parse(&text).map_err(|problem| self.error(problem))?;
                let token = config.access_token.ok_or_else(|| self.error("no access_token"))?;
                Token::new(token)
            }
        };
        let token = token.map_err(|error| FileError {
            path: self.path.display().to_string(),
            problem: error.to_string(),
            source: Some(error.into()),
        })?;
        let read = Read_ { token: token.clone(), version, checked: Instant::now() };
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Some(read);
        Ok(token)
    }

    /// The last token, while the file can't have changed.
    fn unchanged(&self) -> Option<Token> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let read = read.as_mut()?;
        if read.checked.elapsed() >= CHECK {
            read.checked = Instant::now();
            // Only a file that is there and is another one has to be read.
            if version(&self.path).is_some_and(|version| read.version != Some(version)) {
                return None;
            }
        }
        Some(read.token.clone())
    }

    pub(super) fn current(&self) -> Result<Token, FileError> {
        if let Some(token) = self.unchanged() {
            return Ok(token);
        }
        self.read().or_else(|error| {
            let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            let last = read.as_ref().map(|read| read.token.clone()).ok_or(error);
            last.inspect(
                |_| tracing::warn!(path = %self.path.display(), "cannot read the new token"),
            )
        })
    }

    fn error(&self, problem: impl Into<String>) -> FileError {
        let path = self.path.display().to_string();
        FileError { path, problem: problem.into(), source: None }
    }
}

impl TokenSource for TokenFile {
    fn token(&self) -> BoxFuture<'_, Result<Token, BoxError>> {
        Box::pin(async { Ok(self.current()?) })
    }

    fn renew<'a>(&'a self, _: &'a Token) -> BoxFuture<'a, Result<Token, BoxError>> {
        Box::pin(async { Ok(self.read()?) })
    }
}

/// What tells one content of a file from another without reading it.
fn version(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// The text of a file of at most so many bytes.
pub(crate) fn text(path: &Path, most: u64) -> Result<Secret, FileError> {
    let read = || -> io::Result<String> {
        let mut text = String::new();
        File::open(path)?.take(most + 1).read_to_string(&mut text)?;
        match text.len() as u64 > most {
            true => Err(io::Error::other(format!("it is larger than {} KiB", most / 1024))),
            false => Ok(text),
        }
    };
    read().map(Secret::from).map_err(|error| FileError {
        path: path.display().to_string(),
        problem: format!("cannot be read: {error}"),
        source: Some(error.into()),
    })
}
