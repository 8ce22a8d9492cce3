//! Compares public items by the rules of Cargo's semver guide.

use serde::{Deserialize, Serialize};

use super::items::{Items, PublicItem, Sort};
use crate::drift::verdict::Source;

const LITERALS_ONLY: &str =
    "breaks struct literals and exhaustive patterns; builders are unaffected";

/// An added, removed or changed public item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// The path inside the generated module, for example `types::Session::phase`. An implemented trait
    /// follows a colon, for example `types::Session: Default`.
    pub item: String,
    /// The type or signature in the base; `None` if it was added, empty if it has none.
    pub before: Option<String>,
    /// The type or signature in the revision; `None` if it was removed.
    pub after: Option<String>,
    /// The effect on code that uses it.
    pub verdict: Source,
    /// A note on the verdict.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

/// A difference and its origin.
#[derive(Clone, Debug)]
pub(in crate::drift) struct Found {
    pub(in crate::drift) delta: Delta,
    /// The items of the raw client that an item of the resource layer is generated from.
    pub(super) origins: Vec<String>,
}

impl Found {
    /// Creates a difference of the raw client.
    pub(super) fn new(delta: Delta) -> Self {
        Self { delta, origins: Vec::new() }
    }
}

/// Returns the differences by path. The members of an added or removed item are not listed.
pub(super) fn compare(base: &Items, revision: &Items) -> Vec<Found> {
    let mut paths: Vec<&String> = base.keys().chain(revision.keys()).collect();
    paths.sort_unstable();
    paths.dedup();
    let differs = |path: &&String| match (base.get(*path), revision.get(*path)) {
        (Some(old), Some(new)) => !old.is_same(new),
        _ => true,
    };
    let is_own = |path: &&String| !parents(path).any(|parent| is_lone(&parent, base, revision));
    let own = paths.into_iter().filter(differs).filter(is_own);
    own.map(|path| found(path, base.get(path), revision.get(path))).collect()
}

fn found(path: &str, before: Option<&PublicItem>, after: Option<&PublicItem>) -> Found {
    let delta = delta(path, before, after);
    let origin = after.or(before).and_then(|item| item.origin.as_deref());
    let origins = match (origin, &delta.before, &delta.after) {
        (Some(origin), Some(before), Some(after)) if path.ends_with("::new") => {
            let raw = origin.strip_suffix("::new").unwrap_or(origin);
            other_arguments(before, after).iter().map(|name| format!("{raw}::{name}")).collect()
        }
        _ => origin.map(str::to_owned).into_iter().collect(),
    };
    Found { delta, origins }
}

/// Returns the arguments that only one of two constructors has, or that differ in their type.
fn other_arguments(before: &str, after: &str) -> Vec<String> {
    let arguments = |text: &str| -> Vec<(String, String)> {
        let text = text.trim_start_matches('(').trim_end_matches(')');
        let pairs = text.split(", ").filter_map(|argument| argument.split_once(": "));
        pairs.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect()
    };
    let (old, new) = (arguments(before), arguments(after));
    let lone = old.iter().filter(|pair| !new.contains(pair));
    let lone = lone.chain(new.iter().filter(|pair| !old.contains(pair)));
    let mut names: Vec<String> = lone.map(|(name, _)| name.clone()).collect();
    names.dedup();
    names
}

fn delta(path: &str, before: Option<&PublicItem>, after: Option<&PublicItem>) -> Delta {
    let (verdict, note) = match (before, after) {
        (None, Some(new)) => added(new.sort),
        _ => (Source::Breaking, None),
    };
    let signature = |item: &PublicItem| item.signature.clone();
    Delta {
        item: shown(path),
        before: before.map(signature),
        after: after.map(signature),
        verdict,
        note: note.map(str::to_owned),
    }
}

fn added(sort: Sort) -> (Source, Option<&'static str>) {
    match sort {
        Sort::LiteralField => (Source::Breaking, Some(LITERALS_ONLY)),
        Sort::Variant => (Source::Breaking, Some("breaks matches without a wildcard")),
        _ => (Source::Additive, None),
    }
}

