//! Sends recorded requests with calls of the high-level API.

mod gateway;
mod lists;

use std::time::Duration;

use ambient_sdk_ext::{
    Client, Result,
    ambient_sdk::{
        self, Operation, Secret,
        api_server::{OPERATIONS, types},
    },
    api_server::{ApiServer, Message},
};
use futures_util::{Stream, StreamExt};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use lists::{page, page_of};

/// The result of calling the high-level API for a recorded request.
pub(super) enum CallResult {
    /// The result of the call.
    Answer(Result<Value>),
    /// The high-level API doesn't support the request: its types have no such field, value or
    /// option.
    Unsupported,
}

/// The parts of a recorded request.
struct RecordedCall<'a> {
    method: &'a str,
    /// The decoded segments of the path below the prefix of its service.
    path: Vec<String>,
    query: Vec<(String, String)>,
    headers: &'a Value,
    body: Option<&'a Value>,
    is_text: bool,
}

pub(super) async fn call(client: &Client, request: &Value) -> CallResult {
    let target = request["path"].as_str().unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let below = path.strip_prefix("/api/ambient/v1/");
    let segments = below.or_else(|| path.strip_prefix("/v1/")).unwrap_or(path).split('/');
    let plain = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into();
    let call = RecordedCall {
        method: request["method"].as_str().unwrap(),
        path: segments.map(plain).collect(),
        query: query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (plain(name), plain(value)))
            .collect(),
        headers: &request["headers"],
        body: request.get("body"),
        is_text: request.get("text").is_some(),
    };
    let result = match below {
        _ if call.is_text => None,
        Some(_) => api_server(&client.api_server(), &call).await,
        None => gateway::call(client, &call).await,
    };
    result.map_or(CallResult::Unsupported, CallResult::Answer)
}

type Maybe = Option<Result<Value>>;

fn json_of<T: Serialize>(answer: Result<T>) -> Result<Value> {
    answer.map(|value| exposed(&value))
}

fn done(answer: Result<()>) -> Result<Value> {
    answer.map(|()| Value::Null)
}

/// Whether two values are equal. The numbers 1 and 1.0 are equal.
pub(super) fn is_same(left: &Value, right: &Value) -> bool {
    left == right || left.is_number() && left.as_f64() == right.as_f64()
}

/// Calls the generated method of an operation, for all operations of the document.
macro_rules! generated {
    ($server:ident $call:ident $({ $verb:ident $operation:literal $($rest:tt)* })*) => {
        match $call.operation()? {
            $($operation => generated!(@$verb $server $call $($rest)*),)*
            _ => None,
        }
    };
    (@id $ids:ident $name:ident) => { $ids.next()? };
    (@handle $server:ident $ids:ident $accessor:ident $($scope:ident)*) => {
        $server.$accessor($(generated!(@id $ids $scope)),*)
    };
    (@create $server:ident $call:ident $accessor:ident [$($scope:ident)*] $noun:ident $body:ty) => {{
        let mut ids = $call.ids();
        let handle = generated!(@handle $server ids $accessor $($scope)*);
        Some(json_of(handle.create($call.typed::<$body>()?).await))
    }};
    // Lists are called by handwritten code, which knows their parameters.
    (@list $($rest:tt)*) => { None };
    (@get $server:ident $call:ident $accessor:ident [$($scope:ident)*] $noun:ident) => {{
        let mut ids = $call.ids();
        let handle = generated!(@handle $server ids $accessor $($scope)*);
        Some(json_of(handle.get(ids.next()?).await))
    }};
    (@update $server:ident $call:ident $accessor:ident [$($scope:ident)*] $noun:ident $body:ty) => {{
        let mut ids = $call.ids();
        let handle = generated!(@handle $server ids $accessor $($scope)*);
        Some(json_of(handle.update(ids.next()?, $call.typed::<$body>()?).await))
    }};
    (@delete $server:ident $call:ident $accessor:ident [$($scope:ident)*] $noun:ident) => {{
        let mut ids = $call.ids();
        let handle = generated!(@handle $server ids $accessor $($scope)*);
        Some(done(handle.delete(ids.next()?).await))
    }};
    (@below $server:ident $call:ident $accessor:ident [$($scope:ident)*] $name:ident) => {{
        let mut ids = $call.ids();
        let handle = generated!(@handle $server ids $accessor $($scope)*);
        Some(page_of(handle.$name(ids.next()?).page_size(100)).await)
    }};
    (
        @action $server:ident $call:ident $accessor:ident [$($scope:ident)*] $name:ident
        [$($argument:ident)*] [$($body:ty)?]
    ) => {{
        let mut ids = $call.ids();
        let handle = generated!(@handle $server ids $accessor $($scope)*);
        let sent = handle.$name(
            $(generated!(@id ids $argument),)*
            $($call.typed::<$body>()?)?
        );
        Some(json_of(sent.await))
    }};
}

