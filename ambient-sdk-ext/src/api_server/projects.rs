//! Projects: what sessions, agents and credentials belong to.
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::{CLEAR, NewProject, ProjectPatch};
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let server = client.api_server();
//! let project = match server.project_by_name("demo").await? {
//!     Some(project) => project,
//!     None => server.projects().create(NewProject::new("demo").labels([("team", "core")])).await?,
//! };
//! let patch = ProjectPatch::new().description("For trying things out").prompt(CLEAR);
//! server.projects().update(&project.id, patch).await?;
//! # Ok(())
//! # }
//! ```

use ambient_sdk::api_server::types;

use super::{
    ApiServer, field,
    resource::{deletable, resource, send},
};
use crate::error::Result;

resource! {
    /// The projects that the token may see.
    Projects of Project by id: "project id" {
        list: list_projects,
        get: get_project,
        create: create_project(ProjectCreateRequest),
        update: update_project(ProjectPatchRequest),
    }
}

deletable!(Projects, delete_project, id);

super::request::request! {
    /// A project to create. Its name: 2 to 63 lowercase letters, digits and hyphens, a letter first
    /// and no hyphen last.
    NewProject for ProjectCreateRequest (name: String) {
        text description,
        text prompt,
        text status,
        map labels,
        map annotations,
    }
}

super::request::request! {
    /// What to change of a project; see [`request`](super::request).
    ProjectPatch for ProjectPatchRequest {
        text name,
        clearable description,
        clearable prompt,
        clearable status,
        map labels,
        map annotations,
    }
}

impl Projects {
    /// The project's agents at a glance: phases, unread messages. Servers of today answer with
    /// "not implemented" (501), a [`Server`](crate::ErrorKind::Server) error.
    ///
    /// # Errors
    /// As those of [`get`](Self::get).
    pub async fn home(&self, id: impl AsRef<str>) -> Result<types::ProjectHome> {
        let id = self.checked(id.as_ref())?;
        send!(self, get_project_home.id(id))
    }
}

impl ApiServer {
    /// The projects.
    #[must_use]
    pub fn projects(&self) -> Projects {
        Projects::new(self)
    }

    /// The project of this name, if there is one.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) when there is more than one, so that the name
    /// doesn't say which.
    pub async fn project_by_name(&self, name: impl AsRef<str>) -> Result<Option<types::Project>> {
        let name = name.as_ref();
        let list = self.projects().list().search(field("name").eq(name));
        super::find::only(list, name, |project| &project.name).await
    }
}
