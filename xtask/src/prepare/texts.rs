//! Composes missing descriptions from names, types and limits.
//!
//! Descriptions become Rust documentation, and a new operation or field must not be blocked until
//! someone writes one. A description in the overlay replaces the composed one. Each place is noted.

use ambient_sdk_generator::resources::words::{
    capital, listed, noun, one, plural, singular, third_person,
};
use serde_json::{Value, json};

use super::tree::{Object, Spot, operations_mut, schemas_mut};
use super::{Draft, Error};
use crate::extension::OPEN_ENUM;
use crate::grammar::is_method;

/// The maximum number of places that the note lists.
const NAMED: usize = 20;

pub(super) fn describe_operations(draft: &mut Draft) -> Result<(), Error> {
    let mut notes = Vec::new();
    let collections = super::operation_ids::collections(draft);
    for (spot, operation) in operations_mut(&mut draft.document) {
        let about = About::new(&spot, collections.contains(&spot.path), operation);
        let mut composed = Vec::new();
        fill(operation, "summary", || about.summary(), &mut composed);
        fill(operation, "description", || about.description(), &mut composed);
        note(&mut notes, spot.pointer(), &composed);
    }
    describe_parameters(&mut draft.document, &mut notes);
    summarize(draft, "/paths", &notes);
    Ok(())
}

pub(super) fn describe_schemas(draft: &mut Draft) -> Result<(), Error> {
    let mut notes = Vec::new();
    for (name, schema) in schemas_mut(&mut draft.document)? {
        let Some(schema) = schema.as_object_mut() else { continue };
        let mut composed = Vec::new();
        let text = component_text(name, schema);
        fill(schema, "description", || text, &mut composed);
        describe_properties(schema, &stem(name), &mut composed);
        note(&mut notes, crate::pointer::join("/components/schemas", name), &composed);
    }
    summarize(draft, "/components/schemas", &notes);
    Ok(())
}

fn note(notes: &mut Vec<String>, pointer: String, composed: &[String]) {
    if !composed.is_empty() {
        notes.push(format!("#{pointer} ({})", composed.join(", ")));
    }
}

/// Adds one note for all places, because a document without descriptions has very many.
fn summarize(draft: &mut Draft, pointer: &str, places: &[String]) {
    if places.is_empty() {
        return;
    }
    let named = places.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = match places.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    draft.note(pointer, format!("missing texts were composed from names: {named}{more}"));
}

/// Adds a missing text, and records its key.
fn fill(object: &mut Object, key: &str, text: impl FnOnce() -> String, composed: &mut Vec<String>) {
    let is_blank = |value: &Value| value.as_str().is_none_or(|text| text.trim().is_empty());
    if object.get(key).is_none_or(is_blank) {
        object.insert(key.to_owned(), json!(text()));
        composed.push(key.to_owned());
    }
}

/// The subject of an operation, derived from its place.
struct About {
    method: String,
    /// The plural and the singular of the subject.
    many: String,
    one: String,
    /// The last segment below a single object: an action or a part.
    part: Option<String>,
    is_collection: bool,
    statuses: Vec<String>,
}

impl About {
    fn new(spot: &Spot, is_collection: bool, operation: &Object) -> Self {
        let path = spot.path.split('#').next().unwrap_or_default();
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let names: Vec<&str> =
            segments.iter().copied().filter(|segment| !segment.starts_with('{')).collect();
        let ends_in_item = segments.last().is_some_and(|last| last.starts_with('{'));
        let follows_item = segments.iter().rev().nth(1).is_some_and(|s| s.starts_with('{'));
        let is_part = follows_item && !ends_in_item && !is_collection;
        let owner = if is_part { names.iter().rev().nth(1) } else { names.last() };
        let many = plural(&singular(&noun(owner.copied().unwrap_or("object"))));
        let responses = operation.get("responses").and_then(Value::as_object);
        Self {
            method: spot.method.clone(),
            one: singular(&many),
            part: names.last().filter(|_| is_part).map(|part| noun(part)),
            many,
            is_collection: is_collection || (!ends_in_item && !is_part),
            statuses: responses.into_iter().flatten().map(|(status, _)| status.clone()).collect(),
        }
    }

