//! The way of every request: log, fault, rate limit, token, then the service that it is for.

use std::{fmt, sync::Arc, time::Duration};

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header::ACCEPT, request::Parts,
};
use tokio::time::Instant;

use super::{
    access::{Grant, Refused},
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

/// How much of a request's body is read, in bytes.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// The paths of the API server that nobody checks tokens for. Nothing is served there.
const OPEN_PATHS: [&str; 3] = ["/api/ambient", "/api/ambient/v1", "/api/ambient/v1/errors"];

/// The operation that the API server answers before it numbers requests and opens its database.
const VERSION: &str = "get_version";

/// The header that names an operation of the API server in its log.
const OPERATION_ID: &str = "x-operation-id";

/// The connection was cut, as a fault asked for, or the server has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the mock server cut the connection")
    }
}

impl std::error::Error for Cut {}

/// A request that was read, with the operation that it is for.
struct Asked<'a> {
    parts: &'a Parts,
    /// None when it is too large.
    body: Option<Bytes>,
    lookup: Lookup<'a>,
    commit_delay: Option<Duration>,
}

impl Asked<'_> {
    fn path(&self) -> &str {
        self.parts.uri.path()
    }

    /// The service whose host it would have reached.
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
    let asked = Asked { parts: &parts, body, lookup, commit_delay };
    let mut response = match &fault {
        Some(fault) => serve_faulty(&shared, fault, asked).await?,
        None => serve_well(&shared, asked).await?,
    };
    if let Some(NotBefore(committed)) = response.extensions_mut().remove() {
        tokio::time::sleep_until(committed).await;
    }
    Ok(match fault {
        Some(fault) => fault.apply(response),
        None => response,
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
        Lookup::OtherMethod(service) => (Some(*service), None),
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
    asked: Asked<'_>,
) -> Result<Response<Body>, Cut> {
    if !fault.waits().is_zero() {
        tokio::time::sleep(fault.waits()).await;
    }
    let service = asked.service();
    let verdict = fault.verdict();
    if matches!(verdict, Verdict::Serve) {
        return serve_well(shared, asked).await;
    }
    if fault.is_carried_out() {
        serve_well(shared, asked).await?;
    }
    let problem = match verdict {
        Verdict::Serve | Verdict::Cut => return Err(Cut),
        Verdict::Hang => return std::future::pending().await,
        Verdict::Status(status, Some(body)) => {
            return Ok(respond(status, "application/json", Body::from(body)));
        }
        Verdict::Status(status, None) => usual(service, status),
        Verdict::RateLimit(delay) => rate_limited(service, delay),
    };
    Ok(finish(shared, service, Err(problem)))
}

/// The usual words of a service for a status.
fn usual(service: Service, status: StatusCode) -> Problem {
    let words = match (service, status.as_u16()) {
        (Service::ApiServer, _) => return Problem::usual(status),
        (_, 401) => "Missing or invalid authorization",
        (_, 404) => "Session not found",
        (_, 429) => return rate_limited(service, Duration::from_secs(1)),
        (_, 500) => "Internal server error",
        (_, 502) => "Backend unavailable",
        _ => status.canonical_reason().unwrap_or("Unknown"),
    };
    Problem::gateway(status, words)
}

fn rate_limited(service: Service, delay: Duration) -> Problem {
    match service {
        Service::ApiServer => Problem::usual(StatusCode::TOO_MANY_REQUESTS),
        Service::PublicApi => Problem::Gateway {
            status: StatusCode::TOO_MANY_REQUESTS,
            error: "Rate limit exceeded".into(),
            message: None,
            retry_after: Some(delay),
        },
    }
}

async fn serve_well(shared: &Arc<Shared>, asked: Asked<'_>) -> Result<Response<Body>, Cut> {
    match asked.service() {
        Service::PublicApi => Ok(serve_gateway(shared, asked)),
        Service::ApiServer => serve_api_server(shared, asked).await,
    }
}

fn serve_gateway(shared: &Arc<Shared>, asked: Asked<'_>) -> Response<Body> {
    let (method, path) = (&asked.parts.method, asked.path());
    let off_route = public_api::off_route(method, path, asked.parts.uri.query());
    let answered = match off_route {
        Some(response) => return response,
        None => answer_gateway(shared, asked),
    };
    finish(shared, Service::PublicApi, answered)
}

fn answer_gateway(shared: &Arc<Shared>, asked: Asked<'_>) -> Result<Response<Body>, Problem> {
    let Lookup::Found(found) = asked.lookup else {
        return Err(usual(Service::PublicApi, StatusCode::NOT_FOUND));
    };
    let mut grant = Grant::default();
    if !found.route.open {
        limit(shared)?;
        let access = shared.now().access.of_gateway(&asked.parts.headers, Instant::now());
        grant = access.map_err(|Refused| usual(Service::PublicApi, StatusCode::UNAUTHORIZED))?;
    }
    dispatch(shared, asked.parts, asked.body, found, grant, None)
}

async fn serve_api_server(shared: &Arc<Shared>, asked: Asked<'_>) -> Result<Response<Body>, Cut> {
    let Asked { parts, body, lookup, commit_delay } = asked;
    let path = parts.uri.path();
    let access = shared.now().access.of_api_server(&parts.headers, Instant::now());
    let grant = match access {
        Ok(grant) => grant,
        Err(Refused) if OPEN_PATHS.contains(&path) => Grant::default(),
        // What checks tokens stands before everything else, and names no operation.
        Err(Refused) => {
            let refused = Problem::text(StatusCode::UNAUTHORIZED, "Unauthorized");
            return Ok(refused.into_response(""));
        }
    };
    let found = match lookup {
        Lookup::Found(found) => found,
        other => return Ok(no_operation(shared, parts, other)),
    };
    let place = match &shared.places {
        Some(places) if found.route.operation != VERSION => {
            Some(places.enter(&parts.method).await.ok_or(Cut)?)
        }
        _ => None,
    };
    let route = found.route;
    let answered = dispatch(shared, parts, body, found, grant, commit_delay);
    let mut response = finish(shared, Service::ApiServer, answered);
    if route.operation == VERSION {
        response.headers_mut().remove(OPERATION_ID);
    }
    Ok(match place {
        Some(place) if route.is_stream() => load::hold(response, place),
        _ => response,
    })
}

/// The answer to a request that is for no operation of the API server.
fn no_operation(shared: &Shared, parts: &Parts, lookup: Lookup<'_>) -> Response<Body> {
    let problem = match lookup {
        // A browser's question what it may ask has an empty answer, whatever the path.
        _ if parts.method == Method::OPTIONS => return empty(StatusCode::OK),
        Lookup::Moved(path) => {
            let query = parts.uri.query().map(|query| format!("?{query}"));
            Problem::Redirect(path + &query.unwrap_or_default())
        }
        Lookup::Unknown(path) => Problem::unknown_route(&path),
        Lookup::OtherMethod(..) | Lookup::Found(_) => Problem::OtherMethod,
    };
    finish(shared, Service::ApiServer, Err(problem))
}

/// Gives the response its last form; the API server names the operation on every answer.
fn finish(
    shared: &Shared,
    service: Service,
    answered: Result<Response<Body>, Problem>,
) -> Response<Body> {
    let operation = shared.now().new_id(Instant::now());
    let is_named = !answered.as_ref().is_err_and(Problem::is_of_the_router);
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
        return Err(usual(route.service, StatusCode::FORBIDDEN));
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

/// The gateway's limit of requests.
fn limit(shared: &Shared) -> Result<(), Problem> {
    let passed = match &mut shared.now().limit {
        Some(limit) => limit.pass(Instant::now()),
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
