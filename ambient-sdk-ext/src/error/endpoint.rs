//! Answers that show that the URL is not the one that was meant.
//!
//! The two services have URLs of their own and are easily taken for each other, and both may stand
//! behind proxies, consoles and login pages. A 404 of any of those is not the 404 of a session. What
//! each service answers by itself is known, so what is something else is told with the URL that was
//! asked, and with the variable to set.

use ambient_sdk::{ErrorBody, FailedResponse, Operation, RequestInfo, Response, public_api};
use http::header::LOCATION;
use reqwest::Url;
use serde_json::Value;

use super::{Error, ErrorKind, RequestOutcome};
use crate::config::{API_SERVER_URL, API_URL};

/// The code of the API server for a route that it does not have.
const NO_ROUTE: &str = "ambient-api-server-404";

/// One of the two services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    PublicApi,
    ApiServer,
}

impl Service {
    fn of(operation: &Operation) -> Self {
        match public_api::OPERATIONS.contains(operation) {
            true => Self::PublicApi,
            false => Self::ApiServer,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::PublicApi => "public API",
            Self::ApiServer => "API server",
        }
    }

    fn variable(self) -> &'static str {
        match self {
            Self::PublicApi => API_URL,
            Self::ApiServer => API_SERVER_URL,
        }
    }

    fn other(self) -> Self {
        match self {
            Self::PublicApi => Self::ApiServer,
            Self::ApiServer => Self::PublicApi,
        }
    }

    /// Whether a failure is in a form that this service itself answers with.
    ///
    /// The gateway passes on what its backend says, in whatever JSON. The API server's messages,
    /// events and workspaces answer in plain text, with the id of the operation in a header.
    fn says(self, body: &ErrorBody) -> bool {
        let json = serde_json::from_str::<Value>(&body.body).ok();
        let has = |key: &str| json.as_ref().is_some_and(|json| json.get(key).is_some());
        match self {
            Self::PublicApi => has("error") || has("message") || has("reason"),
            Self::ApiServer => body.operation_id.is_some() || has("reason") || has("kind"),
        }
    }
}

impl Error {
    /// The failure of a server that is not the one that was meant, or has no such endpoint; `None`
    /// for what a service says of its own.
    pub(crate) fn elsewhere(failed: &FailedResponse, url: &Url) -> Option<Self> {
        let operation = failed.request.operation();
        let service = Service::of(operation);
        let why = match failed.status.as_u16() {
            404 => no_route(service, &failed.body)?,
            502 => other_service(service, &failed.body)?,
            _ => return None,
        };
        let (status, url) = (failed.status.as_u16(), shown(url));
        let text = format!("API error ({status}): {} {url} {why}", operation.method());
        let error = Self::new(ErrorKind::NoSuchEndpoint, text)
            .with_request(failed.request.clone())
            .with_status(Some(failed.status))
            .with_headers(failed.headers.clone())
            .with_body(failed.body.clone())
            .with_outcome(RequestOutcome::Refused);
        Some(error)
    }

    /// From an answer that leads to another URL, which is never followed: it may be anyone's.
    pub(crate) fn redirected(info: &RequestInfo, url: &Url, response: &Response) -> Self {
        let (operation, status) = (info.operation(), response.status());
        let headers = response.headers();
        let target = headers.get(LOCATION).and_then(|to| to.to_str().ok());
        let target = target.and_then(|target| url.join(target).ok());
        let variable = Service::of(operation).variable();
        let why = match &target {
            None => format!("leads elsewhere, and does not say where; check {variable}"),
            Some(target) => leads_to(operation, url, target, variable),
        };
        let (code, method) = (status.as_u16(), operation.method());
        let text = format!("API error ({code}): {method} {} {why}", shown(url));
        Self::new(ErrorKind::NoSuchEndpoint, text)
            .with_request(info.clone())
            .with_status(Some(status))
            .with_headers(headers.clone())
            .with_outcome(RequestOutcome::Refused)
    }

    /// From a request that an HTTP client of the user's took to another URL.
    pub(crate) fn followed(
        operation: &'static Operation,
        url: &Url,
        response: &reqwest::Response,
    ) -> Self {
        let (method, status) = (operation.method(), response.status());
        let text = format!(
            "API error ({}): {method} {} was redirected, and the HTTP client that was given followed \
             to {}: build it with `redirect(Policy::none())`, and check {}",
            status.as_u16(),
            shown(url),
            shown(response.url()),
            Service::of(operation).variable(),
        );
        Self::new(ErrorKind::NoSuchEndpoint, text)
            .with_request(RequestInfo::new(operation, url.path()))
            .with_status(Some(status))
            .with_outcome(RequestOutcome::Unknown)
    }
}

