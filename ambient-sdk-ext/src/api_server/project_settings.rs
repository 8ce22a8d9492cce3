//! Settings of projects: which groups may do what, and the project's repositories.
//!
//! An entry has an id of its own, which is not the project's.
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::ProjectSettingsPatch;
//! use serde_json::json;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let settings = client.api_server().project_settings();
//! if let Some(entry) = settings.list().first().await? {
//!     let patch = ProjectSettingsPatch::new().group_access(json!({ "developers": "edit" }));
//!     settings.update(&entry.id, patch).await?;
//! }
//! # Ok(())
//! # }
//! ```

use ambient_sdk::api_server::types;

use super::{
    ApiServer,
    resource::{deletable, resource},
};

resource! {
    /// The settings of the project that the client's calls are about.
    ProjectSettings of ProjectSettings by id: "project settings id" {
        list: list_project_settings,
        get: get_project_settings,
        create: create_project_settings(ProjectSettingsCreateRequest),
        update: update_project_settings(ProjectSettingsPatchRequest),
    }
}

deletable!(ProjectSettings, delete_project_settings, id);

super::request::request! {
    /// Settings to create for the project of this id.
    NewProjectSettings for ProjectSettingsCreateRequest (project_id: String) {
        json group_access,
        text repositories,
    }
}

super::request::request! {
    /// What to change of a project's settings; see [`request`](super::request).
    ProjectSettingsPatch for ProjectSettingsPatchRequest {
        text project_id,
        json group_access,
        clearable repositories,
    }
}

impl ApiServer {
    /// The settings of the client's project; with
    /// [`CallOptions::project`](crate::CallOptions::project) those of another.
    #[must_use]
    pub fn project_settings(&self) -> ProjectSettings {
        ProjectSettings::new(self)
    }
}
