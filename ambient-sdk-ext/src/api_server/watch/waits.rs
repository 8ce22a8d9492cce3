//! Pushed changes for waits.

use std::sync::Arc;

use ambient_sdk::api_server::types::Session;

use super::hub::{Interest, Listener, Notice};
use crate::{
    client::Client,
    wait::{BoxFuture, Heard, Listen, News},
};

/// Returns the source of changes for the waits of a client; `None` if it has no watch.
pub(crate) fn news(client: &Client) -> Option<Listen<Session>> {
    let hub = client.hub()?.clone();
    Some(Arc::new(move |ids| Box::new(OfSessions(hub.listen(Interest::Ids(ids), false)))))
}

struct OfSessions(Listener);

impl News<Session> for OfSessions {
    fn next(&mut self) -> BoxFuture<'_, Heard<Session>> {
        Box::pin(async {
            match self.0.next().await {
                Notice::Changed(change) => match &change.session {
                    Some(session) => Heard::Session(Box::new(session.clone())),
                    // A poll returns the outcome for a deleted session.
                    None => Heard::Poll,
                },
                Notice::Read => Heard::Poll,
                Notice::Lost(_) => Heard::Silence,
            }
        })
    }

    fn is_proven(&self) -> bool {
        self.0.is_proven()
    }
}
