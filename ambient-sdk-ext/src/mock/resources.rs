//! What every kind of record has in common: list, create, get, update and delete.

use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::Value;

use super::{
    call::Call,
    paging::ListQuery,
    problem::{Problem, answer, no_content},
    schema::ObjectSchema,
    sessions,
    state::State,
    store::{Fields, Record},
    table::{KindInfo, Shape, Table},
};

/// The kind whose ids and names both stand for a project in a path.
const PROJECT: &str = "Project";

/// Serves an operation by its shape.
pub(super) fn serve(
    state: &mut State,
    table: &Table,
    call: &Call<'_>,
) -> Result<Response<Body>, Problem> {
    let route = call.route;
    let info = table.kinds.get(&route.kind);
    let info = info.ok_or(Problem::NotImplemented)?;
    match &route.shape {
        Shape::List { list } => page(state, table, call, info, list),
        Shape::Create => create(state, table, call, info),
        Shape::Get => {
            let record = target(state, table, call)?;
            Ok(answer(StatusCode::OK, &Value::Object(record.fields)))
        }
        Shape::Update => update(state, table, call, info),
        Shape::Delete => {
            let id = target(state, table, call)?.id;
            state.store.remove(&route.kind, &id);
            if route.kind == sessions::KIND {
                state.forget_session(&id);
            }
            Ok(no_content())
        }
        Shape::Other => Err(Problem::NotImplemented),
    }
}

/// The record that the path ends with or is below, of the route's kind and under its parents.
pub(super) fn target(state: &State, table: &Table, call: &Call<'_>) -> Result<Record, Problem> {
    let (kind, id) = (call.route.kind.as_str(), call.target());
    let above = &call.pairs[..call.pairs.len().saturating_sub(1)];
    let parents = parents(state, table, above)?;
    let record = state.store.get(kind, id).filter(|record| record.is_under(&parents));
    record.cloned().ok_or_else(|| Problem::not_found(kind, id))
}

/// The parents that a path names, each of which but the project must exist: the real server
/// doesn't look whether there is such a project.
pub(super) fn parents(
    state: &State,
    table: &Table,
    pairs: &[(String, String)],
) -> Result<Vec<(String, String)>, Problem> {
    let mut parents = Vec::new();
    for (collection, id) in pairs {
        let kind = table.kind_of(collection).unwrap_or_default();
        if kind == PROJECT {
            parents.push((collection.clone(), project_id(state, id)));
            continue;
        }
        let parent = state.store.get(kind, id);
        let found = parent.is_some_and(|parent| parent.is_under(&parents));
        if !found {
            return Err(Problem::not_found(kind, id));
        }
        parents.push((collection.clone(), id.clone()));
    }
    Ok(parents)
}

/// What a project is filed under: its id, also when it is called by its name.
pub(super) fn project_id(state: &State, name: &str) -> String {
    let named = state.store.find(PROJECT, "name", name);
    named.map_or_else(|| name.to_owned(), |project| project.id.clone())
}

fn page(
    state: &State,
    table: &Table,
    call: &Call<'_>,
    info: &KindInfo,
    list: &str,
) -> Result<Response<Body>, Problem> {
    let parents = parents(state, table, &call.pairs)?;
    let query = ListQuery::read(call, &info.schema)?;
    let scope = scope(call).map(|project| project_id(state, project));
    let in_scope = |record: &&Record| {
        let project = record.text("project_id");
        scope.is_none() || project.map(|project| project_id(state, project)) == scope
    };
    let records = state.store.all(&call.route.kind);
    let records = records.filter(|record| record.is_under(&parents)).filter(in_scope);
    Ok(answer(StatusCode::OK, &query.page(list, records)))
}

/// The project that narrows a list, where the server looks at it; the query wins over the header.
fn scope<'a>(call: &'a Call<'_>) -> Option<&'a str> {
    let scoped = matches!(call.route.operation.as_str(), "list_sessions" | "list_project_settings");
    let named = call.query("project_id").filter(|project| !project.is_empty());
    named.or_else(|| call.project()).filter(|_| scoped)
}

fn create(
    state: &mut State,
    table: &Table,
    call: &Call<'_>,
    info: &KindInfo,
) -> Result<Response<Body>, Problem> {
    let parents = parents(state, table, &call.pairs)?;
    let request = call.route.request.as_ref().unwrap_or(&info.schema);
    let body = decode_new(request, &info.schema, &call.body)?;
    let kind = call.route.kind.as_str();
    check_names(state, kind, &body, None)?;
    let mut record = with_hidden(body, &info.schema);
    add_defaults(kind, &mut record);
    for ((collection, own), (_, sent)) in parents.iter().zip(&call.pairs) {
        let field = parent_field(collection);
        if info.schema.has(&field) {
            record.set(&field, sent.as_str());
        }
        record.parents.insert(collection.clone(), own.clone());
    }
    let id = if kind == sessions::KIND {
        if let (None, Some(project)) = (record.text("project_id"), call.project()) {
            record.set("project_id", project);
        }
        state.create_session(record, call.now)
    } else {
        state.add(kind, call.path, record, call.now)
    };
    Ok(answer(StatusCode::CREATED, &shown(state, kind, &id)))
}

