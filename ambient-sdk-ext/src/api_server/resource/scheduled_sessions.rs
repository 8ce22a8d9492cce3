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
//! A new schedule is **on** unless [`enabled(false)`](crate::api_server::NewScheduledSession::enabled) is set. The server
//! itself makes schedules that are off.
//!
//! # What the server of today does not do
//! It keeps schedules, and a component beside it has to run them. On the server itself
//! [`trigger`](crate::api_server::ScheduledSessions::trigger) answers `triggered` and starts no session, and
//! [`runs`](crate::api_server::ScheduledSessions::runs) is always empty. To run something now, use
//! [`Agents::start_with`](crate::api_server::Agents::start_with) or [`Sessions::run`](crate::api_server::Sessions::run). Its
//! list of schedules ignores pages, search and order, and names need not be unique.

mod check;
mod cron;
