//! What every request says of its sender: token, project and user agent.

use ambient_sdk::{FailedResponse, Operation};
use http::{HeaderName, HeaderValue, header};
use reqwest::Request;

use crate::{error::Result, options::CallOptions, token::Token};

/// Names the project that a request is about.
pub(crate) const PROJECT: HeaderName = HeaderName::from_static("x-ambient-project");

pub(crate) struct Headers {
    token: Token,
    authorization: HeaderValue,
    project: String,
    user_agent: HeaderValue,
}

impl Headers {
    pub(crate) fn new(
        token: Token,
        project: String,
        user_agent: HeaderValue,
    ) -> Result<Self, crate::token::TokenError> {
        let authorization = token.header()?;
        Ok(Self { token, authorization, project, user_agent })
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
        let extra = options.checked()?;
        let headers = request.headers_mut();
        headers.insert(header::USER_AGENT, self.user_agent.clone());
        if operation.is_authenticated() {
            headers.insert(header::AUTHORIZATION, self.authorization.clone());
            let project = options.project.as_ref().unwrap_or(&self.project);
            if let Ok(project) = HeaderValue::from_str(project) {
                headers.insert(PROJECT, project);
            }
        }
        if operation.is_stream() {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        for (name, value) in extra {
            headers.insert(name, value.clone());
        }
        Ok(())
    }

    /// A failure without the token, should the server have repeated it.
    pub(super) fn scrub(&self, mut failed: FailedResponse) -> FailedResponse {
        let token = self.token.expose();
        let body = &mut failed.body;
        let texts = [&mut body.reason, &mut body.message, &mut body.code, &mut body.operation_id];
        for text in texts.into_iter().flatten().chain([&mut body.body]) {
            if text.contains(token) {
                *text = text.replace(token, "[redacted]");
            }
        }
        failed
    }
}
