//! The handling of every request: log, fault, rate limit and token, then the service of its path.

use std::{fmt, sync::Arc, time::Duration};

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header::ACCEPT, request::Parts,
};
use tokio::time::Instant;

use super::{
    access::{Grant, Unauthorized},
    api_server,
    call::{Call, parse_query},
    conversation::NotBefore,
    fault::{Fault, Verdict},
    load,
    log::RecordedRequest,
    problem::{Problem, empty, respond},
    public_api,
    state::Shared,
    table::{Found, Lookup, Service},
};

/// The maximum size of a request body, in bytes.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// The paths of the API server that need no token. No operation has them.
const OPEN_PATHS: [&str; 3] = ["/api/ambient", "/api/ambient/v1", "/api/ambient/v1/errors"];

/// The operation that the API server answers without an operation id and without its database.
const VERSION: &str = "get_version";

/// The header with the id under which the API server logs a request.
const OPERATION_ID: &str = "x-operation-id";

/// The error that makes hyper close the connection, because of a fault or because the server
/// stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the mock server cut the connection")
    }
}

impl std::error::Error for Cut {}

/// A request with its operation.
struct IncomingRequest<'a> {
    parts: &'a Parts,
    /// `None` if the body is too large.
    body: Option<Bytes>,
    lookup: Lookup<'a>,
    commit_delay: Option<Duration>,
}

impl IncomingRequest<'_> {
    fn path(&self) -> &str {
        self.parts.uri.path()
    }

    /// Returns the service that the path belongs to.
    fn service(&self) -> Service {
        if public_api::owns(self.path()) { Service::PublicApi } else { Service::ApiServer }
    }
}

