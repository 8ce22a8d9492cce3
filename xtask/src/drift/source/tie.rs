//! Links changes of Rust items to the changes of the documents that cause them, by names.
//!
//! The generator names types after schemas and operations, and fields and setters after properties and
//! parameters. Items without a matching name are not linked, and are listed separately.

mod index;

use std::collections::BTreeSet;

use self::index::Index;
use super::{Delta, Found};
use crate::drift::{
    cause::{Cause, plain},
    kind::Items,
};

/// The suffixes that the generator appends to the name of a schema for its other types.
const PARTS: [&str; 5] = ["", "createrequest", "request", "body", "response"];

/// The confidence of a link from an item to a change. The highest one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    /// The type or operation matches, but the member does not.
    Whole,
    /// The member matches, in another type that is generated from the schema.
    Likely,
    /// The member matches.
    Member,
}

/// The owner of an item; names are without case and separators.
#[derive(Debug, PartialEq, Eq)]
enum Owner {
    Type(String, Option<String>),
    Operation(String, Option<String>),
    /// A method of a handle that calls the operation.
    Call(String),
    Other,
}

/// A delta with its names.
struct Item {
    owner: Owner,
    /// The words in its types and signatures.
    words: Vec<String>,
}

/// Returns the indexes of the causes of each delta; empty for deltas that are not linked.
pub(in crate::drift) fn tie(found: &[Found], causes: &[Cause]) -> Vec<Vec<usize>> {
    let index = Index::of(causes);
    let tied = |found: &Found| {
        let items = Item::all_of(found);
        let tied = items.iter().flat_map(|item| causes_of(item, &index.candidates(item), causes));
        tied.collect::<BTreeSet<usize>>().into_iter().collect()
    };
    found.iter().map(tied).collect()
}

fn causes_of(item: &Item, candidates: &BTreeSet<usize>, causes: &[Cause]) -> Vec<usize> {
    let graded: Vec<(usize, Strength)> = candidates
        .iter()
        .filter_map(|index| Some((*index, strength(item, &causes[*index])?)))
        .collect();
    let Some(best) = graded.iter().map(|(_, strength)| *strength).max() else { return Vec::new() };
    let found: Vec<usize> =
        graded.iter().filter(|(_, strength)| *strength == best).map(|(index, _)| *index).collect();
    // The type has several changes, and the cause of this one is unknown.
    let is_certain = best != Strength::Whole || found.len() == 1;
    if is_certain { found } else { Vec::new() }
}

fn strength(item: &Item, cause: &Cause) -> Option<Strength> {
    match cause.items {
        Items::None => None,
        Items::Schema => schema_strength(item, cause),
        _ => match &item.owner {
            Owner::Type(name, member) => type_strength(name, member.as_deref(), cause),
            Owner::Operation(name, member) => operation_strength(name, member.as_deref(), cause),
            Owner::Call(name) => call_strength(name, cause),
            Owner::Other => None,
        },
    }
}

/// Matches the type of the schema, items that mention it, and types that are named after it.
fn schema_strength(item: &Item, cause: &Cause) -> Option<Strength> {
    let own = |name: &String| match &item.owner {
        Owner::Type(item, _) => is_type_of(name, item),
        _ => false,
    };
    if cause.schemas.iter().any(|name| own(name) || item.words.contains(name)) {
        return Some(Strength::Member);
    }
    let Owner::Type(item, None) = &item.owner else { return None };
    cause.schemas.iter().any(|name| item.starts_with(name)).then_some(Strength::Likely)
}

fn type_strength(name: &str, member: Option<&str>, cause: &Cause) -> Option<Strength> {
    if cause.titles.iter().any(|title| title == name) {
        return Some(Strength::Member);
    }
    let owners = cause.components.iter().chain(&cause.operations);
    match &cause.property {
        Some(property) => {
            owners.filter_map(|owner| property_strength(name, member, owner, property)).max()
        }
        None => {
            let is_named = member == Some(cause.subject.as_str());
            let strength = if is_named { Strength::Member } else { Strength::Whole };
            let mut owners = owners;
            owners.any(|owner| is_type_of(owner, name)).then_some(strength)
        }
    }
}

/// Returns the confidence that a change of `owner.property` affects the type `name` and its member.
fn property_strength(
    name: &str,
    member: Option<&str>,
    owner: &str,
    property: &str,
) -> Option<Strength> {
    let is_own = is_type_of(owner, name);
    let is_member = member == Some(property);
    let is_of_property = name.strip_prefix(owner) == Some(property);
    if (is_own && is_member) || is_of_property {
        return Some(Strength::Member);
    }
    if is_member && name.ends_with(owner) {
        return Some(Strength::Likely);
    }
    (is_own && member.is_none()).then_some(Strength::Whole)
}

