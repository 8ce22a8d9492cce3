//! The follower of a session: it uses a stream if a place is free, and polls otherwise.

mod watched;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{
    select,
    time::{Instant, sleep_until},
};

use super::{
    Followed, Interruption, Message, Messages,
    follow::Settings,
    intake::{Intake, Shared, Taken},
    link::{
        Feed, Link, Open, Polling, Reading, Received, claimed, finished, jittered, needed,
        until_due,
    },
    lost::{Lost, is_still_there},
    rereads::{History, Rereads},
};
use crate::{
    api_server::{
        ahead::Ahead,
        stream::{Sharing, connection::deadline, failures::Failures, places::Place},
    },
    error::Result,
};

/// The time after which an open connection counts as healthy, even without messages: the session
/// was idle.
const WELL: Duration = Duration::from_secs(10);
/// The messages of a list, in order, and the time at which the response began.
pub(super) struct Listed {
    pub(super) messages: Vec<Message>,
    pub(super) opened: Option<SystemTime>,
}

pub(super) struct Follower {
    messages: Messages,
    sharing: Arc<Sharing>,
    settings: Settings,
    shared: Arc<Shared>,
    intake: Intake,
    link: Link,
    failures: Failures,
    rereads: Rereads,
    reading: Option<Reading>,
    /// Whether to read the list before the connection is read further.
    asked: bool,
    interval: Duration,
    /// Whether the next connection must not use gRPC, because a watch has just failed.
    #[cfg(feature = "grpc")]
    unwatched: bool,
}

impl Follower {
    pub(super) fn new(messages: Messages, settings: Settings, shared: Arc<Shared>) -> Self {
        Self {
            sharing: messages.sharing(),
            messages,
            link: Link::Apart,
            intake: Intake::new(shared.clone(), settings.max_event_bytes),
            failures: Failures::new(settings.tolerance.clone()),
            rereads: Rereads::new(settings.window, settings.after.floor()),
            reading: None,
            asked: false,
            interval: settings.poll_every.0,
            #[cfg(feature = "grpc")]
            unwatched: false,
            settings,
            shared,
        }
    }

    /// Returns the next item; `None` after the end.
    pub(super) async fn next(&mut self) -> Option<Result<Followed>> {
        loop {
            self.intake.take_break().await;
            match self.take() {
                Some(Some(item)) => return Some(item),
                Some(None) => continue,
                None => {}
            }
            if matches!(self.link, Link::Over) {
                return None;
            }
            if let Err(lost) = self.step().await {
                if self.continues_without_watch(&lost) {
                    continue;
                }
                return Some(self.failed(lost).await);
            }
        }
    }

    /// Makes progress towards the next items.
    async fn step(&mut self) -> Result<(), Lost> {
        crate::runtime::check()?;
        match &mut self.link {
            Link::Over => Ok(()),
            Link::Apart => self.link().await,
            Link::Pausing(until) => {
                let until = *until;
                select! {
                    () = sleep_until(until) => self.link = Link::Apart,
                    () = until_due(self.shared.ledger().due()) => {}
                }
                Ok(())
            }
            Link::Open(_) => self.read_on().await,
            Link::Polling(_) => self.poll().await,
        }
    }

    /// Opens a watch or a stream if possible, and polls otherwise.
    async fn link(&mut self) -> Result<(), Lost> {
        if self.watch() {
            return Ok(());
        }
        let place = match self.settings.polling {
            true => None,
            false => self.sharing.places.take(),
        };
        match place {
            Some(place) => self.connect(place).await,
            None => {
                self.poll_from(Instant::now());
                Ok(())
            }
        }
    }

    async fn connect(&mut self, place: Place) -> Result<(), Lost> {
        let after = self.rereads.connect_after(&self.shared.ledger());
        let connection = self.messages.connect(after, self.settings.idle).await?;
        let opened = connection.opened();
        self.open(Feed::Http(Box::new(connection)), Some(place), opened);
        Ok(())
    }

