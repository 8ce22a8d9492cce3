//! The high-level call that sends a recorded request.

mod gateway;
mod lists;

use std::time::Duration;

use ambient_sdk_ext::{
    Client, Result,
    ambient_sdk::{Secret, api_server::types},
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

/// Lists, creates, reads, changes and deletes by a handle.
macro_rules! records {
    ($wanted:ident, $rest:expr, $handle:expr, $new:ty, $patch:ty) => {
        match ($wanted.method, $rest) {
            ("GET", []) => Some(page($handle.list(), $wanted).await?),
            ("POST", []) => Some(json_of($handle.create($wanted.typed::<$new>()?).await)),
            ("GET", [id]) => Some(json_of($handle.get(id).await)),
            ("PATCH", [id]) => Some(json_of($handle.update(id, $wanted.typed::<$patch>()?).await)),
            _ => None,
        }
    };
}

/// As [`records`], and deletes.
macro_rules! deletable {
    ($wanted:ident, $rest:expr, $handle:expr, $new:ty, $patch:ty) => {
        match ($wanted.method, $rest) {
            ("DELETE", [id]) => Some(done($handle.delete(id).await)),
            _ => records!($wanted, $rest, $handle, $new, $patch),
        }
    };
}

async fn api_server(server: &ApiServer, wanted: &Wanted<'_>) -> Maybe {
    let path: Vec<_> = wanted.path.iter().map(String::as_str).collect();
    let (collection, rest) = path.split_first()?;
    match (*collection, rest) {
        ("version", []) => Some(json_of(server.version().await)),
        ("sessions", [_, _, ..]) => session(server, wanted, rest).await,
        ("sessions", _) => deletable!(
            wanted,
            rest,
            server.sessions(),
            types::SessionCreateRequest,
            types::SessionPatchRequest
        ),
        ("projects", [project, "agents", rest @ ..]) => agents(server, wanted, project, rest).await,
        ("projects", [project, "scheduled-sessions", rest @ ..]) => {
            schedules(server, wanted, project, rest).await
        }
        ("projects", [project, "credentials", rest @ ..]) => {
            project_credentials(server, wanted, project, rest).await
        }
        ("projects", [id, "home"]) => Some(json_of(server.projects().home(id).await)),
        ("credentials", _) => credentials(server, wanted, rest).await,
        _ => others(server, wanted, collection, rest).await,
    }
}

async fn others(server: &ApiServer, wanted: &Wanted<'_>, collection: &str, rest: &[&str]) -> Maybe {
    match collection {
        "projects" => deletable!(
            wanted,
            rest,
            server.projects(),
            types::ProjectCreateRequest,
            types::ProjectPatchRequest
        ),
        "users" => {
            records!(
                wanted,
                rest,
                server.users(),
                types::UserCreateRequest,
                types::UserPatchRequest
            )
        }
        "roles" => {
            deletable!(
                wanted,
                rest,
                server.roles(),
                types::RoleCreateRequest,
                types::RolePatchRequest
            )
        }
        "role_bindings" => deletable!(
            wanted,
            rest,
            server.role_bindings(),
            types::RoleBindingCreateRequest,
            types::RoleBindingPatchRequest
        ),
        "project_settings" => deletable!(
            wanted,
            rest,
            server.project_settings(),
            types::ProjectSettingsCreateRequest,
            types::ProjectSettingsPatchRequest
        ),
        "applications" => deletable!(
            wanted,
            rest,
            server.applications(),
            types::ApplicationCreateRequest,
            types::ApplicationPatchRequest
        ),
        _ => None,
    }
}

async fn session(server: &ApiServer, wanted: &Wanted<'_>, rest: &[&str]) -> Maybe {
    let sessions = server.sessions();
    match (wanted.method, rest) {
        ("POST", [id, "start"]) => Some(json_of(sessions.start(id).await)),
        ("POST", [id, "stop"]) => Some(json_of(sessions.stop(id).await)),
        ("PATCH", [id, "status"]) => {
            let status = wanted.typed::<types::SessionStatusPatchRequest>()?;
            Some(json_of(sessions.update_status(id, status).await))
        }
        ("POST", [id, "messages"]) => {
            let body = wanted.typed::<types::SessionMessagePushRequest>()?;
            let event_type = wanted.body?.get("event_type");
            // What the high-level API sends is always from a user.
            let is_user = event_type.is_none_or(|event_type| event_type == "user");
            let payload = body.payload.filter(|_| is_user)?;
            let pushed = server.messages(*id).push(payload).await;
            Some(pushed.map(|message| shown(&message)))
        }
        ("GET", [id, "messages"]) if wanted.headers["Accept"] == "text/event-stream" => {
            let follow = server.messages(*id).follow();
            let last = wanted.headers["Last-Event-ID"].as_str().unwrap_or("0");
            Some(first(follow.after(last.parse::<i64>().ok()?).messages()).await)
        }
        ("GET", [id, "messages"]) => {
            let after = wanted.query("after_seq").map_or(Some(0), |after| after.parse().ok())?;
            let listed = server.messages(*id).list().after(after).await;
            Some(listed.map(|messages| messages.iter().map(shown).collect()))
        }
        ("GET", [id, "events"]) => {
            let event = server.events(*id).stream().next().await?;
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

async fn agents(server: &ApiServer, wanted: &Wanted<'_>, project: &str, rest: &[&str]) -> Maybe {
    let agents = server.agents(project);
    match (wanted.method, rest) {
        ("POST", [id, "start"]) => {
            let prompt = wanted.body?.get("prompt").and_then(Value::as_str);
            let started = agents.start_with(*id, prompt.unwrap_or_default()).await;
            Some(started.map(|started| {
                json!({
                    "session": started.session,
                    "starting_prompt": started.prompt.unwrap_or_default(),
                })
            }))
        }
        ("GET", [id, "ignition"]) => Some(json_of(agents.ignition(id).await)),
        ("GET", [id, "sessions"]) => Some(page_of(agents.sessions(id).page_size(100)).await),
        (_, [id, "inbox", rest @ ..]) => {
            let inbox = server.inbox(project, *id);
            match (wanted.method, rest) {
                ("GET", []) => Some(page_of(inbox.list().page_size(100)).await),
                ("POST", []) => {
                    let message = wanted.typed::<types::InboxMessageCreateRequest>()?;
                    Some(json_of(inbox.send(message).await))
                }
                ("PATCH", [note]) if wanted.body == Some(&json!({"read": true})) => {
                    Some(json_of(inbox.mark_read(note).await))
                }
                ("DELETE", [note]) => Some(done(inbox.delete(note).await)),
                _ => None,
            }
        }
        _ => deletable!(wanted, rest, agents, types::AgentCreateRequest, types::AgentPatchRequest),
    }
}

async fn schedules(server: &ApiServer, wanted: &Wanted<'_>, project: &str, rest: &[&str]) -> Maybe {
    let schedules = server.scheduled_sessions(project);
    match (wanted.method, rest) {
        ("POST", [id, "suspend"]) => Some(json_of(schedules.suspend(id).await)),
        ("POST", [id, "resume"]) => Some(json_of(schedules.resume(id).await)),
        ("POST", [id, "trigger"]) => Some(json_of(schedules.trigger(id).await)),
        ("GET", [id, "runs"]) => Some(page_of(schedules.runs(id).page_size(100)).await),
        _ => deletable!(
            wanted,
            rest,
            schedules,
            types::ScheduledSessionCreateRequest,
            types::ScheduledSessionPatchRequest
        ),
    }
}

async fn credentials(server: &ApiServer, wanted: &Wanted<'_>, rest: &[&str]) -> Maybe {
    let credentials = server.credentials();
    match (wanted.method, rest, wanted.query("provider")) {
        ("GET", [id, "token"], _) => return Some(json_of(credentials.token(id).await)),
        ("GET", [], Some(provider)) => {
            return page(credentials.list().provider(provider), wanted).await;
        }
        _ => {}
    }
    deletable!(
        wanted,
        rest,
        credentials,
        types::CredentialCreateRequest,
        types::CredentialPatchRequest
    )
}

async fn project_credentials(
    server: &ApiServer,
    wanted: &Wanted<'_>,
    project: &str,
    rest: &[&str],
) -> Maybe {
    let credentials = server.project_credentials(project);
    match (wanted.method, rest, wanted.query("provider")) {
        ("GET", [id, "token"], _) => return Some(json_of(credentials.token(id).await)),
        ("GET", [], Some(provider)) => {
            return page(credentials.list().provider(provider), wanted).await;
        }
        _ => {}
    }
    deletable!(
        wanted,
        rest,
        credentials,
        types::CredentialCreateRequest,
        types::CredentialPatchRequest
    )
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
