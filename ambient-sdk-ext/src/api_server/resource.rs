//! The resources: one generic [`Handle`], and a kind for each resource.
//!
//! The operations of a resource follow from the API's document. The kind of a resource implements a
//! trait for each operation, and the handle has a method for each trait.
//!
//! | trait of the kind | methods of the handle |
//! |---|---|
//! | [`Resource`] | [`list`](Handle::list) |
//! | [`Readable`] | [`get`](Handle::get) |
//! | [`Creatable`] | [`create`](Handle::create) |
//! | [`Updatable`] | [`update`](Handle::update) |
//! | [`Deletable`] | [`delete`](Handle::delete) |
//! | [`Named`], [`Ensurable`] | [`find_by_name`](Handle::find_by_name), [`ensure`](Handle::ensure) |
//! | [`Labelled`], [`Annotated`] | [`merge_labels`](Handle::merge_labels), [`merge_annotations`](Handle::merge_annotations) |
//!
//! A function can therefore be generic over all resources with the operations that it needs:
//!
//! ```
//! use ambient_sdk_ext::{Result, api_server::{Handle, resource::{Deletable, Named, Resource}}};
//!
//! async fn delete_named<R>(handle: &Handle<R>, name: &str) -> Result<bool>
//! where
//!     R: Resource + Named + Deletable,
//! {
//!     let Some(found) = handle.find_by_name(name).await? else { return Ok(false) };
//!     handle.delete(Handle::<R>::id_of(&found)).await?;
//!     Ok(true)
//! }
//! ```

pub mod agents;
mod generated;
mod handle;
pub mod inbox;
mod layer;
pub mod scheduled_sessions;
pub mod sessions;

use std::future::Future;

use ambient_sdk::JsonText;

pub use generated::*;
pub use handle::Handle;

use super::{
    ApiServer,
    fields::TextMap,
    list::{ListKind, Searches},
};
use crate::error::Result;

/// A kind of object stored by the server.
pub trait Resource: ListKind {
    /// The singular name, for example `inbox message`.
    const NOUN: &'static str;
    /// The plural name.
    const NOUNS: &'static str;
    #[doc(hidden)]
    const ID: &'static str;
}

/// A resource whose objects can be read individually.
pub trait Readable: Resource {
    /// The type of an object that is read individually.
    type Full: Send + 'static;

    #[doc(hidden)]
    fn get(
        server: &ApiServer,
        scope: &Self::Scope,
        id: &str,
    ) -> impl Future<Output = Result<Box<Self::Full>>> + Send;
}

/// A resource that can be created.
pub trait Creatable: Resource {
    /// The request body; the resource's request builder converts into it.
    type New: Send;
    /// The response body.
    type Created: Send + 'static;

    #[doc(hidden)]
    fn create(
        server: &ApiServer,
        scope: &Self::Scope,
        body: Self::New,
    ) -> impl Future<Output = Result<Box<Self::Created>>> + Send;
}

/// A resource that can be updated.
pub trait Updatable: Resource {
    /// The request body; the resource's patch converts into it.
    type Patch: Send;
    /// The response body.
    type Updated: Send + 'static;

    #[doc(hidden)]
    fn update(
        server: &ApiServer,
        scope: &Self::Scope,
        id: &str,
        patch: Self::Patch,
    ) -> impl Future<Output = Result<Box<Self::Updated>>> + Send;
}

/// A resource that can be deleted.
pub trait Deletable: Resource {
    #[doc(hidden)]
    fn delete(
        server: &ApiServer,
        scope: &Self::Scope,
        id: &str,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// A resource whose objects have a name by which the server can search.
pub trait Named: Resource + Searches {
    /// The field that contains the name.
    const NAME: &'static str;

    #[doc(hidden)]
    fn name(item: &Self::Item) -> Option<&str>;
}

/// A resource whose objects are created with a name.
pub trait Ensurable: Named + Creatable<Created = <Self as ListKind>::Item> {
    #[doc(hidden)]
    fn name_of(new: &Self::New) -> Option<&str>;
}

/// A resource with labels.
pub trait Labelled: Readable<Full = <Self as ListKind>::Item> + Updatable {
    #[doc(hidden)]
    fn labels(item: &Self::Item) -> Result<TextMap>;

    #[doc(hidden)]
    fn with_labels(text: JsonText) -> Result<Self::Patch>;
}

/// A resource with annotations.
pub trait Annotated: Readable<Full = <Self as ListKind>::Item> + Updatable {
    #[doc(hidden)]
    fn annotations(item: &Self::Item) -> Result<TextMap>;

    #[doc(hidden)]
    fn with_annotations(text: JsonText) -> Result<Self::Patch>;
}
