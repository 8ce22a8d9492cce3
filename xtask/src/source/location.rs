//! The location of a document: a file or an `http(s):` URL, to which relative references are joined.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use crate::error::Error;

/// The names of the root document in a folder.
const ROOT_NAMES: [&str; 3] = ["openapi.yaml", "openapi.yml", "openapi.json"];

/// The location of a document.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Location(Url);

impl Location {
    /// Parses a path, a folder with an `openapi.yaml`, or a `file:`, `http:` or `https:` URL.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Self(url)),
            Ok(url) if url.scheme() == "file" => match url.to_file_path() {
                Ok(path) => Self::from_path(&path),
                Err(()) => Err(Error::new(format!("`{text}` is not the URL of a local file"))
                    .with_help("write it as file:///path/to/openapi.yaml")),
            },
            Ok(url) if text.contains("://") => {
                Err(Error::new(format!("the scheme `{}` is not supported", url.scheme()))
                    .with_help("pass a path, or a file:, http: or https: URL"))
            }
            _ => Self::from_path(Path::new(text)),
        }
    }

    /// Returns the location of a file, or of the root document in a folder.
    pub fn from_path(path: &Path) -> Result<Self, Error> {
        let unreadable = |error: std::io::Error| {
            Error::new("the document cannot be read")
                .in_document(path.display().to_string())
                .with_help("check the path")
                .unreachable()
                .caused_by(error)
        };
        let mut path = path.canonicalize().map_err(unreadable)?;
        if path.is_dir() {
            let root = ROOT_NAMES.iter().map(|name| path.join(name)).find(|path| path.is_file());
            path = root.ok_or_else(|| {
                Error::new("the folder contains no openapi.yaml")
                    .in_document(path.display().to_string())
                    .with_help("pass the path of the root document")
            })?;
        }
        Url::from_file_path(&path)
            .map(Self)
            .map_err(|()| Error::new(format!("`{}` is not an absolute path", path.display())))
    }

    /// Resolves `reference`, without fragment, relative to this document.
    pub fn join(&self, reference: &str) -> Result<Self, Error> {
        self.0.join(reference).map(Self).map_err(|error| {
            Error::new(format!("`{reference}` is not a valid reference")).caused_by(error)
        })
    }

    /// Returns whether this location is in the folder of `root` or below; symbolic links are followed.
    pub fn is_beside(&self, root: &Location) -> bool {
        match (self.to_file_path(), root.to_file_path()) {
            (Some(path), Some(root)) => {
                let path = path.canonicalize().unwrap_or(path);
                root.parent().is_some_and(|folder| path.starts_with(folder))
            }
            (None, None) => {
                self.0.origin() == root.0.origin() && self.0.path().starts_with(root.folder())
            }
            _ => false,
        }
    }

    /// Returns this location relative to the folder of `root`, or the file name if it is elsewhere.
    pub fn relative_to(&self, root: &Location) -> String {
        root.0
            .make_relative(&self.0)
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| self.0.path().rsplit('/').next().unwrap_or_default().to_owned())
    }

    /// Returns the path; `None` if this is not a local file.
    pub fn to_file_path(&self) -> Option<PathBuf> {
        (self.0.scheme() == "file").then(|| self.0.to_file_path().ok()).flatten()
    }

    /// Creates a location from a URL after redirects.
    pub(super) fn reached(url: Url) -> Self {
        Self(url)
    }

    /// Returns the URL; `file:` for local files.
    pub fn url(&self) -> &Url {
        &self.0
    }

    fn folder(&self) -> &str {
        let path = self.0.path();
        &path[..path.rfind('/').map_or(0, |slash| slash + 1)]
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(path) = self.to_file_path() else { return f.write_str(self.0.as_str()) };
        let here = std::env::current_dir().ok();
        let short = here.as_deref().and_then(|here| path.strip_prefix(here).ok()).unwrap_or(&path);
        write!(f, "{}", short.display())
    }
}
