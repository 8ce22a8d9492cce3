//! The routes of both services, which are read from their prepared documents.
//!
//! The path and schemas of most operations show what they do: list, create, or read or write one
//! record. These are served by their shape, and the others by their operation id.

mod reader;
mod shapes;
mod undeclared;

use std::{collections::BTreeMap, sync::LazyLock};

use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use self::reader::Reader;
use super::{
    call::Call,
    kinds::{Rules, Scope},
    paths::{self, Path},
    schema::{Document, ObjectSchema},
};

/// The path prefix of the API server's operations.
const API_ROOT: &str = "/api/ambient/v1";

/// A service of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Service {
    /// The gateway: `/v1/sessions`, `/health`, `/ready`.
    PublicApi,
    /// The API server: everything under `/api/ambient/v1`.
    ApiServer,
}

/// The effect of an operation on records, derived from its path and schemas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    List,
    Create,
    Get,
    Update,
    Delete,
    /// An action on one record, which is the response.
    Act,
    /// Anything else.
    Other,
}

/// An operation.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) service: Service,
    pub(super) operation: String,
    pub(super) method: Method,
    pub(super) template: String,
    pub(super) shape: Shape,
    /// The kind of record that the operation is for. Empty if there is none.
    pub(super) kind: String,
    pub(super) request: Option<ObjectSchema>,
    pub(super) response: Option<ObjectSchema>,
    /// The declared statuses of successes.
    pub(super) successes: Vec<StatusCode>,
    /// Whether the operation needs no token.
    pub(super) open: bool,
    /// The exact `Accept` header that selects an operation with a stream.
    accept: Option<String>,
}

/// The operation of a path, with the values of the path's parameters.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) route: &'a Route,
    /// The pairs of collection and id in the path, such as `projects` and `demo`.
    pub(super) pairs: Vec<(String, String)>,
}

/// The result of looking up a path.
#[derive(Debug)]
pub(super) enum Lookup<'a> {
    Found(Found<'a>),
    /// The path has operations with other methods only.
    MethodNotAllowed(Service),
    /// The service redirects to this path.
    Moved(String),
    /// The path has no operation. Contains the path as its service decodes it.
    Unknown(String),
}

/// Information about a kind of record from the document.
#[derive(Clone, Debug)]
pub(super) struct KindInfo {
    /// The path of its list, for example `/api/ambient/v1/roles`.
    pub(super) path: String,
    /// The name of its table, which is also in the `href` of records.
    pub(super) table: String,
    pub(super) schema: ObjectSchema,
}

impl KindInfo {
    fn new(path: &str, schema: &ObjectSchema) -> Self {
        let last = path.rsplit('/').next().unwrap_or_default();
        let table =
            Rules::of(&schema.name).table.map_or_else(|| last.replace('-', "_"), str::to_owned);
        Self { path: path.to_owned(), table, schema: schema.clone() }
    }

    /// Returns the path before the id in the `href` of a record that `call` creates. For most kinds
    /// it doesn't depend on the path of the call.
    pub(super) fn address(&self, call: &Call<'_>) -> String {
        match Rules::of(&self.schema.name).scope {
            Scope::Placed => fill(&call.route.template, &call.pairs),
            _ => self.flat_address(),
        }
    }

    /// Returns the path of the list of all records of the kind, even if no operation has it.
    pub(super) fn flat_address(&self) -> String {
        format!("{API_ROOT}/{}", self.table)
    }
}

/// The routes of both services.
#[derive(Debug, Default)]
pub(super) struct Table {
    routes: Vec<Route>,
    /// The version of the API server's document.
    pub(super) version: String,
    pub(super) kinds: BTreeMap<String, KindInfo>,
}

static TABLE: LazyLock<Result<Table, String>> = LazyLock::new(|| {
    let mut table = Table::default();
    table.add(Service::PublicApi, ambient_sdk::public_api::DOCUMENT)?;
    table.add(Service::ApiServer, ambient_sdk::api_server::DOCUMENT)?;
    Ok(table)
});

