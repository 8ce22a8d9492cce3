//! Bundles the files of a document into one document with the same meaning.
//!
//! The target of each reference, in any file, becomes a component of the bundle and keeps its name; path
//! items are inlined. If two components have the same name, each is prefixed with the name of its file,
//! except those of the first document. Order and descriptions are those of the canonical files, so that
//! a refreshed bundle is a readable diff. Bundling a bundle changes nothing.

mod copy;
mod names;
mod origin;
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

pub use origin::Origin;

/// A document that contains all files of its source.
#[derive(Debug)]
pub struct Bundle {
    /// The document, without references to other files.
    pub document: Value,
    /// The digest of all files; see [`Source::digest`].
    pub digest: String,
    /// The number of files.
    pub files: usize,
    /// References to path items that do not exist, each with its place.
    pub warnings: Vec<String>,
    /// The canonical place of each part.
    pub origin: Origin,
}

/// Reads the document at `root` and the files that it refers to, and bundles them.
pub fn bundle(root: &Location, options: &ReadOptions) -> Result<Bundle, Error> {
    bundle_source(Source::open(root, options.clone())?)
}

/// Bundles an open source.
pub fn bundle_source(source: Source) -> Result<Bundle, Error> {
    let root = source.root();
    let version = openapi::version(&root.value)
        .map_err(|error| error.located(|pointer| root.place(pointer)))?;
    let mut bundler = Bundler::new(source, version);
    let document = bundler.run(&root)?;
    let (digest, files) = (bundler.source.digest(), bundler.source.len());
    let warnings = std::mem::take(&mut bundler.warnings);
    Ok(Bundle { document, digest, files, warnings, origin: Origin::of(bundler) })
}

/// A value in one of the documents, after all references are resolved.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Target {
    /// The index of the document.
    document: usize,
    /// The JSON pointer in the document.
    pointer: String,
}

type Section = &'static str;

#[derive(Debug)]
struct Bundler {
    source: Source,
    version: Version,
    /// The target of each reference, for each document.
    resolved: Vec<HashMap<String, Target>>,
    /// The name of each target in a section of the bundle.
    names: HashMap<(Section, Target), String>,
    /// The target of each name in a section of the bundle.
    holders: HashMap<(Section, String), Target>,
    /// The names that the first document defines.
    reserved: HashSet<(Section, String)>,
    /// Names that several targets of other documents have in their files. No target gets such a name
    /// without a prefix.
    contested: HashSet<(Section, String)>,
    /// Named targets whose content is not copied yet, in the order of discovery.
    waiting: Vec<(Kind, String, Target)>,
    /// The path items that are being inlined, outermost first.
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

    /// Builds the bundle. It starts again if several targets claim one name, which is known only at the
    /// end.
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

    /// Assigns the names of the first document's components before any other target can get them. If
    /// such a component is a reference, its target gets the same name.
    fn reserve_root_names(&mut self, root: &Rc<Document>) -> Result<(), Error> {
        let Some(components) = root.value.get("components") else { return Ok(()) };
        let components = self.whole(Spread::of(0, components, "/components"))?;
        let mut aliases = Vec::new();
        for (key, entries) in components.entries() {
            let Child::Map(kind) = Kind::Components.child(key) else { continue };
            let Some(section) = kind.section() else { continue };
            let at = pointer::join(&components.at, key);
            let entries = self.whole(Spread::of(components.document, entries, &at))?;
            for (name, entry) in entries.entries() {
                let at = pointer::join(&entries.at, name);
                let target = Target { document: entries.document, pointer: at };
                if self.is_bare_reference(entry) {
                    let to = reference(entry).unwrap_or_default().to_owned();
                    aliases.push((section, name.clone(), to, target));
                } else {
                    self.reserve(section, name, target);
                }
            }
        }
        for (section, name, to, Target { document, pointer }) in aliases {
            let place = || self.source.document(document).place(&pointer);
            let place = place();
            let target = self.resolve(document, &to).map_err(|error| error.at(place))?;
            if self.names.contains_key(&(section, target.clone())) {
                self.holders.insert((section, name), target);
            } else {
                self.reserve(section, &name, target);
            }
        }
        Ok(())
    }

    /// Returns the map, or the target if the whole map is a reference.
    fn whole(&mut self, map: Spread) -> Result<Spread, Error> {
        let Some(to) = reference(&map.value) else { return Ok(map) };
        let place = self.source.document(map.document).place(&map.at);
        if map.entries().count() > 1 {
            return Err(Error::new("the map contains both `$ref` and other entries")
                .at(place)
                .with_help("keep one of them"));
        }
        let target = self.resolve(map.document, to).map_err(|error| error.at(place.clone()))?;
        let document = self.source.document(target.document);
        match document.value.pointer(&target.pointer).filter(|value| value.is_object()) {
            Some(value) => Ok(Spread::of(target.document, value, &target.pointer)),
            None => Err(Error::new(format!("the target of the reference `{to}` is not a map"))
                .at(place)
                .with_help("refer to a map from names to entries")),
        }
    }

    fn reserve(&mut self, section: Section, name: &str, target: Target) {
        self.names.insert((section, target.clone()), name.to_owned());
        self.holders.insert((section, name.to_owned()), target);
    }
}

/// A map of a document, with its place.
#[derive(Debug)]
struct Spread {
    document: usize,
    at: String,
    value: Value,
}

impl Spread {
    fn of(document: usize, value: &Value, at: &str) -> Self {
        Self { document, at: at.to_owned(), value: value.clone() }
    }

    fn entries(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.value.as_object().into_iter().flatten()
    }
}

/// Returns the section of the components, which is created if it is missing.
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
