//! Headers that identify the sender of a request: token, project and user agent.

use std::sync::Arc;

use ambient_sdk::{ErrorBody, FailedResponse, Operation};
use http::{HeaderMap, HeaderValue, header};
use reqwest::Request;

use crate::{
    error::{Error, Result},
    options::{CallOptions, PROJECT},
    token::{Credential, Origin, REDACTED, Tokens},
};

/// The maximum length of a [`name_in`] a header.
const LONGEST_NAME: usize = 40;
/// The number of headers that a request gets at most, without those of the caller.
const MOST_OWN: usize = 4;

/// Returns the value of a header, without its parameters, if it looks like a media type or a content
/// coding. Other text is omitted from errors, because it can be a secret.
pub(crate) fn name_in(value: &HeaderValue) -> &str {
    let text = value.to_str().unwrap_or_default();
    let name = text.split(';').next().unwrap_or_default().trim();
    let is_part = |byte: u8| byte.is_ascii_alphabetic() || b"/+-.".contains(&byte);
    match name.len() <= LONGEST_NAME && name.bytes().all(is_part) {
        true => name,
        false => "…",
    }
}

pub(crate) struct Headers {
    tokens: Arc<Tokens>,
    project: String,
    project_header: HeaderValue,
    user_agent: HeaderValue,
}

impl Headers {
    pub(crate) fn new(token: Origin, project: String, user_agent: HeaderValue) -> Result<Self> {
        let project_header = project_header(&project)?;
        let tokens = Arc::new(Tokens::new(token)?);
        Ok(Self { tokens, project, project_header, user_agent })
    }

    /// Returns the tokens, which also redact responses in errors.
    pub(crate) fn tokens(&self) -> &Arc<Tokens> {
        &self.tokens
    }

    #[cfg(feature = "grpc")]
    pub(crate) fn user_agent(&self) -> &HeaderValue {
        &self.user_agent
    }

    pub(crate) fn project(&self) -> &str {
        &self.project
    }

    /// Sets the headers of a request. The project is set only if the operation requires a token.
    pub(super) fn apply(
        &self,
        request: &mut Request,
        operation: &Operation,
        options: &CallOptions,
        credential: Option<&Credential>,
    ) -> Result<()> {
        let headers = request.headers_mut();
        headers.reserve(MOST_OWN);
        headers.insert(header::USER_AGENT, self.user_agent.clone());
        if let Some(credential) = credential {
            headers.insert(header::AUTHORIZATION, credential.header.clone());
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
        if !options.headers().is_empty() {
            put(headers, options.headers());
        }
        Ok(())
    }

    /// Removes the tokens from a failure, since the server may have repeated them.
    pub(super) fn scrub(&self, mut failed: FailedResponse) -> FailedResponse {
        let ErrorBody { reason, message, code, id, operation_id, body, truncated, .. } =
            &mut failed.body;
        let texts = [reason, message, code, id, operation_id];
        for text in texts.into_iter().flatten().chain([body]) {
            if let Some(redacted) = self.tokens.redact(text, *truncated) {
                *text = redacted;
            }
        }
        let shows = |value: &HeaderValue| {
            let text = String::from_utf8_lossy(value.as_bytes());
            self.tokens.redact(&text, false).is_some()
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

/// Sets the headers in `extra`, replacing headers of the same names.
// Out of line, since few calls have extra headers.
#[cold]
fn put(headers: &mut HeaderMap, extra: &HeaderMap) {
    for name in extra.keys() {
        headers.remove(name);
    }
    for (name, value) in extra {
        headers.append(name, value.clone());
    }
}
