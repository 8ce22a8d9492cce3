//! Sessions of the public API: create, get, list, delete and wait.
//!
//! The methods have the names of their counterparts in the platform's Python SDK.
//!
//! ```no_run
//! use std::time::Duration;
//! use ambient_sdk_ext::{Client, CreateSessionRequest, Repo, SessionStatus};
//!
//! # async fn example() -> ambient_sdk_ext::Result<()> {
//! let client = Client::from_env()?;
//! let request = CreateSessionRequest::new("Review this repository for security issues")
//!     .model("claude-sonnet-4-6")
//!     .repo(Repo::new("https://github.com/ambient-code/platform").branch("main"));
//! let created = client.create_session(request).await?;
//! let session = client
//!     .wait_for_completion(&created.id)
//!     .timeout(Duration::from_secs(300))
//!     .await?;
//! match session.status {
//!     SessionStatus::Completed => println!("{}", session.result.unwrap_or_default()),
//!     other => println!("{other}: {}", session.error.unwrap_or_default()),
//! }
//! # Ok(())
//! # }
//! ```

mod request;

use ambient_sdk::public_api::types;

use serde::{Deserialize, Serialize};

pub use ambient_sdk::public_api::types::{SessionListResponse, SessionResponse, SessionStatus};
pub(crate) use request::check_repo;
pub use request::{CreateSessionRequest, Repo};

use crate::{
    client::Client,
    error::{Error, ErrorKind, RequestOutcome, Result},
    names,
    wait::{Group, Target, Wait, WaitMany, Waitable},
};

/// A newly created session (`CreateSessionResponse` in the other SDKs).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreatedSession {
    /// The id of the session.
    pub id: String,
    /// The server's message.
    pub message: String,
}

impl Client {
    /// Creates a session, which starts immediately.
    ///
    /// The request is retried only if the server certainly did not carry it out. If
    /// [`Error::outcome`] is [`Unknown`](crate::RequestOutcome::Unknown), for example after a 500
    /// or a broken connection, the session may exist: search [`list_sessions`](Self::list_sessions)
    /// for its task before you create it again.
    ///
    /// # Errors
    /// Returns [`ErrorKind::InvalidRequest`], before anything is sent, if the task or a repository
    /// is invalid, or any other kind that a call can return.
    pub async fn create_session(&self, request: CreateSessionRequest) -> Result<CreatedSession> {
        let body = request.into_raw()?;
        let created = self.public_api().create_session().body(body).send().await?;
        let types::CreateSessionResponse { id, message, .. } = created.into_inner();
        let id = id.filter(|id| !id.is_empty()).ok_or_else(|| {
            let text = "the session was created, but the server sent no id: list the sessions";
            Error::new(ErrorKind::Decode, text).with_outcome(RequestOutcome::CarriedOut)
        })?;
        Ok(CreatedSession { id, message })
    }

    /// Returns the current state of the session named `id`.
    ///
    /// # Errors
    /// Returns [`ErrorKind::NotFound`] with the text `session not found: {id}`, or
    /// [`ErrorKind::InvalidRequest`] if the id is not a Kubernetes name.
    pub async fn get_session(&self, id: impl AsRef<str>) -> Result<SessionResponse> {
        let id = session_id(id.as_ref())?;
        Ok(self.public_api().get_session().id(id).send().await?.into_inner())
    }

    /// Returns all sessions of the project; the public API has no paging.
    ///
    /// # Errors
    /// Returns an error of any kind that a call can return.
    pub async fn list_sessions(&self) -> Result<SessionListResponse> {
        Ok(self.public_api().list_sessions().send().await?.into_inner())
    }

    /// Deletes the session named `id`, whether it is running or not. If [`Error::outcome`] is
    /// unknown, it may already be deleted: repeat the call, and treat "not found" as success.
    ///
    /// # Errors
    /// Returns [`ErrorKind::NotFound`] if the session does not exist, or
    /// [`ErrorKind::InvalidRequest`] if the id is not a Kubernetes name.
    pub async fn delete_session(&self, id: impl AsRef<str>) -> Result<()> {
        let id = session_id(id.as_ref())?;
        self.public_api().delete_session().id(id).send().await?;
        Ok(())
    }

    /// Waits until the session named `id` has completed, failed or stopped.
    ///
    /// Await the returned [`Wait`] for the final session, or use [`Wait::updates`] for a stream of
    /// its changes. [`Wait`] sets the poll interval and the timeout.
    pub fn wait_for_completion(&self, id: impl Into<String>) -> Wait<SessionResponse> {
        let (client, id) = (self.for_polls(), id.into());
        let target = Target::new(id.clone(), self.slow_down(), move || {
            let (client, id) = (client.clone(), id.clone());
            async move { client.get_session(id).await }
        });
        Wait::new(target)
    }

    /// Waits until each of these sessions has completed, failed or stopped. Each poll is one
    /// request for all of them, since the public API lists a project's sessions as a whole.
    ///
    /// Use [`WaitMany::outcomes`] for a stream of the sessions as they end.
    pub fn wait_many<I>(&self, ids: impl IntoIterator<Item = I>) -> WaitMany<SessionResponse>
    where
        I: Into<String>,
    {
        let (lists, gets) = (self.for_polls(), self.for_polls());
        let group = Group::new(
            usize::MAX,
            self.slow_down(),
            |id| session_id(id).map(|_| ()),
            move |_| {
                let client = lists.clone();
                async move { Ok(client.list_sessions().await?.items) }
            },
            move |id| {
                let client = gets.clone();
                async move { client.get_session(id).await }
            },
        );
        WaitMany::new(group, ids)
    }
}

impl Waitable for SessionResponse {
    fn id(&self) -> &str {
        &self.id
    }

    fn state(&self) -> &str {
        self.status.as_str()
    }

    /// The gateway passes `Stopped` on with its capital letter. The status is final.
    fn is_over(&self) -> bool {
        match &self.status {
            SessionStatus::Completed | SessionStatus::Failed => true,
            other => other.as_str().eq_ignore_ascii_case("stopped"),
        }
    }
}

fn session_id(id: &str) -> Result<&str> {
    names::kubernetes("session id", id)?;
    Ok(id)
}
