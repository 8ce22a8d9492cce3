//! Servers of the document, and those of operations and path items.

use std::borrow::Cow;

use super::{Existence, Walk};
use crate::drift::{
    document::{Node, Operation},
    finding::{At, Change, Spot},
    kind::security as kinds,
    verdict::Direction,
};

/// The server of a document that lists none.
const USUAL_SERVER: &str = "/";

static SERVER: Existence =
    Existence { added: &kinds::SERVER_ADDED, removed: &kinds::SERVER_REMOVED };

/// A listed server, or the default one.
struct Server<'a> {
    url: &'a str,
    /// The URL with scheme and host in lower case.
    address: Cow<'a, str>,
    node: Option<Node<'a>>,
}

impl<'a> Server<'a> {
    fn new(url: &'a str, node: Option<Node<'a>>) -> Self {
        let host = host(url);
        let address = if host.chars().any(char::is_uppercase) {
            Cow::Owned(format!("{}{}", host.to_lowercase(), &url[host.len()..]))
        } else {
            Cow::Borrowed(url)
        };
        Self { url, address, node }
    }
}

impl<'a> Walk<'_, 'a> {
    /// Compares the servers of an operation or its path item.
    pub(super) fn operation_servers(
        &mut self,
        base: &Operation<'a>,
        revision: &Operation<'a>,
        at: At,
    ) {
        let at = at.going(Direction::Whole);
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

    /// Matches servers by address, then by host; the rest is added or removed.
    pub(super) fn servers(&mut self, base: Option<Node<'a>>, revision: Option<Node<'a>>, at: At) {
        let mut old = servers_of(base);
        let mut new = servers_of(revision);
        old.retain(|server| {
            let found = new.iter().position(|other| other.address == server.address);
            let Some(found) = found else { return true };
            let other = new.remove(found);
            self.server(server, &other, at);
            false
        });
        old.retain(|server| {
            let is_same_host = |other: &Server<'a>| host(&other.address) == host(&server.address);
            let Some(found) = new.iter().position(is_same_host) else { return true };
            let other = new.remove(found);
            let spot = Spot::of(server.node.as_ref(), other.node.as_ref());
            let what = format!("server `{}` changed to `{}`", server.url, other.url);
            self.record(at, Change::new(&kinds::SERVER_PATH_CHANGED, spot, what));
            false
        });
        for Server { url, node, .. } in old {
            let what = format!("server `{url}` removed");
            let spot = Spot::of(node.as_ref(), None);
            self.record(at, Change::new(SERVER.removed, spot, what).subject(url));
        }
        for Server { url, node, .. } in new {
            let what = format!("server `{url}` added");
            let spot = Spot::of(None, node.as_ref());
            self.record(at, Change::new(SERVER.added, spot, what).subject(url));
        }
    }

    fn server(&mut self, base: &Server<'a>, revision: &Server<'a>, at: At) {
        let url = base.url;
        let (Some(base), Some(revision)) = (&base.node, &revision.node) else { return };
        if base.get("variables") != revision.get("variables") {
            let what = format!("server `{url}`: variables changed");
            let spot = Spot::both(base, revision);
            self.record(at, Change::new(&kinds::SERVER_VARIABLES_CHANGED, spot, what));
        }
        self.other_keywords(base, revision, &["url", "variables"], at);
    }
}

/// Returns the servers of a list, or the default server.
fn servers_of(list: Option<Node<'_>>) -> Vec<Server<'_>> {
    let nodes = list.into_iter().flat_map(|list| list.items());
    let mut servers: Vec<Server<'_>> =
        nodes.filter_map(|node| Some(Server::new(node.text("url")?, Some(node)))).collect();
    if servers.is_empty() {
        servers.push(Server::new(USUAL_SERVER, None));
    }
    servers
}

/// Returns scheme and host of a server's URL; empty for a path.
fn host(url: &str) -> &str {
    let start = url.find("://").map_or(0, |scheme| scheme + 3);
    let end = url[start..].find('/').map_or(url.len(), |path| start + path);
    &url[..end]
}
