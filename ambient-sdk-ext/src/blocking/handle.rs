//! What every handle can do, by the traits of its kind.

use std::fmt::Display;

use super::Blocking;
use crate::{
    api_server::{
        Handle, List, Merge,
        resource::{
            Annotated, Creatable, Deletable, Ensurable, Labelled, Named, Readable, Resource,
            Updatable,
        },
    },
    error::Result,
};

impl<R: Resource> Blocking<Handle<R>> {
    /// All objects of this kind: an iterator, which [`List`] can be set up for; see [`Handle::list`].
    pub fn list(&self) -> Blocking<List<R>> {
        self.runtime.around(self.inner.list())
    }
}

impl<R: Readable> Blocking<Handle<R>> {
    /// Reads one object by its id; see [`Handle::get`].
    ///
    /// # Errors
    /// As those of that; [`Configuration`](crate::ErrorKind::Configuration) inside an async runtime.
    pub fn get(&self, id: impl AsRef<str>) -> Result<R::Full> {
        self.runtime.wait(self.inner.get(id))
    }
}

impl<R: Creatable> Blocking<Handle<R>> {
    /// Creates an object, and returns it as the server made it; see [`Handle::create`].
    ///
    /// # Errors
    /// As those of that; [`Configuration`](crate::ErrorKind::Configuration) inside an async runtime.
    pub fn create<B>(&self, request: B) -> Result<R::Created>
    where
        B: TryInto<R::New>,
        B::Error: Display,
    {
        self.runtime.wait(self.inner.create(request))
    }
}

impl<R: Updatable> Blocking<Handle<R>> {
    /// Changes what the patch sets, and returns the object as it is then; see [`Handle::update`].
    ///
    /// # Errors
    /// As those of that; [`Configuration`](crate::ErrorKind::Configuration) inside an async runtime.
    pub fn update<B>(&self, id: impl AsRef<str>, patch: B) -> Result<R::Updated>
    where
        B: TryInto<R::Patch>,
        B::Error: Display,
    {
        self.runtime.wait(self.inner.update(id, patch))
    }
}

impl<R: Deletable> Blocking<Handle<R>> {
    /// Deletes an object by its id; see [`Handle::delete`].
    ///
    /// # Errors
    /// As those of that; [`Configuration`](crate::ErrorKind::Configuration) inside an async runtime.
    pub fn delete(&self, id: impl AsRef<str>) -> Result<()> {
        self.runtime.wait(self.inner.delete(id))
    }
}

impl<R: Named> Blocking<Handle<R>> {
    /// The object of this name, if there is one; see [`Handle::find_by_name`].
    ///
    /// # Errors
    /// As those of that; [`Configuration`](crate::ErrorKind::Configuration) inside an async runtime.
    pub fn find_by_name(&self, name: impl AsRef<str>) -> Result<Option<R::Item>> {
        self.runtime.wait(self.inner.find_by_name(name))
    }
}

impl<R: Ensurable> Blocking<Handle<R>> {
    /// The object of the request's name: the one that there is, or else a new one; see
    /// [`Handle::ensure`].
    ///
    /// # Errors
    /// As those of that; [`Configuration`](crate::ErrorKind::Configuration) inside an async runtime.
    pub fn ensure<B>(&self, request: B) -> Result<R::Item>
    where
        B: TryInto<R::New>,
        B::Error: Display,
    {
        self.runtime.wait(self.inner.ensure(request))
    }
}

impl<R: Labelled> Blocking<Handle<R>> {
    /// Changes some labels and leaves the others; see [`Handle::merge_labels`].
    ///
    /// # Errors
    /// As those of that; [`Configuration`](crate::ErrorKind::Configuration) inside an async runtime.
    pub fn merge_labels(&self, id: impl AsRef<str>, change: Merge) -> Result<R::Item> {
        self.runtime.wait(self.inner.merge_labels(id, change))
    }
}

impl<R: Annotated> Blocking<Handle<R>> {
    /// Changes some annotations and leaves the others; see [`Handle::merge_annotations`].
    ///
    /// # Errors
    /// As those of that; [`Configuration`](crate::ErrorKind::Configuration) inside an async runtime.
    pub fn merge_annotations(&self, id: impl AsRef<str>, change: Merge) -> Result<R::Item> {
        self.runtime.wait(self.inner.merge_annotations(id, change))
    }
}
