//! Scheduled sessions: sessions that start repeatedly on a schedule.
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
//! # Validation
//! The server accepts any text as a schedule or a time zone, and a schedule with an invalid text
//! would silently never run. Therefore `create` and `update` validate both. A schedule has the form
//! that Kubernetes accepts: five fields (minute, hour, day of the month, month, day of the week
//! from 0 for Sunday to 6), a descriptor such as `@daily`, or `@every 1h30m`. A time zone is a name
//! of the IANA database in its exact spelling; UTC if it is not set.
//!
//! A new schedule is **enabled** unless
//! [`enabled(false)`](crate::api_server::NewScheduledSession::enabled) is set. Without this value,
//! the server would create a disabled schedule.
//!
//! # Limits of the current server
//! The server only stores schedules; a separate component has to run them. On the server itself
//! [`trigger`](crate::api_server::ScheduledSessions::trigger) returns `triggered` but starts no
//! session, and [`runs`](crate::api_server::ScheduledSessions::runs) is always empty. To run
//! something now, use [`Agents::start_with`](crate::api_server::Agents::start_with) or
//! [`Sessions::run`](crate::api_server::Sessions::run). The list of schedules ignores pages, search
//! and order, and names need not be unique.

mod check;
mod cron;
