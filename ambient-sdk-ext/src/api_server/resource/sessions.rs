//! Sessions of the API server: create, start, stop, update and wait. To run a session from its
//! creation to its end, see [`run`](crate::api_server::run).
//!
//! ```no_run
//! use std::time::Duration;
//! use ambient_sdk_ext::{CreateSessionRequest, ambient_sdk::api_server::types::SessionPhase};
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let sessions = client.api_server().sessions();
//!
//! // Creates and starts a session. To follow it to its end as well, see `run`.
//! let session = sessions.create_and_start(CreateSessionRequest::new("Review this")).await?;
//! let running = sessions
//!     .wait_until(&session.id, |session| session.phase == Some(SessionPhase::Running))
//!     .timeout(Duration::from_secs(60))
//!     .await?;
//! let ended = sessions.wait_for_completion(&session.id).await?;
//! println!("{:?} since {:?}", ended.phase, ended.completion_time);
//! # Ok(())
//! # }
//! ```
//!
//! A session that was only [created](super::Handle::create) does not run:
//! [`start`](Sessions::start) it. A wait for a session that was never started fails immediately
//! with an error of the kind [`NotStarted`](crate::ErrorKind::NotStarted).
//!
//! # Interrupted creation
//! The server stores a session first, and then its prompt as the session's first message. If a
//! creation is interrupted in between, because the program is killed, the timeout expires or the
//! connection breaks, the session has a prompt but not the message: when started, it receives no
//! task. The same happens, without an error, if the server cannot store the message. To detect and
//! repair this, find the session (by its name, so use a unique one), check its messages, and push
//! the missing message before the session is started:
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::{ApiServer, field};
//!
//! # async fn example(server: ApiServer) -> ambient_sdk_ext::Result<()> {
//! let search = field("name").eq("nightly-2026-05-12");
//! for session in server.sessions().list().search(search).collect().await? {
//!     let messages = server.messages(&session.id);
//!     match session.prompt {
//!         Some(prompt) if messages.list().await?.is_empty() => {
//!             messages.push(prompt).await?;
//!         }
//!         _ => {}
//!     }
//!     if session.phase.is_none() {
//!         server.sessions().start(&session.id).await?; // Created, and never started.
//!     }
//! }
//! # Ok(())
//! # }
//! ```

use std::{fmt::Display, time::SystemTime};

use ambient_sdk::{
    JsonText,
    api_server::types::{self, SessionPhase},
};

use super::{NewSession, Sessions};
#[cfg(feature = "grpc")]
use crate::api_server::watch;
use crate::{
    api_server::{field, fields},
    error::{Error, ErrorKind, RequestOutcome, Result},
    names,
    session::CreateSessionRequest,
    wait::{Group, Target, Wait, WaitMany, Waitable},
};

/// The number of sessions that one request of [`Sessions::wait_many`] reads: their ids are part of
/// its URL.
const IDS_A_LIST: usize = 100;

