//! Detection of responses from a wrong URL.
//!
//! The two services have separate URLs that are easily confused, and either may be behind a proxy,
//! a console or a login page. A 404 of any of those is not the 404 of a session. The form of each
//! service's own responses is known. For any other form, the error names the URL of the request and
//! the variable to set.

use ambient_sdk::{ErrorBody, FailedResponse, Operation, RequestInfo, Response, public_api};
use http::header::LOCATION;
use reqwest::Url;
use serde_json::Value;

use super::{Error, ErrorKind, RequestOutcome};
use crate::config::{API_SERVER_URL, API_URL};

/// The API server's code for an unknown route.
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

    /// Returns whether a failure has the form of this service's own responses.
    ///
    /// The gateway passes on arbitrary JSON of its backend. The API server's routes for messages,
    /// events and workspaces respond in plain text, with the operation id in a header.
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
    /// Returns the error of a failure from another server or for an unknown endpoint; `None` for a
    /// failure of the service itself.
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

    /// Creates the error of a redirect. Redirects are never followed, since the target may be any
    /// host.
    pub(crate) fn redirected(info: &RequestInfo, url: &Url, response: &Response) -> Self {
        let (operation, status) = (info.operation(), response.status());
        let headers = response.headers();
        let target = headers.get(LOCATION).and_then(|to| to.to_str().ok());
        let target = target.and_then(|target| url.join(target).ok());
        let variable = Service::of(operation).variable();
        let why = match &target {
            None => format!("redirects without a valid `Location`; check {variable}"),
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

    /// Creates the error of a request that a custom HTTP client redirected.
    pub(crate) fn followed(
        operation: &'static Operation,
        url: &Url,
        response: &reqwest::Response,
    ) -> Self {
        let (method, status) = (operation.method(), response.status());
        let text = format!(
            "API error ({}): {method} {} was redirected, and the custom HTTP client followed the \
             redirect to {}: build it with `redirect(Policy::none())`, and check {}",
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

/// Returns the text to append for a failure that does not have the form of the service.
///
/// The response may come from a proxy in front of the service, which can be a transient failure, or
/// from another service.
pub(super) fn foreign(operation: &Operation, body: &ErrorBody) -> String {
    let service = Service::of(operation);
    match service.says(body) || is_plain_reason(body) {
        true => String::new(),
        false => format!(
            "; the response is not from the {}: check {} if this persists",
            service.name(),
            service.variable()
        ),
    }
}

/// Returns the text for a 404 that concerns the route and not the requested resource.
fn no_route(service: Service, body: &ErrorBody) -> Option<String> {
    let variable = service.variable();
    let name = service.name();
    if body.code.as_deref() == Some(NO_ROUTE) {
        return Some(match service {
            Service::ApiServer => format!(
                "does not exist: this API server has no such endpoint, for example because it has \
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
        "does not exist: the response is not from the {name}, or it has no such endpoint; set \
         {variable} to the URL of the {name}"
    ))
}

/// Returns whether a plain text concerns a resource, for example `session not found`, and not a
/// page.
fn is_plain_reason(body: &ErrorBody) -> bool {
    let text = body.body.trim();
    let is_page = text.is_empty()
        || text.starts_with('<')
        || text.contains("404")
        || text.contains("page")
        || text.starts_with('{');
    !is_page && !text.eq_ignore_ascii_case("not found")
}

/// Returns the text for a 502 that comes from the other service.
///
/// The API server passes requests outside `/api/ambient/v1` on to a backend that does not exist.
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

/// Returns the advice for a redirect.
fn leads_to(operation: &Operation, url: &Url, target: &Url, variable: &str) -> String {
    let to = shown(target);
    let Some(own) = own_path(operation, url.path()) else {
        return format!("redirects to {to}; check {variable}");
    };
    let slashless = target.path().trim_end_matches('/');
    let elsewhere = target.origin() != url.origin();
    let base = match slashless.strip_suffix(own) {
        Some(base) => Some(base),
        // Some proxies drop the path when they redirect all requests to their canonical URL.
        None if slashless.is_empty() && elsewhere => Some(""),
        None => None,
    };
    let asked = url.path().trim_end_matches('/').strip_suffix(own);
    match base {
        Some(_) if !elsewhere && base == asked => format!(
            "redirects to {to}, which differs only in a slash and is probably the redirect of a \
             proxy; check {variable}"
        ),
        Some(base) => {
            let mut better = target.clone();
            better.set_path(base);
            let better = shown(&better);
            format!("redirects to {to}; set {variable} to {}", better.trim_end_matches('/'))
        }
        None => format!(
            "redirects to {to}, which is another page, for example for a login; check {variable}"
        ),
    }
}

/// Returns the part of the path that belongs to the operation, without the prefix of the base URL.
fn own_path<'a>(operation: &Operation, path: &'a str) -> Option<&'a str> {
    let path = path.trim_end_matches('/');
    let segments = operation.path().trim_matches('/').split('/').count();
    let (at, _) = path.rmatch_indices('/').nth(segments.checked_sub(1)?)?;
    Some(&path[at..])
}

/// Returns a URL without user, query and fragment, which may contain secrets.
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
            ("/base/v1/sessions/", "differs only in a slash"),
            (
                "https://u:p@login.test/auth?state=secret#x",
                "redirects to https://login.test/auth, which",
            ),
            ("/login", "for a login; check THE_URL"),
        ] {
            let text = leads(target);
            assert!(text.contains(says), "{text}");
            assert!(!text.contains("secret") && !text.contains("u:p"), "{text}");
        }
    }
}
