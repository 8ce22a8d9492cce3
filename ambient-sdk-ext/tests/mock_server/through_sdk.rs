//! Calls every operation of the API server with the high-level method in the README's table. Checks
//! that the method calls no other operation, that the response is valid by the document, and that
//! the SDK can read it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use ambient_sdk::{
    BoxError, BoxFuture, Operation, Transport,
    api_server::{DOCUMENT, OPERATIONS, types},
};
use ambient_sdk_ext::{
    api_server::{ApiServer, NewAgent, NewSession},
    mock::{LocalTransport, MockServer, SessionScript},
};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use reqwest::{Body, Request, Response, StatusCode};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::conformance::{self, check, document, errors};

/// The calls since the last check.
#[derive(Default)]
struct Seen {
    called: Vec<&'static str>,
    /// The number of checked frames of message streams.
    messages: usize,
}

/// A transport that checks each response of the server.
struct Checking {
    server: LocalTransport,
    document: Arc<Value>,
    operations: Vec<conformance::Operation>,
    seen: Arc<Mutex<Seen>>,
}

impl Transport for Checking {
    fn send(
        &self,
        request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'_, Result<ambient_sdk::Response, BoxError>> {
        Box::pin(async move {
            let response = Response::from(self.server.send(request, operation).await?);
            self.seen.lock().unwrap().called.push(operation.id());
            let status = response.status();
            let content = response.headers().get("content-type");
            let content = content.map_or("", |value| value.to_str().unwrap()).to_owned();
            if content == "text/event-stream" {
                assert!(operation.is_stream());
                return Ok(self.checked_stream(response, operation.id()).into());
            }
            let headers = response.headers().clone();
            let body = response.text().await?;
            let declared = self.operations.iter().find(|known| known.id == operation.id());
            check(&self.document, declared.unwrap(), status.as_u16(), &content, &body);
            let mut response = http::Response::new(body);
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response.into())
        })
    }
}

impl Checking {
    /// Returns the response with a body that checks every frame.
    fn checked_stream(&self, response: Response, operation: &'static str) -> Response {
        let (document, seen) = (self.document.clone(), self.seen.clone());
        let (parts, body) = http::Response::<Body>::from(response).into_parts();
        let frames = Response::from(http::Response::new(body)).bytes_stream();
        let frames = frames.inspect_ok(move |frame| match operation {
            "stream_session_messages" => {
                check_message(&document, frame);
                seen.lock().unwrap().messages += 1;
            }
            _ => check_event(frame),
        });
        http::Response::from_parts(parts, Body::wrap_stream(frames)).into()
    }
}

/// Checks that a frame contains only a message and its number.
fn check_message(document: &Value, frame: &Bytes) {
    let frame = std::str::from_utf8(frame).unwrap();
    let (id, data) = frame.strip_prefix("id: ").unwrap().split_once("\ndata: ").unwrap();
    let data = data.strip_suffix("\n\n").unwrap();
    let schema = json!({"$ref": "#/components/schemas/SessionMessage"});
    let errors = errors(document, &schema, data);
    assert!(errors.is_empty(), "{data}: {errors:?}");
    let message: Value = serde_json::from_str(data).unwrap();
    assert_eq!(message["seq"].to_string(), id);
}

/// Checks that a frame is an AG-UI event. The document has no schema for it.
fn check_event(frame: &Bytes) {
    let frame = std::str::from_utf8(frame).unwrap();
    let data = frame.strip_prefix("data: ").unwrap().strip_suffix("\n\n").unwrap();
    let event: Value = serde_json::from_str(data).unwrap();
    assert!(event["type"].is_string(), "{event}");
}

/// The calls and the operations that they called.
struct Calls {
    seen: Arc<Mutex<Seen>>,
    readme: BTreeMap<String, Row>,
    done: BTreeSet<&'static str>,
}

impl Calls {
    /// Drops calls that only prepare another one.
    fn forget(&mut self) {
        self.seen.lock().unwrap().called.clear();
    }

