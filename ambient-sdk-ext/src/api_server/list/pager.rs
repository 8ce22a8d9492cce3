//! The loop that reads a list: fetches a page, drops items that were already seen, and detects the
//! end.

use std::collections::VecDeque;

use super::{Fetched, Page, Plan, doubt::Doubt, recent::Recent};
use crate::{
    api_server::ahead::Ahead,
    error::{Error, ErrorKind, Result},
};

/// The maximum number of pages in a row with nothing new while the list does not grow.
const MAX_STALLED: u32 = 3;
/// The number of pages that a list may have in addition to twice the number that its first page
/// implies.
const SPARE_PAGES: u64 = 100;

/// The reader of a list, page by page.
pub(super) struct Pager<T> {
    plan: Plan<T>,
    /// The number of the next page to return.
    next: u64,
    /// The pages from `next` on that are being fetched.
    ahead: VecDeque<Ahead<Fetched<T>>>,
    seen: Seen,
    recent: Recent,
    doubt: Doubt,
    over: bool,
}

/// The state of the list as known from the pages so far.
#[derive(Default)]
struct Seen {
    pages: u64,
    received: u64,
    /// The largest number of items on one page: the server's page size, or less.
    largest: u64,
    total: u64,
    /// Whether the last page reported a larger total than the page before it.
    grew: bool,
    /// Whether the last page reported a different total than the page before it.
    moved: bool,
    allowed: u64,
    given: u64,
    stalled: u32,
}

impl<T: Send + 'static> Pager<T> {
    pub(super) fn new(plan: Plan<T>, doubt: Doubt) -> Self {
        let (next, over) = (plan.start_page, plan.limit == Some(0));
        let recent = Recent::default();
        Self { plan, next, ahead: VecDeque::new(), seen: Seen::default(), recent, doubt, over }
    }

    /// Returns the next page, or the failure that ends the list; `None` after its end.
    pub(super) async fn next(&mut self) -> Option<Result<Page<T>>> {
        if self.over {
            return None;
        }
        let page = self.page().await;
        match &page {
            Ok(_) if !self.over => self.fetch_ahead(),
            Ok(_) => self.ahead.clear(),
            Err(_) => {
                self.over = true;
                self.ahead.clear();
            }
        }
        Some(page)
    }

    async fn page(&mut self) -> Result<Page<T>> {
        self.check_bounds()?;
        let number = self.next;
        // While this page is still being fetched, the pages after it can be fetched concurrently.
        if !self.ahead.is_empty() {
            self.fetch_from(number, self.plan.ahead + 1);
        }
        let fetched = match self.ahead.pop_front() {
            Some(ahead) => ahead.await?,
            None => (self.plan.fetch)(self.plan.query(number)).await?,
        };
        self.next = number.saturating_add(1);
        Ok(self.accept(number, fetched))
    }

    fn fetch_ahead(&mut self) {
        self.fetch_from(self.next, self.plan.ahead);
    }

    /// Starts requests until `count` pages from `first` on are being fetched, or fewer if the list
    /// is shorter.
    fn fetch_from(&mut self, first: u64, count: usize) {
        while self.ahead.len() < count {
            let page = first.saturating_add(self.ahead.len() as u64);
            if !self.seen.expects(page, &self.plan) {
                return;
            }
            self.ahead.push_back(Ahead::spawn((self.plan.fetch)(self.plan.query(page))));
        }
    }

    /// Processes a received page.
    fn accept(&mut self, number: u64, fetched: Fetched<T>) -> Page<T> {
        let Fetched { mut items, total } = fetched;
        let received = items.len() as u64;
        self.seen.note(received, total, &self.plan);
        let complete = self.seen.is_complete(number, received, &self.plan);
        let mut repeated = 0;
        if !complete || !self.recent.is_empty() {
            repeated = self.recent.sift(&mut items, self.plan.id);
        }
        let nothing_new = items.is_empty();
        self.seen.note_progress(nothing_new);
        // A page with nothing new does not prove the end, because a server that ignores the page
        // number would also send one. But if the server reports no more items than were received,
        // it sends all items on each page.
        let all_again = received > 0 && nothing_new && self.seen.given >= self.seen.total;
        self.over = received == 0 || all_again || (complete && !nothing_new);
        self.doubt(received, if all_again { 0 } else { repeated });
        self.limit(&mut items);
        Page { number, items, total }
    }

    /// Records signs that the list changed while it was read.
    fn doubt(&self, received: u64, repeated: usize) {
        let name = self.plan.name;
        if self.seen.moved {
            self.doubt.raise(name, "its total changed");
        }
        if repeated > 0 {
            self.doubt.raise(name, "items were received twice");
        }
        if received == 0 && self.seen.is_short(&self.plan) {
            self.doubt.raise(name, "the server stopped early");
        }
    }

    fn limit(&mut self, items: &mut Vec<T>) {
        if let Some(limit) = self.plan.limit {
            let left = limit.saturating_sub(self.seen.given);
            items.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            self.over |= items.len() as u64 == left;
        }
        self.seen.given += items.len() as u64;
    }

    fn check_bounds(&self) -> Result<()> {
        let Seen { pages, allowed, stalled, .. } = self.seen;
        if stalled >= MAX_STALLED {
            return Err(self.error(&format!("the last {stalled} pages contained nothing new")));
        }
        if pages > 0 && pages >= allowed {
            let more = "more remain; if that is expected, raise max_pages or the page size";
            return Err(self.error(&format!("{pages} pages were read, and {more}")));
        }
        Ok(())
    }

    fn error(&self, what: &str) -> Error {
        let (name, next) = (self.plan.name, self.next);
        let text = format!("{name} does not end: {what} (before page {next})");
        Error::new(ErrorKind::Paging, text)
    }
}

