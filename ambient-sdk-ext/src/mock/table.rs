//! The routes of both services, read from their prepared documents.
//!
//! Most operations say by their path and schemas alone what they do: a list, a create, and the
//! reads and writes of one record. Those are served by shape; the rest by their operation id.

use std::{collections::BTreeMap, sync::LazyLock};

use http::Method;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::schema::{Document, ObjectSchema};

/// One of the two services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Contract {
    /// The gateway: `/v1/sessions`, `/health`, `/ready`.
    PublicApi,
    /// The API server: everything under `/api/ambient/v1`.
    ApiServer,
}

/// What an operation does with records, as far as its path and schemas tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    List {
        list: String,
    },
    Create,
    Get,
    Update,
    Delete,
    /// Something of its own.
    Other,
}

/// One operation, ready to be served.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) contract: Contract,
    pub(super) operation: String,
    pub(super) method: Method,
    pub(super) template: String,
    pub(super) shape: Shape,
    /// The kind of record that it is about; empty when it is about none.
    pub(super) kind: String,
    pub(super) request: Option<ObjectSchema>,
    pub(super) response: Option<ObjectSchema>,
    /// The names of its query parameters.
    pub(super) query: Vec<String>,
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
    OtherMethod(Contract, Vec<Method>),
    Unknown,
}

/// What is known of a kind of record.
#[derive(Clone, Debug)]
pub(super) struct KindInfo {
    /// The path of its list, as in `/api/ambient/v1/roles`.
    pub(super) path: String,
    pub(super) schema: ObjectSchema,
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
    table.add(Contract::PublicApi, ambient_sdk::public_api::DOCUMENT)?;
    table.add(Contract::ApiServer, ambient_sdk::api_server::DOCUMENT)?;
    Ok(table)
});

impl Table {
    /// The table of the documents that the raw crate carries.
    pub(super) fn bundled() -> Result<&'static Self, String> {
        TABLE.as_ref().map_err(Clone::clone)
    }

    pub(super) fn add(&mut self, contract: Contract, document: &str) -> Result<(), String> {
        let document: Value = serde_json::from_str(document)
            .map_err(|error| format!("the document of {contract:?} is not JSON: {error}"))?;
        let paths = document["paths"].as_object();
        let paths = paths.ok_or_else(|| format!("the document of {contract:?} has no paths"))?;
        let reader = Reader { contract, document: Document(&document) };
        let start = self.routes.len();
        for (path, item) in paths {
            self.routes.extend(reader.path_item(path, item)?);
        }
        if contract == Contract::ApiServer {
            self.find_shapes(start, reader.document);
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

    pub(super) fn find(&self, method: &Method, path: &str, accept: &str) -> Lookup<'_> {
        let matching = |route: &&Route| match_path(&route.template, path).is_some();
        let candidates: Vec<_> = self.routes.iter().filter(matching).collect();
        let Some(contract) = candidates.first().map(|route| route.contract) else {
            return Lookup::Unknown;
        };
        let of_method = candidates.iter().filter(|route| route.method == *method);
        let best = of_method.max_by_key(|route| route.fitness(accept));
        match best {
            Some(route) => Lookup::Found(Found {
                route,
                pairs: match_path(&route.template, path).unwrap_or_default(),
            }),
            None => {
                let methods = candidates.iter().map(|route| route.method.clone());
                Lookup::OtherMethod(contract, methods.collect())
            }
        }
    }

    /// Reads the shapes off paths and schemas: lists first, then what stands on a list's path.
    fn find_shapes(&mut self, start: usize, document: Document<'_>) {
        let routes = &mut self.routes[start..];
        let mut lists = BTreeMap::new();
        for route in routes.iter_mut().filter(|route| route.method == Method::GET) {
            let Some(item) = route.listed_item(document) else {
                continue;
            };
            let list = route.response.as_ref().map(|list| list.name.clone());
            route.shape = Shape::List { list: list.unwrap_or_default() };
            route.kind.clone_from(&item.name);
            lists.insert(route.template.clone(), item);
        }
        for (path, item) in &lists {
            let creates = |route: &&Route| route.method == Method::POST && route.template == *path;
            if routes.iter().any(|route| creates(&route)) {
                let shorter = |known: &KindInfo| known.path.len() <= path.len();
                if !self.kinds.get(&item.name).is_some_and(shorter) {
                    let info = KindInfo { path: path.clone(), schema: item.clone() };
                    self.kinds.insert(item.name.clone(), info);
                }
            }
        }
        for route in routes {
            route.find_shape(&lists);
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
        let service = match self.contract {
            Contract::PublicApi => "public_api",
            Contract::ApiServer => "api_server",
        };
        [self.operation.clone(), format!("{service}/{}", self.operation)]
    }

    /// The schema of the items, for a response that is a page of a list.
    fn listed_item(&self, document: Document<'_>) -> Option<ObjectSchema> {
        let response = self.response.as_ref()?;
        if !response.has("total") {
            return None;
        }
        let list = &document.0["components"]["schemas"][&response.name];
        let item = items_of(document, list)?;
        Some(ObjectSchema::read(document, item))
    }

    fn find_shape(&mut self, lists: &BTreeMap<String, ObjectSchema>) {
        if self.shape != Shape::Other {
            return;
        }
        let creates = self.method == Method::POST;
        if let (true, Some(item)) = (creates, lists.get(&self.template)) {
            self.kind.clone_from(&item.name);
            self.shape = Shape::Create;
            return;
        }
        let template = self.template.clone();
        let (above, last) = template.rsplit_once('/').unwrap_or_default();
        if let (true, Some(item)) = (last.starts_with('{'), lists.get(above)) {
            self.kind.clone_from(&item.name);
            self.shape = match self.method {
                Method::GET => Shape::Get,
                Method::PATCH => Shape::Update,
                Method::DELETE => Shape::Delete,
                _ => Shape::Other,
            };
            return;
        }
        self.find_partial_update(above, lists);
    }

    /// A PATCH below a record that answers with the record changes a part of it, as `status` does.
    fn find_partial_update(&mut self, above: &str, lists: &BTreeMap<String, ObjectSchema>) {
        let (collection, _) = above.rsplit_once('/').unwrap_or_default();
        let Some(item) = lists.get(collection) else {
            return;
        };
        self.kind.clone_from(&item.name);
        let answers = self.response.as_ref().map(|schema| &schema.name);
        if self.method == Method::PATCH && answers == Some(&item.name) {
            self.shape = Shape::Update;
        }
    }
}

fn items_of<'a>(document: Document<'a>, list: &'a Value) -> Option<&'a Value> {
    let own = list.pointer("/properties/items/items");
    own.or_else(|| {
        let parts = list["allOf"].as_array()?.iter();
        parts
            .map(|part| document.resolve(part).0)
            .find_map(|part| part.pointer("/properties/items/items"))
    })
}

/// Reads the operations of one document.
struct Reader<'a> {
    contract: Contract,
    document: Document<'a>,
}