    /// Checks that `call` called only `operation`, and that the README has it in that row.
    fn made(&mut self, operation: &'static str, call: &str) {
        let called = self.called_first(operation, call);
        assert_eq!(called, [operation], "{call}");
    }

    /// Checks that `call` called `operation` first, and that the README has it in that row. Returns
    /// all called operations.
    fn called_first(&mut self, operation: &'static str, call: &str) -> Vec<&'static str> {
        let called = std::mem::take(&mut self.seen.lock().unwrap().called);
        assert_eq!(called.first(), Some(&operation), "{call}");
        let row = &self.readme[operation];
        let call = outline(call);
        assert!(call.starts_with(&row.high_level), "README: {} for {call}", row.high_level);
        self.done.insert(operation);
        called
    }
}

/// A row of the README's table.
struct Row {
    operation: String,
    high_level: String,
}

/// Returns the rows of the README's table by raw method.
fn readme() -> BTreeMap<String, Row> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<_> = line.strip_prefix("| `")?.split("` | `").collect();
        let [operation, raw, high_level] = cells[..] else { return None };
        let high_level = outline(high_level.strip_suffix("` |")?);
        let is_call = high_level.starts_with("server.");
        is_call.then(|| (raw.to_owned(), Row { operation: operation.to_owned(), high_level }))
    });
    rows.collect()
}

/// Removes the arguments of a call: `server.agents("demo").get(&id)` becomes
/// `server.agents().get()`.
fn outline(call: &str) -> String {
    let mut depth = 0;
    let mut outline = String::new();
    for c in call.chars().filter(|c| !c.is_whitespace()) {
        depth -= usize::from(c == ')');
        if depth == 0 {
            outline.push(c);
        }
        depth += usize::from(c == '(');
    }
    outline
}

#[test]
fn the_readme_contains_every_operation() {
    let rows = readme();
    let named: BTreeMap<_, _> =
        rows.iter().map(|(raw, row)| (raw.as_str(), &row.operation)).collect();
    for operation in OPERATIONS {
        let path = operation.path();
        let path = path.strip_prefix("/api/ambient/v1").unwrap_or(path);
        let row = format!("{} {path}", operation.method());
        assert_eq!(named.get(operation.id()), Some(&&row), "{}", operation.id());
    }
    assert_eq!(named.len(), OPERATIONS.len());
}

/// Makes the high-level call of an operation and returns its value.
macro_rules! call {
    ($calls:ident, $operation:ident, $call:expr) => {{
        let answer = $call.await;
        $calls.made(stringify!($operation), stringify!($call));
        answer
    }};
}

#[tokio::test(start_paused = true)]
async fn every_operation_has_a_high_level_method() {
    let mock = MockServer::builder()
        .admin()
        .session_script(SessionScript::running())
        .start()
        .await
        .unwrap();
    let document = Arc::new(document(DOCUMENT));
    let seen = Arc::new(Mutex::new(Seen::default()));
    let transport = Checking {
        server: mock.transport(),
        operations: conformance::operations(&document),
        document,
        seen: seen.clone(),
    };
    let client = mock.client_builder().transport(Arc::new(transport)).build().unwrap();
    let server = client.api_server();
    let mut calls = Calls { seen: seen.clone(), readme: readme(), done: BTreeSet::new() };

    let session = by_hand(&server, &mut calls).await;
    let roles = server.roles().list().collect().await.unwrap();
    let viewer = roles.iter().find(|role| role.name == "project:viewer").unwrap().id.clone();
    calls.forget();
    let text = conformance::document(DOCUMENT);
    let mut world =
        World { server: &server, calls: &mut calls, document: &text, ids: BTreeMap::new() };
    world.ids.insert("parent_session".into(), session);
    world.ids.insert("viewer".into(), viewer);
    for (path, kind) in conformance::uncreated(&text, &conformance::operations(&text)) {
        let accessor = path.rsplit('/').next().unwrap().replace('-', "_");
        world.ids.insert(accessor, conformance::insert_sample(&mock, &text, &kind));
    }
    generated(&mut world).await;

    let raw = calls.readme.iter().filter(|(_, row)| row.high_level.starts_with("server.raw()"));
    let only_raw: BTreeSet<_> = raw.map(|(operation, _)| operation.as_str()).collect();
    let all = OPERATIONS.iter().map(Operation::id).filter(|id| !only_raw.contains(id));
    assert_eq!(calls.done, all.collect());
    assert!(seen.lock().unwrap().messages >= 5);
}