    fn open(&mut self, feed: Feed, place: Option<Place>, opened: Option<SystemTime>) {
        let now = Instant::now();
        self.intake.reset();
        self.reading = None;
        let largest = self.shared.ledger().largest();
        self.rereads.connected(opened, largest, now);
        self.link = Link::Open(Box::new(Open { feed, place, since: now, has_received: false }));
    }

    /// Reads the connection, and the list when it is due.
    async fn read_on(&mut self) -> Result<(), Lost> {
        if self.reading.is_none() && self.rereads.is_overdue(Instant::now()) {
            self.begin_read(false);
        }
        let Link::Open(open) = &mut self.link else { return Ok(()) };
        let Open { feed, place, has_received, .. } = &mut **open;
        let waits = self.reading.as_ref().is_some_and(|reading| reading.first);
        let (reads, decodes) = (self.reading.is_some(), self.intake.is_decoding());
        let due = self.rereads.due().filter(|_| !reads);
        let held = self.shared.ledger().due();
        select! {
            biased;
            listed = finished(&mut self.reading) => {
                self.read(listed)?;
            }
            () = self.shared.catch_up.notified() => self.asked = true,
            () = needed(place.as_ref()) => self.leave(),
            decoded = self.intake.decode(), if decodes => decoded?,
            received = feed.next(), if !waits && !decodes => {
                let received = received?;
                *has_received = true;
                self.receive(received);
            }
            () = until_due(held) => {}
            () = until_due(due) => self.begin_read(false),
        }
        Ok(())
    }

    fn receive(&mut self, received: Received) {
        match received {
            Received::Bytes(chunk) => self.intake.feed(chunk),
            #[cfg(feature = "grpc")]
            Received::Message(message) => self.intake.push(message),
            // The list may have the message.
            #[cfg(feature = "grpc")]
            Received::Nothing => self.asked = true,
        }
    }

    /// Gives the place for a stream to another session.
    fn leave(&mut self) {
        tracing::debug!(session = self.messages.id, "polled now: another session needs the stream");
        self.poll_from(Instant::now() + self.interval);
    }

    fn poll_from(&mut self, next: Instant) {
        self.rereads.doubt(Instant::now());
        self.link = Link::Polling(Polling { next, claim: None });
    }

    /// Polls at intervals until there is a place for a stream.
    async fn poll(&mut self) -> Result<(), Lost> {
        let Link::Polling(polling) = &mut self.link else { return Ok(()) };
        let held = self.shared.ledger().due();
        let reads = self.reading.is_some();
        select! {
            biased;
            listed = finished(&mut self.reading) => return self.polled(listed),
            place = claimed(&mut polling.claim), if !reads => match place {
                Some(place) => return self.connect(place).await,
                None => polling.claim = None,
            },
            () = self.shared.catch_up.notified() => {
                polling.next = Instant::now();
                self.rereads.doubt(polling.next);
            }
            () = until_due(held) => {}
            () = sleep_until(polling.next), if !reads => {
                if self.watch() {
                    return Ok(());
                }
                let Link::Polling(polling) = &mut self.link else { return Ok(()) };
                if !self.settings.polling && polling.claim.is_none()
                    && let Some(place) = self.sharing.places.take()
                {
                    return self.connect(place).await;
                }
                self.begin_read(true);
            }
        }
        Ok(())
    }

    /// Processes the response to a poll; the next poll follows soon if there were new messages.
    fn polled(&mut self, listed: Result<Listed>) -> Result<(), Lost> {
        let has_new = self.read(listed)?;
        self.failures.reset();
        let (shortest, longest) = self.settings.poll_every;
        self.interval = match has_new {
            true => shortest,
            false => self.interval.saturating_mul(2).min(longest),
        };
        let now = Instant::now();
        let Link::Polling(polling) = &mut self.link else { return Ok(()) };
        polling.next = deadline(jittered(self.interval));
        if has_new {
            self.rereads.doubt(now);
            if !self.settings.polling && polling.claim.is_none() {
                polling.claim = self.sharing.places.claim();
            }
        }
        Ok(())
    }

