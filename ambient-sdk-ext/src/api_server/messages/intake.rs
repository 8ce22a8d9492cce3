//! The received messages of a session that were not yielded yet, each once.

use std::{
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::{sync::Notify, time::Instant};

use super::{
    Followed, Message, Undecodable,
    follow::Settings,
    ledger::{Ledger, Next},
    lost::Lost,
    message::seq_of,
    rereads::{Age, History, Read, Rereads},
};
use crate::{
    api_server::{
        ahead::Ahead,
        stream::{
            frames::{Frame, Frames, TooLong},
            work::{Work, large_on},
        },
    },
    error::{Error, ErrorKind},
};

/// The state that the reader of a stream can see and influence.
#[derive(Debug)]
pub(super) struct Shared {
    ledger: Mutex<Ledger>,
    pub(super) catch_up: Notify,
}

impl Shared {
    pub(super) fn new(settings: &Settings) -> Arc<Self> {
        let Settings { after, window, order, .. } = settings;
        let ledger = Mutex::new(Ledger::new(after.clone(), *window, *order));
        Arc::new(Self { ledger, catch_up: Notify::new() })
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The result of taking a received item.
pub(super) enum Taken {
    /// The message was already known.
    Known,
    /// A new message; `None` if it is held back.
    New(Option<Followed>),
    /// A frame without a valid message.
    Undecodable(Undecodable),
}

/// The message of a frame.
type Decoded = Result<Message, Undecodable>;

pub(super) struct Intake {
    shared: Arc<Shared>,
    frames: Frames,
    /// A large frame that a blocking thread decodes. The frames after it wait, so that messages are
    /// yielded in order.
    decoding: Option<Ahead<Decoded>>,
    decoded: Option<Decoded>,
    work: Work,
    /// The messages received from a watch.
    #[cfg(feature = "grpc")]
    watched: std::collections::VecDeque<Message>,
    listed: std::vec::IntoIter<Message>,
    /// The history of the list: determines which of its messages raise the floor.
    history: Option<History>,
    /// The time of the list read that raises the floor once all its messages are taken.
    settles: Option<Instant>,
}

impl Intake {
    pub(super) fn new(shared: Arc<Shared>, max_event_bytes: usize) -> Self {
        Self {
            shared,
            frames: Frames::new(max_event_bytes),
            decoding: None,
            decoded: None,
            work: Work::default(),
            #[cfg(feature = "grpc")]
            watched: Default::default(),
            listed: Vec::new().into_iter(),
            history: None,
            settles: None,
        }
    }

    /// Discards the rest of the old connection, for a new one.
    pub(super) fn reset(&mut self) {
        self.frames.reset();
        self.decoding = None;
        self.decoded = None;
        #[cfg(feature = "grpc")]
        self.watched.clear();
    }

    /// Returns the pause that the server requested, on this connection or an earlier one.
    pub(super) fn asked_pause(&self) -> Option<Duration> {
        self.frames.retry()
    }

    #[cfg(feature = "grpc")]
    pub(super) fn push(&mut self, message: Message) {
        self.watched.push_back(message);
    }

    pub(super) fn feed(&mut self, chunk: Bytes) {
        self.work.add_lines(chunk.len());
        self.frames.feed(chunk);
    }

    /// Lets other tasks run if many messages were taken without a break.
    pub(super) async fn take_break(&mut self) {
        self.work.take_break().await;
    }

    /// Returns whether a frame is being decoded, so that it is too early to feed a chunk.
    pub(super) fn is_decoding(&self) -> bool {
        self.decoding.is_some()
    }

    /// Waits until the frame is decoded. Cancel safe.
    pub(super) async fn decode(&mut self) -> Result<(), Lost> {
        let Some(decoding) = &mut self.decoding else { return pending().await };
        let decoded = decoding.await;
        self.decoding = None;
        // Fails only if the runtime is shutting down.
        self.decoded = Some(decoded.map_err(Lost::passing)?);
        Ok(())
    }

    /// Stores a list that was read; returns whether it has a new message.
    pub(super) fn list(
        &mut self,
        messages: Vec<Message>,
        read: Read,
        history: Option<History>,
    ) -> bool {
        let ledger = self.shared.ledger();
        let has_new = messages.iter().any(|message| !ledger.has(message.seq));
        self.listed = messages.into_iter();
        self.history = history.filter(|_| read.settles);
        self.settles = read.settles.then_some(read.begun);
        has_new
    }

    /// Returns the next held-back message that is due.
    pub(super) fn release(&self) -> Option<Followed> {
        self.shared.ledger().release(Instant::now()).map(Followed::Message)
    }

    /// Takes the next message of the list. After the last one, the floor is raised accordingly.
    pub(super) fn take_listed(&mut self) -> Option<Taken> {
        if let Some(message) = self.listed.next() {
            self.work.add(0);
            let age = self.history.as_ref().zip(message.created_at.as_ref());
            let is_settled = age.is_some_and(|(history, at)| history.age(at) == Age::Settled);
            return Some(self.receive(message, is_settled));
        }
        if let Some(read) = self.settles.take() {
            self.shared.ledger().settle(read);
        }
        None
    }

    /// Takes the next frame of the connection.
    pub(super) fn take_frame(&mut self, rereads: &mut Rereads) -> Option<Result<Taken, Error>> {
        #[cfg(feature = "grpc")]
        if let Some(message) = self.watched.pop_front() {
            let is_settled = rereads.record(message.created_at.as_ref());
            return Some(Ok(self.receive(message, is_settled)));
        }
        let decoded = match self.decoded.take() {
            Some(decoded) => decoded,
            None if self.is_decoding() => return None,
            None => {
                let frame = match self.frames.next()? {
                    Ok(frame) => frame,
                    Err(too_long) => return Some(Err(self.too_long(&too_long))),
                };
                self.work.add(frame.data.len());
                if let Some(runtime) = large_on(frame.data.len()) {
                    let (id, data) = self.frames.take_last();
                    let decode = move || Ok(Message::from_frame(&Frame { id: &id, data: &data }));
                    self.decoding = Some(Ahead::spawn_blocking(&runtime, decode));
                    return None;
                }
                Message::from_frame(&frame)
            }
        };
        Some(Ok(self.take_decoded(decoded, rereads)))
    }

    fn take_decoded(&self, decoded: Decoded, rereads: &mut Rereads) -> Taken {
        match decoded {
            Ok(message) => {
                let is_settled = rereads.record(message.created_at.as_ref());
                self.receive(message, is_settled)
            }
            Err(undecodable) => {
                rereads.record(None);
                let seq = seq_of(undecodable.id.as_bytes());
                match seq.is_none_or(|seq| self.shared.ledger().report(seq)) {
                    true => Taken::Undecodable(undecodable),
                    false => Taken::Known,
                }
            }
        }
    }

    fn receive(&self, message: Message, is_settled: bool) -> Taken {
        let (seq, now) = (message.seq, Instant::now());
        let mut ledger = self.shared.ledger();
        let taken = match ledger.receive(seq, now) {
            false => Taken::Known,
            true => Taken::New(ledger.place(message, is_settled, now).map(|next| match next {
                Next::InOrder(message) => Followed::Message(message),
                Next::Late(message) => Followed::Late(message),
            })),
        };
        if is_settled {
            ledger.settle_through(seq);
        }
        taken
    }

    fn too_long(&self, too_long: &TooLong) -> Error {
        let TooLong { id, limit } = too_long;
        let after = match seq_of(id.as_bytes()) {
            Some(seq) => seq.to_string(),
            None => "its seq".into(),
        };
        let text = format!(
            "cannot read a message after {}: it has more than {limit} bytes; raise max_event_bytes, \
             or skip it with after({after})",
            self.shared.ledger().largest()
        );
        Error::new(ErrorKind::TooLarge, text)
    }
}