impl<'a> Reader<'a> {
    fn path_item(&self, path: &str, item: &'a Value) -> Result<Vec<Route>, String> {
        // Two operations of one path and method are told apart by a fragment, which is never sent.
        let template = path.split('#').next().unwrap_or_default();
        let mut routes = Vec::new();
        for (method, operation) in item.as_object().into_iter().flatten() {
            let method = match method.as_str() {
                "get" => Method::GET,
                "post" => Method::POST,
                "put" => Method::PUT,
                "patch" => Method::PATCH,
                "delete" => Method::DELETE,
                _ => continue,
            };
            routes.push(self.operation(template, method, item, operation)?);
        }
        Ok(routes)
    }

    fn operation(
        &self,
        template: &str,
        method: Method,
        item: &'a Value,
        operation: &'a Value,
    ) -> Result<Route, String> {
        let id = operation["operationId"].as_str();
        let id = id.ok_or_else(|| format!("{method} {template} has no operationId"))?;
        let security = operation.get("security").or(self.document.0.get("security"));
        Ok(Route {
            contract: self.contract,
            operation: id.to_owned(),
            method,
            template: template.to_owned(),
            shape: Shape::Other,
            kind: String::new(),
            request: self.schema(&operation["requestBody"]),
            response: self.success(&operation["responses"]),
            query: self.query(item, operation),
            open: security.and_then(Value::as_array).is_some_and(Vec::is_empty),
            accept: operation["x-accept"].as_str().map(str::to_owned),
        })
    }

    fn schema(&self, body: &'a Value) -> Option<ObjectSchema> {
        let schema = self.document.content_schema(body)?;
        Some(ObjectSchema::read(self.document, schema))
    }

    fn success(&self, responses: &'a Value) -> Option<ObjectSchema> {
        let mut responses = responses.as_object()?.iter();
        responses.find_map(|(status, response)| {
            let success = status.starts_with('2').then_some(response)?;
            self.schema(success)
        })
    }

    fn query(&self, item: &'a Value, operation: &'a Value) -> Vec<String> {
        let lists = [&item["parameters"], &operation["parameters"]];
        let all = lists.into_iter().filter_map(Value::as_array).flatten();
        let all = all.map(|parameter| self.document.resolve(parameter).0);
        all.filter(|parameter| parameter["in"] == "query")
            .filter_map(|parameter| Some(parameter["name"].as_str()?.to_owned()))
            .collect()
    }
}

/// The pairs of collection and id in `path`, if it is one of `template`.
fn match_path(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    let (mut pairs, mut collection) = (Vec::new(), "");
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(pairs),
            (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => {
                let id = percent_decode_str(given).decode_utf8_lossy().into_owned();
                pairs.push((collection.to_owned(), id));
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
        let list = |list: &str| Shape::List { list: list.into() };
        let is = |operation: &str, shape, kind: &str| (operation.into(), shape, kind.into());
        assert_eq!(api(Method::GET, "roles"), is("list_roles", list("RoleList"), "Role"));
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
            is("start_session", Shape::Other, "Session")
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
        let pairs = match_path("/projects/{id}/agents/{agent_id}", "/projects/p/agents/a%2Fb");
        let pair = |collection: &str, id: &str| (collection.to_owned(), id.to_owned());
        assert_eq!(pairs.unwrap(), [pair("projects", "p"), pair("agents", "a/b")]);
        assert_eq!(match_path("/projects/{id}", "/projects/"), None);
        assert_eq!(match_path("/projects/{id}", "/projects"), None);
    }

    #[test]
    fn other_methods_of_a_path_are_named() {
        let table = Table::bundled().unwrap();
        let Lookup::OtherMethod(contract, methods) = table.find(&Method::PUT, "/v1/sessions", "")
        else {
            panic!("PUT is found");
        };
        assert_eq!(contract, Contract::PublicApi);
        assert_eq!(methods.len(), 2);
        let unknown = table.find(&Method::GET, "/v1/nothing", "");
        assert!(matches!(unknown, Lookup::Unknown));
    }

    #[test]
    fn a_document_without_paths_or_ids_is_refused() {
        let mut table = Table::default();
        let mut add = |document| table.add(Contract::PublicApi, document).unwrap_err();
        assert!(add("{").contains("not JSON"));
        assert!(add("{}").contains("no paths"));
        let unnamed = r#"{"paths": {"/x": {"get": {}}}}"#;
        assert!(add(unnamed).contains("GET /x has no operationId"));
    }
}
