//! Every operation of both documents is called, and its answer is what the document says.

use std::collections::BTreeSet;

use ambient_sdk_ext::mock::MockServer;
use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::common::create;

/// One operation of a document.
pub(crate) struct Operation {
    pub(crate) id: String,
    method: Method,
    path: String,
    accept: String,
    spec: Value,
}

/// The document as JSON Schema understands it: `nullable` becomes a type.
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
    // What deletes comes last, so that the others find what they are about.
    operations.sort_by_key(|operation| operation.method == Method::DELETE);
    operations
}

/// Checks a status and a body against what the document declares for an operation.
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
    let Some(schema) = declared.pointer("/content/application~1json/schema") else {
        assert!(status == 204 || operation.accept == content, "{id} answers {content}");
        return;
    };
    // The real servers send plain text where the document declares an error object.
    if status >= 400 && content.starts_with("text/plain") {
        return;
    }
    assert_eq!(content, "application/json", "{id}");
    let schema = json!({"allOf": [schema], "components": document["components"]});
    let validator = Validator::options().should_validate_formats(true).build(&schema).unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    let errors: Vec<_> = validator.iter_errors(&body).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{id} answers {status} {body}: {errors:?}");
}

/// A body with every property that may be sent.
fn sample(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return sample(document, document.pointer(&reference[1..]).unwrap());
    }
    for combined in ["allOf", "anyOf"] {
        if let Some(parts) = schema[combined].as_array() {
            return sample(document, parts.last().unwrap());
        }
    }
    if let Some(known) = schema["x-extensible-enum"].as_array() {
        return known[0].clone();
    }
    match (schema["type"].as_str().unwrap(), schema["format"].as_str()) {
        ("string", Some("date-time")) => json!("2026-01-01T00:00:00Z"),
        ("string", Some("json")) => json!("{}"),
        ("string", _) => json!("sample"),
        ("integer", _) => json!(1),
        ("number", _) => json!(0.5),
        ("boolean", _) => json!(true),
        ("array", _) => json!([sample(document, &schema["items"])]),
        (_, _) => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            let fields = properties.map(|(key, schema)| (key.clone(), sample(document, schema)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
    }
}

/// Something of every kind, by the collection that it is in.
async fn records(server: &MockServer) -> Vec<(&'static str, String)> {
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
    vec![
        ("agents", agent),
        ("inbox", inbox),
        ("scheduled-sessions", schedule),
        ("credentials", credential),
        ("sessions", session),
        ("roles", insert("Role", json!({"name": "r"}))),
        ("role_bindings", insert("RoleBinding", json!({"role_id": "r", "scope": "global"}))),
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
    ]
}

/// The path with the ids of records, or with ids of none.
fn fill(template: &str, records: &[(&str, String)], existing: bool) -> String {
    let mut collection = "";
    let mut filled = Vec::new();
    for segment in template.split('/') {
        if !segment.starts_with('{') {
            collection = segment;
            filled.push(segment.to_owned());
            continue;
        }
        let record = records.iter().find(|(known, _)| *known == collection && existing);
        let id = record.map(|(_, id)| id.clone());
        filled.push(id.unwrap_or_else(|| "missing".into()));
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
            // A stream stays open: its head is all there is to check here.
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
    async fn start_session(&self, records: &[(&str, String)]) {
        let session = records.iter().find(|(collection, _)| *collection == "sessions");
        let (_, id) = session.unwrap();
        let url = format!("{}/api/ambient/v1/sessions/{id}/start", self.server.url());
        let started = self.http.post(url).bearer_auth(self.server.token()).send().await;
        assert_eq!(started.unwrap().status(), 200);
    }
}

/// Calls every operation of a document; gives the ids of those that succeeded.
async fn conforms(text: &str, expected: usize) -> BTreeSet<String> {
    let document = document(text);
    let operations = operations(&document);
    assert_eq!(operations.len(), expected);
    let http = reqwest::Client::new();
    let mut succeeded = BTreeSet::new();
    for operation in &operations {
        let server = MockServer::start().await.unwrap();
        let mut records = records(&server).await;
        let caller = Caller { http: &http, server: &server };
        // A start is only right for a session that doesn't run, the rest for one that does.
        if operation.id != "start_session" {
            caller.start_session(&records).await;
        }
        if operation.path.starts_with("/api/ambient/v1/projects/{id}")
            && operation.path.ends_with("{id}")
        {
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
        if let (Some(body), "push_session_message") = (&mut body, operation.id.as_str()) {
            body["event_type"] = json!("user");
        }
        let good = fill(&operation.path, &records, true);
        let bad = fill(&operation.path, &records, false);
        let wrong = schema.map(|_| json!({"name": 1}));
        // The good call comes first: what is deleted or started can't be so again.
        let answers = [
            caller.call(operation, &good, body.as_ref(), true).await,
            caller.call(operation, &bad, body.as_ref(), true).await,
            caller.call(operation, &good, wrong.as_ref(), true).await,
            caller.call(operation, &good, body.as_ref(), false).await,
        ];
        for answer in &answers {
            check(&document, operation, answer.status, &answer.content, &answer.body);
        }
        if answers[0].status < 300 {
            succeeded.insert(operation.id.clone());
        }
    }
    succeeded
}

#[tokio::test]
async fn every_operation_of_the_api_server_answers_as_declared() {
    let succeeded = conforms(ambient_sdk::api_server::DOCUMENT, OPERATIONS).await;
    let unserved = ["get_project_agent_ignition", "get_project_home"];
    assert!(unserved.iter().all(|id| !succeeded.contains(*id)));
    assert_eq!(succeeded.len(), OPERATIONS - unserved.len(), "{succeeded:?}");
}

/// How many operations the document of the API server has, with those that only the overlay adds.
const OPERATIONS: usize = ambient_sdk::api_server::OPERATIONS.len();

#[tokio::test]
async fn every_operation_of_the_gateway_answers_as_declared() {
    let operations = ambient_sdk::public_api::OPERATIONS.len();
    assert_eq!(conforms(ambient_sdk::public_api::DOCUMENT, operations).await.len(), operations);
}