impl Table {
    /// Returns the table of the documents in the raw crate.
    pub(super) fn bundled() -> Result<&'static Self, String> {
        TABLE.as_ref().map_err(Clone::clone)
    }

    pub(super) fn add(&mut self, service: Service, document: &str) -> Result<(), String> {
        let document: Value = serde_json::from_str(document)
            .map_err(|error| format!("the document of {service:?} is not JSON: {error}"))?;
        let paths = document["paths"].as_object();
        let paths = paths.ok_or_else(|| format!("the document of {service:?} has no paths"))?;
        let reader = Reader { service, document: Document(&document) };
        let start = self.routes.len();
        for (path, item) in paths {
            self.routes.extend(reader.path_item(path, item)?);
        }
        if service == Service::ApiServer {
            self.find_shapes(start, reader.document);
            self.add_undeclared();
            document["info"]["version"].as_str().unwrap_or_default().clone_into(&mut self.version);
        }
        Ok(())
    }

    pub(super) fn operations(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter()
    }

    /// Returns the kind whose list has a path that ends with `collection`.
    pub(super) fn kind_of(&self, collection: &str) -> Option<&str> {
        let is_of = |info: &KindInfo| info.path.rsplit('/').next() == Some(collection);
        let mut kinds = self.kinds.iter();
        kinds.find_map(|(kind, info)| is_of(info).then_some(kind.as_str()))
    }

    /// Looks up the operation of a path, which is percent-encoded.
    pub(super) fn find(&self, method: &Method, path: &str, accept: &str) -> Lookup<'_> {
        match paths::read(path) {
            Some(Path::Moved(path)) => Lookup::Moved(path),
            Some(Path::Plain(path)) => {
                self.find_in(Service::ApiServer, method, &path, accept, str::to_owned)
            }
            None => self.find_in(Service::PublicApi, method, path, accept, |segment| {
                percent_decode_str(segment).decode_utf8_lossy().into_owned()
            }),
        }
    }

    fn find_in(
        &self,
        service: Service,
        method: &Method,
        path: &str,
        accept: &str,
        decode: impl Fn(&str) -> String,
    ) -> Lookup<'_> {
        let of_service = |route: &&Route| route.service == service;
        let matching = |route: &&Route| match_path(&route.template, path, &decode).is_some();
        let candidates: Vec<_> = self.routes.iter().filter(of_service).filter(matching).collect();
        if candidates.is_empty() {
            return Lookup::Unknown(path.to_owned());
        }
        let of_method = candidates.iter().filter(|route| route.method == *method);
        let best = of_method.max_by_key(|route| route.fitness(accept));
        match best {
            Some(route) => Lookup::Found(Found {
                route,
                pairs: match_path(&route.template, path, &decode).unwrap_or_default(),
            }),
            None => Lookup::MethodNotAllowed(service),
        }
    }
}

impl Route {
    /// Returns the status of a success: the usual one, unless the document declares others only.
    pub(super) fn success(&self, usual: StatusCode) -> StatusCode {
        match self.successes.first() {
            Some(declared) if !self.successes.contains(&usual) => *declared,
            _ => usual,
        }
    }

    /// Returns how well the operation matches the `Accept` header of a request.
    fn fitness(&self, accept: &str) -> u8 {
        match &self.accept {
            Some(exact) if exact == accept => 2,
            None => 1,
            Some(_) => 0,
        }
    }

    /// Whether the response is a stream.
    pub(super) fn is_stream(&self) -> bool {
        self.accept.is_some()
    }

    /// Returns the names that select the operation in a fault.
    pub(super) fn names(&self) -> [String; 2] {
        let service = match self.service {
            Service::PublicApi => "public_api",
            Service::ApiServer => "api_server",
        };
        [self.operation.clone(), format!("{service}/{}", self.operation)]
    }
}

