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
//! println!("{} is on: {:?}", schedule.name, schedule.enabled);
//! schedules.suspend(&schedule.id).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is checked before it is sent
//! The server takes any text as a schedule or a time zone, and a schedule with a text that nobody can
//! read would silently never run. So `create` and `update` check both. A schedule has the form that
//! Kubernetes reads: five fields (minute, hour, day of the month, month, day of the week from 0 for
//! Sunday to 6), or `@daily` and its like, or `@every 1h30m`. A time zone is a name of the IANA
//! database, spelled as it is there; UTC when there is none.
//!
//! A new schedule is **on** unless [`enabled(false)`](NewScheduledSession::enabled) is set. The server
//! itself makes schedules that are off.
//!
//! # What the server of today does not do
//! It keeps schedules, and a component beside it has to run them. On the server itself
//! [`trigger`](ScheduledSessions::trigger) answers `triggered` and starts no session, and
//! [`runs`](ScheduledSessions::runs) is always empty. To run something now, use
//! [`Agents::start_with`](super::Agents::start_with) or [`Sessions::run`](super::Sessions::run). Its
//! list of schedules ignores pages, search and order, and names need not be unique.

mod check;
mod cron;

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
        create: create_scheduled_session(
            ScheduledSessionCreateRequest, fill project_id = project, ready check::ready_new
        ),
        update: update_scheduled_session(ScheduledSessionPatchRequest, ready check::check_patch),
    }
}

deletable!(ScheduledSessions, delete_scheduled_session.id(project), ss_id);

super::request::request! {
    /// A schedule to create: when, as a cron expression (`0 9 * * 1-5` is nine o'clock on working
    /// days), in the project of the handle unless it names another. It is on unless
    /// `enabled(false)` is set; see [the module](self) for what is checked.
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
    /// Has the schedule start no more sessions until it is resumed. When the
    /// [outcome](crate::Error::outcome) is unknown, it can be suspended again.
    ///
    /// # Errors
    /// As those of [`get`](Self::get).
    pub async fn suspend(&self, id: impl AsRef<str>) -> Result<types::ScheduledSession> {
        let id = self.checked(id.as_ref())?;
        send!(self, suspend_scheduled_session.id(&self.project).ss_id(id))
    }

    /// Has a suspended schedule go on. When the [outcome](crate::Error::outcome) is unknown, it can be
    /// resumed again.
    ///
    /// # Errors
    /// As those of [`get`](Self::get).
    pub async fn resume(&self, id: impl AsRef<str>) -> Result<types::ScheduledSession> {
        let id = self.checked(id.as_ref())?;
        send!(self, resume_scheduled_session.id(&self.project).ss_id(id))
    }

    /// Asks for a session of the schedule now, besides those that are due, and returns the server's
    /// answer. It is sent once only, unless the server certainly did not act on it.
    ///
    /// When the [outcome](crate::Error::outcome) is unknown, look at the [`runs`](Self::runs) before
    /// you trigger it again.
    ///
    /// **The server of today only answers `triggered`**: it starts no session.
    ///
    /// # Errors
    /// As those of [`get`](Self::get).
    pub async fn trigger(&self, id: impl AsRef<str>) -> Result<String> {
        let id = self.checked(id.as_ref())?;
        let response = send!(self, trigger_scheduled_session.id(&self.project).ss_id(id))?;
        Ok(response.status.unwrap_or_default())
    }

    /// The sessions that the schedule started. The server neither searches nor orders them.
    ///
    /// **With the server of today the list is always empty**, also for a schedule that does not exist.
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
