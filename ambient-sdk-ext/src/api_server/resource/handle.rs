//! The handle of a resource.

use std::{fmt, fmt::Display, marker::PhantomData};

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

/// The objects of one kind, where they belong: all agents of one project, for example. Cheap to clone,
/// and nothing is sent before a method is awaited.
///
/// Each resource has a name for its handle, such as [`Agents`](super::Agents), whose documentation
/// says what the server does. What a handle has depends on its kind; see [the module](super).
pub struct Handle<R: ListKind> {
    server: ApiServer,
    scope: R::Scope,
    kind: PhantomData<fn() -> R>,
}

impl<R: ListKind> Handle<R> {
    pub(crate) fn new(server: &ApiServer, scope: R::Scope) -> Self {
        Self { server: server.clone(), scope, kind: PhantomData }
    }

    /// The server that is called.
    pub(crate) fn server(&self) -> &ApiServer {
        &self.server
    }

    /// The ids that the path begins with.
    pub(crate) fn scope(&self) -> &R::Scope {
        &self.scope
    }

    /// Whether the path that all calls begin with can be sent.
    pub(crate) fn check(&self) -> Result<(), NameError> {
        check_scope::<R>(&self.scope)
    }
}

impl<R: Resource> Handle<R> {
    /// All objects of this kind, as a [`List`] that is read as a stream, page by page or whole. They
    /// come oldest first unless another order is chosen.
    pub fn list(&self) -> List<R> {
        List::new(&self.server, self.scope.clone())
    }

    /// The id of an object; empty when the server sent none.
    #[must_use]
    pub fn id_of(item: &R::Item) -> &str {
        R::id(item)
    }

    /// The id, if a path can hold it.
    pub(crate) fn checked<'a>(&self, id: &'a str) -> Result<&'a str, NameError> {
        self.check()?;
        names::checked(R::ID, id)
    }
}

impl<R: Readable> Handle<R> {
    /// Reads one object by its id.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when no object of this kind has the id;
    /// [`InvalidRequest`](ErrorKind::InvalidRequest), before anything is sent, for a text that cannot
    /// be an id.
    pub async fn get(&self, id: impl AsRef<str>) -> Result<R::Full> {
        let id = self.checked(id.as_ref())?;
        // Boxed, so that a program which holds or spawns many calls moves little.
        Box::pin(R::get(&self.server, &self.scope, id)).await
    }
}

impl<R: Creatable> Handle<R> {
    /// Creates an object, and returns it as the server made it. The request is sent once only, unless
    /// the server certainly did not act on it.
    ///
    /// When [`Error::outcome`] is [`Unknown`](crate::RequestOutcome::Unknown), for example after a 500
    /// or a broken connection, it may exist: look for it with [`list`](Self::list), by its name, before
    /// you create it again.
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when a value is missing or refused;
    /// [`Conflict`](ErrorKind::Conflict) when the server keeps the name or the place for one object
    /// alone, and there is one.
    // Boxed, as what is created is large, and an `async fn` would hold it in several forms.
    pub fn create<B>(
        &self,
        request: B,
    ) -> impl Future<Output = Result<R::Created>> + Send + use<'_, R, B>
    where
        B: TryInto<R::New>,
        B::Error: Display,
    {
        let new = self.check().map_err(Error::from).and_then(|()| body(request));
        Box::pin(async { R::create(&self.server, &self.scope, new?).await })
    }
}

impl<R: Updatable> Handle<R> {
    /// Changes what the patch sets, leaves the rest as it is, and returns the object as it is then. When
    /// [`Error::outcome`] is unknown, the change may be made; the same change can be made again.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when no object of this kind has the id;
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when a value is refused.
    // Boxed for the reason that `create` is.
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
        Box::pin(async { R::update(&self.server, &self.scope, &id?, patch?).await })
    }
}

impl<R: Deletable> Handle<R> {
    /// Deletes an object by its id. When [`Error::outcome`] is unknown, it may be deleted; it can be
    /// deleted again.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when no object has the id, of kinds of which the server tells;
    /// of the others it answers as if it had deleted one.
    pub async fn delete(&self, id: impl AsRef<str>) -> Result<()> {
        let id = self.checked(id.as_ref())?;
        Box::pin(R::delete(&self.server, &self.scope, id)).await
    }
}

impl<R: Named> Handle<R> {
    /// The object of this name, if there is one. The server may be lax about capital letters; a name
    /// here is only itself.
    ///
    /// # Errors
    /// [`Conflict`](ErrorKind::Conflict) when several objects have the name, so that it does not say
    /// which one is meant.
    pub async fn find_by_name(&self, name: impl AsRef<str>) -> Result<Option<R::Item>> {
        let name = name.as_ref();
        let mut found = self.list().search(field(R::NAME).eq(name)).collect().await?.into_vec();
        found.retain(|item| R::name(item) == Some(name));
        match found.len() {
            0 | 1 => Ok(found.pop()),
            many => {
                let nouns = R::NOUNS;
                let text =
                    format!("{many} {nouns} are named {name:?}: use the id of the one you mean");
                Err(Error::new(ErrorKind::Conflict, text))
            }
        }
    }
}

impl<R: Ensurable> Handle<R> {
    /// The object of the request's name: the one that there is, as it is, or else a new one.
    ///
    /// Where the server keeps a name for one object alone, two callers at once get the same object.
    /// Where it doesn't, both may create one; [`find_by_name`](Self::find_by_name) tells.
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
    /// As those of [`find_by_name`](Self::find_by_name) and [`create`](Self::create), and
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) for a request without a name.
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
            // Somebody else was faster.
            Err(error) if error.is_conflict() => self.find_by_name(&name).await?.ok_or(error),
            created => created,
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
