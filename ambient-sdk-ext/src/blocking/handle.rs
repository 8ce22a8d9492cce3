//! The methods of every handle, by the traits of its kind.

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
    /// Lists all objects of this kind: an iterator, which can be set up with
    /// [`set`](Blocking::set); see [`Handle::list`].
    pub fn list(&self) -> Blocking<List<R>> {
        self.runtime.around(self.inner.list())
    }
}

impl<R: Readable> Blocking<Handle<R>> {
    /// Reads one object by its id; see [`Handle::get`].
    ///
    /// # Errors
    /// Those of the async method; [`Configuration`](crate::ErrorKind::Configuration) inside an
    /// async runtime.
    pub fn get(&self, id: impl AsRef<str>) -> Result<R::Full> {
        self.runtime.wait(self.inner.get(id))
    }
}

impl<R: Creatable> Blocking<Handle<R>> {
    /// Creates an object and returns it as stored by the server; see [`Handle::create`].
    ///
    /// # Errors
    /// Those of the async method; [`Configuration`](crate::ErrorKind::Configuration) inside an
    /// async runtime.
    pub fn create<B>(&self, request: B) -> Result<R::Created>
    where
        B: TryInto<R::New>,
        B::Error: Display,
    {
        self.runtime.wait(self.inner.create(request))
    }
}

impl<R: Updatable> Blocking<Handle<R>> {
    /// Changes the fields that the patch sets, and returns the changed object; see
    /// [`Handle::update`].
    ///
    /// # Errors
    /// Those of the async method; [`Configuration`](crate::ErrorKind::Configuration) inside an
    /// async runtime.
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
    /// Those of the async method; [`Configuration`](crate::ErrorKind::Configuration) inside an
    /// async runtime.
    pub fn delete(&self, id: impl AsRef<str>) -> Result<()> {
        self.runtime.wait(self.inner.delete(id))
    }
}

impl<R: Named> Blocking<Handle<R>> {
    /// Returns the object with this name, or `None`; see [`Handle::find_by_name`].
    ///
    /// # Errors
    /// Those of the async method; [`Configuration`](crate::ErrorKind::Configuration) inside an
    /// async runtime.
    pub fn find_by_name(&self, name: impl AsRef<str>) -> Result<Option<R::Item>> {
        self.runtime.wait(self.inner.find_by_name(name))
    }
}

impl<R: Ensurable> Blocking<Handle<R>> {
    /// Returns the object with the name in the request, and creates it if it does not exist; see
    /// [`Handle::ensure`].
    ///
    /// # Errors
    /// Those of the async method; [`Configuration`](crate::ErrorKind::Configuration) inside an
    /// async runtime.
    pub fn ensure<B>(&self, request: B) -> Result<R::Item>
    where
        B: TryInto<R::New>,
        B::Error: Display,
    {
        self.runtime.wait(self.inner.ensure(request))
    }
}

impl<R: Labelled> Blocking<Handle<R>> {
    /// Changes some labels and keeps the others; see [`Handle::merge_labels`].
    ///
    /// # Errors
    /// Those of the async method; [`Configuration`](crate::ErrorKind::Configuration) inside an
    /// async runtime.
    pub fn merge_labels(&self, id: impl AsRef<str>, change: Merge) -> Result<R::Item> {
        self.runtime.wait(self.inner.merge_labels(id, change))
    }
}

impl<R: Annotated> Blocking<Handle<R>> {
    /// Changes some annotations and keeps the others; see [`Handle::merge_annotations`].
    ///
    /// # Errors
    /// Those of the async method; [`Configuration`](crate::ErrorKind::Configuration) inside an
    /// async runtime.
    pub fn merge_annotations(&self, id: impl AsRef<str>, change: Merge) -> Result<R::Item> {
        self.runtime.wait(self.inner.merge_annotations(id, change))
    }
}
