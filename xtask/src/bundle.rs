//! Makes one document out of many, with the same meaning.
//!
//! Whatever a reference leads to, in whichever file, becomes a component of the one document and
//! keeps its name; path items are put in place. Two things of one name stay two, each with the name of
//! its file in front; the first document's own keep theirs. Order and prose are those of the canonical files, so that a
//! refreshed bundle is a readable diff, and bundling a bundle changes nothing.

mod copy;
mod names;
mod resolve;
mod same;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use serde_json::{Map, Value};

use crate::error::Error;
use crate::grammar::{Child, Kind, reference};
use crate::openapi::{self, Version};
use crate::pointer;
use crate::source::{Document, Location, ReadOptions, Source};

/// One document made of all that its source consists of.
#[derive(Debug)]
pub struct Bundle {
    /// The document, without references to other files.
    pub document: Value,
    /// Digest of every file that was read; see [`Source::digest`].
    pub digest: String,
    /// How many files were read.
    pub files: usize,
    /// What the source announces and does not have, each with its place.
    pub warnings: Vec<String>,
}

/// Reads the document at `root` with its siblings and makes one document of them.
pub fn bundle(root: &Location, options: &ReadOptions) -> Result<Bundle, Error> {
    bundle_source(Source::open(root, options.clone())?)
}

/// Makes one document of a source that is open already.
pub fn bundle_source(source: Source) -> Result<Bundle, Error> {
    let root = source.root();
    let version = openapi::version(&root.value)
        .map_err(|error| error.in_document(root.location.to_string()))?;
    let mut bundler = Bundler::new(source, version);
    let document = bundler.run(&root)?;
    let (digest, files) = (bundler.source.digest(), bundler.source.len());
    Ok(Bundle { document, digest, files, warnings: bundler.warnings })
}

/// A value inside one of the documents, after every chain of references was followed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Target {
    /// Number of the document.
    document: usize,
    /// JSON pointer in it.
    pointer: String,
}

type Section = &'static str;

struct Bundler {
    source: Source,
    version: Version,
    /// What each reference led to, for each document.
    resolved: Vec<HashMap<String, Target>>,
    /// The name that a target has in a section of the bundle.
    names: HashMap<(Section, Target), String>,
    /// The target that holds a name in a section of the bundle.
    holders: HashMap<(Section, String), Target>,
    /// Names that the first document has itself.
    reserved: HashSet<(Section, String)>,
    /// Plain names that several targets of other documents would have; none of them gets it.
    contested: HashSet<(Section, String)>,
    /// Named targets whose content is still to be copied, in the order in which they were met.
    waiting: Vec<(Kind, String, Target)>,
    /// Path items that are being put in place, outermost first.
    open_items: Vec<Target>,
    warnings: Vec<String>,
}

impl Bundler {
    fn new(source: Source, version: Version) -> Self {
        Self {
            source,
            version,
            resolved: Vec::new(),
            names: HashMap::new(),
            holders: HashMap::new(),
            reserved: HashSet::new(),
            contested: HashSet::new(),
            waiting: Vec::new(),
            open_items: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The bundle; begun anew when names turn out to be contested, which is known at the end only.
    fn run(&mut self, root: &Rc<Document>) -> Result<Value, Error> {
        loop {
            let known = self.contested.len();
            let document = self.attempt(root)?;
            if self.contested.len() == known {
                return Ok(document);
            }
            self.names.clear();
            self.holders.clear();
            self.waiting.clear();
            self.warnings.clear();
        }
    }

    fn attempt(&mut self, root: &Rc<Document>) -> Result<Value, Error> {
        self.reserve_root_names(root)?;
        self.reserved = self.holders.keys().cloned().collect();
        let mut document = self.copy(0, &root.value, Kind::Document, &mut String::new())?;
        let mut next = 0;
        while let Some((kind, name, target)) = self.waiting.get(next).cloned() {
            next += 1;
            let content = self.copy_target(&target, kind)?;
            if let Some(section) = kind.section() {
                section_mut(&mut document, section)?.insert(name, content);
            }
        }
        Ok(document)
    }

    /// Gives the components of the first document the names they have there, before anything else
    /// can take them. What such a component refers to is known by that name too.
    fn reserve_root_names(&mut self, root: &Rc<Document>) -> Result<(), Error> {
        let Some(components) = root.value.get("components").and_then(Value::as_object) else {
            return Ok(());
        };
        let mut aliases = Vec::new();
        for (key, entries) in components {
            let Child::Map(kind) = Kind::Components.child(key) else { continue };
            let (Some(section), Some(entries)) = (kind.section(), entries.as_object()) else {
                continue;
            };
            for (name, entry) in entries {
                let at = pointer::join(&format!("/components/{key}"), name);
                if self.is_bare_reference(entry) {
                    aliases.push((section, name, reference(entry).unwrap_or_default(), at));
                } else {
                    self.reserve(section, name, Target { document: 0, pointer: at });
                }
            }
        }
        for (section, name, to, at) in aliases {
            let target = self.resolve(0, to).map_err(|error| error.at(root.place(&at)))?;
            if self.names.contains_key(&(section, target.clone())) {
                self.holders.insert((section, name.clone()), target);
            } else {
                self.reserve(section, name, target);
            }
        }
        Ok(())
    }

    fn reserve(&mut self, section: Section, name: &str, target: Target) {
        self.names.insert((section, target.clone()), name.to_owned());
        self.holders.insert((section, name.to_owned()), target);
    }
}

/// The section of the components, made if it is not there.
fn section_mut<'a>(
    document: &'a mut Value,
    section: &str,
) -> Result<&'a mut Map<String, Value>, Error> {
    let unusable = || Error::new("the components of the document are not a map");
    let components = document
        .as_object_mut()
        .ok_or_else(unusable)?
        .entry("components")
        .or_insert_with(|| Value::Object(Map::new()));
    components
        .as_object_mut()
        .ok_or_else(unusable)?
        .entry(section)
        .or_insert_with(|| Value::Object(Map::new()))
        .as_object_mut()
        .ok_or_else(unusable)
}