#[allow(unused_mut, unused_variables)] // For operations without ids.
async fn generated(server: &ApiServer, call: &RecordedCall<'_>) -> Maybe {
    ambient_sdk::api_server_operations! { generated! server call }
}

async fn api_server(server: &ApiServer, call: &RecordedCall<'_>) -> Maybe {
    let path: Vec<_> = call.path.iter().map(String::as_str).collect();
    match (call.method, &path[..]) {
        ("GET", ["version"]) => Some(json_of(server.version().await)),
        (_, ["sessions", id, "messages" | "events"]) => session(server, call, id, path[2]).await,
        ("POST", ["projects", project, "agents", id, "start"]) => {
            let prompt = call.body?.get("prompt").and_then(Value::as_str);
            let agents = server.agents(*project);
            let started = agents.start_with(*id, prompt.unwrap_or_default()).await;
            Some(started.map(|started| {
                json!({
                    "session": started.session,
                    "starting_prompt": started.prompt.unwrap_or_default(),
                })
            }))
        }
        (_, ["projects", project, "agents", id, "inbox", rest @ ..]) => {
            inbox(server, call, (project, id), rest).await
        }
        ("GET", ["projects", project, collection]) if *collection != "home" => {
            list_of_project(server, call, project, collection).await
        }
        ("GET", [collection]) => list(server, call, collection).await,
        _ => generated(server, call).await,
    }
}

async fn list(server: &ApiServer, call: &RecordedCall<'_>, collection: &str) -> Maybe {
    match collection {
        "sessions" => page(server.sessions().list(), call).await,
        "projects" => page(server.projects().list(), call).await,
        "users" => page(server.users().list(), call).await,
        "roles" => page(server.roles().list(), call).await,
        "role_bindings" => page(server.role_bindings().list(), call).await,
        "project_settings" => page(server.project_settings().list(), call).await,
        "applications" => page(server.applications().list(), call).await,
        "credentials" => {
            let list = server.credentials().list();
            match call.query("provider") {
                Some(provider) => page(list.provider(provider), call).await,
                None => page(list, call).await,
            }
        }
        _ => None,
    }
}

async fn list_of_project(
    server: &ApiServer,
    call: &RecordedCall<'_>,
    project: &str,
    collection: &str,
) -> Maybe {
    match collection {
        "agents" => page(server.agents(project).list(), call).await,
        "scheduled-sessions" => page(server.scheduled_sessions(project).list(), call).await,
        "credentials" => {
            let list = server.project_credentials(project).list();
            match call.query("provider") {
                Some(provider) => page(list.provider(provider), call).await,
                None => page(list, call).await,
            }
        }
        _ => None,
    }
}

async fn inbox(
    server: &ApiServer,
    call: &RecordedCall<'_>,
    (project, agent): (&str, &str),
    rest: &[&str],
) -> Maybe {
    let inbox = server.inbox(project, agent);
    match (call.method, rest) {
        ("GET", []) => Some(page_of(inbox.list().page_size(100)).await),
        ("POST", []) => {
            let message = call.typed::<types::InboxMessageCreateRequest>()?;
            Some(json_of(inbox.send(message).await))
        }
        ("PATCH", [note]) if call.body == Some(&json!({"read": true})) => {
            Some(json_of(inbox.mark_read(note).await))
        }
        ("PATCH", _) => None,
        _ => generated(server, call).await,
    }
}

