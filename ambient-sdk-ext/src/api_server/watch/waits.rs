//! Pushed changes for waits.

use std::sync::Arc;

use ambient_sdk::api_server::types::Session;

use super::hub::{Interest, Listener, Notice};
use crate::{
    client::Client,
    wait::{BoxFuture, Listen, News, Signal},
};

/// Returns the source of changes for the waits of a client; `None` if it has no watch.
pub(crate) fn news(client: &Client) -> Option<Listen<Session>> {
    let hub = client.hub()?.clone();
    Some(Arc::new(move |ids| Box::new(OfSessions(hub.listen(Interest::Ids(ids), false)))))
}

struct OfSessions(Listener);

impl News<Session> for OfSessions {
    fn next(&mut self) -> BoxFuture<'_, Signal<Session>> {
        Box::pin(async {
            match self.0.next().await {
                Notice::Changed(change) => match &change.session {
                    Some(session) => Signal::Session(Box::new(session.clone())),
                    // A poll returns the outcome for a deleted session.
                    None => Signal::Poll,
                },
                Notice::Read => Signal::Poll,
                Notice::Lost(_) => Signal::Silence,
            }
        })
    }

    fn is_proven(&self) -> bool {
        self.0.is_proven()
    }
}
