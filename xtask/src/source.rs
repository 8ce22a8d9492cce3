//! Reads a document and the files that it refers to, from a folder, a `file:` URL or an `http(s):` URL.
//!
//! Size, number and time are limited. Files outside the folder of the first document are rejected unless
//! [`ReadOptions::allow_outside`] is set.

mod file;
mod http;
mod location;

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::{Error, Place};
use crate::yaml;

pub(crate) use http::Network;
pub use location::Location;

/// The limits for reading a source.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// Maximum size of a document, in bytes. Default: 10 MiB.
    pub max_bytes: usize,
    /// Maximum total size of all documents of a source, in bytes. Default: 50 MiB.
    pub max_total_bytes: usize,
    /// Maximum number of documents of a source. Default: 500.
    pub max_documents: usize,
    /// Maximum time to read a source over the network, from the first connection to the last byte.
    /// Default: 60 s.
    pub timeout: Duration,
    /// Maximum number of redirects for a document. Default: 5.
    pub max_redirects: usize,
    /// Allow references to files outside the folder of the first document. Default: false.
    pub allow_outside: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            max_bytes: 10 * 1024 * 1024,
            max_total_bytes: 50 * 1024 * 1024,
            max_documents: 500,
            timeout: Duration::from_secs(60),
            max_redirects: 5,
            allow_outside: false,
        }
    }
}

/// A document.
#[derive(Debug)]
pub struct Document {
    /// The location, after redirects.
    pub location: Location,
    /// The text.
    pub text: String,
    /// The parsed content.
    pub value: Value,
}

impl Document {
    /// Returns a place in this document, with its line.
    pub fn place(&self, pointer: &str) -> Place {
        Place {
            document: self.location.to_string(),
            line: yaml::line_of(&self.text, pointer),
            pointer: pointer.to_owned(),
        }
    }
}

/// A document and the files that it refers to, read on demand.
#[derive(Debug)]
pub struct Source {
    options: ReadOptions,
    documents: Vec<Rc<Document>>,
    /// The index of each document.
    numbers: HashMap<Location, usize>,
    /// The number of bytes read so far.
    bytes: usize,
    /// Created for the first document that is read over the network.
    network: Option<Network>,
}

impl Source {
    /// Reads the first document.
    pub fn open(root: &Location, options: ReadOptions) -> Result<Self, Error> {
        let mut source = Self {
            options,
            documents: Vec::new(),
            numbers: HashMap::new(),
            bytes: 0,
            network: None,
        };
        source.read(root)?;
        Ok(source)
    }

    /// Returns the first document.
    pub fn root(&self) -> Rc<Document> {
        Rc::clone(&self.documents[0])
    }

    /// Returns the document with this index, in the order of reading.
    pub fn document(&self, index: usize) -> Rc<Document> {
        Rc::clone(&self.documents[index])
    }

    /// Returns the index of the document at `location`, and reads it if necessary.
    pub fn load(&mut self, location: &Location) -> Result<usize, Error> {
        if let Some(known) = self.numbers.get(location) {
            return Ok(*known);
        }
        self.reject_outside(location)?;
        self.read(location)
    }

    fn reject_outside(&self, location: &Location) -> Result<(), Error> {
        let root = self.documents.first();
        let inside = root.is_none_or(|root| location.is_beside(&root.location));
        if inside || self.options.allow_outside {
            return Ok(());
        }
        let what = format!("`{location}` is outside the folder of the first document");
        Err(Error::new(what)
            .with_help("move the document into the folder, or pass --allow-outside"))
    }

    fn read(&mut self, location: &Location) -> Result<usize, Error> {
        if self.documents.len() == self.options.max_documents {
            return Err(Error::new(format!(
                "the source has more than {} documents",
                self.options.max_documents
            ))
            .with_help("check the references for a mistake, or allow more with --max-documents"));
        }
        let (bytes, reached) =
            self.fetch(location).map_err(|error| error.in_document(location.to_string()))?;
        self.bytes += bytes.len();
        let text = String::from_utf8(bytes).map_err(|error| {
            Error::new("the document is not UTF-8 text")
                .in_document(location.to_string())
                .with_help("save it as UTF-8")
                .caused_by(error.utf8_error())
        })?;
        let value = yaml::read(&text, &location.to_string())?;
        let number = self.documents.len();
        self.numbers.insert(location.clone(), number);
        self.numbers.insert(reached.clone(), number);
        self.documents.push(Rc::new(Document { location: reached, text, value }));
        Ok(number)
    }

    /// Reads the bytes at a location. Returns also the location after redirects, the base of references.
    fn fetch(&mut self, location: &Location) -> Result<(Vec<u8>, Location), Error> {
        let left = self.options.max_total_bytes.saturating_sub(self.bytes);
        if left == 0 {
            return Err(Error::new(format!(
                "the documents are larger than {} bytes in total",
                self.options.max_total_bytes
            ))
            .with_help("check the references"));
        }
        let max_bytes = self.options.max_bytes.min(left);
        if let Some(path) = location.to_file_path() {
            return Ok((file::read(&path, max_bytes)?, location.clone()));
        }
        let network = match self.network.take() {
            Some(network) => network,
            None => Network::open(location.url(), &self.options)?,
        };
        let (bytes, end) = self.network.insert(network).get(location.url(), None, max_bytes)?;
        let reached = Location::reached(end);
        self.reject_outside(&reached)?;
        Ok((bytes, reached))
    }

    /// Returns the number of documents read so far.
    #[allow(clippy::len_without_is_empty)] // The first document always exists.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Returns the SHA-256 digest of all documents and their names relative to the first one. It does not
    /// depend on the order of reading.
    pub fn digest(&self) -> String {
        let root = &self.documents[0].location;
        let mut parts: Vec<(String, &str)> = self
            .documents
            .iter()
            .map(|d| (d.location.relative_to(root), d.text.as_str()))
            .collect();
        parts.sort();
        let mut hasher = Sha256::new();
        for (name, text) in parts {
            for part in [name.as_str(), text] {
                hasher.update((part.len() as u64).to_be_bytes());
                hasher.update(part.as_bytes());
            }
        }
        format_digest(hasher)
    }
}

/// Returns the SHA-256 digest of a text, in the form of `openapi/sources.toml`.
pub fn digest_of(text: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(text.as_bytes());
    format_digest(hasher)
}

pub(crate) fn format_digest(hasher: Sha256) -> String {
    use std::fmt::Write as _;
    hasher.finalize().iter().fold(String::from("sha256:"), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn too_large(limit: usize) -> Error {
    Error::new(format!("the document is larger than {limit} bytes"))
        .with_help("check that this is the right document")
}