/// Calls the handwritten methods for the messages and events of a session.
async fn session(server: &ApiServer, call: &RecordedCall<'_>, id: &str, part: &str) -> Maybe {
    match (call.method, part) {
        ("POST", "messages") => {
            let body = call.typed::<types::SessionMessagePushRequest>()?;
            let event_type = call.body?.get("event_type");
            // The high-level API sends only user messages.
            let is_user = event_type.is_none_or(|event_type| event_type == "user");
            let payload = body.payload.filter(|_| is_user)?;
            let pushed = server.messages(id).push(payload).await;
            Some(pushed.map(|message| shown(&message)))
        }
        ("GET", "messages") if call.headers["Accept"] == "text/event-stream" => {
            let follow = server.messages(id).follow();
            let last = call.headers["Last-Event-ID"].as_str().unwrap_or("0");
            Some(first(follow.after(last.parse::<i64>().ok()?).messages()).await)
        }
        ("GET", "messages") => {
            let after = call.query("after_seq").map_or(Some(0), |after| after.parse().ok())?;
            let listed = server.messages(id).list().after(after).await;
            Some(listed.map(|messages| messages.iter().map(shown).collect()))
        }
        ("GET", "events") => {
            let event = server.events(id).stream().next().await?;
            Some(event.map(|event| json!(format!("{event:?}"))))
        }
        _ => None,
    }
}

fn shown(message: &Message) -> Value {
    json!({
        "id": message.id,
        "session_id": message.session_id,
        "seq": message.seq,
        "event_type": message.event_type.to_string(),
        "payload": message.payload,
        "created_at": message.created_at,
    })
}

/// Returns the first item of a stream, or null if the stream sends none immediately.
async fn first(mut messages: impl Stream<Item = Result<Message>> + Unpin) -> Result<Value> {
    match tokio::time::timeout(Duration::from_millis(300), messages.next()).await {
        Err(_) | Ok(None) => Ok(Value::Null),
        Ok(Some(message)) => message.map(|message| shown(&message)),
    }
}

/// Serializes a value with its secrets, which are redacted by default.
fn exposed<T: Serialize>(value: &T) -> Value {
    Secret::exposed(|| serde_json::to_value(value)).unwrap()
}

impl RecordedCall<'_> {
    /// Deserializes the body into a type of the API. Returns `None` if the type can't represent it.
    fn typed<T: DeserializeOwned + Serialize>(&self) -> Option<T> {
        let body = self.body?.as_object()?;
        let mut whole = body.clone();
        // Types of records below a project require its id and that of an agent, which the handle
        // sets.
        if self.path.len() > 2 {
            for key in ["project_id", "agent_id"] {
                whole.entry(key).or_insert_with(|| json!(""));
            }
        }
        let read = |fields| serde_json::from_value::<T>(Value::Object(fields)).ok();
        let typed = read(body.clone()).or_else(|| read(whole))?;
        let sent = exposed(&typed);
        let mut fields = body.iter();
        let is_complete =
            fields.all(|(key, value)| sent.get(key).is_some_and(|sent| is_same(value, sent)));
        is_complete.then_some(typed)
    }

    /// Returns the ids in the path in order.
    fn ids(&self) -> impl Iterator<Item = &str> {
        self.path.iter().skip(1).step_by(2).map(String::as_str)
    }

    /// Returns the operation id of the request.
    fn operation(&self) -> Option<&'static str> {
        let fits = |operation: &&Operation| {
            let path = operation.path().trim_start_matches("/api/ambient/v1/");
            let segments: Vec<_> = path.split('/').collect();
            let is_same =
                |(segment, own): (&&str, &String)| segment.starts_with('{') || own == segment;
            operation.method() == self.method
                && segments.len() == self.path.len()
                && segments.iter().zip(&self.path).all(is_same)
        };
        OPERATIONS.iter().find(fits).map(Operation::id)
    }

    fn query(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter();
        pairs.find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }
}

/// Checks that a value contains all that was recorded. Of a list only the items and the total are
/// compared, because the API returns nothing else.
pub(super) fn same(
    recorded: &Value,
    answer: &Value,
    place: &str,
) -> std::result::Result<(), String> {
    match (recorded, answer) {
        (Value::Object(recorded), Value::Object(given)) => {
            let is_list = recorded.contains_key("items");
            // The API returns no page, and thus no total, for a page beyond the end.
            let is_given = |key: &str| key == "items" || key == "total" && given.contains_key(key);
            let keys = recorded.iter().filter(|(key, _)| !is_list || is_given(key));
            for (key, value) in keys {
                let given = given.get(key).unwrap_or(&Value::Null);
                same(value, given, &format!("{place}/{key}"))?;
            }
            Ok(())
        }
        (Value::Array(recorded), Value::Array(given)) if recorded.len() == given.len() => {
            let mut both = recorded.iter().zip(given).enumerate();
            both.try_for_each(|(at, (recorded, given))| {
                same(recorded, given, &format!("{place}/{at}"))
            })
        }
        _ if is_same(recorded, answer) => Ok(()),
        _ => Err(format!("{place}: recorded {recorded}, received {answer}")),
    }
}
