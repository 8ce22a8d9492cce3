//! Reads a document and the siblings it refers to, from a folder, a `file:` URL or an `http(s):` URL.
//!
//! Whatever is read is bounded in size, number and time, and stays inside the folder of the first
//! document unless [`ReadOptions::allow_outside`] says otherwise.

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

/// How much, how long and from where a source may be read.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// Largest single document, in bytes. Default: 10 MiB.
    pub max_bytes: usize,
    /// Largest sum of all documents of a source, in bytes. Default: 50 MiB.
    pub max_total_bytes: usize,
    /// Most documents that one source may be made of. Default: 500.
    pub max_documents: usize,
    /// Longest time over the network for a whole source, from the first connect to the last byte.
    /// Default: 60 s.
    pub timeout: Duration,
    /// Most redirects that are followed for one document. Default: 5.
    pub max_redirects: usize,
    /// Follow references that lead out of the folder of the first document. Default: no.
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

/// One document as it was read.
#[derive(Debug)]
pub struct Document {
    /// Where it was read from.
    pub location: Location,
    /// Its text.
    pub text: String,
    /// Its content.
    pub value: Value,
}

impl Document {
    /// A place in this document, with its line.
    pub fn place(&self, pointer: &str) -> Place {
        Place {
            document: self.location.to_string(),
            line: yaml::line_of(&self.text, pointer),
            pointer: pointer.to_owned(),
        }
    }
}

/// A document and all the siblings that were read because of it.
#[derive(Debug)]
pub struct Source {
    options: ReadOptions,
    documents: Vec<Rc<Document>>,
    /// The number of each document.
    numbers: HashMap<Location, usize>,
    /// Bytes read so far.
    bytes: usize,
    /// Made when the first document is read over the network.
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

    /// The first document.
    pub fn root(&self) -> Rc<Document> {
        Rc::clone(&self.documents[0])
    }

    /// The document with that number, in the order of reading.
    pub fn document(&self, index: usize) -> Rc<Document> {
        Rc::clone(&self.documents[index])
    }

    /// The number of the document at `location`, read now if it was not yet.
    pub fn load(&mut self, location: &Location) -> Result<usize, Error> {
        if let Some(known) = self.numbers.get(location) {
            return Ok(*known);
        }
        self.refuse_outside(location)?;
        self.read(location)
    }

    fn refuse_outside(&self, location: &Location) -> Result<(), Error> {
        let root = self.documents.first();
        let inside = root.is_none_or(|root| location.is_beside(&root.location));
        if inside || self.options.allow_outside {
            return Ok(());
        }
        let what = format!("`{location}` is out of the folder of the first document");
        Err(Error::new(what).mend("move the document inside, or allow it with --allow-outside"))
    }

    fn read(&mut self, location: &Location) -> Result<usize, Error> {
        if self.documents.len() == self.options.max_documents {
            return Err(Error::new(format!(
                "the source has more than {} documents",
                self.options.max_documents
            ))
            .mend("check the references for a mistake, or allow more with --max-documents"));
        }
        let (bytes, reached) =
            self.fetch(location).map_err(|error| error.in_document(location.to_string()))?;
        self.bytes += bytes.len();
        let text = String::from_utf8(bytes).map_err(|error| {
            Error::new("the document is not UTF-8 text")
                .in_document(location.to_string())
                .mend("save it as UTF-8")
                .caused_by(error.utf8_error())
        })?;
        let value = yaml::read(&text, &location.to_string())?;
        let number = self.documents.len();
        self.numbers.insert(location.clone(), number);
        self.numbers.insert(reached.clone(), number);
        self.documents.push(Rc::new(Document { location: reached, text, value }));
        Ok(number)
    }

    /// The bytes at a location, and where they were in the end: references are relative to that.
    fn fetch(&mut self, location: &Location) -> Result<(Vec<u8>, Location), Error> {
        let left = self.options.max_total_bytes.saturating_sub(self.bytes);
        if left == 0 {
            return Err(Error::new(format!(
                "the documents are larger than {} bytes in all",
                self.options.max_total_bytes
            ))
            .mend("check the references for a mistake"));
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
        self.refuse_outside(&reached)?;
        Ok((bytes, reached))
    }

    /// How many documents were read.
    #[allow(clippy::len_without_is_empty)] // There is always a first one.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// SHA-256 over every document that was read, with its name relative to the first one;
    /// the order of reading does not count.
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

/// SHA-256 of one text, written as in `openapi/sources.toml`.
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
        .mend("check that this is the right document")
}
