//! Conflicts between parameters of one operation that would become the same setter, and between
//! parameters and names that the builders use.

use ambient_sdk_openapi::grammar::{is_method, reference};
use ambient_sdk_openapi::pointer;
use serde_json::{Map, Value, json};

use super::Renames;
use crate::names::{Names, method, numbered_words};

/// The methods and variables of the generated builders.
const RESERVED: [&str; 9] =
    ["body", "body_map", "client", "header_map", "info", "into_future", "new", "send", "stream"];
/// The locations of parameters, in order of precedence for names.
const PLACES: [&str; 4] = ["path", "query", "header", "cookie"];

/// A parameter with its name in Rust.
struct Setter {
    parameter: Value,
    /// The name for the generator; `None` if it is the parameter's own.
    marked: Option<String>,
}

pub(super) fn rename_conflicts(document: &mut Value, renames: &mut Renames) {
    let Some(paths) = document.get_mut("paths").map(Value::take) else { return };
    let Value::Object(paths) = paths else { return };
    let distinct: Map<String, Value> = paths
        .into_iter()
        .map(|(path, item)| rename_in_item(document, path, item, renames))
        .collect();
    document["paths"] = Value::Object(distinct);
}

/// Returns the path and its item. If an operation needs a new parameter name, the shared parameters
/// are moved from the path into each operation.
fn rename_in_item(
    document: &Value,
    path: String,
    mut item: Value,
    renames: &mut Renames,
) -> (String, Value) {
    let at = pointer::join("/paths", &path);
    let Some(map) = item.as_object_mut() else { return (path, item) };
    let shared = parameters(document, map);
    let mut marked_in_path: Vec<(String, String)> = Vec::new();
    let mut distinct: Vec<(String, Vec<Setter>)> = Vec::new();
    for (key, operation) in map.iter().filter(|(key, _)| is_method(key)) {
        let Some(operation) = operation.as_object() else { continue };
        let own = parameters(document, operation);
        let all = combined(&shared, own);
        let at = pointer::join(&at, key);
        distinct.push((key.clone(), setters(all, &mut marked_in_path, &at, renames)));
    }
    if distinct.iter().flat_map(|(_, setters)| setters).all(|setter| setter.marked.is_none()) {
        return (path, item);
    }
    map.shift_remove("parameters");
    for (key, setters) in distinct {
        map[&key]["parameters"] = setters.into_iter().map(Setter::into_parameter).collect();
    }
    let in_path = |path: String, (name, marked): &(String, String)| {
        path.replace(&format!("{{{name}}}"), &format!("{{{marked}}}"))
    };
    (marked_in_path.iter().fold(path, in_path), item)
}

/// Returns the parameters of a path item or an operation, with references resolved.
fn parameters(document: &Value, holder: &Map<String, Value>) -> Vec<Value> {
    let list = holder.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let resolved = list.filter_map(|parameter| match reference(parameter) {
        Some(to) => document.pointer(to.strip_prefix('#')?),
        None => Some(parameter),
    });
    resolved.cloned().collect()
}

/// Merges parameters; an operation's parameter replaces the path's with the same name and location.
fn combined(shared: &[Value], own: Vec<Value>) -> Vec<Value> {
    let is_own = |one: &Value| own.iter().any(|other| identity(one) == identity(other));
    shared.iter().filter(|one| !is_own(one)).cloned().chain(own.iter().cloned()).collect()
}

fn identity(parameter: &Value) -> (&str, &str) {
    let text = |key| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
    (text("in"), text("name"))
}