/// Calls the handwritten methods. Returns the id of their session.
async fn by_hand(server: &ApiServer, calls: &mut Calls) -> String {
    call!(calls, get_version, server.version()).unwrap();
    let new = NewSession::new("s").prompt("Look around");
    let id = server.sessions().create(new).await.unwrap().id;
    server.sessions().start(&id).await.unwrap();
    calls.forget();
    let events = call!(
        calls,
        stream_session_events,
        server.events(&id).stream().take(4).try_collect::<Vec<_>>()
    );
    assert_eq!(events.unwrap().len(), 4);
    let history = call!(
        calls,
        stream_session_messages,
        server.messages(&id).follow().messages().take(5).try_collect::<Vec<_>>()
    );
    assert_eq!(history.unwrap()[0].payload, "Look around");
    let sent = call!(calls, push_session_message, server.messages(&id).push("hello")).unwrap();
    let listed = call!(calls, list_session_messages, server.messages(&id).list()).unwrap();
    assert!(listed.contains(&sent));

    let agents = server.agents("demo");
    let agent = agents.create(NewAgent::new("a").prompt("You look.")).await.unwrap();
    calls.forget();
    let started = agents.start_with(&agent.id, "Look there.").await.unwrap();
    let call = "server.agents(project).start_with(id, prompt)";
    let called = calls.called_first("start_project_agent", call);
    assert_eq!(called.last(), Some(&"get_session"), "the session is read after the start");
    assert!(started.prompt.unwrap().contains("You look."));
    id
}

/// The ids and bodies of the generated calls.
struct World<'a> {
    server: &'a ApiServer,
    calls: &'a mut Calls,
    document: &'a Value,
    ids: BTreeMap<String, String>,
}

impl World<'_> {
    /// Returns the id of a created object by its noun. Until a project is created, its id is that of
    /// the client's project.
    fn id(&self, noun: &str) -> String {
        self.ids.get(noun).cloned().unwrap_or_else(|| "demo".to_owned())
    }

    /// Creates a sample request body for an operation.
    fn body<T: DeserializeOwned>(&self, operation: &str) -> T {
        let mut operations = conformance::operations(self.document).into_iter();
        let operation = operations.find(|known| known.id == operation).unwrap();
        let content = operation.spec.pointer("/requestBody/content").and_then(Value::as_object);
        let (_, content) = content.unwrap().iter().next().unwrap();
        let mut body = conformance::sample(self.document, &content["schema"]);
        for (field, value) in body.as_object_mut().into_iter().flatten() {
            let noun = field.strip_suffix("_id").filter(|_| value.is_string());
            match (field.as_str(), noun) {
                ("schedule", _) => *value = json!("0 3 * * *"),
                ("timezone", _) => *value = json!("UTC"),
                ("repos" | "reconciled_repos", _) => *value = json!("[]"),
                ("project_id", _) => *value = json!("demo"),
                ("role_id", _) => *value = json!(self.ids["viewer"]),
                (_, Some(noun)) => *value = json!(self.id(noun)),
                _ => {}
            }
        }
        serde_json::from_value(body).unwrap()
    }

    /// Whether the embedded server does not know what a new action does.
    fn is_unknown(&self, operation: &str, status: Option<StatusCode>) -> bool {
        let mut operations = conformance::operations(self.document).into_iter();
        status == Some(StatusCode::NOT_IMPLEMENTED)
            && operations.any(|known| known.id == operation && conformance::is_new_action(&known))
    }

    /// Whether the real server implements the operation.
    fn is_served(&self, operation: &str) -> bool {
        let mut operations = conformance::operations(self.document).into_iter();
        !operations.any(|known| known.id == operation && known.is_unserved())
    }
}