/// What to add to the text of a server's failure that is not in a form of the service.
///
/// It may be a proxy before the service, which is a failure that may pass, or another service.
pub(super) fn foreign(operation: &Operation, body: &ErrorBody) -> String {
    let service = Service::of(operation);
    match service.says(body) || is_plain_reason(body) {
        true => String::new(),
        false => format!(
            "; what answered is not the {}: check {} if it lasts",
            service.name(),
            service.variable()
        ),
    }
}

/// What a 404 says that is not about the thing that was asked for.
fn no_route(service: Service, body: &ErrorBody) -> Option<String> {
    let variable = service.variable();
    let name = service.name();
    if body.code.as_deref() == Some(NO_ROUTE) {
        return Some(match service {
            Service::ApiServer => format!(
                "does not exist: this API server has no such endpoint, for example because it is of \
                 another version; if the URL is wrong, set {variable}"
            ),
            Service::PublicApi => {
                format!(
                    "does not exist: an API server answered; set {variable} to the URL of the {name}"
                )
            }
        });
    }
    if service.says(body) || is_plain_reason(body) {
        return None;
    }
    Some(format!(
        "does not exist: what answered is not the {name}, or has no such endpoint; set {variable} to \
         the URL of the {name}"
    ))
}

/// Whether a plain text is about a thing, as `session not found`, and not about a page.
fn is_plain_reason(body: &ErrorBody) -> bool {
    let text = body.body.trim();
    let is_page = text.is_empty()
        || text.starts_with('<')
        || text.contains("404")
        || text.contains("page")
        || text.starts_with('{');
    !is_page && !text.eq_ignore_ascii_case("not found")
}

/// What a 502 says that comes from the other service.
///
/// The API server passes on what is not below `/api/ambient/v1`, to a backend that is not there.
fn other_service(service: Service, body: &ErrorBody) -> Option<String> {
    let is_api_server = service == Service::PublicApi && body.body.trim() == "backend unavailable";
    is_api_server.then(|| {
        let (name, variable) = (service.name(), service.variable());
        format!(
            "was answered by an API server, which has no such endpoint; set {variable} to the URL of \
             the {name}, and {} to this one",
            service.other().variable()
        )
    })
}

/// What to make of a redirect.
fn leads_to(operation: &Operation, url: &Url, target: &Url, variable: &str) -> String {
    let to = shown(target);
    let Some(own) = own_path(operation, url.path()) else {
        return format!("leads to {to}; check {variable}");
    };
    let slashless = target.path().trim_end_matches('/');
    let elsewhere = target.origin() != url.origin();
    let base = match slashless.strip_suffix(own) {
        Some(base) => Some(base),
        // A proxy that sends everything to its better self forgets the path at times.
        None if slashless.is_empty() && elsewhere => Some(""),
        None => None,
    };
    let asked = url.path().trim_end_matches('/').strip_suffix(own);
    match base {
        Some(_) if !elsewhere && base == asked => format!(
            "leads to {to}, the same endpoint but for a slash, which only something before the \
             server asks for; check {variable}"
        ),
        Some(base) => {
            let mut better = target.clone();
            better.set_path(base);
            let better = shown(&better);
            format!("leads to {to}; set {variable} to {}", better.trim_end_matches('/'))
        }
        None => format!(
            "leads to {to}, which is another page, for example for a login; check {variable}"
        ),
    }
}

/// The end of a path that is the operation's, without what the base URL has before it.
fn own_path<'a>(operation: &Operation, path: &'a str) -> Option<&'a str> {
    let path = path.trim_end_matches('/');
    let segments = operation.path().trim_matches('/').split('/').count();
    let (at, _) = path.rmatch_indices('/').nth(segments.checked_sub(1)?)?;
    Some(&path[at..])
}

/// A URL without what may be a secret: user, query and fragment.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let _cannot_have_one = url.set_password(None).and_then(|()| url.set_username(""));
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(target: &str) -> String {
        let list = &public_api::OPERATIONS.iter().find(|o| o.id() == "list_sessions");
        let url = Url::parse("http://h/base/v1/sessions").unwrap();
        leads_to(list.unwrap(), &url, &url.join(target).unwrap(), "THE_URL")
    }

    #[test]
    fn a_redirect_names_the_better_base_url() {
        for (target, says) in [
            ("https://h/base/v1/sessions", "set THE_URL to https://h/base"),
            ("https://api.test/v1/sessions/?a=b", "set THE_URL to https://api.test"),
            ("https://api.test/", "set THE_URL to https://api.test"),
            ("/other/v1/sessions", "set THE_URL to http://h/other"),
            ("/base/v1/sessions/", "the same endpoint but for a slash"),
            (
                "https://u:p@login.test/auth?state=secret#x",
                "leads to https://login.test/auth, which",
            ),
            ("/login", "for a login; check THE_URL"),
        ] {
            let text = leads(target);
            assert!(text.contains(says), "{text}");
            assert!(!text.contains("secret") && !text.contains("u:p"), "{text}");
        }
    }
}
