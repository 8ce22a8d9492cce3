//! Applications: declarations in a Git repository that are kept in line with a project.
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::{ApplicationPatch, NewApplication};
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let applications = client.api_server().applications();
//! let repository = "https://github.com/ambient-code/platform";
//! let new = NewApplication::new("team-agents", repository, "agents", "demo").auto_sync(true);
//! let application = applications.create(new).await?;
//! let patch = ApplicationPatch::new().source_target_revision("main");
//! applications.update(&application.id, patch).await?;
//! # Ok(())
//! # }
//! ```

use ambient_sdk::api_server::types;

use super::{
    ApiServer,
    resource::{deletable, resource},
};

resource! {
    /// The applications.
    Applications of Application by id: "application id" {
        list: list_applications,
        get: get_application,
        create: create_application(ApplicationCreateRequest),
        update: update_application(ApplicationPatchRequest),
    }
}

deletable!(Applications, delete_application, id);

super::request::request! {
    /// An application to create: a folder of a repository, and the project to bring it to.
    NewApplication for ApplicationCreateRequest
    (name: String, source_repo_url: String, source_path: String, destination_project: String) {
        text source_target_revision,
        text destination_ambient_url,
        text credential_id,
        value(bool) auto_sync,
        value(bool) auto_prune,
        value(bool) self_heal,
        text sync_options,
        value(i32) retry_limit,
        map labels,
        map annotations,
    }
}

super::request::request! {
    /// What to change of an application; see [`request`](super::request).
    ///
    /// What a synchronisation reports (states, revision, conditions) is for those who run one, and
    /// can be sent with the raw [`ApplicationPatchRequest`](types::ApplicationPatchRequest).
    ApplicationPatch for ApplicationPatchRequest {
        text name,
        text source_repo_url,
        clearable source_target_revision,
        text source_path,
        clearable destination_ambient_url,
        text destination_project,
        clearable credential_id,
        value(bool) auto_sync,
        value(bool) auto_prune,
        value(bool) self_heal,
        clearable sync_options,
        value(i32) retry_limit,
        map labels,
        map annotations,
    }
}

impl ApiServer {
    /// The applications.
    #[must_use]
    pub fn applications(&self) -> Applications {
        Applications::new(self)
    }
}
