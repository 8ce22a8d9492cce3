//! Calls every operation of both documents and validates the responses against the documents.

use ambient_sdk_ext::mock::MockServer;
use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::common::{create, get, http, post};

/// One operation of a document.
pub(crate) struct Operation {
    pub(crate) id: String,
    method: Method,
    path: String,
    accept: String,
    pub(crate) spec: Value,
}

impl Operation {
    /// Whether the operation is declared but not implemented by the real server.
    pub(crate) fn is_unserved(&self) -> bool {
        self.spec["x-unserved"] == true
    }

    /// Whether the operation needs no token. The document declares this per operation only.
    fn is_open(&self) -> bool {
        self.spec["security"].as_array().is_some_and(Vec::is_empty)
    }
}

/// Parses a document and converts its schemas to JSON Schema, in which `nullable` is a type.
pub(crate) fn document(text: &str) -> Value {
    fn convert(value: &mut Value) {
        match value {
            Value::Object(object) => {
                object.values_mut().for_each(convert);
                if object.remove("nullable") == Some(json!(true)) {
                    let schema = Value::Object(std::mem::take(object));
                    object.insert("anyOf".into(), json!([{"type": "null"}, schema]));
                }
            }
            Value::Array(items) => items.iter_mut().for_each(convert),
            _ => {}
        }
    }
    let mut document = serde_json::from_str(text).unwrap();
    convert(&mut document);
    document
}

pub(crate) fn operations(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, spec) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            if spec.get("operationId").is_none() {
                continue;
            }
            operations.push(Operation {
                id: spec["operationId"].as_str().unwrap().into(),
                method,
                path: path.split('#').next().unwrap().into(),
                accept: spec["x-accept"].as_str().unwrap_or("application/json").into(),
                spec: spec.clone(),
            });
        }
    }
    // Deletes come last, so that the other operations find their records.
    operations.sort_by_key(|operation| operation.method == Method::DELETE);
    operations
}

/// Checks a response against the document's declaration of an operation.
pub(crate) fn check(
    document: &Value,
    operation: &Operation,
    status: u16,
    content: &str,
    body: &str,
) {
    let id = &operation.id;
    let responses = operation.spec["responses"].as_object().unwrap();
    let class = format!("{}XX", status / 100);
    let declared = responses.get(&status.to_string()).or_else(|| responses.get(&class));
    let declared = declared.unwrap_or_else(|| panic!("{id} answers {status}: {body}"));
    if operation.method == Method::HEAD {
        return assert!(body.is_empty(), "{id}");
    }
    let Some(schema) = declared.pointer("/content/application~1json/schema") else {
        assert!(status == 204 || operation.accept == content, "{id} answers {content}");
        return;
    };
    // The real servers send plain text where the document declares an error object.
    if status >= 400 && content.starts_with("text/plain") {
        return;
    }
    assert_eq!(content.split(';').next(), Some("application/json"), "{id}");
    // The bodies of several successes are listed by status.
    let bodies = schema["$ref"].as_str().and_then(|to| document.pointer(&to[1..]));
    let own = bodies.and_then(|bodies| bodies["x-answers"].get(status.to_string()));
    let schema = own.unwrap_or(schema);
    let errors = errors(document, schema, body);
    assert!(errors.is_empty(), "{id} answers {status} {body}: {errors:?}");
}

/// Validates a JSON text against a schema of the document and returns the errors.
pub(crate) fn errors(document: &Value, schema: &Value, text: &str) -> Vec<String> {
    let schema = json!({"allOf": [schema], "components": document["components"]});
    let validator = Validator::options().should_validate_formats(true).build(&schema).unwrap();
    let value: Value = serde_json::from_str(text).unwrap();
    validator.iter_errors(&value).map(|error| error.to_string()).collect()
}

/// The number of lists and objects in each other in a sample. A schema can contain itself.
const DEPTH: usize = 6;

/// Creates a body with a value for every property.
pub(crate) fn sample(document: &Value, schema: &Value) -> Value {
    sample_at(document, schema, 0)
}

