//! Lists: every one of them as a stream of items, page by page, or all at once.
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::{OrderBy, field};
//! use futures_util::TryStreamExt;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let server = client.api_server();
//!
//! // Item by item; the next page is fetched while this one is worked on.
//! let mut sessions = server
//!     .sessions()
//!     .list()
//!     .search(field("phase").in_list(["Running", "Pending"]))
//!     .order_by(OrderBy::desc("created_at"))
//!     .prefetch()
//!     .stream();
//! while let Some(session) = sessions.try_next().await? {
//!     println!("{} {}", session.id, session.name);
//! }
//!
//! // Page by page, from the third on.
//! let mut pages = server.projects().list().page_size(50).start_page(3).pages();
//! while let Some(page) = pages.try_next().await? {
//!     println!("page {}: {} of {}", page.number, page.items.len(), page.total);
//! }
//!
//! // All, or one.
//! let roles = server.roles().list().collect().await?;
//! let oldest = server.users().list().first().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # How a list is read
//! - **Order.** The servers have no order of their own, so `created_at asc` is sent unless another
//!   is chosen: with it, what is added meanwhile comes at the end. Rows that an order leaves equal
//!   are ordered by their ids, so that no page border can hide one.
//! - **End.** A list ends with an empty page, or when as many items were received as the server
//!   says there are in all. The `size` of a response says nothing about the end.
//! - **Shifted rows.** When rows are added or removed before the place that is read, the server
//!   cuts the next page elsewhere. An item that was on one of the last pages (the page before, and
//!   as many more as make up 1,000 items) is given out once only; an item that moved to a page that
//!   was read already can't be noticed by anyone.
//! - **Guards.** Three pages in a row with nothing new while the list doesn't grow, or more pages
//!   than twice what the first page promised plus 100 (at most 10,000; see [`List::max_pages`]),
//!   are an error of the kind [`Paging`](crate::ErrorKind::Paging): a server that ignores `page`
//!   would be read for ever.
//! - **Servers that ignore the page.** Such a server gives all items each time, and each is given out
//!   once: as many items as it says there are, or a page that repeats what came, end the list. It is
//!   an error only when more items were promised than came.
//! - **Failures.** A failure ends the stream after it was yielded; retries, time-out and headers
//!   are those of the client, for each page by itself. [`Items::page`] and [`Page::number`] say
//!   where to go on with [`List::start_page`].
//!
//! # Complete or not
//! The servers keep no view of a list from page to page. When the total moved between two pages, an
//! item came twice, or the server ended before as many items came as it had promised, the list changed
//! while it was read, and some of its items may be missing. [`Items::may_be_incomplete`],
//! [`Pages::may_be_incomplete`] and [`Collected::may_be_incomplete`] say so, and a warning in the trace
//! does, once a list. A list of one page, or one that nobody changes meanwhile, is complete.
//!
//! # Projects
//! Sessions and settings of projects are listed for the client's project. An operator's tool reads
//! them over all projects that the token may see with [`List::all_projects`].

mod collected;
mod doubt;
mod kind;
mod order;
mod pager;
mod recent;
mod streams;

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use futures_util::TryStreamExt;

pub use collected::Collected;
pub(crate) use kind::check_scope;
pub use kind::{ListKind, OfProject, Orders, Searches};
pub use order::OrderBy;
pub use streams::{Items, Page, Pages};

use super::{ApiServer, search::Search};
use crate::error::{Error, Result};

/// The servers' own page size.
const PAGE_SIZE: u32 = 100;
/// The largest page that the servers make.
const MAX_PAGE_SIZE: u32 = 65_500;
/// The most pages that are read unless told otherwise.
const MAX_PAGES: u64 = 10_000;

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Fetch<T> = Arc<dyn Fn(PageQuery) -> BoxFuture<Result<Fetched<T>>> + Send + Sync>;

/// What one page is asked for with.
#[derive(Clone, Debug)]
pub struct PageQuery {
    pub(crate) page: u64,
    pub(crate) size: u32,
    pub(crate) search: Option<String>,
    pub(crate) order_by: Option<String>,
}

