//! The operations that all kinds of records share: list, create, get, update and delete.
//!
//! [`Rules`] contains the differences between kinds.

use axum::body::Body;
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::{
    call::Call,
    constraints::{self, Write},
    decode::{self, Decoded, Form},
    kinds::{CreateBody, Rules, Scope as RecordScope},
    list::{ListQuery, Scope},
    problem::{Problem, answer, deleted},
    schema::ObjectSchema,
    search::Columns,
    sessions,
    state::State,
    store::{Fields, Record},
    table::{KindInfo, Shape, Table},
};

/// The kind that need not exist if it is a parent in a path.
const PROJECT: &str = "Project";
/// Go's zero time, which the server returns for a missing time.
const ZERO_TIME: &str = "0001-01-01T00:00:00Z";

/// A call of an operation on a kind of record.
struct Subject<'a> {
    table: &'a Table,
    call: &'a Call<'a>,
    kind: &'a str,
    info: &'a KindInfo,
    rules: &'static Rules,
}

/// Serves an operation by its shape.
pub(super) fn serve(
    state: &mut State,
    table: &Table,
    call: &Call<'_>,
) -> Result<Response<Body>, Problem> {
    let subject = Subject::new(table, call)?;
    match &call.route.shape {
        Shape::List => subject.list(state),
        Shape::Create => subject.create(state),
        // The effect of other actions is unknown. They return the record unchanged.
        Shape::Get | Shape::Act => Ok(answer(StatusCode::OK, &show(&subject.target(state)?))),
        Shape::Update => subject.update(state),
        Shape::Delete => subject.delete(state),
        Shape::Other => Err(Problem::NotImplemented),
    }
}

/// Returns the record of the last id in the path, and checks the parents in the path.
pub(super) fn target(state: &State, table: &Table, call: &Call<'_>) -> Result<Record, Problem> {
    Subject::new(table, call)?.target(state)
}

/// Returns the JSON of a stored record.
pub(super) fn shown(state: &State, kind: &str, id: &str) -> Value {
    state.store.get(kind, id).map_or(Value::Null, show)
}

/// Returns the JSON of a stored record for the response to a write. It contains the times as they
/// were sent, while later reads return the stored ones.
pub(super) fn shown_as_sent(state: &State, kind: &str, id: &str, sent_times: Fields) -> Value {
    let mut shown = shown(state, kind, id);
    for (field, time) in sent_times {
        if shown.get(&field).is_some_and(Value::is_string) {
            shown[field] = time;
        }
    }
    shown
}

/// Decodes a body like the server, with its error messages.
pub(super) fn decode(schema: &ObjectSchema, body: &[u8]) -> Result<Decoded, Problem> {
    let form = Form { name: schema.name.clone(), strict: false };
    decode_as(schema, &form, body)
}

fn decode_as(schema: &ObjectSchema, form: &Form, body: &[u8]) -> Result<Decoded, Problem> {
    decode::decode(schema, form, body).map_err(malformed)
}

/// Returns the error for an invalid body, with the message of the decoder.
pub(super) fn malformed(cause: String) -> Problem {
    Problem::malformed(format!("Invalid request format: {cause}"))
}

fn show(record: &Record) -> Value {
    let mut fields = record.fields.clone();
    for time in ["created_at", "updated_at"] {
        if fields.get(time).is_some_and(Value::is_null) {
            fields.insert(time.into(), ZERO_TIME.into());
        }
    }
    Value::Object(fields)
}

impl<'a> Subject<'a> {
    fn new(table: &'a Table, call: &'a Call<'a>) -> Result<Self, Problem> {
        let kind = call.route.kind.as_str();
        let info = table.kinds.get(kind).ok_or(Problem::NotImplemented)?;
        Ok(Self { table, call, kind, info, rules: Rules::of(kind) })
    }

