//! Calls of the gateway.

use ambient_sdk_ext::{Client, CreateSessionRequest, Repo};
use serde_json::{Value, json};

use super::{Maybe, RecordedCall, done, json_of};

pub(super) async fn call(client: &Client, call: &RecordedCall<'_>) -> Maybe {
    let path: Vec<_> = call.path.iter().map(String::as_str).collect();
    match (call.method, &path[..]) {
        ("GET", ["sessions"]) => Some(json_of(client.list_sessions().await)),
        ("GET", ["sessions", id]) => Some(json_of(client.get_session(id).await)),
        ("DELETE", ["sessions", id]) => Some(done(client.delete_session(id).await)),
        ("POST", ["sessions"]) => {
            let created = client.create_session(new_session(call.body?)?).await;
            Some(created.map(|created| json!({"id": created.id, "message": created.message})))
        }
        _ => None,
    }
}

fn new_session(body: &Value) -> Option<CreateSessionRequest> {
    let mut request = CreateSessionRequest::new(body["task"].as_str()?);
    for (key, value) in body.as_object()? {
        request = match key.as_str() {
            "task" => request,
            "model" => request.model(value.as_str()?),
            "repos" => value.as_array()?.iter().try_fold(request, |request, repo| {
                let named = Repo::new(repo["url"].as_str()?);
                let branch = repo["branch"].as_str();
                Some(request.repo(match branch {
                    Some(branch) => named.branch(branch),
                    None => named,
                }))
            })?,
            _ => return None,
        };
    }
    Some(request)
}
