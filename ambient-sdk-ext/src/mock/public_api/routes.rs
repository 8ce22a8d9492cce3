//! The responses of the gateway's router to unknown paths and trailing slashes.

use axum::body::Body;
use http::{HeaderValue, Method, Response, StatusCode, header::LOCATION};
use percent_encoding::percent_decode_str;

use crate::mock::problem::respond;

/// Whether a path belongs to the gateway, even if no operation has it.
pub(in crate::mock) fn owns(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next();
    matches!(first, Some("v1" | "health" | "ready"))
}

/// Returns the response to a request that has no operation, or `None` if it has one.
pub(in crate::mock) fn unrouted(
    method: &Method,
    path: &str,
    query: Option<&str>,
) -> Option<Response<Body>> {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    if is_served(method, &decoded) {
        return None;
    }
    let shorter = decoded.strip_suffix('/').filter(|shorter| is_served(method, shorter));
    let place = shorter.and_then(|_| path.strip_suffix('/'));
    Some(place.map_or_else(not_found, |place| redirect(method, place, query)))
}

fn is_served(method: &Method, path: &str) -> bool {
    let parts: Vec<_> = path.split('/').collect();
    match parts[..] {
        ["", "health" | "ready"] => method == Method::GET,
        ["", "v1", "sessions"] => method == Method::GET || method == Method::POST,
        ["", "v1", "sessions", id] if !id.is_empty() => {
            method == Method::GET || method == Method::DELETE
        }
        _ => false,
    }
}

fn not_found() -> Response<Body> {
    respond(StatusCode::NOT_FOUND, "text/plain", Body::from("404 page not found"))
}

/// Returns a redirect, which keeps the method unless it is `GET`.
fn redirect(method: &Method, place: &str, query: Option<&str>) -> Response<Body> {
    let place = match query {
        Some(query) => format!("{place}?{query}"),
        None => place.to_owned(),
    };
    let mut response = if method == Method::GET {
        let target = place.replace('&', "&amp;").replace('"', "&#34;").replace('\'', "&#39;");
        let page = format!("<a href=\"{target}\">Moved Permanently</a>.\n\n");
        respond(StatusCode::MOVED_PERMANENTLY, "text/html; charset=utf-8", Body::from(page))
    } else {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
        response
    };
    // A path of a parsed request is always a valid header value.
    if let Ok(place) = HeaderValue::try_from(place) {
        response.headers_mut().insert(LOCATION, place);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(method: Method, path: &str) -> Option<(u16, Option<String>)> {
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, None),
        };
        let response = unrouted(&method, path, query)?;
        let location = response.headers().get(LOCATION);
        let location = location.map(|place| place.to_str().unwrap().to_owned());
        Some((response.status().as_u16(), location))
    }

    #[test]
    fn operations_get_no_response_of_the_router() {
        for (method, path) in [
            (Method::GET, "/health"),
            (Method::POST, "/v1/sessions"),
            (Method::DELETE, "/v1/sessions/%61bc"),
        ] {
            assert_eq!(answered(method, path), None, "{path}");
        }
    }

    #[test]
    fn a_trailing_slash_is_redirected() {
        let to = |status, place: &str| Some((status, Some(place.to_owned())));
        assert_eq!(answered(Method::GET, "/v1/sessions/"), to(301, "/v1/sessions"));
        assert_eq!(answered(Method::GET, "/health/"), to(301, "/health"));
        assert_eq!(answered(Method::DELETE, "/v1/sessions/a/?x=1"), to(307, "/v1/sessions/a?x=1"));
    }

    #[test]
    fn other_requests_are_not_found() {
        let not_found = Some((404, None));
        for (method, path) in [
            (Method::GET, "/v1"),
            (Method::GET, "/v1/sessions/a%2Fb"),
            (Method::GET, "/v1/sessions//a"),
            (Method::PATCH, "/v1/sessions/a"),
            (Method::PUT, "/v1/sessions/"),
            (Method::HEAD, "/v1/sessions"),
            (Method::POST, "/health"),
        ] {
            assert_eq!(answered(method, path), not_found, "{path}");
        }
        assert!(owns("/v1/nothing") && owns("/ready") && !owns("/api/ambient/v1/roles"));
    }
}