    fn target(&self, state: &State) -> Result<Record, Problem> {
        let id = self.call.target();
        let parents = &self.call.pairs[..self.call.pairs.len().saturating_sub(1)];
        self.check_parents(state, parents)?;
        if id.contains('\0') && !self.rules.in_memory {
            let cause = constraints::NUL;
            let reason = format!("Unable to find {} with id='{id}': pq: {cause}", self.kind);
            return Err(Problem::general(reason));
        }
        let record = state.store.get(self.kind, id);
        let record = record.ok_or_else(|| self.rules.not_found(self.kind, id))?;
        check_belongs(self.info, self.rules, record, parents)?;
        Ok(record.clone())
    }

    /// Checks the parents in the path: each must exist and belong to the parent before it. The
    /// server doesn't check whether a project exists. A parent of no known kind can't be created
    /// here, so it is assumed to exist.
    fn check_parents(&self, state: &State, parents: &[(String, String)]) -> Result<(), Problem> {
        if matches!(self.rules.scope, RecordScope::Ignored | RecordScope::Placed) {
            return Ok(());
        }
        for (at, (collection, id)) in parents.iter().enumerate() {
            let kind = self.table.kind_of(collection);
            if kind == Some(PROJECT) {
                continue;
            }
            check_id(collection, id)?;
            let Some(kind) = kind else { continue };
            let rules = Rules::of(kind);
            let parent = state.store.get(kind, id);
            let parent = parent.ok_or_else(|| rules.not_found(kind, id))?;
            if let Some(info) = self.table.kinds.get(kind) {
                check_belongs(info, rules, parent, &parents[..at])?;
            }
        }
        Ok(())
    }

    fn list(&self, state: &State) -> Result<Response<Body>, Problem> {
        if self.rules.in_memory {
            return Ok(self.list_all(state));
        }
        let scope = self.scope(state)?;
        let columns = Columns {
            kind: self.kind,
            table: &self.info.table,
            schema: &self.info.schema,
            hidden: self.rules.hidden_columns,
        };
        let records = state.store.all(self.kind);
        let page = ListQuery::read(self.call).page(&columns, scope, records, show)?;
        Ok(answer(StatusCode::OK, &page))
    }

    /// Lists all records under the parents in the path, without paging, search or order.
    fn list_all(&self, state: &State) -> Response<Body> {
        let is_here = |record: &&Record| {
            let mut pairs = self.call.pairs.iter();
            pairs.all(|(collection, id)| record.text(&parent_field(collection)) == Some(id))
        };
        let items: Vec<_> = state.store.all(self.kind).filter(is_here).map(show).collect();
        let page = json!({
            "kind": format!("{}List", self.kind),
            "page": 1,
            "size": items.len(),
            "total": items.len(),
            "items": items,
        });
        answer(StatusCode::OK, &page)
    }

    /// Returns the condition that limits a list: the last parent in its path, or for some kinds the
    /// project from the query or the header. The query takes precedence over the header.
    fn scope(&self, state: &State) -> Result<Option<Scope>, Problem> {
        self.check_parents(state, &self.call.pairs)?;
        let is_named = self.rules.scope == RecordScope::ByProject;
        if let Some((collection, id)) = self.call.pairs.last() {
            if self.rules.scope == RecordScope::Ignored {
                return Ok(None);
            }
            check_id(collection, id)?;
            let field = parent_field(collection);
            // Without the field, the parent of a record is not known.
            let is_known = self.info.schema.has(&field);
            return Ok(is_known.then(|| Scope::new(&field, id, is_named)));
        }
        let query = self.call.query("project_id").filter(|project| !project.is_empty());
        let Some(project) = query.or_else(|| self.call.project()).filter(|_| is_named) else {
            return Ok(None);
        };
        let is_safe = |c: char| c.is_ascii_alphanumeric() || "_.@:-".contains(c);
        match project.chars().all(is_safe) {
            true => Ok(Some(Scope::new("project_id", project, true))),
            false => Err(Problem::invalid("invalid project_id format")),
        }
    }

