//! Token requests to an issuer, and the discovery of its token endpoint.

use std::time::Duration;

use ambient_sdk::Secret;
use http::{Method, header};
use oauth2::{
    AuthType, ClientId, ClientSecret, RefreshToken, RequestTokenError, Scope, TokenResponse,
    TokenUrl,
    basic::{BasicClient, BasicErrorResponse, BasicTokenResponse, BasicTokenType},
};
use reqwest::Request;
use serde::Deserialize;
use tokio::sync::OnceCell;
use url::Url;

use super::{
    answers::{Answers, NoAnswer},
    checked_url,
    error::{OidcError, Problem, shown_text},
};
use crate::token::Token;

/// An issuer, or its token endpoint.
pub(super) struct Endpoint {
    http: reqwest::Client,
    place: Place,
    timeout: Duration,
    found: OnceCell<Found>,
}

pub(super) enum Place {
    /// The issuer, whose metadata contains its token endpoint.
    Issuer(Url),
    Token(Url),
}

/// The metadata of an issuer.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    token_endpoint: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

#[derive(Clone)]
struct Found {
    url: Url,
    auth: AuthType,
}

/// The grant of a token request.
pub(super) enum Grant<'a> {
    Credentials { secret: &'a Secret, scopes: &'a [String], audience: Option<&'a str> },
    Refresh(&'a Secret),
}

/// The tokens in an issuer's response.
pub(super) struct Given {
    pub(super) token: Token,
    pub(super) lifetime: Option<Duration>,
    pub(super) refresh_token: Option<Secret>,
}

impl Endpoint {
    pub(super) fn new(http: reqwest::Client, place: Place, timeout: Duration) -> Self {
        Self { http, place, timeout, found: OnceCell::new() }
    }

    /// Requests a token for the client with this id.
    pub(super) async fn ask(&self, id: &str, grant: Grant<'_>) -> Result<Given, OidcError> {
        let given = tokio::time::timeout(self.timeout, async {
            let found = self.found.get_or_try_init(|| self.find()).await?;
            let answer = request(&self.http, found.clone(), id, &grant).await;
            answer.map_err(|error| problem(error, &grant)).and_then(given)
        });
        let given = given.await.unwrap_or(Err(Problem::Timeout(self.timeout)));
        given.map_err(|problem| problem.of(self.name()))
    }

    fn name(&self) -> &str {
        match &self.place {
            Place::Issuer(url) | Place::Token(url) => url.as_str().trim_end_matches('/'),
        }
    }

    async fn find(&self) -> Result<Found, Problem> {
        let issuer = match &self.place {
            // The platform's own clients send the secret in the body.
            Place::Token(url) => {
                return Ok(Found { url: url.clone(), auth: AuthType::RequestBody });
            }
            Place::Issuer(issuer) => issuer.as_str().trim_end_matches('/'),
        };
        let url = format!("{issuer}/.well-known/openid-configuration");
        let url = Url::parse(&url).map_err(|error| Problem::Setting(error.to_string()))?;
        let mut request = Request::new(Method::GET, url);
        let json = header::HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::ACCEPT, json);
        let answer = Answers(&self.http).send(request).await?;
        if !answer.status().is_success() {
            return Err(Problem::Status(answer.status().as_u16()));
        }
        let metadata: Metadata = serde_json::from_slice(answer.body())
            .map_err(|_| Problem::Unreadable("the metadata of an issuer"))?;
        if metadata.issuer.trim_end_matches('/') != issuer {
            return Err(Problem::Unreadable("the metadata of this issuer but that of another"));
        }
        let url = checked_url("its token endpoint", &metadata.token_endpoint);
        let url = url.map_err(Problem::Setting)?;
        let methods = metadata.token_endpoint_auth_methods_supported;
        let takes = |method: &str| methods.iter().any(|other| other == method);
        // RFC 6749 requires every issuer to support `client_secret_basic`.
        let auth = match takes("client_secret_post") && !takes("client_secret_basic") {
            true => AuthType::RequestBody,
            false => AuthType::BasicAuth,
        };
        Ok(Found { url, auth })
    }
}

type Failed = RequestTokenError<NoAnswer, BasicErrorResponse>;

async fn request(
    http: &reqwest::Client,
    found: Found,
    id: &str,
    grant: &Grant<'_>,
) -> Result<BasicTokenResponse, Failed> {
    let (url, http) = (TokenUrl::from_url(found.url), Answers(http));
    let client = BasicClient::new(ClientId::new(id.to_owned())).set_token_uri(url);
    match grant {
        Grant::Credentials { secret, scopes, audience } => {
            let secret = ClientSecret::new(secret.expose().to_owned());
            let client = client.set_client_secret(secret).set_auth_type(found.auth);
            let scopes = scopes.iter().map(|scope| Scope::new(scope.clone()));
            let mut request = client.exchange_client_credentials().add_scopes(scopes);
            if let Some(audience) = audience {
                request = request.add_extra_param("audience", *audience);
            }
            request.request_async(&http).await
        }
        Grant::Refresh(token) => {
            let token = RefreshToken::new(token.expose().to_owned());
            client.exchange_refresh_token(&token).request_async(&http).await
        }
    }
}

fn given(answer: BasicTokenResponse) -> Result<Given, Problem> {
    match answer.token_type() {
        BasicTokenType::Bearer => {}
        other => return Err(Problem::Type(shown_text(other.as_ref(), &[]))),
    }
    let token = Token::new(answer.access_token().secret().as_str()).map_err(Problem::Token)?;
    let refresh_token = answer.refresh_token().map(|token| Secret::from(token.secret().as_str()));
    Ok(Given { token, lifetime: answer.expires_in(), refresh_token })
}

/// Returns the problem, without any secret that was sent and that the issuer may have repeated.
fn problem(error: Failed, grant: &Grant<'_>) -> Problem {
    let secrets = match grant {
        Grant::Credentials { secret, .. } => [*secret],
        Grant::Refresh(token) => [*token],
    };
    match error {
        RequestTokenError::ServerResponse(refusal) => Problem::Refused {
            code: shown_text(refusal.error().as_ref(), &secrets),
            description: refusal.error_description().map(|text| shown_text(text, &secrets)),
        },
        RequestTokenError::Request(NoAnswer(problem)) => problem,
        // The errors of these variants quote the response.
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            Problem::Unreadable("a valid token response")
        }
    }
}