fn operation_strength(name: &str, member: Option<&str>, cause: &Cause) -> Option<Strength> {
    let is_own = cause.components.is_empty() && cause.operations.iter().any(|id| id == name);
    if !is_own {
        return None;
    }
    let is_named = member.is_some_and(|member| {
        member == cause.subject || cause.parameters.iter().any(|parameter| parameter == member)
    });
    let is_certain = match cause.items {
        Items::Operation => true,
        Items::Body => member.is_some_and(|member| member.starts_with("body")),
        Items::Result => member == Some("send"),
        _ => false,
    };
    (is_certain || is_named).then_some(Strength::Member)
}

/// Matches methods: all changes of parameters, bodies and responses of an operation affect them.
fn call_strength(name: &str, cause: &Cause) -> Option<Strength> {
    let is_own = cause.components.is_empty() && cause.operations.iter().any(|id| id == name);
    is_own.then_some(Strength::Member)
}

/// Returns whether the type `name` belongs to the schema or operation `owner`: the type itself, or one
/// that it is split into for requests.
fn is_type_of(owner: &str, name: &str) -> bool {
    name.strip_prefix(owner).is_some_and(|rest| PARTS.contains(&rest))
}

impl Item {
    /// Returns the names of the raw items that a difference originates from, or its own names.
    fn all_of(found: &Found) -> Vec<Self> {
        match &found.origins[..] {
            [] => vec![Self::of(&found.delta, owner(&found.delta.item))],
            origins => origins
                .iter()
                .map(|origin| Self::of(&found.delta, owner_of_layer(origin)))
                .collect(),
        }
    }

    fn of(delta: &Delta, owner: Owner) -> Self {
        let texts = [&delta.before, &delta.after].into_iter().flatten();
        let words = texts.flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_'));
        Self { owner, words: words.map(plain).collect() }
    }
}

/// Like `owner`, for the raw item that an item of the resource layer is generated from.
fn owner_of_layer(origin: &str) -> Owner {
    match origin.strip_prefix("Client::") {
        Some(name) => Owner::Call(plain(name)),
        None => owner(origin),
    }
}

fn owner(item: &str) -> Owner {
    let path = item.split(": ").next().unwrap_or(item);
    let segments: Vec<&str> = path.split("::").collect();
    match segments[..] {
        ["types", "builder", name] | ["types", name] => Owner::Type(plain(name), None),
        ["types", "builder", name, member] | ["types", name, member] => {
            Owner::Type(plain(name), Some(plain(member)))
        }
        ["Client", name] | ["builder", name] => Owner::Operation(plain(name), None),
        ["builder", name, member] => Owner::Operation(plain(name), Some(plain(member))),
        _ => Owner::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Owner, Strength, is_type_of, owner, property_strength};

    #[test]
    fn items_belong_to_types_and_operations() {
        let of = |name: &str, member: Option<&str>| (name.to_owned(), member.map(str::to_owned));
        let (name, member) = of("plant", Some("createdat"));
        assert_eq!(owner("types::builder::Plant::created_at"), Owner::Type(name, member));
        let (name, member) = of("plant", None);
        assert_eq!(owner("types::Plant: Default"), Owner::Type(name, member));
        let (name, member) = of("listplants", None);
        assert_eq!(owner("Client::list_plants"), Owner::Operation(name, member));
        assert_eq!(owner("OPERATIONS"), Owner::Other);
    }

    #[test]
    fn a_schema_matches_its_type_and_the_split_types() {
        assert!(is_type_of("plant", "plant") && is_type_of("plant", "plantcreaterequest"));
        assert!(!is_type_of("plant", "plantlist") && !is_type_of("plant", "pot"));
    }

    #[test]
    fn members_have_a_higher_confidence_than_types() {
        let of = |name, member| property_strength(name, member, "plant", "kind");
        assert_eq!(of("plant", Some("kind")), Some(Strength::Member));
        assert_eq!(of("plantkind", Some("moss")), Some(Strength::Member));
        assert_eq!(of("gardenplant", Some("kind")), Some(Strength::Likely));
        assert_eq!(of("plant", None), Some(Strength::Whole));
        assert_eq!(of("plant", Some("colour")), None);
        assert_eq!(of("bed", Some("kind")), None);
    }
}
