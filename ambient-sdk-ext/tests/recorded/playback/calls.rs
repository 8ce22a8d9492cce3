//! The high-level call that sends a recorded request.

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

/// What became of a request that was to be sent by the high-level API.
pub(super) enum Said {
    /// It was called, and gave this.
    Answer(Result<Value>),
    /// The high-level API can't say it: its types have no such field, value or option.
    Not,
}

/// A request in its parts.
struct Wanted<'a> {
    method: &'a str,
    /// The path below the root of its service, with ids unescaped.
    path: Vec<String>,
    query: Vec<(String, String)>,
    headers: &'a Value,
    body: Option<&'a Value>,
    is_text: bool,
}

pub(super) async fn call(client: &Client, request: &Value) -> Said {
    let target = request["path"].as_str().unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let below = path.strip_prefix("/api/ambient/v1/");
    let segments = below.or_else(|| path.strip_prefix("/v1/")).unwrap_or(path).split('/');
    let plain = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into();
    let wanted = Wanted {
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
    let said = match below {
        _ if wanted.is_text => None,
        Some(_) => api_server(&client.api_server(), &wanted).await,
        None => gateway::call(client, &wanted).await,
    };
    said.map_or(Said::Not, Said::Answer)
}

type Maybe = Option<Result<Value>>;

fn json_of<T: Serialize>(answer: Result<T>) -> Result<Value> {
    answer.map(|value| exposed(&value))
}

fn done(answer: Result<()>) -> Result<Value> {
    answer.map(|()| Value::Null)
}

/// 1 and 1.0 are one number.
pub(super) fn is_same(left: &Value, right: &Value) -> bool {
    left == right || left.is_number() && left.as_f64() == right.as_f64()
}

/// Calls the generated method of the operation that is asked for, whatever the document has.
macro_rules! generated {
    ($server:ident $wanted:ident $({ $verb:ident $operation:literal $($rest:tt)* })*) => {
        match $wanted.operation()? {
            $($operation => generated!(@$verb $server $wanted $($rest)*),)*
            _ => None,
        }
    };
    (@id $ids:ident $name:ident) => { $ids.next()? };
    (@handle $server:ident $ids:ident $accessor:ident $($scope:ident)*) => {
        $server.$accessor($(generated!(@id $ids $scope)),*)
    };
    (@create $server:ident $wanted:ident $accessor:ident [$($scope:ident)*] $noun:ident $body:ty) => {{
        let mut ids = $wanted.ids();
        let handle = generated!(@handle $server ids $accessor $($scope)*);
        Some(json_of(handle.create($wanted.typed::<$body>()?).await))
    }};
    // What a list takes is known by hand.
    (@list $($rest:tt)*) => { None };
    (@get $server:ident $wanted:ident $accessor:ident [$($scope:ident)*] $noun:ident) => {{
        let mut ids = $wanted.ids();
        let handle = generated!(@handle $server ids $accessor $($scope)*);
        Some(json_of(handle.get(ids.next()?).await))
    }};
    (@update $server:ident $wanted:ident $accessor:ident [$($scope:ident)*] $noun:ident $body:ty) => {{
        let mut ids = $wanted.ids();
        let handle = generated!(@handle $server ids $accessor $($scope)*);
        Some(json_of(handle.update(ids.next()?, $wanted.typed::<$body>()?).await))
    }};
    (@delete $server:ident $wanted:ident $accessor:ident [$($scope:ident)*] $noun:ident) => {{
        let mut ids = $wanted.ids();
        let handle = generated!(@handle $server ids $accessor $($scope)*);
        Some(done(handle.delete(ids.next()?).await))
    }};
    (@below $server:ident $wanted:ident $accessor:ident [$($scope:ident)*] $name:ident) => {{
        let mut ids = $wanted.ids();
        let handle = generated!(@handle $server ids $accessor $($scope)*);
        Some(page_of(handle.$name(ids.next()?).page_size(100)).await)
    }};
    (
        @action $server:ident $wanted:ident $accessor:ident [$($scope:ident)*] $name:ident
        [$($argument:ident)*] [$($body:ty)?]
    ) => {{
        let mut ids = $wanted.ids();
        let handle = generated!(@handle $server ids $accessor $($scope)*);
        let call = handle.$name(
            $(generated!(@id ids $argument),)*
            $($wanted.typed::<$body>()?)?
        );
        Some(json_of(call.await))
    }};
}

#[allow(unused_mut, unused_variables)] // Where nothing is below another object.
async fn generated(server: &ApiServer, wanted: &Wanted<'_>) -> Maybe {
    ambient_sdk::api_server_operations! { generated! server wanted }
}

async fn api_server(server: &ApiServer, wanted: &Wanted<'_>) -> Maybe {
    let path: Vec<_> = wanted.path.iter().map(String::as_str).collect();
    match (wanted.method, &path[..]) {
        ("GET", ["version"]) => Some(json_of(server.version().await)),
        (_, ["sessions", id, "messages" | "events"]) => session(server, wanted, id, path[2]).await,
        ("POST", ["projects", project, "agents", id, "start"]) => {
            let prompt = wanted.body?.get("prompt").and_then(Value::as_str);
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
            inbox(server, wanted, (project, id), rest).await
        }
        ("GET", ["projects", project, collection]) if *collection != "home" => {
            list_of_project(server, wanted, project, collection).await
        }
        ("GET", [collection]) => list(server, wanted, collection).await,
        _ => generated(server, wanted).await,
    }
}

async fn list(server: &ApiServer, wanted: &Wanted<'_>, collection: &str) -> Maybe {
    match collection {
        "sessions" => page(server.sessions().list(), wanted).await,
        "projects" => page(server.projects().list(), wanted).await,
        "users" => page(server.users().list(), wanted).await,
        "roles" => page(server.roles().list(), wanted).await,
        "role_bindings" => page(server.role_bindings().list(), wanted).await,
        "project_settings" => page(server.project_settings().list(), wanted).await,
        "applications" => page(server.applications().list(), wanted).await,
        "credentials" => {
            let list = server.credentials().list();
            match wanted.query("provider") {
                Some(provider) => page(list.provider(provider), wanted).await,
                None => page(list, wanted).await,
            }
        }
        _ => None,
    }
}

async fn list_of_project(
    server: &ApiServer,
    wanted: &Wanted<'_>,
    project: &str,
    collection: &str,
) -> Maybe {
    match collection {
        "agents" => page(server.agents(project).list(), wanted).await,
        "scheduled-sessions" => page(server.scheduled_sessions(project).list(), wanted).await,
        "credentials" => {
            let list = server.project_credentials(project).list();
            match wanted.query("provider") {
                Some(provider) => page(list.provider(provider), wanted).await,
                None => page(list, wanted).await,
            }
        }
        _ => None,
    }
}

async fn inbox(
    server: &ApiServer,
    wanted: &Wanted<'_>,
    (project, agent): (&str, &str),
    rest: &[&str],
) -> Maybe {
    let inbox = server.inbox(project, agent);
    match (wanted.method, rest) {
        ("GET", []) => Some(page_of(inbox.list().page_size(100)).await),
        ("POST", []) => {
            let message = wanted.typed::<types::InboxMessageCreateRequest>()?;
            Some(json_of(inbox.send(message).await))
        }
        ("PATCH", [note]) if wanted.body == Some(&json!({"read": true})) => {
            Some(json_of(inbox.mark_read(note).await))
        }
        ("PATCH", _) => None,
        _ => generated(server, wanted).await,
    }
}

/// What is written by hand for the messages and events of a session.
async fn session(server: &ApiServer, wanted: &Wanted<'_>, id: &str, part: &str) -> Maybe {
    match (wanted.method, part) {
        ("POST", "messages") => {
            let body = wanted.typed::<types::SessionMessagePushRequest>()?;
            let event_type = wanted.body?.get("event_type");
            // What the high-level API sends is always from a user.
            let is_user = event_type.is_none_or(|event_type| event_type == "user");
            let payload = body.payload.filter(|_| is_user)?;
            let pushed = server.messages(id).push(payload).await;
            Some(pushed.map(|message| shown(&message)))
        }
        ("GET", "messages") if wanted.headers["Accept"] == "text/event-stream" => {
            let follow = server.messages(id).follow();
            let last = wanted.headers["Last-Event-ID"].as_str().unwrap_or("0");
            Some(first(follow.after(last.parse::<i64>().ok()?).messages()).await)
        }
        ("GET", "messages") => {
            let after = wanted.query("after_seq").map_or(Some(0), |after| after.parse().ok())?;
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

/// What a stream brings at once: nothing, or an error.
async fn first(mut messages: impl Stream<Item = Result<Message>> + Unpin) -> Result<Value> {
    match tokio::time::timeout(Duration::from_millis(300), messages.next()).await {
        Err(_) | Ok(None) => Ok(Value::Null),
        Ok(Some(message)) => message.map(|message| shown(&message)),
    }
}

/// A value as JSON, with its secrets.
fn exposed<T: Serialize>(value: &T) -> Value {
    Secret::exposed(|| serde_json::to_value(value)).unwrap()
}

impl Wanted<'_> {
    /// The body as the type that the API sends it from; none when that can't hold it.
    fn typed<T: DeserializeOwned + Serialize>(&self) -> Option<T> {
        let body = self.body?.as_object()?;
        let mut whole = body.clone();
        // What is made below a project is of that project and agent: the handle says so.
        if self.path.len() > 2 {
            for key in ["project_id", "agent_id"] {
                whole.entry(key).or_insert_with(|| json!(""));
            }
        }
        let read = |fields| serde_json::from_value::<T>(Value::Object(fields)).ok();
        let typed = read(body.clone()).or_else(|| read(whole))?;
        let sent = exposed(&typed);
        let mut fields = body.iter();
        let said =
            fields.all(|(key, value)| sent.get(key).is_some_and(|sent| is_same(value, sent)));
        said.then_some(typed)
    }

    /// The ids in the path, in its order.
    fn ids(&self) -> impl Iterator<Item = &str> {
        self.path.iter().skip(1).step_by(2).map(String::as_str)
    }

    /// The operation of the document that is asked for.
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

/// Whether an answer holds what was recorded; how a list is told apart from its items is no part of
/// what the API gives.
pub(super) fn same(
    recorded: &Value,
    answer: &Value,
    place: &str,
) -> std::result::Result<(), String> {
    match (recorded, answer) {
        (Value::Object(recorded), Value::Object(given)) => {
            let is_list = recorded.contains_key("items");
            // A page beyond the end is no page, and has no total.
            let told = |key: &str| key == "items" || key == "total" && given.contains_key(key);
            let keys = recorded.iter().filter(|(key, _)| !is_list || told(key));
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
        _ => Err(format!("{place}: {recorded} was recorded, and it gave {answer}")),
    }
}
