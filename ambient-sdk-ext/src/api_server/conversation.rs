//! A turn of a conversation: pushes a message and returns the agent's reply.
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::conversation::Outcome;
//! use futures_util::StreamExt;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let messages = client.api_server().messages("2abcDEF");
//!
//! // Awaited: returns the reply.
//! let reply = messages.say("What does this repository do?").await?;
//! match reply.outcome {
//!     Outcome::Finished => println!("{}", reply.text),
//!     outcome => println!("the run did not finish: {outcome:?}"),
//! }
//!
//! // As a stream: yields every message of the run.
//! let mut turn = messages.say("And how is it tested?").stream();
//! while let Some(message) = turn.next().await {
//!     let message = message?;
//!     println!("{}: {}", message.event_type, message.payload);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Missing replies
//! A turn that receives nothing for 15 s reads the session, and repeats this every 15 s until a
//! message arrives. If the session has stopped, completed or failed, the turn ends with
//! [`Outcome::SessionOver`]. A turn does not end if its session was never started or its runner
//! hangs: set [`Turn::timeout`] if this can happen. Dropping a turn ends it, but not the run.
//!
//! # Overlapping turns
//! The messages of an earlier run that is still in progress arrive after the pushed message. A
//! runner that forwards its AG-UI events announces the next run, and the messages before it are
//! ignored if the announcement arrives within 30 s of the end of the earlier run. The runs of a
//! runner that only records its replies cannot be distinguished: the turn returns the first reply
//! that arrives.

pub(super) mod run;

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
    time::Duration,
};

use ambient_sdk::api_server::types::SessionPhase;
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::messages::{Follow, FollowedMessages, Message, Messages};
use crate::{
    error::{Error, ErrorKind, RequestOutcome, Result},
    transport::FOREVER,
    wait::Waitable,
};
use run::{Run, Standing};

/// The time after a possible end of a run in which more of its messages can arrive.
const SETTLE: Duration = Duration::from_secs(2);
/// The time after the possible end of an earlier run in which the next run can start.
const BEGIN: Duration = Duration::from_secs(30);
/// The interval at which the session is read while no message arrives.
const READ_EVERY: Duration = Duration::from_secs(15);

impl Messages {
    /// Pushes `text` as the user's message and follows the run that it starts until the run has
    /// ended.
    ///
    /// The errors of the push are those of [`push`](Messages::push). If the
    /// [`outcome`](crate::Error::outcome) is [`Unknown`](crate::RequestOutcome::Unknown), the
    /// message may have been stored: check before you repeat it. After a later error, the message
    /// is stored and only the reply was not received; read it with [`follow`](Messages::follow).
    pub fn say(&self, text: impl Into<String>) -> Turn {
        let (messages, follow) = (self.clone(), self.follow());
        Turn { messages, text: text.into(), follow, settle: SETTLE, timeout: None }
    }
}

/// A builder for a turn: await it for the [`Reply`], or read [`stream`](Self::stream).
///
/// The run ends with its `RUN_FINISHED`, `RUN_ERROR` or `error` message. A runner that sends no
/// `RUN_STARTED` may send none of these: then the run ends when nothing arrives for
/// [a while](Self::settle) after the agent's message. An end without a preceding `RUN_STARTED` may
/// belong to an earlier run: then the turn waits 30 s for its own run to start.
#[must_use = "nothing is sent until it is awaited or its stream is read"]
pub struct Turn {
    messages: Messages,
    text: String,
    follow: Follow,
    settle: Duration,
    timeout: Option<Duration>,
}

/// The reply of the agent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Reply {
    /// The agent's texts, separated by blank lines; empty if there are none.
    pub text: String,
    /// The outcome of the run.
    pub outcome: Outcome,
    /// The `seq` of the last message of the run.
    pub seq: i64,
}

/// The outcome of a run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The run finished without an error.
    Finished,
    /// The run failed; contains the reason that the runner gave.
    Failed(String),
    /// The end of the run was not observed, and the session has stopped, completed or failed.
    SessionOver(SessionPhase),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished => f.write_str("finished"),
            Self::Failed(reason) => write!(f, "failed: {reason}"),
            Self::SessionOver(phase) => write!(f, "the session ended in the phase {phase}"),
        }
    }
}

impl Turn {
    /// Changes how messages are followed. They are always followed from the pushed message on.
    pub fn follow(mut self, settings: impl FnOnce(Follow) -> Follow) -> Self {
        self.follow = settings(self.follow);
        self
    }

    /// Sets how long to wait for more messages after a possible end of the run. Default: 2 s.
    pub fn settle(mut self, pause: Duration) -> Self {
        self.settle = pause;
        self
    }

    /// Sets the maximum time from the push to the end of the run. Default: no limit. When it
    /// expires, the turn ends immediately with an error of the kind
    /// [`Timeout`](crate::ErrorKind::Timeout), even if a request is in flight. The run continues.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeout = timeout.into();
        self
    }

    /// Returns a stream of the messages of the run, from the one after the user's to the one that
    /// ends it.
    ///
    /// # Errors
    /// If [`Messages::push`] fails, its error is the only item.
    ///
    /// A frame that cannot be decoded is an error of the kind [`Decode`](crate::ErrorKind::Decode),
    /// after which the stream continues. Any other error ends it.
    pub fn stream(self) -> impl Stream<Item = Result<Message>> + Send + Unpin + 'static {
        let turn = stream::unfold(Progress::new(self), |mut progress| async {
            let message = progress.next().await?;
            Some((message, progress))
        });
        turn.boxed()
    }
}

