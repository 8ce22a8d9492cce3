//! What belongs to the document as a whole: its version, prose, servers and security schemes.

use super::Walk;
use crate::drift::{
    document::{Node, Operation},
    finding::{At, Change, Place},
    kind::{meta as kinds, security as server_kinds},
    verdict::Direction,
};

/// What a document has when it lists no server.
const USUAL_SERVER: &str = "/";

impl<'a> Walk<'a> {
    pub(super) fn document(&mut self) {
        let at = self.whole();
        let (base, revision) = (self.base.root(), self.revision.root());
        let keys = [("openapi", &kinds::OPENAPI_VERSION_CHANGED), ("info", &kinds::INFO_CHANGED)];
        for (key, rule) in keys {
            if base.value.get(key) != revision.value.get(key) {
                let pointer = format!("#/{key}");
                let what = format!("`{key}` changed");
                self.record(at, Change::new(rule, Place::both(&pointer, &pointer), what));
            }
        }
        let compared = ["openapi", "info", "paths", "components", "security", "servers"];
        self.other_keywords(&base, &revision, &compared, at);
        self.security_schemes(at);
        self.servers(base.child("servers"), revision.child("servers"), at);
        self.other_components(at);
    }

    /// Servers that an operation or its path item names for itself.
    pub(super) fn operation_servers(
        &mut self,
        base: &Operation<'a>,
        revision: &Operation<'a>,
        at: At,
    ) {
        let at = At { direction: Some(Direction::Whole), ..at };
        let own = |operation: &Operation<'a>| {
            operation.node.child("servers").or_else(|| operation.item.child("servers"))
        };
        let (old, new) = (own(base), own(revision));
        if old.is_some() || new.is_some() {
            let old = old.or_else(|| self.base.root().child("servers"));
            let new = new.or_else(|| self.revision.root().child("servers"));
            self.servers(old, new, at);
        }
    }

    fn servers(&mut self, base: Option<Node<'a>>, revision: Option<Node<'a>>, at: At) {
        let mut old = servers_of(base);
        let mut new = servers_of(revision);
        old.retain(|(url, base)| {
            let Some(found) = new.iter().position(|(other, _)| other == url) else { return true };
            let (_, revision) = new.remove(found);
            self.server(url, base.as_ref(), revision.as_ref(), at);
            false
        });
        old.retain(|(url, base)| {
            let Some(found) = new.iter().position(|(other, _)| host(other) == host(url)) else {
                return true;
            };
            let (other, revision) = new.remove(found);
            let place = Place { base: pointer(base), revision: pointer(&revision) };
            let what = format!("server `{url}` becomes `{other}`");
            self.record(at, Change::new(&server_kinds::SERVER_PATH_CHANGED, place, what));
            false
        });
        for (url, base) in old {
            let place = Place { base: pointer(&base), revision: None };
            let what = format!("server `{url}` is no longer listed");
            self.record(at, Change::new(&server_kinds::SERVER_REMOVED, place, what).subject(url));
        }
        for (url, revision) in new {
            let place = Place { base: None, revision: pointer(&revision) };
            let what = format!("server `{url}` is listed");
            self.record(at, Change::new(&server_kinds::SERVER_ADDED, place, what).subject(url));
        }
    }

    fn server(&mut self, url: &str, base: Option<&Node<'a>>, revision: Option<&Node<'a>>, at: At) {
        let (Some(base), Some(revision)) = (base, revision) else { return };
        if base.value.get("variables") != revision.value.get("variables") {
            let place = Place::both(&base.pointer, &revision.pointer);
            let what = format!("the variables of server `{url}` changed");
            self.record(at, Change::new(&server_kinds::SERVER_VARIABLES_CHANGED, place, what));
        }
        self.other_keywords(base, revision, &["url", "variables"], at);
    }

    /// Extensions beside the component lists; the lists are compared where they are used.
    fn other_components(&mut self, at: At) {
        let components = |node: Node<'a>| node.child("components");
        let (base, revision) = (components(self.base.root()), components(self.revision.root()));
        let (Some(base), Some(revision)) = (base, revision) else { return };
        let lists = [
            "schemas",
            "responses",
            "parameters",
            "examples",
            "requestBodies",
            "headers",
            "securitySchemes",
            "links",
            "callbacks",
        ];
        self.other_keywords(&base, &revision, &lists, at);
    }
}

/// The URLs of a list of servers; without a list, the usual one.
fn servers_of(list: Option<Node<'_>>) -> Vec<(&str, Option<Node<'_>>)> {
    let nodes = list.map(|list| list.items()).unwrap_or_default();
    let mut servers: Vec<_> =
        nodes.into_iter().filter_map(|node| Some((node.text("url")?, Some(node)))).collect();
    if servers.is_empty() {
        servers.push((USUAL_SERVER, None));
    }
    servers
}

fn pointer(node: &Option<Node<'_>>) -> Option<String> {
    node.as_ref().map(|node| node.pointer.clone())
}

/// Scheme and host of a server's URL; nothing for one that is a path.
fn host(url: &str) -> &str {
    let start = url.find("://").map_or(0, |scheme| scheme + 3);
    let end = url[start..].find('/').map_or(url.len(), |path| start + path);
    &url[..end]
}