    fn summary(&self) -> String {
        let (many, one) = (&self.many, one(&self.one));
        match (self.method.as_str(), &self.part) {
            ("post", Some(verb)) if !verb.contains(' ') => {
                format!("{} {one}.", capital(&third_person(verb)))
            }
            ("post", Some(part)) => format!("Performs `{part}` on {one}."),
            ("get", Some(part)) => format!("Returns the {part} of {one}."),
            ("delete", Some(part)) => format!("Deletes the {part} of {one}."),
            ("head", Some(part)) => format!("Checks the {part} of {one}."),
            (_, Some(part)) => format!("Updates the {part} of {one}."),
            ("get", None) if self.is_collection => format!("Lists {many}."),
            ("get", None) => format!("Returns {one}."),
            ("head", None) if self.is_collection => format!("Checks {many}."),
            ("head", None) => format!("Checks {one}."),
            ("post", None) => format!("Creates {one}."),
            ("delete", None) => format!("Deletes {one}."),
            ("put", None) => format!("Replaces {one}."),
            _ => format!("Updates {one}."),
        }
    }

    fn description(&self) -> String {
        let has = |status: &str| self.statuses.iter().any(|known| known == status);
        let one = &self.one;
        let text = [
            (self.method == "patch").then(|| "Omitted fields remain unchanged.".to_owned()),
            (self.method == "post" && self.part.is_none())
                .then(|| "The server sets defaults for omitted fields.".to_owned()),
            has("204").then(|| "Returns 204 without a body.".to_owned()),
            has("404").then(|| format!("Returns 404 if the {one} does not exist.")),
            has("409").then(|| match self.part {
                Some(_) => {
                    format!("Returns 409 if the state of the {one} does not permit the operation.")
                }
                None => "Returns 409 if it conflicts with an existing object.".to_owned(),
            }),
            has("403")
                .then(|| "Returns 403 if the token does not permit the operation.".to_owned()),
        ];
        let text: Vec<String> = text.into_iter().flatten().collect();
        match text.is_empty() {
            true => format!(
                "The document describes this operation only by its method, `{}`.",
                self.method
            ),
            false => text.join(" "),
        }
    }
}

/// Describes the parameters of components, paths and operations.
fn describe_parameters(document: &mut Value, notes: &mut Vec<String>) {
    let components = document.pointer_mut("/components/parameters");
    for (name, parameter) in components.and_then(Value::as_object_mut).into_iter().flatten() {
        let mut composed = Vec::new();
        describe_parameter(parameter, "object", &mut composed);
        note(notes, crate::pointer::join("/components/parameters", name), &composed);
    }
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        let last =
            path.split('/').rfind(|segment| !segment.is_empty() && !segment.starts_with('{'));
        let owner = singular(&noun(last.unwrap_or("object")));
        let at = crate::pointer::join("/paths", path);
        let mut composed = Vec::new();
        let mut describe = |holder: &mut Value| {
            let list = holder.get_mut("parameters").and_then(Value::as_array_mut);
            for parameter in list.into_iter().flatten() {
                describe_parameter(parameter, &owner, &mut composed);
            }
        };
        describe(item);
        let operations = item.as_object_mut().into_iter().flatten();
        operations.filter(|(key, _)| is_method(key)).for_each(|(_, value)| describe(value));
        note(notes, at, &composed);
    }
}

fn describe_parameter(parameter: &mut Value, owner: &str, composed: &mut Vec<String>) {
    let Some(parameter) = parameter.as_object_mut().filter(|map| !map.contains_key("$ref")) else {
        return;
    };
    let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let values = parameter.get("schema").map(values_of).unwrap_or_default();
    let text = match parameter.get("in").and_then(Value::as_str) {
        Some("path") => format!("The {} in the path.", noun(&name)),
        Some("query") => {
            format!(
                "The parameter `{name}` of the {owner}: {values}. If absent, the server chooses."
            )
        }
        _ => format!("The value of `{name}`: {values}."),
    };
    let before = composed.len();
    fill(parameter, "description", || text, composed);
    composed.splice(before.., (composed.len() > before).then(|| format!("`{name}`")));
}