/// Creates a value. The deepest one has no lists and objects that can be omitted.
fn sample_at(document: &Value, schema: &Value, depth: usize) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(&reference[1..]);
        return sample_at(document, target.unwrap_or_else(|| panic!("no {reference}")), depth);
    }
    for combined in ["allOf", "anyOf", "oneOf"] {
        if let Some(parts) = schema[combined].as_array() {
            return sample_at(document, parts.last().unwrap(), depth);
        }
    }
    let inner = |schema| sample_at(document, schema, depth + 1);
    // A closed enum is a tag.
    if let Some(first) = schema["x-extensible-enum"].get(0).or(schema["enum"].get(0)) {
        return first.clone();
    }
    match (schema["type"].as_str().unwrap_or("object"), schema["format"].as_str()) {
        ("string", Some("date-time")) => json!("2026-01-01T00:00:00Z"),
        ("string", Some("json")) => json!("{}"),
        ("string", _) => json!("sample"),
        ("integer", _) => json!(1),
        ("number", _) => json!(0.5),
        ("boolean", _) => json!(true),
        ("array", _) if depth < DEPTH => json!([inner(&schema["items"])]),
        ("array", _) => json!([]),
        (_, _) => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let is_shown = |key: &str| depth < DEPTH || required.iter().any(|one| one == key);
            let shown = properties.filter(|(key, _)| is_shown(key));
            let fields = shown.map(|(key, schema)| (key.clone(), inner(schema)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
    }
}

/// Creates a record of every kind. Returns their collections, with or without their parents, and ids.
async fn records<'a>(
    server: &MockServer,
    document: &Value,
    operations: &'a [Operation],
) -> Vec<(&'a str, String)> {
    let agents = "/projects/demo/agents";
    let agent = create(server, agents, json!({"name": "a", "project_id": "demo"})).await;
    let inbox = json!({"agent_id": agent, "body": "hello"});
    let inbox = create(server, &format!("{agents}/{agent}/inbox"), inbox).await;
    let schedule = json!({"name": "n", "project_id": "demo", "schedule": "0 2 * * *"});
    let schedule = create(server, "/projects/demo/scheduled-sessions", schedule).await;
    let credential = json!({"name": "c", "provider": "github", "token": "t"});
    let credential = create(server, "/projects/demo/credentials", credential).await;
    let insert = |kind: &str, fields: Value| server.insert(kind, fields).unwrap();
    let session = insert("Session", json!({"name": "s", "prompt": "p", "project_id": "demo"}));
    let (_, roles) = get(server, "/roles?search=name%20=%20'project:viewer'").await;
    let viewer = roles["items"][0]["id"].as_str().unwrap().to_owned();
    let binding = insert("RoleBinding", json!({"role_id": viewer, "scope": "global"}));
    let mut records = vec![
        ("built-in roles", viewer),
        ("agents", agent),
        ("inbox", inbox),
        ("scheduled-sessions", schedule),
        ("credentials", credential),
        ("sessions", session),
        ("roles", insert("Role", json!({"name": "r"}))),
        ("role_bindings", binding),
        ("users", insert("User", json!({"name": "u", "username": "u"}))),
        ("project_settings", insert("ProjectSettings", json!({"project_id": "demo"}))),
        (
            "applications",
            insert(
                "Application",
                json!({
                    "name": "a", "source_repo_url": "u", "source_path": "p", "destination_project": "demo",
                }),
            ),
        ),
    ];
    let builtin: Vec<&str> = records.iter().map(|(known, _)| *known).collect();
    for (path, kind) in uncreated(document, operations) {
        records.push((path, insert_sample(server, document, &kind)));
    }
    // Records of other collections, which a later document may have, are created from samples.
    for operation in operations.iter().filter(|operation| operation.method == Method::POST) {
        let Some(path) = operation.path.strip_prefix("/api/ambient/v1") else { continue };
        let collection = path.rsplit('/').next().unwrap();
        let is_known = builtin.contains(&collection);
        let is_record = operations.iter().any(|one| {
            one.path.strip_prefix(&operation.path).is_some_and(|id| id.starts_with("/{"))
        });
        let schema = operation.spec.pointer("/requestBody/content/application~1json/schema");
        let Some(schema) = schema.filter(|_| is_record && !is_known && collection != "projects")
        else {
            continue;
        };
        let mut parents = records.clone();
        parents.push(("projects", "demo".into()));
        let body = sample(document, schema);
        let (status, record) = post(server, &fill(path, &parents, true), body).await;
        assert!((200..300).contains(&status), "{record}");
        records.push((path.trim_start_matches('/'), record["id"].as_str().unwrap().to_owned()));
    }
    records
}

