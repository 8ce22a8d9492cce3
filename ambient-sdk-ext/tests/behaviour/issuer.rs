//! An OpenID Connect issuer on loopback with scripted responses.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// The response to a token request.
pub(crate) enum Reply {
    Json(u16, Value),
    Text(u16, String),
    Redirect(String),
    Never,
    /// Runs the function when the request arrives, then responds.
    After(Box<dyn FnOnce() + Send>, Box<Reply>),
}

/// Returns a response with a valid token and the additional fields `more`.
pub(crate) fn issued(token: &str, more: Value) -> Reply {
    let mut answer = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 });
    answer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Reply::Json(200, answer)
}

/// A received token request.
#[derive(Clone, Debug)]
pub(crate) struct TokenRequest {
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) form: HashMap<String, String>,
}

#[derive(Clone)]
pub(crate) struct Issuer(Arc<Inner>);

struct Inner {
    url: String,
    replies: Mutex<VecDeque<Reply>>,
    metadata: Mutex<Value>,
    requests: Mutex<Vec<TokenRequest>>,
}

impl Issuer {
    pub(crate) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/realms/ambient", listener.local_addr().unwrap());
        let metadata = json!({ "issuer": url, "token_endpoint": format!("{url}/token") });
        let issuer = Self(Arc::new(Inner {
            url,
            replies: Mutex::new(replies.into_iter().collect()),
            metadata: Mutex::new(metadata),
            requests: Mutex::default(),
        }));
        let router = Router::new().fallback(answer).with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        issuer
    }

    pub(crate) fn url(&self) -> &str {
        &self.0.url
    }

    /// Adds a response to the script.
    pub(crate) fn add(&self, reply: Reply) {
        self.0.replies.lock().unwrap().push_back(reply);
    }

    /// Sets an entry of the issuer's metadata.
    pub(crate) fn set_metadata(&self, entry: &str, value: impl Into<Value>) {
        self.0.metadata.lock().unwrap()[entry] = value.into();
    }

    /// Returns the token requests received so far.
    pub(crate) fn requests(&self) -> Vec<TokenRequest> {
        self.0.requests.lock().unwrap().clone()
    }
}

async fn answer(
    State(issuer): State<Issuer>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Response {
    if uri.path().ends_with("/.well-known/openid-configuration") {
        return json_text(200, &issuer.0.metadata.lock().unwrap());
    }
    let authorization = headers.get("authorization");
    issuer.0.requests.lock().unwrap().push(TokenRequest {
        path: uri.path().to_owned(),
        authorization: authorization.map(|value| value.to_str().unwrap().to_owned()),
        form: url::form_urlencoded::parse(&body).into_owned().collect(),
    });
    let reply = issuer.0.replies.lock().unwrap().pop_front();
    let mut reply = reply.expect("the script has no response for this request");
    while let Reply::After(run, then) = reply {
        run();
        reply = *then;
    }
    match reply {
        Reply::Json(code, value) => json_text(code, &value),
        Reply::Text(code, text) => (status(code), text).into_response(),
        Reply::Redirect(to) => (status(307), [("location", to)]).into_response(),
        Reply::Never | Reply::After(..) => std::future::pending().await,
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap()
}

fn json_text(code: u16, value: &Value) -> Response {
    let headers = [("content-type", "application/json")];
    (status(code), headers, value.to_string()).into_response()
}
