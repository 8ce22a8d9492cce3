//! Lists: every list is available as a stream of items, as a stream of pages, or collected at once.
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::{OrderBy, field};
//! use futures_util::TryStreamExt;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let server = client.api_server();
//!
//! // Item by item; the next page is fetched while the caller works on this one.
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
//! // Page by page, starting with the third.
//! let mut pages = server.projects().list().page_size(50).start_page(3).pages();
//! while let Some(page) = pages.try_next().await? {
//!     println!("page {}: {} of {}", page.number, page.items.len(), page.total);
//! }
//!
//! // All items, or only the first.
//! let roles = server.roles().list().collect().await?;
//! let oldest = server.users().list().first().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Reading a list
//! - **Order.** The servers have no default order, so `created_at asc` is sent unless another order
//!   is chosen. With it, items that are added while the list is read appear at the end. Rows that
//!   are equal in the order are ordered by id, so that none is lost between two pages.
//! - **End.** A list ends with an empty page, or when as many items were received as the server
//!   reports in total. The `size` of a response is not used to detect the end.
//! - **Shifted rows.** If rows are added or removed before the current position, the following
//!   pages shift. An item that was on one of the last pages (the previous page, and as many more as
//!   hold 1,000 items) is yielded only once. An item that moved to a page that was already read
//!   cannot be detected.
//! - **Limits.** Reading fails with an error of the kind [`Paging`](crate::ErrorKind::Paging) after
//!   three pages in a row with nothing new while the list does not grow, or after more pages than
//!   twice the number that the first page implies plus 100 (at most 10,000; see
//!   [`List::max_pages`]). Otherwise a list of a server that ignores `page` would never end.
//! - **Servers that ignore `page`.** If a server returns all items for every page, the stream still
//!   yields each item once. The list ends when as many items were received as the server reports,
//!   or when a page repeats the earlier items. It is an error only if the server reports more items
//!   than it sent.
//! - **Failures.** The stream yields a failure and then ends. Retries, timeout and headers are
//!   those of the client and apply to each page separately. To continue, pass the page from
//!   [`Items::page`] or [`Page::number`] to [`List::start_page`].
//!
//! # Completeness
//! The servers keep no snapshot of a list between pages. If the total changed between two pages, an
//! item was received twice, or the server ended the list before it had sent the reported number of
//! items, then the list changed while it was read and some of its items may be missing. In that
//! case [`Items::may_be_incomplete`], [`Pages::may_be_incomplete`] and
//! [`Collected::may_be_incomplete`] return `true`, and a warning is logged once per list. A list of
//! one page, or one that does not change while it is read, is complete.
//!
//! # Projects
//! Sessions and project settings are listed for the client's project. [`List::all_projects`] lists
//! those of all projects that the token can access.

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

/// The default page size of the servers.
const PAGE_SIZE: u32 = 100;
/// The largest page size that the servers accept.
const MAX_PAGE_SIZE: u32 = 65_500;
/// The default maximum number of pages to read.
const MAX_PAGES: u64 = 10_000;

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Fetch<T> = Arc<dyn Fn(PageQuery) -> BoxFuture<Result<Fetched<T>>> + Send + Sync>;

/// The query parameters of one page.
#[derive(Clone, Debug)]
pub struct PageQuery {
    pub(crate) page: u64,
    pub(crate) size: u32,
    pub(crate) search: Option<String>,
    pub(crate) order_by: Option<String>,
}

/// The server's response for one page.
pub struct Fetched<T> {
    pub(crate) items: Vec<T>,
    pub(crate) total: u64,
}

impl<T> Fetched<T> {
    /// Creates a page; a negative total counts as 0.
    pub(crate) fn new(items: Vec<T>, total: impl TryInto<u64>) -> Self {
        Self { items, total: total.try_into().unwrap_or_default() }
    }
}