fn id_of(object: &impl Serialize) -> String {
    serde_json::to_value(object).unwrap()["id"].as_str().unwrap().to_owned()
}

/// Makes every generated call in the order of the table, in which parents come before their children
/// and deletes come last.
macro_rules! generated {
    ($world:ident $({ $verb:ident $operation:literal $($rest:tt)* })*) => {
        $(generated!(@$verb $world $operation $($rest)*);)*
    };
    (@handle $world:ident $accessor:ident $($scope:ident)*) => {
        $world.server.$accessor($($world.id(stringify!($scope))),*)
    };
    (@create $world:ident $operation:literal $accessor:ident [$($scope:ident)*] $noun:ident $body:ty) => {
        let body: $body = $world.body($operation);
        let made = generated!(@handle $world $accessor $($scope)*).create(body).await.unwrap();
        $world.calls.made($operation, concat!("server.", stringify!($accessor), "().create()"));
        $world.ids.insert(stringify!($noun).into(), id_of(&made));
        $world.ids.insert(stringify!($accessor).into(), id_of(&made));
    };
    (@list $world:ident $operation:literal $accessor:ident [$($scope:ident)*] $noun:ident) => {
        let handle = generated!(@handle $world $accessor $($scope)*);
        let listed = handle.list().collect().await.unwrap();
        $world.calls.made($operation, concat!("server.", stringify!($accessor), "().list()"));
        let id = $world.ids.get(stringify!($accessor));
        assert!(id.is_none_or(|id| listed.iter().any(|item| id_of(item) == *id)), $operation);
    };
    (@get $world:ident $operation:literal $accessor:ident [$($scope:ident)*] $noun:ident) => {
        let id = $world.id(stringify!($accessor));
        let read = generated!(@handle $world $accessor $($scope)*).get(&id).await.unwrap();
        $world.calls.made($operation, concat!("server.", stringify!($accessor), "().get()"));
        assert_eq!(id_of(&read), id);
    };
    (@update $world:ident $operation:literal $accessor:ident [$($scope:ident)*] $noun:ident $body:ty) => {
        let id = $world.id(stringify!($accessor));
        let patch: $body = $world.body($operation);
        generated!(@handle $world $accessor $($scope)*).update(&id, patch).await.unwrap();
        $world.calls.made($operation, concat!("server.", stringify!($accessor), "().update()"));
    };
    (@delete $world:ident $operation:literal $accessor:ident [$($scope:ident)*] $noun:ident) => {
        let id = $world.id(stringify!($accessor));
        generated!(@handle $world $accessor $($scope)*).delete(&id).await.unwrap();
        $world.calls.made($operation, concat!("server.", stringify!($accessor), "().delete()"));
    };
    (@below $world:ident $operation:literal $accessor:ident [$($scope:ident)*] $name:ident) => {
        let id = $world.id(stringify!($accessor));
        generated!(@handle $world $accessor $($scope)*).$name(&id).collect().await.unwrap();
        let call = concat!("server.", stringify!($accessor), "().", stringify!($name), "()");
        $world.calls.made($operation, call);
    };
    (
        @action $world:ident $operation:literal $accessor:ident [$($scope:ident)*] $name:ident
        [$($argument:ident)*] [$($body:ty)?]
    ) => {
        let handle = generated!(@handle $world $accessor $($scope)*);
        $(let $argument = $world.id(stringify!($accessor));)*
        let answer = handle
            .$name($($argument,)* $($world.body::<$body>($operation))?)
            .await;
        let call = concat!("server.", stringify!($accessor), "().", stringify!($name), "()");
        $world.calls.made($operation, call);
        if $world.is_served($operation) {
            let error = answer.err().filter(|error| !$world.is_unknown($operation, error.status()));
            assert!(error.is_none(), "{}: {}", $operation, error.unwrap());
        } else {
            assert!(answer.is_err(), $operation);
        }
    };
}

async fn generated(world: &mut World<'_>) {
    ambient_sdk::api_server_operations! { generated! world }
}
