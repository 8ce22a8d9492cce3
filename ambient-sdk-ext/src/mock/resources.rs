//! What every kind of record has in common: list, create, get, update and delete.
//!
//! Where kinds differ, [`Rules`] say how.

use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{
    call::Call,
    constraints::{self, Write},
    decode::{self, Decoded, Form},
    kinds::{CreateBody, Rules, Scope as Belonging},
    list::{ListQuery, Scope},
    problem::{Problem, answer, deleted},
    schema::ObjectSchema,
    search::Columns,
    sessions,
    state::State,
    store::{Fields, Record},
    table::{KindInfo, Shape, Table},
};

/// The kind that may be missing where a path names one.
const PROJECT: &str = "Project";
/// How a time is written that nobody knows.
const NO_TIME: &str = "0001-01-01T00:00:00Z";

/// A call about a kind of record.
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
        Shape::List => subject.page(state),
        Shape::Create => subject.create(state),
        // What an action of a kind does is unknown here: it does nothing, to a record that is there.
        Shape::Get | Shape::Act => Ok(answer(StatusCode::OK, &show(&subject.target(state)?))),
        Shape::Update => subject.update(state),
        Shape::Delete => subject.delete(state),
        Shape::Other => Err(Problem::NotImplemented),
    }
}

/// The record that the path ends with or is below, of the route's kind and under its parents.
pub(super) fn target(state: &State, table: &Table, call: &Call<'_>) -> Result<Record, Problem> {
    Subject::new(table, call)?.target(state)
}

/// The JSON of a stored record.
pub(super) fn shown(state: &State, kind: &str, id: &str) -> Value {
    state.store.get(kind, id).map_or(Value::Null, show)
}

/// The JSON of a stored record after a write, which shows times as they were sent; those that read
/// them later get others.
pub(super) fn shown_as_sent(state: &State, kind: &str, id: &str, sent_times: Fields) -> Value {
    let mut shown = shown(state, kind, id);
    for (field, time) in sent_times {
        if shown.get(&field).is_some_and(Value::is_string) {
            shown[field] = time;
        }
    }
    shown
}

/// Decodes a body the way the server does, with its words for what is wrong.
pub(super) fn decode(schema: &ObjectSchema, body: &[u8]) -> Result<Decoded, Problem> {
    let form = Form { name: schema.name.clone(), strict: false };
    decode_as(schema, &form, body)
}

fn decode_as(schema: &ObjectSchema, form: &Form, body: &[u8]) -> Result<Decoded, Problem> {
    decode::decode(schema, form, body).map_err(malformed)
}

/// A body that can't be read, with the words of the decoder.
pub(super) fn malformed(cause: String) -> Problem {
    Problem::malformed(format!("Invalid request format: {cause}"))
}

