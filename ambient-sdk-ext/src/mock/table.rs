//! The routes of both services, read from their prepared documents.
//!
//! Most operations say by their path and schemas alone what they do: a list, a create, and the
//! reads and writes of one record. Those are served by shape; the rest by their operation id.

mod reader;
mod shapes;
mod undeclared;

use std::{collections::BTreeMap, sync::LazyLock};

use http::Method;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use self::reader::Reader;
use super::{
    call::Call,
    kinds::{Rules, Scope},
    paths::{self, Path},
    schema::{Document, ObjectSchema},
};

/// Where the API server's operations are.
const API_ROOT: &str = "/api/ambient/v1";

/// One of the two services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Service {
    /// The gateway: `/v1/sessions`, `/health`, `/ready`.
    PublicApi,
    /// The API server: everything under `/api/ambient/v1`.
    ApiServer,
}

/// What an operation does with records, as far as its path and schemas tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    List,
    Create,
    Get,
    Update,
    Delete,
    /// Something done with one record, which is the answer.
    Act,
    /// Something of its own.
    Other,
}

/// One operation, ready to be served.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) service: Service,
    pub(super) operation: String,
    pub(super) method: Method,
    pub(super) template: String,
    pub(super) shape: Shape,
    /// The kind of record that it is about; empty when it is about none.
    pub(super) kind: String,
    pub(super) request: Option<ObjectSchema>,
    pub(super) response: Option<ObjectSchema>,
    /// Whether it needs no token.
    pub(super) open: bool,
    /// The only `Accept` that it answers, for an operation that has a stream.
    accept: Option<String>,
}

/// A path that was found, with the values of its parameters.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) route: &'a Route,
    /// The path's pairs of a collection and an id in it, as in `projects` → `demo`.
    pub(super) pairs: Vec<(String, String)>,
}

/// What looking for a path came to.
#[derive(Debug)]
pub(super) enum Lookup<'a> {
    Found(Found<'a>),
    /// The path is known, with other methods.
    OtherMethod(Service),
    /// The path should be another one.
    Moved(String),
    /// There is no such path, which is given as its service reads it.
    Unknown(String),
}

/// What is known of a kind of record.
#[derive(Clone, Debug)]
pub(super) struct KindInfo {
    /// The path of its list, as in `/api/ambient/v1/roles`.
    pub(super) path: String,
    /// The table that holds the records, which their addresses name.
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

    /// The path under which a record is found that `call` makes: below the root for most kinds,
    /// wherever they are made.
    pub(super) fn address(&self, call: &Call<'_>) -> String {
        match Rules::of(&self.schema.name).scope {
            Scope::Placed => fill(&call.route.template, &call.pairs),
            _ => self.flat_address(),
        }
    }

    /// The path of the list of all records of the kind, whether it is served or not.
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
    /// The table of the documents that the raw crate carries.
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

    /// The kind whose records are listed at a path that ends with `collection`.
    pub(super) fn kind_of(&self, collection: &str) -> Option<&str> {
        let is_of = |info: &KindInfo| info.path.rsplit('/').next() == Some(collection);
        let mut kinds = self.kinds.iter();
        kinds.find_map(|(kind, info)| is_of(info).then_some(kind.as_str()))
    }

    /// The operation of a path as it was sent, still escaped.
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
            None => Lookup::OtherMethod(service),
        }
    }
}

impl Route {
    /// How well the operation suits the `Accept` of a request.
    fn fitness(&self, accept: &str) -> u8 {
        match &self.accept {
            Some(exact) if exact == accept => 2,
            None => 1,
            Some(_) => 0,
        }
    }

    /// Whether its answer is a stream.
    pub(super) fn is_stream(&self) -> bool {
        self.accept.is_some()
    }

    /// The names by which a fault can be set for it.
    pub(super) fn names(&self) -> [String; 2] {
        let service = match self.service {
            Service::PublicApi => "public_api",
            Service::ApiServer => "api_server",
        };
        [self.operation.clone(), format!("{service}/{}", self.operation)]
    }
}

/// The path of a template with the ids of its pairs.
fn fill(template: &str, pairs: &[(String, String)]) -> String {
    let mut ids = pairs.iter().map(|(_, id)| id.as_str());
    let segments = template.split('/').map(|segment| match segment.starts_with('{') {
        true => ids.next().unwrap_or_default(),
        false => segment,
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The pairs of collection and id in `path`, if it is one of `template`.
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
    fn shapes_are_read_off_the_document() {
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
    fn the_stream_half_answers_only_its_exact_accept() {
        let path = "/api/ambient/v1/sessions/x/messages";
        let operation = |accept| found(Method::GET, path, accept).0;
        assert_eq!(operation("text/event-stream"), "stream_session_messages");
        assert_eq!(operation("application/json"), "list_session_messages");
        assert_eq!(operation("text/event-stream, */*"), "list_session_messages");
    }

    #[test]
    fn a_path_gives_its_ids_unescaped() {
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
    fn other_methods_and_other_paths_are_told_apart() {
        let table = Table::bundled().unwrap();
        let other = table.find(&Method::PUT, "/v1/sessions", "");
        assert!(matches!(other, Lookup::OtherMethod(Service::PublicApi)));
        let unknown = table.find(&Method::GET, "/v1/nothing", "");
        assert!(matches!(unknown, Lookup::Unknown(_)));
        let unknown = table.find(&Method::GET, "/api/ambient/v1/nothing/", "");
        let Lookup::Unknown(path) = unknown else {
            panic!("it is found");
        };
        assert_eq!(path, "/api/ambient/v1/nothing");
    }

    #[test]
    fn a_document_without_paths_or_ids_is_refused() {
        let mut table = Table::default();
        let mut add = |document| table.add(Service::PublicApi, document).unwrap_err();
        assert!(add("{").contains("not JSON"));
        assert!(add("{}").contains("no paths"));
        let unnamed = r#"{"paths": {"/x": {"get": {}}}}"#;
        assert!(add(unnamed).contains("GET /x has no operationId"));
    }
}