/// A builder for reading a list: as a stream of [items](Self::stream), as a stream of
/// [`pages`](Self::pages), or all at once with [`collect`](Self::collect). Nothing is sent before
/// that. See [the module](self).
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
    /// Restricts the list to items that match `search`: a [`Search`], or text in the server's
    /// search syntax. It is sent with every page.
    pub fn search(mut self, search: impl Into<Search>) -> Self {
        self.settings.search = Some(search.into());
        self
    }
}

impl<K: Orders> List<K> {
    /// Sets the order. Default: `created_at asc`, then by id.
    pub fn order_by(mut self, order: OrderBy) -> Self {
        self.settings.order_by = Some(order);
        self
    }
}

impl<K: OfProject> List<K> {
    /// Lists the items of all projects that the token can access, instead of those of the client's
    /// project.
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

    /// Returns the values of the parameters that are specific to this list.
    pub(crate) fn filter_mut(&mut self) -> &mut K::Filter {
        &mut self.filter
    }

    /// Sets the number of items per page, from 1 to 65,500. Default: 100, or the limit if that is
    /// lower.
    pub fn page_size(mut self, items: u32) -> Self {
        self.settings.page_size = Some(items);
        self
    }

    /// Sets the maximum number of items to read. Default: all.
    pub fn limit(mut self, items: u64) -> Self {
        self.settings.limit = Some(items);
        self
    }

    /// Sets the first page to read, counted from 1. To continue an earlier read, use the same page
    /// size, search and order.
    pub fn start_page(mut self, page: u64) -> Self {
        self.settings.start_page = page;
        self
    }

    /// Fetches one page ahead while the caller works on the current one.
    pub fn prefetch(self) -> Self {
        self.prefetch_pages(1)
    }

    /// Sets how many pages are fetched ahead while the caller works on the current one. Default: 0;
    /// the maximum is 16.
    ///
    /// Each page is fetched by a task of the tokio runtime that reads the list, even while the
    /// caller does not poll the stream. The tasks end when the stream is dropped. At most one page
    /// more than this number is in memory.
    pub fn prefetch_pages(mut self, pages: usize) -> Self {
        self.settings.ahead = pages.min(16);
        self
    }

    /// Sets the maximum number of pages to read. Default: twice the number that the first page
    /// implies plus 100, at most 10,000. Reading more is an error, which protects against servers
    /// whose lists never end.
    pub fn max_pages(mut self, pages: u64) -> Self {
        self.settings.max_pages = Some(pages);
        self
    }

    /// Returns the items as a stream, which requests each page when it is needed.
    pub fn stream(self) -> Items<K::Item> {
        Items::new(self.pages())
    }

    /// Returns the pages as a stream, each with its number and the total number of items.
    pub fn pages(self) -> Pages<K::Item> {
        Pages::new(self)
    }

    /// Collects all items in memory. [`Collected::may_be_incomplete`] returns whether some may be
    /// missing.
    ///
    /// # Errors
    /// Any kind that a call can return, [`InvalidRequest`](crate::ErrorKind::InvalidRequest) if a
    /// setting cannot be sent, and [`Paging`](crate::ErrorKind::Paging).
    pub async fn collect(self) -> Result<Collected<K::Item>> {
        let mut pages = self.pages();
        let mut items = Vec::new();
        while let Some(page) = pages.try_next().await? {
            items.extend(page.items);
        }
        Ok(Collected::new(items, pages.may_be_incomplete()))
    }

    /// Returns the first item, or `None` if the list is empty.
    ///
    /// # Errors
    /// The errors of [`collect`](Self::collect).
    pub async fn first(self) -> Result<Option<K::Item>> {
        self.limit(1).stream().try_next().await
    }

    /// Returns the total number of items that the server reports.
    ///
    /// # Errors
    /// The errors of [`collect`](Self::collect).
    pub async fn count(self) -> Result<u64> {
        let plan = self.page_size(1).start_page(1).plan()?;
        let fetched = (plan.fetch)(plan.query(1)).await?;
        Ok(fetched.total)
    }

    /// Validates the settings and returns the plan for reading the pages.
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
            return Err(invalid(&format!("page size {size} is not between 1 and {MAX_PAGE_SIZE}")));
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

/// A list with validated settings.
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
