//! What the resources have in common: list, get, create, update, delete, each written once.

/// One call of a raw builder: `send!(self, get_project.id(id))`.
macro_rules! send {
    ($handle:expr, $operation:ident $(.$parameter:ident($value:expr))*) => {{
        let call = $handle.server.raw().$operation()$(.$parameter($value))*.send();
        call.await.map(|response| response.into_inner()).map_err(crate::Error::from)
    }};
}
pub(crate) use send;

/// A list operation as a [`List`](super::list::List) of items with an id. `checked` says whether its
/// path can be sent: `list!(searchable, &self.server, self.check(), list_agents.id(&self.project))`.
macro_rules! list {
    (
        $kind:ident, $server:expr, $checked:expr,
        $operation:ident $(.$parameter:ident($value:expr))*
    ) => {{
        let (server, checked) = ($server.clone(), $checked);
        $(let $parameter = String::from($value);)*
        super::list::List::$kind(
            stringify!($operation),
            |item| item.id.as_str(),
            move |query: super::list::PageQuery| {
                let (server, checked) = (server.of_projects(query.all_projects), checked.clone());
                $(let $parameter = $parameter.clone();)*
                async move {
                    checked?;
                    let request = server.raw().$operation()$(.$parameter($parameter))*;
                    let request = request.page(query.page).size(query.size);
                    let call = super::resource::list!(@filter $kind, request, query).send();
                    let page = call.await?.into_inner();
                    Ok(super::list::Fetched::new(page.items, page.total))
                }
            },
        )
    }};
    (@filter plain, $request:ident, $query:ident) => {
        $request
    };
    (@filter searchable, $request:ident, $query:ident) => {{
        let mut request = $request;
        if let Some(search) = $query.search {
            request = request.search(search);
        }
        if let Some(order) = $query.order_by {
            request = request.order_by(order);
        }
        request
    }};
}
pub(crate) use list;

/// The handle of a resource with the operations that every resource has.
///
/// `in (project as id)` names what its path begins with: the field of the handle, and the parameter
/// of the raw builders. `fill project_id` puts the path's project where a body must repeat it, and
/// `ready f` has `f` complete and check a body before it is sent.
macro_rules! resource {
    (
        $(#[$doc:meta])*
        $handle:ident $(in ($scope:ident as $scope_parameter:ident: $scope_name:literal))?
        of $item:ident by $id:ident: $id_name:literal {
            list: $list:ident,
            get: $get:ident,
            create: $create:ident(
                $new:ident $(, fill $filled:ident = $from:ident)? $(, ready $ready_new:path)?
            ),
            update: $update:ident($patch:ident $(, ready $ready_patch:path)?),
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $handle {
            server: super::ApiServer,
            $($scope: String,)?
        }

        impl $handle {
            pub(crate) fn new(server: &super::ApiServer $(, $scope: impl Into<String>)?) -> Self {
                Self { server: server.clone() $(, $scope: $scope.into())? }
            }

            /// Every one of them, oldest first unless told otherwise: see
            /// [`list`](crate::api_server::list).
            pub fn list(&self) -> super::list::List<types::$item> {
                super::resource::list!(
                    searchable,
                    &self.server,
                    self.check(),
                    $list $(.$scope_parameter(&self.$scope))?
                )
            }

            /// The one of this id.
            ///
            /// # Errors
            /// [`NotFound`](crate::ErrorKind::NotFound) when there is none;
            /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) for what can't be an id.
            pub async fn get(&self, id: impl AsRef<str>) -> crate::Result<types::$item> {
                let id = self.checked(id.as_ref())?;
                super::resource::send!(self, $get $(.$scope_parameter(&self.$scope))? .$id(id))
            }

            /// Creates one. It is sent once only, unless the server certainly did not act on it.
            ///
            /// When [`Error::outcome`](crate::Error::outcome) is
            /// [`Unknown`](crate::RequestOutcome::Unknown), for example after a 500 or a broken
            /// connection, it may exist: look for it with [`list`](Self::list), by its name, before
            /// you create it again.
            ///
            /// # Errors
            /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) when something that must be
            /// given is missing, or the server refuses a value;
            /// [`Conflict`](crate::ErrorKind::Conflict) when there is one of that name already.
            pub async fn create<R>(&self, request: R) -> crate::Result<types::$item>
            where
                R: TryInto<types::$new>,
                R::Error: std::fmt::Display,
            {
                self.check()?;
                #[allow(unused_mut)]
                let mut body = super::request::ready(request)?;
                $(if body.$filled.is_empty() {
                    body.$filled.clone_from(&self.$from);
                })?
                $($ready_new(&mut body)?;)?
                super::resource::send!(self, $create $(.$scope_parameter(&self.$scope))? .body(body))
            }

            /// Changes what the patch sets; the rest stays as it is. The item as it is then.
            ///
            /// When [`Error::outcome`](crate::Error::outcome) is unknown, the change may be made; the
            /// same change can be made again.
            ///
            /// # Errors
            /// [`NotFound`](crate::ErrorKind::NotFound) when there is none of this id;
            /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) when a value is refused.
            pub async fn update<R>(
                &self,
                id: impl AsRef<str>,
                patch: R,
            ) -> crate::Result<types::$item>
            where
                R: TryInto<types::$patch>,
                R::Error: std::fmt::Display,
            {
                let id = self.checked(id.as_ref())?;
                let body = super::request::ready(patch)?;
                $($ready_patch(&body)?;)?
                super::resource::send!(
                    self,
                    $update $(.$scope_parameter(&self.$scope))? .$id(id).body(body)
                )
            }

            /// Whether the path that all calls begin with can be sent.
            fn check(&self) -> Result<(), crate::names::NameError> {
                $(crate::names::id($scope_name, &self.$scope)?;)?
                Ok(())
            }

            fn checked<'a>(&self, id: &'a str) -> Result<&'a str, crate::names::NameError> {
                self.check()?;
                crate::names::id($id_name, id)?;
                Ok(id)
            }
        }
    };
}
pub(crate) use resource;

/// What deletes an item of a resource: `deletable!(Agents, delete_agent.id(project), agent_id)`.
macro_rules! deletable {
    ($handle:ident, $operation:ident $(.$parameter:ident($field:ident))?, $id:ident) => {
        impl $handle {
            /// Deletes the one of this id. When [`Error::outcome`](crate::Error::outcome) is unknown,
            /// it may be deleted; it can be deleted again.
            ///
            /// # Errors
            /// [`NotFound`](crate::ErrorKind::NotFound) when there is none.
            pub async fn delete(&self, id: impl AsRef<str>) -> crate::Result<()> {
                let id = self.checked(id.as_ref())?;
                super::resource::send!(self, $operation $(.$parameter(&self.$field))? .$id(id))
            }
        }
    };
}
pub(crate) use deletable;
