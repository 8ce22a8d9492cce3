//! The kinds of lists, and the features that the server supports for each.

use std::{fmt::Debug, future::Future};

use super::{Fetched, PageQuery};
use crate::{
    api_server::ApiServer,
    error::Result,
    names::{self, NameError},
};

/// The kind of a [`List`](super::List): its items and parameters. Every list of the API has a type
/// in [`kind`](crate::api_server::kind).
pub trait ListKind: Sized + Send + Sync + 'static {
    /// The items of the list.
    type Item: Send + 'static;
    #[doc(hidden)]
    type Scope: AsRef<[String]> + Clone + Debug + Send + Sync + 'static;
    #[doc(hidden)]
    type Filter: Clone + Debug + Default + Send + Sync + 'static;
    #[doc(hidden)]
    const OPERATION: &'static str;
    #[doc(hidden)]
    const SCOPE: &'static [&'static str];
    #[doc(hidden)]
    const ORDER: Option<&'static str>;

    #[doc(hidden)]
    fn id(item: &Self::Item) -> &str;

    #[doc(hidden)]
    fn page(
        server: &ApiServer,
        scope: &Self::Scope,
        query: PageQuery,
        filter: Self::Filter,
    ) -> impl Future<Output = Result<Fetched<Self::Item>>> + Send;
}

/// A list that supports a search.
pub trait Searches: ListKind {}

/// A list that supports an order. The server chooses the order of other lists, which may change
/// between pages.
pub trait Orders: ListKind {}

/// A list of objects of a project, which a header names instead of the path.
pub trait OfProject: ListKind {}

/// Checks whether the path parameters of a list and its objects can be sent.
pub(crate) fn check_scope<K: ListKind>(scope: &K::Scope) -> Result<(), NameError> {
    let mut ids = K::SCOPE.iter().zip(scope.as_ref());
    ids.try_for_each(|(what, id)| names::id(what, id))
}