    fn create(&self, state: &mut State) -> Result<Response<Body>, Problem> {
        let mut decoded = self.decode_new()?;
        self.check_parents(state, &self.call.pairs)?;
        self.set_parents(&mut decoded.fields);
        (self.rules.normalise)(&mut decoded.fields);
        (self.rules.before_create)(state, &decoded.fields)?;
        let fields = self.with_defaults(decoded.fields);
        let write = Write::create(self.kind, self.rules, &self.info.table);
        constraints::check(state, &write, &fields)?;
        let record = split(fields, &self.info.schema);
        let id = match self.kind {
            sessions::KIND => state.create_session(record, self.call.now),
            kind => state.add(kind, &self.info.address(self.call), record, self.call.now),
        };
        (self.rules.after_create)(state, &id, self.call.now);
        let shown = shown_as_sent(state, self.kind, &id, decoded.sent_times);
        Ok(answer(self.call.route.success(StatusCode::CREATED), &shown))
    }

    /// Decodes the body of a create and drops the fields that only the server sets.
    fn decode_new(&self) -> Result<Decoded, Problem> {
        let request = self.call.route.request.as_ref().unwrap_or(&self.info.schema);
        let (form, non_empty) = match self.rules.create {
            CreateBody::Declared if request.required.is_empty() => {
                (Form { name: self.kind.to_owned(), strict: false }, &[][..])
            }
            // Go types with required fields are decoded strictly, through an inner type whose name
            // begins with an underscore.
            CreateBody::Declared => {
                (Form { name: format!("_{}", self.kind), strict: true }, &[][..])
            }
            CreateBody::Lenient(name, non_empty) => {
                (Form { name: name.to_owned(), strict: false }, non_empty)
            }
        };
        let mut decoded = decode_as(request, &form, &self.call.body)?;
        let fields = &mut decoded.fields;
        if fields.get("id").and_then(Value::as_str).is_some_and(|id| !id.is_empty()) {
            return Err(Problem::invalid("id must be empty"));
        }
        let is_empty = |field: &&&str| fields.get(**field) == Some(&Value::from(""));
        if let Some(field) = non_empty.iter().find(is_empty) {
            return Err(Problem::invalid(format!("{field} is required")));
        }
        fields.retain(|key, _| {
            let own = self.info.schema.properties.get(key);
            let is_fixed = own.is_some_and(|property| property.read_only);
            !is_fixed || self.rules.set_at_creation.contains(&key.as_str())
        });
        Ok(decoded)
    }

    /// Sets the parent ids of a new record from the path, and the project of a session also from the
    /// header.
    fn set_parents(&self, fields: &mut Fields) {
        for (collection, id) in &self.call.pairs {
            let field = parent_field(collection);
            let is_placed = self.rules.scope != RecordScope::Ignored;
            if is_placed && self.info.schema.has(&field) {
                fields.insert(field, id.as_str().into());
            }
        }
        if self.kind == sessions::KIND
            && let (None, Some(project)) = (fields.get("project_id"), self.call.project())
        {
            fields.insert("project_id".into(), project.into());
        }
    }

    /// Adds the defaults, null for missing nullable fields, and zero values for required fields that only
    /// the server sets.
    fn with_defaults(&self, mut fields: Fields) -> Fields {
        self.rules.add_defaults(&mut fields);
        for (name, property) in &self.info.schema.properties {
            if property.nullable {
                fields.entry(name).or_insert(Value::Null);
            } else if property.read_only && self.info.schema.required.contains(name) {
                let zero = property.kind.zero();
                fields.entry(name).or_insert(zero);
            }
        }
        fields
    }

    fn update(&self, state: &mut State) -> Result<Response<Body>, Problem> {
        let request = self.call.route.request.as_ref().unwrap_or(&self.info.schema);
        let mut decoded = decode(request, &self.call.body)?;
        let record = self.target(state)?;
        let changes = &mut decoded.fields;
        changes.retain(|key, _| !self.rules.ignored_in_updates.contains(&key.as_str()));
        (self.rules.normalise)(changes);
        (self.rules.before_update)(state, &record, changes)?;
        let write = Write::update(self.kind, self.rules, &self.info.table, &record);
        constraints::check(state, &write, changes)?;
        let changes = split(std::mem::take(changes), &self.info.schema);
        let time = state.clock.text(self.call.now);
        let is_replaced = self.call.route.method == Method::PUT;
        state.store.change(self.kind, &record.id, |record| {
            if is_replaced {
                record.fields.retain(|field, _| self.is_kept(field));
            }
            record.set("updated_at", time);
            record.hidden.extend(changes.hidden);
            for (key, value) in changes.fields {
                self.apply(record, key, value);
            }
        });
        let shown = shown_as_sent(state, self.kind, &record.id, decoded.sent_times);
        Ok(answer(self.call.route.success(StatusCode::OK), &shown))
    }

