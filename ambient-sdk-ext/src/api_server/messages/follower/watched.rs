//! Following by gRPC: when a watch is used, and when the follower falls back to another source.

#[cfg(feature = "grpc")]
use super::{Feed, Link};
use super::{Follower, Lost};

#[cfg(feature = "grpc")]
impl Follower {
    /// Starts a gRPC watch if possible; returns whether it did.
    pub(super) fn watch(&mut self) -> bool {
        let Some(grpc) = self.messages.grpc().filter(|_| !self.settings.polling) else {
            return false;
        };
        let Ok(id) = self.messages.id() else { return false };
        if std::mem::take(&mut self.unwatched) || !grpc.is_available() {
            return false;
        }
        let after = self.rereads.connect_after(&self.shared.ledger());
        let events = grpc.watch_messages(id.to_owned(), after);
        self.open(Feed::Watch(events), None, None);
        true
    }

    /// Returns whether the watch was refused or failed without receiving anything, so that the
    /// session is followed in another way.
    pub(super) fn continues_without_watch(&mut self, lost: &Lost) -> bool {
        let Link::Open(open) = &self.link else { return false };
        if !open.feed.is_watch() || (open.has_received && lost.passes) {
            return false;
        }
        tracing::info!(session = self.messages.id, error = %lost.error, "followed without gRPC");
        self.unwatched = true;
        if let Some(grpc) = self.messages.grpc().filter(|_| !lost.error.is_not_found()) {
            grpc.unavailable(&lost.error);
        }
        self.reading = None;
        self.link = Link::Apart;
        true
    }
}

/// The follower of builds without gRPC.
#[cfg(not(feature = "grpc"))]
impl Follower {
    pub(super) fn watch(&mut self) -> bool {
        false
    }

    pub(super) fn continues_without_watch(&mut self, _: &Lost) -> bool {
        false
    }
}
