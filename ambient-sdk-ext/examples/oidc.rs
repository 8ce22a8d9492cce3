//! A service with client credentials at an OpenID Connect issuer whose tokens are valid for one
//! second.
//!
//! Issuer and API server are embedded. The client requests a token with the first call, and a new
//! one shortly before each token expires. No call fails.

#![allow(clippy::print_stdout)]

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use ambient_sdk_ext::{Client, ClientCredentials, mock::MockServer};
use axum::{
    Router,
    extract::State,
    http::{Uri, header::CONTENT_TYPE},
    response::IntoResponse,
};
use serde_json::{Value, json};

/// The lifetime of a token.
const LIFETIME: Duration = Duration::from_secs(1);
/// The number of calls of the service.
const CALLS: usize = 40;

/// An issuer of tokens that the embedded server accepts.
struct Issuer {
    url: String,
    server: MockServer,
    tokens: AtomicUsize,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let issuer = Issuer::start().await?;
    let credentials = ClientCredentials::new(&issuer.url, "my-service", "its-secret");
    let client = Client::builder()
        .base_url(issuer.server.url())
        .client_credentials(credentials)
        .project("demo")
        .build()?;
    for _ in 0..CALLS {
        client.list_sessions().await?;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let tokens = issuer.tokens.load(Ordering::SeqCst);
    println!("{CALLS} calls with {tokens} tokens; none failed.");
    Ok(())
}

impl Issuer {
    async fn start() -> Result<Arc<Self>, Box<dyn Error>> {
        let server = MockServer::builder().check_tokens().start().await?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let issuer = Arc::new(Self { url, server, tokens: AtomicUsize::new(0) });
        let router = Router::new().fallback(answer).with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(issuer)
    }

    fn metadata(&self) -> Value {
        json!({ "issuer": self.url, "token_endpoint": format!("{}/token", self.url) })
    }

    /// Returns a new token in the form of a response of a token endpoint.
    fn token(&self) -> Value {
        let number = self.tokens.fetch_add(1, Ordering::SeqCst);
        let token = format!("token-number-{number:08}");
        self.server.accept_token(&token);
        // The token exists, since it was accepted above.
        let _known = self.server.expire_token(&token, LIFETIME);
        json!({ "access_token": token, "token_type": "Bearer", "expires_in": LIFETIME.as_secs() })
    }
}

async fn answer(State(issuer): State<Arc<Issuer>>, uri: Uri) -> impl IntoResponse {
    let answer = match uri.path() {
        "/token" => issuer.token(),
        _ => issuer.metadata(),
    };
    ([(CONTENT_TYPE, "application/json")], answer.to_string())
}
