//! The HTTP client for the crate `oauth2`, with bounded responses.

use std::{error::Error as StdError, fmt};

use ambient_sdk::BoxFuture;
use http::header::{CONTENT_TYPE, HeaderMap};
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Request, Response};

use super::error::Problem;
use crate::error::connection::reason;

/// The maximum size of a response, in bytes.
const MAX_ANSWER: usize = 256 * 1024;

pub(super) struct Answers<'a>(pub(super) &'a reqwest::Client);

/// The reason why there is no response.
#[derive(Debug)]
pub(super) struct NoAnswer(pub(super) Problem);

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for NoAnswer {}

impl<'c> AsyncHttpClient<'c> for Answers<'_> {
    type Error = NoAnswer;
    type Future = BoxFuture<'c, Result<HttpResponse, NoAnswer>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let request = Request::try_from(request).map_err(|e| NoAnswer(failed(e)))?;
            self.send(request).await.map_err(NoAnswer)
        })
    }
}

impl Answers<'_> {
    /// Sends a request and reads its response to the end.
    pub(super) async fn send(&self, request: Request) -> Result<HttpResponse, Problem> {
        let mut response = self.0.execute(request).await.map_err(failed)?;
        let status = response.status();
        if status.is_redirection() {
            return Err(Problem::Redirect(status.as_u16()));
        }
        // A refusal of the issuer is JSON; an error page of a proxy contains nothing useful.
        if !status.is_success() && !is_json(response.headers()) {
            return Err(Problem::Status(status.as_u16()));
        }
        let body = read(&mut response).await?;
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = status;
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

async fn read(response: &mut Response) -> Result<Vec<u8>, Problem> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(Problem::TooLarge(MAX_ANSWER));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|text| text.to_ascii_lowercase().starts_with("application/json"))
}

fn failed(error: reqwest::Error) -> Problem {
    Problem::Connection(reason(&error).into_owned())
}
