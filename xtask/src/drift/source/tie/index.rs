//! An index of causes by name, so that not every item is compared with every cause.

use std::collections::{BTreeSet, HashMap};

use super::{Item, Owner, PARTS};
use crate::drift::{cause::Cause, kind::Items};

/// The key of a cause.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key<'c> {
    /// The title of the changed schema.
    Title(&'c str),
    /// An added, removed or renamed schema.
    Schema(&'c str),
    /// The operation, if no component is between it and the change.
    Operation(&'c str),
    /// A property of a schema or operation.
    Property { owner: &'c str, property: &'c str },
    /// The schema or operation of a change.
    Owner(&'c str),
    /// The schema or operation of a change that has no property.
    Plain(&'c str),
}

/// The indexes of causes by their keys.
pub(super) struct Index<'c>(HashMap<Key<'c>, Vec<usize>>);

impl<'c> Index<'c> {
    pub(super) fn of(causes: &'c [Cause]) -> Self {
        let mut index = Self(HashMap::new());
        for (number, cause) in causes.iter().enumerate() {
            match cause.items {
                Items::None => {}
                Items::Schema => {
                    cause.schemas.iter().for_each(|name| index.add(Key::Schema(name), number));
                }
                _ => index.cause(cause, number),
            }
        }
        index
    }

    fn add(&mut self, key: Key<'c>, number: usize) {
        self.0.entry(key).or_default().push(number);
    }

    fn cause(&mut self, cause: &'c Cause, number: usize) {
        cause.titles.iter().for_each(|title| self.add(Key::Title(title), number));
        for owner in cause.components.iter().chain(&cause.operations) {
            self.add(Key::Owner(owner), number);
            match &cause.property {
                Some(property) => self.add(Key::Property { owner, property }, number),
                None => self.add(Key::Plain(owner), number),
            }
        }
        if cause.components.is_empty() {
            cause.operations.iter().for_each(|id| self.add(Key::Operation(id), number));
        }
    }

    /// Returns the possible causes of an item.
    pub(super) fn candidates(&self, item: &Item) -> BTreeSet<usize> {
        let mut keys: Vec<Key<'_>> = item.words.iter().map(|word| Key::Schema(word)).collect();
        match &item.owner {
            Owner::Type(name, member) => keys_of_type(name, member.as_deref(), &mut keys),
            Owner::Operation(name, _) | Owner::Call(name) => keys.push(Key::Operation(name)),
            Owner::Other => {}
        }
        keys.into_iter().flat_map(|key| self.0.get(&key).into_iter().flatten().copied()).collect()
    }
}

/// Adds the keys of a type. Its name is that of a schema or operation, possibly with a property and after
/// other names.
fn keys_of_type<'k>(name: &'k str, member: Option<&'k str>, keys: &mut Vec<Key<'k>>) {
    keys.push(Key::Title(name));
    keys.push(Key::Schema(name));
    for owner in PARTS.iter().filter_map(|part| name.strip_suffix(part)) {
        keys.push(Key::Plain(owner));
        keys.extend(member.is_none().then_some(Key::Owner(owner)));
        keys.extend(member.map(|property| Key::Property { owner, property }));
    }
    for (split, _) in name.char_indices().skip(1) {
        let (before, after) = name.split_at(split);
        keys.push(Key::Schema(before));
        keys.push(Key::Property { owner: before, property: after });
        keys.extend(member.map(|property| Key::Property { owner: after, property }));
    }
}
