//! News for waits: the changes of their sessions.

use std::sync::Arc;

use ambient_sdk::api_server::types::Session;

use super::hub::{Interest, Listener, Notice};
use crate::{
    client::Client,
    wait::{BoxFuture, Heard, Listen, News},
};

/// How the waits of a client have news, if it has a watch.
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
                    // A poll says how a session is that is gone.
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