/// Returns whether an item is only on one side.
fn is_lone(path: &str, base: &Items, revision: &Items) -> bool {
    base.contains_key(path) != revision.contains_key(path)
}

/// Returns the items whose addition or removal implies that of `path`: the items around it, and for the
/// builder of a type, the type.
fn parents(path: &str) -> impl Iterator<Item = String> {
    let plain = path.split(": ").next().unwrap_or(path);
    let mut parents: Vec<String> =
        plain.match_indices("::").map(|(end, _)| plain[..end].to_owned()).collect();
    if plain.len() < path.len() {
        parents.push(plain.to_owned());
    }
    if let Some(rest) = plain.strip_prefix("types::builder::") {
        let name = rest.split("::").next().unwrap_or(rest);
        parents.push(format!("types::{name}"));
    }
    parents.into_iter()
}

/// Returns the public path of an item. Open enums are reexported in `types`.
pub(super) fn shown(path: &str) -> String {
    path.strip_prefix("values::").map_or_else(|| path.to_owned(), |rest| format!("types::{rest}"))
}

impl Delta {
    /// Formats the change: `+ item`, `- item` or `item: before → after`.
    pub fn text(&self) -> String {
        let typed = |signature: &str| match signature {
            "" => self.item.clone(),
            signature if signature.starts_with(['(', '<']) => format!("{}{signature}", self.item),
            signature if signature.starts_with("async ") => {
                format!("{}{}", self.item, signature.trim_start_matches("async "))
            }
            signature => format!("{}: {signature}", self.item),
        };
        match (&self.before, &self.after) {
            (None, Some(after)) => format!("+ {}", typed(after)),
            (Some(before), None) => format!("- {}", typed(before)),
            (Some(before), Some(after)) => format!("{}: {before} → {after}", self.item),
            (None, None) => self.item.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Source, compare};
    use crate::drift::source::items::collect;

    fn deltas(base: &str, revision: &str) -> Vec<(String, Source)> {
        let items = |text: &str| collect(&syn::parse_file(text).unwrap());
        let deltas = compare(&items(base), &items(revision));
        deltas.iter().map(|found| (found.delta.text(), found.delta.verdict)).collect()
    }

    fn one(base: &str, revision: &str) -> (String, Source) {
        let found = deltas(base, revision);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    }

    #[test]
    fn a_changed_type_is_listed_with_both_types() {
        let found = one(
            "pub mod types { pub struct Session { pub phase: ::std::option::Option<::std::string::String> } }",
            "pub mod types { pub struct Session { pub phase: ::std::string::String } }",
        );
        assert_eq!(
            found,
            ("types::Session::phase: Option<String> → String".into(), Source::Breaking)
        );
    }

    #[test]
    fn a_new_field_breaks_literals_unless_there_are_none() {
        let open = |fields: &str| format!("pub struct A {{ {fields} }}");
        assert_eq!(one(&open("pub a: u8"), &open("pub a: u8, pub b: u8")).1, Source::Breaking);
        let closed = |fields: &str| format!("#[non_exhaustive] pub struct A {{ {fields} }}");
        assert_eq!(one(&closed("pub a: u8"), &closed("pub a: u8, pub b: u8")).1, Source::Additive);
        let private = |fields: &str| format!("pub struct A {{ hidden: u8, {fields} }}");
        assert_eq!(one(&private(""), &private("pub b: u8")).1, Source::Additive);
        assert_eq!(deltas(&private(""), &private("other: u8")), []);
    }

    #[test]
    fn a_new_variant_breaks_unless_the_enum_is_open() {
        assert_eq!(one("pub enum A { X }", "pub enum A { X, Y }").1, Source::Breaking);
        let open = |variants: &str| format!("#[non_exhaustive] pub enum A {{ {variants} }}");
        assert_eq!(one(&open("X"), &open("X, Y")), ("+ A::Y".into(), Source::Additive));
        assert_eq!(one(&open("X, Y"), &open("X")), ("- A::Y".into(), Source::Breaking));
        assert_eq!(one(&open("X"), &open("X(String)")).0, "A::X:  → (String)");
    }

    #[test]
    fn added_and_removed_traits_are_items() {
        let plain = "pub struct A;";
        let derived = "#[derive(Clone)] pub struct A;";
        assert_eq!(one(plain, derived), ("+ A: Clone".into(), Source::Additive));
        assert_eq!(one(derived, plain), ("- A: Clone".into(), Source::Breaking));
        let hand = "pub struct A; impl ::std::default::Default for A {}";
        assert_eq!(one(plain, hand), ("+ A: Default".into(), Source::Additive));
        assert_eq!(deltas(derived, "pub struct A; impl Clone for A {}"), []);
    }

    #[test]
    fn attributes_do_not_count() {
        let plain = "pub enum A { X { id: u8 } } pub struct B { pub id: u8 }";
        let marked = "pub enum A { X { #[serde(default)] id: u8, } }
            pub struct B { #[serde(default)] pub id: u8 }";
        assert_eq!(deltas(plain, marked), []);
        let found = one(plain, "pub enum A { X { id: u8, no: u8 } } pub struct B { pub id: u8 }");
        assert_eq!(found.0, "A::X: {id: u8} → {id: u8, no: u8}");
    }

    #[test]
    fn a_conversion_to_a_foreign_type_belongs_to_our_type() {
        let plain = "pub mod types { pub struct A(String); }";
        let file = "pub mod types { pub struct A(String);
            impl ::std::convert::From<A> for ::std::string::String {}
            impl ::std::convert::From<A> for i64 {} }";
        let found = deltas(plain, file);
        assert_eq!(found[0], ("+ types::A: Into<String>".into(), Source::Additive));
        assert_eq!(found[1], ("+ types::A: Into<i64>".into(), Source::Additive));
        assert_eq!(found.len(), 2);
        let whole = "pub mod types {}";
        assert_eq!(one(whole, file), ("+ types::A".into(), Source::Additive));
    }

    #[test]
    fn setters_are_compared_by_their_arguments() {
        let file = |kind: &str| {
            format!("pub mod builder {{ pub struct List<'a> {{ x: &'a u8 }} impl<'a> List<'a> {{
                pub fn page<V>(mut self, value: V) -> Self where V: std::convert::TryInto<{kind}> {{ self }} }} }}")
        };
        let found = one(&file("u32"), &file("u64"));
        let expected =
            "builder::List::page: (impl TryInto<u32>) -> Self → (impl TryInto<u64>) -> Self";
        assert_eq!(found, (expected.into(), Source::Breaking));
    }

    #[test]
    fn members_of_a_removed_type_are_not_listed() {
        let whole = "pub mod types { #[derive(Clone)] pub struct A { pub x: u8 } impl A { pub fn new() {} }
            pub mod builder { pub struct A { x: u8 } impl A { pub fn x(self) -> Self {} } impl Default for A {} } }";
        let rest = "pub mod types { pub mod builder {} }";
        assert_eq!(one(whole, rest), ("- types::A".into(), Source::Breaking));
        assert_eq!(one(rest, whole), ("+ types::A".into(), Source::Additive));
    }

    #[test]
    fn private_items_are_ignored() {
        let file =
            "mod hidden { pub struct A; } struct B; pub struct C; impl C { fn secret(&self) {} }";
        assert_eq!(deltas("pub struct C;", file), []);
    }

    #[test]
    fn open_values_are_types() {
        let base = "pub mod values { #[non_exhaustive] pub enum Phase { Running } }";
        let revision = "pub mod values { #[non_exhaustive] pub enum Phase { Running, Stopped } }";
        assert_eq!(one(base, revision).0, "+ types::Phase::Stopped");
    }
}
