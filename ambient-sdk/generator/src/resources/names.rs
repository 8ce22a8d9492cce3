//! Names in the resource layer, and the names that are reserved for code written by hand.

use std::collections::HashSet;

use super::words;

/// A scope in which names must be unique.
#[derive(Clone, Copy)]
pub(super) enum Reserved {
    /// The methods of the server, and the types that they return.
    Server,
    /// The methods of a handle.
    Handle,
    /// The methods of a request.
    Request,
    /// The methods of a list.
    List,
    /// The arguments of a method.
    Arguments,
    /// The types of the layer: handles, kinds and requests.
    Types,
}

impl Reserved {
    /// Returns the names that are reserved for code written by hand in
    /// `ambient-sdk-ext/src/api_server`; a test compares them with that code.
    pub(crate) fn names(self) -> &'static [&'static str] {
        match self {
            Self::Server => &[
                "call",
                "check_version",
                "events",
                "handle",
                "items",
                "list",
                "merge",
                "messages",
                "of_projects",
                "page",
                "pages",
                "raw",
                "run",
                "search",
                "version",
                "watch",
                "with",
            ],
            Self::Handle => &[
                "check",
                "checked",
                "create",
                "create_and_start",
                "create_for_id",
                "delete",
                "ensure",
                "find_by_name",
                "for_polls",
                "follow",
                "get",
                "id_of",
                "list",
                "mark_read",
                "merge_annotations",
                "merge_labels",
                "new",
                "run",
                "scope",
                "send",
                "server",
                "start_created",
                "start_with",
                "update",
                "wait_for_completion",
                "wait_many",
                "wait_until",
            ],
            Self::Request => &["new", "to_json"],
            Self::List => &[
                "all_projects",
                "collect",
                "count",
                "filter_mut",
                "first",
                "label",
                "limit",
                "max_pages",
                "new",
                "order_by",
                "page_size",
                "pages",
                "plan",
                "prefetch",
                "prefetch_pages",
                "search",
                "start_page",
                "stream",
            ],
            // The variables of the generated methods, too.
            Self::Arguments => &[
                "body", "filter", "id", "name", "patch", "query", "raw", "request", "self",
                "server",
            ],
            // The names of the prelude that the generated code uses, too.
            Self::Types => &[
                "AgentEvent",
                "Agreement",
                "Annotated",
                "ApiServer",
                "AsRef",
                "Blocking",
                "Client",
                "Collected",
                "Creatable",
                "Cursor",
                "Deletable",
                "Delivery",
                "EndedSession",
                "Ensurable",
                "Err",
                "Events",
                "Follow",
                "Followed",
                "Handle",
                "Into",
                "IntoIterator",
                "Iter",
                "Labelled",
                "List",
                "Merge",
                "Message",
                "MessageStream",
                "Messages",
                "Named",
                "None",
                "Ok",
                "Option",
                "OrderBy",
                "Outcome",
                "Outcomes",
                "Readable",
                "Reply",
                "Resource",
                "Result",
                "Run",
                "RunUpdate",
                "RunUpdates",
                "Search",
                "Send",
                "Some",
                "StartAgent",
                "StartedAgent",
                "String",
                "Turn",
                "Updatable",
                "VersionCheck",
                "Watch",
                "WatchEvent",
                "WatchEvents",
            ],
        }
    }

    /// Returns the suffix that is appended to a taken name.
    fn suffix(self) -> &'static str {
        match self {
            Self::Server => "_resource",
            Self::Handle => "_operation",
            Self::Request => "_field",
            Self::List => "_parameter",
            Self::Arguments => "_id",
            Self::Types => "Resource",
        }
    }
}

/// Keywords, which are not valid names.
const KEYWORDS: [&str; 12] = [
    "as", "break", "const", "continue", "enum", "for", "impl", "loop", "match", "move", "type",
    "use",
];

/// The names of one scope.
pub(super) struct Names {
    reserved: Reserved,
    taken: HashSet<String>,
}

impl Names {
    pub(super) fn new(reserved: Reserved) -> Self {
        let taken = reserved.names().iter().copied().chain(KEYWORDS).map(str::to_owned);
        Self { reserved, taken: taken.collect() }
    }

    /// Takes names that are defined elsewhere.
    pub(super) fn reserve(&mut self, names: impl IntoIterator<Item = String>) {
        self.taken.extend(names);
    }

    /// Returns the first name that is not taken. If all are taken, returns the last one with a
    /// suffix.
    pub(super) fn take(&mut self, names: impl IntoIterator<Item = String>) -> String {
        let mut last = String::new();
        for name in names {
            let fits = syn::parse_str::<syn::Ident>(&name).is_ok();
            last = if fits { name } else { format!("{}_", words::snake(&format!("x {name}"))) };
            if self.taken.insert(last.clone()) {
                return last;
            }
        }
        let plain = format!("{last}{}", self.reserved.suffix());
        let between = if plain.contains('_') { "_" } else { "" };
        let numbered = (2..).map(|number| format!("{plain}{between}{number}"));
        let mut names = std::iter::once(plain.clone()).chain(numbered);
        let name = names.find(|name| self.taken.insert(name.clone()));
        name.unwrap_or(plain)
    }
}