impl IntoFuture for Turn {
    type Output = Result<Reply>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<Reply>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let mut progress = Progress::new(self);
            progress.say().await?;
            while let Some(message) = progress.next().await {
                match message {
                    // An undecodable frame is not necessarily part of the reply.
                    Err(error) if error.is_decode() => {}
                    message => _ = message?,
                }
            }
            Ok(progress.into_reply())
        })
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("follow", &self.follow).finish_non_exhaustive()
    }
}

/// A turn in progress.
struct Progress {
    messages: Messages,
    unsent: Option<Turn>,
    /// The followed messages, once the push is done.
    live: Option<FollowedMessages>,
    /// The remaining messages of a session that is over.
    rest: std::vec::IntoIter<Message>,
    settle: Duration,
    timeout: Option<Duration>,
    started: Instant,
    run: Run,
    standing: Standing,
    seq: i64,
    /// The `seq` of the pushed message.
    pushed: i64,
    session_over: Option<SessionPhase>,
}

impl Progress {
    fn new(turn: Turn) -> Self {
        Self {
            messages: turn.messages.without_retries(),
            settle: turn.settle,
            timeout: turn.timeout,
            started: Instant::now(),
            unsent: Some(turn),
            live: None,
            rest: Vec::new().into_iter(),
            run: Run::default(),
            standing: Standing::Open,
            seq: 0,
            pushed: 0,
            session_over: None,
        }
    }

    /// Pushes the message, unless that was done.
    async fn say(&mut self) -> Result<()> {
        let Some(turn) = self.unsent.take() else { return Ok(()) };
        let pushed = match self.deadline() {
            Some(deadline) => {
                turn.messages.within(deadline - Instant::now()).push(turn.text).await?
            }
            None => turn.messages.push(turn.text).await?,
        };
        (self.seq, self.pushed) = (pushed.seq, pushed.seq);
        self.live = Some(turn.follow.after(pushed.seq).messages());
        Ok(())
    }

    fn deadline(&self) -> Option<Instant> {
        Some(self.started + self.timeout?.min(FOREVER))
    }

    /// Returns the next message, or `None` after the end of the run.
    async fn next(&mut self) -> Option<Result<Message>> {
        // The push has its own deadline, because its error contains the outcome.
        if let Err(error) = self.say().await {
            return Some(Err(error));
        }
        let Some(deadline) = self.deadline() else { return self.listen().await };
        match timeout_at(deadline, self.listen()).await {
            Ok(next) => next,
            Err(_) => {
                let seconds = self.timeout.unwrap_or_default().as_secs_f64();
                let text = format!(
                    "no reply arrived within {seconds} seconds; message {} was pushed",
                    self.pushed
                );
                self.standing = Standing::Over(Outcome::Failed(text.clone()));
                let error = Error::new(ErrorKind::Timeout, text);
                Some(Err(error.with_outcome(RequestOutcome::CarriedOut)))
            }
        }
    }

    async fn listen(&mut self) -> Option<Result<Message>> {
        let next = match &self.standing {
            Standing::Open => self.wait().await,
            Standing::PerhapsOver(_) => timeout(self.settle(), self.next_message()).await.ok()?,
            Standing::Over(_) => None,
        }?;
        if let Ok(message) = &next {
            self.seq = message.seq;
            if let Some(standing) = self.run.see(message) {
                self.standing = standing;
            }
        }
        Some(next)
    }

    /// Returns the next message, or `None` if the session is over and has no more.
    async fn wait(&mut self) -> Option<Result<Message>> {
        while self.session_over.is_none() {
            let messages = self.messages.clone();
            tokio::select! {
                biased;
                next = self.next_message() => return next,
                phase = over(&messages) => self.end(phase).await,
            }
        }
        self.next_message().await
    }

    /// Returns the next followed message, or the next listed one if the session is over.
    async fn next_message(&mut self) -> Option<Result<Message>> {
        match (&self.session_over, &mut self.live) {
            (Some(_), _) => self.rest.next().map(Ok),
            (None, Some(live)) => live.next().await,
            (None, None) => None,
        }
    }

    /// Lists the messages that a lost connection may not have delivered.
    async fn end(&mut self, phase: SessionPhase) {
        let had = self.live.as_ref().map(FollowedMessages::cursor).unwrap_or_default();
        if let Ok(rest) = self.messages.list().after(had).await {
            self.rest = rest.into_iter();
            self.session_over = Some(phase);
        }
    }

    fn settle(&self) -> Duration {
        if self.run.may_begin() { self.settle.max(BEGIN) } else { self.settle }
    }

    fn into_reply(self) -> Reply {
        let outcome = match (self.standing, self.session_over) {
            (Standing::PerhapsOver(outcome) | Standing::Over(outcome), _) => outcome,
            (Standing::Open, Some(phase)) => Outcome::SessionOver(phase),
            (Standing::Open, None) => Outcome::Failed("the messages ended before the run".into()),
        };
        Reply { text: self.run.into_text(), outcome, seq: self.seq }
    }
}

/// Waits until the session is over. Failed reads are ignored.
async fn over(messages: &Messages) -> SessionPhase {
    loop {
        sleep(READ_EVERY).await;
        if let Ok(session) = messages.session().await
            && session.is_over()
            && let Some(phase) = session.phase
        {
            return phase;
        }
    }
}