impl Seen {
    fn note<T>(&mut self, received: u64, total: u64, plan: &Plan<T>) {
        let first = self.pages == 0;
        self.pages += 1;
        self.received = self.received.saturating_add(received);
        self.largest = self.largest.max(received);
        // A total that is smaller than the number of items on the page is invalid.
        let total = if total < received { 0 } else { total };
        self.grew = total > self.total;
        self.moved = !first && total != self.total;
        self.total = total;
        if let Some(most) = plan.max_pages {
            self.allowed = most;
        } else if first {
            self.allowed = self.promised_pages().min(super::MAX_PAGES);
        }
    }

    /// Counts the pages in a row with nothing new. Pages of a growing list do not count: added rows
    /// shift older rows to pages that are read later.
    fn note_progress(&mut self, nothing_new: bool) {
        self.stalled = if nothing_new && !self.grew { self.stalled + 1 } else { 0 };
    }

    fn promised_pages(&self) -> u64 {
        match self.total {
            0 => u64::MAX,
            total => {
                total.div_ceil(self.largest.max(1)).saturating_mul(2).saturating_add(SPARE_PAGES)
            }
        }
    }

    /// Returns whether this page and those before it are the whole list.
    ///
    /// The position of the page is estimated with the largest page seen, because the server may
    /// return fewer items per page than requested. If page sizes differ, the list is also read
    /// until the number of received items reaches the total; this is known only if the list was
    /// read from page 1.
    fn is_complete<T>(&self, page: u64, received: u64, plan: &Plan<T>) -> bool {
        let in_place = self.before(page).saturating_add(received) >= self.total;
        let all_came = plan.start_page > 1 || self.received >= self.total;
        self.total > 0 && in_place && all_came
    }

    /// Returns whether fewer items were received than the server reported, counted from the first
    /// page read.
    fn is_short<T>(&self, plan: &Plan<T>) -> bool {
        self.before(plan.start_page).saturating_add(self.received) < self.total
    }

    /// Returns whether a page of this number is expected to exist and is needed.
    fn expects<T>(&self, page: u64, plan: &Plan<T>) -> bool {
        let before = self.before(page);
        let wanted = plan
            .limit
            .is_none_or(|limit| before.saturating_sub(self.before(plan.start_page)) < limit);
        wanted && before < self.total
    }

    /// Returns the estimated number of items on the pages before this one.
    fn before(&self, page: u64) -> u64 {
        (page - 1).saturating_mul(self.largest)
    }
}
