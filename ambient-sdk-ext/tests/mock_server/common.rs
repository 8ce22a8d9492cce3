//! Requests to the API server without a socket, so that time can be paused.

use ambient_sdk::{Transport, api_server::OPERATIONS};
use ambient_sdk_ext::mock::MockServer;
use reqwest::{Method, Request, Response};
use serde_json::Value;

const BASE: &str = "http://mock/api/ambient/v1";

/// A request to a server.
pub(crate) struct Ask<'a> {
    server: &'a MockServer,
    request: Request,
}

pub(crate) fn ask<'a>(server: &'a MockServer, method: Method, path: &str) -> Ask<'a> {
    let url = format!("{BASE}{path}").parse().unwrap();
    let ask = Ask { server, request: Request::new(method, url) };
    ask.header("authorization", &format!("Bearer {}", server.token()))
}

impl Ask<'_> {
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.request.headers_mut().insert(name, value.parse().unwrap());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.request.headers_mut().remove(name);
        self
    }

    pub(crate) fn body(mut self, body: impl ToString) -> Self {
        *self.request.body_mut() = Some(body.to_string().into());
        self
    }

    pub(crate) async fn send(self) -> Response {
        let response = self.server.transport().send(self.request, &OPERATIONS[0]).await;
        response.unwrap().into()
    }

    /// Sends the request and returns the status and the body, which must be JSON.
    pub(crate) async fn json(self) -> (u16, Value) {
        let response = self.send().await;
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        let json = serde_json::from_str(&text);
        (status, json.unwrap_or_else(|_| panic!("{status} with {text:?}")))
    }

    /// Sends the request and returns the status and the body as text.
    pub(crate) async fn text(self) -> (u16, String) {
        let response = self.send().await;
        (response.status().as_u16(), response.text().await.unwrap())
    }
}

/// Returns a client that ignores proxies from the environment.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

pub(crate) async fn get(server: &MockServer, path: &str) -> (u16, Value) {
    ask(server, Method::GET, path).json().await
}

pub(crate) async fn post(server: &MockServer, path: &str, body: Value) -> (u16, Value) {
    ask(server, Method::POST, path).body(body).json().await
}

pub(crate) async fn patch(server: &MockServer, path: &str, body: Value) -> (u16, Value) {
    ask(server, Method::PATCH, path).body(body).json().await
}

/// Creates a record and returns its id.
pub(crate) async fn create(server: &MockServer, path: &str, body: Value) -> String {
    let (status, record) = post(server, path, body).await;
    assert_eq!(status, 201, "{record}");
    record["id"].as_str().unwrap().to_owned()
}