impl Sessions {
    /// Creates a session and starts it. The request is a [`NewSession`](super::NewSession), or the
    /// [`CreateSessionRequest`] of the public API. In the latter case the name of the session is
    /// the beginning of the task, with a random suffix. [`run`](Self::run) also follows the session
    /// to its end.
    ///
    /// Each request is retried only if the server certainly did not process it. If the future is
    /// dropped between the two, the session exists but is not started, and its id is lost. To limit
    /// the duration, use [`CallOptions::timeout`](crate::CallOptions::timeout) instead, whose error
    /// contains the id.
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) before anything is sent if a value is invalid.
    /// If the session was created but not started, [`Error::created_session`] returns its id: start
    /// the session, or delete it. Without an id, the creation failed.
    ///
    /// [`Error::outcome`] is that of the failed request. If the outcome of the creation is unknown,
    /// the session may exist without having been started: search for it by its name or the
    /// beginning of its task.
    ///
    /// Both requests can fail with a [transient](Error::is_transient) error, but repeating the call
    /// creates another session. If the error has an id, repeat only the start:
    ///
    /// ```
    /// # use ambient_sdk_ext::{CreateSessionRequest, Result, api_server::Sessions};
    /// # async fn example(sessions: Sessions) -> Result<()> {
    /// let ran = sessions.create_and_start(CreateSessionRequest::new("Review this")).await;
    /// let session = match ran {
    ///     Err(error) if error.is_transient() => match error.created_session() {
    ///         Some(id) => sessions.start(id).await?,
    ///         None => return Err(error),
    ///     },
    ///     ran => ran?,
    /// };
    /// # Ok(())
    /// # }
    /// ```
    // Not an `async fn`, for the same reason as `create`.
    pub fn create_and_start<B>(
        &self,
        request: B,
    ) -> impl Future<Output = Result<types::Session>> + Send + use<'_, B>
    where
        B: TryInto<types::SessionCreateRequest>,
        B::Error: Display,
    {
        let creating = self.create_for_id(request);
        async { self.start_created(&creating.await?).await }
    }

    pub(crate) fn create_for_id<B>(
        &self,
        request: B,
    ) -> impl Future<Output = Result<String>> + Send + use<'_, B>
    where
        B: TryInto<types::SessionCreateRequest>,
        B::Error: Display,
    {
        let creating = self.create(request);
        async {
            let id = creating.await?.id;
            if id.is_empty() {
                let text = "the session was created, but the server sent no id: list the sessions";
                let error = Error::new(ErrorKind::Decode, text);
                return Err(error.with_outcome(RequestOutcome::CarriedOut));
            }
            Ok(id)
        }
    }

    /// Starts a session that was just created; its error contains the id.
    pub(crate) async fn start_created(&self, id: &str) -> Result<types::Session> {
        let started = self.start(id).await;
        started.map_err(|error| error.after_creating(id, "not started"))
    }

    /// Waits until the session has completed, failed or stopped; see [`Wait`].
    pub fn wait_for_completion(&self, id: impl Into<String>) -> Wait<types::Session> {
        let (handle, id) = (self.for_polls(), id.into());
        let slow_down = self.server().client.slow_down();
        let target = Target::new(id.clone(), slow_down, move || {
            let (handle, id) = (handle.clone(), id.clone());
            async move { handle.get(id).await }
        });
        #[cfg(feature = "grpc")]
        let target = target.with_news(watch::news(&self.server().client));
        Wait::new(target)
    }

    /// Waits until each of these sessions, which may be of any project, has completed, failed or
    /// stopped. One request reads up to 100 sessions.
    ///
    /// [`WaitMany::outcomes`] yields each session as it ends:
    ///
    /// ```
    /// use futures_util::StreamExt;
    ///
    /// # async fn example(sessions: ambient_sdk_ext::api_server::Sessions, ids: Vec<String>) {
    /// let mut outcomes = sessions.wait_many(ids).outcomes();
    /// while let Some(outcome) = outcomes.next().await {
    ///     match outcome.result {
    ///         Ok(session) => println!("{} is over: {:?}", session.name, session.phase),
    ///         Err(error) => println!("{}: {error}", outcome.id),
    ///     }
    /// }
    /// # }
    /// ```
    pub fn wait_many<I: Into<String>>(
        &self,
        ids: impl IntoIterator<Item = I>,
    ) -> WaitMany<types::Session> {
        let (lists, gets) = (self.for_polls(), self.for_polls());
        let group = Group::new(
            IDS_A_LIST,
            self.server().client.slow_down(),
            |id| Ok(names::id("session id", id)?),
            move |ids| {
                let list = lists.list().all_projects().page_size(IDS_A_LIST as u32);
                async move { Ok(list.search(field("id").in_list(ids)).collect().await?.into_vec()) }
            },
            move |id| {
                let handle = gets.clone();
                async move { handle.get(id).await }
            },
        );
        #[cfg(feature = "grpc")]
        let group = group.with_news(watch::news(&self.server().client));
        WaitMany::new(group, ids)
    }

    fn for_polls(&self) -> Self {
        self.server().client.for_polls().api_server().sessions()
    }

    /// Waits until `condition` holds, or the session has completed, failed or stopped, whichever
    /// comes first. Check the phase of the returned session.
    pub fn wait_until(
        &self,
        id: impl Into<String>,
        condition: impl Fn(&types::Session) -> bool + Send + Sync + 'static,
    ) -> Wait<types::Session> {
        self.wait_for_completion(id).until(condition)
    }
}

