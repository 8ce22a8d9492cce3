//! The handle of a resource.

use std::{fmt, fmt::Display, marker::PhantomData};

use futures_util::TryFutureExt;

use super::{ApiServer, Creatable, Deletable, Ensurable, Named, Readable, Resource, Updatable};
use crate::{
    api_server::{
        field,
        list::{List, ListKind, check_scope},
        patch::body,
    },
    error::{Error, ErrorKind, Result},
    names::{self, NameError},
};

/// A handle for the objects of one kind and parent, for example all agents of one project. Cheap to
/// clone. Nothing is sent before a method is awaited.
///
/// Each resource has a type alias for its handle, for example [`Agents`](super::Agents), whose
/// documentation describes the server's behaviour. The methods of a handle depend on its kind; see
/// [the module](super).
pub struct Handle<R: ListKind> {
    server: ApiServer,
    scope: R::Scope,
    kind: PhantomData<fn() -> R>,
}

impl<R: ListKind> Handle<R> {
    pub(crate) fn new(server: &ApiServer, scope: R::Scope) -> Self {
        Self { server: server.clone(), scope, kind: PhantomData }
    }

    /// Returns the server that the handle calls.
    pub(crate) fn server(&self) -> &ApiServer {
        &self.server
    }

    /// Returns the ids at the beginning of the path.
    pub(crate) fn scope(&self) -> &R::Scope {
        &self.scope
    }

    /// Checks whether the ids at the beginning of the path can be sent.
    pub(crate) fn check(&self) -> Result<(), NameError> {
        check_scope::<R>(&self.scope)
    }
}

impl<R: Resource> Handle<R> {
    /// Lists all objects of this kind, as a [`List`] that is read as a stream, by pages or at once.
    /// The oldest are first unless another order is chosen.
    pub fn list(&self) -> List<R> {
        List::new(&self.server, self.scope.clone())
    }

    /// Returns the id of an object; empty if the server sent none.
    #[must_use]
    pub fn id_of(item: &R::Item) -> &str {
        R::id(item)
    }

    /// Returns the id if it can be part of a path.
    pub(crate) fn checked<'a>(&self, id: &'a str) -> Result<&'a str, NameError> {
        self.check()?;
        names::checked(R::ID, id)
    }
}

impl<R: Readable> Handle<R> {
    /// Reads an object by its id.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if no object of this kind has the id;
    /// [`InvalidRequest`](ErrorKind::InvalidRequest), before anything is sent, if the text cannot
    /// be an id.
    pub async fn get(&self, id: impl AsRef<str>) -> Result<R::Full> {
        let id = self.checked(id.as_ref())?;
        // Boxed, to keep the futures small in programs that hold or spawn many calls.
        Ok(*Box::pin(R::get(&self.server, &self.scope, id)).await?)
    }
}

impl<R: Creatable> Handle<R> {
    /// Creates an object and returns it as stored by the server. The request is retried only if the
    /// server certainly did not process it.
    ///
    /// If [`Error::outcome`] is [`Unknown`](crate::RequestOutcome::Unknown), for example after a
    /// 500 or a broken connection, the object may exist. Search [`list`](Self::list) for its name
    /// before you create it again.
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) if a value is missing or invalid;
    /// [`Conflict`](ErrorKind::Conflict) if the server requires a unique name or place and another
    /// object has it.
    // Boxed, because the bodies are large and an `async fn` would hold them in several forms.
    pub fn create<B>(
        &self,
        request: B,
    ) -> impl Future<Output = Result<R::Created>> + Send + use<'_, R, B>
    where
        B: TryInto<R::New>,
        B::Error: Display,
    {
        let new = self.check().map_err(Error::from).and_then(|()| body(request));
        let created = async { R::create(&self.server, &self.scope, new?).await };
        Box::pin(created).map_ok(|created| *created)
    }
}

impl<R: Updatable> Handle<R> {
    /// Changes the fields that the patch sets, keeps the others, and returns the changed object. If
    /// [`Error::outcome`] is unknown, the change may have been made; it can be repeated.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if no object of this kind has the id;
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) if a value is invalid.
    // Boxed for the same reason as `create`.
    pub fn update<B, I: AsRef<str>>(
        &self,
        id: I,
        patch: B,
    ) -> impl Future<Output = Result<R::Updated>> + Send + use<'_, R, B, I>
    where
        B: TryInto<R::Patch>,
        B::Error: Display,
    {
        let id = self.checked(id.as_ref()).map(str::to_owned);
        let patch = body(patch);
        let updated = async { R::update(&self.server, &self.scope, &id?, patch?).await };
        Box::pin(updated).map_ok(|updated| *updated)
    }
}

impl<R: Deletable> Handle<R> {
    /// Deletes an object by its id. If [`Error::outcome`] is unknown, the object may have been
    /// deleted; the call can be repeated.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if no object has the id. For some kinds the server does
    /// not report this and responds as if it had deleted an object.
    pub async fn delete(&self, id: impl AsRef<str>) -> Result<()> {
        let id = self.checked(id.as_ref())?;
        Box::pin(R::delete(&self.server, &self.scope, id)).await
    }
}

impl<R: Named> Handle<R> {
    /// Returns the object with this name, or `None`. The name is case-sensitive here, even if the
    /// server ignores case.
    ///
    /// # Errors
    /// [`Conflict`](ErrorKind::Conflict) if several objects have the name.
    pub async fn find_by_name(&self, name: impl AsRef<str>) -> Result<Option<R::Item>> {
        let name = name.as_ref();
        let mut found = self.list().search(field(R::NAME).eq(name)).collect().await?.into_vec();
        found.retain(|item| R::name(item) == Some(name));
        match found.len() {
            0 | 1 => Ok(found.pop()),
            many => {
                let nouns = R::NOUNS;
                let text = format!("{many} {nouns} are named {name:?}: use an id instead");
                Err(Error::new(ErrorKind::Conflict, text))
            }
        }
    }
}

impl<R: Ensurable> Handle<R> {
    /// Returns the object with the name in the request, unchanged, and creates it if it does not
    /// exist.
    ///
    /// If the server requires unique names, two concurrent callers get the same object. Otherwise
    /// both may create one, and [`find_by_name`](Self::find_by_name) reports a conflict.
    ///
    /// ```
    /// # use ambient_sdk_ext::{Result, api_server::{ApiServer, NewProject}};
    /// # async fn example(server: ApiServer) -> Result<()> {
    /// let project = server.projects().ensure(NewProject::new("demo")).await?;
    /// println!("{}", project.id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of [`find_by_name`](Self::find_by_name) and [`create`](Self::create), and
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) if the request has no name.
    pub async fn ensure<B>(&self, request: B) -> Result<R::Item>
    where
        B: TryInto<R::New>,
        B::Error: Display,
    {
        let new = body(request)?;
        let Some(name) = R::name_of(&new).map(str::to_owned) else {
            let text = format!("Invalid request: {} is not set", R::NAME);
            return Err(Error::invalid(text));
        };
        if let Some(found) = self.find_by_name(&name).await? {
            return Ok(found);
        }
        match R::create(&self.server, &self.scope, new).await {
            // Another caller created the object in the meantime.
            Err(error) if error.is_conflict() => self.find_by_name(&name).await?.ok_or(error),
            created => Ok(*created?),
        }
    }
}

impl<R: ListKind> Clone for Handle<R> {
    fn clone(&self) -> Self {
        Self::new(&self.server, self.scope.clone())
    }
}

impl<R: ListKind> fmt::Debug for Handle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("list", &R::OPERATION)
            .field("scope", &self.scope)
            .field("server", &self.server)
            .finish()
    }
}
