//! Who may do what: users, roles, and the bindings that give roles to users.
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::{NewRole, NewRoleBinding};
//! use serde_json::json;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let server = client.api_server();
//! let role = NewRole::new("reader").permissions(json!(["sessions:read"]));
//! let role = server.roles().create(role).await?;
//! let binding = NewRoleBinding::new(&role.id, "project").user_id("user-1").project_id("project-1");
//! server.role_bindings().create(binding).await?;
//! # Ok(())
//! # }
//! ```

use ambient_sdk::api_server::types;

use super::{
    ApiServer,
    resource::{deletable, resource},
};

resource! {
    /// The users of the platform. They can't be deleted.
    Users of User by id: "user id" {
        list: list_users,
        get: get_user,
        create: create_user(UserCreateRequest),
        update: update_user(UserPatchRequest),
    }
}

resource! {
    /// The roles: named sets of permissions.
    Roles of Role by id: "role id" {
        list: list_roles,
        get: get_role,
        create: create_role(RoleCreateRequest),
        update: update_role(RolePatchRequest),
    }
}

deletable!(Roles, delete_role, id);

resource! {
    /// The role bindings: who has which role, and for what.
    RoleBindings of RoleBinding by id: "role binding id" {
        list: list_role_bindings,
        get: get_role_binding,
        create: create_role_binding(RoleBindingCreateRequest),
        update: update_role_binding(RoleBindingPatchRequest),
    }
}

deletable!(RoleBindings, delete_role_binding, id);

super::request::request! {
    /// A user to create.
    NewUser for UserCreateRequest (username: String, name: String) {
        text email,
    }
}

super::request::request! {
    /// What to change of a user; see [`request`](super::request).
    UserPatch for UserPatchRequest {
        text username,
        text name,
        clearable email,
    }
}

super::request::request! {
    /// A role to create.
    NewRole for RoleCreateRequest (name: String) {
        text display_name,
        text description,
        json permissions,
        value(bool) built_in,
    }
}

super::request::request! {
    /// What to change of a role; see [`request`](super::request).
    RolePatch for RolePatchRequest {
        text name,
        clearable display_name,
        clearable description,
        json permissions,
        value(bool) built_in,
    }
}

super::request::request! {
    /// A binding to create: a role, and what it is given for (`global`, `project`, `agent`,
    /// `session` or `credential`), with the id of that thing and of the user set as well.
    NewRoleBinding for RoleBindingCreateRequest
    (role_id: String, scope: types::RoleBindingScope) {
        text user_id,
        text project_id,
        text agent_id,
        text session_id,
        text credential_id,
    }
}

super::request::request! {
    /// What to change of a binding; see [`request`](super::request).
    RoleBindingPatch for RoleBindingPatchRequest {
        text role_id,
        value(types::RoleBindingScope) scope,
        key user_id,
        key project_id,
        key agent_id,
        key session_id,
        key credential_id,
    }
}

impl ApiServer {
    /// The users.
    #[must_use]
    pub fn users(&self) -> Users {
        Users::new(self)
    }

    /// The roles.
    #[must_use]
    pub fn roles(&self) -> Roles {
        Roles::new(self)
    }

    /// The role bindings.
    #[must_use]
    pub fn role_bindings(&self) -> RoleBindings {
        RoleBindings::new(self)
    }
}