/// Assigns names to the parameters. A path parameter has the same name in all operations of the
/// path; `marked_in_path` contains those that were already renamed.
fn setters(
    mut parameters: Vec<Value>,
    marked_in_path: &mut Vec<(String, String)>,
    at: &str,
    renames: &mut Renames,
) -> Vec<Setter> {
    parameters.sort_by_key(|one| PLACES.iter().position(|place| *place == identity(one).0));
    let by_itself: Vec<String> = parameters.iter().map(|one| method(identity(one).1)).collect();
    let all = Names::of(by_itself.iter().map(String::as_str));
    let mut taken = Names::of(RESERVED);
    let setters = parameters.into_iter().zip(by_itself).map(|(parameter, own)| {
        if taken.take(&own) {
            return Setter { parameter, marked: None };
        }
        let (place, name) = identity(&parameter);
        let known = marked_in_path.iter().find(|(path, _)| place == "path" && path == name);
        if let Some((_, marked)) = known {
            taken.take(&method(marked));
            return Setter { marked: Some(marked.clone()), parameter };
        }
        let described = format!("{own}_{place}");
        let others = std::iter::once(described.clone()).chain(numbered_words(&described));
        let others = others.map(|name| method(&name));
        let Some(new) = taken.take_first(others.filter(|name| !all.has(name))) else {
            return Setter { parameter, marked: None };
        };
        let why = "another parameter, or the builder itself, has its name";
        renames.note(at, format!("the {place} parameter `{name}` is `{new}` in Rust: {why}"));
        let marked = renames.marks.mark(&new, name);
        if place == "path" {
            marked_in_path.push((name.to_owned(), marked.clone()));
        }
        Setter { parameter, marked: Some(marked) }
    });
    setters.collect()
}

impl Setter {
    fn into_parameter(self) -> Value {
        let mut parameter = self.parameter;
        if let Some(marked) = self.marked {
            parameter["name"] = json!(marked);
        }
        parameter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distinct(path: &str, item: Value) -> (Value, Vec<String>) {
        let shared = json!({"name": "id", "in": "path", "required": true});
        let mut document =
            json!({"paths": { path: item }, "components": {"parameters": {"Id": shared}}});
        let mut renames = Renames::default();
        rename_conflicts(&mut document, &mut renames);
        (document["paths"].take(), renames.notes.into_iter().map(|note| note.text).collect())
    }

    fn setters_of(item: &Value, key: &str) -> Vec<String> {
        let list = item[key]["parameters"].as_array().unwrap();
        list.iter().map(|one| method(one["name"].as_str().unwrap())).collect()
    }

    #[test]
    fn a_path_parameter_keeps_its_name_and_others_get_their_location() {
        let query = json!({"name": "id", "in": "query"});
        let header = json!({"name": "ID", "in": "header"});
        let (paths, notes) = distinct(
            "/a/{id}",
            json!({
                "parameters": [{"$ref": "#/components/parameters/Id"}],
                "get": {"parameters": [header, query]}, "delete": {},
            }),
        );
        let item = &paths["/a/{id}"];
        assert_eq!(setters_of(item, "get"), ["id", "id_query", "id_header"]);
        assert_eq!(setters_of(item, "delete"), ["id"]);
        assert!(item.get("parameters").is_none());
        assert_eq!(notes.len(), 2);
    }

    #[test]
    fn parameters_with_reserved_names_get_their_location() {
        let path = json!({"name": "body", "in": "path", "required": true});
        let query = json!({"name": "send", "in": "query"});
        let get = json!({"parameters": [path, query]});
        let (paths, _) = distinct("/a/{body}/b", json!({ "get": get, "put": get }));
        let (path, item) = paths.as_object().unwrap().iter().next().unwrap();
        assert!(path.starts_with("/a/{body_path"), "{path}");
        assert_eq!(setters_of(item, "get"), ["body_path", "send_query"]);
        assert_eq!(setters_of(item, "put"), ["body_path", "send_query"]);
        assert_eq!(item["get"]["parameters"][0], item["put"]["parameters"][0]);
    }

    #[test]
    fn conflicting_parameters_of_one_location_are_numbered() {
        let query = |name: &str| json!({"name": name, "in": "query"});
        let list = [query("filter[name]"), query("filter_name"), query("filterName")];
        let (paths, _) = distinct("/a", json!({"get": {"parameters": list}}));
        let names = setters_of(&paths["/a"], "get");
        assert_eq!(names, ["filter_name", "filter_name_query", "filter_name_query_2"]);
    }

    #[test]
    fn parameters_without_conflicts_are_unchanged() {
        let item = json!({
            "parameters": [{"$ref": "#/components/parameters/Id"}],
            "get": {"parameters": [{"name": "page", "in": "query"}]},
        });
        assert_eq!(distinct("/a/{id}", item.clone()), (json!({ "/a/{id}": item }), vec![]));
    }
}
