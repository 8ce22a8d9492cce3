//! A turn of a conversation: say something, and have what the agent replies.
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::conversation::Outcome;
//! use futures_util::StreamExt;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let messages = client.api_server().messages("2abcDEF");
//!
//! // Awaited: the reply.
//! let reply = messages.say("What does this repository do?").await?;
//! match reply.outcome {
//!     Outcome::Finished => println!("{}", reply.text),
//!     outcome => println!("the run did not finish: {outcome:?}"),
//! }
//!
//! // Read: every message of the run as it comes.
//! let mut turn = messages.say("And how is it tested?").stream();
//! while let Some(message) = turn.next().await {
//!     let message = message?;
//!     println!("{}: {}", message.event_type, message.payload);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # When nobody replies
//! A turn that hears nothing for 15 s looks at the session, and does so every 15 s until something
//! comes. When the session has stopped, completed or failed, the turn ends with
//! [`Outcome::SessionOver`]. A session that was never started, or whose runner hangs, keeps a turn
//! waiting: bound it with [`Turn::timeout`] where that can happen. Dropping a turn ends it, but not
//! the run.
//!
//! # One turn at a time
//! While an earlier run goes on, what it says comes after the message that was pushed. A runner
//! that passes its AG-UI events on announces the next run, and what was said before is left out, if
//! the announcement comes within 30 s of the earlier run's end. A runner that only records its
//! replies can't be told apart that way: then the first reply that comes is the one.

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

/// How long after what may be the end of a run more of it can come.
const SETTLE: Duration = Duration::from_secs(2);
/// How long after the end of what may be an earlier run the next can begin.
const BEGIN: Duration = Duration::from_secs(30);
/// How often the session is looked at while nothing comes.
const LOOK: Duration = Duration::from_secs(15);

impl Messages {
    /// Pushes `text` as the user's message and follows until the run that it starts has finished.
    ///
    /// An error of the push is that of [`push`](Messages::push). When its
    /// [`outcome`](crate::Error::outcome) is [`Unknown`](crate::RequestOutcome::Unknown), the message
    /// may have been said: look for it before you say it again. An error that comes later says that
    /// the reply was lost, and not the message: [`follow`](Messages::follow) has the reply.
    pub fn say(&self, text: impl Into<String>) -> Turn {
        let (messages, follow) = (self.clone(), self.follow());
        Turn { messages, text: text.into(), follow, settle: SETTLE, timeout: None }
    }
}

/// Something to say: await it for the [`Reply`], or read [`stream`](Self::stream).
///
/// The run is over with its `RUN_FINISHED`, `RUN_ERROR` or `error` message. A runner that sends no
/// `RUN_STARTED` may send none of them either: then the run is over when nothing came for
/// [a while](Self::settle) after the agent's message. An end without a `RUN_STARTED` before it may
/// be that of an earlier run: then 30 s are waited for the run to begin.
#[must_use = "nothing is said until it is awaited or its stream is read"]
pub struct Turn {
    messages: Messages,
    text: String,
    follow: Follow,
    settle: Duration,
    timeout: Option<Duration>,
}

/// What the agent replied.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Reply {
    /// What it said, its texts separated by a blank line; empty when it said nothing.
    pub text: String,
    /// How the run ended.
    pub outcome: Outcome,
    /// The `seq` of the last message of the run.
    pub seq: i64,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// Well.
    Finished,
    /// With an error, which the runner gives this reason for.
    Failed(String),
    /// It was not seen to end, and the session is over: stopped, completed or failed.
    SessionOver(SessionPhase),
}

impl Turn {
    /// Follows with other settings; where it begins is given by the message that is pushed.
    pub fn follow(mut self, settings: impl FnOnce(Follow) -> Follow) -> Self {
        self.follow = settings(self.follow);
        self
    }

    /// How long to wait for more after what may be the end of a run. Default: 2 s.
    pub fn settle(mut self, pause: Duration) -> Self {
        self.settle = pause;
        self
    }

    /// The longest time from the push to the end of the run. Default: no limit. When it passes, the turn
    /// ends with an error of the kind [`Timeout`](crate::ErrorKind::Timeout), on time whatever is in
    /// flight; the run goes on.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeout = timeout.into();
        self
    }

    /// The messages of the run, from the one after the user's to the one that ends it.
    ///
    /// # Errors
    /// What [`Messages::push`] fails with is the first and only item.
    ///
    /// A frame that can't be decoded is an error of kind [`Decode`](crate::ErrorKind::Decode),
    /// after which the stream goes on; every other error ends it.
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
                    // A frame that can't be decoded need not be one of the reply.
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

/// A turn that goes on.
struct Progress {
    messages: Messages,
    unsaid: Option<Turn>,
    /// What comes, once something was said.
    live: Option<FollowedMessages>,
    /// What a session that is over had still to say.
    rest: std::vec::IntoIter<Message>,
    settle: Duration,
    timeout: Option<Duration>,
    started: Instant,
    run: Run,
    standing: Standing,
    seq: i64,
    /// The message that was pushed.
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
            unsaid: Some(turn),
            live: None,
            rest: Vec::new().into_iter(),
            run: Run::default(),
            standing: Standing::Open,
            seq: 0,
            pushed: 0,
            session_over: None,
        }
    }

    /// Pushes what is to be said, unless that was done.
    async fn say(&mut self) -> Result<()> {
        let Some(turn) = self.unsaid.take() else { return Ok(()) };
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

    /// The next message, or `None` after the end of the run.
    async fn next(&mut self) -> Option<Result<Message>> {
        // The push has a deadline of its own, and knows what became of it.
        if let Err(error) = self.say().await {
            return Some(Err(error));
        }
        let Some(deadline) = self.deadline() else { return self.listen().await };
        match timeout_at(deadline, self.listen()).await {
            Ok(next) => next,
            Err(_) => {
                let seconds = self.timeout.unwrap_or_default().as_secs_f64();
                let text = format!(
                    "the reply did not come within {seconds} seconds; message {} was pushed",
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
            Standing::PerhapsOver(_) => timeout(self.settle(), self.heard()).await.ok()?,
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

    /// The next message, or `None` when the session is over and has no more.
    async fn wait(&mut self) -> Option<Result<Message>> {
        while self.session_over.is_none() {
            let messages = self.messages.clone();
            tokio::select! {
                biased;
                next = self.heard() => return next,
                phase = over(&messages) => self.end(phase).await,
            }
        }
        self.heard().await
    }

    /// The next message of what was listed at the end of the session, or else of what comes.
    async fn heard(&mut self) -> Option<Result<Message>> {
        match (&self.session_over, &mut self.live) {
            (Some(_), _) => self.rest.next().map(Ok),
            (None, Some(live)) => live.next().await,
            (None, None) => None,
        }
    }

    /// Reads what a connection that is being made anew may not have brought.
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

/// Waits until the session is over. A look that fails says nothing.
async fn over(messages: &Messages) -> SessionPhase {
    loop {
        sleep(LOOK).await;
        if let Ok(session) = messages.session().await
            && session.is_over()
            && let Some(phase) = session.phase
        {
            return phase;
        }
    }
}