fn show(record: &Record) -> Value {
    let mut fields = record.fields.clone();
    for time in ["created_at", "updated_at"] {
        if fields.get(time).is_some_and(Value::is_null) {
            fields.insert(time.into(), NO_TIME.into());
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
        let above = &self.call.pairs[..self.call.pairs.len().saturating_sub(1)];
        self.check_above(state, above)?;
        if id.contains('\0') && !self.rules.in_memory {
            let cause = constraints::NUL;
            let reason = format!("Unable to find {} with id='{id}': pq: {cause}", self.kind);
            return Err(Problem::general(reason));
        }
        let record = state.store.get(self.kind, id);
        let record = record.ok_or_else(|| self.rules.not_found(self.kind, id))?;
        check_belongs(self.info, self.rules, record, above)?;
        Ok(record.clone())
    }

    /// Checks what stands in the path above a record or a list: each must exist, and belong to what
    /// is above itself. The server doesn't look whether there is such a project.
    fn check_above(&self, state: &State, above: &[(String, String)]) -> Result<(), Problem> {
        if matches!(self.rules.scope, Belonging::Ignored | Belonging::Placed) {
            return Ok(());
        }
        for (at, (collection, id)) in above.iter().enumerate() {
            let kind = self.table.kind_of(collection).unwrap_or_default();
            if kind == PROJECT {
                continue;
            }
            check_id(collection, id)?;
            let rules = Rules::of(kind);
            let parent = state.store.get(kind, id);
            let parent = parent.ok_or_else(|| rules.not_found(kind, id))?;
            if let Some(info) = self.table.kinds.get(kind) {
                check_belongs(info, rules, parent, &above[..at])?;
            }
        }
        Ok(())
    }

    fn page(&self, state: &State) -> Result<Response<Body>, Problem> {
        if self.rules.in_memory {
            return Ok(self.whole(state));
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

    /// All records of a place, whatever is asked for.
    fn whole(&self, state: &State) -> Response<Body> {
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

    /// What narrows a list: the last of what its path names, or a project that the query or the
    /// header names, where the server looks at it. The query wins.
    fn scope(&self, state: &State) -> Result<Option<Scope>, Problem> {
        self.check_above(state, &self.call.pairs)?;
        let is_named = self.rules.scope == Belonging::Named;
        if let Some((collection, id)) = self.call.pairs.last() {
            if self.rules.scope == Belonging::Ignored {
                return Ok(None);
            }
            check_id(collection, id)?;
            return Ok(Some(Scope::new(&parent_field(collection), id, is_named)));
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
        self.check_above(state, &self.call.pairs)?;
        self.place(&mut decoded.fields);
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
        Ok(answer(StatusCode::CREATED, &shown))
    }

    /// Decodes the body of a create, without what only the server sets.
    fn decode_new(&self) -> Result<Decoded, Problem> {
        let request = self.call.route.request.as_ref().unwrap_or(&self.info.schema);
        let (form, filled) = match self.rules.create {
            // A type that requires something is read by a type of its own inside.
            CreateBody::Declared if request.required.is_empty() => {
                (Form { name: self.kind.to_owned(), strict: false }, &[][..])
            }
            CreateBody::Declared => {
                (Form { name: format!("_{}", self.kind), strict: true }, &[][..])
            }
            CreateBody::Lenient(name, filled) => {
                (Form { name: name.to_owned(), strict: false }, filled)
            }
        };
        let mut decoded = decode_as(request, &form, &self.call.body)?;
        let fields = &mut decoded.fields;
        if fields.get("id").and_then(Value::as_str).is_some_and(|id| !id.is_empty()) {
            return Err(Problem::invalid("id must be empty"));
        }
        let is_empty = |field: &&&str| fields.get(**field) == Some(&Value::from(""));
        if let Some(field) = filled.iter().find(is_empty) {
            return Err(Problem::invalid(format!("{field} is required")));
        }
        fields.retain(|key, _| {
            let own = self.info.schema.properties.get(key);
            let is_fixed = own.is_some_and(|property| property.read_only);
            !is_fixed || self.rules.set_at_creation.contains(&key.as_str())
        });
        Ok(decoded)
    }

    /// Writes into a new record what its path, or for some kinds the header, says of its place.
    fn place(&self, fields: &mut Fields) {
        for (collection, id) in &self.call.pairs {
            let field = parent_field(collection);
            let is_placed = self.rules.scope != Belonging::Ignored;
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

    /// Fills in what nobody gave.
    fn with_defaults(&self, mut fields: Fields) -> Fields {
        self.rules.add_defaults(&mut fields);
        for (name, property) in &self.info.schema.properties {
            if property.nullable {
                fields.entry(name).or_insert(Value::Null);
            }
        }
        fields
    }

    fn update(&self, state: &mut State) -> Result<Response<Body>, Problem> {
        let request = self.call.route.request.as_ref().unwrap_or(&self.info.schema);
        let mut decoded = decode(request, &self.call.body)?;
        let record = self.target(state)?;
        let changes = &mut decoded.fields;
        changes.retain(|key, _| !self.rules.unpatched.contains(&key.as_str()));
        (self.rules.normalise)(changes);
        (self.rules.before_update)(state, &record, changes)?;
        let write = Write::update(self.kind, self.rules, &self.info.table, &record);
        constraints::check(state, &write, changes)?;
        let changes = split(std::mem::take(changes), &self.info.schema);
        let time = state.clock.text(self.call.now);
        state.store.change(self.kind, &record.id, |record| {
            record.set("updated_at", time);
            record.hidden.extend(changes.hidden);
            for (key, value) in changes.fields {
                self.apply(record, key, value);
            }
        });
        let shown = shown_as_sent(state, self.kind, &record.id, decoded.sent_times);
        Ok(answer(StatusCode::OK, &shown))
    }

    /// Sets a field. Null takes away one that can't be null.
    fn apply(&self, record: &mut Record, key: String, value: Value) {
        let property = self.info.schema.properties.get(&key);
        match value.is_null() && !property.is_some_and(|property| property.nullable) {
            true => drop(record.fields.remove(&key)),
            false => drop(record.fields.insert(key, value)),
        }
    }

    fn delete(&self, state: &mut State) -> Result<Response<Body>, Problem> {
        let exists = state.store.get(self.kind, self.call.target()).is_some();
        if self.rules.deletes_nothing && !exists {
            return Ok(deleted());
        }
        let record = self.target(state)?;
        (self.rules.before_delete)(state, &record)?;
        state.store.remove(self.kind, &record.id);
        if self.kind == sessions::KIND {
            state.forget_session(&record.id);
        }
        Ok(deleted())
    }
}

/// Refuses a record that belongs to something else than its path says.
fn check_belongs(
    info: &KindInfo,
    rules: &Rules,
    record: &Record,
    above: &[(String, String)],
) -> Result<(), Problem> {
    let (Belonging::Owned(noun), Some((collection, id))) = (rules.scope, above.last()) else {
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

/// Refuses an id that the server would not write into a condition.
fn check_id(collection: &str, id: &str) -> Result<(), Problem> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    match !id.is_empty() && id.chars().all(is_plain) {
        true => Ok(()),
        false => Err(Problem::invalid(format!("invalid {} id", singular(collection)))),
    }
}

/// A record of sent fields; those that no read shows are kept apart.
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

/// The field that holds the id of a parent: `project_id` for `projects`.
fn parent_field(collection: &str) -> String {
    format!("{}_id", singular(collection))
}

fn singular(collection: &str) -> String {
    collection.strip_suffix('s').unwrap_or(collection).replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_are_filed_under_their_singular() {
        assert_eq!(parent_field("projects"), "project_id");
        assert_eq!(parent_field("scheduled-sessions"), "scheduled_session_id");
    }
}
