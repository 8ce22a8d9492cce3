//! The gRPC interface of the API server, which serves watches of sessions and messages on a separate
//! port.

mod convert;
mod faults;
mod watchers;

use std::{pin::Pin, sync::Arc};

use ambient_sdk::grpc::{
    self, session_service_server::SessionService, session_service_server::SessionServiceServer,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http::{HeaderMap, Method};
use hyper::server::conn::http2;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    service::TowerToHyperService,
};
use tokio::{net::TcpStream, select, sync::mpsc, time::Instant};
use tonic::{Request, Response, Status};

pub(super) use watchers::Watchers;
use watchers::{Change, ChangeType};

use super::{
    access::Unauthorized, fault::Fault, log::RecordedRequest, messages::Message, sessions::KIND,
    state::Shared, table::Service,
};

/// The names of the served calls, for which faults can be set.
pub(super) const OPERATIONS: [&str; 2] = [WATCH_SESSIONS, WATCH_MESSAGES];
const WATCH_SESSIONS: &str = "watch_sessions";
const WATCH_MESSAGES: &str = "watch_session_messages";

type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Serves the gRPC interface on a connection.
pub(super) async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let service = TowerToHyperService::new(SessionServiceServer::new(Sessions(shared)));
    // An error means that the peer disconnected.
    let _ = http2::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// The session service. Calls that it doesn't implement fail with `Unimplemented`.
struct Sessions(Arc<Shared>);

#[tonic::async_trait]
impl SessionService for Sessions {
    async fn watch_sessions(
        &self,
        request: Request<grpc::WatchSessionsRequest>,
    ) -> Result<Response<Messages<grpc::SessionWatchEvent>>, Status> {
        let fault = self.begin(WATCH_SESSIONS, "WatchSessions", request.metadata().as_ref())?;
        let changes = self.0.now().store.watchers.watch();
        faults::before(fault.as_deref()).await?;
        let shared = self.0.clone();
        let events = live(self.0.clone(), changes);
        let events = events.filter_map(move |change| {
            let event = shown(&shared, change).map(Ok);
            std::future::ready(event)
        });
        Ok(Response::new(faults::after(fault.as_deref(), events.boxed())))
    }

    async fn watch_session_messages(
        &self,
        request: Request<grpc::WatchSessionMessagesRequest>,
    ) -> Result<Response<Messages<grpc::SessionMessage>>, Status> {
        let fault =
            self.begin(WATCH_MESSAGES, "WatchSessionMessages", request.metadata().as_ref())?;
        let grpc::WatchSessionMessagesRequest { session_id, after_seq } = request.into_inner();
        if session_id.is_empty() {
            return Err(Status::invalid_argument("session_id is required"));
        }
        faults::before(fault.as_deref()).await?;
        let (history, messages) = self.0.now().messages.call(&session_id, after_seq);
        let messages = stream::iter(history).chain(live(self.0.clone(), messages));
        let messages = messages.map(|message: Arc<Message>| Ok(convert::message(&message)));
        Ok(Response::new(faults::after(fault.as_deref(), messages.boxed())))
    }
}

impl Sessions {
    /// Records a call and checks its token. Returns the fault that applies to it.
    fn begin(
        &self,
        operation: &str,
        method: &str,
        headers: &HeaderMap,
    ) -> Result<Option<Arc<Fault>>, Status> {
        if self.0.is_closed() {
            return Err(Status::unavailable("the server has stopped"));
        }
        let mut state = self.0.now();
        state.log.record(RecordedRequest {
            service: Some(Service::ApiServer),
            operation: Some(operation.to_owned()),
            method: Method::POST,
            path: format!("/ambient.v1.SessionService/{method}"),
            query: String::new(),
            headers: headers.clone(),
            body: Bytes::new(),
            at: Instant::now(),
        });
        match state.access.check_api_server(headers, Instant::now()) {
            Ok(_) => Ok(state.faults.take(&[operation])),
            Err(Unauthorized) => Err(Status::unauthenticated("invalid token")),
        }
    }
}

/// Converts a change to an event. The session is read when the event is sent, so the event has its
/// current state.
fn shown(shared: &Shared, Change { id, change_type }: Change) -> Option<grpc::SessionWatchEvent> {
    let (r#type, session) = match change_type {
        ChangeType::Deleted => (grpc::EventType::Deleted, None),
        ChangeType::Created | ChangeType::Updated => {
            let state = shared.now();
            let session = convert::session(state.store.get(KIND, &id)?);
            let r#type = match change_type {
                ChangeType::Created => grpc::EventType::Created,
                _ => grpc::EventType::Updated,
            };
            (r#type, Some(session))
        }
    };
    Some(grpc::SessionWatchEvent { r#type: r#type.into(), session, resource_id: id })
}

/// Returns a stream of the received items, which ends when the server stops. Scripts advance only
/// when the state is read, so the stream wakes up at the next due time.
fn live<T: Send + 'static>(
    shared: Arc<Shared>,
    receiver: mpsc::Receiver<T>,
) -> impl Stream<Item = T> + Send {
    let changes = shared.changes();
    stream::unfold((shared, receiver, changes), |(shared, mut receiver, mut changes)| async move {
        loop {
            let due = shared.next_due();
            select! {
                biased;
                item = receiver.recv() => return item.map(|item| (item, (shared, receiver, changes))),
                () = until(due) => {}
                changed = changes.changed() => changed.ok()?,
            }
        }
    })
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
