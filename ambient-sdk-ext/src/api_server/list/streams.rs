//! The streams of a list: items and pages.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    vec,
};

use futures_core::Stream;
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use serde::{Deserialize, Serialize};

use super::{List, ListKind, doubt::Doubt, pager::Pager};
use crate::error::Result;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Page<T> {
    /// The number of the page, counted from 1. To continue after it, start with the next number.
    pub number: u64,
    /// The items of the page, without those that were on earlier pages.
    pub items: Vec<T>,
    /// The total number of items in the list that the server reported with this page.
    pub total: u64,
}

/// The pages of a list, as a stream that ends with the list or after the first failure.
#[must_use = "a stream does nothing until it is read"]
pub struct Pages<T> {
    pages: BoxStream<'static, Result<Page<T>>>,
    doubt: Doubt,
}

impl<T: Send + 'static> Pages<T> {
    pub(super) fn new<K: ListKind<Item = T>>(list: List<K>) -> Self {
        let doubt = Doubt::default();
        let pages = match list.plan() {
            Ok(plan) => stream::unfold(Pager::new(plan, doubt.clone()), |mut pager| async {
                let page = pager.next().await?;
                Some((page, pager))
            })
            .boxed(),
            Err(error) => stream::once(async { Err(error) }).boxed(),
        };
        Self { pages, doubt }
    }
}

impl<T> Pages<T> {
    /// Returns whether the pages so far show that items may be missing; see
    /// [the module](super#completeness).
    #[must_use]
    pub fn may_be_incomplete(&self) -> bool {
        self.doubt.is_raised()
    }
}

impl<T> Stream for Pages<T> {
    type Item = Result<Page<T>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.pages.poll_next_unpin(context)
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pages")
    }
}

/// The items of a list, as a stream that ends with the list or after the first failure.
#[must_use = "a stream does nothing until it is read"]
pub struct Items<T> {
    pages: Pages<T>,
    current: vec::IntoIter<T>,
    page: u64,
}

impl<T> Items<T> {
    pub(super) fn new(pages: Pages<T>) -> Self {
        Self { pages, current: Vec::new().into_iter(), page: 0 }
    }

    /// Returns the number of the page of the last item; 0 before the first.
    #[must_use]
    pub fn page(&self) -> u64 {
        self.page
    }

    /// Returns whether the pages so far show that items may be missing; see
    /// [the module](super#completeness).
    #[must_use]
    pub fn may_be_incomplete(&self) -> bool {
        self.pages.may_be_incomplete()
    }
}

impl<T> Unpin for Items<T> {}

impl<T> Stream for Items<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.current.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(self.pages.poll_next_unpin(context)) {
                Some(Ok(page)) => {
                    self.page = page.number;
                    self.current = page.items.into_iter();
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("page", &self.page).finish_non_exhaustive()
    }
}
