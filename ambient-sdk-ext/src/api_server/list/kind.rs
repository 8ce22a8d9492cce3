//! What a list is of, and what the server can do with it.

use std::{fmt::Debug, future::Future};

use super::{Fetched, PageQuery};
use crate::{
    api_server::ApiServer,
    error::Result,
    names::{self, NameError},
};

/// What a [`List`](super::List) is of. Every list of the API has a type for it, in
/// [`kind`](crate::api_server::kind).
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

/// A list that the server searches.
pub trait Searches: ListKind {}

/// A list that the server orders. One that it doesn't is only as stable as the server happens to keep
/// it.
pub trait Orders: ListKind {}

/// A list of what belongs to a project that a header names, and not the path.
pub trait OfProject: ListKind {}

/// Whether the path that a list and its objects begin with can be sent.
pub(crate) fn check_scope<K: ListKind>(scope: &K::Scope) -> Result<(), NameError> {
    let mut ids = K::SCOPE.iter().zip(scope.as_ref());
    ids.try_for_each(|(what, id)| names::id(what, id))
}
