//! Resolves references, across files, escapes and chains of references.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{Bundler, Target};
use crate::error::Error;
use crate::grammar::reference;
use crate::openapi::Version;
use crate::pointer;

/// The maximum number of references that the segments of one pointer may cross.
const MAX_CROSSINGS: usize = 64;

/// The remedy for a reference to a name.
const AS_POINTER: &str = "write the reference as a JSON pointer, such as #/components/schemas/Name";

impl Bundler {
    /// Returns the value that `to` refers to in document `from`, after all chains of references.
    pub(super) fn resolve(&mut self, from: usize, to: &str) -> Result<Target, Error> {
        if let Some(target) = self.resolved.get(from).and_then(|known| known.get(to)) {
            return Ok(target.clone());
        }
        let target = self.follow(from, to)?;
        if self.resolved.len() <= from {
            self.resolved.resize_with(from + 1, HashMap::new);
        }
        self.resolved[from].insert(to.to_owned(), target.clone());
        Ok(target)
    }

    fn follow(&mut self, from: usize, to: &str) -> Result<Target, Error> {
        let mut target = self.locate(from, to, MAX_CROSSINGS)?;
        let mut seen = vec![target.clone()];
        loop {
            let document = self.source.document(target.document);
            let node = document.value.pointer(&target.pointer);
            let Some(next) = node.filter(|n| self.is_bare_reference(n)).and_then(reference) else {
                return Ok(target);
            };
            target = self
                .locate(target.document, next, MAX_CROSSINGS)
                .map_err(|error| error.at(document.place(&seen[seen.len() - 1].pointer)))?;
            if seen.contains(&target) {
                return Err(Error::new(format!("the reference `{to}` is circular"))
                    .with_help("change one of the references to refer to a value"));
            }
            seen.push(target.clone());
        }
    }

    /// Returns whether a value is a reference and its other keywords are ignored.
    ///
    /// OpenAPI 3.0 ignores keywords next to `$ref`. From 3.1 on they have a meaning in schemas.
    pub(super) fn is_bare_reference(&self, value: &Value) -> bool {
        reference(value).is_some()
            && (self.version == Version::V3_0
                || value.as_object().is_some_and(|map| map.len() == 1))
    }

    /// Returns the target of a fragment inside a document, across references. The target may be a
    /// reference itself.
    pub(super) fn locate_pointer(&mut self, from: usize, to: &str) -> Result<Target, Error> {
        self.locate(from, to, MAX_CROSSINGS)
    }

    /// Returns the value that `to` refers to, which may be a reference itself.
    fn locate(&mut self, from: usize, to: &str, crossings: usize) -> Result<Target, Error> {
        let (file, fragment) = to.split_once('#').unwrap_or((to, ""));
        let document = if file.is_empty() {
            from
        } else {
            let location = self.source.document(from).location.join(file)?;
            self.source.load(&location).map_err(|error| {
                if has_id(&self.source.document(from).value, file) {
                    return Error::new(format!("`{to}` names an `$id`, which cannot be followed"))
                        .with_help(AS_POINTER);
                }
                Error::new(format!("the reference `{to}` cannot be followed")).caused_by(error)
            })?
        };
        let fragment = percent_decode_str(fragment).decode_utf8_lossy();
        if !fragment.is_empty() && !fragment.starts_with('/') {
            return Err(Error::new(format!("`{to}` names an anchor, which cannot be followed"))
                .with_help(AS_POINTER));
        }
        self.descend(document, &fragment, to, crossings)
    }

    /// Resolves a pointer, across references in its path.
    fn descend(
        &mut self,
        document: usize,
        fragment: &str,
        to: &str,
        crossings: usize,
    ) -> Result<Target, Error> {
        let holder = self.source.document(document);
        let mut node = &holder.value;
        let mut at = String::new();
        let segments: Vec<String> = pointer::segments(fragment).collect();
        for (index, segment) in segments.iter().enumerate() {
            if let Some(child) = pointer::step(node, segment) {
                node = child;
                at = pointer::join(&at, segment);
                continue;
            }
            let Some(next) = reference(node).filter(|_| crossings > 0) else {
                return Err(dangling(to, &at, segment, node));
            };
            let through = self.locate(document, next, crossings - 1)?;
            let rest = segments[index..].iter().fold(through.pointer, |p, s| pointer::join(&p, s));
            return self.descend(through.document, &rest, to, crossings - 1);
        }
        Ok(Target { document, pointer: at })
    }
}

/// Returns whether a part of a document has this `$id`, or one that ends with this file.
fn has_id(value: &Value, file: &str) -> bool {
    match value {
        Value::Object(map) => {
            let id = map.get("$id").and_then(Value::as_str).unwrap_or_default();
            let names = |id: &str| {
                id.strip_suffix(file).is_some_and(|base| base.is_empty() || base.ends_with('/'))
            };
            names(id) || map.values().any(|value| has_id(value, file))
        }
        Value::Array(list) => list.iter().any(|value| has_id(value, file)),
        _ => false,
    }
}

fn dangling(to: &str, at: &str, segment: &str, node: &Value) -> Error {
    let place = if at.is_empty() { "the document".to_owned() } else { format!("#{at}") };
    let in_schema = (segment == "$defs" && at.is_empty()).then(|| {
        "write the whole pointer, such as #/components/schemas/Name/$defs/Other".to_owned()
    });
    let near = node
        .as_object()
        .and_then(|map| map.keys().find(|key| key.eq_ignore_ascii_case(segment)))
        .map(|key| format!("did you mean `{key}`?"));
    Error::new(format!("the reference `{to}` has no target: {place} has no `{segment}`"))
        .dangling()
        .with_help(
            near.or(in_schema)
                .unwrap_or_else(|| "correct the reference or add its target".to_owned()),
        )
}
