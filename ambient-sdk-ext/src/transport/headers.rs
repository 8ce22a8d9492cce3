//! What every request says of its sender: token, project and user agent.

use std::sync::Arc;

use ambient_sdk::{ErrorBody, Excerpt, FailedResponse, Operation};
use http::{HeaderMap, HeaderValue, header};
use reqwest::Request;

use crate::{
    error::{Error, ErrorKind, Result},
    options::{CallOptions, PROJECT},
    token::{REDACTED, Token},
};

pub(crate) struct Headers {
    token: Arc<Token>,
    authorization: HeaderValue,
    project: String,
    project_header: HeaderValue,
    user_agent: HeaderValue,
}

impl Headers {
    pub(crate) fn new(token: Token, project: String, user_agent: HeaderValue) -> Result<Self> {
        let authorization = token.header().map_err(|error| {
            Error::new(ErrorKind::Configuration, error.to_string()).with_source(error)
        })?;
        let project_header = project_header(&project)?;
        Ok(Self { token: Arc::new(token), authorization, project, project_header, user_agent })
    }

    pub(crate) fn token(&self) -> &Token {
        &self.token
    }

    /// What errors may show of responses to this token.
    pub(super) fn excerpt(&self) -> Arc<dyn Excerpt> {
        self.token.clone()
    }

    pub(crate) fn project(&self) -> &str {
        &self.project
    }

    /// Puts the headers on a request; token and project only where the operation wants them.
    pub(super) fn apply(
        &self,
        request: &mut Request,
        operation: &Operation,
        options: &CallOptions,
    ) -> Result<()> {
        let headers = request.headers_mut();
        headers.insert(header::USER_AGENT, self.user_agent.clone());
        if operation.is_authenticated() {
            headers.insert(header::AUTHORIZATION, self.authorization.clone());
            if !options.all_projects {
                let project = match &options.project {
                    Some(project) => project_header(project)?,
                    None => self.project_header.clone(),
                };
                headers.insert(PROJECT, project);
            }
        }
        if operation.is_stream() {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        put(headers, options.headers());
        Ok(())
    }

    /// A failure without the token, should the server have repeated it.
    pub(super) fn scrub(&self, mut failed: FailedResponse) -> FailedResponse {
        let ErrorBody { reason, message, code, id, operation_id, body, truncated, .. } =
            &mut failed.body;
        let texts = [reason, message, code, id, operation_id];
        for text in texts.into_iter().flatten().chain([body]) {
            if let Some(redacted) = self.token.redact(text, *truncated) {
                *text = redacted;
            }
        }
        let shows = |value: &HeaderValue| {
            let text = String::from_utf8_lossy(value.as_bytes());
            self.token.redact(&text, false).is_some()
        };
        for value in failed.headers.values_mut().filter(|value| shows(value)) {
            *value = HeaderValue::from_static(REDACTED);
        }
        failed
    }
}

fn project_header(project: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(project).map_err(|error| {
        Error::invalid("Invalid request: the project can't be sent").with_source(error)
    })
}

/// Puts `extra` on a request, in place of headers of the same names.
fn put(headers: &mut HeaderMap, extra: &HeaderMap) {
    for name in extra.keys() {
        headers.remove(name);
    }
    for (name, value) in extra {
        headers.append(name, value.clone());
    }
}
