//! Names in the resource layer, and what is taken before anything is generated.

use std::collections::HashSet;

use super::words;

/// Where names must differ.
#[derive(Clone, Copy)]
pub(super) enum Reserved {
    /// Methods of the server, and the types that they return.
    Server,
    /// Methods of a handle.
    Handle,
    /// Methods of a request.
    Request,
    /// Methods of a list.
    List,
    /// Arguments of a method.
    Arguments,
}

impl Reserved {
    /// What is written by hand in `ambient-sdk-ext/src/api_server`; a test there compares.
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
            Self::Arguments => &["id", "request", "self"],
        }
    }

    /// What a taken name gets behind it.
    fn suffix(self) -> &'static str {
        match self {
            Self::Server => "_resource",
            Self::Handle => "_operation",
            Self::Request => "_field",
            Self::List => "_parameter",
            Self::Arguments => "_id",
        }
    }
}

/// The words that can be no names.
const KEYWORDS: [&str; 12] = [
    "as", "break", "const", "continue", "enum", "for", "impl", "loop", "match", "move", "type",
    "use",
];

/// The names of one place.
pub(super) struct Names {
    reserved: Reserved,
    taken: HashSet<String>,
}

impl Names {
    pub(super) fn new(reserved: Reserved) -> Self {
        let taken = reserved.names().iter().copied().chain(KEYWORDS).map(str::to_owned);
        Self { reserved, taken: taken.collect() }
    }

    /// The first of the names that is not taken; the last one is made another one if it must be.
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
        let numbered = (2..).map(|number| format!("{plain}_{number}"));
        let mut names = std::iter::once(plain.clone()).chain(numbered);
        let name = names.find(|name| self.taken.insert(name.clone()));
        name.unwrap_or(plain)
    }
}
