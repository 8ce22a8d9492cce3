//! Finds the file and line of a pointer into a bundled document.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::git::Export;
use crate::grammar::reference;
use crate::pointer::{join, segments, step};
use crate::source::{Location, ReadOptions, Source};
use crate::yaml;

/// The location of a document.
#[derive(Debug)]
pub struct Origin {
    root: Location,
    /// The exported files, if the document was read from a git revision.
    export: Option<Export>,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The file, relative to the current folder if it is inside.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
}

impl Origin {
    /// Creates the origin of a document on disk; `None` for a document on the network.
    pub(super) fn at(location: &Location) -> Option<Self> {
        location.to_file_path().map(|_| Self { root: location.clone(), export: None })
    }

    pub(super) fn exported(export: Export) -> Option<Self> {
        let root = Location::from_path(&export.root).ok()?;
        Some(Self { root, export: Some(export) })
    }

    /// Returns the lines of pointers into the bundle. For a value that does not exist, the line of the
    /// nearest existing parent. `None` if the files can no longer be read.
    pub fn lines(&self, pointers: &[&str]) -> Vec<Option<Line>> {
        let Some(mut files) = Files::open(&self.root) else { return vec![None; pointers.len()] };
        pointers.iter().map(|pointer| self.line(&mut files, pointer)).collect()
    }

    fn line(&self, files: &mut Files, pointer: &str) -> Option<Line> {
        let found = files.find(pointer);
        let document = files.source.document(found.document);
        let path = document.location.to_file_path()?;
        let path = match &self.export {
            Some(export) => export.in_work_tree(&path)?,
            None => path,
        };
        let line = yaml::line_of(&document.text, &found.pointer).unwrap_or(1);
        Some(Line { file: shown(&path), line })
    }
}

/// Formats a path for a workflow: relative to the current folder.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir()
        .and_then(|here| here.canonicalize())
        .unwrap_or_else(|_| PathBuf::new());
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// The files of a document.
struct Files {
    source: Source,
}

/// A value in one of the files.
#[derive(Clone)]
struct Found {
    document: usize,
    pointer: String,
}

impl Files {
    fn open(root: &Location) -> Option<Self> {
        let source = Source::open(root, ReadOptions { allow_outside: true, ..Default::default() });
        let mut files = Self { source: source.ok()? };
        files.load_all();
        Some(files)
    }

    /// Loads every file that is referred to. Files that cannot be loaded are skipped.
    fn load_all(&mut self) {
        let mut next = 0;
        while next < self.source.len() {
            let document = self.source.document(next);
            let mut open = vec![&document.value];
            while let Some(value) = open.pop() {
                if let Some((file, _)) = reference(value).map(split)
                    && !file.is_empty()
                    && let Ok(location) = document.location.join(file)
                {
                    let _ = self.source.load(&location);
                }
                match value {
                    Value::Array(items) => open.extend(items),
                    Value::Object(members) => open.extend(members.values()),
                    _ => {}
                }
            }
            next += 1;
        }
    }

    /// Follows a pointer into the bundle through the files, as far as the values exist.
    fn find(&mut self, pointer: &str) -> Found {
        let segments: Vec<String> = segments(pointer).collect();
        let (mut here, mut rest) = self.start(&segments);
        while let Some((segment, left)) = rest.split_first() {
            // Bundling may have replaced a reference by its target, so references are followed at each step.
            here = self.follow(here);
            let document = self.source.document(here.document);
            let value = document.value.pointer(&here.pointer);
            if value.and_then(|value| step(value, segment)).is_none() {
                break;
            }
            here.pointer = join(&here.pointer, segment);
            rest = left;
        }
        here
    }

    /// Returns the start of the search: bundling may have moved a component from another file.
    fn start<'s>(&self, segments: &'s [String]) -> (Found, &'s [String]) {
        let root = Found { document: 0, pointer: String::new() };
        let [first, section, name, rest @ ..] = segments else { return (root, segments) };
        if first != "components" {
            return (root, segments);
        }
        let pointer = join(&join("/components", section), name);
        let short = join("", name);
        let places = [&pointer, &short]
            .into_iter()
            .flat_map(|pointer| (0..self.source.len()).map(move |document| (document, pointer)));
        let mut found = places.filter(|(document, pointer)| {
            self.source.document(*document).value.pointer(pointer).is_some()
        });
        match found.next() {
            Some((document, pointer)) => (Found { document, pointer: pointer.clone() }, rest),
            None => (root, segments),
        }
    }

    /// Follows references from a place. A reference without a target is not followed.
    fn follow(&mut self, start: Found) -> Found {
        const LONGEST: usize = 100;
        let mut here = start;
        for _ in 0..LONGEST {
            let document = self.source.document(here.document);
            let value = document.value.pointer(&here.pointer);
            let Some((file, pointer)) = value.and_then(reference).map(split) else { break };
            let number = if file.is_empty() {
                Some(here.document)
            } else {
                let location = document.location.join(file).ok();
                location.and_then(|location| self.source.load(&location).ok())
            };
            let Some(number) = number else { break };
            if self.source.document(number).value.pointer(pointer).is_none() {
                break;
            }
            here = Found { document: number, pointer: pointer.to_owned() };
        }
        here
    }
}

/// Splits a reference into file and pointer.
fn split(target: &str) -> (&str, &str) {
    target.split_once('#').unwrap_or((target, ""))
}