/// What the server answered.
pub struct Fetched<T> {
    pub(crate) items: Vec<T>,
    pub(crate) total: u64,
}

impl<T> Fetched<T> {
    /// A total below zero counts as none.
    pub(crate) fn new(items: Vec<T>, total: impl TryInto<u64>) -> Self {
        Self { items, total: total.try_into().unwrap_or_default() }
    }
}

/// A list that is set up: read it as a [`stream`](Self::stream), by [`pages`](Self::pages), or
/// whole with [`collect`](Self::collect). Nothing is sent before that. See [the module](self).
#[must_use = "a list sends nothing until it is read"]
pub struct List<K: ListKind> {
    server: ApiServer,
    scope: K::Scope,
    filter: K::Filter,
    settings: Settings,
}

#[derive(Clone, Debug)]
struct Settings {
    page_size: Option<u32>,
    search: Option<Search>,
    order_by: Option<OrderBy>,
    limit: Option<u64>,
    start_page: u64,
    ahead: usize,
    max_pages: Option<u64>,
    all_projects: bool,
}

impl<K: Searches> List<K> {
    /// Only the items that `search` holds for: a [`Search`], or text in the server's own words.
    /// It is sent with every page.
    pub fn search(mut self, search: impl Into<Search>) -> Self {
        self.settings.search = Some(search.into());
        self
    }
}

impl<K: Orders> List<K> {
    /// The order. Default: `created_at asc`, then by id.
    pub fn order_by(mut self, order: OrderBy) -> Self {
        self.settings.order_by = Some(order);
        self
    }
}

impl<K: OfProject> List<K> {
    /// The items of all projects that the token may see, in place of those of the client's project.
    ///
    /// ```
    /// # async fn example(server: ambient_sdk_ext::api_server::ApiServer) -> ambient_sdk_ext::Result<()> {
    /// let sessions = server.sessions().list().all_projects().collect().await?;
    /// println!("{} sessions in all projects", sessions.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn all_projects(mut self) -> Self {
        self.settings.all_projects = true;
        self
    }
}

impl<K: ListKind> List<K> {
    pub(crate) fn new(server: &ApiServer, scope: K::Scope) -> Self {
        let settings = Settings {
            page_size: None,
            search: None,
            order_by: K::ORDER.map(OrderBy::asc),
            limit: None,
            start_page: 1,
            ahead: 0,
            max_pages: None,
            all_projects: false,
        };
        Self { server: server.clone(), scope, filter: K::Filter::default(), settings }
    }

    /// The values of the parameters that this list alone has.
    pub(crate) fn filter_mut(&mut self) -> &mut K::Filter {
        &mut self.filter
    }

    /// How many items to ask for at a time, from 1 to 65,500. Default: 100, or the limit when that
    /// is less.
    pub fn page_size(mut self, items: u32) -> Self {
        self.settings.page_size = Some(items);
        self
    }

    /// The most items to read. Default: all.
    pub fn limit(mut self, items: u64) -> Self {
        self.settings.limit = Some(items);
        self
    }

    /// The page to begin with, counted from 1, as to go on where another reading ended: with the
    /// same page size, search and order.
    pub fn start_page(mut self, page: u64) -> Self {
        self.settings.start_page = page;
        self
    }

    /// Fetches the next page while the caller works on this one: one page ahead.
    pub fn prefetch(self) -> Self {
        self.prefetch_pages(1)
    }

    /// Fetches up to this many pages while the caller works on one. 0 is none, the default; more
    /// than 16 count as 16.
    ///
    /// Each is fetched by a task of the tokio runtime that reads the list, also while the caller
    /// doesn't ask for items; the tasks end when the stream is dropped. At most one page more than
    /// these is in memory.
    pub fn prefetch_pages(mut self, pages: usize) -> Self {
        self.settings.ahead = pages.min(16);
        self
    }

    /// The most pages to read, in place of twice what the first page promises plus 100 and of
    /// 10,000. More are an error: it guards against a server whose lists never end.
    pub fn max_pages(mut self, pages: u64) -> Self {
        self.settings.max_pages = Some(pages);
        self
    }