/// Returns the path of a template with the ids of `pairs`.
fn fill(template: &str, pairs: &[(String, String)]) -> String {
    let mut ids = pairs.iter().map(|(_, id)| id.as_str());
    let segments = template.split('/').map(|segment| match segment.starts_with('{') {
        true => ids.next().unwrap_or_default(),
        false => segment,
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Returns the pairs of collection and id in `path`, or `None` if it doesn't match `template`.
fn match_path(
    template: &str,
    path: &str,
    decode: impl Fn(&str) -> String,
) -> Option<Vec<(String, String)>> {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    let (mut pairs, mut collection) = (Vec::new(), "");
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(pairs),
            (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => {
                pairs.push((collection.to_owned(), decode(given)));
            }
            (Some(wanted), Some(given)) if wanted == given => collection = wanted,
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: Method, path: &str, accept: &str) -> (String, Shape, String) {
        let Lookup::Found(found) = Table::bundled().unwrap().find(&method, path, accept) else {
            panic!("{method} {path} is not found");
        };
        let route = found.route;
        (route.operation.clone(), route.shape.clone(), route.kind.clone())
    }

    #[test]
    fn shapes_are_derived_from_the_document() {
        let api = |method, path: &str| found(method, &format!("/api/ambient/v1/{path}"), "*/*");
        let is = |operation: &str, shape, kind: &str| (operation.into(), shape, kind.into());
        assert_eq!(api(Method::GET, "roles"), is("list_roles", Shape::List, "Role"));
        assert_eq!(api(Method::POST, "roles"), is("create_role", Shape::Create, "Role"));
        assert_eq!(
            api(Method::PATCH, "sessions/x/status"),
            is("update_session_status", Shape::Update, "Session")
        );
        assert_eq!(
            api(Method::DELETE, "projects/p/agents/a/inbox/m"),
            is("delete_inbox_message", Shape::Delete, "InboxMessage")
        );
        assert_eq!(
            api(Method::POST, "sessions/x/start"),
            is("start_session", Shape::Act, "Session")
        );
    }

    #[test]
    fn the_stream_operation_requires_its_exact_accept() {
        let path = "/api/ambient/v1/sessions/x/messages";
        let operation = |accept| found(Method::GET, path, accept).0;
        assert_eq!(operation("text/event-stream"), "stream_session_messages");
        assert_eq!(operation("application/json"), "list_session_messages");
        assert_eq!(operation("text/event-stream, */*"), "list_session_messages");
    }

    #[test]
    fn ids_in_a_path_are_decoded() {
        let table = Table::bundled().unwrap();
        let Lookup::Found(found) = table.find(&Method::GET, "/v1/sessions/a%20b", "") else {
            panic!("it is not found");
        };
        assert_eq!(found.pairs, [("sessions".to_owned(), "a b".to_owned())]);
        let match_path = |path| match_path("/projects/{id}", path, str::to_owned);
        assert_eq!(match_path("/projects/"), None);
        assert_eq!(match_path("/projects"), None);
    }

    #[test]
    fn distinguishes_other_methods_from_other_paths() {
        let table = Table::bundled().unwrap();
        let other = table.find(&Method::PUT, "/v1/sessions", "");
        assert!(matches!(other, Lookup::MethodNotAllowed(Service::PublicApi)));
        let unknown = table.find(&Method::GET, "/v1/nothing", "");
        assert!(matches!(unknown, Lookup::Unknown(_)));
        let unknown = table.find(&Method::GET, "/api/ambient/v1/nothing/", "");
        let Lookup::Unknown(path) = unknown else {
            panic!("it is found");
        };
        assert_eq!(path, "/api/ambient/v1/nothing");
    }

    #[test]
    fn a_document_without_paths_or_ids_is_rejected() {
        let mut table = Table::default();
        let mut add = |document| table.add(Service::PublicApi, document).unwrap_err();
        assert!(add("{").contains("not JSON"));
        assert!(add("{}").contains("no paths"));
        let unnamed = r#"{"paths": {"/x": {"get": {}}}}"#;
        assert!(add(unnamed).contains("GET /x has no operationId"));
    }
}