/// Answers one request.
pub(super) async fn serve(
    shared: Arc<Shared>,
    request: Request<Body>,
) -> Result<Response<Body>, Cut> {
    if shared.is_closed() {
        return Err(Cut);
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await.ok();
    let accept = text(&parts.headers, ACCEPT.as_str());
    let lookup = shared.table.find(&parts.method, parts.uri.path(), accept);
    record(&shared, &parts, body.clone().unwrap_or_default(), &lookup);
    let fault = fault(&shared, &lookup);
    let commit_delay = fault.as_deref().and_then(Fault::commit_delay);
    let incoming = IncomingRequest { parts: &parts, body, lookup, commit_delay };
    let mut response = match &fault {
        Some(fault) => serve_faulty(&shared, fault, incoming).await?,
        None => serve_normally(&shared, incoming).await?,
    };
    if let Some(NotBefore(committed)) = response.extensions_mut().remove() {
        tokio::time::sleep_until(committed).await;
    }
    let response = match fault {
        Some(fault) => fault.apply(response),
        None => response,
    };
    Ok(match parts.method {
        Method::HEAD => response.map(|_| Body::empty()),
        _ => response,
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

fn record(shared: &Shared, parts: &Parts, body: Bytes, lookup: &Lookup<'_>) {
    let (service, operation) = match lookup {
        Lookup::Found(found) => {
            let operation = found.route.operation.clone();
            (Some(found.route.service), Some(operation))
        }
        Lookup::MethodNotAllowed(service) => (Some(*service), None),
        Lookup::Moved(_) | Lookup::Unknown(_) => (None, None),
    };
    shared.now().log.record(RecordedRequest {
        service,
        operation,
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.clone(),
        body,
        at: Instant::now(),
    });
}

fn fault(shared: &Shared, lookup: &Lookup<'_>) -> Option<Arc<Fault>> {
    let Lookup::Found(found) = lookup else {
        return None;
    };
    let [name, long_name] = found.route.names();
    shared.now().faults.take(&[&name, &long_name, "*"])
}

async fn serve_faulty(
    shared: &Arc<Shared>,
    fault: &Fault,
    incoming: IncomingRequest<'_>,
) -> Result<Response<Body>, Cut> {
    if !fault.initial_delay().is_zero() {
        tokio::time::sleep(fault.initial_delay()).await;
    }
    let service = incoming.service();
    let verdict = fault.verdict();
    if matches!(verdict, Verdict::Serve) {
        return serve_normally(shared, incoming).await;
    }
    if fault.is_carried_out() {
        serve_normally(shared, incoming).await?;
    }
    let problem = match verdict {
        Verdict::Serve | Verdict::Cut => return Err(Cut),
        Verdict::Hang => return std::future::pending().await,
        Verdict::Status(status, Some(body)) => {
            return Ok(respond(status, "application/json", Body::from(body)));
        }
        Verdict::Status(status, None) => default_error(service, status),
        Verdict::RateLimit(delay) => rate_limited(service, delay),
    };
    Ok(finish(shared, service, Err(problem)))
}

/// Returns the usual error of a service for a status.
fn default_error(service: Service, status: StatusCode) -> Problem {
    let message = match (service, status.as_u16()) {
        (Service::ApiServer, _) => return Problem::for_status(status),
        (_, 401) => "Missing or invalid authorization",
        (_, 404) => "Session not found",
        (_, 429) => return rate_limited(service, Duration::from_secs(1)),
        (_, 500) => "Internal server error",
        (_, 502) => "Backend unavailable",
        _ => status.canonical_reason().unwrap_or("Unknown"),
    };
    Problem::gateway(status, message)
}

fn rate_limited(service: Service, delay: Duration) -> Problem {
    match service {
        Service::ApiServer => Problem::for_status(StatusCode::TOO_MANY_REQUESTS),
        Service::PublicApi => Problem::Gateway {
            status: StatusCode::TOO_MANY_REQUESTS,
            error: "Rate limit exceeded".into(),
            message: None,
            retry_after: Some(delay),
        },
    }
}

async fn serve_normally(
    shared: &Arc<Shared>,
    incoming: IncomingRequest<'_>,
) -> Result<Response<Body>, Cut> {
    match incoming.service() {
        Service::PublicApi => Ok(serve_gateway(shared, incoming)),
        Service::ApiServer => serve_api_server(shared, incoming).await,
    }
}

fn serve_gateway(shared: &Arc<Shared>, incoming: IncomingRequest<'_>) -> Response<Body> {
    let (method, path) = (&incoming.parts.method, incoming.path());
    let unrouted = public_api::unrouted(method, path, incoming.parts.uri.query());
    let answered = match unrouted {
        Some(response) => return response,
        None => answer_gateway(shared, incoming),
    };
    finish(shared, Service::PublicApi, answered)
}

fn answer_gateway(
    shared: &Arc<Shared>,
    incoming: IncomingRequest<'_>,
) -> Result<Response<Body>, Problem> {
    let Lookup::Found(found) = incoming.lookup else {
        return Err(default_error(Service::PublicApi, StatusCode::NOT_FOUND));
    };
    let mut grant = Grant::default();
    if !found.route.open {
        limit(shared)?;
        let access = shared.now().access.check_gateway(&incoming.parts.headers, Instant::now());
        grant = access
            .map_err(|Unauthorized| default_error(Service::PublicApi, StatusCode::UNAUTHORIZED))?;
    }
    dispatch(shared, incoming.parts, incoming.body, found, grant, None)
}

async fn serve_api_server(
    shared: &Arc<Shared>,
    incoming: IncomingRequest<'_>,
) -> Result<Response<Body>, Cut> {
    let IncomingRequest { parts, body, lookup, commit_delay } = incoming;
    let path = parts.uri.path();
    let access = shared.now().access.check_api_server(&parts.headers, Instant::now());
    let grant = match access {
        Ok(grant) => grant,
        Err(Unauthorized) if OPEN_PATHS.contains(&path) => Grant::default(),
        // Tokens are checked before the request gets an operation id, so the response has none.
        Err(Unauthorized) => {
            let refused = Problem::text(StatusCode::UNAUTHORIZED, "Unauthorized");
            return Ok(refused.into_response(""));
        }
    };
    let found = match lookup {
        Lookup::Found(found) => found,
        other => return Ok(no_operation(shared, parts, other)),
    };
    let connection = match &shared.pool {
        Some(pool) if found.route.operation != VERSION => {
            Some(pool.acquire(&parts.method).await.ok_or(Cut)?)
        }
        _ => None,
    };
    let route = found.route;
    let answered = dispatch(shared, parts, body, found, grant, commit_delay);
    let mut response = finish(shared, Service::ApiServer, answered);
    if route.operation == VERSION {
        response.headers_mut().remove(OPERATION_ID);
    }
    Ok(match connection {
        Some(connection) if route.is_stream() => load::hold(response, connection),
        _ => response,
    })
}

/// Returns the API server's response to a request without an operation.
fn no_operation(shared: &Shared, parts: &Parts, lookup: Lookup<'_>) -> Response<Body> {
    let problem = match lookup {
        // The server answers CORS preflight requests for any path with an empty 200.
        _ if parts.method == Method::OPTIONS => return empty(StatusCode::OK),
        Lookup::Moved(path) => {
            let query = parts.uri.query().map(|query| format!("?{query}"));
            Problem::Redirect(path + &query.unwrap_or_default())
        }
        Lookup::Unknown(path) => Problem::unknown_route(&path),
        Lookup::MethodNotAllowed(..) | Lookup::Found(_) => Problem::MethodNotAllowed,
    };
    finish(shared, Service::ApiServer, Err(problem))
}

/// Converts the result to a response and adds the operation id, which the API server sends in all
/// responses except those of its router.
fn finish(
    shared: &Shared,
    service: Service,
    answered: Result<Response<Body>, Problem>,
) -> Response<Body> {
    let operation = shared.now().new_id(Instant::now());
    let is_named = !answered.as_ref().is_err_and(Problem::is_from_router);
    let mut response = answered.unwrap_or_else(|problem| problem.into_response(&operation));
    if service == Service::PublicApi {
        return public_api::finish(response);
    }
    if is_named && let Ok(operation) = HeaderValue::try_from(operation) {
        response.headers_mut().insert(OPERATION_ID, operation);
    }
    response
}

fn dispatch(
    shared: &Arc<Shared>,
    parts: &Parts,
    body: Option<Bytes>,
    found: Found<'_>,
    grant: Grant,
    commit_delay: Option<Duration>,
) -> Result<Response<Body>, Problem> {
    let route = found.route;
    if !grant.allows(&parts.method) {
        return Err(default_error(route.service, StatusCode::FORBIDDEN));
    }
    let body = body.ok_or_else(|| too_large(route.service))?;
    let call = Call {
        route,
        path: parts.uri.path(),
        pairs: found.pairs,
        query: parse_query(parts.uri.query().unwrap_or_default()),
        headers: &parts.headers,
        body,
        grant,
        now: Instant::now(),
        commit_delay,
    };
    let planned = shared.next_due();
    let answered = match route.service {
        Service::PublicApi => public_api::serve(shared, &call),
        Service::ApiServer => api_server::serve(shared, &call),
    };
    if shared.next_due() != planned {
        shared.announce();
    }
    answered
}

/// Applies the rate limit of the gateway.
fn limit(shared: &Shared) -> Result<(), Problem> {
    let passed = match &mut shared.now().limit {
        Some(limit) => limit.try_acquire(Instant::now()),
        None => Ok(()),
    };
    passed.map_err(|delay| rate_limited(Service::PublicApi, delay))
}

fn too_large(service: Service) -> Problem {
    let reason = "http: request body too large";
    match service {
        Service::PublicApi => Problem::gateway(StatusCode::BAD_REQUEST, reason),
        Service::ApiServer => Problem::malformed(format!("Invalid request format: {reason}")),
    }
}
