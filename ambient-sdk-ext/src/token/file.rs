//! Token files that other programs renew: mounted secrets, and the command-line client's
//! configuration.

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

/// The interval at which a file is checked for changes.
const CHECK: Duration = Duration::from_secs(10);
/// The maximum size of the file, in bytes.
pub(crate) const MAX_BYTES: u64 = 256 * 1024;

/// A file that contains a token and is read again when it changes.
///
/// The file is checked at most every ten seconds, and after each 401. Symbolic links are followed,
/// so that mounted secrets work, which are replaced as a whole. If a changed file cannot be read,
/// the last token stays in use, and a 401 then fails with the reason.
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

/// The result of the last read.
#[derive(Clone, Debug)]
struct Read_ {
    token: Token,
    version: Option<(SystemTime, u64)>,
    checked: Instant,
}

/// The reason why a file has no usable token.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {problem}")]
pub(crate) struct FileError {
    path: String,
    problem: String,
    source: Option<BoxError>,
}

impl TokenFile {
    /// Creates a source from a file that contains only a token. Surrounding white space is ignored.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), format: Format::Text, read: Mutex::default() }
    }

    /// Creates a source from the command-line client's configuration, whose field `access_token` is
    /// used.
    pub fn cli_config(path: impl Into<PathBuf>) -> Self {
        Self { format: Format::CliConfig, ..Self::new(path) }
    }

    /// Returns the token that the file currently contains.
    pub(crate) fn read(&self) -> Result<Token, FileError> {
        // The version is read first, so that the next check detects a change during the read.
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

    /// Returns the last token if the file cannot have changed.
    fn unchanged(&self) -> Option<Token> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let read = read.as_mut()?;
        if read.checked.elapsed() >= CHECK {
            read.checked = Instant::now();
            // The file is read again only if it exists and has another version.
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

/// Returns the modification time and size, which identify the content without reading it.
fn version(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Reads a file of at most `most` bytes.
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