    /// The items as a stream that asks for a page when it gets there.
    pub fn stream(self) -> Items<K::Item> {
        Items::new(self.pages())
    }

    /// The pages as a stream, each with its number and the number of items in all.
    pub fn pages(self) -> Pages<K::Item> {
        Pages::new(self)
    }

    /// Every item, in memory; [`Collected::may_be_incomplete`] says whether some may be missing.
    ///
    /// # Errors
    /// Every kind that a call can have, [`InvalidRequest`](crate::ErrorKind::InvalidRequest) for
    /// settings that can't be sent, and [`Paging`](crate::ErrorKind::Paging).
    pub async fn collect(self) -> Result<Collected<K::Item>> {
        let mut pages = self.pages();
        let mut items = Vec::new();
        while let Some(page) = pages.try_next().await? {
            items.extend(page.items);
        }
        Ok(Collected::new(items, pages.may_be_incomplete()))
    }

    /// The first item, if there is one.
    ///
    /// # Errors
    /// As those of [`collect`](Self::collect).
    pub async fn first(self) -> Result<Option<K::Item>> {
        self.limit(1).stream().try_next().await
    }

    /// How many items there are in all, by the server's count.
    ///
    /// # Errors
    /// As those of [`collect`](Self::collect).
    pub async fn count(self) -> Result<u64> {
        let plan = self.page_size(1).start_page(1).plan()?;
        let fetched = (plan.fetch)(plan.query(1)).await?;
        Ok(fetched.total)
    }

    /// What reads one page after another, if what was set can be sent.
    fn plan(self) -> Result<Plan<K::Item>> {
        kind::check_scope::<K>(&self.scope)?;
        let Settings {
            page_size,
            search,
            order_by,
            limit,
            start_page,
            ahead,
            max_pages,
            all_projects,
        } = self.settings;
        let alone = limit.filter(|_| start_page == 1).and_then(|limit| u32::try_from(limit).ok());
        let size = page_size.unwrap_or(PAGE_SIZE.min(alone.unwrap_or(PAGE_SIZE)).max(1));
        if !(1..=MAX_PAGE_SIZE).contains(&size) {
            return Err(invalid(&format!("page size {size} is not from 1 to {MAX_PAGE_SIZE}")));
        }
        if start_page == 0 {
            return Err(invalid("there is no page 0: the first page is 1"));
        }
        let (server, scope, filter) =
            (self.server.of_projects(all_projects), self.scope, self.filter);
        let fetch: Fetch<K::Item> = Arc::new(move |query| {
            let (server, scope, filter) = (server.clone(), scope.clone(), filter.clone());
            Box::pin(async move { K::page(&server, &scope, query, filter).await })
        });
        Ok(Plan {
            name: K::OPERATION,
            id: K::id,
            fetch,
            size,
            search: search.as_ref().map(Search::to_text).transpose()?,
            order_by: order_by.as_ref().map(OrderBy::to_text).transpose()?,
            limit,
            start_page,
            ahead,
            max_pages,
        })
    }
}

impl<K: ListKind> Clone for List<K> {
    fn clone(&self) -> Self {
        let (scope, filter) = (self.scope.clone(), self.filter.clone());
        Self { server: self.server.clone(), scope, filter, settings: self.settings.clone() }
    }
}

impl<K: ListKind> fmt::Debug for List<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List")
            .field("operation", &K::OPERATION)
            .field("scope", &self.scope)
            .field("filter", &self.filter)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// A list whose settings were found to be sendable.
struct Plan<T> {
    name: &'static str,
    id: fn(&T) -> &str,
    fetch: Fetch<T>,
    size: u32,
    search: Option<String>,
    order_by: Option<String>,
    limit: Option<u64>,
    start_page: u64,
    ahead: usize,
    max_pages: Option<u64>,
}

impl<T> Plan<T> {
    fn query(&self, page: u64) -> PageQuery {
        let (search, order_by) = (self.search.clone(), self.order_by.clone());
        PageQuery { page, size: self.size, search, order_by }
    }
}

fn invalid(what: &str) -> Error {
    Error::invalid(format!("Invalid request: list: {what}"))
}