    /// Returns whether a replaced record keeps a field: one that the server set, or of a parent.
    fn is_kept(&self, field: &str) -> bool {
        let property = self.info.schema.properties.get(field);
        let mut parents = self.call.pairs.iter().map(|(collection, _)| parent_field(collection));
        property.is_none_or(|property| property.read_only) || parents.any(|parent| parent == field)
    }

    /// Sets a field. Null removes a field that is not nullable.
    fn apply(&self, record: &mut Record, key: String, value: Value) {
        let property = self.info.schema.properties.get(&key);
        match value.is_null() && !property.is_some_and(|property| property.nullable) {
            true => drop(record.fields.remove(&key)),
            false => drop(record.fields.insert(key, value)),
        }
    }

    fn delete(&self, state: &mut State) -> Result<Response<Body>, Problem> {
        let exists = state.store.get(self.kind, self.call.target()).is_some();
        if self.rules.ignores_missing_delete && !exists {
            return Ok(self.deleted());
        }
        let record = self.target(state)?;
        (self.rules.before_delete)(state, &record)?;
        state.store.remove(self.kind, &record.id);
        if self.kind == sessions::KIND {
            state.forget_session(&record.id);
        }
        Ok(self.deleted())
    }

    fn deleted(&self) -> Response<Body> {
        deleted(self.call.route.success(StatusCode::NO_CONTENT))
    }
}

/// Rejects a record that doesn't belong to the parent in the path.
fn check_belongs(
    info: &KindInfo,
    rules: &Rules,
    record: &Record,
    parents: &[(String, String)],
) -> Result<(), Problem> {
    let (RecordScope::Owned(noun), Some((collection, id))) = (rules.scope, parents.last()) else {
        return Ok(());
    };
    let field = parent_field(collection);
    match info.schema.has(&field) && record.text(&field) != Some(id) {
        true => {
            let parent = singular(collection);
            Err(Problem::forbidden(format!("{noun} does not belong to this {parent}")))
        }
        false => Ok(()),
    }
}

/// Rejects an id that the server doesn't allow in an SQL condition.
fn check_id(collection: &str, id: &str) -> Result<(), Problem> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    match !id.is_empty() && id.chars().all(is_plain) {
        true => Ok(()),
        false => Err(Problem::invalid(format!("invalid {} id", singular(collection)))),
    }
}

/// Creates a record from the sent fields and separates those that are never returned.
fn split(fields: Fields, shown: &ObjectSchema) -> Record {
    let mut record = Record::default();
    for (key, value) in fields {
        let property = shown.properties.get(&key);
        let visible = property.is_some_and(|property| !property.write_only);
        let place = if visible { &mut record.fields } else { &mut record.hidden };
        place.insert(key, value);
    }
    record
}

/// Returns the field with the id of a parent, for example `project_id` for `projects`.
fn parent_field(collection: &str) -> String {
    format!("{}_id", singular(collection))
}

