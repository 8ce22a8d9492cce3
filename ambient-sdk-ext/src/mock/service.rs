//! The way of every request: log, fault, rate limit, token, then the service that it is for.

use std::{fmt, sync::Arc};

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{ACCEPT, ALLOW},
    request::Parts,
};
use tokio::time::Instant;

use super::{
    access::{Grant, Refusal},
    api_server,
    call::{Call, parse_query},
    fault::{Fault, Verdict},
    log::RecordedRequest,
    problem::{Problem, respond},
    public_api,
    state::Shared,
    table::{Contract, Found, Lookup, Route},
};

/// How much of a request's body is read, in bytes.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// The connection was cut, as a fault asked for, or the server has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the mock server cut the connection")
    }
}

impl std::error::Error for Cut {}

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
    let response = match &fault {
        Some(fault) => serve_faulty(&shared, fault, &parts, body, lookup).await?,
        None => serve_well(&shared, &parts, body, lookup),
    };
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
    let (contract, operation) = match lookup {
        Lookup::Found(found) => {
            let operation = found.route.operation.clone();
            (Some(found.route.contract), Some(operation))
        }
        Lookup::OtherMethod(contract, _) => (Some(*contract), None),
        Lookup::Unknown => (None, None),
    };
    shared.now().log.record(RecordedRequest {
        contract,
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
    parts: &Parts,
    body: Option<Bytes>,
    lookup: Lookup<'_>,
) -> Result<Response<Body>, Cut> {
    if !fault.waits().is_zero() {
        tokio::time::sleep(fault.waits()).await;
    }
    let contract = match &lookup {
        Lookup::Found(found) => found.route.contract,
        _ => Contract::ApiServer,
    };
    let problem = match fault.verdict() {
        Verdict::Serve => return Ok(serve_well(shared, parts, body, lookup)),
        Verdict::Cut => return Err(Cut),
        Verdict::Silence => return std::future::pending().await,
        Verdict::Status(status, Some(body)) => {
            return Ok(respond(status, "application/json", Body::from(body)));
        }
        Verdict::Status(status, None) => usual(contract, status),
        Verdict::RateLimit(delay) => rate_limited(contract, delay),
    };
    Ok(finish(shared, contract, Err(problem)))
}

/// The usual words of a service for a status.
fn usual(contract: Contract, status: StatusCode) -> Problem {
    let words = match (contract, status.as_u16()) {
        (Contract::ApiServer, _) => return Problem::usual(status),
        (_, 401) => "Missing or invalid authorization",
        (_, 404) => "Session not found",
        (_, 429) => return rate_limited(contract, std::time::Duration::from_secs(1)),
        (_, 500) => "Internal server error",
        (_, 502) => "Backend unavailable",
        _ => status.canonical_reason().unwrap_or("Unknown"),
    };
    Problem::gateway(status, words)
}

fn rate_limited(contract: Contract, delay: std::time::Duration) -> Problem {
    match contract {
        Contract::ApiServer => Problem::usual(StatusCode::TOO_MANY_REQUESTS),
        Contract::PublicApi => Problem::Gateway {
            status: StatusCode::TOO_MANY_REQUESTS,
            error: "Rate limit exceeded".into(),
            message: None,
            retry_after: Some(delay),
        },
    }
}

fn serve_well(
    shared: &Arc<Shared>,
    parts: &Parts,
    body: Option<Bytes>,
    lookup: Lookup<'_>,
) -> Response<Body> {
    match lookup {
        Lookup::Found(found) => {
            let contract = found.route.contract;
            let answered = dispatch(shared, parts, body, found);
            if parts.method != Method::GET {
                shared.announce();
            }
            finish(shared, contract, answered)
        }
        Lookup::OtherMethod(contract, methods) => {
            let status = StatusCode::METHOD_NOT_ALLOWED;
            let mut response = finish(shared, contract, Err(usual(contract, status)));
            let methods: Vec<_> = methods.iter().map(Method::as_str).collect();
            if let Ok(methods) = HeaderValue::try_from(methods.join(", ")) {
                response.headers_mut().insert(ALLOW, methods);
            }
            response
        }
        Lookup::Unknown => {
            let problem = Problem::unknown_route(parts.uri.path());
            finish(shared, Contract::ApiServer, Err(problem))
        }
    }
}

/// Gives the response its last form; the API server names the operation on every answer.
fn finish(
    shared: &Shared,
    contract: Contract,
    answered: Result<Response<Body>, Problem>,
) -> Response<Body> {
    let operation = shared.now().new_id(Instant::now());
    let mut response = answered.unwrap_or_else(|problem| problem.into_response(&operation));
    if contract == Contract::ApiServer
        && let Ok(operation) = HeaderValue::try_from(operation)
    {
        response.headers_mut().insert("x-operation-id", operation);
    }
    response
}

fn dispatch(
    shared: &Arc<Shared>,
    parts: &Parts,
    body: Option<Bytes>,
    found: Found<'_>,
) -> Result<Response<Body>, Problem> {
    let route = found.route;
    if !route.open {
        limit(shared, route.contract)?;
    }
    let grant = admit(shared, parts, route)?;
    let Some(body) = body else {
        return Err(too_large(route.contract));
    };
    let call = Call {
        route,
        path: parts.uri.path(),
        pairs: found.pairs,
        query: parse_query(parts.uri.query().unwrap_or_default()),
        headers: &parts.headers,
        body,
        grant,
        now: Instant::now(),
    };
    match route.contract {
        Contract::PublicApi => public_api::serve(shared, &call),
        Contract::ApiServer => api_server::serve(shared, &call),
    }
}

fn limit(shared: &Shared, contract: Contract) -> Result<(), Problem> {
    let mut state = shared.now();
    match &mut state.limit {
        Some(limit) if contract == Contract::PublicApi => {
            limit.pass(Instant::now()).map_err(|delay| rate_limited(contract, delay))
        }
        _ => Ok(()),
    }
}

fn admit(shared: &Shared, parts: &Parts, route: &Route) -> Result<Grant, Problem> {
    if route.open {
        return Ok(Grant::default());
    }
    let forwarded = route.contract == Contract::ApiServer;
    let checked = shared.access.check(&parts.headers, forwarded);
    let grant = checked.map_err(|refusal| unauthorized(route.contract, refusal))?;
    if grant.allows(&parts.method) {
        Ok(grant)
    } else {
        Err(usual(route.contract, StatusCode::FORBIDDEN))
    }
}

fn unauthorized(contract: Contract, refusal: Refusal) -> Problem {
    let status = StatusCode::UNAUTHORIZED;
    match (contract, refusal) {
        (Contract::PublicApi, _) => usual(contract, status),
        (Contract::ApiServer, Refusal::Unknown) => Problem::text(status, "Unauthorized"),
        (Contract::ApiServer, Refusal::Missing) => {
            Problem::full(status, "15", "Account authentication could not be verified")
        }
    }
}

fn too_large(contract: Contract) -> Problem {
    let reason = "http: request body too large";
    match contract {
        Contract::PublicApi => Problem::gateway(StatusCode::BAD_REQUEST, reason),
        Contract::ApiServer => Problem::malformed(format!("Invalid request format: {reason}")),
    }
}