fn describe_properties(schema: &mut Object, owner: &str, composed: &mut Vec<String>) {
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (name, property) in properties.into_iter().flatten() {
        let text = property_text(name, property, owner);
        if property.get("$ref").is_some() {
            *property = json!({ "allOf": [property.clone()] });
        }
        let Some(property) = property.as_object_mut() else { continue };
        let before = composed.len();
        fill(property, "description", || text, composed);
        composed.splice(before.., (composed.len() > before).then(|| format!("`{name}`")));
        describe_properties(property, &noun(name), composed);
        if let Some(items) = property.get_mut("items").and_then(Value::as_object_mut) {
            describe_properties(items, &singular(&noun(name)), composed);
        }
    }
}

/// Describes a value, for example `The priority of the session: an integer from 1 to 5.`
fn property_text(name: &str, property: &Value, owner: &str) -> String {
    let words = noun(name);
    let values = values_of(property);
    if let Some(of) = words.strip_suffix(" id") {
        return format!("The id of the {of} of the {owner}.");
    }
    match (property["type"].as_str(), property["format"].as_str()) {
        (_, Some("date-time")) => match words.strip_suffix(" at") {
            Some(done) => format!("The time at which the {owner} was {done}."),
            None => format!("The {words} of the {owner}: {values}."),
        },
        (Some("boolean"), _) if words.ends_with("ed") => {
            format!("Whether the {owner} is {words}{}.", default_of(property))
        }
        (Some("string"), None) if property["enum"].is_null() => {
            format!("The {words} of the {owner}.")
        }
        _ => format!("The {words} of the {owner}: {values}."),
    }
}

/// Describes the allowed values of a schema.
fn values_of(schema: &Value) -> String {
    let known = schema["enum"].as_array().or_else(|| schema[OPEN_ENUM].as_array());
    let plain = match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("string"), Some("date-time")) => "a time",
        (Some("string"), Some("json")) => "JSON text",
        (Some("string"), Some("password")) => "a secret",
        (Some("integer"), _) => "an integer",
        (Some("number"), _) => "a number",
        (Some("boolean"), _) => "true or false",
        (Some("array"), _) => "a list",
        (Some("object"), _) => "an object",
        (Some("string"), _) => "text",
        _ => "a value",
    };
    let base = match known {
        Some(known) => {
            let known: Vec<String> =
                known.iter().map(|value| format!("`{}`", bare(value))).collect();
            format!("one of {}", listed(&known, "or"))
        }
        None => plain.to_owned(),
    };
    format!("{base}{}{}", bounds_of(schema), default_of(schema))
}

fn bounds_of(schema: &Value) -> String {
    let number = |key: &str| schema.get(key).filter(|value| value.is_number()).map(bare);
    let range = match (number("minimum"), number("maximum")) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) => format!(" of at least {least}"),
        (None, Some(most)) => format!(" of at most {most}"),
        (None, None) => String::new(),
    };
    let length = number("maxLength").map(|most| format!(" of at most {most} characters"));
    let items = number("maxItems").map(|most| format!(" of at most {most} items"));
    [Some(range), length, items].into_iter().flatten().collect()
}

fn default_of(schema: &Value) -> String {
    match schema.get("default") {
        Some(Value::Null) | None => String::new(),
        Some(value) => format!("; default: `{}`", bare(value)),
    }
}