/// Returns the collections whose records can't be created through the API, with the kinds of the records.
/// The current document has none.
pub(crate) fn uncreated<'a>(
    document: &Value,
    operations: &'a [Operation],
) -> Vec<(&'a str, String)> {
    let is_created =
        |path: &str| operations.iter().any(|one| one.path == path && one.method == Method::POST);
    let has_records = |path: &str| {
        operations
            .iter()
            .any(|one| one.path.strip_prefix(path).is_some_and(|id| id.starts_with("/{")))
    };
    let lists = operations.iter().filter(|operation| operation.method == Method::GET);
    let uncreated = lists.filter(|list| has_records(&list.path) && !is_created(&list.path));
    uncreated
        .filter_map(|list| {
            let page = list.spec.pointer("/responses/200/content/application~1json/schema/$ref")?;
            let page = document.pointer(page.as_str()?.trim_start_matches('#'))?;
            let kind =
                page.pointer("/properties/items/items/$ref")?.as_str()?.rsplit('/').next()?;
            Some((list.path.strip_prefix("/api/ambient/v1/")?, kind.to_owned()))
        })
        .collect()
}

/// Inserts a record with sample values, without the fields that the server sets. Returns its id.
pub(crate) fn insert_sample(server: &MockServer, document: &Value, kind: &str) -> String {
    let mut fields = sample(document, &document["components"]["schemas"][kind]);
    let fields = fields.as_object_mut().unwrap();
    fields.retain(|name, _| !["id", "kind", "href", "created_at", "updated_at"].contains(&&**name));
    fields.entry("project_id").and_modify(|project| *project = json!("demo"));
    server.insert(kind, json!(fields)).unwrap()
}

/// Fills a path with the ids of `records`, or with ids that don't exist.
fn fill(template: &str, records: &[(&str, String)], existing: bool) -> String {
    let (mut before, mut filled) = (String::new(), Vec::new());
    for segment in template.split('/') {
        let of_collection = |(known, _): &&(&str, String)| before.ends_with(&format!("/{known}"));
        let known = records.iter().filter(|record| existing && of_collection(record));
        let record = known.max_by_key(|(known, _)| known.len());
        filled.push(match segment.starts_with('{') {
            true => record.map_or("missing".into(), |(_, id)| id.clone()),
            false => segment.to_owned(),
        });
        before = format!("{before}/{segment}");
    }
    filled.join("/")
}

struct Answer {
    status: u16,
    content: String,
    body: String,
}

/// A plain client of a server.
struct Caller<'a> {
    http: &'a reqwest::Client,
    document: &'a Value,
    server: &'a MockServer,
}

impl Caller<'_> {
    async fn call(
        &self,
        operation: &Operation,
        path: &str,
        body: Option<&Value>,
        token: bool,
    ) -> Answer {
        let url = format!("{}{path}", self.server.url());
        let request = self.http.request(operation.method.clone(), url);
        let mut request =
            request.header("accept", &operation.accept).header("x-ambient-project", "demo");
        if token {
            request = request.bearer_auth(self.server.token());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let mut response = request.send().await.unwrap();
        let header = response.headers().get("content-type");
        let content = header.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let status = response.status().as_u16();
        let streams = content == "text/event-stream";
        let body = match streams {
            // A stream stays open. Only its head is checked here.
            true => String::new(),
            false => {
                let mut body = Vec::new();
                while let Some(chunk) = response.chunk().await.unwrap() {
                    body.extend_from_slice(&chunk);
                }
                String::from_utf8(body).unwrap()
            }
        };
        Answer { status, content, body }
    }
}

