//! The current source of a session's messages.

use std::future::pending;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, sleep_until};

#[cfg(feature = "grpc")]
use super::Message;
use super::{follower::Listed, lost::Lost, rereads::Read};
#[cfg(feature = "grpc")]
use crate::grpc::{channel::Events, convert};
use crate::{
    api_server::{
        ahead::Ahead,
        stream::{
            connection::Connection,
            places::{Claim, Place},
        },
    },
    error::Result,
};

/// The current source of a session's messages.
pub(super) enum Link {
    /// No source yet.
    Apart,
    Pausing(Instant),
    Open(Box<Open>),
    Polling(Polling),
    Over,
}

pub(super) struct Open {
    pub(super) feed: Feed,
    /// The place for the stream; `None` if the source needs none.
    pub(super) place: Option<Place>,
    pub(super) since: Instant,
    /// Whether anything was received.
    #[cfg_attr(not(feature = "grpc"), allow(dead_code))]
    pub(super) has_received: bool,
}

pub(super) struct Polling {
    pub(super) next: Instant,
    pub(super) claim: Option<Claim>,
}

/// A list read in progress.
pub(super) struct Reading {
    pub(super) read: Read,
    pub(super) list: Ahead<Listed>,
    /// Whether the connection waits for the read, so that its messages are yielded in order.
    pub(super) first: bool,
}

/// A source of live messages.
pub(super) enum Feed {
    /// A stream of server-sent events.
    Http(Box<Connection>),
    /// A call over the client's gRPC connection.
    #[cfg(feature = "grpc")]
    Watch(Events<ambient_sdk::grpc::SessionMessage>),
}

/// An item of a feed.
pub(super) enum Received {
    Bytes(Bytes),
    #[cfg(feature = "grpc")]
    Message(Message),
    /// An item that is not a message.
    #[cfg(feature = "grpc")]
    Nothing,
}

impl Feed {
    /// Returns the next item. Cancel safe: no item is lost if the future is dropped.
    pub(super) async fn next(&mut self) -> Result<Received, Lost> {
        match self {
            Self::Http(connection) => match connection.chunk().await {
                Ok(Some(chunk)) => Ok(Received::Bytes(chunk)),
                Ok(None) => Err(Lost::passing(connection.ended())),
                Err(error) => Err(Lost::passing(error)),
            },
            #[cfg(feature = "grpc")]
            Self::Watch(events) => {
                use futures_util::StreamExt as _;
                match events.next().await {
                    Some(Ok(message)) => {
                        Ok(convert::message(message).map_or(Received::Nothing, Received::Message))
                    }
                    Some(Err(error)) => Err(Lost::from(error)),
                    None => Err(Lost::passing(crate::Error::new(
                        crate::ErrorKind::Connection,
                        "cannot read the stream: the server ended the stream",
                    ))),
                }
            }
        }
    }

    /// Returns whether the feed uses gRPC.
    #[cfg(feature = "grpc")]
    pub(super) fn is_watch(&self) -> bool {
        !matches!(self, Self::Http(_))
    }
}

/// Waits until another session needs the place of this one.
pub(super) async fn needed(place: Option<&Place>) {
    match place {
        Some(place) => place.needed().await,
        None => pending().await,
    }
}

/// Shortens a pause by up to a quarter at random, so that sessions are not polled at the same time.
pub(super) fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.75 + fastrand::f64() / 4.0)
}

pub(super) async fn until_due(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => pending().await,
    }
}

pub(super) async fn finished(reading: &mut Option<Reading>) -> Result<Listed> {
    match reading {
        Some(reading) => (&mut reading.list).await,
        None => pending().await,
    }
}

pub(super) async fn claimed(claim: &mut Option<Claim>) -> Option<Place> {
    match claim {
        Some(claim) => claim.await,
        None => pending().await,
    }
}