fn update(
    state: &mut State,
    table: &Table,
    call: &Call<'_>,
    info: &KindInfo,
) -> Result<Response<Body>, Problem> {
    let record = target(state, table, call)?;
    let kind = call.route.kind.as_str();
    let request = call.route.request.as_ref().unwrap_or(&info.schema);
    let mut body = decode(request, &call.body)?;
    body.retain(|key, _| request.has(key));
    check_names(state, kind, &body, Some(&record.id))?;
    if kind == sessions::KIND
        && let Some(Value::String(phase)) = body.remove("phase")
    {
        state.force_phase(&record.id, &phase, call.now);
    }
    let changes = with_hidden(body, &info.schema);
    state.merge(kind, &record.id, changes.fields, call.now);
    state.store.change(kind, &record.id, |record| record.hidden.extend(changes.hidden));
    Ok(answer(StatusCode::OK, &shown(state, kind, &record.id)))
}

/// The JSON of a stored record.
pub(super) fn shown(state: &State, kind: &str, id: &str) -> Value {
    let record = state.store.get(kind, id);
    record.map_or(Value::Null, |record| Value::Object(record.fields.clone()))
}

/// Decodes a body the way the server does, with its words for what is wrong.
pub(super) fn decode(schema: &ObjectSchema, body: &[u8]) -> Result<Fields, Problem> {
    schema
        .decode(body)
        .map_err(|cause| Problem::malformed(format!("Invalid request format: {cause}")))
}

/// Decodes the body of a create: strict about keys, and what only the server sets is left out.
fn decode_new(
    request: &ObjectSchema,
    shown: &ObjectSchema,
    body: &[u8],
) -> Result<Fields, Problem> {
    let mut fields = decode(request, body)?;
    let unknown = fields.keys().find(|key| !request.has(key) && !shown.has(key));
    if let (Some(key), false) = (unknown, request.required.is_empty()) {
        return Err(Problem::malformed(format!(
            "Invalid request format: json: unknown field \"{key}\""
        )));
    }
    fields.retain(|key, _| {
        let own = request.properties.get(key);
        own.is_some_and(|property| !property.read_only)
    });
    let absent = |key: &&String| !fields.contains_key(*key);
    let empty = |key: &&String| *key == "name" && fields.get(*key) == Some(&Value::from(""));
    let mut required = request.required.iter();
    match required.find(|key| absent(key) || empty(key)) {
        Some(missing) => Err(Problem::invalid(format!("{missing} is required"))),
        None => Ok(fields),
    }
}

/// Refuses a name that a project can't have, and one that is taken.
fn check_names(state: &State, kind: &str, body: &Fields, own: Option<&str>) -> Result<(), Problem> {
    let name = body.get("name").and_then(Value::as_str);
    if kind == PROJECT && name.is_some_and(|name| !is_project_name(name)) {
        return Err(Problem::invalid(
            "name must match ^[a-z][a-z0-9-]*[a-z0-9]$ and have 2 to 63 characters",
        ));
    }
    check_unique(state, kind, body, own)
}

/// The names that the database keeps unique.
fn check_unique(
    state: &State,
    kind: &str,
    body: &Fields,
    own: Option<&str>,
) -> Result<(), Problem> {
    let field = match kind {
        PROJECT | "Role" => "name",
        "User" => "username",
        _ => return Ok(()),
    };
    let Some(name) = body.get(field).and_then(Value::as_str) else {
        return Ok(());
    };
    let taken = state.store.find(kind, field, name);
    match taken.filter(|record| Some(record.id.as_str()) != own) {
        Some(_) => Err(Problem::conflict(format!("{kind} with {field}='{name}' already exists"))),
        None => Ok(()),
    }
}

/// `^[a-z][a-z0-9-]*[a-z0-9]$`, 2 to 63 characters.
fn is_project_name(name: &str) -> bool {
    let (first, last) = (name.bytes().next(), name.bytes().last());
    (2..=63).contains(&name.len())
        && first.is_some_and(|b| b.is_ascii_lowercase())
        && last.is_some_and(|b| b != b'-')
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// A record of sent fields; those that no read shows are kept apart.
fn with_hidden(body: Fields, shown: &ObjectSchema) -> Record {
    let mut record = Record::default();
    for (key, value) in body {
        let property = shown.properties.get(&key);
        let visible = property.is_some_and(|property| !property.write_only);
        let place = if visible { &mut record.fields } else { &mut record.hidden };
        place.insert(key, value);
    }
    record
}

fn add_defaults(kind: &str, record: &mut Record) {
    let defaults: &[(&str, Value)] = match kind {
        "InboxMessage" => &[("read", Value::Bool(false))],
        "ScheduledSession" => &[("enabled", Value::Bool(true))],
        "Role" => &[("built_in", Value::Bool(false))],
        _ => &[],
    };
    for (field, value) in defaults {
        record.fields.entry(*field).or_insert_with(|| value.clone());
    }
}

/// The field that holds the id of a parent: `project_id` for `projects`.
fn parent_field(collection: &str) -> String {
    let singular = collection.strip_suffix('s').unwrap_or(collection);
    format!("{}_id", singular.replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn project_names_are_stricter_than_those_of_kubernetes() {
        for good in ["ab", "demo", "my-project-1", &"a".repeat(63)] {
            assert!(is_project_name(good), "{good}");
        }
        for bad in ["", "a", "1a", "a-", "-a", "Ab", "a_b", &"a".repeat(64)] {
            assert!(!is_project_name(bad), "{bad}");
        }
    }

    #[test]
    fn parents_are_filed_under_their_singular() {
        assert_eq!(parent_field("projects"), "project_id");
        assert_eq!(parent_field("scheduled-sessions"), "scheduled_session_id");
    }
}