impl Caller<'_> {
    /// Calls an operation, checks the response against the document, and returns the status.
    async fn status(
        &self,
        operation: &Operation,
        path: &str,
        body: Option<&Value>,
        token: bool,
    ) -> u16 {
        let answer = self.call(operation, path, body, token).await;
        check(self.document, operation, answer.status, &answer.content, &answer.body);
        answer.status
    }

    async fn start_session(&self, records: &[(&str, String)]) {
        let session = records.iter().find(|(collection, _)| *collection == "sessions");
        let (_, id) = session.unwrap();
        let url = format!("{}/api/ambient/v1/sessions/{id}/start", self.server.url());
        let started = self.http.post(url).bearer_auth(self.server.token()).send().await;
        assert_eq!(started.unwrap().status(), 200);
    }
}

/// Declared operations that are not implemented, with their status.
const UNSERVED: [(&str, u16); 2] = [("get_project_agent_ignition", 404), ("get_project_home", 501)];

/// Operations below a project only. The server doesn't check whether the project exists.
const IN_ANY_PROJECT: [&str; 6] = [
    "create_project_agent",
    "create_project_credential",
    "create_scheduled_session",
    "list_project_agents",
    "list_project_credentials",
    "list_scheduled_sessions",
];

/// Operations that succeed even if the record doesn't exist.
const SUCCEED_WITHOUT_RECORD: [&str; 8] = [
    "delete_application",
    "delete_credential",
    "delete_project",
    "delete_project_credential",
    "delete_project_settings",
    "delete_role",
    "delete_session",
    "list_scheduled_session_runs",
];

/// The collections with known rules. Others have the default rules.
const KNOWN: [&str; 11] = [
    "agents",
    "applications",
    "credentials",
    "inbox",
    "project_settings",
    "projects",
    "role_bindings",
    "roles",
    "scheduled-sessions",
    "sessions",
    "users",
];

/// Whether an operation is for one record of an unknown collection.
fn is_new(operation: &Operation) -> bool {
    let Some((collection, id)) = operation.path.rsplit_once('/') else { return false };
    let name = collection.rsplit('/').next().unwrap();
    id.starts_with('{') && operation.path.starts_with("/api") && !KNOWN.contains(&name)
}

/// Whether an operation is for a part of a record of an unknown collection. The embedded server serves it
/// only if it returns the record.
pub(crate) fn is_new_action(operation: &Operation) -> bool {
    let above = operation.path.rsplit_once("}/").map(|(above, _)| above);
    let collection = above.and_then(|above| above.rsplit('/').nth(1));
    operation.path.starts_with("/api") && collection.is_some_and(|name| !KNOWN.contains(&name))
}

/// Whether an operation is for an unknown collection directly below a project.
fn is_new_below_project(operation: &Operation) -> bool {
    let below = operation.path.strip_prefix("/api/ambient/v1/projects/{id}/");
    below.is_some_and(|below| !below.contains('/') && !KNOWN.contains(&below) && below != "home")
}

/// Sets the fields of a body that refer to records to existing ids.
fn set_references(
    body: &mut Value,
    operation: &str,
    server: &MockServer,
    records: &[(&str, String)],
) {
    let mut set = |field: &str, id: &str| {
        if let Some(value) = body.get_mut(field) {
            *value = json!(id);
        }
    };
    let id = |collection: &str| records.iter().find(|(known, _)| *known == collection);
    set("role_id", &id("built-in roles").unwrap().1);
    set("parent_session_id", &id("sessions").unwrap().1);
    if operation.ends_with("project_settings") {
        set("project_id", &server.insert("Project", json!({"name": "unset"})).unwrap());
    }
    if operation == "push_session_message" {
        set("event_type", "user");
    }
}

/// The only operation that accepts any JSON body.
const ACCEPTS_ANY_BODY: &str = "start_project_agent";

