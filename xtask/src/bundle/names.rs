//! Names for the components of other files: readable, and the same on every run.
//!
//! A name of the root document is never changed. Any other component keeps its name only if no other
//! component claims it. If the first of several kept the name, a path inserted before the others would
//! rename their components.

use super::{Bundler, Target};
use crate::error::Error;
use crate::grammar::{Kind, is_structure};
use crate::pointer;
use crate::source::Location;

impl Bundler {
    /// Returns the name of a target among the components of its kind. A new target is queued for
    /// copying.
    pub(super) fn name_of(&mut self, kind: Kind, target: Target) -> Result<String, Error> {
        let Some(section) = kind.section() else {
            return Err(Error::new("this kind of object cannot be a component"));
        };
        if let Some(name) = self.names.get(&(section, target.clone())) {
            return Ok(name.clone());
        }
        let (root, own) = (self.source.document(0), self.source.document(target.document));
        let label = file_label(&root.location, &own.location);
        let plain = plain_name(&target.pointer, &label);
        let contested = self.contested.contains(&(section, plain.clone()));
        for name in candidates(&plain, &label).skip(usize::from(contested)) {
            let Some(holder) = self.holders.get(&(section, name.clone())).cloned() else {
                self.reserve(section, &name, target.clone());
                self.waiting.push((kind, name.clone(), target));
                return Ok(name);
            };
            if self.same(kind, &holder, &target)? {
                self.names.insert((section, target), name.clone());
                return Ok(name);
            }
            if name == plain && !self.reserved.contains(&(section, name.clone())) {
                self.contested.insert((section, name));
            }
        }
        Err(Error::new(format!("no free name was found for `{plain}`")))
    }
}

/// Returns the candidates: the name, the name prefixed with the file, then numbered names.
fn candidates(plain: &str, label: &str) -> impl Iterator<Item = String> {
    let prefixed = with_label(plain, label);
    let numbered = prefixed.clone();
    [plain.to_owned(), prefixed]
        .into_iter()
        .chain((2..10_000).map(move |n| format!("{numbered}_{n}")))
}

fn with_label(plain: &str, label: &str) -> String {
    if plain.starts_with(|first: char| first.is_ascii_uppercase()) {
        let mut letters = label.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).chain(plain.chars()).collect()
    } else {
        format!("{label}_{plain}")
    }
}

/// Returns the name for a component at a pointer: its name in the file and the names below it, otherwise
/// the last segment, otherwise the label of the file.
fn plain_name(at: &str, label: &str) -> String {
    let segments: Vec<String> = pointer::segments(at).collect();
    let words: Vec<&str> = match &segments[..] {
        [components, _, name, below @ ..] if components == "components" => std::iter::once(name)
            .chain(below.iter().filter(|s| !is_structure(s)))
            .map(String::as_str)
            .collect(),
        other => other.last().map(String::as_str).into_iter().collect(),
    };
    let name = sanitize(&words.join("_"));
    if name.is_empty() { label.to_owned() } else { name }
}

/// Returns the distinctive part of a file name: `sessions` for `openapi.sessions.yaml` next to
/// `openapi.yaml`.
fn file_label(root: &Location, own: &Location) -> String {
    let name = own.relative_to(root);
    let stem = without_extension(&name);
    let root_name = root.relative_to(root);
    let common = format!("{}.", without_extension(&root_name));
    sanitize(stem.strip_prefix(&common).unwrap_or(stem))
}

fn without_extension(name: &str) -> &str {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.trim_start_matches("../")
}

/// Replaces the characters that are not allowed in the name of a component.
fn sanitize(name: &str) -> String {
    let clean = name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_', "_");
    clean.trim_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_below_a_component_are_appended_to_its_name() {
        assert_eq!(plain_name("/components/schemas/Pet", "x"), "Pet");
        assert_eq!(plain_name("/components/schemas/Pet/properties/owner", "x"), "Pet_owner");
        assert_eq!(plain_name("/Pet", "x"), "Pet");
        assert_eq!(plain_name("", "schemas_pet"), "schemas_pet");
    }

    #[test]
    fn equal_names_are_prefixed_with_their_file() {
        assert_eq!(candidates("Pet", "dogs").nth(1).unwrap(), "DogsPet");
        assert_eq!(candidates("id", "dogs").nth(1).unwrap(), "dogs_id");
        assert_eq!(candidates("id", "dogs").nth(2).unwrap(), "dogs_id_2");
    }
}