impl NewSession {
    /// Adds a label; replaces a label with the same key.
    pub fn label(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        let Some(mut labels) = self.pairs(|new| new.labels.as_ref()) else { return self };
        labels.insert(key.into(), value.into());
        self.labels(labels)
    }

    /// Adds an annotation; replaces an annotation with the same key.
    pub fn annotation(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        let Some(mut annotations) = self.pairs(|new| new.annotations.as_ref()) else { return self };
        annotations.insert(key.into(), value.into());
        self.annotations(annotations)
    }

    /// Returns the pairs set so far; `None` if the request is invalid and cannot be sent.
    fn pairs(
        &self,
        field: fn(&types::SessionCreateRequest) -> Option<&JsonText>,
    ) -> Option<fields::TextMap> {
        let new = types::SessionCreateRequest::try_from(self.clone()).ok()?;
        fields::read("labels", field(&new)).ok()
    }
}

/// Converts the request of the public API into that of this server.
impl TryFrom<CreateSessionRequest> for types::SessionCreateRequest {
    type Error = String;

    fn try_from(request: CreateSessionRequest) -> Result<Self, String> {
        request.problem()?;
        let mut new = NewSession::new(name_for(&request.task)).prompt(request.task);
        if let Some(model) = request.model {
            new = new.llm_model(model);
        }
        if !request.repos.is_empty() {
            new = new.repos(request.repos);
        }
        new.try_into().map_err(|why| format!("{why}"))
    }
}

impl Waitable for types::Session {
    fn id(&self) -> &str {
        &self.id
    }

    fn state(&self) -> &str {
        self.phase.as_ref().map(SessionPhase::as_str).unwrap_or_default()
    }

    fn is_over(&self) -> bool {
        let over = [SessionPhase::Stopped, SessionPhase::Completed, SessionPhase::Failed];
        self.phase.as_ref().is_some_and(|phase| over.contains(phase))
    }

    fn is_not_started(&self) -> bool {
        self.state().is_empty()
    }

    fn changed_at(&self) -> Option<SystemTime> {
        self.updated_at.as_ref()?.to_system_time()
    }
}

/// Returns a name from the first words of the task, with a suffix that makes it likely to be
/// unique.
fn name_for(task: &str) -> String {
    const WORDS: usize = 40;
    let lower = task.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut name = String::new();
    for word in words.take_while(|word| word.len() < WORDS) {
        if name.len() + word.len() >= WORDS {
            break;
        }
        name.push_str(word);
        name.push('-');
    }
    if name.is_empty() {
        name.push_str("session-");
    }
    name.extend((0..8).map(|_| fastrand::char('a'..='z')));
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_starts_with_words_of_the_task() {
        for (task, begins) in [
            ("Review this repository, please!", "review-this-repository-please-"),
            ("日本語", "session-"),
            (&"x".repeat(100), "session-"),
            ("One two three four five six seven eight nine ten", "one-two-three-four-five-six-"),
        ] {
            let name = name_for(task);
            assert!(name.starts_with(begins), "{name}");
            assert!(name.len() <= 48, "{name}");
            crate::names::kubernetes("name", &name).unwrap();
        }
        assert_ne!(name_for("task"), name_for("task"));
    }
}
