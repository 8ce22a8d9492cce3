//! Scheduled sessions: a session that starts by itself, again and again.
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::NewScheduledSession;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let schedules = client.api_server().scheduled_sessions("project-1");
//! let new = NewScheduledSession::new("nightly", "0 3 * * *")
//!     .timezone("Europe/Berlin")
//!     .session_prompt("Update the dependencies");
//! let schedule = schedules.create(new).await?;
//! schedules.trigger(&schedule.id).await?;
//! println!("{} runs so far", schedules.runs(&schedule.id).collect().await?.len());
//! schedules.suspend(&schedule.id).await?;
//! # Ok(())
//! # }
//! ```

use ambient_sdk::api_server::types;

use super::{
    ApiServer, List,
    list::Plain,
    resource::{deletable, list, resource, send},
};
use crate::error::Result;

resource! {
    /// The scheduled sessions of one project.
    ScheduledSessions in (project as id: "project id")
    of ScheduledSession by ss_id: "scheduled session id" {
        list: list_scheduled_sessions,
        get: get_scheduled_session,
        create: create_scheduled_session(ScheduledSessionCreateRequest, fill project_id = project),
        update: update_scheduled_session(ScheduledSessionPatchRequest),
    }
}

deletable!(ScheduledSessions, delete_scheduled_session.id(project), ss_id);

super::request::request! {
    /// A schedule to create: when, as a cron expression (`0 9 * * 1-5` is nine o'clock on working
    /// days), in the project of the handle unless it names another.
    NewScheduledSession for ScheduledSessionCreateRequest
    (name: String, schedule: String; project_id) {
        text description,
        text agent_id,
        text timezone,
        value(bool) enabled,
        text session_prompt,
        value(i32) timeout,
        value(i32) inactivity_timeout,
        value(bool) stop_on_run_finished,
        text runner_type,
    }
}

super::request::request! {
    /// What to change of a schedule; see [`request`](super::request).
    ScheduledSessionPatch for ScheduledSessionPatchRequest {
        text name,
        clearable description,
        clearable agent_id,
        text schedule,
        clearable timezone,
        value(bool) enabled,
        clearable session_prompt,
        value(i32) timeout,
        value(i32) inactivity_timeout,
        value(bool) stop_on_run_finished,
        clearable runner_type,
    }
}

impl ScheduledSessions {
    /// Has the schedule start no more sessions until it is resumed.
    ///
    /// # Errors
    /// As those of [`get`](Self::get).
    pub async fn suspend(&self, id: impl AsRef<str>) -> Result<types::ScheduledSession> {
        let id = self.checked(id.as_ref())?;
        send!(self, suspend_scheduled_session.id(&self.project).ss_id(id))
    }

    /// Has a suspended schedule go on.
    ///
    /// # Errors
    /// As those of [`get`](Self::get).
    pub async fn resume(&self, id: impl AsRef<str>) -> Result<types::ScheduledSession> {
        let id = self.checked(id.as_ref())?;
        send!(self, resume_scheduled_session.id(&self.project).ss_id(id))
    }

    /// Starts a session of the schedule now, besides those that are due. It is sent once only,
    /// unless the server certainly did not act on it. What the server says about it.
    ///
    /// # Errors
    /// As those of [`get`](Self::get).
    pub async fn trigger(&self, id: impl AsRef<str>) -> Result<String> {
        let id = self.checked(id.as_ref())?;
        let response = send!(self, trigger_scheduled_session.id(&self.project).ss_id(id))?;
        Ok(response.status.unwrap_or_default())
    }

    /// The sessions that the schedule started. The server neither searches nor orders them.
    pub fn runs(&self, id: impl AsRef<str>) -> List<types::Session, Plain> {
        let schedule = id.as_ref();
        let checked = self.checked(schedule).map(drop);
        let project = &self.project;
        list!(plain, &self.server, checked, list_scheduled_session_runs.id(project).ss_id(schedule))
    }
}

impl ApiServer {
    /// The scheduled sessions of the project of this id.
    #[must_use]
    pub fn scheduled_sessions(&self, project: impl Into<String>) -> ScheduledSessions {
        ScheduledSessions::new(self, project)
    }
}