    /// Starts a read of the list. A poll waits for its turn among the polls of the client. The
    /// connection of a stream waits for the read if it is `first`.
    fn begin_read(&mut self, is_poll: bool) {
        let read = self.rereads.begin(&self.shared.ledger(), Instant::now());
        let (messages, sharing) = (self.messages.clone(), self.sharing.clone());
        let list = Ahead::spawn(async move {
            let _turn = match is_poll {
                true => sharing.pace.turn().await,
                false => None,
            };
            messages.list_after(read.after).await
        });
        self.reading = Some(Reading { read, list, first: false });
    }

    /// Processes the result of a read; returns whether it had new messages.
    fn read(&mut self, listed: Result<Listed>) -> Result<bool, Lost> {
        let reading = self.reading.take();
        if listed.is_err() {
            self.rereads.failed();
        }
        let can_stream = !self.settings.polling;
        let Listed { messages, opened } =
            listed.map_err(|error| Lost::listing(error, can_stream))?;
        let Some(Reading { read, .. }) = reading else { return Ok(false) };
        self.rereads.finished(read);
        let history = History::until(opened, self.settings.window);
        Ok(self.intake.list(messages, read, history))
    }

    /// Takes the next of the messages that were already received: an item, or `Some(None)` for a
    /// message that is not yielded.
    fn take(&mut self) -> Option<Option<Result<Followed>>> {
        if let Some(item) = self.intake.release() {
            return Some(Some(Ok(item)));
        }
        let taken = match self.intake.take_listed() {
            Some(taken) => Ok(taken),
            None if !matches!(self.link, Link::Open(_)) || self.must_read_first() => return None,
            None => self.intake.take_frame(&mut self.rereads)?,
        };
        Some(match taken {
            Ok(taken) => self.took(taken).map(Ok),
            Err(error) => {
                self.link = Link::Over;
                Some(Err(error))
            }
        })
    }

    fn took(&mut self, taken: Taken) -> Option<Followed> {
        match taken {
            Taken::Known => None,
            Taken::New(item) => {
                self.failures.reset();
                if let Link::Open(open) = &self.link {
                    open.place.iter().for_each(Place::record_message);
                }
                item
            }
            // The list may have the message that the frame lacks.
            Taken::Undecodable(frame) => {
                self.asked = true;
                Some(Followed::Undecodable(frame))
            }
        }
    }

    /// Returns whether the list must be read before the next frame is taken, or is being read.
    fn must_read_first(&mut self) -> bool {
        if self.reading.as_ref().is_some_and(|reading| reading.first) {
            return true;
        }
        let asked = std::mem::take(&mut self.asked);
        if !asked && !self.rereads.may_have_gaps() {
            return false;
        }
        if asked {
            self.rereads.doubt(Instant::now());
        }
        self.begin_read(false);
        if let Some(reading) = &mut self.reading {
            reading.first = true;
        }
        true
    }

    /// Returns the interruption and starts the pause, or returns the error that ends the stream.
    async fn failed(&mut self, lost: Lost) -> Result<Followed> {
        let link = std::mem::replace(&mut self.link, Link::Over);
        self.reading = None;
        if let Link::Open(open) = link {
            // A connection that timed out was not healthy, however long it was open.
            if open.since.elapsed() >= WELL && !lost.error.is_timeout() {
                self.failures.reset();
            }
        }
        let Lost { error, passes } = lost;
        let is_over = !passes && (!error.is_not_found() || !is_still_there(&self.messages).await);
        if is_over {
            return Err(error);
        }
        let asked = [error.retry_after(), self.intake.asked_pause()].into_iter().flatten().max();
        let pause = self.failures.add(asked);
        let failures = self.failures.count();
        let Some(pause) = pause else {
            return Err(error.prefixed(&format!("gave up after {failures} failures in a row")));
        };
        self.link = Link::Pausing(deadline(pause));
        let after = self.shared.ledger().largest();
        let pause_ms = pause.as_millis() as u64;
        tracing::debug!(after, failures, pause_ms, "the message stream will reconnect");
        Ok(Followed::Interrupted(Interruption { error, failures, pause, after }))
    }
}