/// Returns invalid bodies: an array, and an object with a value of the wrong type if it has fields.
fn invalid_bodies(body: &Value) -> Vec<Value> {
    let mut mistyped = body.clone();
    let first = mistyped.as_object_mut().and_then(|fields| fields.values_mut().next());
    match first.map(|value| *value = json!({})) {
        Some(()) => vec![json!([]), mistyped],
        None => vec![json!([])],
    }
}

/// Calls every operation of a document with a valid request, with ids that don't exist, with invalid
/// bodies, and without a token.
async fn check_operations(text: &str, expected: usize) {
    let document = document(text);
    let operations = operations(&document);
    assert_eq!(operations.len(), expected);
    let http = http();
    for operation in &operations {
        let server = MockServer::builder().admin().check_tokens().start().await.unwrap();
        let mut records = records(&server, &document, &operations).await;
        let caller = Caller { http: &http, document: &document, server: &server };
        // A start requires a session that doesn't run, and other operations one that does.
        if operation.id != "start_session" {
            caller.start_session(&records).await;
        }
        if operation.path == "/api/ambient/v1/projects/{id}" {
            let project = server.insert("Project", json!({"name": "p2"})).unwrap();
            records.push(("projects", project));
        } else {
            records.push(("projects", "demo".into()));
        }
        if operation.path.starts_with("/v1") {
            for (_, id) in records.iter_mut().filter(|(known, _)| *known == "sessions") {
                *id = id.to_lowercase();
            }
        }
        let schema = operation.spec.pointer("/requestBody/content/application~1json/schema");
        let mut body = schema.map(|schema| sample(&document, schema));
        if let Some(body) = &mut body {
            set_references(body, &operation.id, &server, &records);
        }
        let valid = fill(&operation.path, &records, true);
        let missing = fill(&operation.path, &records, false);
        let id = operation.id.as_str();
        let unserved = UNSERVED.iter().find(|(unserved, _)| *unserved == id);
        let unserved = unserved.map(|(_, status)| *status);

        // The valid call comes first, because a delete or a start can't be repeated.
        let status = caller.status(operation, &valid, body.as_ref(), true).await;
        if status == 501 && is_new_action(operation) {
            continue;
        }
        assert!(unserved.map_or(status < 300, |unserved| status == unserved), "{id}: {status}");
        let is_in_any_project = IN_ANY_PROJECT.contains(&id) || is_new_below_project(operation);
        if missing != valid && !is_in_any_project {
            let status = caller.status(operation, &missing, body.as_ref(), true).await;
            let is_delete = operation.method == Method::DELETE;
            let ignores_missing =
                SUCCEED_WITHOUT_RECORD.contains(&id) || is_new(operation) && is_delete;
            let succeeds = missing.starts_with("/api") && ignores_missing;
            match succeeds {
                true => assert!(status < 300, "{id} of a missing record: {status}"),
                false => assert_eq!(status, unserved.unwrap_or(404), "{id} of a missing record"),
            }
        }
        for wrong in body.iter().filter(|_| id != ACCEPTS_ANY_BODY).flat_map(invalid_bodies) {
            let status = caller.status(operation, &valid, Some(&wrong), true).await;
            assert_eq!(status, 400, "{id} with {wrong}");
        }
        let status = caller.status(operation, &valid, body.as_ref(), false).await;
        match operation.is_open() {
            true => assert_eq!(status, 200, "{id} without a token"),
            false => assert_eq!(status, 401, "{id} without a token"),
        }
    }
}

#[tokio::test]
async fn every_operation_of_the_api_server_answers_as_declared() {
    use ambient_sdk::api_server::{DOCUMENT, OPERATIONS};
    check_operations(DOCUMENT, OPERATIONS.len()).await;
}

#[tokio::test]
async fn every_operation_of_the_gateway_answers_as_declared() {
    use ambient_sdk::public_api::{DOCUMENT, OPERATIONS};
    check_operations(DOCUMENT, OPERATIONS.len()).await;
}
