//! The values of alternatives: which ones exclude each other, and which ones clients read anyway.

use std::collections::HashSet;

use super::{
    Walk, are_alike, canonical::describes, flag::NULLABLE, flatten::Flat, format::is_text,
};
use crate::drift::document::{Document, Node};

impl<'a> Walk<'_, 'a> {
    /// Returns whether a schema without alternatives has the same values as one of `alternatives`, besides
    /// null. Objects are not compared.
    pub(super) fn is_one_of(
        &self,
        plain: &Flat<'a>,
        (document, alternatives): (&Document<'a>, &[Node<'a>]),
    ) -> bool {
        let is_same = |one: &Node<'a>| self.are_same_values(plain, &Flat::of(document, one));
        alternatives.iter().any(is_same)
    }

    fn are_same_values(&self, one: &Flat<'a>, other: &Flat<'a>) -> bool {
        let is_simple =
            |flat: &Flat<'a>| flat.kind().is_some_and(|kind| kind != "object") && !flat.is_choice();
        let keys = one.keywords.keys().chain(other.keywords.keys());
        let mut keys = keys.filter(|key| !describes(key) && **key != NULLABLE.keyword);
        let is_same = |key: &str| {
            let mut nodes = one.declared(key).iter().chain(other.declared(key));
            are_alike(key, one.get(key), other.get(key))
                && !nodes.any(|node| self.unaffected.is_affected(node.value))
        };
        is_simple(one) && is_simple(other) && keys.all(|key| is_same(key))
    }
}

/// Returns whether no value matches two of the alternatives, because their types differ.
pub(super) fn are_exclusive<'a>(document: &Document<'a>, alternatives: &[Node<'a>]) -> bool {
    let flats: Vec<Flat<'a>> = alternatives.iter().map(|one| Flat::of(document, one)).collect();
    let mut known = HashSet::new();
    let is_new = |flat: &Flat<'a>| type_of(flat).is_some_and(|kind| known.insert(kind.to_owned()));
    let nullable = flats.iter().filter(|flat| flat.flag(NULLABLE.keyword)).count();
    nullable < 2 && flats.iter().all(is_new)
}

/// Returns the JSON type of a schema's values, besides null. Without a type, properties and items restrict
/// only objects and lists.
pub(super) fn type_of<'f>(flat: &'f Flat<'_>) -> Option<&'f str> {
    let kind = flat.kind().filter(|_| !flat.is_choice())?;
    match kind {
        "integer" => Some("number"),
        "string" => Some(kind),
        _ => flat.text("type"),
    }
}

/// Returns whether clients that read one of `alternatives` read every value of `new`: any text.
pub(super) fn read_text<'a>(
    (document, alternatives): (&Document<'a>, &[Node<'a>]),
    new: &Flat<'a>,
) -> bool {
    let is_any_text = |one: &Node<'a>| is_text(&Flat::of(document, one));
    type_of(new) == Some("string")
        && !new.flag(NULLABLE.keyword)
        && alternatives.iter().any(is_any_text)
}