fn singular(collection: &str) -> String {
    collection.strip_suffix('s').unwrap_or(collection).replace('-', "_")
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use http::HeaderMap;
    use tokio::time::Instant;

    use super::*;
    use crate::mock::{
        access::Grant,
        table::{Lookup, Service},
    };

    const API: &str = "/api/ambient/v1";

    /// A server of a document with resources whose rules only the document has.
    struct Later {
        table: Table,
        state: State,
    }

    impl Later {
        /// Tents belong to a camp, which has no operations. Their creation is accepted with 202, and
        /// they are replaced. Seasons can only be read.
        fn new() -> Self {
            let schema = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
            let content = |name: &str| json!({"application/json": {"schema": schema(name)}});
            let operation = |id: &str, status: &str, name: &str| {
                let body = json!({"content": content("NewTent")});
                let responses = json!({status: {"description": "OK", "content": content(name)}});
                json!({"operationId": id, "requestBody": body, "responses": responses})
            };
            let list = |name: &str| {
                let items = json!({"type": "array", "items": schema(name)});
                let total = json!({"type": "integer"});
                json!({"type": "object", "properties": {"items": items, "total": total}})
            };
            let (text, fixed) =
                (json!({"type": "string"}), json!({"type": "string", "readOnly": true}));
            let object = |properties: Value| json!({"type": "object", "required": ["code"], "properties": properties});
            let document = json!({
                "paths": {
                    format!("{API}/camps/{{camp_id}}/tents"): {
                        "get": operation("list_tents", "200", "TentList"),
                        "post": operation("create_tent", "202", "Tent"),
                    },
                    format!("{API}/camps/{{camp_id}}/tents/{{id}}"): {
                        "put": operation("replace_tent", "200", "Tent"),
                        "delete": {"operationId": "delete_tent", "responses": {"200": {"description": "OK"}}},
                    },
                    format!("{API}/seasons"): {"get": operation("list_seasons", "200", "SeasonList")},
                },
                "components": {"schemas": {
                    "Tent": object(json!({
                        "name": text, "color": text, "camp_id": text, "id": fixed, "code": fixed,
                    })),
                    "NewTent": {"type": "object", "properties": {"name": text, "color": text}},
                    "TentList": list("Tent"),
                    "Season": object(json!({"name": text, "code": fixed})),
                    "SeasonList": list("Season"),
                }},
            });
            let mut table = Table::default();
            table.add(Service::ApiServer, &document.to_string()).unwrap();
            Self { table, state: State::new(Default::default(), Default::default(), None) }
        }

        async fn call(&mut self, method: Method, path: &str, body: Value) -> (u16, Value) {
            let path = format!("{API}/{path}");
            let Lookup::Found(found) = self.table.find(&method, &path, "*/*") else {
                panic!("{method} {path} is not found");
            };
            let call = Call {
                route: found.route,
                path: &path,
                pairs: found.pairs,
                query: Vec::new(),
                headers: &HeaderMap::new(),
                body: body.to_string().into(),
                grant: Grant::default(),
                now: Instant::now(),
                commit_delay: None,
            };
            let answered = serve(&mut self.state, &self.table, &call);
            let response =
                answered.unwrap_or_else(|problem| panic!("{method} {path}: {problem:?}"));
            let status = response.status().as_u16();
            let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            (status, serde_json::from_slice(&body).unwrap_or_default())
        }
    }

    #[tokio::test]
    async fn a_resource_of_a_later_document_is_served_by_its_declarations() {
        let mut server = Later::new();
        let tent = json!({"name": "a", "color": "red"});
        let (status, tent) = server.call(Method::POST, "camps/c/tents", tent).await;
        assert_eq!((status, &tent["camp_id"], &tent["code"]), (202, &json!("c"), &json!("")));
        let path = format!("camps/c/tents/{}", tent["id"].as_str().unwrap());
        let (status, replaced) = server.call(Method::PUT, &path, json!({"name": "b"})).await;
        assert_eq!((status, &replaced["name"]), (200, &json!("b")));
        assert_eq!((&replaced["color"], &replaced["camp_id"]), (&Value::Null, &json!("c")));
        for (camp, total) in [("c", 1), ("d", 0)] {
            let (_, page) =
                server.call(Method::GET, &format!("camps/{camp}/tents"), json!({})).await;
            assert_eq!(page["total"], total, "{camp}");
        }
        assert_eq!(server.call(Method::DELETE, &path, json!({})).await.0, 200);
    }

    #[tokio::test]
    async fn a_resource_without_a_create_is_listed() {
        let mut server = Later::new();
        let (status, page) = server.call(Method::GET, "seasons", json!({})).await;
        assert_eq!((status, &page["total"]), (200, &json!(0)));
        assert!(server.table.kinds.contains_key("Season"));
    }

    #[test]
    fn parent_fields_are_singular() {
        assert_eq!(parent_field("projects"), "project_id");
        assert_eq!(parent_field("scheduled-sessions"), "scheduled_session_id");
    }
}
