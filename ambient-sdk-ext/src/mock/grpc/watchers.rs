//! The open watches of sessions. Each has a separate buffer.

use tokio::sync::mpsc;

use crate::mock::sessions::KIND;

/// The number of changes that are buffered for a slow reader, as on the real server. Further changes
/// are dropped from its watch without notice.
const BUFFER: usize = 256;

/// The type of a change of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mock) enum ChangeType {
    Created,
    Updated,
    Deleted,
}

#[derive(Clone, Debug)]
pub(in crate::mock) struct Change {
    pub(super) id: String,
    pub(super) change_type: ChangeType,
}

/// The open watches.
#[derive(Debug, Default)]
pub(in crate::mock) struct Watchers(Vec<mpsc::Sender<Change>>);

impl Watchers {
    /// Returns a receiver of later changes.
    pub(super) fn watch(&mut self) -> mpsc::Receiver<Change> {
        let (sender, receiver) = mpsc::channel(BUFFER);
        self.0.push(sender);
        receiver
    }

    pub(in crate::mock) fn changed(&mut self, kind: &str, id: &str, is_new: bool) {
        self.notify(kind, id, if is_new { ChangeType::Created } else { ChangeType::Updated });
    }

    pub(in crate::mock) fn deleted(&mut self, kind: &str, id: &str) {
        self.notify(kind, id, ChangeType::Deleted);
    }

    /// Ends every watch.
    pub(in crate::mock) fn disconnect(&mut self) {
        self.0.clear();
    }

    fn notify(&mut self, kind: &str, id: &str, change_type: ChangeType) {
        if kind != KIND {
            return;
        }
        self.0.retain(|watcher| !watcher.is_closed());
        for watcher in &self.0 {
            // If the buffer is full, the change is dropped.
            let _ = watcher.try_send(Change { id: id.to_owned(), change_type });
        }
    }
}
