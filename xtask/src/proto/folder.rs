//! Reads the protobuf files of a folder, on disk or from GitHub's API.

use std::path::Path;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::error::Error;
use crate::source::{Network, ReadOptions, format_digest};

/// The extension of protobuf files.
const END: &str = ".proto";

/// One protobuf file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtoFile {
    /// The name in the folder.
    pub name: String,
    /// The text.
    pub text: String,
}

/// The protobuf files of a folder, in the order of their names.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The location, for messages.
    pub shown: String,
    /// The files.
    pub files: Vec<ProtoFile>,
}

/// An entry of a folder in a response of GitHub's `contents` API.
#[derive(Deserialize)]
struct Listed {
    name: String,
    download_url: Option<String>,
}

impl Folder {
    /// Reads the folder at a path, or at a URL of GitHub's `contents` API.
    ///
    /// # Errors
    /// If the folder can't be read, contains no protobuf file, or exceeds the limits.
    pub fn read(location: &str, options: &ReadOptions) -> Result<Self, Error> {
        let files = match Url::parse(location) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => listed(&url, options),
            Ok(url) if url.scheme() == "file" => match url.to_file_path() {
                Ok(path) => on_disk(&path, options),
                Err(()) => Err(Error::new("the URL is not that of a local folder")),
            },
            _ => on_disk(Path::new(location), options),
        };
        let mut files = files.map_err(|error| error.in_document(location))?;
        if files.is_empty() {
            return Err(Error::new("the folder contains no protobuf files")
                .in_document(location)
                .with_help("pass the folder with the .proto files of a package"));
        }
        files.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Self { shown: location.to_owned(), files })
    }

    /// Returns the SHA-256 digest of names and texts.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        for part in self.files.iter().flat_map(|file| [&file.name, &file.text]) {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        format_digest(hasher)
    }
}

fn on_disk(path: &Path, options: &ReadOptions) -> Result<Vec<ProtoFile>, Error> {
    let unreadable = |error: std::io::Error| {
        Error::new("the folder of protobuf files cannot be read")
            .with_help("check the path")
            .unreachable()
            .caused_by(error)
    };
    let mut bounds = Bounds::new(options);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(END) {
            bounds.one_more()?;
            let bytes = std::fs::read(entry.path()).map_err(unreadable)?;
            bounds.take(bytes.len())?;
            files.push(ProtoFile { text: utf8(bytes, &name)?, name });
        }
    }
    Ok(files)
}

fn listed(url: &Url, options: &ReadOptions) -> Result<Vec<ProtoFile>, Error> {
    let network = Network::open(url, options)?;
    let mut bounds = Bounds::new(options);
    let (answer, _) = network.get(url, Some("application/json"), bounds.left())?;
    let listed: Vec<Listed> = serde_json::from_slice(&answer).map_err(|error| {
        Error::new("the response is not a list of a folder from GitHub's API")
            .with_help("pass the folder as https://api.github.com/repos/OWNER/NAME/contents/FOLDER?ref=REVISION")
            .caused_by(error)
    })?;
    let mut files = Vec::new();
    for Listed { name, download_url } in listed {
        let Some(place) = download_url.filter(|_| name.ends_with(END)) else { continue };
        let place = Url::parse(&place).map_err(|error| {
            Error::new("the list has an invalid URL").in_document(&place).caused_by(error)
        })?;
        if url.scheme() == "https" && place.scheme() != "https" {
            return Err(
                Error::new("the list redirects from https to http").in_document(place.as_str())
            );
        }
        bounds.one_more()?;
        let (bytes, _) = network
            .get(&place, None, bounds.left())
            .map_err(|error| error.in_document(place.as_str()))?;
        bounds.take(bytes.len())?;
        files.push(ProtoFile { text: utf8(bytes, &name)?, name });
    }
    Ok(files)
}

fn utf8(bytes: Vec<u8>, name: &str) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|error| {
        Error::new("the file is not UTF-8 text")
            .in_document(name)
            .with_help("save it as UTF-8")
            .caused_by(error.utf8_error())
    })
}

/// The remaining limits.
struct Bounds<'o> {
    options: &'o ReadOptions,
    files: usize,
    bytes: usize,
}

impl<'o> Bounds<'o> {
    fn new(options: &'o ReadOptions) -> Self {
        Self { options, files: 0, bytes: 0 }
    }

    fn left(&self) -> usize {
        self.options.max_bytes.min(self.options.max_total_bytes.saturating_sub(self.bytes))
    }

    fn one_more(&mut self) -> Result<(), Error> {
        self.files += 1;
        match self.files > self.options.max_documents {
            true => Err(Error::new(format!(
                "the folder has more than {} protobuf files",
                self.options.max_documents
            ))
            .with_help("check the location")),
            false => Ok(()),
        }
    }

    fn take(&mut self, bytes: usize) -> Result<(), Error> {
        if bytes > self.left() {
            return Err(
                Error::new("the protobuf files are too large").with_help("check the location")
            );
        }
        self.bytes += bytes;
        Ok(())
    }
}