fn bare(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Describes a component.
fn component_text(name: &str, schema: &Object) -> String {
    let owner = stem(name);
    let is_page = schema.get("properties").is_some_and(|properties| {
        properties["items"].is_object() && properties["total"].is_object()
    });
    if is_page {
        let owner = owner.strip_suffix(" list").unwrap_or(&owner);
        return format!("One page of {}.", plural(owner));
    }
    if schema.contains_key("enum") || schema.contains_key(OPEN_ENUM) {
        return format!("The {owner}: {}.", values_of(&Value::Object(schema.clone())));
    }
    match ["PatchRequest", "UpdateRequest"].iter().any(|end| name.ends_with(end)) {
        true => format!("Changes to {}. Omitted fields remain unchanged.", one(&owner)),
        false => format!("{}, as defined by the document.", capital(&one(&owner))),
    }
}

/// Returns the subject of a name: `team` for `TeamPatchRequest`.
fn stem(name: &str) -> String {
    let ends = ["CreateRequest", "PatchRequest", "UpdateRequest"];
    let stem = ends.iter().find_map(|end| name.strip_suffix(end).filter(|stem| !stem.is_empty()));
    noun(stem.unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{draft, operation};
    use super::*;

    #[test]
    fn operations_are_described_by_their_places() {
        let delete = json!({"responses": {"204": {}, "404": {}}});
        let archived = json!({"name": "archived", "in": "query", "schema": {"type": "boolean"}});
        let mut draft = draft(json!({"paths": {
            "/v1/teams": {"get": {"parameters": [archived]}, "post": {}},
            "/v1/teams/{id}": {"get": {}, "head": {}, "patch": {}, "delete": delete},
            "/v1/teams/{id}/archive": {"post": {"responses": {"409": {}}}},
            "/v1/teams/{id}/home": {"get": {"summary": "Written.", "description": "By hand."}},
        }}));
        describe_operations(&mut draft).unwrap();
        let text = |path: &str, method: &str, key: &str| {
            operation(&draft, path, method)[key].as_str().unwrap().to_owned()
        };
        assert_eq!(text("/v1/teams", "get", "summary"), "Lists teams.");
        assert_eq!(text("/v1/teams", "post", "summary"), "Creates a team.");
        assert_eq!(text("/v1/teams/{id}", "head", "summary"), "Checks a team.");
        assert_eq!(text("/v1/teams/{id}", "patch", "summary"), "Updates a team.");
        let deleted = "Returns 204 without a body. Returns 404 if the team does not exist.";
        assert_eq!(text("/v1/teams/{id}", "delete", "description"), deleted);
        assert_eq!(text("/v1/teams/{id}/archive", "post", "summary"), "Archives a team.");
        let archived = "Returns 409 if the state of the team does not permit the operation.";
        assert_eq!(text("/v1/teams/{id}/archive", "post", "description"), archived);
        assert_eq!(text("/v1/teams/{id}/home", "get", "summary"), "Written.");
        let parameter = &operation(&draft, "/v1/teams", "get")["parameters"][0]["description"];
        let expected =
            "The parameter `archived` of the team: true or false. If absent, the server chooses.";
        assert_eq!(parameter, expected);
        assert!(!draft.notes[0].text.contains("home"), "{}", draft.notes[0].text);
    }

    #[test]
    fn fields_are_described_by_name_type_and_limits() {
        let properties = json!({
            "name": {"type": "string"},
            "priority": {"type": "integer", "minimum": 1, "maximum": 5, "default": 3},
            "archived": {"type": "boolean"},
            "owner_id": {"type": "string"},
            "closed_at": {"type": "string", "format": "date-time"},
            "level": {"type": "string", "enum": ["low", "high"]},
            "lead": {"$ref": "#/components/schemas/User"},
            "nickname": {"type": "string", "description": "Described."},
        });
        let team = json!({"type": "object", "properties": properties});
        let mut draft = draft(json!({"components": {"schemas": {"TeamPatchRequest": team}}}));
        describe_schemas(&mut draft).unwrap();
        let schema = &draft.document["components"]["schemas"]["TeamPatchRequest"];
        let expected = "Changes to a team. Omitted fields remain unchanged.";
        assert_eq!(schema["description"], expected);
        for (name, expected) in [
            ("name", "The name of the team."),
            ("priority", "The priority of the team: an integer from 1 to 5; default: `3`."),
            ("archived", "Whether the team is archived."),
            ("owner_id", "The id of the owner of the team."),
            ("closed_at", "The time at which the team was closed."),
            ("level", "The level of the team: one of `low` or `high`."),
            ("lead", "The lead of the team: a value."),
            ("nickname", "Described."),
        ] {
            assert_eq!(schema["properties"][name]["description"], expected, "{name}");
        }
        assert_eq!(schema["properties"]["lead"]["allOf"].as_array().unwrap().len(), 1);
        assert_eq!(draft.notes.len(), 1);
    }
}
