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
//! The session must be running, or nobody replies and the turn does not end; bound it with
//! `tokio::time::timeout` where that can happen. Dropping a turn ends it, but not the run.

mod run;

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
    time::Duration,
};

use futures_core::Stream;
use futures_util::{StreamExt, stream};
use tokio::time::timeout;

use super::messages::{Follow, Message, Messages};
use crate::error::Result;
use run::{Run, Standing};

/// How long after what may be the end of a run more of it can come.
const SETTLE: Duration = Duration::from_secs(2);

impl Messages {
    /// Pushes `text` as the user's message and follows until the run that it starts has finished.
    pub fn say(&self, text: impl Into<String>) -> Turn {
        Turn { messages: self.clone(), text: text.into(), follow: self.follow(), settle: SETTLE }
    }
}

/// Something to say: await it for the [`Reply`], or read [`stream`](Self::stream).
///
/// The run is over with its `RUN_FINISHED`, `RUN_ERROR` or `error` message. A runner that sends no
/// `RUN_STARTED` may send none of them either: then the run is over when nothing came for
/// [a while](Self::settle) after the agent's message.
#[must_use = "nothing is said until it is awaited or its stream is read"]
pub struct Turn {
    messages: Messages,
    text: String,
    follow: Follow,
    settle: Duration,
}

/// What the agent replied.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Well.
    Finished,
    /// With an error, which the runner gives this reason for.
    Failed(String),
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
            let mut unread = None;
            while let Some(message) = progress.next().await {
                match message {
                    // A frame that can't be decoded need not be one of the reply.
                    Err(error) if error.is_decode() => unread = Some(error),
                    message => _ = message?,
                }
            }
            match unread.filter(|_| progress.standing == Standing::Open) {
                Some(error) => Err(error),
                None => Ok(progress.into_reply()),
            }
        })
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("follow", &self.follow).finish_non_exhaustive()
    }
}

type Live = Pin<Box<dyn Stream<Item = Result<Message>> + Send>>;

/// A turn that goes on.
struct Progress {
    unsaid: Option<Turn>,
    live: Live,
    settle: Duration,
    run: Run,
    standing: Standing,
    seq: i64,
}

impl Progress {
    fn new(turn: Turn) -> Self {
        Self {
            settle: turn.settle,
            unsaid: Some(turn),
            live: Box::pin(stream::empty()),
            run: Run::default(),
            standing: Standing::Open,
            seq: 0,
        }
    }

    /// The next message, or `None` after the end of the run.
    async fn next(&mut self) -> Option<Result<Message>> {
        if let Some(turn) = self.unsaid.take()
            && let Err(error) = self.say(turn).await
        {
            return Some(Err(error));
        }
        let next = match &self.standing {
            Standing::Open => self.live.next().await,
            Standing::PerhapsOver(_) => timeout(self.settle, self.live.next()).await.ok()?,
            Standing::Over(_) => None,
        }?;
        if let Ok(message) = &next {
            self.seq = message.seq;
            self.standing = self.run.see(message);
        }
        Some(next)
    }

    async fn say(&mut self, turn: Turn) -> Result<()> {
        let pushed = turn.messages.push(turn.text).await?;
        self.seq = pushed.seq;
        self.live = Box::pin(turn.follow.after(pushed.seq).messages());
        Ok(())
    }

    fn into_reply(self) -> Reply {
        let outcome = match self.standing {
            Standing::PerhapsOver(outcome) | Standing::Over(outcome) => outcome,
            Standing::Open => Outcome::Failed("the messages ended before the run".into()),
        };
        Reply { text: self.run.into_text(), outcome, seq: self.seq }
    }
}
