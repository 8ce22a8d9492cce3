//! Gives every operation a unique id, which becomes the Rust method.
//!
//! If neither document nor overlay sets a name, it is derived from method and path and noted, so
//! that a new operation never blocks a regeneration.

use std::collections::{HashMap, HashSet};

use ambient_sdk_generator::method_name;
use serde_json::{Value, json};

use super::tree::{operations_mut, reject, snake_case};
use super::{Draft, Error};

/// The method names that are in use.
pub(super) struct Taken(HashSet<String>);

impl Taken {
    pub(super) fn of(document: &mut Value) -> Self {
        let ids = operations_mut(document).filter_map(|(_, operation)| {
            Some(method_name(operation.get("operationId")?.as_str()?))
        });
        Self(ids.collect())
    }

    /// Returns and reserves the name, or the first free numbered one.
    pub(super) fn take(&mut self, plain: &str) -> String {
        let mut name = plain.to_owned();
        let mut number = 1;
        while !self.0.insert(method_name(&name)) {
            number += 1;
            name = format!("{plain}_{number}");
        }
        name
    }
}

pub(super) fn give_every_operation_an_id(draft: &mut Draft) -> Result<(), Error> {
    let mut taken = Taken::of(&mut draft.document);
    let collections = collections(draft);
    let mut notes = Vec::new();
    for (spot, operation) in operations_mut(&mut draft.document) {
        if operation.get("operationId").is_some_and(|id| id.as_str() != Some("")) {
            continue;
        }
        let plain = derive(&spot.method, &spot.path, collections.contains(&spot.path));
        let id = taken.take(&plain);
        operation.insert("operationId".to_owned(), json!(id));
        let text = format!("has no operationId; `{id}` was derived from its path");
        notes.push((spot.pointer(), text));
    }
    draft.note_all(notes);
    Ok(())
}

/// Numbers the ids of operations that would become the same method; the first one keeps its name.
pub(super) fn number_conflicting_operations(draft: &mut Draft) -> Result<(), Error> {
    let mut all = Taken::of(&mut draft.document);
    let mut seen: HashMap<String, String> = HashMap::new();
    let mut notes = Vec::new();
    for (spot, operation) in operations_mut(&mut draft.document) {
        let Some(id) = operation.get("operationId").and_then(Value::as_str) else {
            return Err(reject(spot.below("operationId"), "the operationId is not a string"));
        };
        let Some(other) = seen.insert(method_name(id), spot.pointer()) else { continue };
        let new = all.take(id);
        let text = format!("the operation `{id}` becomes `{new}`: #{other} has the same name");
        notes.push((spot.pointer(), text));
        operation.insert("operationId".to_owned(), json!(new));
    }
    draft.note_all(notes);
    Ok(())
}

/// Returns the paths that have items: `/pets` if there is a `/pets/{id}`.
pub(super) fn collections(draft: &Draft) -> HashSet<String> {
    let paths = draft.document.get("paths").and_then(|paths| paths.as_object());
    let parents = paths.into_iter().flatten().filter_map(|(path, _)| path.rsplit_once("/{"));
    parents.filter(|(_, item)| item.ends_with('}')).map(|(parent, _)| parent.to_owned()).collect()
}

/// Derives an id: `GET /api/v1/pets/{id}/toys` is `list_pet_toys`, `GET /api/v1/pets/{id}` is `get_pet`,
/// and `POST /api/v1/pets/{id}/feed` is `feed_pet`, unless `feed` is a collection with items.
fn derive(method: &str, path: &str, is_collection: bool) -> String {
    let all: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let start = all.iter().rposition(|segment| is_version(segment)).map_or(0, |index| index + 1);
    let segments = if start < all.len() { &all[start..] } else { &all[..] };
    let ends_in_item = segments.last().is_some_and(|last| is_item(last));
    let follows_item = segments.iter().rev().nth(1).is_some_and(|segment| is_item(segment));
    let mut names: Vec<&str> = segments.iter().copied().filter(|name| !is_item(name)).collect();
    let item_follows = |name: &str| segments.windows(2).any(|w| w[0] == name && is_item(w[1]));
    let many = is_collection || (!ends_in_item && names.last().is_some_and(|n| n.ends_with('s')));
    let verb = match method {
        "get" if many => "list",
        "post" if many => "create",
        "post" if follows_item => names.pop().unwrap_or("post"),
        "put" => "replace",
        "patch" => "update",
        other => other,
    };
    let names_action = method == "post" && !many && follows_item;
    let one_of_many = verb == "create" || ends_in_item;
    let mut words = vec![snake_case(verb)];
    for (index, name) in names.iter().enumerate() {
        let is_last = index + 1 == names.len();
        let single = if is_last && !names_action { one_of_many } else { item_follows(name) };
        words.push(if single { singular(&snake_case(name)) } else { snake_case(name) });
    }
    words.join("_")
}

fn is_item(segment: &str) -> bool {
    segment.starts_with('{')
}

/// Returns whether a segment is a version such as `v1`: the segments before it do not describe the
/// operation.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    if word.ends_with("ss") {
        return word.to_owned();
    }
    word.strip_suffix('s').unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{draft, operation};
    use super::*;

    #[test]
    fn names_are_derived_from_method_and_path() {
        assert_eq!(derive("get", "/api/v1/pets", false), "list_pets");
        assert_eq!(derive("post", "/api/v1/pets", false), "create_pet");
        assert_eq!(derive("get", "/api/zoo/v1/pets/{id}", false), "get_pet");
        assert_eq!(derive("patch", "/pets/{id}", false), "update_pet");
        assert_eq!(derive("get", "/pets/{id}/toys", false), "list_pet_toys");
        assert_eq!(derive("post", "/pets/{id}/feed", false), "feed_pet");
        assert_eq!(derive("post", "/pets/{id}/inbox", true), "create_pet_inbox");
        assert_eq!(derive("get", "/pets/{id}/home", false), "get_pet_home");
        assert_eq!(derive("delete", "/role-policies/{id}", false), "delete_role_policy");
    }

    #[test]
    fn derived_names_are_noted_and_unique() {
        let mut draft = draft(json!({"paths": {
            "/pets": {"get": {}},
            "/other": {"get": {"operationId": "listPets"}},
        }}));
        give_every_operation_an_id(&mut draft).unwrap();
        assert_eq!(operation(&draft, "/pets", "get")["operationId"], "list_pets_2");
        assert_eq!(draft.notes[0].pointer, "/paths/~1pets/get");
    }

    #[test]
    fn the_first_of_conflicting_operations_keeps_its_name() {
        let get = |id: &str| json!({"get": {"operationId": id}});
        let mut draft = draft(json!({"paths": {
            "/a": get("listPets"), "/b": get("list_pets"), "/c": get("list_pets_2"), "/d": get("list-pets"),
        }}));
        number_conflicting_operations(&mut draft).unwrap();
        let id = |path: &str| operation(&draft, path, "get")["operationId"].clone();
        let ids = [id("/a"), id("/b"), id("/c"), id("/d")];
        assert_eq!(ids, ["listPets", "list_pets_3", "list_pets_2", "list-pets_4"]);
        let note = &draft.notes[0];
        assert_eq!(note.pointer, "/paths/~1b/get");
        assert!(note.text.contains("#/paths/~1a/get"), "{}", note.text);
    }
}
